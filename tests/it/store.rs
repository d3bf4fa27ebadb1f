//! What both databases must do alike before anything else is tested on them.

use crate::harness::{
    books::{Books, three},
    on_each_database,
};
use tieout::server::db::query::sql;

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    on_each_database(|db| async move {
        let insert =
            || sql("INSERT INTO property_groups (id, name, created_at) VALUES ($1, $2, $3)").bind("g").bind("Quay").bind(1);
        let mut tx = db.begin().await.unwrap();
        insert().execute(&mut tx).await.unwrap();
        drop(tx);
        let (count,) = sql("SELECT COUNT(*) FROM property_groups").one::<(i64,)>(&db).await.unwrap();
        assert_eq!(count, 0);

        let mut tx = db.begin().await.unwrap();
        insert().execute(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        let rows = sql("SELECT id, name, change_seq FROM property_groups").all::<(String, String, i64)>(&db).await.unwrap();
        assert_eq!(rows, [("g".to_string(), "Quay".to_string(), 0)]);
    })
    .await;
}

/// Two promises rest on keys of the database, whatever the code above them does: one record there of each record here and
/// the other way round, and one sync of a company at a time.
#[tokio::test]
async fn a_second_link_and_a_second_sync_under_way_are_refused_by_the_database() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        let run = "INSERT INTO runs (id, company_id, kind, scope, state, requested_by, queued_at)
            SELECT 'other', company_id, kind, scope, $1, requested_by, queued_at FROM runs";
        for state in ["queued", "running"] {
            let refused = sql(run).bind(state).execute(&db).await.unwrap_err();
            assert!(refused.as_database_error().is_some_and(|error| error.is_unique_violation()), "{refused}");
        }
        assert_eq!(sql(run).bind("completed").execute(&db).await.unwrap(), 1, "history is not bounded");
        books.work().await;
        let link = "INSERT INTO links (connection_id, entity, local_id, company_id, external_id, state, synced_version, external_hash, updated_at)
            SELECT connection_id, entity, $1, company_id, $2, state, synced_version, external_hash, updated_at
            FROM links WHERE entity = 'contact' AND local_id = $3";
        let (local, external): (String, String) =
            sql("SELECT local_id, external_id FROM links WHERE entity = 'contact' ORDER BY local_id LIMIT 1").one(&db).await.unwrap();
        for (here, there) in [(local.as_str(), "another there"), ("another here", external.as_str())] {
            let refused = sql(link).bind(here).bind(there).bind(&local).execute(&db).await.unwrap_err();
            assert!(refused.as_database_error().is_some_and(|error| error.is_unique_violation()), "{here} {there}: {refused}");
        }
        assert_eq!(sql(link).bind("another here").bind("another there").bind(&local).execute(&db).await.unwrap(), 1);
    })
    .await;
}
