//! What accounting software tells by itself: which records have changed there. They are noted, and a sync is asked for that
//! reads just those; nothing is asked of the accounting software here. What is not told, or is told and lost, is found by
//! the syncs that read everything that changed.

use super::{
    error::{ServiceError, ServiceResult},
    sync,
};
use crate::{
    domain::{
        connection::Access,
        provider::Provider,
        run::{RunKind, RunScope},
    },
    server::{
        connectors::Notice,
        db::{
            Db, companies,
            connections::{self, Connection},
            named_pulls, now_ms,
        },
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Where Xero tells it, as it is registered there.
pub const XERO: &str = "/webhooks/xero";

/// Records of one company that wait to be read. Of more than these, reading everything that changed asks for less.
pub const MOST_WAITING: i64 = 2_000;

/// Organisations that are looked up at once.
const AT_ONCE: usize = 100;

/// Records as they are noted: their datasets' words and their ids there.
type Records<'n> = BTreeSet<(&'static str, &'n str)>;

/// Notes what was told, a transaction a company: an error leaves noted what was noted by then, and all of it can be told
/// again. Organisations that no company here is connected to are passed over.
pub async fn take(db: &Db, provider: Provider, notices: &[Notice]) -> ServiceResult<()> {
    let mut told: BTreeMap<&str, Records> = BTreeMap::new();
    for notice in notices {
        told.entry(&notice.organisation_id).or_default().insert((notice.dataset.as_str(), &notice.external_id));
    }
    let organisations: Vec<String> = told.keys().map(|id| (*id).to_owned()).collect();
    for some in organisations.chunks(AT_ONCE) {
        for holder in connections::holders(db, provider, some).await? {
            if let Some(records) = told.get(holder.organisation_id.as_str()) {
                note(db, provider, &holder.company_id, records).await?;
            }
        }
    }
    Ok(())
}

async fn note(db: &Db, provider: Provider, company_id: &str, records: &Records<'_>) -> ServiceResult<()> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let company = companies::by_id(&mut tx, company_id).await?;
    let connection = connections::of_company(&mut tx, company_id).await?;
    let (Some(company), Some(connection)) = (company, connection) else { return Ok(()) };
    if company.archived_at.is_some() || !reads_by_name(&connection) {
        return Ok(());
    }
    let records: Vec<(&str, &str)> = records.iter().copied().collect();
    named_pulls::add(&mut tx, &connection.id, &records).await?;
    let is_too_many = named_pulls::count(&mut tx, &connection.id).await? > MOST_WAITING;
    let by = provider.label();
    let asked = if is_too_many {
        named_pulls::forget(&mut tx, &connection.id).await?;
        sync::request_anew_in(&mut tx, company_id, RunScope::Full, by, now).await
    } else {
        sync::request_in(&mut tx, company_id, RunKind::OnDemand, RunScope::Changed, by, now).await
    };
    match asked {
        Ok(_) => {}
        // Paused: what was noted is read when that ends.
        Err(ServiceError::Refused(_)) if is_too_many => connections::hold_sync(&mut tx, &connection.id).await?,
        Err(ServiceError::Refused(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(tx.commit().await?)
}

/// Whether records that are named are worth noting. Before onboarding is confirmed and after the access was lost everything
/// that changed is read anyway, once that is over.
fn reads_by_name(connection: &Connection) -> bool {
    connection.access() == Access::Valid && connection.onboarded_at.is_some()
}
