//! Importing a list of companies.

use crate::harness::on_each_database;
use tieout::{
    domain::import::CompanyReport,
    server::{
        db::{Db, status},
        services::companies::{all, archive, find, import},
    },
};

const HEADER: &str = "Name,Code,Currency,Time zone\r\n";

async fn take(db: &Db, rows: &str) -> CompanyReport {
    let report = import::run(db, "companies.csv", format!("{HEADER}{rows}").into_bytes()).await.unwrap();
    assert_eq!(report.companies, report.stored + report.unchanged + report.refused);
    assert_eq!(status::check(db).await.unwrap(), [] as [String; 0]);
    report
}

fn counts(report: &CompanyReport) -> (u64, u64, u64) {
    (report.stored, report.unchanged, report.refused)
}

async fn codes(db: &Db) -> Vec<(String, String)> {
    all(db, None).await.unwrap().into_iter().map(|company| (company.name, company.code)).collect()
}

#[tokio::test]
async fn the_same_list_again_changes_nothing() {
    on_each_database(|db| async move {
        let rows = "Albion Quay Estates,,GBP,Europe/London\r\nQuai Ouest,QUAI,EUR,Europe/Paris\r\nAqua Quarter East,,GBP,UTC\r\nA Q E,AQE2,GBP,UTC\r\n";
        // No group yet: the list makes it.
        assert_eq!(counts(&take(&db, rows).await), (4, 0, 0));
        let first = codes(&db).await;
        assert_eq!(
            first.iter().map(|(name, code)| (name.as_str(), code.as_str())).collect::<Vec<_>>(),
            [("A Q E", "AQE2"), ("Albion Quay Estates", "AQE"), ("Aqua Quarter East", "AQE3"), ("Quai Ouest", "QUAI")],
            "codes that are made go round those of the list"
        );
        let again = take(&db, rows).await;
        assert_eq!((counts(&again), again.errors), ((0, 4, 0), vec![]));
        assert_eq!(codes(&db).await, first);
    })
    .await;
}

#[tokio::test]
async fn what_is_in_the_way_is_named_and_the_rest_is_stored() {
    on_each_database(|db| async move {
        take(&db, "Albion,ALB,GBP,UTC\nGone,GONE,GBP,UTC\n").await;
        archive(&db, &find(&db, "GONE").await.unwrap().id).await.unwrap();
        let report = take(
            &db,
            "New,NEW,GBP,UTC\nAlbion,OTHER,GBP,UTC\nalbion,,EUR,UTC\nAnother,ALB,GBP,UTC\nGone,,GBP,UTC\nBad,BAD,GBP,Mars\nALBION,alb,gbp,utc\nLast,,USD,UTC\n",
        )
        .await;
        // Line 4 repeats the name of line 3, and so does line 8.
        let refused: Vec<_> = report.errors.iter().map(|error| (error.line, error.column.as_str())).collect();
        assert_eq!(refused, [(3, "Code"), (4, "Name"), (5, "Code"), (6, ""), (7, "Time zone"), (8, "Name")]);
        assert!(report.errors[3].reason.contains("archived"));
        assert_eq!(counts(&report), (2, 0, 6));
        assert_eq!(find(&db, "LAS").await.unwrap().currency, "USD");

        for (row, column) in [("Albion,ALB,EUR,UTC", "Currency"), ("Albion,,GBP,Europe/London", "Time zone")] {
            let report = take(&db, row).await;
            assert_eq!((counts(&report), report.errors[0].column.as_str()), ((0, 0, 1), column));
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_no_list_stores_nothing() {
    on_each_database(|db| async move {
        let report = import::run(&db, "a.csv", b"Name,Code\nA,B\n".to_vec()).await.unwrap();
        assert_eq!((report.companies, report.errors.len()), (0, 1));
        assert!(all(&db, None).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_long_list_of_the_same_initials_is_stored_quickly() {
    on_each_database(|db| async move {
        let rows: String = (0..2_000).map(|n| format!("Quay {n} Estates,,GBP,Europe/London\r\n")).collect();
        let began = std::time::Instant::now();
        assert_eq!(counts(&take(&db, &rows).await), (2_000, 0, 0));
        assert!(began.elapsed() < std::time::Duration::from_secs(30), "{:?}", began.elapsed());
        assert_eq!(counts(&take(&db, &rows).await), (0, 2_000, 0));
    })
    .await;
}
