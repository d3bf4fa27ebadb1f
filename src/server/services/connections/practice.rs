//! Connecting to practice ledgers, which let us in at once.

use super::{Granted, check_sync_from, connect, existing, refuse_second, refuse_taken, resume};
use crate::{
    domain::{connection::EARLIEST_SYNC_FROM, provider::Provider, schedule::Schedule},
    server::{
        connectors::{
            Organisation,
            practice::{self, Ledger, PracticeConnector, panel},
        },
        db::{Db, companies::Company, connections},
        services::error::{ServiceError, ServiceResult},
    },
};

/// The latest ledgers that are looked through for some nobody uses, and how many of those are offered.
const LOOKED_THROUGH: i64 = 200;
const OFFERED: usize = 20;

/// Opens a practice ledger for the company and connects the two.
pub async fn connect_practice(
    db: &Db,
    company: &Company,
    sync_from: Option<&str>,
    schedule: Schedule,
    by: &str,
) -> ServiceResult<()> {
    let sync_from = sync_from.unwrap_or(EARLIEST_SYNC_FROM);
    check_sync_from(sync_from)?;
    refuse_second(connections::of_company(db, &company.id).await?)?;
    let (id, secret) = practice::open_ledger(db, &company.name, &company.currency).await?;
    let organisation =
        Organisation { id, name: company.name.clone(), currency: company.currency.clone(), locked_until: None, short_code: None };
    // Somebody else may connect the company meanwhile; the ledger opened here is then left empty, and offered to others.
    connect(db, company, Granted { provider: Provider::Practice, organisation, secret }, sync_from, schedule, by).await
}

/// Connects the company with a practice ledger that is there and serves no other company.
pub async fn connect_ledger(
    db: &Db,
    company: &Company,
    ledger: &str,
    sync_from: &str,
    schedule: Schedule,
    by: &str,
) -> ServiceResult<()> {
    let Ledger { id, name, currency, .. } =
        practice::ledger(db, ledger).await?.ok_or_else(|| ServiceError::NotFound("There is no such practice ledger.".into()))?;
    let organisation = Organisation { id, name, currency, locked_until: None, short_code: None };
    refuse_second(connections::of_company(db, &company.id).await?)?;
    refuse_taken(db, Provider::Practice, &organisation, company).await?;
    let secret = panel::access(db, ledger).await?;
    connect(db, company, Granted { provider: Provider::Practice, organisation, secret }, sync_from, schedule, by).await
}

/// Ids and names of the latest ledgers in this currency that serve no company.
pub async fn practice_ledgers(db: &Db, currency: &str) -> ServiceResult<Vec<(String, String)>> {
    let mut ledgers = practice::latest(db, LOOKED_THROUGH).await?;
    let ids: Vec<String> = ledgers.iter().map(|ledger| ledger.id.clone()).collect();
    let taken = connections::holders(db, Provider::Practice, &ids).await?;
    ledgers.retain(|ledger| ledger.currency == currency && taken.iter().all(|holder| holder.organisation_id != ledger.id));
    ledgers.truncate(OFFERED);
    Ok(ledgers.into_iter().map(|ledger| (ledger.id, ledger.name)).collect())
}

/// Asks the company's practice ledger for access anew.
pub async fn reconnect_practice(db: &Db, company_id: &str) -> ServiceResult<()> {
    let connection = existing(connections::of_company(db, company_id).await?)?;
    let secret = panel::grant_access(db, &connection.organisation_id).await?;
    take_up_with(db, company_id, &connection.organisation_id, secret).await
}

/// The same at a ledger of the person's choice. It must be the one the company is paired with: another is refused, and
/// nothing changes, least of all the access another company has to it.
pub async fn reconnect_ledger(db: &Db, company_id: &str, ledger: &str) -> ServiceResult<()> {
    let connection = existing(connections::of_company(db, company_id).await?)?;
    if ledger == connection.organisation_id {
        return reconnect_practice(db, company_id).await;
    }
    take_up_with(db, company_id, ledger, panel::access(db, ledger).await?).await
}

async fn take_up_with(db: &Db, company_id: &str, ledger: &str, secret: String) -> ServiceResult<()> {
    let connector = PracticeConnector::new(db.clone(), ledger, secret.clone());
    resume(db, company_id, &connector, &secret).await
}
