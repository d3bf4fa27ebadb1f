//! What is decided about many contacts at once, and what the confirmation makes of all decisions: links, and contacts that
//! are archived. Sets stay in the database.

use super::{SAME_NAME, UNDECIDED};
use crate::domain::contact::ContactFacts;
use crate::server::db::{
    Tx,
    contacts::{self, ContactDetails},
    query::{placeholders, sql},
    reference::Scope,
};

/// Links every contact nobody decided about to the one of the same name there; answers how many. Where several there have
/// that name, it is the first of them.
pub async fn link_same_names(tx: &mut Tx, company_id: &str, by: &str, now: i64) -> sqlx::Result<u64> {
    sql(format!(
        "INSERT INTO contact_matches (company_id, contact_id, decision, external_id, decided_by, decided_at)
        SELECT $1, c.id, 'link', {SAME_NAME}, $2, $3 FROM contacts c WHERE {UNDECIDED} AND {SAME_NAME} IS NOT NULL"
    ))
    .bind(company_id)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await
}

/// Decides to create every contact nobody decided about and that has no free one of its name there; answers how many.
pub async fn create_others(tx: &mut Tx, company_id: &str, by: &str, now: i64) -> sqlx::Result<u64> {
    sql(format!(
        "INSERT INTO contact_matches (company_id, contact_id, decision, external_id, decided_by, decided_at)
        SELECT $1, c.id, 'create', NULL, $2, $3 FROM contacts c WHERE {UNDECIDED} AND {SAME_NAME} IS NULL"
    ))
    .bind(company_id)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await
}

/// Makes the links that were decided. Both sides may hold different content: nothing is known of it yet.
pub async fn make_links(tx: &mut Tx, company_id: &str, connection_id: &str, now: i64) -> sqlx::Result<u64> {
    sql("INSERT INTO links (connection_id, entity, local_id, company_id, external_id, state, updated_at)
        SELECT $2, 'contact', m.contact_id, m.company_id, m.external_id, 'linked', $3 FROM contact_matches m
        WHERE m.company_id = $1 AND m.decision = 'link' ON CONFLICT DO NOTHING")
    .bind(company_id)
    .bind(connection_id)
    .bind(now)
    .execute(tx)
    .await
}

/// Archives the contacts for which that was decided. They were never sent, so there is nothing to send of it.
pub async fn archive(tx: &mut Tx, company_id: &str, by: &str, now: i64) -> sqlx::Result<()> {
    let ids: Vec<(String,)> = sql("SELECT contact_id FROM contact_matches WHERE company_id = $1 AND decision = 'archive'")
        .bind(company_id)
        .all(&mut *tx)
        .await?;
    let ids: Vec<&str> = ids.iter().map(|(id,)| id.as_str()).collect();
    set_archived(tx, &ids, true, by, now).await
}

/// Takes contacts back that were archived without ever having been on the other side, and whom a document that waits to go
/// out is addressed to; answers their ids and names.
pub async fn restore_needed(tx: &mut Tx, scope: Scope<'_>, by: &str, now: i64) -> sqlx::Result<Vec<(String, String)>> {
    let needed: Vec<(String, String)> = sql("SELECT c.id, c.name FROM contacts c WHERE c.company_id = $1 AND c.archived = 1
            AND NOT EXISTS (SELECT 1 FROM links l WHERE l.connection_id = $3 AND l.entity = 'contact' AND l.local_id = c.id)
            AND EXISTS (SELECT 1 FROM documents d WHERE d.contact_id = c.id AND d.state = 'approved' AND d.pending = 1
                AND d.issue_date >= $2)")
    .bind(scope.company_id)
    .bind(scope.sync_from)
    .bind(scope.connection_id)
    .all(&mut *tx)
    .await?;
    let ids: Vec<&str> = needed.iter().map(|(id, _)| id.as_str()).collect();
    set_archived(tx, &ids, false, by, now).await?;
    Ok(needed)
}

#[derive(sqlx::FromRow)]
struct Changed {
    id: String,
    version: i64,
    #[sqlx(flatten)]
    details: ContactDetails,
}

/// A new version of contacts, each kept. One that is archived waits no longer; one that is taken back does.
async fn set_archived(tx: &mut Tx, ids: &[&str], archived: bool, by: &str, now: i64) -> sqlx::Result<()> {
    let (flag, pending, tried) = if archived { (1, 0, "version + 1") } else { (0, 1, "tried_version") };
    for ids in ids.chunks(200) {
        sql(format!(
            "UPDATE contacts SET archived = {flag}, pending = {pending}, tried_version = {tried}, version = version + 1, updated_at = $1
            WHERE id IN ({})",
            placeholders(2, ids.len())
        ))
        .bind(now)
        .bind_all(ids.iter().copied())
        .execute(&mut *tx)
        .await?;
        let rows: Vec<Changed> = sql(format!(
            "SELECT id, version, name, email, address, country FROM contacts WHERE id IN ({})",
            placeholders(1, ids.len())
        ))
        .bind_all(ids.iter().copied())
        .all(&mut *tx)
        .await?;
        let versions: Vec<_> = rows
            .iter()
            .map(|row| {
                let ContactDetails { name, email, address, country } = row.details.clone();
                (row.id.as_str(), row.version, ContactFacts { name, email, address, country, archived })
            })
            .collect();
        contacts::keep_versions(&mut *tx, &versions, by, now).await?;
    }
    Ok(())
}
