//! Contacts of a company as rows: whom its documents are addressed to.

use super::companies::name_key;
use super::query::{On, placeholders, sql};
use super::{Tx, insert, new_id};

/// What a document or a person says of a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct ContactDetails {
    pub name: String,
    pub email: String,
    pub address: String,
    pub country: String,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StoredContact {
    pub id: String,
    pub name_key: String,
    #[sqlx(flatten)]
    pub details: ContactDetails,
}

/// Those of a company's contacts that have one of these names, as [`name_key`] writes them.
pub async fn by_name_keys<'a>(on: impl Into<On<'a>>, company_id: &str, keys: &[String]) -> sqlx::Result<Vec<StoredContact>> {
    if keys.is_empty() {
        return Ok(vec![]);
    }
    let names = placeholders(2, keys.len());
    sql(format!(
        "SELECT id, name_key, name, email, address, country FROM contacts WHERE company_id = $1 AND name_key IN ({names})"
    ))
    .bind(company_id)
    .bind_all(keys)
    .all(on)
    .await
}

/// Makes contacts that are still to be sent; answers their ids in order.
pub async fn insert(tx: &mut Tx, company_id: &str, contacts: &[ContactDetails], now: i64) -> sqlx::Result<Vec<String>> {
    let ids: Vec<String> = contacts.iter().map(|_| new_id()).collect();
    let rows = ids.iter().zip(contacts).map(|(id, contact)| {
        [
            id.into(),
            company_id.into(),
            (&contact.name).into(),
            name_key(&contact.name).into(),
            (&contact.email).into(),
            (&contact.address).into(),
            (&contact.country).into(),
            now.into(),
        ]
    });
    let into = "contacts (id, company_id, name, name_key, email, address, country, updated_at)";
    insert::rows(tx, into, rows.collect()).await?;
    Ok(ids)
}

/// A new version of a contact, still to be sent.
pub async fn update(tx: &mut Tx, id: &str, contact: &ContactDetails, now: i64) -> sqlx::Result<()> {
    sql("UPDATE contacts SET name = $2, name_key = $3, email = $4, address = $5, country = $6,
            version = version + 1, pending = 1, updated_at = $7
        WHERE id = $1")
    .bind(id)
    .bind(&contact.name)
    .bind(name_key(&contact.name))
    .bind(&contact.email)
    .bind(&contact.address)
    .bind(&contact.country)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}
