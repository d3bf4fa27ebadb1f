//! Contacts of a company as rows: whom its documents are addressed to.

use super::companies::name_key;
use super::query::{On, placeholders, sql};
use super::{Tx, insert, new_id};
use crate::domain::contact::ContactFacts;

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

/// Makes contacts that are still to be sent; answers their ids in order. `by` is who says what they are like.
pub async fn insert(tx: &mut Tx, company_id: &str, contacts: &[ContactDetails], by: &str, now: i64) -> sqlx::Result<Vec<String>> {
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
    let first: Vec<_> = ids.iter().zip(contacts).map(|(id, contact)| (id.as_str(), 1, facts(contact, false))).collect();
    keep_versions(tx, &first, by, now).await?;
    Ok(ids)
}

/// A new version of a contact, still to be sent; answers its number.
pub async fn update(tx: &mut Tx, id: &str, contact: &ContactDetails, by: &str, now: i64) -> sqlx::Result<i64> {
    let changed: Option<(i64, i64)> = sql("UPDATE contacts SET name = $2, name_key = $3, email = $4, address = $5, country = $6,
            version = version + 1, pending = 1, updated_at = $7
        WHERE id = $1 RETURNING version, archived")
    .bind(id)
    .bind(&contact.name)
    .bind(name_key(&contact.name))
    .bind(&contact.email)
    .bind(&contact.address)
    .bind(&contact.country)
    .bind(now)
    .returning(&mut *tx)
    .await?;
    let (version, archived) = changed.ok_or(sqlx::Error::RowNotFound)?;
    keep_versions(tx, &[(id, version, facts(contact, archived != 0))], by, now).await?;
    Ok(version)
}

fn facts(contact: &ContactDetails, archived: bool) -> ContactFacts {
    let ContactDetails { name, email, address, country } = contact.clone();
    ContactFacts { name, email, address, country, archived }
}

/// Keeps versions as they are made: contact, number, and what it says from then on.
pub async fn keep_versions(tx: &mut Tx, versions: &[(&str, i64, ContactFacts)], by: &str, now: i64) -> sqlx::Result<()> {
    let mut rows = Vec::with_capacity(versions.len());
    for (id, version, facts) in versions {
        let content = serde_json::to_string(facts).map_err(|error| sqlx::Error::Encode(error.into()))?;
        rows.push([(*id).into(), (*version).into(), content.into(), by.into(), now.into()]);
    }
    insert::rows(tx, "contact_versions (contact_id, version, content, made_by, made_at)", rows).await
}
