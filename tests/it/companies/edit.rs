//! Changing a company.

use crate::harness::{
    books::{Books, three},
    on_each_database,
};
use tieout::server::db::sees::Sees;
use tieout::{
    domain::{schedule::Schedule, status::SyncStatus},
    server::services::{
        companies::{Wanted, add, edit, find},
        connections::set_schedule,
        error::ServiceError,
        overview,
    },
};

fn wanted(name: &str, code: &str, currency: &str, time_zone: &str) -> Wanted {
    Wanted { name: name.into(), code: code.into(), currency: currency.into(), time_zone: time_zone.into() }
}

#[tokio::test]
async fn a_company_is_found_under_its_new_name_and_code_and_keeps_its_books() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        set_schedule(&db, &books.company.id, Schedule::Nightly).await.unwrap();
        let before = books.connection().await.next_sync_at;
        let cursor = overview::quick_links(&db, &Sees::Everything, None).await.unwrap().1.cursor;
        let to = wanted("  Élan   Quay ", "quay-2", "gbp", "asia/tokyo");
        let after = edit(&db, &books.company.id, &to).await.unwrap();
        assert_eq!((after.name.as_str(), after.code.as_str(), after.time_zone.as_str()), ("Élan Quay", "QUAY-2", "Asia/Tokyo"));
        assert_ne!(books.connection().await.next_sync_at, before, "its nights are those of Tokyo");
        assert!(find(&db, "AQE").await.is_err());
        assert_eq!(find(&db, "élan quay").await.unwrap().id, books.company.id);
        let changes = overview::changes(&db, &Sees::Everything, cursor, "q=quay-2", false).await.unwrap();
        assert_eq!(changes.rows.iter().map(|row| row.code.as_str()).collect::<Vec<_>>(), ["QUAY-2"], "open pages are told");
        assert_eq!(changes.facets.unwrap().matching, 1);
        assert_eq!(after.status(), SyncStatus::Synced);
        // Once there are books in it the currency stays.
        let euro = edit(&db, &books.company.id, &wanted("Élan Quay", "", "EUR", "UTC")).await;
        assert!(matches!(euro, Err(ServiceError::Refused(why)) if why.contains("GBP")));
        assert_eq!(find(&db, "QUAY-2").await.unwrap().time_zone, "Asia/Tokyo", "refused, nothing changed");
    })
    .await;
}

#[tokio::test]
async fn names_and_codes_of_others_are_refused() {
    on_each_database(|db| async move {
        let one = add(&db, &wanted("One", "", "GBP", "UTC")).await.unwrap();
        let two = add(&db, &wanted("Two", "", "GBP", "UTC")).await.unwrap();
        for (to, why) in [
            (wanted("two", "ONE", "GBP", "UTC"), "There is a company “Two” already"),
            (wanted("One", "two", "GBP", "UTC"), "The code TWO is taken"),
        ] {
            assert!(matches!(edit(&db, &one.id, &to).await, Err(ServiceError::Refused(said)) if said.contains(why)));
        }
        for bad in [
            wanted("", "ONE", "GBP", "UTC"),
            wanted("One", "a/b", "GBP", "UTC"),
            wanted("One", "", "pounds", "UTC"),
            wanted("One", "", "GBP", "Mars"),
        ] {
            assert!(matches!(edit(&db, &one.id, &bad).await, Err(ServiceError::Invalid(_))));
        }
        // Its own name in other capitals is no other company's; without books the currency is free.
        let changed = edit(&db, &one.id, &wanted("ONE", "", "EUR", "UTC")).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.code.as_str(), changed.currency.as_str()), ("ONE", "ONE", "EUR"));
        assert_eq!(find(&db, "TWO").await.unwrap().id, two.id);
    })
    .await;
}
