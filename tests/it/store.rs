//! What both databases must do alike before anything else is tested on them.

use crate::harness::on_each_database;
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
