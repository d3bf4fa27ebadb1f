//! The audit log: rows are added, and read.

use super::query::{On, sql};
use super::{new_id, search};

#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
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

/// A place in the log: the time and the id of an entry.
pub type Place = (i64, String);

/// The newest entries before a place (none: from the newest on), down to another (none: to the oldest), that name the text as person,
/// company, act or detail.
pub async fn before<'a>(
    on: impl Into<On<'a>>,
    text: &str,
    place: Option<&Place>,
    down_to: Option<&Place>,
    limit: i64,
) -> sqlx::Result<Vec<Entry>> {
    let (at, id) = bounds(place, i64::MAX);
    let (end_at, end_id) = bounds(down_to, i64::MIN);
    let words = text.trim().to_lowercase();
    let narrowed = if words.is_empty() {
        ""
    } else {
        " AND LOWER(person || ' ' || company_code || ' ' || act || ' ' || detail) LIKE $6 ESCAPE '\\'"
    };
    let query = sql(format!(
        "SELECT {COLUMNS} FROM audit_log WHERE (at, id) < ($1, $2) AND (at, id) >= ($3, $4){narrowed} ORDER BY at DESC, id DESC LIMIT $5"
    ))
    .bind(at)
    .bind(id)
    .bind(end_at)
    .bind(end_id)
    .bind(limit);
    match words.is_empty() {
        true => query.all(on).await,
        false => query.bind(search::containing(&words)).all(on).await,
    }
}

fn bounds(place: Option<&Place>, otherwise: i64) -> (i64, &str) {
    place.map_or((otherwise, ""), |(at, id)| (*at, id))
}

/// The place so many entries below another; `None`: the log ends before.
pub async fn below<'a>(on: impl Into<On<'a>>, place: Option<&Place>, entries: i64) -> sqlx::Result<Option<Place>> {
    let (at, id) = bounds(place, i64::MAX);
    sql("SELECT at, id FROM audit_log WHERE (at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT 1 OFFSET $3")
        .bind(at)
        .bind(id)
        .bind(entries - 1)
        .optional(on)
        .await
}
