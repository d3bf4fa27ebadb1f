//! Customers' and suppliers' documents as Xero holds them: invoices and bills are one resource of two types, credit notes
//! of either side are another, and so are prepayments and overpayments, which only come in.

use super::{
    allocations,
    chart::{Names, refused},
    connector::XeroConnector,
    lines::{self, sign},
    paging::{Cursor, InTurn, Paged, all, sweep, sweep_in_turn},
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
use std::collections::HashMap;

/// Xero keeps amounts with so many decimal places.
const PLACES: u32 = 2;

/// Which of the resources a document is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub resource: &'static str,
    pub id: &'static str,
    pub number: &'static str,
    /// What is still to be paid, or to be used.
    outstanding: &'static str,
}

pub const INVOICES: Shape = Shape { resource: "Invoices", id: "InvoiceID", number: "InvoiceNumber", outstanding: "AmountDue" };
pub const CREDIT_NOTES: Shape =
    Shape { resource: "CreditNotes", id: "CreditNoteID", number: "CreditNoteNumber", outstanding: "RemainingCredit" };

pub const PREPAYMENTS: Shape =
    Shape { resource: "Prepayments", id: "PrepaymentID", number: "InvoiceNumber", outstanding: "RemainingCredit" };
pub const OVERPAYMENTS: Shape =
    Shape { resource: "Overpayments", id: "OverpaymentID", number: "Reference", outstanding: "RemainingCredit" };

/// What can be applied to invoices and bills.
pub const CREDITS: [Shape; 3] = [CREDIT_NOTES, PREPAYMENTS, OVERPAYMENTS];

/// Those that are in the books.
pub const POSTED: &[&str] = &["AUTHORISED", "PAID"];
/// Those that were.
pub const VOIDED: &[&str] = &["VOIDED", "DELETED"];

/// What Xero calls a kind.
pub fn word(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::SalesInvoice => "ACCREC",
        DocumentKind::Bill => "ACCPAY",
        DocumentKind::SalesCreditNote => "ACCRECCREDIT",
        DocumentKind::BillCreditNote => "ACCPAYCREDIT",
        DocumentKind::SalesPrepayment => "RECEIVE-PREPAYMENT",
        DocumentKind::BillPrepayment => "SPEND-PREPAYMENT",
        DocumentKind::SalesOverpayment => "RECEIVE-OVERPAYMENT",
        DocumentKind::BillOverpayment => "SPEND-OVERPAYMENT",
    }
}

/// `None` for what is no document of ours, such as a quote.
pub fn kind(record: &Value) -> Option<DocumentKind> {
    match value::text(record, "Type") {
        // Those that were made with an invoice, and not by what went through the bank.
        "ARPREPAYMENT" => Some(DocumentKind::SalesPrepayment),
        "APPREPAYMENT" => Some(DocumentKind::BillPrepayment),
        "AROVERPAYMENT" => Some(DocumentKind::SalesOverpayment),
        "APOVERPAYMENT" => Some(DocumentKind::BillOverpayment),
        said => DocumentKind::ALL.iter().copied().find(|kind| word(*kind) == said),
    }
}

pub fn shape(kind: DocumentKind) -> Shape {
    match kind {
        DocumentKind::SalesInvoice | DocumentKind::Bill => INVOICES,
        DocumentKind::SalesCreditNote | DocumentKind::BillCreditNote => CREDIT_NOTES,
        DocumentKind::SalesPrepayment | DocumentKind::BillPrepayment => PREPAYMENTS,
        DocumentKind::SalesOverpayment | DocumentKind::BillOverpayment => OVERPAYMENTS,
    }
}

/// The documents of a dataset or an entity: of one kind of invoices, or all credit notes. Drafts, and what waits for an
/// approval, are left out where Xero can do so.
pub fn paged(shape: Shape, kind: Option<DocumentKind>, statuses: &[&[&str]]) -> Paged {
    let mut query = vec![("unitdp", "4".to_owned())];
    query.extend(kind.map(|kind| ("where", format!("Type==\"{}\"", word(kind)))));
    if shape == INVOICES {
        query.push(("Statuses", statuses.concat().join(",")));
    }
    Paged { resource: shape.resource, id: shape.id, query }
}

impl XeroConnector {
    pub(super) async fn changed_invoices(&self, kind: DocumentKind, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        self.changed_documents(paged(INVOICES, Some(kind), &[POSTED, VOIDED]), cursor).await
    }

    /// Credit notes, then prepayments, then overpayments, each with what is applied of it.
    pub(super) async fn changed_credits(&self, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        let all = CREDITS.map(|shape| paged(shape, None, &[POSTED, VOIDED]));
        let swept = sweep_in_turn(&self.client, &all, InTurn::read(cursor)?).await?;
        let names = self.chart.names(&self.client, &swept.records).await?;
        let items = swept.records.iter().filter_map(|record| external(record, &names)).collect();
        Ok(Page { items, cursor: swept.cursor.text(), more: swept.more })
    }

    /// Those of these ids that are there, as they are there.
    pub(super) async fn documents_now(&self, shape: Shape, ids: &[&str]) -> Result<HashMap<String, Value>, ConnectorError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = if shape == INVOICES {
            let query = vec![("unitdp", "4".to_owned()), ("IDs", ids.join(","))];
            all(&self.client, &Paged { resource: shape.resource, id: shape.id, query }).await?
        } else {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                // Only invoices can be asked for by several ids.
                let path = format!("{}/{id}", shape.resource);
                let query = if shape == CREDIT_NOTES { vec![("unitdp", "4".to_owned())] } else { Vec::new() };
                let body = self.client.read_one(&path, &query).await?;
                found.extend(body.iter().flat_map(|body| value::list(body, shape.resource)).cloned());
            }
            found
        };
        Ok(found.into_iter().map(|record| (value::text(&record, shape.id).to_owned(), record)).collect())
    }

    async fn changed_documents(&self, paged: Paged, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        let swept = sweep(&self.client, &paged, Cursor::read(cursor)?).await?;
        let names = self.chart.names(&self.client, &swept.records).await?;
        let items = swept.records.iter().filter_map(|record| external(record, &names)).collect();
        Ok(Page { items, cursor: swept.cursor.text(), more: swept.more })
    }
}

/// `None` for a draft, and for what is no document of ours.
pub fn external(record: &Value, names: &Names) -> Option<External> {
    let kind = kind(record)?;
    let status = value::text(record, "Status");
    let voided = VOIDED.contains(&status);
    if !voided && !POSTED.contains(&status) {
        return None;
    }
    let external_id = value::text(record, shape(kind).id).to_owned();
    let contact_id = value::text(record, "Contact.ContactID").to_owned();
    if external_id.is_empty() || contact_id.is_empty() {
        return None;
    }
    let currency = value::text(record, "CurrencyCode").to_owned();
    let digits = minor_digits(&currency);
    let issue_date = value::day(record, "Date");
    let due_date = value::day(record, "DueDate");
    let content = DocumentContent {
        kind,
        number: number(record, kind),
        contact_id,
        reference: value::text(record, "Reference").to_owned(),
        due_date: if due_date.is_empty() { issue_date.clone() } else { due_date },
        issue_date,
        voided,
        lines: lines::read(record, kind, digits, names),
        currency,
    };
    Some(External {
        external_id,
        outstanding: outstanding(record, kind),
        content: Content::Document(content),
        applied: if kind.is_credit() { allocations::of(record, kind) } else { None },
    })
}

/// A supplier's document need not have a number there; then it goes by its id, which is one of a kind. What came through the
/// bank goes by the reference it had there, which need not be.
pub fn number(record: &Value, kind: DocumentKind) -> String {
    let shape = shape(kind);
    let fields: &[&str] = if kind.comes_in_only() { &[shape.number, "Reference", shape.id] } else { &[shape.number, shape.id] };
    let known = fields.iter().map(|field| value::text(record, field)).find(|said| !said.is_empty());
    known.unwrap_or_default().to_owned()
}

/// What is still owed of it, in minor units.
pub fn outstanding(record: &Value, kind: DocumentKind) -> i64 {
    if VOIDED.contains(&value::text(record, "Status")) {
        return 0;
    }
    sign(kind) * value::rounded(record, shape(kind).outstanding, digits(record))
}

/// Net, tax and gross as Xero has them.
pub fn totals(record: &Value, kind: DocumentKind) -> Totals {
    let amount = |field| sign(kind) * value::rounded(record, field, digits(record));
    Totals { net: amount("SubTotal"), tax: amount("TotalTax"), gross: amount("Total") }
}

/// Decimal places of its currency's minor unit.
pub fn digits(record: &Value) -> u32 {
    minor_digits(value::text(record, "CurrencyCode"))
}

/// A document in the books, as it is sent.
pub fn write(document: &DocumentContent, external_id: Option<&str>, names: &Names) -> Result<Value, ConnectorError> {
    let shape = shape(document.kind);
    let digits = minor_digits(&document.currency);
    if digits > PLACES {
        let message = format!("Xero keeps amounts with two decimal places, and {} has {digits}", document.currency);
        return Err(refused("currency-places", message));
    }
    let due = if document.due_date.is_empty() { &document.issue_date } else { &document.due_date };
    let mut sent = json!({
        "Type": word(document.kind),
        "Status": "AUTHORISED",
        "Contact": { "ContactID": document.contact_id },
        "Date": document.issue_date,
        "DueDate": due,
        "CurrencyCode": document.currency,
        "LineAmountTypes": "Exclusive",
        "LineItems": lines::write(&document.lines, document.kind, digits, names)?,
    });
    // One that has none there is known by its id.
    if external_id != Some(document.number.as_str()) {
        sent[shape.number] = document.number.as_str().into();
    }
    if document.kind.number_is_ours() && (!document.reference.is_empty() || external_id.is_some()) {
        sent["Reference"] = document.reference.as_str().into();
    }
    if let Some(id) = external_id {
        sent[shape.id] = id.into();
    }
    Ok(sent)
}

/// A document as Xero will show it. It keeps a reference of customers' documents only.
pub fn as_shown(mut document: DocumentContent) -> DocumentContent {
    if !document.kind.number_is_ours() {
        document.reference.clear();
    }
    let digits = minor_digits(&document.currency);
    document.lines = document.lines.into_iter().map(|line| lines::as_shown(line, document.kind, digits)).collect();
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::Line;
    use proptest::prelude::*;

    fn ours(kind: DocumentKind, quantity: i64, unit: i64) -> DocumentContent {
        let quantity_e4 = sign(kind) * quantity * 10_000;
        let line = Line { description: "Rent".into(), quantity_e4, unit_amount_e4: unit, ..Line::default() };
        let line = line.priced(200_000, 2).unwrap();
        DocumentContent {
            kind,
            number: "1001".into(),
            contact_id: "c-1".into(),
            reference: "PO 7".into(),
            issue_date: "2010-12-01".into(),
            due_date: "2010-12-31".into(),
            currency: "GBP".into(),
            voided: false,
            lines: vec![Line { account_code: "a-200".into(), tax_type: "OUTPUT2".into(), ..line }],
        }
    }

    fn sent_kinds() -> Vec<DocumentKind> {
        DocumentKind::ALL.iter().copied().filter(|kind| !kind.comes_in_only()).collect()
    }

    /// What Xero would hold of what it is sent.
    fn there(mut sent: Value, kind: DocumentKind) -> Value {
        let ms = |day: &str| {
            let day: jiff::civil::Date = day.parse().unwrap();
            day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_millisecond()
        };
        for field in ["Date", "DueDate"] {
            let moment = format!("/Date({}+0000)/", ms(sent[field].as_str().unwrap()));
            sent[field] = moment.into();
        }
        sent[shape(kind).id] = "d-1".into();
        sent
    }

    proptest! {
        #[test]
        fn what_is_sent_reads_back_as_it_will_be_shown(
            kind in prop::sample::select(sent_kinds()), quantity in 1i64..1000, unit in 0i64..10_000_000,
        ) {
            let names = Names::of_tests();
            let sent = ours(kind, quantity, unit);
            let written = write(&sent, None, &names).unwrap();
            let read = external(&there(serde_json::from_str(&written.to_string()).unwrap(), kind), &names).unwrap();
            let shown = |line: &Line| Line { account_code: "200".into(), tax_type: "20% (VAT on Income)".into(), ..line.clone() };
            let shown = DocumentContent { lines: sent.lines.iter().map(shown).collect(), ..sent };
            prop_assert_eq!(read.content, Content::Document(as_shown(shown)));
            prop_assert_eq!(read.external_id, "d-1");
        }
    }

    #[test]
    fn drafts_and_what_is_no_document_of_ours_stay_out_and_voided_ones_come_in() {
        let names = Names::of_tests();
        let record = |kind: &str, status: &str| {
            json!({ "Type": kind, "Status": status, "InvoiceID": "i", "Contact": { "ContactID": "c" }, "CurrencyCode": "GBP",
                "Date": "/Date(0+0000)/", "AmountDue": 12.5, "LineItems": [] })
        };
        for (kind, status, comes, voided, outstanding) in [
            ("ACCREC", "AUTHORISED", true, false, 1250),
            ("ACCPAY", "PAID", true, false, 1250),
            ("ACCREC", "VOIDED", true, true, 0),
            ("ACCREC", "DELETED", true, true, 0),
            ("ACCREC", "DRAFT", false, false, 0),
            ("ACCREC", "SUBMITTED", false, false, 0),
            ("ARPREPAYMENT", "AUTHORISED", false, false, 0),
        ] {
            let read = external(&record(kind, status), &names);
            assert_eq!(read.is_some(), comes, "{kind} {status}");
            let Some(External { content: Content::Document(content), outstanding: owed, .. }) = read else { continue };
            assert_eq!((content.voided, owed), (voided, outstanding), "{kind} {status}");
            // Without a number it goes by its id, and without a due date it is due at once.
            assert_eq!((content.number.as_str(), content.due_date.as_str()), ("i", "1970-01-01"));
        }
    }

    #[test]
    fn money_that_was_paid_in_advance_or_too_much_is_credit_under_either_name() {
        let names = Names::of_tests();
        let record = |kind: &str, id: &str, number: Value| {
            json!({ "Type": kind, "Status": "AUTHORISED", id: "p-1", "Contact": { "ContactID": "c" }, "CurrencyCode": "GBP",
                "Date": "/Date(0+0000)/", "Reference": number, "SubTotal": 12.5, "TotalTax": 0.0, "Total": 12.5,
                "RemainingCredit": 10.0, "LineAmountTypes": "NoTax", "Allocations": [],
                "LineItems": [{ "Description": "Deposit", "Quantity": 1.0, "UnitAmount": 12.5, "LineAmount": 12.5,
                    "TaxAmount": 0.0, "AccountCode": "610" }] })
        };
        for (kind, id, number, is, called) in [
            ("RECEIVE-PREPAYMENT", "PrepaymentID", "INV-1", DocumentKind::SalesPrepayment, "INV-1"),
            ("ARPREPAYMENT", "PrepaymentID", "", DocumentKind::SalesPrepayment, "p-1"),
            ("SPEND-PREPAYMENT", "PrepaymentID", "", DocumentKind::BillPrepayment, "p-1"),
            ("APPREPAYMENT", "PrepaymentID", "P 1", DocumentKind::BillPrepayment, "P 1"),
            ("RECEIVE-OVERPAYMENT", "OverpaymentID", "Rent twice", DocumentKind::SalesOverpayment, "Rent twice"),
            ("AROVERPAYMENT", "OverpaymentID", "", DocumentKind::SalesOverpayment, "p-1"),
            ("SPEND-OVERPAYMENT", "OverpaymentID", "", DocumentKind::BillOverpayment, "p-1"),
        ] {
            let read = external(&record(kind, id, number.into()), &names).unwrap_or_else(|| panic!("{kind}"));
            let Content::Document(content) = &read.content else { panic!("{read:?}") };
            assert_eq!((content.kind, content.number.as_str()), (is, called), "{kind}");
            assert_eq!((content.totals().gross, read.outstanding, read.applied), (-1_250, -1_000, Some(vec![])), "{kind}");
        }
    }

    #[test]
    fn a_document_known_by_its_id_is_sent_without_a_number_and_a_currency_of_three_places_not_at_all() {
        let names = Names::of_tests();
        let mut bill = ours(DocumentKind::Bill, 1, 10_000);
        bill.number = "d-1".into();
        let written = write(&bill, Some("d-1"), &names).unwrap();
        assert_eq!((written.get("InvoiceNumber"), &written["InvoiceID"]), (None, &"d-1".into()));
        bill.currency = "KWD".into();
        assert!(write(&bill, None, &names).unwrap_err().to_string().contains("two decimal places, and KWD has 3"));
    }
}
