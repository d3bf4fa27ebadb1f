//! What the overview reads: a page of companies in any order it offers, how many match, and what changed since
//! a cursor. Counts come from `status_counts` unless a text is searched for, so they cost the same however many
//! companies there are.

pub mod neighbours;

use super::Db;
use super::query::{Query, placeholders, sql};
use super::search;
use super::sees::{Seen, Sees};
use crate::domain::{
    filter::{Filter, SortKey},
    run::RunState,
    status::SyncStatus,
};

/// A company with its active and its last run.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    pub code: String,
    pub name: String,
    pub currency: String,
    pub time_zone: String,
    pub provider: String,
    pub organisation: Option<String>,
    pub status: String,
    pub reason: String,
    pub open_errors: i64,
    pub paused: i64,
    pub last_success_at: Option<i64>,
    pub change_seq: i64,
    pub active_state: Option<String>,
    pub active_stage: Option<String>,
    pub active_done: Option<i64>,
    pub active_total: Option<i64>,
    pub active_since: Option<i64>,
    pub active_wait_until: Option<i64>,
    pub last_id: Option<String>,
    pub last_state: Option<String>,
    pub last_stage: Option<String>,
    pub last_ended_at: Option<i64>,
    pub last_sent: Option<i64>,
    pub last_received: Option<i64>,
    pub last_failed: Option<i64>,
    pub last_blocked: Option<i64>,
    pub last_errors: Option<i64>,
}

/// Everything of [`Row`]; what follows chooses the companies `c`.
const SELECT: &str =
    "SELECT c.code, c.name, c.currency, c.time_zone, c.provider, c.organisation, c.status, c.reason, c.open_errors, c.paused,
        c.last_success_at, c.change_seq, a.state AS active_state, a.stage AS active_stage, a.done AS active_done,
        a.total AS active_total, COALESCE(a.started_at, a.queued_at) AS active_since, a.wait_until AS active_wait_until,
        l.id AS last_id, l.state AS last_state, l.stage AS last_stage,
        l.ended_at AS last_ended_at, l.sent AS last_sent, l.received AS last_received, l.failed AS last_failed,
        l.blocked AS last_blocked, l.errors AS last_errors
    FROM companies c LEFT JOIN runs a ON a.id = c.active_run_id LEFT JOIN runs l ON l.id = c.last_run_id";

/// The same of those somebody sees.
fn select_seen(seen: &Seen) -> String {
    SELECT.replace("FROM companies c", &format!("FROM {}", seen.companies("c")))
}

/// The same of companies that a statement chose, which answers their name keys as `k`. CROSS JOIN keeps SQLite from
/// walking the whole group in the order asked for, to look for each company among the few chosen.
fn select_chosen(chosen: &str) -> String {
    SELECT.replace("FROM companies c", &format!("FROM ({chosen}) chosen CROSS JOIN companies c"))
        + " WHERE c.group_id = $1 AND c.name_key = chosen.k"
}

/// The order of the list; each has an index. Names break ties, and who never synced comes before all who did.
fn order(filter: &Filter) -> &'static str {
    match (filter.sort.key, filter.sort.reversed) {
        (SortKey::Status, false) => "severity DESC, name_key",
        (SortKey::Status, true) => "severity, name_key",
        (SortKey::Name, false) => "name_key",
        (SortKey::Name, true) => "name_key DESC",
        (SortKey::LastSuccess, false) => "last_success_at NULLS FIRST, name_key",
        (SortKey::LastSuccess, true) => "last_success_at DESC NULLS LAST, name_key DESC",
        (SortKey::LastRun, false) => "last_run_at NULLS FIRST, name_key",
        (SortKey::LastRun, true) => "last_run_at DESC NULLS LAST, name_key DESC",
    }
}

/// The rows of the filter's page.
pub async fn page(db: &Db, seen: &Seen, filter: &Filter) -> sqlx::Result<Vec<Row>> {
    page_query(seen, filter).all(db).await
}

/// The statement behind [`page`].
pub fn page_query(seen: &Seen, filter: &Filter) -> Query {
    let mut narrowing = Narrowing::new(seen);
    narrowing.statuses(&filter.statuses);
    narrowing.any("provider", filter.providers.iter().map(|provider| provider.as_str()));
    narrowing.search(&filter.search);
    let (order, limit) = (order(filter), narrowing.values.len() + 1);
    let inner = format!(
        "SELECT name_key AS k FROM {} WHERE {} ORDER BY {order} LIMIT ${limit} OFFSET ${}",
        narrowing.companies,
        narrowing.conditions,
        limit + 1
    );
    // The page is chosen within an index first and its rows are fetched after: a late page reads no row before it.
    let text = format!("{} ORDER BY {order}", select_chosen(&inner));
    let offset = (i64::from(filter.page) - 1) * i64::from(filter.rows);
    narrowing.bind(sql(text)).bind(i64::from(filter.rows)).bind(offset)
}

/// Companies per provider and status whose name or code contains the text.
pub async fn counts_of_search(db: &Db, seen: &Seen, search: &str) -> sqlx::Result<Vec<(String, String, i64)>> {
    let mut narrowing = Narrowing::new(seen);
    narrowing.search(search);
    let Narrowing { companies, conditions, .. } = &narrowing;
    let text = format!("SELECT provider, status, COUNT(*) FROM {companies} WHERE {conditions} GROUP BY provider, status");
    narrowing.bind(sql(text)).all(db).await
}

/// Companies that changed since the cursor, in the order of their changes.
pub async fn changed(db: &Db, seen: &Seen, cursor: i64, limit: i64) -> sqlx::Result<Vec<Row>> {
    let values = seen.values();
    let (since, most) = (values.len() + 1, values.len() + 2);
    let select = select_seen(seen);
    sql(format!("{select} WHERE c.group_id = $1 AND c.change_seq > ${since} ORDER BY c.change_seq LIMIT ${most}"))
        .bind_all(values)
        .bind(cursor)
        .bind(limit)
        .all(db)
        .await
}

/// One company, by its code.
pub async fn one(db: &Db, seen: &Seen, code: &str) -> sqlx::Result<Option<Row>> {
    let (values, select) = (seen.values(), select_seen(seen));
    let place = values.len() + 1;
    sql(format!("{select} WHERE c.group_id = $1 AND c.code = ${place}")).bind_all(values).bind(code).optional(db).await
}

/// The companies that sync now, most recently started first; then those that wait, the longest first.
pub async fn active(db: &Db, seen: &Seen, limit: i64) -> sqlx::Result<Vec<Row>> {
    let mut rows: Vec<Row> = active_query(seen, RunState::Running, limit).all(db).await?;
    let left = limit - rows.len() as i64;
    if left > 0 {
        rows.extend(active_query(seen, RunState::Queued, left).all::<Row>(db).await?);
    }
    Ok(rows)
}

/// One half of [`active`]: each has an index of its own, so that a night's queue of everyone is not read to show five.
pub fn active_query(seen: &Seen, state: RunState, limit: i64) -> Query {
    let order = if state == RunState::Running { "a.started_at DESC, a.id DESC" } else { "a.queued_at, a.id" };
    // CROSS JOIN keeps SQLite from walking the whole group to look for each company's run.
    let (from, joined) = match seen.sees {
        Sees::Everything => ("runs a CROSS JOIN companies c".to_owned(), "c.id = a.company_id"),
        Sees::Chosen(_) => (format!("{} CROSS JOIN runs a", seen.companies("c")), "a.id = c.active_run_id"),
    };
    let select = SELECT.replace("companies c LEFT JOIN runs a ON a.id = c.active_run_id", &from);
    let (values, state) = (seen.values(), state.as_str());
    let most = values.len() + 1;
    sql(format!("{select} WHERE c.group_id = $1 AND {joined} AND a.state = '{state}' ORDER BY {order} LIMIT ${most}"))
        .bind_all(values)
        .bind(limit)
}

/// Whether a sync that goes on has found errors.
pub async fn troubled(db: &Db, seen: &Seen) -> sqlx::Result<bool> {
    let found: Option<(i64,)> = troubled_query(seen).optional(db).await?;
    Ok(found.is_some())
}

/// The statement behind [`troubled`].
pub fn troubled_query(seen: &Seen) -> Query {
    let (from, joined) = match seen.sees {
        // Of two partial indexes the one whose column is asked for is taken.
        Sees::Everything => ("runs a CROSS JOIN companies c".to_owned(), "a.company_id > '' AND c.id = a.company_id"),
        Sees::Chosen(_) => (format!("{} CROSS JOIN runs a", seen.companies("c")), "a.id = c.active_run_id"),
    };
    let text = format!(
        "SELECT a.failed FROM {from} WHERE a.state = 'running' AND a.failed > 0 AND {joined} AND c.group_id = $1 LIMIT 1"
    );
    sql(text).bind_all(seen.values())
}

/// The companies that need a person, those that ran last first.
pub async fn problems(db: &Db, seen: &Seen, limit: i64) -> sqlx::Result<Vec<Row>> {
    problems_query(seen, limit).all(db).await
}

/// The statement behind [`problems`].
pub fn problems_query(seen: &Seen, limit: i64) -> Query {
    const ORDER: &str = "last_run_at DESC NULLS LAST";
    // As the partial index has it: it is not taken for a value that is bound, and the sum keeps SQLite from an index that
    // begins with the severity and leaves the order to be made.
    let least = SyncStatus::LEAST_NEEDY.severity();
    let (companies, values) = (seen.companies("companies"), seen.values());
    let most = values.len() + 1;
    let inner = format!(
        "SELECT name_key AS k FROM {companies} WHERE group_id = $1 AND severity + 0 >= {least} ORDER BY {ORDER}, name_key LIMIT ${most}"
    );
    sql(format!("{} ORDER BY c.{ORDER}, c.name_key", select_chosen(&inner))).bind_all(values).bind(limit)
}

/// Conditions and their values, the group always the first.
struct Narrowing {
    /// What stands after `FROM`.
    companies: String,
    conditions: String,
    values: Vec<super::query::Value>,
}

impl Narrowing {
    fn new(seen: &Seen) -> Narrowing {
        Narrowing { companies: seen.companies("companies"), conditions: "group_id = $1".into(), values: seen.values() }
    }

    /// Statuses are looked up by their severity, of which there is one each: it is in the index the list is
    /// sorted by.
    fn statuses(&mut self, statuses: &[SyncStatus]) {
        self.any("severity", statuses.iter().map(|status| status.severity()));
    }

    /// None: any.
    fn any<V: Into<super::query::Value>>(&mut self, column: &str, values: impl Iterator<Item = V>) {
        let first = self.values.len() + 1;
        self.values.extend(values.map(Into::into));
        let n = self.values.len() + 1 - first;
        if n > 0 {
            self.conditions += &format!(" AND {column} IN ({})", placeholders(first, n));
        }
    }

    /// A condition as it stands; `#` is where the value goes.
    fn add(&mut self, condition: &str, value: Option<super::query::Value>) {
        self.values.extend(value);
        self.conditions += &condition.replace('#', &format!("${}", self.values.len()));
    }

    /// Every character stands for itself, `%` and `_` too.
    fn search(&mut self, search: &str) {
        let words = super::companies::name_key(search);
        if words.is_empty() {
            return;
        }
        self.values.push(search::containing(&words).into());
        self.conditions += &format!(" AND search_key LIKE ${} ESCAPE '\\'", self.values.len());
    }

    fn bind(self, query: Query) -> Query {
        query.bind_all(self.values)
    }
}
