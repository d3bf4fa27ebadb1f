//! What lets us into accounting software: sealed by the vault before it is stored, opened by it after it was read, and
//! nothing of it in any other table.

use super::query::{On, sql};
use super::{Db, Tx};
use crate::server::vault::{self, Vault, VaultError};
use anyhow::Context;

/// Secrets sealed anew in one transaction.
const PAGE: i64 = 200;

/// Binds a secret to the connection it is for.
fn owner(connection_id: &str) -> String {
    format!("connection {connection_id}")
}

/// What lets a connection in; `None` where it was disconnected.
pub async fn of_connection(db: &Db, connection_id: &str) -> anyhow::Result<Option<String>> {
    let row: Option<(String,)> =
        sql("SELECT secret FROM connection_secrets WHERE connection_id = $1").bind(connection_id).optional(db).await?;
    let Some((sealed,)) = row else { return Ok(None) };
    let opened = db.vault().open(&sealed, &owner(connection_id)).context("what lets us in cannot be opened")?;
    Ok(Some(opened))
}

pub async fn set_of_connection(tx: &mut Tx, vault: &Vault, connection_id: &str, secret: &str) -> anyhow::Result<()> {
    let sealed = vault.seal(secret, &owner(connection_id)).context("what lets us in cannot be sealed")?;
    store(tx, connection_id, &sealed).await?;
    Ok(())
}

async fn store(tx: &mut Tx, connection_id: &str, sealed: &str) -> sqlx::Result<()> {
    sql("INSERT INTO connection_secrets (connection_id, secret, key_id) VALUES ($1, $2, $3)
        ON CONFLICT (connection_id) DO UPDATE SET secret = excluded.secret, key_id = excluded.key_id")
    .bind(connection_id)
    .bind(sealed)
    .bind(vault::key_id(sealed).unwrap_or_default())
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn forget_of_connection(tx: &mut Tx, connection_id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM connection_secrets WHERE connection_id = $1").bind(connection_id).execute(tx).await?;
    Ok(())
}

/// Ids of the keys that seal something; an empty one where something was stored before secrets were sealed. Each is
/// found by its own step through an index, however many secrets there are.
pub async fn key_ids<'a>(db: impl Into<On<'a>> + Copy) -> sqlx::Result<Vec<String>> {
    let mut ids: Vec<String> = Vec::new();
    loop {
        let next = match ids.last() {
            None => sql("SELECT min(key_id) FROM connection_secrets"),
            Some(last) => sql("SELECT min(key_id) FROM connection_secrets WHERE key_id > $1").bind(last),
        };
        let (id,): (Option<String>,) = next.one(db).await?;
        match id {
            Some(id) => ids.push(id),
            None => return Ok(ids),
        }
    }
}

/// How many secrets a key seals.
pub async fn count<'a>(on: impl Into<On<'a>>, key_id: &str) -> sqlx::Result<i64> {
    let (n,): (i64,) = sql("SELECT count(*) FROM connection_secrets WHERE key_id = $1").bind(key_id).one(on).await?;
    Ok(n)
}

/// Seals with the vault's first key what a key it has sealed (empty: what is not sealed yet); answers how many.
pub async fn reseal(db: &Db, key_id: &str) -> anyhow::Result<u64> {
    let mut all = 0;
    loop {
        let mut tx = db.begin().await?;
        let text =
            format!("SELECT connection_id, secret FROM connection_secrets WHERE key_id = $1 LIMIT {PAGE}{}", tx.for_update());
        let page: Vec<(String, String)> = sql(text).bind(key_id).all(&mut tx).await?;
        if page.is_empty() {
            return Ok(all);
        }
        for (id, stored) in &page {
            let secret = if key_id.is_empty() { stored.clone() } else { db.vault().open(stored, &owner(id))? };
            set_of_connection(&mut tx, db.vault(), id, &secret).await?;
        }
        tx.commit().await?;
        all += page.len() as u64;
    }
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
                    "what lets {n} connections in cannot be opened. If the key is lost, `tieout keys abandon {id}` gives \
                    them up; each can then be reconnected"
                )
            });
        }
    }
    Ok(())
}

/// Companies whose connection is sealed with a key, a page of them.
pub async fn companies_of_key<'a>(on: impl Into<On<'a>>, key_id: &str) -> sqlx::Result<Vec<(String, String)>> {
    sql(format!(
        "SELECT k.company_id, k.id FROM connection_secrets s JOIN connections k ON k.id = s.connection_id WHERE s.key_id = $1 LIMIT {PAGE}"
    ))
    .bind(key_id)
    .all(on)
    .await
}
