//! Imports of lists of companies as rows, so that a page can follow one that another process or tab started.

use super::query::{On, sql};
use super::{Db, Tx, new_id};
use crate::domain::import::{CompanyReport, ImportProgress, ImportState};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    file_name: String,
    state: String,
    done: i64,
    total: i64,
    report: String,
    started_at: i64,
}

pub async fn begin(db: &Db, file_name: &str, process: &str, now: i64) -> sqlx::Result<String> {
    let id = new_id();
    sql("INSERT INTO company_imports (id, file_name, state, process, started_at) VALUES ($1, $2, 'running', $3, $4)")
        .bind(&id)
        .bind(file_name)
        .bind(process)
        .bind(now)
        .execute(db)
        .await?;
    Ok(id)
}

/// How many of the file's rows are dealt with.
pub async fn progress(tx: &mut Tx, id: &str, done: usize, total: usize) -> sqlx::Result<()> {
    sql("UPDATE company_imports SET done = $2, total = $3 WHERE id = $1")
        .bind(id)
        .bind(done as i64)
        .bind(total as i64)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn end(db: &Db, id: &str, state: ImportState, report: &str, now: i64) -> sqlx::Result<()> {
    sql("UPDATE company_imports SET state = $2, report = $3, ended_at = $4 WHERE id = $1")
        .bind(id)
        .bind(state.as_str())
        .bind(report)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// An import, with its report once it has ended.
pub async fn by_id<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<Option<ImportProgress<CompanyReport>>> {
    let row: Option<Row> = sql("SELECT id, file_name, state, done, total, report, started_at FROM company_imports WHERE id = $1")
        .bind(id)
        .optional(on)
        .await?;
    Ok(row.map(|row| ImportProgress {
        state: ImportState::parse(&row.state).unwrap_or(ImportState::Refused),
        done: row.done.unsigned_abs(),
        total: row.total.unsigned_abs(),
        report: serde_json::from_str(&row.report).ok(),
        id: row.id,
        file_name: row.file_name,
        started_at: row.started_at,
    }))
}

/// Imports that have not ended: each one's id, its process, and when it began, epoch milliseconds.
pub async fn running(db: &Db) -> sqlx::Result<Vec<(String, String, i64)>> {
    sql("SELECT id, process, started_at FROM company_imports WHERE state = 'running' ORDER BY started_at LIMIT 100").all(db).await
}
