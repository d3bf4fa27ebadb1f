//! The connector to one company of a Tryton database.

use super::{
    access::{self, Grant},
    client::{Client, Query},
    documents::Which,
    setup::Setup,
};
use crate::{
    domain::{message::Entity, tie_out::ControlTotals},
    server::connectors::{
        Caps, Connector, ConnectorError, Dataset, External, Header, Idempotency, NaturalKey, Organisation, Page, PushItem,
        PushOutcome, ReferenceItem,
    },
};
use async_trait::async_trait;
use serde_json::json;
use tokio::sync::OnceCell;

/// Items one push may carry: each is made and posted by itself, so that more would only be longer out of sight.
const BATCH: usize = 10;

/// A client that works for one company of a database.
#[derive(Debug)]
pub struct TrytonConnector {
    pub(super) client: Client,
    /// Where warnings are no reason to stop.
    pub(super) quiet: Client,
    pub(super) grant: Grant,
    /// The company's id in its database.
    pub(super) company: i64,
    pub(super) setup: OnceCell<Setup>,
    pub(super) analytic: OnceCell<bool>,
    pub(super) own_party: OnceCell<Option<i64>>,
}

impl TrytonConnector {
    /// `Err` where the grant leads to another database than the organisation is in.
    pub fn new(grant: Grant, organisation_id: &str) -> Result<TrytonConnector, ConnectorError> {
        let company = grant.company(organisation_id).ok_or_else(|| {
            ConnectorError::NeedsReconnect(format!("The key is for {}, where this company's books are not", grant.place()))
        })?;
        Ok(TrytonConnector {
            client: Client::new(grant.clone(), Some(company)),
            quiet: Client::skipping_warnings(grant.clone(), Some(company)),
            grant,
            company,
            setup: OnceCell::new(),
            analytic: OnceCell::new(),
            own_party: OnceCell::new(),
        })
    }

    /// With the secret a connection keeps.
    pub fn from_secret(secret: &str, organisation_id: &str) -> Result<TrytonConnector, ConnectorError> {
        let grant = serde_json::from_str(secret)
            .map_err(|_| ConnectorError::NeedsReconnect("What was kept of the access to Tryton cannot be read".into()))?;
        TrytonConnector::new(grant, organisation_id)
    }
}

#[async_trait]
impl Connector for TrytonConnector {
    fn caps(&self) -> Caps {
        Caps { batch: BATCH, idempotency: Idempotency::None, unique_numbers: false, read_whole_every: None }
    }

    async fn probe(&self) -> Result<Organisation, ConnectorError> {
        let query = Query::of(&["party.name", "rec_name", "currency.code"]).domain(json!([["id", "=", self.company]]));
        let companies = self.client.search("company.company", &query).await?;
        let company = companies.first().ok_or_else(|| {
            ConnectorError::NeedsReconnect(format!("Tryton's user {} may no longer work for this company", self.grant.user))
        })?;
        let organisation = access::organisation(&self.grant, company)?;
        Ok(Organisation { locked_until: self.locked_until().await?, ..organisation })
    }

    async fn reference(&self, dataset: Dataset) -> Result<Vec<ReferenceItem>, ConnectorError> {
        match dataset {
            Dataset::Accounts => self.accounts().await,
            Dataset::TaxRates => self.tax_rates().await,
            Dataset::Tracking => self.tracking().await,
            _ => Err(ConnectorError::Unsupported("reading records as reference data")),
        }
    }

    async fn pull(&self, dataset: Dataset, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        match dataset {
            Dataset::Contacts => self.changed_contacts(cursor).await,
            Dataset::Invoices => self.changed_documents(Which::Invoices, cursor).await,
            Dataset::Bills => self.changed_documents(Which::Bills, cursor).await,
            Dataset::CreditNotes => self.changed_documents(Which::CreditNotes, cursor).await,
            Dataset::Payments => self.changed_payments(cursor).await,
            _ => Err(ConnectorError::Unsupported("reading reference data page by page")),
        }
    }

    async fn push(&self, items: &[PushItem]) -> Result<Vec<PushOutcome>, ConnectorError> {
        self.send(items).await
    }

    async fn find(&self, key: &NaturalKey) -> Result<Vec<External>, ConnectorError> {
        self.look_up(key).await
    }

    async fn control_totals(&self, entity: Entity, from: &str) -> Result<ControlTotals, ConnectorError> {
        self.totals(entity, from).await
    }

    async fn headers(
        &self,
        entity: Entity,
        from: &str,
        cursor: Option<&str>,
    ) -> Result<(Vec<Header>, Option<String>), ConnectorError> {
        self.list(entity, from, cursor).await
    }
}
