//! The lists a company's values are matched with: accounts that take lines, tax rates by name, and tracking options.

use super::{
    chart::{Account, TaxRate, Tracking},
    connector::XeroConnector,
};
use crate::server::connectors::{ConnectorError, ReferenceItem};

impl XeroConnector {
    pub(super) async fn accounts(&self) -> Result<Vec<ReferenceItem>, ConnectorError> {
        let accounts = self.chart.read_accounts(&self.client).await?;
        Ok(accounts.iter().filter(|account| account.takes_lines()).map(account).collect())
    }

    pub(super) async fn tax_rates(&self) -> Result<Vec<ReferenceItem>, ConnectorError> {
        Ok(self.chart.read_tax_rates(&self.client).await?.iter().map(tax_rate).collect())
    }

    pub(super) async fn tracking(&self) -> Result<Vec<ReferenceItem>, ConnectorError> {
        Ok(self.chart.read_tracking(&self.client).await?.iter().map(tracking).collect())
    }
}

fn account(account: &Account) -> ReferenceItem {
    ReferenceItem {
        external_id: account.id.clone(),
        code: account.shown().to_owned(),
        name: account.name.clone(),
        rate_e4: None,
        archived: account.is_archived,
    }
}

fn tax_rate(rate: &TaxRate) -> ReferenceItem {
    ReferenceItem {
        external_id: rate.kind.clone(),
        code: rate.name.clone(),
        name: rate.name.clone(),
        rate_e4: rate.rate_e4,
        archived: rate.is_archived,
    }
}

fn tracking(tracking: &Tracking) -> ReferenceItem {
    ReferenceItem {
        external_id: tracking.id.clone(),
        code: option(&tracking.category, &tracking.option),
        name: tracking.option.clone(),
        rate_e4: None,
        archived: tracking.is_archived,
    }
}

/// A tracking option as both sides call it.
pub(super) fn option(category: &str, option: &str) -> String {
    format!("{category}: {option}")
}
