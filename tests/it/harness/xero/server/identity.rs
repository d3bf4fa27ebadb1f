//! Apps, whom they may ask for, and the tokens that let them in: what there is of them. How tokens are given and taken back
//! is in `tokens`.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// A client of Xero. Without a secret it is one that proves itself with PKCE.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct App {
    pub client_id: String,
    pub secret: Option<String>,
    /// Where people may be sent back to, exactly.
    pub redirects: Vec<String>,
    /// The organisations (tenant ids) that the person chooses who is asked next.
    pub chosen: Vec<String>,
    /// Whether that person refuses instead.
    pub is_refused: bool,
}

/// An app's way into an organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Connection {
    pub id: String,
    pub tenant_id: String,
    pub client_id: String,
    pub auth_event_id: String,
    pub created: i64,
    pub updated: i64,
}

/// What a person agreed to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    pub id: String,
    pub client_id: String,
    pub scopes: Vec<String>,
    pub tenants: Vec<String>,
    pub is_revoked: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Code {
    pub code: String,
    pub grant_id: String,
    pub redirect: String,
    pub challenge: Option<String>,
    pub until: i64,
    pub is_used: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Access {
    pub token: String,
    pub grant_id: String,
    pub until: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refresh {
    pub token: String,
    pub grant_id: String,
    /// The token it was given for.
    pub parent: Option<String>,
    pub until: i64,
    /// When it was used first.
    pub used: Option<i64>,
    /// One that was given for it has been used: the answer had arrived.
    pub is_over: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum IdentityChange {
    App(App),
    Connection(Connection),
    Disconnected(String),
    Grant(Grant),
    Code(Code),
    Access(Access),
    Refresh(Refresh),
}

#[derive(Debug, Default)]
pub struct Identity {
    pub apps: BTreeMap<String, App>,
    pub connections: BTreeMap<String, Connection>,
    pub grants: HashMap<String, Grant>,
    pub codes: HashMap<String, Code>,
    pub access: HashMap<String, Access>,
    pub refresh: HashMap<String, Refresh>,
}

impl Identity {
    pub fn apply(&mut self, change: &IdentityChange) {
        match change.clone() {
            IdentityChange::App(app) => drop(self.apps.insert(app.client_id.clone(), app)),
            IdentityChange::Connection(connection) => drop(self.connections.insert(connection.id.clone(), connection)),
            IdentityChange::Disconnected(id) => drop(self.connections.remove(&id)),
            IdentityChange::Grant(grant) => drop(self.grants.insert(grant.id.clone(), grant)),
            IdentityChange::Code(code) => drop(self.codes.insert(code.code.clone(), code)),
            IdentityChange::Access(access) => drop(self.access.insert(access.token.clone(), access)),
            IdentityChange::Refresh(refresh) => drop(self.refresh.insert(refresh.token.clone(), refresh)),
        }
    }

    pub fn connection(&self, client_id: &str, tenant: &str) -> Option<&Connection> {
        self.connections.values().find(|one| one.client_id == client_id && one.tenant_id == tenant)
    }

    /// What a token lets in to, whether or not it has expired.
    pub fn granted(&self, token: &str) -> Option<(&Access, &Grant)> {
        let access = self.access.get(token)?;
        let grant = self.grants.get(&access.grant_id).filter(|grant| !grant.is_revoked)?;
        Some((access, grant))
    }

    /// The connections that a grant made and that still are.
    pub fn connections_of<'a>(&'a self, grant: &'a Grant) -> impl Iterator<Item = &'a Connection> {
        grant.tenants.iter().filter_map(|tenant| self.connection(&grant.client_id, tenant))
    }
}
