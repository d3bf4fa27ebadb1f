//! Connections as people make, lose and take them up again. Every change ends with the status derived anew.

pub mod authorise;
pub mod custom;
pub mod pause;
mod practice;
pub mod probe;
mod resync;
pub mod xero;

pub use practice::{connect_ledger, connect_practice, practice_ledgers, reconnect_ledger, reconnect_practice};
pub use resync::resync_from;

use super::{
    error::{ServiceError, ServiceResult},
    onboarding::{Lists, connected, due},
};
use crate::{
    domain::{
        connection::{Access, EARLIEST_SYNC_FROM},
        provider::Provider,
        schedule::Schedule,
    },
    server::{
        connectors::{self, Connector, ConnectorError, Organisation},
        db::{
            Db, Tx, authorisations,
            companies::{self, Company},
            connections::{self, Connection, NewConnection},
            now_ms,
            query::On,
            runs, secrets, status,
        },
    },
};

/// Access to one organisation of an accounting system, as its authorisation gave it.
pub struct Granted {
    pub provider: Provider,
    pub organisation: Organisation,
    /// What lets us in: what [`connectors::open`] makes a connector of.
    pub secret: String,
}

/// Connects the company with an organisation and reads its lists. Onboarding is next; nothing is sent yet.
pub async fn connect(
    db: &Db,
    company: &Company,
    granted: Granted,
    sync_from: &str,
    schedule: Schedule,
    by: &str,
) -> ServiceResult<()> {
    check_sync_from(sync_from)?;
    refuse_second(connections::of_company(db, &company.id).await?)?;
    let Granted { provider, organisation, secret } = granted;
    refuse_taken(db, provider, &organisation, company).await?;
    if organisation.currency != company.currency {
        return Err(ServiceError::Refused(format!(
            "{} keeps its books in {}, and {} is a company of {}. Choose another organisation, or change the company’s currency in Settings.",
            organisation.name, organisation.currency, company.name, company.currency
        )));
    }
    let connector = connectors::with_secret(db, provider, &organisation.id, secret.clone())?;
    let lists = Lists::read(connector.as_ref()).await.map_err(unreachable_side)?;
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &company.id).await?;
    refuse_second(connections::of_company(&mut tx, &company.id).await?)?;
    refuse_taken(&mut tx, provider, &organisation, company).await?;
    let new = NewConnection {
        company_id: &company.id,
        provider,
        organisation_id: &organisation.id,
        organisation_name: &organisation.name,
        short_code: organisation.short_code.as_deref(),
        sync_from,
        schedule,
        by,
    };
    let id = match connections::insert(&mut tx, &new, now).await {
        Ok(id) => id,
        // Another company was connected to it in the same moment; by now it can be named.
        Err(error) if error.as_database_error().is_some_and(|error| error.is_unique_violation()) => {
            drop(tx);
            refuse_taken(db, provider, &organisation, company).await?;
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    secrets::set_of_connection(&mut tx, db.vault(), &id, &secret).await?;
    connections::set_next_probe(&mut tx, &id, Some(probe::next(&company.id, now))).await?;
    authorisations::remove(&mut tx, &company.id).await?;
    lists.store(&mut tx, &company.id, true).await?;
    status::refresh(&mut tx, &company.id, now).await?;
    Ok(tx.commit().await?)
}

/// An organisation serves one company.
async fn refuse_taken<'a>(
    on: impl Into<On<'a>>,
    provider: Provider,
    organisation: &Organisation,
    company: &Company,
) -> ServiceResult<()> {
    let holders = connections::holders(on, provider, std::slice::from_ref(&organisation.id)).await?;
    match holders.iter().find(|holder| holder.company_id != company.id) {
        None => Ok(()),
        Some(holder) => Err(ServiceError::Refused(format!(
            "{} is connected to {} ({}) already: one organisation serves one company. Choose another organisation.",
            organisation.name, holder.name, holder.code
        ))),
    }
}

/// A company has one connection, and keeps its organisation.
fn refuse_second(present: Option<Connection>) -> ServiceResult<()> {
    let Some(connection) = present else { return Ok(()) };
    let name = &connection.organisation_name;
    Err(ServiceError::Refused(match connection.access() {
        Access::Valid => format!("Already connected to {name}."),
        Access::Lost => format!("Connected to {name}, which no longer lets us in: reconnect instead."),
        Access::Disconnected => format!("Was connected to {name} before, and keeps that pairing: connect to it again."),
    }))
}

pub(super) fn check_sync_from(day: &str) -> ServiceResult<()> {
    let expected = || ServiceError::Invalid(format!("Sync from must be a day from {EARLIEST_SYNC_FROM} on, written YYYY-MM-DD."));
    let parsed: jiff::civil::Date = day.parse().map_err(|_| expected())?;
    if parsed.to_string() == day && day >= EARLIEST_SYNC_FROM { Ok(()) } else { Err(expected()) }
}

/// Reads the accounting side's lists again, for matching with what was added there. Answers how many contacts are to be
/// decided anew, because the one there they were to be linked to is gone.
pub async fn read_lists(db: &Db, company_id: &str) -> ServiceResult<u64> {
    let mut snapshot = db.snapshot().await?;
    let (_, connection) = connected(&mut snapshot, company_id).await?;
    drop(snapshot);
    let connector = connectors::open(db, &connection).await?;
    let lists = Lists::read(connector.as_ref()).await.map_err(unreachable_side)?;
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    // Confirmed meanwhile? Then its contacts are none of matching's business any more.
    let (_, connection) = connected(&mut tx, company_id).await?;
    let taken_back = lists.store(&mut tx, company_id, connection.onboarded_at.is_none()).await?;
    status::refresh(&mut tx, company_id, now_ms()).await?;
    tx.commit().await?;
    Ok(taken_back)
}

/// Gives up the access. The pairing, the links and all records stay, so that it can be taken up again.
pub async fn disconnect(db: &Db, company_id: &str) -> ServiceResult<()> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let connection = existing(connections::of_company(&mut tx, company_id).await?)?;
    if connection.access() == Access::Disconnected {
        return Err(ServiceError::Refused("It is disconnected already.".into()));
    }
    connections::set_access(&mut tx, &connection.id, Access::Disconnected, None).await?;
    // What cannot be opened any more is given up here only.
    let secret = secrets::of_connection(&mut tx, db.vault(), &connection.id).await.unwrap_or_default();
    secrets::forget_of_connection(&mut tx, &connection.id).await?;
    authorisations::remove(&mut tx, company_id).await?;
    runs::cancel_queued(&mut tx, company_id, "The company was disconnected", now).await?;
    status::refresh(&mut tx, company_id, now).await?;
    tx.commit().await?;
    if let (Some(Provider::Xero), Some(secret)) = (connection.provider(), secret) {
        xero::give_up(&secret).await;
    }
    Ok(())
}

/// Takes up a lost or given-up access again with a new grant; one that still holds is renewed, for we may not have
/// noticed that it was taken away. The grant is asked which organisation it is for: another one is refused, and
/// nothing changes.
pub async fn resume(db: &Db, company_id: &str, connector: &dyn Connector, secret: &str) -> ServiceResult<()> {
    let organisation = connector.probe().await.map_err(unreachable_side)?;
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let company =
        companies::by_id(&mut tx, company_id).await?.ok_or_else(|| ServiceError::NotFound("There is no such company.".into()))?;
    let connection = existing(connections::of_company(&mut tx, company_id).await?)?;
    if organisation.id != connection.organisation_id {
        return Err(ServiceError::Refused(another(&organisation.name, &company, &connection)));
    }
    secrets::set_of_connection(&mut tx, db.vault(), &connection.id, secret).await?;
    connections::set_access(&mut tx, &connection.id, Access::Valid, None).await?;
    connections::probed(&mut tx, &connection.id, now, None).await?;
    connections::name_organisation(&mut tx, &connection.id, &organisation.name, organisation.short_code.as_deref()).await?;
    authorisations::remove(&mut tx, &company.id).await?;
    take_up(&mut tx, &company, &Connection { authorisation: Access::Valid.as_str().into(), ..connection }, now).await?;
    status::refresh(&mut tx, company_id, now).await?;
    Ok(tx.commit().await?)
}

fn another(organisation: &str, company: &Company, connection: &Connection) -> String {
    format!(
        "{organisation} is another organisation. {} is paired with {}: reconnect to that one.",
        company.name, connection.organisation_name
    )
}

/// Sets when it is next synced and checked by itself, where it lets us in and is not paused.
pub(super) async fn take_up(tx: &mut Tx, company: &Company, connection: &Connection, now: i64) -> ServiceResult<()> {
    if connection.paused_at.is_none() && connection.access() == Access::Valid && company.archived_at.is_none() {
        connections::set_next_probe(tx, &connection.id, Some(probe::next(&company.id, now))).await?;
    }
    if connection.is_running() && company.archived_at.is_none() {
        let due = due(connection, company, now)?;
        connections::set_schedule(tx, &connection.id, connection.schedule(), due).await?;
    }
    Ok(())
}

/// Chooses when the company syncs by itself. Before onboarding is confirmed it is only noted.
pub async fn set_schedule(db: &Db, company_id: &str, schedule: Schedule) -> ServiceResult<()> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let company =
        companies::by_id(&mut tx, company_id).await?.ok_or_else(|| ServiceError::NotFound("There is no such company.".into()))?;
    let mut connection = existing(connections::of_company(&mut tx, company_id).await?)?;
    connection.schedule = schedule.as_str().into();
    let next = if connection.is_running() { due(&connection, &company, now)? } else { None };
    connections::set_schedule(&mut tx, &connection.id, schedule, next).await?;
    status::refresh(&mut tx, company_id, now).await?;
    Ok(tx.commit().await?)
}

fn existing(connection: Option<Connection>) -> ServiceResult<Connection> {
    connection.ok_or_else(|| ServiceError::Refused("It is not connected: connect accounting software first.".into()))
}

/// What a person can do something about, in the accounting side's words.
fn unreachable_side(error: ConnectorError) -> ServiceError {
    match error {
        ConnectorError::Protocol(detail) => ServiceError::Internal(anyhow::anyhow!("the accounting side's answer: {detail}")),
        ConnectorError::Barred(why) => ServiceError::Refused(format!("{why}. Nothing was changed.")),
        told => {
            ServiceError::Refused(format!("The accounting software did not answer as it should: {told}. Nothing was changed."))
        }
    }
}
