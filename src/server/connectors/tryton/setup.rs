//! What a company's books are set up with, read once for as long as a connector lives: a run.

use super::{
    client::Query,
    connector::TrytonConnector,
    lines::{Tax, refused},
    reference::percent_e4,
    value,
};
use crate::server::connectors::ConnectorError;
use serde_json::{Value, json};
use std::collections::HashMap;

/// What sending needs to know beside the record itself.
#[derive(Debug)]
pub struct Setup {
    /// By code, as `GBP`.
    pub currencies: HashMap<String, i64>,
    /// By name.
    pub countries: HashMap<String, i64>,
    pub taxes: HashMap<i64, Tax>,
    /// The root of each analytic account that is open.
    pub roots: HashMap<i64, i64>,
    revenue_journal: Option<i64>,
    expense_journal: Option<i64>,
    /// Where a party has none of its own.
    receivable: Option<i64>,
    payable: Option<i64>,
}

impl Setup {
    /// The journal of customers' documents, or of suppliers'.
    pub fn journal(&self, is_sale: bool) -> Result<i64, ConnectorError> {
        let (journal, kind) = if is_sale { (self.revenue_journal, "Revenue") } else { (self.expense_journal, "Expense") };
        journal.ok_or_else(|| refused("no-journal", format!("There is no journal of type {kind} in Tryton")))
    }

    /// The account documents of parties without one of their own go to.
    pub fn party_account(&self, is_sale: bool) -> Result<i64, ConnectorError> {
        let (account, kind) = if is_sale { (self.receivable, "receivable") } else { (self.payable, "payable") };
        let missing = || refused("no-party-account", format!("Tryton's accounting configuration has no default account {kind}"));
        account.ok_or_else(missing)
    }
}

impl TrytonConnector {
    pub(super) async fn setup(&self) -> Result<&Setup, ConnectorError> {
        self.setup.get_or_try_init(|| self.read_setup()).await
    }

    /// Whether lines of documents can name analytic accounts: that is a module of its own.
    pub(super) async fn is_analytic(&self) -> Result<bool, ConnectorError> {
        let asked = self.analytic.get_or_try_init(|| async {
            let fields = json!({ "fields_names": ["analytic_accounts"] });
            let known = self.client.ask("account.invoice.line", "fields_get", fields).await?;
            Ok(known.get("analytic_accounts").is_some())
        });
        asked.await.copied()
    }

    async fn read_setup(&self) -> Result<Setup, ConnectorError> {
        let currencies = self.all("currency.currency", Query::of(&["code"])).await?;
        let countries = self.all("country.country", Query::of(&["name"])).await?;
        let fields = ["name", "description", "type", "rate", "childs", "invoice_account", "credit_note_account"];
        let taxes = self.all("account.tax", Query::of(&fields).domain(json!([["company", "=", self.company]]))).await?;
        let journals = Query::of(&["type", "active"]).domain(json!([["type", "in", ["revenue", "expense"]]]));
        let journals = self.all("account.journal", journals).await?;
        let journal = |kind: &str| {
            let mut fits = journals.iter().filter(|one| value::text(one, "type") == kind && value::truth(one, "active"));
            fits.find_map(|journal| value::id(journal, "id"))
        };
        let defaults = Query::of(&["default_account_receivable", "default_account_payable"]).domain(json!([["id", "=", 1]]));
        let defaults = self.client.search("account.configuration", &defaults).await?;
        let default = |field: &str| defaults.first().and_then(|defaults| value::id(defaults, field));
        Ok(Setup {
            currencies: by_text(&currencies, "code"),
            countries: by_text(&countries, "name"),
            taxes: taxes.iter().filter_map(|tax| Some((value::id(tax, "id")?, read_tax(tax)))).collect(),
            roots: self.analytic_roots().await?,
            revenue_journal: journal("revenue"),
            expense_journal: journal("expense"),
            receivable: default("default_account_receivable"),
            payable: default("default_account_payable"),
        })
    }

    async fn analytic_roots(&self) -> Result<HashMap<i64, i64>, ConnectorError> {
        if !self.is_analytic().await? {
            return Ok(HashMap::new());
        }
        let open = json!([["company", "=", self.company], ["type", "in", ["normal", "distribution"]], ["state", "!=", "closed"]]);
        let accounts = self.all("analytic_account.account", Query::of(&["root"]).domain(open)).await?;
        Ok(accounts.iter().filter_map(|account| Some((value::id(account, "id")?, value::id(account, "root")?))).collect())
    }
}

fn by_text(records: &[Value], field: &str) -> HashMap<String, i64> {
    let named = records.iter().filter_map(|record| Some((value::text(record, field).to_owned(), value::id(record, "id")?)));
    named.filter(|(text, _)| !text.is_empty()).collect()
}

fn read_tax(record: &Value) -> Tax {
    let is_one = value::list(record, "childs").is_empty();
    Tax {
        name: value::text(record, "name").to_owned(),
        description: value::text(record, "description").to_owned(),
        rate_e4: match value::text(record, "type") {
            "percentage" if is_one => percent_e4(record, "rate"),
            "none" if is_one => Some(0),
            _ => None,
        },
        invoice_account: value::id(record, "invoice_account"),
        credit_note_account: value::id(record, "credit_note_account"),
    }
}
