//! Custom connections: an app at Xero that one organisation has for itself, with an id and a secret of its own. No person is
//! sent off to agree: whoever has the two is let in. They are kept sealed with the connection, and never shown again.

use super::{Granted, another, check_sync_from, connect, refuse_second, resume, unreachable_side};
use crate::{
    domain::{provider::Provider, schedule::Schedule},
    server::{
        config::Secret,
        connectors::{
            self, ConnectorError, Organisation,
            xero::{
                Tokens, app,
                granting::{self, Tenant},
            },
        },
        db::{
            Db,
            companies::Company,
            connections::{self, Connection},
        },
        services::error::{ServiceError, ServiceResult},
    },
};

/// Longer than any id and any secret of Xero's.
const LONGEST: usize = 200;

/// As Xero shows them to whoever sets the custom connection up.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub client_id: String,
    pub client_secret: Secret,
}

/// What came of some credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Used {
    /// The company was connected with the organisation of that name.
    Connected(String),
    /// Access to the company's organisation was taken up again with them.
    Reconnected,
}

/// Connects the company with the one organisation that the credentials open; or takes up access to the organisation it has,
/// with these credentials in place of what was kept. `sync_from` and `schedule` are for a new connection.
pub async fn use_credentials(
    db: &Db,
    company: &Company,
    credentials: &Credentials,
    sync_from: &str,
    schedule: Schedule,
    by: &str,
) -> ServiceResult<Used> {
    let present = connections::of_company(db, &company.id).await?;
    match present {
        Some(connection) if connection.provider() == Some(Provider::Xero) => {
            reconnect(db, company, &connection, credentials).await?;
            Ok(Used::Reconnected)
        }
        present => {
            check_sync_from(sync_from)?;
            refuse_second(present)?;
            let (tokens, tenant) = opened(credentials).await?;
            let organisation = organisation(db, &tokens, &tenant).await?;
            let name = organisation.name.clone();
            let secret = granting::for_tenant(&tokens, &tenant).secret();
            let granted = Granted { provider: Provider::Xero, organisation, secret };
            connect(db, company, granted, sync_from, schedule, by).await?;
            Ok(Used::Connected(name))
        }
    }
}

/// Another organisation is refused, and nothing changes.
async fn reconnect(db: &Db, company: &Company, connection: &Connection, credentials: &Credentials) -> ServiceResult<()> {
    let (tokens, tenant) = opened(credentials).await?;
    if tenant.id != connection.organisation_id {
        return Err(ServiceError::Refused(another(&tenant.name, company, connection)));
    }
    let secret = granting::for_tenant(&tokens, &tenant).secret();
    let connector = connectors::with_secret(db, Provider::Xero, &tenant.id, secret.clone())?;
    resume(db, &company.id, connector.as_ref(), &secret).await
}

/// The tokens that some credentials bring, and the one organisation these open.
async fn opened(credentials: &Credentials) -> ServiceResult<(Tokens, Tenant)> {
    let (id, secret) = (credentials.client_id.trim(), credentials.client_secret.0.trim());
    if id.is_empty() || secret.is_empty() || id.len() > LONGEST || secret.len() > LONGEST {
        return Err(ServiceError::Invalid("Enter the client id and the client secret of the custom connection.".into()));
    }
    let tokens = granting::custom(app::address(), id, secret).await.map_err(|error| match error {
        ConnectorError::Validation { message, .. } => ServiceError::Invalid(format!("{message}.")),
        other => unreachable_side(other),
    })?;
    let tenants = granting::tenants(&tokens).await.map_err(unreachable_side)?;
    match <[Tenant; 1]>::try_from(tenants) {
        Ok([tenant]) => Ok((tokens, tenant)),
        Err(tenants) if tenants.is_empty() => Err(ServiceError::Refused(
            "This custom connection opens no organisation yet: somebody there has to authorise it at Xero first.".into(),
        )),
        Err(tenants) => {
            let names: Vec<&str> = tenants.iter().map(|tenant| tenant.name.as_str()).collect();
            Err(ServiceError::Refused(format!(
                "These open several organisations ({}), and a custom connection is for one: connect with this server’s app instead.",
                names.join(", ")
            )))
        }
    }
}

async fn organisation(db: &Db, tokens: &Tokens, tenant: &Tenant) -> ServiceResult<Organisation> {
    let secret = granting::for_tenant(tokens, tenant).secret();
    let connector = connectors::with_secret(db, Provider::Xero, &tenant.id, secret)?;
    connector.probe().await.map_err(unreachable_side)
}

/// The client id of the custom connection that lets a connection in; `None` where something else does.
pub async fn client_id(db: &Db, connection: &Connection) -> Option<String> {
    if connection.provider() != Some(Provider::Xero) {
        return None;
    }
    // What cannot be opened any more is given anew, one way or the other.
    let secret = crate::server::db::secrets::of_connection(db, db.vault(), &connection.id).await.ok().flatten()?;
    Tokens::parse(&secret).filter(Tokens::is_custom).map(|tokens| tokens.client_id)
}
