//! Ten thousand contacts on either side.

use super::page;
use crate::harness::{
    books::{Books, line},
    on_each_database,
};
use std::time::{Duration, Instant};
use tieout::{
    domain::onboarding::StepPage,
    server::{
        db::{
            external_contacts::{self, ExternalContact},
            insert,
            query::sql,
        },
        services::onboarding::{Confirmed, accept_same_names, confirm, create_others},
    },
};

const CONTACTS: i64 = 10_000;

/// What one page or one bulk decision may take in an unoptimised build: several times what it does take, and a fraction of
/// what comparing each with each would.
const MOST: Duration = Duration::from_secs(2);

/// Contacts here; every other one is there too, under its name or nearly so.
async fn make_many(books: &Books) {
    let mut tx = books.db.begin().await.unwrap();
    let company = books.company.id.as_str();
    let name = |n: i64| format!("Tenant {n:05} of Quay House");
    let here = (0..CONTACTS)
        .map(|n| [format!("c{n:06}").into(), company.into(), name(n).into(), name(n).to_lowercase().into(), 1_i64.into()]);
    insert::rows(&mut tx, "contacts (id, company_id, name, name_key, updated_at)", here.collect()).await.unwrap();
    let there: Vec<ExternalContact> = (0..CONTACTS)
        .map(|n| ExternalContact {
            external_id: format!("x{n:06}"),
            name: if n % 2 == 0 { name(n) } else { format!("{} Ltd", name(n)) },
            email: String::new(),
        })
        .collect();
    external_contacts::replace(&mut tx, company, there.iter(), 1).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn thousands_of_contacts_stay_quick() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &line("Customer 1", "1001", 1, 1, "1.00", "200"), None).await;
        // What Postgres knows of its tables is from before, and stays so.
        if db.is_postgres() {
            sql("ANALYZE").execute(&db).await.unwrap();
            for table in ["contacts", "external_contacts", "contact_matches", "links"] {
                sql(format!("ALTER TABLE {table} SET (autovacuum_enabled = false)")).execute(&db).await.unwrap();
            }
        }
        make_many(&books).await;
        let mut took = Vec::new();
        let mut began = Instant::now();
        let mut lap = |what: &'static str| {
            took.push((what, began.elapsed()));
            began = Instant::now();
        };
        for (what, query) in [
            ("the first page", "step=contacts"),
            ("a late page", "step=contacts&page=150"),
            ("a search", "step=contacts&q=4711"),
            ("a search there", "step=contacts&item=c000001&find=4711"),
            ("the confirmation's page", "step=confirm"),
        ] {
            let shown = page(&books, query).await;
            lap(what);
            if what == "the first page" {
                let StepPage::Contacts(contacts) = shown.page else { panic!("{:?}", shown.page) };
                assert_eq!((contacts.tally.same_name, contacts.tally.others), (5_000, 5_001));
                let reasons: Vec<_> = contacts.rows[1..5].iter().map(|row| row.options[0].reason.as_str()).collect();
                assert_eq!(reasons, ["same name", "nearly the same name", "same name", "nearly the same name"]);
            }
        }
        assert_eq!(accept_same_names(&db, &books.company.id, "Ann").await.unwrap(), 5_000);
        lap("linking all of the same name");
        assert_eq!(create_others(&db, &books.company.id, "Ann").await.unwrap(), 5_001);
        lap("creating all others");
        page(&books, "step=contacts").await;
        lap("the page after it");
        assert!(matches!(confirm(&db, &books.company.id, true, &[], "Ann").await.unwrap(), Confirmed::Started(_)));
        lap("the confirmation");
        eprintln!("{took:?}");
        assert_eq!(books.number("SELECT count(*) FROM links WHERE entity = 'contact'").await, 5_000);
        assert!(took.iter().all(|(_, took)| *took < MOST), "{took:?}");
    })
    .await;
}
