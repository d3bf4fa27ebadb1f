//! The contacts of the accounting side while they are being matched with those here. Once onboarding is confirmed, links
//! say which is which, and syncs look after them.

use super::companies::name_key;
use super::query::{On, placeholders, sql};
use super::{Tx, insert, reference, search};
use crate::domain::matching::contacts::{MOST_KEY, match_key};

/// The word of contacts among the lists that were read.
pub const LIST: &str = "contact";

/// Neighbours in the order of names that are looked at on either side of a name.
const NEIGHBOURS: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalContact {
    pub external_id: String,
    pub name: String,
    pub email: String,
}

/// One that a contact here may be.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Candidate {
    pub external_id: String,
    pub name: String,
    pub email: String,
    /// The contact here it was decided to stand for: id and name.
    pub taken_by: Option<String>,
    pub taken_by_name: Option<String>,
    /// The undecided contact here of the same name, which it stands for by default.
    pub namesake: Option<String>,
    pub namesake_name: Option<String>,
}

fn short(key: &str) -> String {
    key.chars().take(MOST_KEY).collect()
}

/// A key as its index holds it: with the company in front.
fn at(company_id: &str, key: &str) -> String {
    format!("{company_id} {key}")
}

/// Puts what the accounting side holds in place of what it held last time. A decision for one that is gone is taken back;
/// answers how many were.
pub async fn replace<'a>(
    tx: &mut Tx,
    company_id: &str,
    contacts: impl Iterator<Item = &'a ExternalContact>,
    now: i64,
) -> sqlx::Result<u64> {
    forget(tx, company_id).await?;
    let rows = contacts.map(|contact| {
        let (name, email) = (short(&name_key(&contact.name)), short(&name_key(&contact.email)));
        [
            company_id.into(),
            (&contact.external_id).into(),
            (&contact.name).into(),
            (&contact.email).into(),
            (&name).into(),
            (&email).into(),
            at(company_id, &name).into(),
            at(company_id, &match_key(&contact.name)).into(),
            if email.is_empty() { "".into() } else { at(company_id, &email).into() },
        ]
    });
    let into = "external_contacts \
        (company_id, external_id, name, email, name_key, email_key, name_at, words_at, email_at)";
    insert::rows(&mut *tx, into, rows.collect()).await?;
    reference::was_read(&mut *tx, company_id, LIST, now).await?;
    sql("DELETE FROM contact_matches WHERE company_id = $1 AND external_id IS NOT NULL
        AND external_id NOT IN (SELECT external_id FROM external_contacts WHERE company_id = $1)")
    .bind(company_id)
    .execute(tx)
    .await
}

pub async fn forget(tx: &mut Tx, company_id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM external_contacts WHERE company_id = $1").bind(company_id).execute(tx).await?;
    Ok(())
}

/// What of a contact there is looked at first.
const FOUND: &str = "SELECT external_id, name, email, name_key FROM external_contacts";

/// The contacts that `found` selects, each with the contact here it stands for. What is known of contacts here is looked up
/// one by one: with statistics from before the lists were read, Postgres would rather read all of them for each.
fn with_those_here(found: &str) -> String {
    let taken = |column: &str| {
        format!(
            "(SELECT (SELECT {column} FROM contacts t WHERE t.id = m.contact_id) FROM contact_matches m
                WHERE m.company_id = $1 AND m.external_id = f.external_id)"
        )
    };
    let namesake = |column: &str| {
        format!(
            "(SELECT CASE WHEN (SELECT d.contact_id FROM contact_matches d WHERE d.contact_id = n.id) IS NULL THEN {column} END
                FROM contacts n WHERE n.company_id = $1 AND n.name_key = f.name_key AND n.archived = 0)"
        )
    };
    format!(
        "SELECT f.external_id, f.name, f.email, {} AS taken_by, {} AS taken_by_name, {} AS namesake, {} AS namesake_name
        FROM ({found}) f",
        taken("t.id"),
        taken("t.name"),
        namesake("n.id"),
        namesake("n.name")
    )
}

/// A contact here for which candidates are looked for.
pub struct Ours<'a> {
    pub name: &'a str,
    pub email: &'a str,
}

/// Those that contacts here may be: of the same name or e-mail address, and the next ones in the order of telling words.
/// It costs a few steps in an index for each contact, however many there are on either side.
pub async fn candidates<'a>(on: impl Into<On<'a>>, company_id: &str, ours: &[Ours<'_>]) -> sqlx::Result<Vec<Candidate>> {
    let names: Vec<String> = ours.iter().map(|one| at(company_id, &short(&name_key(one.name)))).collect();
    let emails: Vec<String> = ours.iter().map(|one| short(&name_key(one.email))).filter(|email| !email.is_empty()).collect();
    let words: Vec<String> = ours.iter().map(|one| match_key(one.name)).filter(|words| !words.is_empty()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    // `$2` and `$3`: what stands before and behind the company's keys.
    let mut found = vec![format!("{FOUND} WHERE name_at IN ({})", placeholders(4, names.len()))];
    let mut next = 4 + names.len();
    if !emails.is_empty() {
        found.push(format!("{FOUND} WHERE email_at <> '' AND email_at IN ({})", placeholders(next, emails.len())));
        next += emails.len();
    }
    for place in next..next + words.len() {
        for (range, order) in
            [(format!("words_at >= ${place} AND words_at < $3"), ""), (format!("words_at < ${place} AND words_at > $2"), " DESC")]
        {
            found.push(format!(
                "SELECT external_id, name, email, name_key FROM ({FOUND} WHERE {range}
                    ORDER BY words_at{order}, external_id{order} LIMIT {NEIGHBOURS}) near"
            ));
        }
    }
    // In the order of bytes a blank comes first, and an exclamation mark next.
    let (before, behind) = (format!("{company_id} "), format!("{company_id}!"));
    sql(with_those_here(&found.join(" UNION ")))
        .bind(company_id)
        .bind(before)
        .bind(behind)
        .bind_all(names)
        .bind_all(emails.iter().map(|email| at(company_id, email)))
        .bind_all(words.iter().map(|words| at(company_id, words)))
        .all(on)
        .await
}

/// Those whose name or e-mail address holds the text, by name.
pub async fn search<'a>(on: impl Into<On<'a>>, company_id: &str, text: &str, limit: i64) -> sqlx::Result<Vec<Candidate>> {
    let found = format!(
        "{FOUND} WHERE company_id = $1 AND (name_key LIKE $2 ESCAPE '\\' OR email_key LIKE $2 ESCAPE '\\')
        ORDER BY name_key, external_id LIMIT $3"
    );
    sql(with_those_here(&found) + " ORDER BY f.name_key, f.external_id")
        .bind(company_id)
        .bind(search::containing(&name_key(text)))
        .bind(limit)
        .all(on)
        .await
}

/// One by its id.
pub async fn find<'a>(on: impl Into<On<'a>>, company_id: &str, external_id: &str) -> sqlx::Result<Option<Candidate>> {
    sql(with_those_here(&format!("{FOUND} WHERE company_id = $1 AND external_id = $2")))
        .bind(company_id)
        .bind(external_id)
        .optional(on)
        .await
}
