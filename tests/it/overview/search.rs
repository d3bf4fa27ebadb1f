//! The search by name or code: every character stands for itself, and capitals make no difference.

use super::{group_of, page};
use crate::harness::on_each_database;

const NAMES: [&str; 10] = [
    "100% Rent",
    "1000 Rents",
    "Under_score Ltd",
    "Underscore Ltd",
    r"Back\slash & Co",
    "ÉLAN Ünder die Brücke",
    "Straße des 17. Juni",
    "Ирис Недвижимость",
    "東京不動産",
    "O'Brien \"Quay\" -- Ltd",
];

#[tokio::test]
async fn each_character_stands_for_itself() {
    on_each_database(|db| async move {
        let names: Vec<(String, String)> =
            NAMES.iter().enumerate().map(|(n, name)| (format!("N-{n}"), (*name).to_owned())).collect();
        group_of(&db, &names).await;
        for (search, expected) in [
            ("100%", &["100% Rent"][..]),
            ("%", &["100% Rent"]),
            ("%%", &[]),
            ("_", &["Under_score Ltd"]),
            ("r_s", &["Under_score Ltd"]),
            ("\\", &[r"Back\slash & Co"]),
            (r"\s", &[r"Back\slash & Co"]),
            (r"\%", &[]),
            ("élan ünder", &["ÉLAN Ünder die Brücke"]),
            ("BRÜCKE", &["ÉLAN Ünder die Brücke"]),
            ("straße", &["Straße des 17. Juni"]),
            ("НЕДВИЖ", &["Ирис Недвижимость"]),
            ("京不", &["東京不動産"]),
            ("o'brien", &["O'Brien \"Quay\" -- Ltd"]),
            ("'; DROP TABLE companies; --", &[]),
            ("  under   score ", &[]),
            ("LTD", &["O'Brien \"Quay\" -- Ltd", "Under_score Ltd", "Underscore Ltd"]),
            ("17.  juni", &["Straße des 17. Juni"]),
            ("n-4", &[r"Back\slash & Co"]),
            ("N-", &NAMES),
        ] {
            let query =
                form_urlencoded::Serializer::new(String::new()).append_pair("q", search).append_pair("sort", "name").finish();
            let shown = page(&db, &query).await;
            let mut found: Vec<_> = shown.rows.iter().map(|row| row.name.as_str()).collect();
            let mut expected = expected.to_vec();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{search:?}");
            assert_eq!(shown.facets.matching, expected.len() as u64, "{search:?}");
            assert_eq!(shown.filter.search, search.trim());
        }
        // What cannot be in a name is not looked for, and no database chokes on it.
        assert_eq!(page(&db, "q=%00100%25%00").await.facets.matching, 1);
        assert_eq!(page(&db, "q=%FF%FE").await.facets.matching, 0);
        let long = "x".repeat(1_900);
        assert_eq!(page(&db, &format!("q={long}")).await.filter.search.len(), 100);
    })
    .await;
}
