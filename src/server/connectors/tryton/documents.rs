//! Customers' and suppliers' documents as Tryton holds them. It numbers customers' documents itself when they are
//! posted, so our number stands in the reference, and the description says that it is ours; a supplier's number belongs
//! in the reference anyway. A document made there goes by Tryton's number, a supplier's by its reference.

use super::{
    connector::TrytonConnector,
    lines, payments,
    sweep::{Sweep, Swept},
    value,
};
use crate::{
    domain::{
        document::{DocumentKind, Totals},
        money::minor_digits,
    },
    server::connectors::{ConnectorError, Content, DocumentContent, External, Page},
};
use serde_json::{Value, json};

pub const MODEL: &str = "account.invoice";

const PAGE: usize = 50;

const HEADER_FIELDS: &[&str] = &[
    "type",
    "state",
    "number",
    "reference",
    "description",
    "party",
    "invoice_date",
    "payment_term_date",
    "payment_term",
    "currency.code",
    "untaxed_amount",
    "tax_amount",
    "total_amount",
];

/// Which documents a dataset or an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Invoices,
    Bills,
    CreditNotes,
    All,
}

impl Which {
    pub fn of(kind: DocumentKind) -> Which {
        match kind {
            DocumentKind::SalesInvoice => Which::Invoices,
            DocumentKind::Bill => Which::Bills,
            _ => Which::CreditNotes,
        }
    }

    /// What Tryton calls those: a credit note is a document below nought.
    fn domain(self) -> Vec<Value> {
        let nought = value::write_decimal("0");
        let from_nought = json!(["total_amount_cache", ">=", nought]);
        match self {
            Which::Invoices => vec![json!(["type", "=", "out"]), from_nought],
            Which::Bills => vec![json!(["type", "=", "in"]), from_nought],
            Which::CreditNotes => vec![json!(["total_amount_cache", "<", nought])],
            Which::All => Vec::new(),
        }
    }
}

/// Those that are in the books.
pub const POSTED: &[&str] = &["posted", "paid"];
/// And those that were.
pub const POSTED_OR_CANCELLED: &[&str] = &["posted", "paid", "cancelled"];

impl TrytonConnector {
    /// The domain of this company's documents in these states.
    pub(super) fn documents(&self, which: Which, states: &[&str]) -> Vec<Value> {
        let mut domain = vec![json!(["company", "=", self.company]), json!(["state", "in", states])];
        domain.extend(which.domain());
        domain
    }

    /// The fields a whole document is read from.
    pub(super) async fn document_fields(&self) -> Result<Vec<&'static str>, ConnectorError> {
        let analytic = if self.is_analytic().await? { lines::ANALYTIC_FIELDS } else { &[] };
        Ok([HEADER_FIELDS, lines::FIELDS, analytic, payments::FIELDS].concat())
    }

    pub(super) async fn changed_documents(&self, which: Which, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        let sweep = Sweep {
            model: MODEL,
            fields: self.document_fields().await?,
            domain: self.documents(which, POSTED_OR_CANCELLED).into(),
            parts: &[("account.invoice.line", "lines")],
            page: PAGE,
        };
        let Swept { records, cursor, more } = self.sweep(sweep, cursor).await?;
        Ok(Page { items: records.iter().filter_map(external).collect(), cursor, more })
    }
}

/// `None` where the record lacks what every document has: then its user may not read it.
pub(super) fn external(record: &Value) -> Option<External> {
    let external_id = value::id(record, "id")?.to_string();
    let content = content(record)?;
    let outstanding = if content.voided { 0 } else { payments::outstanding(record, content.totals().gross) };
    Some(External { external_id, content: Content::Document(content), outstanding, applied: None })
}

pub fn content(record: &Value) -> Option<DocumentContent> {
    let kind = kind(record)?;
    let currency = value::text(record, "currency.code").to_owned();
    let digits = minor_digits(&currency);
    let (number, reference) = names(record, kind);
    Some(DocumentContent {
        kind,
        number,
        contact_id: value::id(record, "party")?.to_string(),
        reference,
        issue_date: value::day(record, "invoice_date"),
        due_date: due_date(record),
        voided: value::text(record, "state") == "cancelled",
        lines: lines::read(record, digits, value::rounded(record, "tax_amount", digits)),
        currency,
    })
}

/// `None` where it is neither a customer's nor a supplier's.
pub fn kind(record: &Value) -> Option<DocumentKind> {
    let total = value::decimal(record, "total_amount");
    // Python knows a nought with a sign.
    let is_credit = total.starts_with('-') && total.contains(|digit| matches!(digit, '1'..='9'));
    match (value::text(record, "type"), is_credit) {
        ("out", false) => Some(DocumentKind::SalesInvoice),
        ("out", true) => Some(DocumentKind::SalesCreditNote),
        ("in", false) => Some(DocumentKind::Bill),
        ("in", true) => Some(DocumentKind::BillCreditNote),
        _ => None,
    }
}

/// Net, tax and gross as Tryton has them, in minor units.
pub fn totals(record: &Value) -> Totals {
    let digits = minor_digits(value::text(record, "currency.code"));
    let amount = |field| value::rounded(record, field, digits);
    Totals { net: amount("untaxed_amount"), tax: amount("tax_amount"), gross: amount("total_amount") }
}

/// The day it is to be paid: the last one where it is to be paid in parts.
fn due_date(record: &Value) -> String {
    let own = value::day(record, "payment_term_date");
    if value::id(record, "payment_term").is_none() && !own.is_empty() {
        return own;
    }
    let parts = value::list(record, "lines_to_pay").iter().map(|line| value::day(line, "maturity_date"));
    parts.max().filter(|day| !day.is_empty()).unwrap_or_else(|| value::day(record, "invoice_date"))
}

/// What stands in the description of a document of ours.
pub fn description(kind: DocumentKind, number: &str, reference: &str) -> String {
    let own = format!("{} {number}", kind.label());
    if reference.is_empty() { own } else { format!("{own}{BEFORE_REFERENCE}{reference}") }
}

const BEFORE_REFERENCE: &str = " · ";

/// Number and reference.
pub fn names(record: &Value, kind: DocumentKind) -> (String, String) {
    let [number, reference, description] = ["number", "reference", "description"].map(|field| value::text(record, field));
    if !reference.is_empty() {
        let own = self::description(kind, reference, "");
        match description.strip_prefix(&own) {
            Some("") => return (reference.to_owned(), String::new()),
            Some(rest) if rest.starts_with(BEFORE_REFERENCE) => {
                return (reference.to_owned(), rest[BEFORE_REFERENCE.len()..].to_owned());
            }
            _ => {}
        }
    }
    match (kind.number_is_ours(), reference) {
        // What the customer calls it.
        (true, _) => (number.to_owned(), reference.to_owned()),
        (false, "") => (number.to_owned(), description.to_owned()),
        (false, _) => (reference.to_owned(), description.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_number_is_told_from_theirs() {
        let named = |kind, number: &str, reference: &str, description: &str| {
            let record = json!({ "number": number, "reference": reference, "description": description });
            names(&record, kind)
        };
        let both = |number: &str, reference: &str| (number.to_owned(), reference.to_owned());
        let sale = DocumentKind::SalesInvoice;
        assert_eq!(named(sale, "7", "536367", &description(sale, "536367", "")), both("536367", ""));
        assert_eq!(named(sale, "7", "536367", &description(sale, "536367", "PO · 1")), both("536367", "PO · 1"));
        // Made there: the customer's order is no number of a document, and neither is a longer one of ours.
        assert_eq!(named(sale, "7", "PO 1", ""), both("7", "PO 1"));
        assert_eq!(named(sale, "7", "53", "Invoice 536367"), both("7", "53"));
        let bill = DocumentKind::Bill;
        assert_eq!(named(bill, "9", "S-1", &description(bill, "S-1", "Roof")), both("S-1", "Roof"));
        assert_eq!(named(bill, "9", "S-1", "Repairs"), both("S-1", "Repairs"));
        assert_eq!(named(bill, "9", "", ""), both("9", ""));
    }

    #[test]
    fn kinds_follow_from_side_and_sign_and_due_dates_from_the_terms() {
        let record = |side: &str, total: &str| json!({ "type": side, "total_amount": value::write_decimal(total) });
        assert_eq!(kind(&record("out", "0.00")), Some(DocumentKind::SalesInvoice));
        assert_eq!(kind(&record("in", "-1.00")), Some(DocumentKind::BillCreditNote));
        assert_eq!(kind(&record("out", "-0.00")), Some(DocumentKind::SalesInvoice));
        assert_eq!(kind(&record("", "1.00")), None);

        let day = |text: &str| value::write_day(text);
        let mut terms = json!({ "invoice_date": day("2010-12-01"), "payment_term": 1, "payment_term_date": day("2010-12-05"),
            "lines_to_pay": [{ "maturity_date": day("2010-12-31") }, { "maturity_date": day("2011-01-31") }] });
        assert_eq!(due_date(&terms), "2011-01-31");
        terms["payment_term"] = Value::Null;
        assert_eq!(due_date(&terms), "2010-12-05");
        assert_eq!(due_date(&json!({ "invoice_date": day("2010-12-01") })), "2010-12-01");
    }
}
