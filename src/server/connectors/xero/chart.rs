//! What lines of documents refer to, as Xero holds it: read when it is first needed and kept for as long as a connector
//! lives, which is a run.

use super::{client::Client, value};
use crate::server::connectors::ConnectorError;
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio::sync::Mutex;

/// The account that payments from Tieout go to, where there are several.
const PAYMENTS: &str = "tieout";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: String,
    pub code: String,
    pub name: String,
    pub is_archived: bool,
    is_bank: bool,
    takes_payments: bool,
    /// What customers owe, or is owed to suppliers: Xero books it itself.
    is_control: bool,
}

impl Account {
    fn of(record: &Value) -> Option<Account> {
        let id = value::text(record, "AccountID").to_owned();
        let is_bank = value::text(record, "Type") == "BANK";
        (!id.is_empty()).then(|| Account {
            id,
            code: value::text(record, "Code").to_owned(),
            name: value::text(record, "Name").to_owned(),
            is_archived: !matches!(value::text(record, "Status"), "" | "ACTIVE"),
            is_bank,
            takes_payments: is_bank || value::truth(record, "EnablePaymentsToAccount"),
            is_control: matches!(value::text(record, "SystemAccount"), "DEBTORS" | "CREDITORS"),
        })
    }

    /// Whether a line may name it.
    pub fn takes_lines(&self) -> bool {
        !self.is_bank && !self.is_control
    }

    /// What it is called: its code, or where it has none its name.
    pub fn shown(&self) -> &str {
        if self.code.is_empty() { &self.name } else { &self.code }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRate {
    /// Such as `OUTPUT2`.
    pub kind: String,
    pub name: String,
    /// Percent in ten-thousandths; `None` where it is finer.
    pub rate_e4: Option<i64>,
    pub is_archived: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracking {
    pub id: String,
    pub category: String,
    pub option: String,
    pub is_archived: bool,
}

/// The parts, each once it was read.
#[derive(Default)]
pub struct Chart {
    accounts: Mutex<Option<Arc<Vec<Account>>>>,
    tax_rates: Mutex<Option<Arc<Vec<TaxRate>>>>,
    tracking: Mutex<Option<Arc<Vec<Tracking>>>>,
    /// Codes of products and services.
    items: Mutex<Option<Arc<HashSet<String>>>>,
}

/// What lines are read and written with.
pub struct Names {
    accounts: HashMap<String, Account>,
    tax_rates: HashMap<String, String>,
    tracking: HashMap<String, (String, String)>,
    /// Known where lines are written that name one.
    pub items: Arc<HashSet<String>>,
}

impl Names {
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.get(id)
    }

    /// The name of a tax rate, by its type. One that is not listed goes by its type.
    pub fn tax_rate<'n>(&'n self, kind: &'n str) -> &'n str {
        self.tax_rates.get(kind).map_or(kind, String::as_str)
    }

    /// The category and the option that an option's id stands for.
    pub fn tracking(&self, id: &str) -> Option<&(String, String)> {
        self.tracking.get(id)
    }
}

impl Chart {
    /// Reads all accounts anew.
    pub async fn read_accounts(&self, client: &Client) -> Result<Arc<Vec<Account>>, ConnectorError> {
        let records = read(client, "Accounts", &[]).await?;
        let read = Arc::new(records.iter().filter_map(Account::of).collect());
        *self.accounts.lock().await = Some(Arc::clone(&read));
        Ok(read)
    }

    pub async fn read_tax_rates(&self, client: &Client) -> Result<Arc<Vec<TaxRate>>, ConnectorError> {
        let records = read(client, "TaxRates", &[]).await?;
        let read = Arc::new(records.iter().filter_map(tax_rate).collect());
        *self.tax_rates.lock().await = Some(Arc::clone(&read));
        Ok(read)
    }

    pub async fn read_tracking(&self, client: &Client) -> Result<Arc<Vec<Tracking>>, ConnectorError> {
        let query = [("includeArchived", "true".to_owned())];
        let records = read(client, "TrackingCategories", &query).await?;
        let read = Arc::new(records.iter().flat_map(tracking).collect());
        *self.tracking.lock().await = Some(Arc::clone(&read));
        Ok(read)
    }

    /// What is called what. `documents`: what is to be read with it; a tax rate that is not known yet has the rates read
    /// anew.
    pub async fn names(&self, client: &Client, documents: &[Value]) -> Result<Names, ConnectorError> {
        let mut tax_rates = self.tax_rates(client).await?;
        let used = documents.iter().flat_map(|document| value::list(document, "LineItems"));
        let is_known = |line: &Value, rates: &[TaxRate]| {
            let kind = value::text(line, "TaxType");
            kind.is_empty() || rates.iter().any(|rate| rate.kind == kind)
        };
        if !used.clone().all(|line| is_known(line, &tax_rates)) {
            tax_rates = self.read_tax_rates(client).await?;
        }
        Ok(Names {
            accounts: self.accounts(client).await?.iter().map(|account| (account.id.clone(), account.clone())).collect(),
            tax_rates: tax_rates.iter().map(|rate| (rate.kind.clone(), rate.name.clone())).collect(),
            tracking: self
                .tracking(client)
                .await?
                .iter()
                .map(|one| (one.id.clone(), (one.category.clone(), one.option.clone())))
                .collect(),
            items: Arc::default(),
        })
    }

    /// The codes of the products and services there are.
    pub async fn items(&self, client: &Client) -> Result<Arc<HashSet<String>>, ConnectorError> {
        let mut known = self.items.lock().await;
        if let Some(known) = &*known {
            return Ok(Arc::clone(known));
        }
        let records = read(client, "Items", &[]).await?;
        let codes = records.iter().map(|record| value::text(record, "Code").to_owned()).filter(|code| !code.is_empty());
        Ok(Arc::clone(known.insert(Arc::new(codes.collect()))))
    }

    /// The account that money against documents goes to.
    pub async fn payments_account(&self, client: &Client) -> Result<Account, ConnectorError> {
        let accounts = self.accounts(client).await?;
        let live: Vec<&Account> = accounts.iter().filter(|account| account.takes_payments && !account.is_archived).collect();
        let banks: Vec<&Account> = live.iter().copied().filter(|account| account.is_bank).collect();
        let named = live.iter().copied().find(|account| account.name.to_lowercase() == PAYMENTS);
        let candidates = if banks.is_empty() { live } else { banks };
        match (named, candidates.as_slice()) {
            (Some(account), _) => Ok(account.clone()),
            (None, [account]) => Ok(Account::clone(account)),
            (None, []) => Err(refused("no-payments-account", "Xero has no account that payments can go to".into())),
            (None, _) => Err(refused(
                "several-payments-accounts",
                "Xero has several accounts that payments can go to: name the one for payments from here Tieout".into(),
            )),
        }
    }

    async fn accounts(&self, client: &Client) -> Result<Arc<Vec<Account>>, ConnectorError> {
        let known = self.accounts.lock().await.clone();
        if let Some(known) = known { Ok(known) } else { self.read_accounts(client).await }
    }

    async fn tax_rates(&self, client: &Client) -> Result<Arc<Vec<TaxRate>>, ConnectorError> {
        let known = self.tax_rates.lock().await.clone();
        if let Some(known) = known { Ok(known) } else { self.read_tax_rates(client).await }
    }

    async fn tracking(&self, client: &Client) -> Result<Arc<Vec<Tracking>>, ConnectorError> {
        let known = self.tracking.lock().await.clone();
        if let Some(known) = known { Ok(known) } else { self.read_tracking(client).await }
    }
}

/// A refusal of the connector's own.
pub fn refused(code: &str, message: String) -> ConnectorError {
    ConnectorError::Validation { code: code.into(), field: None, message }
}

async fn read(client: &Client, resource: &str, query: &[(&'static str, String)]) -> Result<Vec<Value>, ConnectorError> {
    let mut body = client.read(resource, query, None).await?;
    match body.get_mut(resource).map(Value::take) {
        Some(Value::Array(records)) => Ok(records),
        _ => Err(ConnectorError::Protocol(format!("Xero did not answer with a list of {resource}"))),
    }
}

fn tax_rate(record: &Value) -> Option<TaxRate> {
    let (kind, name) = (value::text(record, "TaxType").to_owned(), value::text(record, "Name").to_owned());
    // Percent with a few more places than we keep: what does not fit is no percentage of ours.
    let finer = value::number(record, "EffectiveRate", 8);
    let is_archived = !matches!(value::text(record, "Status"), "" | "ACTIVE");
    (!kind.is_empty() && !name.is_empty()).then(|| TaxRate {
        kind,
        name,
        rate_e4: finer.filter(|rate| rate % 10_000 == 0).map(|rate| rate / 10_000),
        is_archived,
    })
}

fn tracking(category: &Value) -> Vec<Tracking> {
    let is_archived = |record: &Value| !matches!(value::text(record, "Status"), "" | "ACTIVE");
    let name = value::text(category, "Name");
    let options = value::list(category, "Options").iter().map(|option| Tracking {
        id: value::text(option, "TrackingOptionID").to_owned(),
        category: name.to_owned(),
        option: value::text(option, "Name").to_owned(),
        is_archived: is_archived(category) || is_archived(option),
    });
    options.filter(|tracking| !tracking.id.is_empty() && !tracking.option.is_empty()).collect()
}

#[cfg(test)]
impl Names {
    /// One of each, for tests of what is read and written with them.
    pub fn of_tests() -> Names {
        let account = Account::of(&serde_json::json!({ "AccountID": "a-200", "Code": "200", "Name": "Sales" }));
        Names {
            accounts: account.into_iter().map(|account| (account.id.clone(), account)).collect(),
            tax_rates: [("OUTPUT2".to_owned(), "20% (VAT on Income)".to_owned())].into(),
            tracking: [
                ("t-1".to_owned(), ("Region".to_owned(), "France".to_owned())),
                ("t-2".to_owned(), ("Manager".to_owned(), "Ann".to_owned())),
            ]
            .into(),
            items: Arc::new(["R1".to_owned()].into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rates_are_percent_and_finer_ones_are_none_of_ours() {
        let rate = |said: Value| {
            let record = json!({ "Name": "VAT", "TaxType": "OUTPUT2", "Status": "ACTIVE", "EffectiveRate": said });
            tax_rate(&record).and_then(|rate| rate.rate_e4)
        };
        assert_eq!(rate(json!(20.0)), Some(200_000));
        assert_eq!(rate(json!(17.5)), Some(175_000));
        assert_eq!(rate(json!(0)), Some(0));
        assert_eq!(rate(json!(8.8333)), Some(88_333));
        assert_eq!(rate(json!(8.833_333)), None);
        assert_eq!(rate(Value::Null), None);
    }

    #[test]
    fn options_of_an_archived_category_are_archived() {
        let option = |status: &str| json!({ "TrackingOptionID": "o", "Name": "France", "Status": status });
        let archived = |category: &str, option_status: &str| {
            let category = json!({ "Name": "Region", "Status": category, "Options": [option(option_status)] });
            tracking(&category)[0].is_archived
        };
        assert!(!archived("ACTIVE", "ACTIVE"));
        assert!(archived("ARCHIVED", "ACTIVE") && archived("ACTIVE", "ARCHIVED"));
    }

    #[test]
    fn an_account_that_xero_books_itself_takes_no_lines() {
        let account = |record: Value| Account::of(&record).unwrap();
        let sales = account(json!({ "AccountID": "1", "Code": "200", "Name": "Sales", "Type": "REVENUE", "Status": "ACTIVE" }));
        assert!(sales.takes_lines() && !sales.is_archived);
        let debtors = json!({ "AccountID": "2", "Code": "610", "Name": "Receivable", "SystemAccount": "DEBTORS" });
        assert!(!account(debtors).takes_lines());
        let bank = account(json!({ "AccountID": "3", "Name": "Bank", "Type": "BANK", "Status": "ARCHIVED" }));
        assert!(!bank.takes_lines() && bank.is_archived);
        assert_eq!(bank.shown(), "Bank");
    }
}
