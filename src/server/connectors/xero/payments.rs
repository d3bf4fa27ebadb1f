//! Money against documents: what customers pay, what suppliers are paid, and refunds of credit notes, prepayments and
//! overpayments, which are below nought here and above it there. How money came to be a prepayment or an overpayment is no
//! payment: it is what went through the bank, and stands in the prepayment itself.

use super::{
    chart::Account,
    connector::XeroConnector,
    documents::{CREDIT_NOTES, INVOICES, OVERPAYMENTS, PREPAYMENTS, Shape},
    lines::amount,
    paging::{InTurn, Paged, sweep_in_turn},
    value,
};
use crate::{
    domain::money::minor_digits,
    server::connectors::{ConnectorError, Content, External, Page, PaymentContent},
};
use serde_json::{Value, json};

pub const RESOURCE: &str = "Payments";
pub const ID: &str = "PaymentID";

pub fn paged() -> Paged {
    Paged { resource: RESOURCE, id: ID, query: Vec::new() }
}

/// The document a payment is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid<'r> {
    pub shape: Shape,
    pub id: &'r str,
    pub number: &'r str,
    currency: &'r str,
}

impl XeroConnector {
    pub(super) async fn changed_payments(&self, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        let swept = sweep_in_turn(&self.client, &[paged()], InTurn::read(cursor)?).await?;
        let items = swept.records.iter().filter_map(external).collect();
        Ok(Page { items, cursor: swept.cursor.text(), more: swept.more })
    }
}

/// `None` for what is no money against a document of ours.
pub fn external(record: &Value) -> Option<External> {
    let external_id = value::text(record, ID);
    let paid = paid(record)?;
    (!external_id.is_empty()).then(|| External {
        external_id: external_id.to_owned(),
        content: Content::Payment(PaymentContent {
            document_id: paid.id.to_owned(),
            paid_on: value::day(record, "Date"),
            amount: gross(record, &paid),
            reference: value::text(record, "Reference").to_owned(),
            credit: None,
            removed: is_deleted(record),
        }),
        outstanding: 0,
        applied: None,
    })
}

/// Whether it was taken back.
pub fn is_deleted(record: &Value) -> bool {
    value::text(record, "Status") == "DELETED"
}

/// A refund names the credit note as if it were an invoice, or as what it is.
pub fn paid(record: &Value) -> Option<Paid<'_>> {
    let shape = match value::text(record, "PaymentType") {
        "ACCRECPAYMENT" | "ACCPAYPAYMENT" => INVOICES,
        "ARCREDITPAYMENT" | "APCREDITPAYMENT" => CREDIT_NOTES,
        "ARPREPAYMENTPAYMENT" | "APPREPAYMENTPAYMENT" => PREPAYMENTS,
        "AROVERPAYMENTPAYMENT" | "APOVERPAYMENTPAYMENT" => OVERPAYMENTS,
        _ => return None,
    };
    let fields = [
        ["Invoice.InvoiceID", "Invoice.InvoiceNumber", "Invoice.CurrencyCode"],
        ["CreditNote.CreditNoteID", "CreditNote.CreditNoteNumber", "CreditNote.CurrencyCode"],
        ["Prepayment.PrepaymentID", "Prepayment.Reference", "Prepayment.CurrencyCode"],
        ["Overpayment.OverpaymentID", "Overpayment.Reference", "Overpayment.CurrencyCode"],
    ];
    let [id, number, currency] = fields.into_iter().find(|[id, ..]| !value::text(record, id).is_empty())?;
    let text = |field| value::text(record, field);
    Some(Paid { shape, id: text(id), number: text(number), currency: text(currency) })
}

/// In minor units of the document's currency; below nought for credit.
pub fn gross(record: &Value, paid: &Paid<'_>) -> i64 {
    let amount = value::rounded(record, "Amount", minor_digits(paid.currency));
    if paid.shape == INVOICES { amount } else { -amount }
}

/// The resource of the document a payment of ours is for: what is below nought was paid back.
pub fn shape(payment: &PaymentContent) -> Shape {
    if payment.amount < 0 { CREDIT_NOTES } else { INVOICES }
}

/// A payment as it is sent. `digits`: decimal places of the document's currency.
pub fn write(payment: &PaymentContent, account: &Account, digits: u32) -> Result<Value, ConnectorError> {
    let account = match account.code.as_str() {
        "" => json!({ "AccountID": account.id }),
        code => json!({ "Code": code }),
    };
    let mut sent = json!({
        "Account": account,
        "Date": payment.paid_on,
        "Amount": amount(payment.amount.abs(), digits)?,
        "Reference": payment.reference,
    });
    let (field, id) = if shape(payment) == CREDIT_NOTES { ("CreditNote", "CreditNoteID") } else { ("Invoice", "InvoiceID") };
    sent[field] = json!({ id: payment.document_id });
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(record: &Value) -> Option<PaymentContent> {
        match external(record)?.content {
            Content::Payment(payment) => Some(payment),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refund_is_below_nought_and_what_was_taken_back_says_so() {
        let mut record = json!({ "PaymentID": "p", "PaymentType": "ACCPAYPAYMENT", "Status": "AUTHORISED", "Amount": 10.5,
            "Date": "/Date(1552521600000+0000)/", "Reference": "BACS", "Invoice": { "InvoiceID": "i", "CurrencyCode": "GBP" } });
        let paid = |amount, document_id: &str| {
            Some(PaymentContent {
                document_id: document_id.into(),
                paid_on: "2019-03-14".into(),
                amount,
                reference: "BACS".into(),
                ..PaymentContent::default()
            })
        };
        assert_eq!(content(&record), paid(1050, "i"));
        record["PaymentType"] = "ARCREDITPAYMENT".into();
        assert_eq!(content(&record), paid(-1050, "i"));
        record["Invoice"] = Value::Null;
        record["CreditNote"] = json!({ "CreditNoteID": "n", "CurrencyCode": "JPY" });
        assert_eq!(content(&record), paid(-11, "n"));
        record["Status"] = "DELETED".into();
        assert_eq!(content(&record), paid(-11, "n").map(|payment| PaymentContent { removed: true, ..payment }));
        record["Status"] = "AUTHORISED".into();
        record["CreditNote"] = Value::Null;
        for (kind, document) in [("APPREPAYMENTPAYMENT", "Prepayment"), ("AROVERPAYMENTPAYMENT", "Overpayment")] {
            record["PaymentType"] = kind.into();
            let field = format!("{document}ID");
            record[document] = json!({ field: document, "CurrencyCode": "GBP" });
            assert_eq!(content(&record), paid(-1050, document), "{kind}");
            record[document] = Value::Null;
        }
        record["Invoice"] = json!({ "InvoiceID": "i" });
        record["PaymentType"] = "EXPENSEPAYMENT".into();
        assert_eq!(content(&record), None);
    }
}
