//! Links: which record here is which record there, and what is on its way. A push's intent is stored here
//! before the request leaves, and cleared with its outcome.

use super::Tx;
use super::query::{On, sql};
use crate::{domain::message::Entity, server::connectors::PaymentContent};

/// A link as the engine reads it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Link {
    pub local_id: String,
    pub external_id: Option<String>,
    pub state: String,
    pub synced_version: i64,
    pub external_hash: String,
}

/// A push about to be made.
pub struct Intent<'a> {
    pub connection_id: &'a str,
    pub company_id: &'a str,
    pub entity: Entity,
    pub local_id: &'a str,
    pub key: &'a str,
    pub hash: &'a str,
    pub version: i64,
}

/// Stores an intent; from its commit on the outcome counts as unknown until it is settled. `false`: the record was left
/// out of syncs meanwhile, and must not be sent.
pub async fn intend(tx: &mut Tx, intent: &Intent<'_>, now: i64) -> sqlx::Result<bool> {
    let stored = sql("INSERT INTO links (connection_id, entity, local_id, company_id, state, intent_key, intent_hash, intent_version, intent_at, updated_at)
        VALUES ($1, $2, $3, $4, 'linked', $5, $6, $7, $8, $8)
        ON CONFLICT (connection_id, entity, local_id) DO UPDATE
        SET intent_key = excluded.intent_key, intent_hash = excluded.intent_hash, intent_version = excluded.intent_version,
            intent_at = excluded.intent_at, updated_at = excluded.updated_at
        WHERE links.state = 'linked'")
    .bind(intent.connection_id)
    .bind(intent.entity.as_str())
    .bind(intent.local_id)
    .bind(intent.company_id)
    .bind(intent.key)
    .bind(intent.hash)
    .bind(intent.version)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(stored > 0)
}

/// Clears an intent that was provably not applied; a link that never came to be goes with it.
pub async fn withdraw(tx: &mut Tx, connection_id: &str, entity: Entity, local_id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM links WHERE connection_id = $1 AND entity = $2 AND local_id = $3 AND external_id IS NULL AND state = 'linked'")
        .bind(connection_id)
        .bind(entity.as_str())
        .bind(local_id)
        .execute(&mut *tx)
        .await?;
    sql("UPDATE links SET intent_key = NULL, intent_hash = NULL, intent_version = NULL, intent_at = NULL
        WHERE connection_id = $1 AND entity = $2 AND local_id = $3")
    .bind(connection_id)
    .bind(entity.as_str())
    .bind(local_id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Which record there a local record is from now on, and which version of it both hold.
pub struct Settled<'a> {
    pub connection_id: &'a str,
    pub company_id: &'a str,
    pub entity: Entity,
    pub local_id: &'a str,
    pub external_id: &'a str,
    pub version: i64,
    /// Hash of the content as the accounting side shows it.
    pub hash: &'a str,
}

/// Stores a link with its external id and clears the intent.
pub async fn settle(tx: &mut Tx, link: &Settled<'_>, now: i64) -> sqlx::Result<()> {
    sql("INSERT INTO links (connection_id, entity, local_id, company_id, external_id, state, synced_version, external_hash, updated_at)
        VALUES ($1, $2, $3, $4, $5, 'linked', $6, $7, $8)
        ON CONFLICT (connection_id, entity, local_id) DO UPDATE
        SET external_id = excluded.external_id, synced_version = excluded.synced_version, external_hash = excluded.external_hash,
            intent_key = NULL, intent_hash = NULL, intent_version = NULL, intent_at = NULL, updated_at = excluded.updated_at")
    .bind(link.connection_id)
    .bind(link.entity.as_str())
    .bind(link.local_id)
    .bind(link.company_id)
    .bind(link.external_id)
    .bind(link.version)
    .bind(link.hash)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn by_external<'a>(
    on: impl Into<On<'a>>,
    connection_id: &str,
    entity: Entity,
    external_id: &str,
) -> sqlx::Result<Option<Link>> {
    sql("SELECT local_id, external_id, state, synced_version, external_hash FROM links
        WHERE connection_id = $1 AND entity = $2 AND external_id = $3")
    .bind(connection_id)
    .bind(entity.as_str())
    .bind(external_id)
    .optional(on)
    .await
}

pub async fn by_local<'a>(
    on: impl Into<On<'a>>,
    connection_id: &str,
    entity: Entity,
    local_id: &str,
) -> sqlx::Result<Option<Link>> {
    sql("SELECT local_id, external_id, state, synced_version, external_hash FROM links
        WHERE connection_id = $1 AND entity = $2 AND local_id = $3")
    .bind(connection_id)
    .bind(entity.as_str())
    .bind(local_id)
    .optional(on)
    .await
}

/// The document, of whichever kind, that is linked to an external one: its entity, local id and the link's state.
pub async fn document_by_external<'a>(
    on: impl Into<On<'a>>,
    connection_id: &str,
    external_id: &str,
) -> sqlx::Result<Option<(String, String, String)>> {
    sql("SELECT entity, local_id, state FROM links
        WHERE connection_id = $1 AND entity IN ('invoice', 'bill', 'credit_note') AND external_id = $2")
    .bind(connection_id)
    .bind(external_id)
    .optional(on)
    .await
}

/// The payment of that day, amount and reference against a document, and out of a credit, that may have arrived, and the
/// version that was sent: nobody knows yet.
pub async fn unsettled_payment(
    tx: &mut Tx,
    connection_id: &str,
    document_id: &str,
    credit_id: Option<&str>,
    payment: &PaymentContent,
) -> sqlx::Result<Option<(String, i64)>> {
    sql("SELECT p.id, COALESCE(l.intent_version, p.version) AS version FROM payments p
        JOIN links l ON l.connection_id = $1 AND l.entity = 'payment' AND l.local_id = p.id
        WHERE p.document_id = $2 AND p.paid_on = $3 AND p.amount = $4 AND p.reference = $5 AND COALESCE(p.credit_id, '') = $6
            AND l.intent_key IS NOT NULL AND l.external_id IS NULL AND l.state = 'linked' ORDER BY p.id LIMIT 1")
    .bind(connection_id)
    .bind(document_id)
    .bind(&payment.paid_on)
    .bind(payment.amount)
    .bind(&payment.reference)
    .bind(credit_id.unwrap_or_default())
    .optional(tx)
    .await
}

/// Leaves one record out of syncs. The caller opens the problem that says so.
pub async fn leave_out(tx: &mut Tx, connection_id: &str, entity: Entity, local_id: &str) -> sqlx::Result<()> {
    sql("UPDATE links SET state = 'unlinked' WHERE connection_id = $1 AND entity = $2 AND local_id = $3")
        .bind(connection_id)
        .bind(entity.as_str())
        .bind(local_id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Parts a record from the one there, which then counts as unknown.
pub async fn detach(tx: &mut Tx, connection_id: &str, entity: Entity, local_id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM links WHERE connection_id = $1 AND entity = $2 AND local_id = $3")
        .bind(connection_id)
        .bind(entity.as_str())
        .bind(local_id)
        .execute(tx)
        .await?;
    Ok(())
}

/// What is still owed here of a document that is linked to one there; `None` where it is not, or is left out of syncs.
pub async fn owed(tx: &mut Tx, connection_id: &str, entity: Entity, external_id: &str) -> sqlx::Result<Option<i64>> {
    let row: Option<(i64,)> = sql("SELECT d.gross - d.paid FROM links l JOIN documents d ON d.id = l.local_id
        WHERE l.connection_id = $1 AND l.entity = $2 AND l.external_id = $3 AND l.state = 'linked'")
    .bind(connection_id)
    .bind(entity.as_str())
    .bind(external_id)
    .optional(tx)
    .await?;
    Ok(row.map(|(owed,)| owed))
}
