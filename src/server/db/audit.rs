//! The audit log: rows are added, and read.

use super::query::{On, sql};
use super::{new_id, search};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    pub id: String,
    pub at: i64,
    pub person_id: Option<String>,
    pub person: String,
    pub act: String,
    pub outcome: String,
    pub company_id: Option<String>,
    pub company_code: String,
    pub detail: String,
    pub address: String,
}

const COLUMNS: &str = "id, at, person_id, person, act, outcome, company_id, company_code, detail, address";

/// Adds an entry; its id is made here.
pub async fn append<'a>(on: impl Into<On<'a>>, entry: &Entry) -> sqlx::Result<()> {
    sql(format!("INSERT INTO audit_log ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"))
        .bind(new_id())
        .bind(entry.at)
        .bind(entry.person_id.clone())
        .bind(&entry.person)
        .bind(&entry.act)
        .bind(&entry.outcome)
        .bind(entry.company_id.clone())
        .bind(&entry.company_code)
        .bind(&entry.detail)
        .bind(&entry.address)
        .execute(on)
        .await?;
    Ok(())
}

/// The newest entries before a place (its time and id; none: from the newest on) that name the text as person, company,
/// act or detail.
pub async fn before<'a>(on: impl Into<On<'a>>, text: &str, place: Option<(i64, &str)>, limit: i64) -> sqlx::Result<Vec<Entry>> {
    let (at, id) = place.unwrap_or((i64::MAX, ""));
    let words = text.trim().to_lowercase();
    let narrowed = if words.is_empty() {
        ""
    } else {
        " AND LOWER(person || ' ' || company_code || ' ' || act || ' ' || detail) LIKE $4 ESCAPE '\\'"
    };
    let query =
        sql(format!("SELECT {COLUMNS} FROM audit_log WHERE (at, id) < ($1, $2){narrowed} ORDER BY at DESC, id DESC LIMIT $3"))
            .bind(at)
            .bind(id)
            .bind(limit);
    match words.is_empty() {
        true => query.all(on).await,
        false => query.bind(search::containing(&words)).all(on).await,
    }
}
