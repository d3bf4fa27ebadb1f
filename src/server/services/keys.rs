//! Looking after the keys that seal what lets us into accounting software: which there are, a new one in their place,
//! and the way out where one is lost.

use super::error::{ServiceError, ServiceResult};
use crate::{
    domain::connection::Access,
    server::{
        db::{Db, authorisations, companies, connections, now_ms, runs, second_factors, secrets, status},
        vault::VaultError,
    },
};

/// A key, without the key.
pub struct KeyFacts {
    pub id: String,
    /// Secrets it seals.
    pub seals: i64,
    /// This process has it.
    pub present: bool,
    /// New secrets are sealed with it.
    pub first: bool,
}

pub struct Resealed {
    pub secrets: u64,
    /// The id of the key that seals now.
    pub key: String,
}

pub async fn list(db: &Db) -> ServiceResult<Vec<KeyFacts>> {
    let present = db.vault().key_ids();
    let mut ids = present.clone();
    ids.extend(secrets::key_ids(db).await?.into_iter().filter(|id| !present.contains(id) && !id.is_empty()));
    let mut all = Vec::new();
    for (place, id) in ids.into_iter().enumerate() {
        let seals = secrets::count(db, &id).await?;
        all.push(KeyFacts { seals, present: present.contains(&id), first: place == 0, id });
    }
    Ok(all)
}

/// A new key first in the file, and everything sealed with it.
pub async fn rotate(db: &Db) -> ServiceResult<Resealed> {
    let in_use = secrets::key_ids(db).await?;
    db.vault().rotate(&in_use).map_err(refused)?;
    reseal(db).await
}

/// Everything that another key seals is sealed with the first.
pub async fn reseal(db: &Db) -> ServiceResult<Resealed> {
    let key = db.vault().key_ids().first().cloned().unwrap_or_default();
    let mut done = 0;
    for id in secrets::key_ids(db).await? {
        if id == key {
            continue;
        }
        if !id.is_empty() && !db.vault().has(&id) {
            return Err(refused(VaultError::MissingKey(id)));
        }
        done += secrets::reseal(db, &id).await?;
    }
    Ok(Resealed { secrets: done, key })
}

/// Gives up what a lost key seals. Its companies need reconnecting from then on; a key that is here is not given up.
pub async fn abandon(db: &Db, key_id: &str) -> ServiceResult<u64> {
    if db.vault().has(key_id) {
        return Err(ServiceError::Refused(format!(
            "The key {key_id} is here, and opens what it seals: nothing has to be given up."
        )));
    }
    let mut tx = db.begin().await?;
    let mut given_up = second_factors::remove_of_key(&mut tx, key_id).await?;
    tx.commit().await?;
    loop {
        let page = secrets::companies_of_key(db, key_id).await?;
        if page.is_empty() && given_up == 0 {
            return Err(ServiceError::NotFound(format!(
                "Nothing is sealed with a key {key_id}; `tieout keys list` shows those in use."
            )));
        }
        if page.is_empty() {
            return Ok(given_up);
        }
        for company_id in page {
            let now = now_ms();
            let mut tx = db.begin().await?;
            companies::lock(&mut tx, &company_id).await?;
            authorisations::remove(&mut tx, &company_id).await?;
            if let Some(connection) = connections::of_company(&mut tx, &company_id).await? {
                if connection.access() == Access::Valid {
                    let reason = "The key that sealed its access was lost and given up";
                    connections::set_access(&mut tx, &connection.id, Access::Lost, Some(reason)).await?;
                    runs::cancel_queued(&mut tx, &company_id, reason, now).await?;
                }
                secrets::forget_of_connection(&mut tx, &connection.id).await?;
            }
            status::refresh(&mut tx, &company_id, now).await?;
            tx.commit().await?;
            given_up += 1;
        }
    }
}

fn refused(error: VaultError) -> ServiceError {
    ServiceError::Refused(error.to_string())
}
