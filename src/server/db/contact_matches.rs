//! What people decided about the contacts of a company before its first sync, and what becomes of those nobody decided
//! about: the one of the same name there is theirs, and without one they are made there.

mod carry_out;

pub use carry_out::{archive, create_others, link_same_names, make_links, restore_needed};

use super::query::{On, Query, placeholders, sql};
use super::{Tx, companies::name_key, reference::Scope, search};
use crate::domain::onboarding::asked::Shown;
use std::collections::HashMap;

/// A contact here with what was decided about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub email: String,
    pub decision: Option<String>,
    pub external_id: Option<String>,
    pub external_name: Option<String>,
    pub external_email: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<i64>,
}

/// A contact without what was decided about it.
#[derive(sqlx::FromRow)]
struct Contact {
    id: String,
    name: String,
    email: String,
}

#[derive(sqlx::FromRow)]
struct Decision {
    contact_id: String,
    decision: String,
    external_id: Option<String>,
    external_name: Option<String>,
    external_email: Option<String>,
    decided_by: String,
    decided_at: i64,
}

/// Lays contacts and decisions together, which are read one after the other: with statistics from before the decisions were
/// made, Postgres would read all of them for each contact.
async fn with_decisions(tx: &mut Tx, company_id: &str, contacts: Vec<Contact>) -> sqlx::Result<Vec<Row>> {
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let there = |column: &str| {
        format!("(SELECT e.{column} FROM external_contacts e WHERE e.company_id = $1 AND e.external_id = m.external_id)")
    };
    let decisions: Vec<Decision> = sql(format!(
        "SELECT m.contact_id, m.decision, m.external_id, {} AS external_name, {} AS external_email, m.decided_by, m.decided_at
        FROM contact_matches m WHERE m.contact_id IN ({})",
        there("name"),
        there("email"),
        placeholders(2, contacts.len())
    ))
    .bind(company_id)
    .bind_all(contacts.iter().map(|contact| contact.id.as_str()))
    .all(tx)
    .await?;
    let mut decisions: HashMap<String, Decision> =
        decisions.into_iter().map(|decision| (decision.contact_id.clone(), decision)).collect();
    let row = |contact: Contact| {
        let decided = decisions.remove(&contact.id);
        let Contact { id, name, email } = contact;
        match decided {
            None => Row { id, name, email, ..Row::default() },
            Some(decided) => Row {
                id,
                name,
                email,
                decision: Some(decided.decision),
                external_id: decided.external_id,
                external_name: decided.external_name,
                external_email: decided.external_email,
                decided_by: Some(decided.decided_by),
                decided_at: Some(decided.decided_at),
            },
        }
    };
    Ok(contacts.into_iter().map(row).collect())
}

const COLUMNS: &str = "SELECT c.id, c.name, c.email";

/// Contacts that take part.
const FROM: &str = "FROM contacts c WHERE c.company_id = $1 AND c.archived = 0";

/// Which contacts a list shows.
#[derive(Clone, Copy)]
pub struct Narrowing<'a> {
    pub company_id: &'a str,
    pub show: Shown,
    pub text: &'a str,
}

/// A set that is read once, whatever the statistics say; a plain `IN` might be read for each contact.
fn decided(decision: &str) -> String {
    format!(
        " AND NOT (c.id NOT IN (SELECT m.contact_id FROM contact_matches m WHERE m.company_id = $1 AND m.decision = '{decision}'))"
    )
}

impl Narrowing<'_> {
    /// The statement with its conditions, and its values up to `$2`.
    fn query(self, select: &str, rest: &str) -> Query {
        let decision = match self.show {
            Shown::All => String::new(),
            Shown::Undecided => {
                " AND c.id NOT IN (SELECT m.contact_id FROM contact_matches m WHERE m.company_id = $1)".to_owned()
            }
            Shown::Linked => decided("link"),
            Shown::Created => decided("create"),
            Shown::Archived => decided("archive"),
        };
        let text = if self.text.is_empty() {
            " AND $2 = ''"
        } else {
            " AND (c.name_key LIKE $2 ESCAPE '\\' OR LOWER(c.email) LIKE $2 ESCAPE '\\')"
        };
        let pattern = if self.text.is_empty() { String::new() } else { search::containing(&name_key(self.text)) };
        sql(format!("{select} {FROM}{decision}{text}{rest}")).bind(self.company_id).bind(pattern)
    }
}

/// A page of contacts, by name.
pub async fn page(tx: &mut Tx, narrowing: Narrowing<'_>, limit: i64, offset: i64) -> sqlx::Result<Vec<Row>> {
    let query = narrowing.query(COLUMNS, " ORDER BY c.name_key LIMIT $3 OFFSET $4").bind(limit).bind(offset);
    let contacts = query.all(&mut *tx).await?;
    with_decisions(tx, narrowing.company_id, contacts).await
}

pub async fn count<'a>(on: impl Into<On<'a>>, narrowing: Narrowing<'_>) -> sqlx::Result<i64> {
    let (n,): (i64,) = narrowing.query("SELECT count(*)", "").one(on).await?;
    Ok(n)
}

/// Those of the company's contacts that take part and have these ids.
pub async fn by_ids(tx: &mut Tx, company_id: &str, ids: &[&str]) -> sqlx::Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let contacts = sql(format!("{COLUMNS} {FROM} AND c.id IN ({})", placeholders(2, ids.len())))
        .bind(company_id)
        .bind_all(ids.iter().copied())
        .all(&mut *tx)
        .await?;
    with_decisions(tx, company_id, contacts).await
}

/// How many documents are addressed to contacts, and how many of them go out: contact, all, those.
pub async fn documents<'a>(on: impl Into<On<'a>>, scope: Scope<'_>, ids: &[&str]) -> sqlx::Result<Vec<(String, i64, i64)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    sql(format!(
        "SELECT d.contact_id, count(*), count(CASE WHEN {} THEN 1 END) FROM documents d WHERE d.contact_id IN ({}) GROUP BY d.contact_id",
        super::reference::GOES_OUT,
        placeholders(4, ids.len())
    ))
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .bind(scope.connection_id)
    .bind_all(ids.iter().copied())
    .all(on)
    .await
}

/// Contacts in their states: all, linked, created, archived; and of the linked ones those called differently there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    pub contacts: i64,
    pub linked: i64,
    pub created: i64,
    pub archived: i64,
    pub renamed: i64,
    /// When the latest decision was made; 0: none was.
    pub latest: i64,
}

pub async fn counts<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<Counts> {
    sql("SELECT (SELECT count(*) FROM contacts c WHERE c.company_id = $1 AND c.archived = 0) AS contacts,
            count(CASE WHEN m.decision = 'link' THEN 1 END) AS linked,
            count(CASE WHEN m.decision = 'create' THEN 1 END) AS created,
            count(CASE WHEN m.decision = 'archive' THEN 1 END) AS archived,
            count(CASE WHEN m.decision = 'link'
                AND (SELECT e.name_key FROM external_contacts e WHERE e.company_id = $1 AND e.external_id = m.external_id)
                    <> (SELECT c.name_key FROM contacts c WHERE c.id = m.contact_id) THEN 1 END) AS renamed,
            COALESCE(max(m.decided_at), 0) AS latest
        FROM contact_matches m WHERE m.company_id = $1")
    .bind(company_id)
    .one(on)
    .await
}

/// About contacts `c`: nobody decided about them. The sets are read once and kept in memory, whatever the statistics say:
/// a statement that makes decisions is planned while there are none.
const UNDECIDED: &str = "c.company_id = $1 AND c.archived = 0
    AND c.id NOT IN (SELECT m.contact_id FROM contact_matches m WHERE m.company_id = $1)";

/// The contact there of the same name as `c` that stands for none here yet; the first where several have that name.
const SAME_NAME: &str = "(SELECT min(e.external_id) FROM external_contacts e WHERE e.name_at = c.company_id || ' ' || c.name_key
    AND e.external_id NOT IN (
        SELECT t.external_id FROM contact_matches t WHERE t.company_id = $1 AND t.external_id IS NOT NULL))";

/// How many contacts nobody decided about have one of the same name there that is free.
pub async fn count_same_name<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<i64> {
    let (n,): (i64,) = sql(format!("SELECT count(*) FROM contacts c WHERE {UNDECIDED} AND {SAME_NAME} IS NOT NULL"))
        .bind(company_id)
        .one(on)
        .await?;
    Ok(n)
}

pub async fn count_there<'a>(on: impl Into<On<'a>>, company_id: &str) -> sqlx::Result<i64> {
    let (n,): (i64,) = sql("SELECT count(*) FROM external_contacts WHERE company_id = $1").bind(company_id).one(on).await?;
    Ok(n)
}

/// How many contacts are to be archived although documents that go out are addressed to them.
pub async fn count_archived_in_use<'a>(on: impl Into<On<'a>>, scope: Scope<'_>) -> sqlx::Result<i64> {
    let (n,): (i64,) = sql(format!(
        "SELECT count(*) FROM contact_matches m WHERE m.company_id = $1 AND m.decision = 'archive'
            AND (SELECT count(CASE WHEN {} THEN 1 END) FROM documents d WHERE d.contact_id = m.contact_id) > 0",
        super::reference::GOES_OUT
    ))
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .bind(scope.connection_id)
    .one(on)
    .await?;
    Ok(n)
}

/// Stores what a person decided.
pub async fn decide(
    tx: &mut Tx,
    company_id: &str,
    contact_id: &str,
    decision: &str,
    external_id: Option<&str>,
    by: &str,
    now: i64,
) -> sqlx::Result<()> {
    sql("INSERT INTO contact_matches (company_id, contact_id, decision, external_id, decided_by, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (contact_id) DO UPDATE
        SET decision = excluded.decision, external_id = excluded.external_id, decided_by = excluded.decided_by,
            decided_at = excluded.decided_at")
    .bind(company_id)
    .bind(contact_id)
    .bind(decision)
    .bind(external_id)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives the contacts there free that several contacts are about to exchange.
pub async fn release(tx: &mut Tx, company_id: &str, contact_ids: &[&str]) -> sqlx::Result<()> {
    if contact_ids.is_empty() {
        return Ok(());
    }
    sql(format!(
        "UPDATE contact_matches SET external_id = NULL WHERE company_id = $1 AND contact_id IN ({})",
        placeholders(2, contact_ids.len())
    ))
    .bind(company_id)
    .bind_all(contact_ids.iter().copied())
    .execute(tx)
    .await?;
    Ok(())
}
