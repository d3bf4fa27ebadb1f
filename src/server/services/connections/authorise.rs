//! Access that somebody on the accounting side has to approve: asked for, waited for, and used. Who asked can leave
//! meanwhile; any server looks whether it was given.

use super::{Granted, another, check_sync_from, connect, existing, refuse_second, resume, unreachable_side, xero};
use crate::{
    domain::{
        connection::{OrganisationChoice, TrytonPlace},
        provider::Provider,
        schedule::Schedule,
    },
    server::{
        connectors::{
            self, ConnectorError, Organisation,
            tryton::access::{self, Approval, Grant},
        },
        db::{
            Db,
            authorisations::{self, Authorisation, Found, NewAuthorisation},
            companies::{self, Company},
            connections::{self, Connection},
            now_ms, secrets, status,
        },
        services::error::{ServiceError, ServiceResult},
    },
};
use serde::{Deserialize, Serialize};

/// The first look comes after this long. Who waits longer is looked at less often, until it is once an hour.
const SOONEST_MS: i64 = 5_000;
const LATEST_MS: i64 = 60 * 60 * 1000;

/// An organisation as the store keeps it until one is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Opened {
    id: String,
    name: String,
    currency: String,
    #[serde(default)]
    short_code: Option<String>,
}

/// What a look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Nobody gave access yet.
    Waiting,
    /// The organisation is to be chosen.
    Given,
    /// Access to the company's organisation was taken up again.
    Reconnected,
    /// It leads nowhere for now, the sentence says why.
    Trouble(String),
}

/// Asks a Tryton server for access in the name of one of its users.
pub async fn ask_tryton(
    db: &Db,
    company: &Company,
    place: &TrytonPlace,
    sync_from: &str,
    schedule: Schedule,
    by: &str,
) -> ServiceResult<()> {
    check_sync_from(sync_from)?;
    refuse_second(connections::of_company(db, &company.id).await?)?;
    ask(db, company, place, sync_from, schedule, by).await
}

/// Asks for access anew at the server and the database the company is paired with.
pub async fn ask_tryton_again(db: &Db, company: &Company, user: &str, by: &str) -> ServiceResult<()> {
    let connection = existing(connections::of_company(db, &company.id).await?)?;
    let place = tryton_place(db, &connection).await?;
    let place = place.ok_or_else(|| ServiceError::Refused(format!("{} is not connected to Tryton.", company.name)))?;
    let user = if user.trim().is_empty() { place.user } else { user.to_owned() };
    let place = TrytonPlace { user, ..place };
    ask(db, company, &place, &connection.sync_from, connection.schedule(), by).await
}

async fn ask(
    db: &Db,
    company: &Company,
    place: &TrytonPlace,
    sync_from: &str,
    schedule: Schedule,
    by: &str,
) -> ServiceResult<()> {
    let grant = access::request(&place.server, &place.database, &place.user).await.map_err(not_asked)?;
    let secret = serde_json::to_string(&grant).map_err(anyhow::Error::from)?;
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &company.id).await?;
    let new = NewAuthorisation {
        company_id: &company.id,
        provider: Provider::Tryton,
        place: &format!("{} · database {} · user {}", grant.server, grant.database, grant.user),
        secret: &secrets::seal_of_authorisation(db.vault(), &company.id, &secret)?,
        sync_from,
        schedule,
        by,
        next_look_at: Some(now + SOONEST_MS),
    };
    authorisations::put(&mut tx, &new, now).await?;
    status::refresh(&mut tx, &company.id, now).await?;
    Ok(tx.commit().await?)
}

/// What was entered can be put right; what lies on the way is told as it is.
fn not_asked(error: ConnectorError) -> ServiceError {
    match error {
        ConnectorError::Validation { message, .. } => ServiceError::Invalid(format!("{}.", message.trim_end_matches('.'))),
        other => unreachable_side(other),
    }
}

/// Where a connection to Tryton leads; `None` where it is one to other software. The user is known while there is a key.
pub async fn tryton_place(db: &Db, connection: &Connection) -> ServiceResult<Option<TrytonPlace>> {
    if connection.provider() != Some(Provider::Tryton) {
        return Ok(None);
    }
    // An organisation's id is `server/database/company`.
    let mut parts = connection.organisation_id.rsplitn(3, '/');
    let (_, Some(database), Some(server)) = (parts.next(), parts.next(), parts.next()) else { return Ok(None) };
    let secret = secrets::of_connection(db, db.vault(), &connection.id).await?;
    let grant = secret.and_then(|secret| serde_json::from_str::<Grant>(&secret).ok());
    let user = grant.map_or_else(String::new, |grant| grant.user);
    Ok(Some(TrytonPlace { server: server.into(), database: database.into(), user }))
}

/// Those that are to be looked at now.
pub async fn due(db: &Db) -> sqlx::Result<Vec<Authorisation>> {
    authorisations::due(db, now_ms()).await
}

/// Looks at one that is due, if nobody else does so: whoever moves its time on looks.
pub async fn look_at_due(db: &Db, due: &Authorisation) -> ServiceResult<()> {
    let now = now_ms();
    let pause = ((now - due.asked_at) / 20).clamp(SOONEST_MS, LATEST_MS);
    if authorisations::move_look(db, &due.company_id, due.next_look_at, now + pause).await? {
        look(db, &due.company_id).await?;
    }
    Ok(())
}

/// Asks whether access was given by now, and keeps the answer. Where it is for a company that has its organisation, that
/// is taken up again at once.
pub async fn look(db: &Db, company_id: &str) -> ServiceResult<Looked> {
    let asked = waited_for(authorisations::of_company(db, company_id).await?)?;
    if asked.provider() == Some(Provider::Xero) {
        return xero::look(db, &asked).await;
    }
    let secret = secrets::of_authorisation(db, db.vault(), company_id).await?.unwrap_or_default();
    let grant: Grant = serde_json::from_str(&secret).map_err(anyhow::Error::from)?;
    match access::organisations(&grant).await {
        Ok(Approval::Waiting) => keep(db, &asked, Vec::new(), false, None).await,
        Ok(Approval::Given(opened)) => match connections::of_company(db, company_id).await? {
            None => keep(db, &asked, opened, true, None).await,
            Some(connection) => take_up(db, &asked, &connection, opened, secret).await,
        },
        Err(ConnectorError::Protocol(detail)) => {
            tracing::warn!(detail, "Tryton answered a look at an access out of its protocol");
            keep(db, &asked, Vec::new(), false, Some("Tryton did not answer as it should.".into())).await
        }
        Err(error) => keep(db, &asked, Vec::new(), false, Some(error.to_string())).await,
    }
}

/// Uses the access for the organisation the company is paired with; another one is refused, and nothing changes.
async fn take_up(
    db: &Db,
    asked: &Authorisation,
    connection: &Connection,
    opened: Vec<Organisation>,
    secret: String,
) -> ServiceResult<Looked> {
    if !opened.iter().any(|organisation| organisation.id == connection.organisation_id) {
        let company = companies::by_id(db, &asked.company_id).await?;
        let company = company.ok_or_else(|| ServiceError::NotFound("There is no such company.".into()))?;
        let names: Vec<&str> = opened.iter().map(|organisation| organisation.name.as_str()).collect();
        let trouble = another(&names.join(", "), &company, connection);
        return keep(db, asked, opened, true, Some(trouble)).await;
    }
    let connector = connectors::with_secret(db, Provider::Tryton, &connection.organisation_id, secret.clone())?;
    match resume(db, &asked.company_id, connector.as_ref(), &secret).await {
        Ok(()) => Ok(Looked::Reconnected),
        Err(ServiceError::Refused(trouble)) => keep(db, asked, opened, false, Some(trouble)).await,
        Err(error) => Err(error),
    }
}

pub(super) async fn keep(
    db: &Db,
    asked: &Authorisation,
    opened: Vec<Organisation>,
    approved: bool,
    trouble: Option<String>,
) -> ServiceResult<Looked> {
    let opened: Vec<Opened> = opened
        .into_iter()
        .map(|Organisation { id, name, currency, short_code, .. }| Opened { id, name, currency, short_code })
        .collect();
    let organisations = serde_json::to_string(&opened).map_err(anyhow::Error::from)?;
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &asked.company_id).await?;
    // Given up, used or asked for anew meanwhile? Then the answer is of no use.
    let present = waited_for(authorisations::of_company(&mut tx, &asked.company_id).await?)?;
    if present.asked_at == asked.asked_at {
        let found = Found { approved, organisations: &organisations, trouble: trouble.as_deref() };
        authorisations::found(&mut tx, &asked.company_id, &found, now).await?;
        // Nobody has to be told that it still waits.
        if approved != present.approved_at.is_some() || trouble != present.trouble || organisations != present.organisations {
            status::refresh(&mut tx, &asked.company_id, now).await?;
        }
        tx.commit().await?;
    }
    Ok(match (trouble, approved) {
        (Some(trouble), _) => Looked::Trouble(trouble),
        (None, true) => Looked::Given,
        (None, false) => Looked::Waiting,
    })
}

/// Connects the company with one of the organisations the access opens.
pub async fn choose(
    db: &Db,
    company: &Company,
    organisation_id: &str,
    sync_from: &str,
    schedule: Schedule,
    by: &str,
) -> ServiceResult<String> {
    let asked = waited_for(authorisations::of_company(db, &company.id).await?)?;
    let provider = asked.provider().ok_or_else(|| anyhow::anyhow!("this version does not know “{}”", asked.provider))?;
    let chosen = opened(&asked).into_iter().find(|organisation| organisation.id == organisation_id);
    let Opened { id, name, currency, short_code } = chosen.ok_or_else(|| {
        ServiceError::Invalid("Choose one of the organisations listed; check again where one was added.".into())
    })?;
    let secret = match provider {
        Provider::Xero => xero::secret_for(db, &asked, &id).await?,
        _ => secrets::of_authorisation(db, db.vault(), &company.id).await?.unwrap_or_default(),
    };
    let organisation = Organisation { id, name: name.clone(), currency, locked_until: None, short_code };
    connect(db, company, Granted { provider, organisation, secret }, sync_from, schedule, by).await?;
    Ok(name)
}

/// The organisations an access opens, each with why it cannot be chosen.
pub async fn choices(db: &Db, company: &Company, asked: &Authorisation) -> ServiceResult<Vec<OrganisationChoice>> {
    let opened = opened(asked);
    let ids: Vec<String> = opened.iter().map(|organisation| organisation.id.clone()).collect();
    let holders = match asked.provider() {
        Some(provider) => connections::holders(db, provider, &ids).await?,
        None => Vec::new(),
    };
    Ok(opened
        .into_iter()
        .map(|Opened { id, name, currency, .. }| {
            let holder = holders.iter().find(|holder| holder.organisation_id == id && holder.company_id != company.id);
            let blocked = match holder {
                Some(holder) => Some(format!("Connected to {} ({}) already", holder.name, holder.code)),
                None if currency != company.currency => {
                    Some(format!("Keeps its books in {currency}; {} is a company of {}", company.name, company.currency))
                }
                None => None,
            };
            OrganisationChoice { id, name, currency, blocked }
        })
        .collect())
}

fn opened(asked: &Authorisation) -> Vec<Opened> {
    serde_json::from_str(&asked.organisations).unwrap_or_default()
}

/// Gives up access that was asked for. A connection that is there stays as it is.
pub async fn cancel(db: &Db, company_id: &str) -> ServiceResult<()> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    if !authorisations::remove(&mut tx, company_id).await? {
        return Err(none_waits());
    }
    status::refresh(&mut tx, company_id, now).await?;
    Ok(tx.commit().await?)
}

pub(super) fn waited_for(asked: Option<Authorisation>) -> ServiceResult<Authorisation> {
    asked.ok_or_else(none_waits)
}

fn none_waits() -> ServiceError {
    ServiceError::Refused("No access is waited for: it was used or given up meanwhile.".into())
}
