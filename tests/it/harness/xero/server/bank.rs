//! What people do in the bank account: money that comes or goes before there is an invoice, or beyond it, is a prepayment or
//! an overpayment from then on. Apps cannot make these.

use super::{
    books::{Books, BooksChange, Document, Kind, Line},
    contacts,
    state::new_id,
    writing::{Refused, Written},
};
use crate::harness::xero::orders::BankDeed;
use serde_json::{Map, json};

pub fn carry_out(books: &Books, deed: &BankDeed) -> Result<Written, Refused> {
    match deed {
        BankDeed::Credit { kind, reference, contact, date, amount } => credit(books, *kind, reference, contact, date, *amount),
        BankDeed::Undo { id } => undo(books, id),
    }
}

fn credit(books: &Books, kind: Kind, reference: &str, contact: &str, date: &str, amount: i64) -> Result<Written, Refused> {
    let element = Map::from_iter([("Contact".to_owned(), json!({ "Name": contact }))]);
    let (contact_id, made) = contacts::of_document(books, &element)?;
    books.check_lock(date).map_err(|reason| Refused::of(&reason))?;
    let line = Line {
        id: new_id(),
        item_code: None,
        description: "Money beyond what was asked for".into(),
        quantity_e4: 10_000,
        unit_amount_e4: amount * 100,
        amount,
        tax_amount: 0,
        account_code: Some(if kind.is_sales() { "610" } else { "800" }.into()),
        tax_type: Some("NONE".into()),
        discount_rate_e4: None,
        tracking: Vec::new(),
    };
    let document = Document {
        id: new_id(),
        kind,
        number: reference.to_owned(),
        contact_id,
        date: date.to_owned(),
        due_date: None,
        currency: books.setup.currency.clone(),
        line_amount_types: "NoTax".into(),
        status: "AUTHORISED".into(),
        lines: vec![line],
        sub_total: amount,
        total_tax: 0,
        settled: 0,
        fields: Map::new(),
        updated: books.now(),
    };
    let id = document.id.clone();
    Ok(Written { id, changes: made.into_iter().chain([BooksChange::Document(Box::new(document))]).collect() })
}

/// Removes what went through the bank, which nothing may be given of.
fn undo(books: &Books, id: &str) -> Result<Written, Refused> {
    let known = books.documents.get(id).filter(|one| !one.kind.resource().is_written());
    let known = known.ok_or_else(|| Refused::of("There is no such bank transaction"))?;
    if known.settled != 0 || known.is_gone() {
        return Err(Refused::of("This document cannot be edited as it has a payment or credit note allocated to it."));
    }
    let document = Document { status: "VOIDED".into(), updated: books.now(), ..known.clone() };
    Ok(Written { id: id.to_owned(), changes: vec![BooksChange::Document(Box::new(document))] })
}
