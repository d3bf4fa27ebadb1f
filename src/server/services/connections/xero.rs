//! Access that a person gives on a page of Xero's: the company's page sends the browser there, and it comes back with what
//! opens the organisations the person chose. What waits meanwhile lies sealed with the authorisation, so whichever server
//! the browser comes back to can go on.

use super::{
    another,
    authorise::{Looked, keep, waited_for},
    check_sync_from, existing, refuse_second, resume, unreachable_side,
};
use crate::{
    domain::{provider::Provider, schedule::Schedule},
    server::{
        config::is_loopback,
        connectors::{
            self, Connector, ConnectorError, Organisation,
            xero::{
                Tokens, XeroConnector, app,
                granting::{self, Leaving, Tenant},
            },
        },
        db::{
            Db,
            authorisations::{self, Authorisation, NewAuthorisation},
            companies::{self, Company},
            connections::{self, Connection},
            now_ms, secrets, status,
        },
        services::error::{ServiceError, ServiceResult},
    },
};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use url::Url;

/// Where Xero sends people back to.
pub const BACK: &str = "/xero/back";

/// Organisations that are asked at once what they are called and what currency they keep their books in.
const AT_ONCE: usize = 8;
/// Giving access up at Xero is not waited for any longer: it is given up here in any case.
const GIVING_UP: Duration = Duration::from_secs(10);

/// What lies sealed with an authorisation.
#[derive(Serialize, Deserialize)]
enum Waiting {
    /// The person was sent off.
    Away(Leaving),
    /// They came back, with tokens that open these.
    Back { tokens: Tokens, tenants: Vec<Tenant> },
}

impl Waiting {
    async fn of(db: &Db, company_id: &str) -> ServiceResult<Waiting> {
        let secret = secrets::of_authorisation(db, db.vault(), company_id).await?.unwrap_or_default();
        Ok(serde_json::from_str(&secret).map_err(anyhow::Error::from)?)
    }

    fn sealed(&self, db: &Db, company_id: &str) -> ServiceResult<secrets::Sealed> {
        let secret = serde_json::to_string(self).map_err(anyhow::Error::from)?;
        Ok(secrets::seal_of_authorisation(db.vault(), company_id, &secret)?)
    }
}

/// The address that has to be registered at Xero, for people who reach this server at `origin`. Xero takes no number for a
/// host.
pub fn redirect(origin: &str) -> String {
    match Url::parse(origin) {
        Ok(url) if url.scheme() == "http" && is_loopback(url.host()) => {
            format!("http://localhost:{}{BACK}", url.port_or_known_default().unwrap_or(80))
        }
        _ => format!("{origin}{BACK}"),
    }
}

/// Whether this server is an app at Xero.
pub fn is_registered() -> bool {
    app::of_process().is_some()
}

/// Begins to connect the company: its page leads on to Xero.
pub async fn ask(db: &Db, company: &Company, origin: &str, sync_from: &str, schedule: Schedule, by: &str) -> ServiceResult<()> {
    check_sync_from(sync_from)?;
    refuse_second(connections::of_company(db, &company.id).await?)?;
    begin(db, company, origin, sync_from, schedule, by).await
}

/// Begins to take up access to the company's organisation again.
pub async fn ask_again(db: &Db, company: &Company, origin: &str, by: &str) -> ServiceResult<()> {
    let connection = existing(connections::of_company(db, &company.id).await?)?;
    begin(db, company, origin, &connection.sync_from, connection.schedule(), by).await
}

async fn begin(db: &Db, company: &Company, origin: &str, sync_from: &str, schedule: Schedule, by: &str) -> ServiceResult<()> {
    let app = app::of_process().ok_or_else(|| {
        ServiceError::Refused(
            "This server is no app at Xero yet: set xero_client_id in tieout.toml, and start Tieout again.".into(),
        )
    })?;
    let redirect = redirect(origin);
    if !redirect.starts_with(&format!("{origin}/")) {
        let home = redirect.trim_end_matches(BACK);
        return Err(ServiceError::Refused(format!(
            "Xero sends people back to {home}, where you are not signed in: open Tieout at {home}, and connect from there."
        )));
    }
    // Who comes back is known by it, and which company it was about.
    let leaving = Leaving::of(app, &redirect, &company.code)?;
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &company.id).await?;
    let new = NewAuthorisation {
        company_id: &company.id,
        provider: Provider::Xero,
        place: "Xero",
        secret: &Waiting::Away(leaving).sealed(db, &company.id)?,
        sync_from,
        schedule,
        by,
        // Nothing is to be looked at before the person comes back.
        next_look_at: None,
    };
    authorisations::put(&mut tx, &new, now).await?;
    status::refresh(&mut tx, &company.id, now).await?;
    Ok(tx.commit().await?)
}

/// The page of Xero's that the company's page leads to; `None` where nobody is to go there.
pub async fn way_out(db: &Db, asked: &Authorisation) -> ServiceResult<Option<String>> {
    if asked.provider() != Some(Provider::Xero) {
        return Ok(None);
    }
    match Waiting::of(db, &asked.company_id).await? {
        Waiting::Away(leaving) => Ok(Some(leaving.page().map_err(unreachable_side)?)),
        Waiting::Back { .. } => Ok(None),
    }
}

/// The code of the company that a state is about.
pub fn company_code(state: &str) -> &str {
    state.split_once('.').map_or("", |(code, _)| code)
}

/// What came back: the state, and a code or why there is none.
pub struct Answer<'a> {
    pub state: &'a str,
    pub code: Option<&'a str>,
    pub error: Option<&'a str>,
}

/// Takes what a person brought back. It fits what they were sent off with, or does nothing.
pub async fn come_back(db: &Db, company: &Company, answer: &Answer<'_>) -> ServiceResult<Looked> {
    let unknown = || ServiceError::Refused("This was not begun here, or was given up meanwhile: connect again.".into());
    let asked = authorisations::of_company(db, &company.id).await?.ok_or_else(unknown)?;
    if asked.provider() != Some(Provider::Xero) {
        return Err(unknown());
    }
    let Waiting::Away(leaving) = Waiting::of(db, &company.id).await? else { return Err(unknown()) };
    if leaving.state != answer.state {
        return Err(unknown());
    }
    let code = match (answer.code, answer.error) {
        (Some(code), None) => code,
        (_, Some("access_denied")) => return Err(ServiceError::Refused("Access was not given in Xero.".into())),
        (_, error) => {
            tracing::warn!(error = error.unwrap_or_default(), "Xero sent somebody back without a code");
            return Err(ServiceError::Refused("Xero gave no access, and did not say why: try again.".into()));
        }
    };
    let tokens = leaving.tokens(code).await.map_err(unreachable_side)?;
    let tenants = granting::tenants(&tokens).await.map_err(unreachable_side)?;
    let waiting = Waiting::Back { tokens: tokens.clone(), tenants: tenants.clone() };
    // Kept before it is used: whatever happens next, the access is not lost.
    replace(db, &asked, &waiting).await?;
    match connections::of_company(db, &company.id).await? {
        None => opened(db, &asked, &tokens, &tenants).await,
        Some(connection) => take_up(db, company, &asked, &connection, &tokens, &tenants).await,
    }
}

/// Puts what is sealed with an authorisation in the place of what was.
async fn replace(db: &Db, asked: &Authorisation, waiting: &Waiting) -> ServiceResult<()> {
    let sealed = waiting.sealed(db, &asked.company_id)?;
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &asked.company_id).await?;
    let present = waited_for(authorisations::of_company(&mut tx, &asked.company_id).await?)?;
    if present.asked_at != asked.asked_at {
        return Err(ServiceError::Refused("It was asked for anew meanwhile: go on with that.".into()));
    }
    authorisations::set_secret(&mut tx, &asked.company_id, &sealed).await?;
    Ok(tx.commit().await?)
}

/// Keeps which organisations the access opens, for somebody to choose.
async fn opened(db: &Db, asked: &Authorisation, tokens: &Tokens, tenants: &[Tenant]) -> ServiceResult<Looked> {
    let looks = stream::iter(tenants.to_vec()).map(|tenant| organisation(db, tokens.clone(), tenant));
    let organisations: Vec<Organisation> = looks.buffered(AT_ONCE).filter_map(async |found| found).collect().await;
    let none = organisations.is_empty();
    let trouble = none.then(|| "Xero let Tieout into no organisation: choose one there the next time.".to_owned());
    keep(db, asked, organisations, true, trouble).await
}

/// `None` where it does not answer: its subscription may have ended, and then nobody can work with it.
async fn organisation(db: &Db, tokens: Tokens, tenant: Tenant) -> Option<Organisation> {
    let secret = granting::for_tenant(&tokens, &tenant).secret();
    let asked = match XeroConnector::from_secret(db, &secret, &tenant.id, None) {
        Ok(connector) => connector.probe().await,
        Err(error) => Err(error),
    };
    asked.inspect_err(|error| tracing::warn!(organisation = tenant.name, %error, "an organisation in Xero did not answer")).ok()
}

/// Uses the access for the organisation the company is paired with; another one is refused, and nothing changes.
async fn take_up(
    db: &Db,
    company: &Company,
    asked: &Authorisation,
    connection: &Connection,
    tokens: &Tokens,
    tenants: &[Tenant],
) -> ServiceResult<Looked> {
    let Some(tenant) = tenants.iter().find(|tenant| tenant.id == connection.organisation_id) else {
        let names: Vec<&str> = tenants.iter().map(|tenant| tenant.name.as_str()).collect();
        let trouble = match names.as_slice() {
            [] => "Xero let Tieout into no organisation: choose one there the next time.".to_owned(),
            names => another(&names.join(", "), company, connection),
        };
        return keep(db, asked, Vec::new(), true, Some(trouble)).await;
    };
    let secret = granting::for_tenant(tokens, tenant).secret();
    let connector = connectors::with_secret(db, Provider::Xero, &tenant.id, secret.clone())?;
    match resume(db, &company.id, connector.as_ref(), &secret).await {
        Ok(()) => Ok(Looked::Reconnected),
        Err(ServiceError::Refused(trouble)) => keep(db, asked, Vec::new(), false, Some(trouble)).await,
        Err(error) => Err(error),
    }
}

/// Where an authorisation stands. There is nothing to ask Xero before the person comes back.
pub(super) async fn look(db: &Db, asked: &Authorisation) -> ServiceResult<Looked> {
    Ok(match (Waiting::of(db, &asked.company_id).await?, &asked.trouble) {
        (Waiting::Back { .. }, Some(trouble)) => Looked::Trouble(trouble.clone()),
        (Waiting::Back { .. }, None) => Looked::Given,
        (Waiting::Away(_), _) => Looked::Waiting,
    })
}

/// What a connection to one of the organisations keeps. Whoever took their time to choose gets new tokens, which are kept
/// before they are used.
pub(super) async fn secret_for(db: &Db, asked: &Authorisation, organisation_id: &str) -> ServiceResult<String> {
    let gone = || ServiceError::Refused("The access was not given yet: go on to Xero first.".into());
    let Waiting::Back { mut tokens, tenants } = Waiting::of(db, &asked.company_id).await? else { return Err(gone()) };
    let tenant = tenants.iter().find(|tenant| tenant.id == organisation_id).cloned().ok_or_else(gone)?;
    if !tokens.is_fresh(now_ms()) {
        tokens = granting::renewed(&tokens).await.map_err(unreachable_side)?;
        replace(db, asked, &Waiting::Back { tokens: tokens.clone(), tenants }).await?;
    }
    Ok(granting::for_tenant(&tokens, &tenant).secret())
}

/// Gives the access up at Xero too, as far as that can be done now: here it is given up already. What else the same person
/// let us into stays, and so does a custom connection, which is the organisation's own: without its secret nobody comes in.
pub(super) async fn give_up(secret: &str) {
    let Some(tokens) = Tokens::parse(secret).filter(|tokens| !tokens.is_custom()) else { return };
    let given_up = async {
        let tokens = if tokens.is_fresh(now_ms()) { tokens } else { granting::renewed(&tokens).await? };
        granting::give_up(&tokens).await?;
        if granting::tenants(&tokens).await?.is_empty() {
            granting::revoke(&tokens).await?;
        }
        Ok::<(), ConnectorError>(())
    };
    match tokio::time::timeout(GIVING_UP, given_up).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the access could not be given up at Xero"),
        Err(_) => tracing::warn!("giving the access up at Xero took too long"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xero_sends_people_back_to_a_name() {
        for (origin, back) in [
            ("https://tieout.example.com", "https://tieout.example.com/xero/back"),
            ("http://localhost:3000", "http://localhost:3000/xero/back"),
            ("http://127.0.0.1:3000", "http://localhost:3000/xero/back"),
            ("http://[::1]", "http://localhost:80/xero/back"),
        ] {
            assert_eq!(redirect(origin), back);
        }
    }

    #[test]
    fn a_state_says_which_company_it_is_about() {
        assert_eq!(company_code("AQE.x.y"), "AQE");
        assert_eq!(company_code("AQE"), "");
    }
}
