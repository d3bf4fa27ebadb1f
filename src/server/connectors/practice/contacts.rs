//! The ledger's contacts as they are stored.

use crate::server::connectors::{ContactContent, Content, External};
use crate::server::db::{
    Tx, insert,
    query::{On, placeholders, sql},
};

pub const COLUMNS: &str = "id, name, name_key, email, address, country, archived, seq";

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Contact {
    pub id: String,
    pub name: String,
    pub name_key: String,
    pub email: String,
    pub address: String,
    pub country: String,
    pub archived: i64,
    pub seq: i64,
}

impl From<Contact> for External {
    fn from(contact: Contact) -> Self {
        let Contact { id, name, email, address, country, archived, .. } = contact;
        let content = ContactContent { name, email, address, country, archived: archived != 0 };
        External { external_id: id, content: Content::Contact(content), outstanding: 0, applied: None }
    }
}

/// Those whose `column` (an id or a comparable name) has one of these values.
pub async fn by<'a>(on: impl Into<On<'a>>, ledger_id: &str, column: &'static str, values: &[&str]) -> sqlx::Result<Vec<Contact>> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let places = placeholders(2, values.len());
    sql(format!("SELECT {COLUMNS} FROM practice_contacts WHERE ledger_id = $1 AND {column} IN ({places})"))
        .bind(ledger_id)
        .bind_all(values.iter().copied())
        .all(on)
        .await
}

pub async fn insert(tx: &mut Tx, ledger_id: &str, contacts: &[&Contact]) -> sqlx::Result<()> {
    let rows = contacts.iter().map(|contact| {
        [
            (&contact.id).into(),
            ledger_id.into(),
            (&contact.name).into(),
            (&contact.name_key).into(),
            (&contact.email).into(),
            (&contact.address).into(),
            (&contact.country).into(),
            contact.archived.into(),
            contact.seq.into(),
        ]
    });
    insert::rows(tx, "practice_contacts (id, ledger_id, name, name_key, email, address, country, archived, seq)", rows.collect())
        .await
}

/// Gives names back for a moment, so that contacts can exchange them within one piece of work.
pub async fn release_names(tx: &mut Tx, ids: &[&str]) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let places = placeholders(1, ids.len());
    sql(format!("UPDATE practice_contacts SET name_key = id WHERE id IN ({places})"))
        .bind_all(ids.iter().copied())
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn update(tx: &mut Tx, contact: &Contact) -> sqlx::Result<()> {
    sql("UPDATE practice_contacts SET name = $2, name_key = $3, email = $4, address = $5, country = $6, archived = $7, seq = $8
        WHERE id = $1")
    .bind(&contact.id)
    .bind(&contact.name)
    .bind(&contact.name_key)
    .bind(&contact.email)
    .bind(&contact.address)
    .bind(&contact.country)
    .bind(contact.archived)
    .bind(contact.seq)
    .execute(tx)
    .await?;
    Ok(())
}
