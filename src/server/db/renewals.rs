//! Who renews a connection's access. A renewal uses up what it is made with, so one worker makes it and the others wait,
//! whichever process they are in. The claim is a line of the row that holds the secret and ends by itself, so that one
//! whose worker went away keeps nobody out; no transaction is open while the accounting side is asked.

use super::Db;
use super::query::sql;
use super::secrets::seal_of_connection;

/// Takes the claim, where nobody has it or it ran out before `now`; until `until` (both epoch milliseconds) it is kept.
pub async fn claim(db: &Db, connection_id: &str, owner: &str, now: i64, until: i64) -> sqlx::Result<bool> {
    let claimed = sql("UPDATE connection_secrets SET refresh_owner = $2, refresh_until = $4
        WHERE connection_id = $1 AND (refresh_owner IS NULL OR refresh_until <= $3)")
    .bind(connection_id)
    .bind(owner)
    .bind(now)
    .bind(until)
    .execute(db)
    .await?;
    Ok(claimed == 1)
}

/// Keeps the claim until then. `false`: it was lost to another worker, or a person gave access anew.
pub async fn prolong(db: &Db, connection_id: &str, owner: &str, until: i64) -> sqlx::Result<bool> {
    let kept = sql("UPDATE connection_secrets SET refresh_until = $3 WHERE connection_id = $1 AND refresh_owner = $2")
        .bind(connection_id)
        .bind(owner)
        .bind(until)
        .execute(db)
        .await?;
    Ok(kept == 1)
}

/// Gives the claim back.
pub async fn release(db: &Db, connection_id: &str, owner: &str) -> sqlx::Result<()> {
    sql("UPDATE connection_secrets SET refresh_owner = NULL, refresh_until = NULL WHERE connection_id = $1 AND refresh_owner = $2")
        .bind(connection_id)
        .bind(owner)
        .execute(db)
        .await?;
    Ok(())
}

/// Keeps what the renewal brought, sealed, and gives the claim back. `false`: the claim was lost to another worker, or a
/// person gave access anew, and what is stored stays.
pub async fn store(db: &Db, connection_id: &str, owner: &str, secret: &str) -> anyhow::Result<bool> {
    let sealed = seal_of_connection(db.vault(), connection_id, secret)?;
    let stored = sql("UPDATE connection_secrets SET secret = $3, key_id = $4, refresh_owner = NULL, refresh_until = NULL
        WHERE connection_id = $1 AND refresh_owner = $2")
    .bind(connection_id)
    .bind(owner)
    .bind(sealed.text)
    .bind(sealed.key_id)
    .execute(db)
    .await?;
    Ok(stored == 1)
}
