//! What a new ledger starts with: a chart of accounts as a UK company usually has it, the tax rates of UK VAT and
//! one tracking category.

use crate::server::db::{Tx, insert, new_id};

/// Code, name, class, and whether the ledger keeps it by itself.
type Account = (&'static str, &'static str, &'static str, bool);

const ACCOUNTS: [Account; 58] = [
    ("090", "Business Bank Account", "bank", false),
    ("091", "Business Savings Account", "bank", false),
    ("200", "Sales", "revenue", false),
    ("210", "Rental Income", "revenue", false),
    ("215", "Service Charge Income", "revenue", false),
    ("260", "Other Revenue", "revenue", false),
    ("270", "Interest Income", "revenue", false),
    ("310", "Cost of Goods Sold", "expense", false),
    ("320", "Direct Wages", "expense", false),
    ("325", "Direct Expenses", "expense", false),
    ("400", "Advertising & Marketing", "expense", false),
    ("401", "Audit & Accountancy Fees", "expense", false),
    ("404", "Bank Fees", "expense", false),
    ("408", "Cleaning", "expense", false),
    ("412", "Consulting", "expense", false),
    ("416", "Depreciation Expense", "expense", false),
    ("420", "Entertainment", "expense", false),
    ("425", "Postage, Freight & Courier", "expense", false),
    ("429", "General Expenses", "expense", false),
    ("433", "Insurance", "expense", false),
    ("437", "Interest Paid", "expense", false),
    ("441", "Legal Expenses", "expense", false),
    ("445", "Light, Power, Heating", "expense", false),
    ("449", "Motor Vehicle Expenses", "expense", false),
    ("457", "Operating Lease Payments", "expense", false),
    ("461", "Printing & Stationery", "expense", false),
    ("463", "IT Software and Consumables", "expense", false),
    ("465", "Rates", "expense", false),
    ("469", "Rent", "expense", false),
    ("473", "Repairs & Maintenance", "expense", false),
    ("477", "Salaries", "expense", false),
    ("480", "Staff Training", "expense", false),
    ("485", "Subscriptions", "expense", false),
    ("489", "Telephone & Internet", "expense", false),
    ("493", "Travel", "expense", false),
    ("500", "Corporation Tax", "expense", false),
    ("610", "Debtors", "asset", true),
    ("620", "Prepayments", "asset", false),
    ("630", "Inventory", "asset", false),
    ("710", "Office Equipment", "asset", false),
    ("711", "Less Accumulated Depreciation on Office Equipment", "asset", false),
    ("750", "Freehold Property", "asset", false),
    ("760", "Leasehold Property", "asset", false),
    ("800", "Creditors", "liability", true),
    ("805", "Accruals", "liability", false),
    ("810", "Income in Advance", "liability", false),
    ("812", "Tenant Deposits", "liability", false),
    ("814", "Wages Payable", "liability", false),
    ("820", "VAT", "liability", true),
    ("825", "PAYE & NIC Payable", "liability", false),
    ("830", "Provision for Corporation Tax", "liability", false),
    ("835", "Directors' Loan Account", "liability", false),
    ("840", "Historical Adjustment", "liability", true),
    ("860", "Rounding", "expense", true),
    ("900", "Loan", "liability", false),
    ("950", "Share Capital", "equity", false),
    ("960", "Retained Earnings", "equity", true),
    ("970", "Owner Drawings", "equity", false),
];

const INCOME: &str = "revenue,asset,liability,equity";
const EXPENSES: &str = "expense,asset,liability,equity";
const ANY: &str = "revenue,expense,asset,liability,equity";

/// Name, percent in ten-thousandths, and the account classes it may be used on.
const TAX_RATES: [(&str, i64, &str); 9] = [
    ("20% (VAT on Income)", 200_000, INCOME),
    ("20% (VAT on Expenses)", 200_000, EXPENSES),
    ("5% (VAT on Income)", 50_000, INCOME),
    ("5% (VAT on Expenses)", 50_000, EXPENSES),
    ("Zero Rated Income", 0, INCOME),
    ("Zero Rated Expenses", 0, EXPENSES),
    ("Exempt Income", 0, INCOME),
    ("Exempt Expenses", 0, EXPENSES),
    ("No VAT", 0, ANY),
];

const REGIONS: [&str; 19] = [
    "Australia",
    "Austria",
    "Bahrain",
    "Belgium",
    "Channel Islands",
    "Cyprus",
    "Denmark",
    "EIRE",
    "France",
    "Germany",
    "Israel",
    "Italy",
    "Japan",
    "Lithuania",
    "Netherlands",
    "Portugal",
    "Spain",
    "Switzerland",
    "United Kingdom",
];

pub async fn chart_of_accounts(tx: &mut Tx, ledger_id: &str) -> sqlx::Result<()> {
    let accounts = ACCOUNTS.map(|(code, name, class, system)| {
        [new_id().into(), ledger_id.into(), code.into(), name.into(), class.into(), system.into()]
    });
    insert::rows(tx, "practice_accounts (id, ledger_id, code, name, class, system)", accounts.into()).await?;
    let rates = TAX_RATES
        .map(|(name, rate_e4, applies_to)| [new_id().into(), ledger_id.into(), name.into(), rate_e4.into(), applies_to.into()]);
    insert::rows(tx, "practice_tax_rates (id, ledger_id, name, rate_e4, applies_to)", rates.into()).await?;
    let regions = REGIONS.map(|option| [new_id().into(), ledger_id.into(), "Region".into(), option.into()]);
    insert::rows(tx, "practice_tracking (id, ledger_id, category, option)", regions.into()).await
}
