//! Imports of files as rows, so that a page can follow one that another process or tab started.

use super::query::{On, sql};
use super::{Db, Tx, new_id};
use crate::domain::import::{ImportProgress, ImportState};

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

impl Row {
    fn into_progress(self) -> ImportProgress {
        ImportProgress {
            state: ImportState::parse(&self.state).unwrap_or(ImportState::Refused),
            done: self.done.unsigned_abs(),
            total: self.total.unsigned_abs(),
            report: serde_json::from_str(&self.report).ok(),
            id: self.id,
            file_name: self.file_name,
            started_at: self.started_at,
        }
    }
}

pub async fn begin(db: &Db, company_id: &str, file_name: &str, process: &str, now: i64) -> sqlx::Result<String> {
    let id = new_id();
    sql("INSERT INTO imports (id, company_id, file_name, state, process, started_at) VALUES ($1, $2, $3, 'running', $4, $5)")
        .bind(&id)
        .bind(company_id)
        .bind(file_name)
        .bind(process)
        .bind(now)
        .execute(db)
        .await?;
    Ok(id)
}

/// How many of the file's rows are dealt with.
pub async fn progress(tx: &mut Tx, id: &str, done: usize, total: usize) -> sqlx::Result<()> {
    sql("UPDATE imports SET done = $2, total = $3 WHERE id = $1")
        .bind(id)
        .bind(done as i64)
        .bind(total as i64)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn end(db: &Db, id: &str, state: ImportState, report: &str, now: i64) -> sqlx::Result<()> {
    sql("UPDATE imports SET state = $2, report = $3, ended_at = $4 WHERE id = $1")
        .bind(id)
        .bind(state.as_str())
        .bind(report)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// An import of a company, with its report once it has ended.
pub async fn of_company<'a>(on: impl Into<On<'a>>, company_id: &str, id: &str) -> sqlx::Result<Option<ImportProgress>> {
    let row: Option<Row> = sql("SELECT id, file_name, state, done, total, report, started_at FROM imports
        WHERE company_id = $1 AND id = $2")
    .bind(company_id)
    .bind(id)
    .optional(on)
    .await?;
    Ok(row.map(Row::into_progress))
}

/// The company's latest imports, newest first, without their lists of errors.
pub async fn latest<'a>(on: impl Into<On<'a>>, company_id: &str, limit: i64) -> sqlx::Result<Vec<ImportProgress>> {
    let rows: Vec<Row> = sql("SELECT id, file_name, state, done, total, report, started_at FROM imports
        WHERE company_id = $1 ORDER BY id DESC LIMIT $2")
    .bind(company_id)
    .bind(limit)
    .all(on)
    .await?;
    let without_errors = |row: Row| {
        let mut progress = row.into_progress();
        if let Some(report) = &mut progress.report {
            report.errors_left_out += report.errors.len() as u64;
            report.errors.clear();
        }
        progress
    };
    Ok(rows.into_iter().map(without_errors).collect())
}

/// Imports that have not ended: each one's id, its process, and when it began, epoch milliseconds.
pub async fn running(db: &Db) -> sqlx::Result<Vec<(String, String, i64)>> {
    sql("SELECT id, process, started_at FROM imports WHERE state = 'running' ORDER BY started_at LIMIT 100").all(db).await
}
