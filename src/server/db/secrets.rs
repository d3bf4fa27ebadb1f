//! What lets us into accounting software, and people in here: sealed by the vault before it is stored, opened by it after
//! it was read. It lies with connections, with authorisations under way and with second factors, and nowhere else.

use super::query::{On, sql};
use super::{Db, Tx, new_id};
use crate::server::vault::{self, Vault, VaultError};
use anyhow::Context;

/// Secrets sealed anew in one transaction.
const PAGE: i64 = 200;

/// What is stored of a secret.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub text: String,
    /// Of the key that sealed it.
    pub key_id: String,
}

/// The tables that hold secrets.
#[derive(Clone, Copy)]
enum Place {
    Connections,
    Authorisations,
    SecondFactors,
}

impl Place {
    const ALL: [Place; 3] = [Place::Connections, Place::Authorisations, Place::SecondFactors];

    fn table(self) -> &'static str {
        match self {
            Place::Connections => "connection_secrets",
            Place::Authorisations => "authorisations",
            Place::SecondFactors => "second_factors",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Place::Connections => "connection_id",
            Place::Authorisations => "company_id",
            Place::SecondFactors => "person_id",
        }
    }

    /// Binds a secret to the row it is for.
    fn owner(self, id: &str) -> String {
        match self {
            Place::Connections => format!("connection {id}"),
            Place::Authorisations => format!("authorisation {id}"),
            Place::SecondFactors => format!("second factor {id}"),
        }
    }

    fn seal(self, vault: &Vault, id: &str, secret: &str) -> anyhow::Result<Sealed> {
        let text = vault.seal(secret, &self.owner(id)).context("what lets us in cannot be sealed")?;
        let key_id = vault::key_id(&text).unwrap_or_default().to_owned();
        Ok(Sealed { text, key_id })
    }

    async fn open<'a>(self, on: impl Into<On<'a>>, vault: &Vault, id: &str) -> anyhow::Result<Option<String>> {
        let text = format!("SELECT secret FROM {} WHERE {} = $1", self.table(), self.key());
        let row: Option<(String,)> = sql(text).bind(id).optional(on).await?;
        let Some((sealed,)) = row else { return Ok(None) };
        Ok(Some(vault.open(&sealed, &self.owner(id)).context("what lets us in cannot be opened")?))
    }
}

/// What lets a connection in; `None` where it was disconnected.
pub async fn of_connection<'a>(on: impl Into<On<'a>>, vault: &Vault, connection_id: &str) -> anyhow::Result<Option<String>> {
    Place::Connections.open(on, vault, connection_id).await
}

/// Keeps what a person gave. Whoever is renewing what was there before renews it for nothing.
pub async fn set_of_connection(tx: &mut Tx, vault: &Vault, connection_id: &str, secret: &str) -> anyhow::Result<()> {
    let sealed = Place::Connections.seal(vault, connection_id, secret)?;
    sql("INSERT INTO connection_secrets (connection_id, secret, key_id, grant_id) VALUES ($1, $2, $3, $4)
        ON CONFLICT (connection_id) DO UPDATE
        SET secret = excluded.secret, key_id = excluded.key_id, grant_id = excluded.grant_id,
            refresh_owner = NULL, refresh_until = NULL")
    .bind(connection_id)
    .bind(sealed.text)
    .bind(sealed.key_id)
    .bind(new_id())
    .execute(tx)
    .await?;
    Ok(())
}

/// Tells one grant of a person from the next; `None` where it was disconnected.
pub async fn grant_of_connection<'a>(on: impl Into<On<'a>>, connection_id: &str) -> sqlx::Result<Option<String>> {
    let row: Option<(String,)> =
        sql("SELECT grant_id FROM connection_secrets WHERE connection_id = $1").bind(connection_id).optional(on).await?;
    Ok(row.map(|(id,)| id))
}

/// For [`super::renewals::store`].
pub(super) fn seal_of_connection(vault: &Vault, connection_id: &str, secret: &str) -> anyhow::Result<Sealed> {
    Place::Connections.seal(vault, connection_id, secret)
}

pub async fn forget_of_connection(tx: &mut Tx, connection_id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM connection_secrets WHERE connection_id = $1").bind(connection_id).execute(tx).await?;
    Ok(())
}

/// What will let a company in whose authorisation is under way; `None` where none is.
pub async fn of_authorisation<'a>(on: impl Into<On<'a>>, vault: &Vault, company_id: &str) -> anyhow::Result<Option<String>> {
    Place::Authorisations.open(on, vault, company_id).await
}

/// For [`super::authorisations::put`].
pub fn seal_of_authorisation(vault: &Vault, company_id: &str, secret: &str) -> anyhow::Result<Sealed> {
    Place::Authorisations.seal(vault, company_id, secret)
}

/// What a person's device makes its codes from; `None` where there is no second factor.
pub async fn of_second_factor<'a>(on: impl Into<On<'a>>, vault: &Vault, person_id: &str) -> anyhow::Result<Option<String>> {
    Place::SecondFactors.open(on, vault, person_id).await
}

/// For [`super::second_factors::put`].
pub fn seal_of_second_factor(vault: &Vault, person_id: &str, secret: &str) -> anyhow::Result<Sealed> {
    Place::SecondFactors.seal(vault, person_id, secret)
}

/// Ids of the keys that seal something; an empty one where something was stored before secrets were sealed. Each is
/// found by its own step through an index, however many secrets there are.
pub async fn key_ids(db: &Db) -> sqlx::Result<Vec<String>> {
    let mut ids: Vec<String> = Vec::new();
    for place in Place::ALL {
        let mut last: Option<String> = None;
        loop {
            let text = format!("SELECT min(key_id) FROM {}", place.table());
            let next = match &last {
                None => sql(text),
                Some(last) => sql(text + " WHERE key_id > $1").bind(last),
            };
            let (id,): (Option<String>,) = next.one(db).await?;
            let Some(id) = id else { break };
            if !ids.contains(&id) {
                ids.push(id.clone());
            }
            last = Some(id);
        }
    }
    Ok(ids)
}

/// How many secrets a key seals.
pub async fn count(db: &Db, key_id: &str) -> sqlx::Result<i64> {
    let mut all = 0;
    for place in Place::ALL {
        let text = format!("SELECT count(*) FROM {} WHERE key_id = $1", place.table());
        let (n,): (i64,) = sql(text).bind(key_id).one(db).await?;
        all += n;
    }
    Ok(all)
}

/// Seals with the vault's first key what a key it has sealed (empty: what is not sealed yet); answers how many.
pub async fn reseal(db: &Db, key_id: &str) -> anyhow::Result<u64> {
    let mut all = 0;
    for place in Place::ALL {
        let (table, key) = (place.table(), place.key());
        loop {
            let mut tx = db.begin().await?;
            let text = format!("SELECT {key}, secret FROM {table} WHERE key_id = $1 LIMIT {PAGE}{}", tx.for_update());
            let page: Vec<(String, String)> = sql(text).bind(key_id).all(&mut tx).await?;
            if page.is_empty() {
                break;
            }
            for (id, stored) in &page {
                let secret = if key_id.is_empty() { stored.clone() } else { db.vault().open(stored, &place.owner(id))? };
                let sealed = place.seal(db.vault(), id, &secret)?;
                sql(format!("UPDATE {table} SET secret = $2, key_id = $3 WHERE {key} = $1"))
                    .bind(id)
                    .bind(sealed.text)
                    .bind(sealed.key_id)
                    .execute(&mut tx)
                    .await?;
            }
            tx.commit().await?;
            all += page.len() as u64;
        }
    }
    Ok(all)
}

/// Seals what was stored before secrets were sealed, and refuses to go on without a key that seals something.
pub async fn prepare(db: &Db) -> anyhow::Result<()> {
    for id in key_ids(db).await? {
        if id.is_empty() {
            reseal(db, &id).await?;
        } else if !db.vault().has(&id) {
            let n = count(db, &id).await?;
            return Err(VaultError::MissingKey(id.clone())).with_context(|| {
                format!(
                    "{n} secrets cannot be opened. If the key is lost, `tieout keys abandon {id}` gives them up; each connection \
                    can then be reconnected, and each second factor set up anew"
                )
            });
        }
    }
    Ok(())
}

/// Companies that have something sealed with a key, a page of them.
pub async fn companies_of_key(db: &Db, key_id: &str) -> sqlx::Result<Vec<String>> {
    let ids: Vec<(String,)> = sql(format!(
        "SELECT company_id FROM (
            SELECT k.company_id FROM connection_secrets s JOIN connections k ON k.id = s.connection_id WHERE s.key_id = $1
            UNION SELECT company_id FROM authorisations WHERE key_id = $1) found LIMIT {PAGE}"
    ))
    .bind(key_id)
    .all(db)
    .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}
