//! Money against documents. In Tryton a payment is an entry on the document's account: one of a statement, of the
//! payment wizard, or whatever a person reconciled with the document, such as a credit note.

use super::{
    client::Query,
    connector::TrytonConnector,
    documents::{self, MODEL, POSTED, Which},
    sweep::{Sweep, Swept},
    value,
};
use crate::{
    domain::money::minor_digits,
    server::connectors::{ConnectorError, Content, External, Page, PaymentContent},
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// Documents a page of payments is read from.
const PAGE: usize = 100;

/// What a document's payments are read from.
pub const FIELDS: &[&str] = &[
    "lines_to_pay.maturity_date",
    "lines_to_pay.debit",
    "lines_to_pay.credit",
    "lines_to_pay.amount_second_currency",
    "lines_to_pay.second_currency.code",
    "lines_to_pay.reconciliation.date",
    "payment_lines.date",
    "payment_lines.debit",
    "payment_lines.credit",
    "payment_lines.amount_second_currency",
    "payment_lines.second_currency.code",
    "payment_lines.description",
    "payment_lines.origin",
    "payment_lines.reconciliation",
    "payment_lines.move.state",
];

/// Beside those, what every document's payments need to be told apart.
pub const OF_DOCUMENT: &[&str] = &["type", "state", "number", "reference", "description", "currency.code", "total_amount"];

const STATEMENT_LINE: &str = "account.statement.line,";

/// One payment of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    pub external_id: String,
    pub paid_on: String,
    /// In minor units; below nought for a credit note.
    pub amount: i64,
    description: String,
    /// The line of the statement it came with.
    statement_line: Option<i64>,
}

/// The payments of a document. What is only drafted there does not count.
pub fn of_document(record: &Value) -> Vec<Paid> {
    let Some(document) = value::id(record, "id") else { return Vec::new() };
    let mut paid = Vec::new();
    // What each reconciliation settles, and of it what payments account for.
    let mut settled: BTreeMap<i64, (i64, String)> = BTreeMap::new();
    for line in value::list(record, "lines_to_pay") {
        if let Some(reconciliation) = value::id(line, "reconciliation.id") {
            let entry = settled.entry(reconciliation).or_insert_with(|| (0, value::day(line, "reconciliation.date")));
            entry.0 += owed(record, line);
        }
    }
    for line in value::list(record, "payment_lines") {
        let amount = -owed(record, line);
        if let Some((open, _)) = value::id(line, "reconciliation").and_then(|id| settled.get_mut(&id)) {
            *open -= amount;
        }
        let Some(id) = value::id(line, "id").filter(|_| value::text(line, "move.state") == "posted") else { continue };
        paid.push(Paid {
            external_id: external_id(document, id),
            paid_on: value::day(line, "date"),
            amount,
            description: value::text(line, "description").to_owned(),
            statement_line: value::text(line, "origin").strip_prefix(STATEMENT_LINE).and_then(|id| id.parse().ok()),
        });
    }
    // The rest was settled against other entries: a credit note, or what a person wrote off.
    for (reconciliation, (open, date)) in settled {
        if open != 0 {
            let external_id = format!("{document}/r{reconciliation}");
            paid.push(Paid { external_id, paid_on: date, amount: open, description: String::new(), statement_line: None });
        }
    }
    paid
}

/// A payment's id: its document's and its entry's.
pub fn external_id(document: i64, entry: i64) -> String {
    format!("{document}/{entry}")
}

/// What an entry on the document's account makes it owe, in minor units of its currency.
fn owed(record: &Value, line: &Value) -> i64 {
    let currency = value::text(record, "currency.code");
    let digits = minor_digits(currency);
    let amount = if value::text(line, "second_currency.code") == currency {
        value::rounded(line, "amount_second_currency", digits)
    } else {
        value::rounded(line, "debit", digits) - value::rounded(line, "credit", digits)
    };
    if value::text(record, "type") == "in" { -amount } else { amount }
}

pub fn outstanding(record: &Value, gross: i64) -> i64 {
    gross - of_document(record).iter().map(|paid| paid.amount).sum::<i64>()
}

impl TrytonConnector {
    pub(super) async fn changed_payments(&self, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        let sweep = Sweep {
            model: MODEL,
            fields: [OF_DOCUMENT, FIELDS].concat(),
            domain: self.documents(Which::All, POSTED).into(),
            parts: &[("account.move", "payment_lines.move")],
            page: PAGE,
        };
        let Swept { records, cursor, more } = self.sweep(sweep, cursor).await?;
        Ok(Page { items: self.payments_of(&records).await?, cursor, more })
    }

    /// The payments of documents, each with what its statement calls it.
    pub(super) async fn payments_of(&self, documents: &[Value]) -> Result<Vec<External>, ConnectorError> {
        let mut found = Vec::new();
        for record in documents {
            if let (Some(id), Some(_)) = (value::id(record, "id"), documents::kind(record)) {
                found.extend(of_document(record).into_iter().map(|paid| (id.to_string(), paid)));
            }
        }
        let lines: Vec<i64> = found.iter().filter_map(|(_, paid)| paid.statement_line).collect();
        let references = self.statement_references(&lines).await?;
        let payments = found.into_iter().map(|(document_id, paid)| {
            let reference = paid.statement_line.and_then(|line| references.get(&line).cloned());
            let Paid { external_id, paid_on, amount, description, .. } = paid;
            let reference = reference.unwrap_or(description);
            let content =
                Content::Payment(PaymentContent { document_id, paid_on, amount, reference, ..PaymentContent::default() });
            External { external_id, content, outstanding: 0, applied: None }
        });
        Ok(payments.collect())
    }

    async fn statement_references(&self, lines: &[i64]) -> Result<HashMap<i64, String>, ConnectorError> {
        let mut references = HashMap::new();
        for some in lines.chunks(PAGE) {
            let query = Query::of(&["description", "number"]).domain(json!([["id", "in", some]]));
            for line in self.client.search("account.statement.line", &query).await? {
                let said = [value::text(&line, "description"), value::text(&line, "number")];
                let said = said.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
                references.extend(value::id(&line, "id").map(|id| (id, said.to_owned())));
            }
        }
        Ok(references)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: i64, debit: &str, credit: &str, reconciliation: Value) -> Value {
        json!({ "id": id, "debit": value::write_decimal(debit), "credit": value::write_decimal(credit),
            "date": value::write_day("2010-12-05"), "move": { "state": "posted" }, "reconciliation": reconciliation })
    }

    fn document(side: &str, to_pay: Value, payments: Value) -> Value {
        json!({ "id": 2, "type": side, "currency": { "code": "GBP" }, "lines_to_pay": to_pay, "payment_lines": payments })
    }

    fn amounts(record: &Value) -> Vec<(String, i64)> {
        of_document(record).into_iter().map(|paid| (paid.external_id, paid.amount)).collect()
    }

    #[test]
    fn payments_are_entries_against_the_document_and_drafts_are_not() {
        let mut draft = entry(21, "0", "5.00", Value::Null);
        draft["move"]["state"] = "draft".into();
        let record =
            document("out", json!([entry(6, "29.99", "0", Value::Null)]), json!([entry(19, "0", "10.00", Value::Null), draft]));
        assert_eq!(amounts(&record), [("2/19".to_owned(), 1000)]);
        assert_eq!(outstanding(&record, 2999), 1999);
        // A supplier's bill and the refund of a credit note.
        let bill = document("in", json!([entry(6, "0", "29.99", Value::Null)]), json!([entry(19, "10.00", "0", Value::Null)]));
        assert_eq!(amounts(&bill), [("2/19".to_owned(), 1000)]);
        let credit = document("out", json!([entry(6, "0", "29.99", Value::Null)]), json!([entry(19, "10.00", "0", Value::Null)]));
        assert_eq!(amounts(&credit), [("2/19".to_owned(), -1000)]);
    }

    #[test]
    fn what_was_reconciled_with_something_else_is_a_payment_of_its_own() {
        let settled = json!({ "id": 7, "date": value::write_day("2010-12-09") });
        let to_pay = json!([entry(6, "29.99", "0", settled)]);
        // Ten in money, the rest by a credit note.
        let record = document("out", to_pay.clone(), json!([entry(19, "0", "10.00", json!(7))]));
        assert_eq!(amounts(&record), [("2/19".to_owned(), 1000), ("2/r7".to_owned(), 1999)]);
        assert_eq!(outstanding(&record, 2999), 0);
        // All in money.
        assert_eq!(amounts(&document("out", to_pay, json!([entry(19, "0", "29.99", json!(7))]))), [("2/19".to_owned(), 2999)]);
    }

    #[test]
    fn another_currency_counts_in_the_documents() {
        let mut line = entry(19, "0", "8.00", Value::Null);
        line["second_currency"] = json!({ "code": "EUR" });
        line["amount_second_currency"] = value::write_decimal("-10.00");
        let mut record = document("out", json!([]), json!([line]));
        record["currency"] = json!({ "code": "EUR" });
        assert_eq!(amounts(&record), [("2/19".to_owned(), 1000)]);
    }
}
