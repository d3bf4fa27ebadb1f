//! What an organisation starts with: a short chart of accounts as a UK company has it, the rates of UK VAT, one tracking
//! category, no lock date. Tests change the fields they are about before they make the organisation.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setup {
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// Further currencies its documents may have.
    pub other_currencies: Vec<String>,
    /// `YYYY-MM-DD`: nothing dated on or before it can be changed.
    pub period_lock_date: Option<String>,
    /// The same, of the year that was closed.
    pub end_of_year_lock_date: Option<String>,
    pub accounts: Vec<Account>,
    pub tax_rates: Vec<TaxRate>,
    pub tracking: Vec<TrackingCategory>,
    /// Codes of products and services.
    pub items: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Given by the server.
    #[serde(default)]
    pub id: String,
    pub code: String,
    pub name: String,
    /// `BANK`, `REVENUE`, `EXPENSE`, `CURRENT`, `CURRLIAB` or `EQUITY`.
    pub kind: String,
    pub tax_type: String,
    /// What it is for Xero itself, such as `DEBTORS`: no line can be booked on it.
    pub system: Option<String>,
    pub is_archived: bool,
    /// Whether payments can go to it though it is no bank account.
    pub takes_payments: bool,
    /// Milliseconds; given by the server.
    #[serde(default)]
    pub updated: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaxRate {
    pub name: String,
    pub tax_type: String,
    /// Percent in ten-thousandths.
    pub rate_e4: i64,
    /// For which classes of accounts it can be used.
    pub on_revenue: bool,
    pub on_expenses: bool,
    pub is_deleted: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrackingCategory {
    /// Given by the server.
    #[serde(default)]
    pub id: String,
    pub name: String,
    pub is_archived: bool,
    pub options: Vec<TrackingOption>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TrackingOption {
    /// Given by the server.
    #[serde(default)]
    pub id: String,
    pub name: String,
    pub is_archived: bool,
}

/// Code, name, type, tax type, and what it is for Xero itself.
const ACCOUNTS: [(&str, &str, &str, &str, &str); 16] = [
    ("090", "Business Bank Account", "BANK", "NONE", ""),
    ("200", "Sales", "REVENUE", "OUTPUT2", ""),
    ("210", "Rental Income", "REVENUE", "OUTPUT2", ""),
    ("215", "Service Charge Income", "REVENUE", "OUTPUT2", ""),
    ("260", "Other Revenue", "REVENUE", "OUTPUT2", ""),
    ("400", "Advertising & Marketing", "EXPENSE", "INPUT2", ""),
    ("404", "Bank Fees", "EXPENSE", "NONE", ""),
    ("429", "General Expenses", "EXPENSE", "INPUT2", ""),
    ("469", "Rent", "EXPENSE", "INPUT2", ""),
    ("473", "Repairs & Maintenance", "EXPENSE", "INPUT2", ""),
    ("610", "Accounts Receivable", "CURRENT", "NONE", "DEBTORS"),
    ("800", "Accounts Payable", "CURRLIAB", "NONE", "CREDITORS"),
    ("812", "Tenant Deposits", "CURRLIAB", "NONE", ""),
    ("820", "VAT", "CURRLIAB", "NONE", "GST"),
    ("840", "Historical Adjustment", "CURRLIAB", "NONE", "HISTORICAL"),
    ("960", "Retained Earnings", "EQUITY", "NONE", "RETAINEDEARNINGS"),
];

/// Name, tax type, percent, whether on revenue, whether on expenses.
const TAX_RATES: [(&str, &str, i64, bool, bool); 9] = [
    ("20% (VAT on Income)", "OUTPUT2", 20, true, false),
    ("20% (VAT on Expenses)", "INPUT2", 20, false, true),
    ("5% (VAT on Income)", "RROUTPUT", 5, true, false),
    ("5% (VAT on Expenses)", "RRINPUT", 5, false, true),
    ("Zero Rated Income", "ZERORATEDOUTPUT", 0, true, false),
    ("Zero Rated Expenses", "ZERORATEDINPUT", 0, false, true),
    ("Exempt Income", "EXEMPTOUTPUT", 0, true, false),
    ("Exempt Expenses", "EXEMPTINPUT", 0, false, true),
    ("No VAT", "NONE", 0, true, true),
];

const REGIONS: [&str; 6] = ["EIRE", "France", "Germany", "Japan", "Netherlands", "United Kingdom"];

impl Setup {
    /// An organisation with that name that keeps its books in pounds.
    pub fn named(name: &str) -> Setup {
        let accounts = ACCOUNTS.map(|(code, name, kind, tax_type, system)| Account::new(code, name, kind, tax_type, system));
        let options = REGIONS.map(|name| TrackingOption { id: String::new(), name: name.into(), is_archived: false });
        let region = TrackingCategory { id: String::new(), name: "Region".into(), is_archived: false, options: options.into() };
        Setup {
            name: name.into(),
            currency: "GBP".into(),
            other_currencies: Vec::new(),
            period_lock_date: None,
            end_of_year_lock_date: None,
            accounts: accounts.into(),
            tax_rates: TAX_RATES.map(TaxRate::of).into(),
            tracking: vec![region],
            items: Vec::new(),
        }
    }

    /// The account with that code.
    pub fn account_mut(&mut self, code: &str) -> &mut Account {
        self.accounts.iter_mut().find(|account| account.code == code).unwrap_or_else(|| panic!("there is no account {code}"))
    }
}

impl Account {
    /// One that is open; `system` is empty for one that a person keeps.
    pub fn new(code: &str, name: &str, kind: &str, tax_type: &str, system: &str) -> Account {
        Account {
            id: String::new(),
            code: code.into(),
            name: name.into(),
            kind: kind.into(),
            tax_type: tax_type.into(),
            system: Some(system.to_owned()).filter(|system| !system.is_empty()),
            is_archived: false,
            takes_payments: false,
            updated: 0,
        }
    }

    /// `REVENUE`, `EXPENSE`, `ASSET`, `LIABILITY` or `EQUITY`.
    pub fn class(&self) -> &'static str {
        match self.kind.as_str() {
            "REVENUE" | "SALES" | "OTHERINCOME" => "REVENUE",
            "EXPENSE" | "DIRECTCOSTS" | "OVERHEADS" | "DEPRECIATN" => "EXPENSE",
            "CURRLIAB" | "LIABILITY" | "TERMLIAB" => "LIABILITY",
            "EQUITY" => "EQUITY",
            _ => "ASSET",
        }
    }
}

impl TaxRate {
    fn of((name, tax_type, percent, on_revenue, on_expenses): (&str, &str, i64, bool, bool)) -> TaxRate {
        let (name, tax_type) = (name.to_owned(), tax_type.to_owned());
        TaxRate { name, tax_type, rate_e4: percent * 10_000, on_revenue, on_expenses, is_deleted: false }
    }

    pub fn can_apply_to(&self, class: &str) -> bool {
        match class {
            "REVENUE" => self.on_revenue,
            "EXPENSE" => self.on_expenses,
            _ => true,
        }
    }
}
