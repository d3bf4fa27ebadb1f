//! What a company's integration page shows, and the practice ledger a company is connected to.

use super::{
    error::{ServiceError, ServiceResult},
    local_time::LocalTime,
    onboarding::match_report,
};
use crate::{
    domain::{
        connection::{Access, ConnectionView, Integration},
        provider::Provider,
    },
    server::{
        connectors::practice::panel::{self, PanelError},
        db::{
            Db,
            companies::Company,
            connections::{self, Connection},
            now_ms,
        },
    },
};

/// `document`: the id of one of the accounting side that is listed in any case, where its documents can be listed.
pub async fn integration(db: &Db, company: &Company, document: Option<&str>) -> ServiceResult<Integration> {
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
    Ok(Integration {
        connection: connection.and_then(|connection| view(connection, &clock)),
        matching,
        practice,
        today: clock.today(now_ms()),
        time_zone: company.time_zone.clone(),
    })
}

/// `None` for software this version has no connector for: nothing can be done with it here.
fn view(connection: Connection, clock: &LocalTime) -> Option<ConnectionView> {
    Some(ConnectionView {
        provider: connection.provider()?,
        access: connection.access(),
        schedule: connection.schedule(),
        connected: clock.moment(connection.connected_at),
        onboarded: connection.onboarded_at.map(|at| clock.moment(at)),
        next_sync: connection.next_sync_at.map(|at| clock.moment(at)),
        organisation: connection.organisation_name,
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
