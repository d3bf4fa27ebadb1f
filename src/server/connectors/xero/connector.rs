//! The connector to one organisation in Xero.

use super::{
    access::{Access, Keeper},
    chart::Chart,
    client::Client,
    documents,
    gate::{Gate, unusable},
    limits::{self, Rules},
    sending::Sent,
    tokens::Tokens,
    value,
};
use crate::{
    domain::{connection::Budget, document::DocumentKind, message::Entity, tie_out::ControlTotals},
    server::{
        connectors::{
            Caps, Connector, ConnectorError, Content, Dataset, External, Header, Idempotency, NaturalKey, Organisation, Page,
            Purpose, PushItem, PushOutcome, ReferenceItem,
        },
        db::Db,
    },
};
use async_trait::async_trait;
use serde_json::Value;
use std::{collections::HashMap, sync::Mutex, time::Duration};
use tokio::sync::watch;

/// Items one push may carry, as Xero advises.
const BATCH: usize = 50;

/// For how long Xero knows a request again.
const REMEMBERED: Duration = Duration::from_secs(6 * 60);

/// Some changes do not move the moment a record was changed at, which is what it is asked for by.
const READ_WHOLE_EVERY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A client that works for one organisation.
pub struct XeroConnector {
    pub(super) client: Client,
    tenant: String,
    pub(super) chart: Chart,
    /// Dates of documents, by id: payments do not tell those of theirs.
    pub(super) dates: Mutex<HashMap<String, String>>,
    pub(super) sent: Sent,
}

impl XeroConnector {
    /// With the secret a connection keeps. `connection_id`: the connection, once there is one: new access is kept there.
    /// `Err` where the secret is for another organisation.
    pub fn from_secret(
        db: &Db,
        secret: &str,
        organisation_id: &str,
        connection_id: Option<&str>,
    ) -> Result<XeroConnector, ConnectorError> {
        let tokens = opened(secret, organisation_id)?;
        let keeper = connection_id.map(|id| Keeper { db: db.clone(), connection_id: id.to_owned() });
        let (address, tenant) = (tokens.address.clone(), tokens.tenant_id.clone());
        let gate = Gate::new(db, &tokens.client_id, &tenant, &address, limits::of_process());
        Ok(XeroConnector {
            client: Client::new(Access::new(tokens, keeper), gate, &address, tenant.clone()),
            tenant,
            chart: Chart::default(),
            dates: Mutex::default(),
            sent: Sent::default(),
        })
    }

    /// The same for that purpose, and by those rules: before the first request.
    pub fn with(mut self, purpose: Purpose, rules: Rules) -> XeroConnector {
        self.client.gate = self.client.gate.with(purpose, rules);
        self
    }

    /// The same for that purpose.
    pub fn meant_for(self, purpose: Purpose) -> XeroConnector {
        self.with(purpose, limits::of_process())
    }

    async fn organisation(&self) -> Result<Organisation, ConnectorError> {
        let body = self.client.read("Organisation", &[], None).await?;
        let organisation = value::list(&body, "Organisations").first();
        let organisation = organisation
            .filter(|organisation| !value::text(organisation, "Name").is_empty())
            .ok_or_else(|| ConnectorError::Protocol("Xero did not say which organisation it is".into()))?;
        Ok(Organisation {
            id: self.tenant.clone(),
            name: value::text(organisation, "Name").to_owned(),
            currency: value::text(organisation, "BaseCurrency").to_owned(),
            locked_until: locked_until(organisation),
            short_code: Some(value::text(organisation, "ShortCode").to_owned()).filter(|code| !code.is_empty()),
        })
    }
}

/// The tokens in a secret, which have to be for that organisation.
fn opened(secret: &str, organisation_id: &str) -> Result<Tokens, ConnectorError> {
    let tokens = Tokens::parse(secret)
        .ok_or_else(|| ConnectorError::NeedsReconnect("What was kept of the access to Xero cannot be read".into()))?;
    if tokens.tenant_id != organisation_id {
        return Err(ConnectorError::NeedsReconnect("The access to Xero is for another organisation".into()));
    }
    Ok(tokens)
}

/// The later of the two days up to which the books are locked.
fn locked_until(organisation: &Value) -> Option<String> {
    let days = ["PeriodLockDate", "EndOfYearLockDate"].map(|field| value::day(organisation, field));
    days.into_iter().max().filter(|day| !day.is_empty())
}

#[async_trait]
impl Connector for XeroConnector {
    fn caps(&self) -> Caps {
        Caps {
            batch: BATCH,
            idempotency: Idempotency::Key { remembered: Some(REMEMBERED) },
            unique_numbers: true,
            read_whole_every: Some(READ_WHOLE_EVERY),
        }
    }

    async fn probe(&self) -> Result<Organisation, ConnectorError> {
        self.organisation().await
    }

    async fn budget(&self) -> Result<Option<Budget>, ConnectorError> {
        self.client.gate.day().await.map_err(|error| unusable(error.into()))
    }

    fn waits(&self) -> Option<watch::Receiver<Option<i64>>> {
        Some(self.client.gate.waits())
    }

    async fn rest(&self) {
        self.client.gate.rest().await;
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
            Dataset::Invoices => self.changed_invoices(DocumentKind::SalesInvoice, cursor).await,
            Dataset::Bills => self.changed_invoices(DocumentKind::Bill, cursor).await,
            Dataset::CreditNotes => self.changed_credits(cursor).await,
            Dataset::Payments => self.changed_payments(cursor).await,
            _ => Err(ConnectorError::Unsupported("reading reference data page by page")),
        }
    }

    fn as_shown(&self, content: Content) -> Content {
        match content {
            Content::Document(document) => Content::Document(documents::as_shown(document)),
            other => other,
        }
    }

    async fn read_named(&self, dataset: Dataset, ids: &[String]) -> Result<Vec<External>, ConnectorError> {
        self.named(dataset, ids).await
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_later_lock_holds() {
        let locked = |period: Value, year: Value| locked_until(&json!({ "PeriodLockDate": period, "EndOfYearLockDate": year }));
        let (early, late) = (json!("/Date(1552521600000+0000)/"), json!("/Date(1577750400000+0000)/"));
        assert_eq!(locked(early.clone(), late.clone()).as_deref(), Some("2019-12-31"));
        assert_eq!(locked(late, Value::Null).as_deref(), Some("2019-12-31"));
        assert_eq!(locked(Value::Null, Value::Null), None);
    }

    #[test]
    fn a_secret_is_for_its_organisation_only() {
        let refused = |secret: &str| match opened(secret, "t") {
            Err(ConnectorError::NeedsReconnect(why)) => why,
            _ => panic!("{secret} opens it"),
        };
        assert!(refused("").contains("cannot be read"));
        let secret = r#"{"address":"","client_id":"a","access_token":"x","refresh_token":"y","previous_refresh_token":"",
            "expires_at":1,"tenant_id":"other","connection_id":"c"}"#;
        assert!(refused(secret).contains("another organisation"));
    }
}
