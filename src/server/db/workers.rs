//! Workers: the processes that share the queue, and the beat by which the others see that each is alive.

use super::Db;
use super::query::sql;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Worker {
    pub id: String,
    /// Which process of which machine; empty where that cannot be told.
    pub process: String,
    pub beat: i64,
}

pub async fn join(db: &Db, id: &str, process: &str, now: i64) -> sqlx::Result<()> {
    sql("INSERT INTO workers (id, process, beat, beat_at) VALUES ($1, $2, 0, $3)")
        .bind(id)
        .bind(process)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// Shows that it is alive. `false`: the others gave it up, and with it its runs.
pub async fn beat(db: &Db, id: &str, now: i64) -> sqlx::Result<bool> {
    Ok(sql("UPDATE workers SET beat = beat + 1, beat_at = $2 WHERE id = $1").bind(id).bind(now).execute(db).await? == 1)
}

pub async fn all(db: &Db) -> sqlx::Result<Vec<Worker>> {
    sql("SELECT id, process, beat FROM workers ORDER BY id").all(db).await
}

/// Takes a worker off that has not moved since `beat`. `false`: it moved, or somebody else did.
pub async fn give_up(db: &Db, id: &str, beat: i64) -> sqlx::Result<bool> {
    Ok(sql("DELETE FROM workers WHERE id = $1 AND beat = $2").bind(id).bind(beat).execute(db).await? == 1)
}

pub async fn leave(db: &Db, id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM workers WHERE id = $1").bind(id).execute(db).await?;
    Ok(())
}
