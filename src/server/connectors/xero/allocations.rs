//! Credit that is applied to invoices and bills. Xero has no list of it: it stands in the credit note, prepayment or
//! overpayment that it is taken from, all of it.

use super::{
    documents::{VOIDED, digits, shape},
    lines::amount,
    value,
};
use crate::{
    domain::document::DocumentKind,
    server::connectors::{ConnectorError, Content, Credit, External, PaymentContent},
};
use serde_json::{Value, json};

/// What the list is called, in a credit and in a request.
pub const RESOURCE: &str = "Allocations";
pub const ID: &str = "AllocationID";

/// All that is applied of a credit; `None` where that cannot be told, for something of it has no id.
pub fn of(record: &Value, kind: DocumentKind) -> Option<Vec<External>> {
    if VOIDED.contains(&value::text(record, "Status")) {
        return Some(Vec::new());
    }
    let credit_id = value::text(record, shape(kind).id);
    let applied = value::list(record, RESOURCE).iter().filter(|one| !value::truth(one, "IsDeleted"));
    applied.map(|one| external(one, Credit { id: credit_id.to_owned(), kind }, digits(record))).collect()
}

fn external(allocation: &Value, credit: Credit, digits: u32) -> Option<External> {
    let external_id = value::text(allocation, ID).to_owned();
    let content = PaymentContent {
        document_id: value::text(allocation, "Invoice.InvoiceID").to_owned(),
        paid_on: value::day(allocation, "Date"),
        amount: value::rounded(allocation, "Amount", digits),
        credit: Some(credit),
        ..PaymentContent::default()
    };
    (!external_id.is_empty()).then_some(External {
        external_id,
        content: Content::Payment(content),
        outstanding: 0,
        applied: None,
    })
}

/// Where those of a credit are.
pub fn path(credit: &Credit) -> String {
    format!("{}/{}/{RESOURCE}", shape(credit.kind).resource, credit.id)
}

/// One as it is sent. `digits`: decimal places of the currency.
pub fn write(payment: &PaymentContent, digits: u32) -> Result<Value, ConnectorError> {
    Ok(json!({
        "Invoice": { "InvoiceID": payment.document_id },
        "Amount": amount(payment.amount, digits)?,
        "Date": payment.paid_on,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_credit_is_told_or_nothing() {
        let allocation = |id: &str, invoice: &str, amount: f64| json!({ "AllocationID": id, "Invoice": { "InvoiceID": invoice }, "Amount": amount, "Date": "/Date(0+0000)/" });
        let mut gone = allocation("a-2", "i-2", 5.0);
        gone["IsDeleted"] = true.into();
        let mut note = json!({ "CreditNoteID": "n", "CurrencyCode": "GBP", "Status": "AUTHORISED",
            "Allocations": [allocation("a-1", "i-1", 10.5), gone] });
        let applied = of(&note, DocumentKind::SalesCreditNote).unwrap();
        let [External { external_id, content: Content::Payment(content), .. }] = applied.as_slice() else {
            panic!("{applied:?}")
        };
        assert_eq!((external_id.as_str(), content.document_id.as_str(), content.amount), ("a-1", "i-1", 1_050));
        assert_eq!((content.paid_on.as_str(), &content.credit.as_ref().unwrap().id), ("1970-01-01", &"n".to_owned()));
        let as_sent = write(content, 2).unwrap();
        assert_eq!(as_sent, json!({ "Invoice": { "InvoiceID": "i-1" }, "Amount": 10.5, "Date": "1970-01-01" }));
        assert_eq!(path(content.credit.as_ref().unwrap()), "CreditNotes/n/Allocations");
        note["Allocations"][0]["AllocationID"] = Value::Null;
        assert_eq!(of(&note, DocumentKind::SalesCreditNote), None);
        note["Status"] = "VOIDED".into();
        assert_eq!(of(&note, DocumentKind::SalesCreditNote), Some(vec![]), "of what is void nothing is applied");
    }
}
