//! Records as they come in from the accounting side: found by what both sides call them, made, and brought up to date.

use super::query::{On, sql};
use super::{Tx, companies::name_key, contacts, new_id};
use crate::domain::{contact::ContactFacts, document::DocumentKind};

/// A contact here that an incoming one may be.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LocalContact {
    pub id: String,
    pub name: String,
    pub version: i64,
    pub pending: i64,
}

pub async fn contact_by_name<'a>(on: impl Into<On<'a>>, company_id: &str, name: &str) -> sqlx::Result<Option<LocalContact>> {
    sql("SELECT id, name, version, pending FROM contacts WHERE company_id = $1 AND name_key = $2")
        .bind(company_id)
        .bind(name_key(name))
        .optional(on)
        .await
}

pub async fn contact<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<Option<LocalContact>> {
    sql("SELECT id, name, version, pending FROM contacts WHERE id = $1").bind(id).optional(on).await
}

/// What a contact of the other side is called here; `None` where it has not come in.
pub async fn linked_contact_name<'a>(
    on: impl Into<On<'a>>,
    connection_id: &str,
    external_id: &str,
) -> sqlx::Result<Option<String>> {
    let row: Option<(String,)> = sql("SELECT c.name FROM links l JOIN contacts c ON c.id = l.local_id
        WHERE l.connection_id = $1 AND l.entity = 'contact' AND l.external_id = $2")
    .bind(connection_id)
    .bind(external_id)
    .optional(on)
    .await?;
    Ok(row.map(|(name,)| name))
}

/// What of a contact comes in.
pub struct Contact<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub address: &'a str,
    pub country: &'a str,
    pub archived: bool,
    /// Who says so: the organisation it comes from.
    pub by: &'a str,
}

impl Contact<'_> {
    fn facts(&self) -> ContactFacts {
        ContactFacts {
            name: self.name.into(),
            email: self.email.into(),
            address: self.address.into(),
            country: self.country.into(),
            archived: self.archived,
        }
    }
}

pub async fn insert_contact(tx: &mut Tx, company_id: &str, contact: &Contact<'_>, now: i64) -> sqlx::Result<String> {
    let id = new_id();
    sql("INSERT INTO contacts (id, company_id, name, name_key, email, address, country, archived, pending, tried_version, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 1, $9)")
    .bind(&id)
    .bind(company_id)
    .bind(contact.name)
    .bind(name_key(contact.name))
    .bind(contact.email)
    .bind(contact.address)
    .bind(contact.country)
    .bind(contact.archived)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    contacts::keep_versions(tx, &[(&id, 1, contact.facts())], contact.by, now).await?;
    Ok(id)
}

/// Takes over what the accounting side holds, as a new version; answers it.
pub async fn update_contact(tx: &mut Tx, id: &str, contact: &Contact<'_>, now: i64) -> sqlx::Result<i64> {
    let (version,): (i64,) =
        sql("UPDATE contacts SET name = $2, name_key = $3, email = $4, address = $5, country = $6, archived = $7,
            version = version + 1, pending = 0, tried_version = version + 1, updated_at = $8
        WHERE id = $1 RETURNING version")
        .bind(id)
        .bind(contact.name)
        .bind(name_key(contact.name))
        .bind(contact.email)
        .bind(contact.address)
        .bind(contact.country)
        .bind(contact.archived)
        .bind(now)
        .returning(&mut *tx)
        .await?
        .ok_or(sqlx::Error::RowNotFound)?;
    contacts::keep_versions(tx, &[(id, version, contact.facts())], contact.by, now).await?;
    Ok(version)
}

/// A document here that an incoming one may be.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LocalDocument {
    pub id: String,
    pub version: i64,
    pub pending: i64,
    pub tried_version: i64,
    pub contact_id: String,
    pub gross: i64,
}

const DOCUMENT: &str = "SELECT id, version, pending, tried_version, contact_id, gross FROM documents";

pub async fn document<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<Option<LocalDocument>> {
    sql(format!("{DOCUMENT} WHERE id = $1")).bind(id).optional(on).await
}

/// `scope` is empty for sales numbers, the contact's local id for a supplier's.
pub async fn document_by_number<'a>(
    on: impl Into<On<'a>>,
    company_id: &str,
    kind: DocumentKind,
    number: &str,
    scope: &str,
) -> sqlx::Result<Option<LocalDocument>> {
    sql(format!("{DOCUMENT} WHERE company_id = $1 AND kind = $2 AND number = $3 AND number_scope = $4"))
        .bind(company_id)
        .bind(kind.as_str())
        .bind(number)
        .bind(scope)
        .optional(on)
        .await
}

/// How far a dataset was read; `None`: not at all yet.
pub async fn cursor<'a>(on: impl Into<On<'a>>, connection_id: &str, dataset: &str) -> sqlx::Result<Option<String>> {
    let row: Option<(String,)> = sql("SELECT cursor FROM cursors WHERE connection_id = $1 AND dataset = $2")
        .bind(connection_id)
        .bind(dataset)
        .optional(on)
        .await?;
    Ok(row.map(|(cursor,)| cursor))
}

/// The mark that a dataset is to be read from its beginning again: beside its cursor, which a run under way moves on.
fn again(dataset: &str) -> String {
    format!("{dataset}:again")
}

/// Has a dataset read from its beginning by the next run that reads it, because something was passed over that now counts.
pub async fn read_again(tx: &mut Tx, connection_id: &str, dataset: &str) -> sqlx::Result<()> {
    sql("INSERT INTO cursors (connection_id, dataset, cursor)
        SELECT $1, $2, '' WHERE EXISTS (SELECT 1 FROM cursors WHERE connection_id = $1 AND dataset = $3) ON CONFLICT DO NOTHING")
    .bind(connection_id)
    .bind(again(dataset))
    .bind(dataset)
    .execute(tx)
    .await?;
    Ok(())
}

/// Puts a dataset back to its beginning that is marked so, or whose reading began there before `since` (epoch milliseconds)
/// for the last time; answers whether it is for the latter.
pub async fn begin_again(tx: &mut Tx, connection_id: &str, dataset: &str, since: Option<i64>) -> sqlx::Result<bool> {
    let marked = sql("DELETE FROM cursors WHERE connection_id = $1 AND dataset = $2")
        .bind(connection_id)
        .bind(again(dataset))
        .execute(&mut *tx)
        .await?;
    let before = if marked > 0 { Some(i64::MAX) } else { since };
    let Some(before) = before else { return Ok(false) };
    let put_back = sql("DELETE FROM cursors WHERE connection_id = $1 AND dataset = $2 AND whole_at < $3")
        .bind(connection_id)
        .bind(dataset)
        .bind(before)
        .execute(tx)
        .await?;
    Ok(marked == 0 && put_back > 0)
}

/// Has everything read from its beginning. The caller has seen that no run is under way.
pub async fn forget_cursors(tx: &mut Tx, connection_id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM cursors WHERE connection_id = $1").bind(connection_id).execute(tx).await?;
    Ok(())
}

/// Moves the cursor: in the transaction that stored the page it stands behind. Where there is none, that was the first page.
pub async fn set_cursor(tx: &mut Tx, connection_id: &str, dataset: &str, cursor: &str, now: i64) -> sqlx::Result<()> {
    sql("INSERT INTO cursors (connection_id, dataset, cursor, whole_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (connection_id, dataset) DO UPDATE SET cursor = excluded.cursor")
    .bind(connection_id)
    .bind(dataset)
    .bind(cursor)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}
