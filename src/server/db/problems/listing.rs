//! Problems as the results page reads them: a page of those a filter means, how many there are of which kind, and
//! which causes they have.

use super::filter::Narrowing;
use crate::{
    domain::results_filter::{ProblemState, ResultsFilter},
    server::db::query::{On, placeholders, sql},
};

/// A problem with what is known of the record's link.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Problem {
    pub id: String,
    pub entity: String,
    pub local_id: String,
    pub external_id: Option<String>,
    pub label: String,
    pub kind: String,
    pub direction: String,
    pub cause: String,
    pub advice: String,
    pub detail: String,
    pub blocked_by: Option<String>,
    pub blocked_by_entity: Option<String>,
    pub blocked_by_id: Option<String>,
    pub ours: String,
    pub theirs: String,
    pub decision: Option<String>,
    pub set_aside_at: Option<i64>,
    pub set_aside_until: Option<i64>,
    pub set_aside_by: String,
    pub note: String,
    pub resolved_at: Option<i64>,
    pub first_seen: i64,
    pub last_seen: i64,
    pub times: i64,
    /// `None`: there is no link.
    pub link_state: Option<String>,
    pub linked_to: Option<String>,
}

/// What fails first, then what waits for it, then what was left out; as the index `problems_listed` has it.
fn rank(of: &str) -> String {
    format!("CASE {of}kind WHEN 'blocked' THEN 1 WHEN 'unlinked' THEN 2 ELSE 0 END")
}

/// The order of the list; `of` is the table's alias with its point.
fn order(state: ProblemState, of: &str) -> String {
    match state {
        ProblemState::Open | ProblemState::SetAside => format!("{}, {of}last_seen DESC, {of}id DESC", rank(of)),
        ProblemState::Resolved => format!("{of}resolved_at DESC, {of}id DESC"),
        ProblemState::All => format!("{of}last_seen DESC, {of}id DESC"),
    }
}

/// The rows of the filter's page.
pub async fn page<'a>(on: impl Into<On<'a>>, narrowing: Narrowing, filter: &ResultsFilter) -> sqlx::Result<Vec<Problem>> {
    let (limit, state) = (i64::from(filter.limit()), filter.state);
    let place = narrowing.next();
    // The page is chosen within an index first and its rows are fetched after: a late page reads no row before it.
    let chosen = format!(
        "SELECT id AS chosen FROM problems WHERE {} ORDER BY {} LIMIT ${place} OFFSET ${}",
        narrowing.conditions,
        order(state, ""),
        place + 1
    );
    let text = format!(
        "SELECT p.id, p.entity, p.local_id, p.external_id, p.label, p.kind, p.direction, p.cause, p.advice, p.detail, p.blocked_by,
            p.blocked_by_entity, p.blocked_by_id, p.ours, p.theirs, p.decision, p.set_aside_at, p.set_aside_until, p.set_aside_by,
            p.note, p.resolved_at, p.first_seen, p.last_seen, p.times, l.state AS link_state, l.external_id AS linked_to
        FROM ({chosen}) c JOIN problems p ON p.id = c.chosen
        LEFT JOIN connections k ON k.company_id = p.company_id
        LEFT JOIN links l ON l.connection_id = k.id AND l.entity = p.entity AND l.local_id = p.local_id
        ORDER BY {}",
        order(state, "p.")
    );
    let offset = (i64::from(filter.page) - 1) * limit;
    narrowing.bind(sql(text)).bind(limit).bind(offset).all(on).await
}

/// How many there are of each rank: failing, blocked, left out.
pub async fn ranks<'a>(on: impl Into<On<'a>>, narrowing: Narrowing) -> sqlx::Result<[u64; 3]> {
    // No narrower type: of Postgres' own accord it would be one of 32 bits.
    let text = format!(
        "SELECT CAST({} AS BIGINT) AS rank, count(*) FROM problems WHERE {} GROUP BY {}",
        rank(""),
        narrowing.conditions,
        rank("")
    );
    let found: Vec<(i64, i64)> = narrowing.bind(sql(text)).all(on).await?;
    let of = |rank| found.iter().find(|(one, _)| *one == rank).map_or(0, |(_, n)| n.unsigned_abs());
    Ok([of(0), of(1), of(2)])
}

/// Whether any that is not left out was seen last before then.
pub async fn seen_before<'a>(on: impl Into<On<'a>>, mut narrowing: Narrowing, then: i64) -> sqlx::Result<bool> {
    narrowing.conditions += &format!(" AND {} IN (0, 1)", rank(""));
    narrowing.add("last_seen < #", then);
    any(on, narrowing).await
}

pub async fn count<'a>(on: impl Into<On<'a>>, narrowing: Narrowing) -> sqlx::Result<i64> {
    let text = format!("SELECT count(*) FROM problems WHERE {}", narrowing.conditions);
    let (n,): (i64,) = narrowing.bind(sql(text)).one(on).await?;
    Ok(n)
}

/// Whether there is any.
pub async fn any<'a>(on: impl Into<On<'a>>, narrowing: Narrowing) -> sqlx::Result<bool> {
    let text = format!("SELECT id FROM problems WHERE {} LIMIT 1", narrowing.conditions);
    Ok(narrowing.bind(sql(text)).optional::<(String,)>(on).await?.is_some())
}

/// Problems of one cause that are about one kind of record.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Part {
    pub cause: String,
    pub entity: String,
    pub records: i64,
    /// One of them.
    pub sample: String,
    /// How many causes there are in all.
    pub causes: i64,
}

/// The first causes, what needs a person first and the most records first; each in parts by kind of record.
pub async fn causes<'a>(on: impl Into<On<'a>>, narrowing: Narrowing, limit: usize) -> sqlx::Result<Vec<Part>> {
    let text = format!(
        "WITH parts AS MATERIALIZED (
            SELECT cause_key, entity, kind, count(*) AS records, MIN(id) AS sample FROM problems WHERE {}
            GROUP BY cause_key, entity, kind
        ), first AS MATERIALIZED (
            SELECT cause_key, MIN({}) AS rank, CAST(SUM(records) AS BIGINT) AS total, count(*) OVER () AS causes FROM parts
            GROUP BY cause_key ORDER BY rank, total DESC, cause_key LIMIT ${}
        )
        SELECT p.cause_key AS cause, p.entity, p.records, p.sample, f.causes
        FROM first f JOIN parts p ON p.cause_key = f.cause_key
        ORDER BY f.rank, f.total DESC, p.cause_key, p.records DESC, p.entity",
        narrowing.conditions,
        rank(""),
        narrowing.next()
    );
    narrowing.bind(sql(text)).bind(limit as i64).all(on).await
}

/// What problems of one cause have in common.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Sample {
    pub id: String,
    pub kind: String,
    pub advice: String,
    pub subject_kind: String,
    pub subject: String,
}

pub async fn samples<'a>(on: impl Into<On<'a>>, ids: &[&str]) -> sqlx::Result<Vec<Sample>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    sql(format!("SELECT id, kind, advice, subject_kind, subject FROM problems WHERE id IN ({})", placeholders(1, ids.len())))
        .bind_all(ids.iter().copied())
        .all(on)
        .await
}
