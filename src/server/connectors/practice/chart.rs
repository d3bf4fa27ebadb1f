//! The chart of accounts, the tax rates and the tracking options: what a line may be booked to.

use super::refusal::Refusal;
use crate::domain::matching::tracking_options;
use crate::server::connectors::ReferenceItem;
use crate::server::db::{
    Db, Tx,
    query::{On, sql},
};
use std::collections::HashMap;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Account {
    pub id: String,
    pub code: String,
    pub name: String,
    pub class: String,
    pub system: i64,
    pub archived: i64,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TaxRate {
    pub id: String,
    pub name: String,
    pub rate_e4: i64,
    pub applies_to: String,
    pub archived: i64,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TrackingOption {
    pub id: String,
    pub category: String,
    pub option: String,
    pub archived: i64,
}

pub async fn accounts<'a>(on: impl Into<On<'a>>, ledger_id: &str) -> sqlx::Result<Vec<Account>> {
    sql("SELECT id, code, name, class, system, archived FROM practice_accounts WHERE ledger_id = $1 ORDER BY code")
        .bind(ledger_id)
        .all(on)
        .await
}

pub async fn tax_rates<'a>(on: impl Into<On<'a>>, ledger_id: &str) -> sqlx::Result<Vec<TaxRate>> {
    sql("SELECT id, name, rate_e4, applies_to, archived FROM practice_tax_rates WHERE ledger_id = $1 ORDER BY name")
        .bind(ledger_id)
        .all(on)
        .await
}

pub async fn tracking<'a>(on: impl Into<On<'a>>, ledger_id: &str) -> sqlx::Result<Vec<TrackingOption>> {
    sql("SELECT id, category, option, archived FROM practice_tracking WHERE ledger_id = $1 ORDER BY category, option")
        .bind(ledger_id)
        .all(on)
        .await
}

impl From<Account> for ReferenceItem {
    fn from(account: Account) -> Self {
        let Account { id, code, name, archived, .. } = account;
        ReferenceItem { external_id: id, code, name, rate_e4: None, archived: archived != 0 }
    }
}

impl From<TaxRate> for ReferenceItem {
    fn from(rate: TaxRate) -> Self {
        let TaxRate { id, name, rate_e4, archived, .. } = rate;
        ReferenceItem { external_id: id, code: name.clone(), name, rate_e4: Some(rate_e4), archived: archived != 0 }
    }
}

impl From<TrackingOption> for ReferenceItem {
    fn from(option: TrackingOption) -> Self {
        let label = option.label();
        ReferenceItem { external_id: option.id, code: label.clone(), name: label, rate_e4: None, archived: option.archived != 0 }
    }
}

impl TrackingOption {
    fn label(&self) -> String {
        format!("{}: {}", self.category, self.option)
    }
}

/// All of it by id, read once for a piece of work.
#[derive(Default)]
pub struct Chart {
    accounts: HashMap<String, Account>,
    rates: HashMap<String, TaxRate>,
    tracking: HashMap<String, TrackingOption>,
}

impl Chart {
    fn new(accounts: Vec<Account>, rates: Vec<TaxRate>, tracking: Vec<TrackingOption>) -> Chart {
        Chart {
            accounts: accounts.into_iter().map(|account| (account.id.clone(), account)).collect(),
            rates: rates.into_iter().map(|rate| (rate.id.clone(), rate)).collect(),
            tracking: tracking.into_iter().map(|option| (option.id.clone(), option)).collect(),
        }
    }

    pub async fn read(db: &Db, ledger_id: &str) -> sqlx::Result<Chart> {
        Ok(Chart::new(accounts(db, ledger_id).await?, tax_rates(db, ledger_id).await?, tracking(db, ledger_id).await?))
    }

    pub async fn read_in(tx: &mut Tx, ledger_id: &str) -> sqlx::Result<Chart> {
        let (accounts, rates) = (accounts(&mut *tx, ledger_id).await?, tax_rates(&mut *tx, ledger_id).await?);
        Ok(Chart::new(accounts, rates, tracking(tx, ledger_id).await?))
    }

    /// An account a document's line may use now.
    pub fn account_for_line(&self, id: &str) -> Result<&Account, Refusal> {
        let account = self.accounts.get(id).ok_or_else(|| Refusal::AccountUnknown(id.into()))?;
        if account.archived != 0 {
            return Err(Refusal::AccountArchived(account.code.clone()));
        }
        if account.system != 0 || account.class == "bank" {
            return Err(Refusal::AccountTakesNoLines(account.code.clone()));
        }
        Ok(account)
    }

    /// A tax rate a line on this account may use now.
    pub fn rate_for_line(&self, id: &str, account: &Account) -> Result<&TaxRate, Refusal> {
        let rate = self.rates.get(id).ok_or_else(|| Refusal::TaxRateUnknown(id.into()))?;
        if rate.archived != 0 {
            return Err(Refusal::TaxRateArchived(rate.name.clone()));
        }
        if !rate.applies_to.split(',').any(|class| class == account.class) {
            return Err(Refusal::TaxRateNotAllowed { rate: rate.name.clone(), account: account.code.clone() });
        }
        Ok(rate)
    }

    /// Tracking as it is stored: the ids of the options, at most one a category.
    pub fn tracking_for_line(&self, ids: &str) -> Result<String, Refusal> {
        let mut chosen: Vec<&TrackingOption> = Vec::new();
        for id in tracking_options(ids) {
            let option = self.tracking.get(id).ok_or_else(|| Refusal::TrackingUnknown(id.into()))?;
            if option.archived != 0 {
                return Err(Refusal::TrackingArchived(option.label()));
            }
            if chosen.iter().any(|other| other.category == option.category) {
                return Err(Refusal::TrackingTwice(option.category.clone()));
            }
            chosen.push(option);
        }
        Ok(chosen.iter().map(|option| option.id.as_str()).collect::<Vec<_>>().join("; "))
    }

    /// What people call an account, a tax rate and tracking that lines hold.
    pub fn account_code(&self, id: &str) -> String {
        self.accounts.get(id).map(|account| account.code.clone()).unwrap_or_default()
    }

    pub fn rate_name(&self, id: &str) -> String {
        self.rates.get(id).map(|rate| rate.name.clone()).unwrap_or_default()
    }

    pub fn tracking_text(&self, ids: &str) -> String {
        let labels: Vec<String> =
            tracking_options(ids).filter_map(|id| self.tracking.get(id)).map(TrackingOption::label).collect();
        labels.join("; ")
    }
}
