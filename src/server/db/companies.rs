//! Companies as rows: made, found and locked. Their derived columns belong to [`super::status`].

use super::query::{On, Value, placeholders, sql};
use super::sees::Seen;
use super::{Tx, groups, insert, new_id, search};
use crate::domain::status::SyncStatus;

/// A company as most use cases need it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Company {
    pub id: String,
    pub group_id: String,
    pub code: String,
    pub name: String,
    pub currency: String,
    pub time_zone: String,
    pub provider: String,
    pub status: String,
    pub reason: String,
    pub open_errors: i64,
    pub active_run_id: Option<String>,
    pub last_run_id: Option<String>,
    pub last_success_at: Option<i64>,
    /// 1 while its connection is paused.
    pub paused: i64,
    /// Since when it is in its group's archive.
    pub archived_at: Option<i64>,
}

const COLUMNS: &str = "id, group_id, code, name, currency, time_zone, provider, status, reason, open_errors, active_run_id, \
    last_run_id, last_success_at, paused, archived_at";

impl Company {
    /// The stored status; a word this version does not know reads as the one that asks for a look.
    pub fn status(&self) -> SyncStatus {
        SyncStatus::parse(&self.status).unwrap_or(SyncStatus::IncompletePipeline)
    }
}

/// A company to be made.
pub struct NewCompany<'a> {
    pub code: &'a str,
    pub name: &'a str,
    pub currency: &'a str,
    pub time_zone: &'a str,
}

/// How names are compared and sorted: lower case, blanks folded.
pub fn name_key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

pub async fn by_id<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<Option<Company>> {
    sql(format!("SELECT {COLUMNS} FROM companies WHERE id = $1")).bind(id).optional(on).await
}

/// Codes are compared as they are written, in capitals.
pub async fn by_code<'a>(on: impl Into<On<'a>>, group_id: &str, code: &str) -> sqlx::Result<Option<Company>> {
    sql(format!("SELECT {COLUMNS} FROM companies WHERE group_id = $1 AND code = $2"))
        .bind(group_id)
        .bind(code.to_uppercase())
        .optional(on)
        .await
}

/// What a search by name or code looks in.
fn search_key(name_key: &str, code: &str) -> String {
    format!("{name_key} {}", code.to_lowercase())
}

/// How many codes there are from one to another, both included, in the order of their bytes.
pub async fn count_codes<'a>(on: impl Into<On<'a>>, group_id: &str, first: &str, last: &str) -> sqlx::Result<usize> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM companies WHERE group_id = $1 AND code BETWEEN $2 AND $3")
        .bind(group_id)
        .bind(first)
        .bind(last)
        .one(on)
        .await?;
    Ok(count.unsigned_abs() as usize)
}

pub async fn by_name<'a>(on: impl Into<On<'a>>, group_id: &str, name: &str) -> sqlx::Result<Option<Company>> {
    sql(format!("SELECT {COLUMNS} FROM companies WHERE group_id = $1 AND name_key = $2"))
        .bind(group_id)
        .bind(name_key(name))
        .optional(on)
        .await
}

/// Those of these codes, in no order.
pub async fn by_codes<'a>(on: impl Into<On<'a>>, group_id: &str, codes: &[String]) -> sqlx::Result<Vec<Company>> {
    of_values(on, group_id, "code", codes).await
}

/// Those of these name keys, in no order.
pub async fn by_name_keys<'a>(on: impl Into<On<'a>>, group_id: &str, keys: &[String]) -> sqlx::Result<Vec<Company>> {
    of_values(on, group_id, "name_key", keys).await
}

async fn of_values<'a>(
    on: impl Into<On<'a>>,
    group_id: &str,
    column: &'static str,
    values: &[String],
) -> sqlx::Result<Vec<Company>> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let places = placeholders(2, values.len());
    sql(format!("SELECT {COLUMNS} FROM companies WHERE group_id = $1 AND {column} IN ({places})"))
        .bind(group_id)
        .bind_all(values)
        .all(on)
        .await
}

/// Codes that begin so, for another one that is free.
pub async fn codes_beginning<'a>(on: impl Into<On<'a>>, group_id: &str, start: &str) -> sqlx::Result<Vec<String>> {
    // From the text itself to before what follows everything that begins with it: all codes are ASCII.
    let rows: Vec<(String,)> = sql("SELECT code FROM companies WHERE group_id = $1 AND code >= $2 AND code < $3")
        .bind(group_id)
        .bind(start)
        .bind(format!("{start}~"))
        .all(on)
        .await?;
    Ok(rows.into_iter().map(|(code,)| code).collect())
}

/// A group's companies by name, a page of them; with a text, those whose name or code holds it.
pub async fn listed<'a>(on: impl Into<On<'a>>, seen: &Seen, text: &str, limit: i64, offset: i64) -> sqlx::Result<Vec<Company>> {
    let (narrowed, values) = matching(seen, text);
    let (most, first) = (values.len() + 1, values.len() + 2);
    sql(format!("SELECT {COLUMNS} FROM {narrowed} ORDER BY name_key LIMIT ${most} OFFSET ${first}"))
        .bind_all(values)
        .bind(limit)
        .bind(offset)
        .all(on)
        .await
}

/// How many there are whose name or code holds the text.
pub async fn count_matching<'a>(on: impl Into<On<'a>>, seen: &Seen, text: &str) -> sqlx::Result<i64> {
    let (narrowed, values) = matching(seen, text);
    let (n,): (i64,) = sql(format!("SELECT COUNT(*) FROM {narrowed}")).bind_all(values).one(on).await?;
    Ok(n)
}

/// What stands after `FROM` for the companies seen whose name or code holds the text, and its values.
fn matching(seen: &Seen, text: &str) -> (String, Vec<Value>) {
    let (mut narrowed, mut values) = (format!("{} WHERE group_id = $1", seen.companies("c")), seen.values());
    let words = name_key(text);
    if !words.is_empty() {
        values.push(search::containing(&words).into());
        narrowed += &format!(" AND search_key LIKE ${} ESCAPE '\\'", values.len());
    }
    (narrowed, values)
}

/// What of a company a person may change.
pub struct Changed<'a> {
    pub code: &'a str,
    pub name: &'a str,
    pub currency: &'a str,
    pub time_zone: &'a str,
}

pub async fn change(tx: &mut Tx, id: &str, to: &Changed<'_>) -> sqlx::Result<()> {
    let key = name_key(to.name);
    sql("UPDATE companies SET code = $2, name = $3, name_key = $4, search_key = $5, currency = $6, time_zone = $7 WHERE id = $1")
        .bind(id)
        .bind(to.code)
        .bind(to.name)
        .bind(&key)
        .bind(search_key(&key, to.code))
        .bind(to.currency)
        .bind(to.time_zone)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whether anything is kept in its currency: documents, or a pairing with an organisation.
pub async fn has_books<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<bool> {
    let (n,): (i64,) = sql("SELECT CAST(CASE WHEN EXISTS (SELECT 1 FROM documents WHERE company_id = $1)
        OR EXISTS (SELECT 1 FROM connections WHERE company_id = $1) THEN 1 ELSE 0 END AS BIGINT)")
    .bind(id)
    .one(on)
    .await?;
    Ok(n == 1)
}

/// Moves a company to another group, into an archive or back out of it, and its count along. The caller has locked the
/// company, and refreshes its status afterwards.
pub async fn move_to(tx: &mut Tx, company: &Company, group_id: &str, archived_at: Option<i64>) -> sqlx::Result<()> {
    super::status::count(tx, &company.group_id, &company.provider, company.status(), -1).await?;
    super::status::count(tx, group_id, &company.provider, company.status(), 1).await?;
    sql("UPDATE companies SET group_id = $2, archived_at = $3 WHERE id = $1")
        .bind(&company.id)
        .bind(group_id)
        .bind(archived_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// All companies of a group in a status (all: `None`), a page at a time by id.
pub async fn page_by_id<'a>(
    on: impl Into<On<'a>>,
    group_id: &str,
    status: Option<SyncStatus>,
    after: &str,
    limit: i64,
) -> sqlx::Result<Vec<Company>> {
    let narrowed = if status.is_some() { " AND status = $4" } else { "" };
    let query = sql(format!("SELECT {COLUMNS} FROM companies WHERE group_id = $1 AND id > $2{narrowed} ORDER BY id LIMIT $3"))
        .bind(group_id)
        .bind(after)
        .bind(limit);
    match status {
        Some(status) => query.bind(status.as_str()).all(on).await,
        None => query.all(on).await,
    }
}

/// Codes and names of the first companies, by name, whose name or code holds the text.
pub async fn search<'a>(on: impl Into<On<'a>>, seen: &Seen, text: &str, limit: i64) -> sqlx::Result<Vec<(String, String)>> {
    let (companies, values) = (seen.companies("c"), seen.values());
    let (pattern, most) = (values.len() + 1, values.len() + 2);
    sql(format!(
        "SELECT code, name FROM {companies} WHERE group_id = $1 AND search_key LIKE ${pattern} ESCAPE '\\' ORDER BY name_key LIMIT ${most}"
    ))
        .bind_all(values)
        .bind(search::containing(&name_key(text)))
        .bind(limit)
        .all(on)
        .await
}

/// Keeps everyone else from changing this company until the commit. First in every transaction that changes
/// several of its rows, so that no two of them wait for each other.
pub async fn lock(tx: &mut Tx, id: &str) -> sqlx::Result<()> {
    let text = format!("SELECT id FROM companies WHERE id = $1{}", tx.for_update());
    let (_,): (String,) = sql(text).bind(id).one(tx).await?;
    Ok(())
}

/// The same of several: in the order of their ids, as everyone who locks several does.
pub async fn lock_all(tx: &mut Tx, ids: &[String]) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let text = format!("SELECT id FROM companies WHERE id IN ({}) ORDER BY id{}", placeholders(1, ids.len()), tx.for_update());
    sql(text).bind_all(ids).all::<(String,)>(tx).await?;
    Ok(())
}

/// Makes companies that are not connected to anything; answers their ids in order. A repeated code or name is
/// the database's unique violation.
pub async fn insert(tx: &mut Tx, group_id: &str, companies: &[NewCompany<'_>], now: i64) -> sqlx::Result<Vec<String>> {
    let status = SyncStatus::NotConnected;
    let numbers = groups::next_changes(tx, group_id, companies.len()).await?;
    let ids: Vec<String> = companies.iter().map(|_| new_id()).collect();
    let rows = ids.iter().zip(companies).zip(numbers).map(|((id, company), seq)| {
        let key = name_key(company.name);
        let search = search_key(&key, company.code);
        [
            id.into(),
            group_id.into(),
            company.code.into(),
            company.name.into(),
            key.into(),
            search.into(),
            company.currency.into(),
            company.time_zone.into(),
            now.into(),
            status.as_str().into(),
            status.severity().into(),
            super::status::NOT_CONNECTED.into(),
            seq.into(),
        ]
    });
    let into = "companies (id, group_id, code, name, name_key, search_key, currency, time_zone, created_at, status, severity, \
        reason, change_seq)";
    insert::rows(tx, into, rows.collect()).await?;
    super::status::count(tx, group_id, "", status, companies.len() as i64).await?;
    Ok(ids)
}
