//! What a company's integration page shows, and the practice ledger a company is connected to.

use super::{
    connections::{authorise, custom, practice_ledgers, xero},
    error::{ServiceError, ServiceResult},
    local_time::LocalTime,
    onboarding::match_report,
    webhooks,
};
use crate::{
    domain::{
        connection::{Access, Asked, Budget, ConnectionView, Integration, PausedBy, Probe, XeroApp},
        provider::Provider,
    },
    server::{
        connectors::{
            self,
            practice::panel::{self, PanelError},
        },
        db::{
            Db,
            authorisations::{self, Authorisation},
            companies::Company,
            connections::{self, Connection},
            now_ms,
        },
        state::Site,
    },
};

/// `document`: the id of one of the accounting side that is listed in any case, where its documents can be listed. `app`: what
/// this server is at Xero, whichever company it is about.
pub async fn integration(db: &Db, company: &Company, document: Option<&str>, app: XeroApp) -> ServiceResult<Integration> {
    let clock = LocalTime::of(&company.time_zone);
    let connection = connections::of_company(db, &company.id).await?;
    let matching = match &connection {
        Some(connection) if connection.access() == Access::Valid => Some(match_report(db, &company.id).await?),
        _ => None,
    };
    let practice = match &connection {
        Some(connection) if connection.provider() == Some(Provider::Practice) => {
            let mut state = panel::panel_state(db, &connection.organisation_id).await?;
            if let (Some(state), Some(id)) = (&mut state, document)
                && !state.documents.iter().any(|listed| listed.id == id)
                && let Some(older) = panel::panel_document(db, &connection.organisation_id, id).await?
            {
                state.documents.insert(0, older);
            }
            state
        }
        _ => None,
    };
    let asked = match authorisations::of_company(db, &company.id).await? {
        Some(asked) => asked_view(db, company, asked, &clock).await?,
        None => None,
    };
    let tryton = match &connection {
        Some(connection) => authorise::tryton_place(db, connection).await?,
        None => None,
    };
    let custom = match &connection {
        Some(connection) => custom::client_id(db, connection).await,
        None => None,
    };
    let is_practice = connection.as_ref().is_none_or(|connection| connection.provider() == Some(Provider::Practice));
    let ledgers = if is_practice { practice_ledgers(db, &company.currency).await? } else { Vec::new() };
    Ok(Integration {
        budget: budget(db, connection.as_ref()).await,
        asked,
        tryton,
        xero: XeroApp { custom, ..app },
        ledgers,
        connection: connection.and_then(|connection| view(connection, &clock)),
        matching,
        practice,
        today: clock.today(now_ms()),
        time_zone: company.time_zone.clone(),
    })
}

/// What this server is at Xero, for whoever reached it at `origin` (scheme, host and port). Webhooks come to an address that
/// everybody can reach, and so only to one that is set.
pub fn xero_app(site: &Site, origin: &str) -> XeroApp {
    let webhooks = site.public_url.as_ref().map(|url| format!("{}{}", url.origin().ascii_serialization(), webhooks::XERO));
    let takes_webhooks = site.xero_webhook_key.is_some();
    XeroApp { is_registered: xero::is_registered(), redirect: xero::redirect(origin), webhooks, takes_webhooks, custom: None }
}

/// What is left of the accounting side's rate limit. That it does not say so now is no reason not to show the page.
async fn budget(db: &Db, connection: Option<&Connection>) -> Option<String> {
    let connection = connection.filter(|connection| connection.access() == Access::Valid)?;
    let connector = connectors::open(db, connection).await.ok()?;
    connector.budget().await.ok().flatten().map(Budget::words)
}

async fn asked_view(db: &Db, company: &Company, asked: Authorisation, clock: &LocalTime) -> ServiceResult<Option<Asked>> {
    let choices = authorise::choices(db, company, &asked).await?;
    let way_out = xero::way_out(db, &asked).await?;
    Ok(asked.provider().map(|provider| Asked {
        provider,
        at: clock.moment(asked.asked_at),
        schedule: asked.schedule(),
        approved: asked.approved_at.is_some(),
        looked: asked.looked_at.map(|at| clock.moment(at)),
        choices,
        way_out,
        place: asked.place,
        by: asked.asked_by,
        sync_from: asked.sync_from,
        trouble: asked.trouble,
    }))
}

/// `None` for software this version has no connector for: nothing can be done with it here.
pub(super) fn view(connection: Connection, clock: &LocalTime) -> Option<ConnectionView> {
    Some(ConnectionView {
        provider: connection.provider()?,
        access: connection.access(),
        schedule: connection.schedule(),
        connected: clock.moment(connection.connected_at),
        onboarded: connection.onboarded_at.map(|at| clock.moment(at)),
        next_sync: connection.next_sync_at.map(|at| clock.moment(at)),
        next_probe: connection.next_probe_at.map(|at| clock.moment(at)),
        probe: connection.probed_at.map(|at| Probe { at: clock.moment(at), error: connection.probe_error }),
        paused: connection.paused_at.map(|at| PausedBy {
            by: connection.paused_by.unwrap_or_default(),
            at: clock.moment(at),
            with_everything: connection.pause_id.is_some(),
        }),
        connected_by: connection.connected_by,
        organisation: connection.organisation_name,
        organisation_id: connection.organisation_id,
        lost_reason: connection.lost_reason,
        sync_from: connection.sync_from,
    })
}

/// The practice ledger the company is paired with. Its panel works whether or not the access holds: a person who
/// works in an accounting system does not come in through ours.
pub async fn practice_ledger(db: &Db, company: &Company) -> ServiceResult<String> {
    match connections::of_company(db, &company.id).await? {
        Some(connection) if connection.provider() == Some(Provider::Practice) => Ok(connection.organisation_id),
        _ => Err(ServiceError::Refused(format!("{} has no practice ledger.", company.name))),
    }
}

impl From<PanelError> for ServiceError {
    fn from(error: PanelError) -> Self {
        match error {
            PanelError::NotFound(sentence) => ServiceError::NotFound(sentence),
            PanelError::Invalid(sentence) => ServiceError::Invalid(sentence),
            PanelError::Refused(sentence) => ServiceError::Refused(sentence),
            PanelError::Database(error) => error.into(),
        }
    }
}
