//! Rules that need nothing but the record itself and the ledger's settings.

use super::{
    chart::Chart,
    ledger::Ledger,
    refusal::{Refusal, Refused},
};
use crate::domain::{
    document::{Line, Totals},
    money::{line_amounts, minor_digits},
};
use crate::server::connectors::{ContactContent, DocumentContent};
use jiff::civil::Date;

/// Longest texts, in characters.
const NAME: usize = 255;
const DESCRIPTION: usize = 4000;

/// The largest net, tax and total of a document in minor units: sums over a ledger stay far from what fits.
const MOST: i64 = 99_999_999_999_999;

/// 100 % in ten-thousandths.
const WHOLE: i64 = 1_000_000;

/// A line as the ledger books it: accounts, rates and tracking by id, amounts worked out by the ledger.
#[derive(Clone, Debug)]
pub struct BookedLine(pub Line);

/// The lines and totals of a document that may be stored. Its contact and its number are judged with the books.
pub fn price(content: &DocumentContent, ledger: &Ledger, chart: &Chart) -> Result<(Vec<BookedLine>, Totals), Refused> {
    check_head(content, ledger)?;
    if content.lines.is_empty() {
        return Err(Refusal::NoLines.into());
    }
    let digits = minor_digits(&ledger.currency);
    let mut lines = Vec::with_capacity(content.lines.len());
    let mut totals = Totals::default();
    for (place, line) in content.lines.iter().enumerate() {
        let booked = price_line(line, chart, digits).map_err(|refusal| refusal.on_line(place))?;
        totals = add(totals, &booked.0).ok_or(Refusal::AmountTooLarge)?;
        lines.push(booked);
    }
    if content.kind.is_credit_note() && totals.gross > 0 {
        return Err(Refusal::TotalPositive(content.kind).into());
    }
    if !content.kind.is_credit_note() && totals.gross < 0 {
        return Err(Refusal::TotalNegative(content.kind).into());
    }
    Ok((lines, totals))
}

fn check_head(content: &DocumentContent, ledger: &Ledger) -> Result<(), Refusal> {
    if content.number.trim().is_empty() {
        return Err(Refusal::NumberEmpty(content.kind));
    }
    at_most(NAME, "number", &content.number)?;
    at_most(NAME, "reference", &content.reference)?;
    if content.currency != ledger.currency {
        return Err(Refusal::CurrencyNotKept { asked: content.currency.clone(), kept: ledger.currency.clone() });
    }
    let (issued, due) = (date(&content.issue_date)?, date(&content.due_date)?);
    if due < issued {
        return Err(Refusal::DueBeforeIssue);
    }
    open_period(ledger, &content.issue_date)
}

fn price_line(line: &Line, chart: &Chart, digits: u32) -> Result<BookedLine, Refusal> {
    if line.description.trim().is_empty() {
        return Err(Refusal::DescriptionEmpty);
    }
    at_most(DESCRIPTION, "description", &line.description)?;
    at_most(NAME, "item_code", &line.item_code)?;
    let account = chart.account_for_line(&line.account_code)?;
    let rate = chart.rate_for_line(&line.tax_type, account)?;
    let tracking = chart.tracking_for_line(&line.tracking)?;
    if !(0..=WHOLE).contains(&line.discount_e4) {
        return Err(Refusal::DiscountOutOfRange);
    }
    let (net, tax) = line_amounts(line.quantity_e4, line.unit_amount_e4, line.discount_e4, rate.rate_e4, digits)
        .ok_or(Refusal::AmountTooLarge)?;
    Ok(BookedLine(Line { tracking, net, tax, ..line.clone() }))
}

fn add(totals: Totals, line: &Line) -> Option<Totals> {
    let net = totals.net.checked_add(line.net)?;
    let tax = totals.tax.checked_add(line.tax)?;
    let totals = Totals { net, tax, gross: net.checked_add(tax)? };
    let fits = [totals.net, totals.tax, totals.gross].iter().all(|amount| amount.unsigned_abs() <= MOST.unsigned_abs());
    fits.then_some(totals)
}

pub fn check_contact(content: &ContactContent) -> Result<(), Refusal> {
    if content.name.trim().is_empty() {
        return Err(Refusal::ContactNameEmpty);
    }
    at_most(NAME, "name", &content.name)?;
    at_most(NAME, "email", &content.email)?;
    at_most(DESCRIPTION, "address", &content.address)?;
    at_most(NAME, "country", &content.country)
}

/// A payment's own part; what is owed is judged with the books.
pub fn check_payment(paid_on: &str, reference: &str, ledger: &Ledger) -> Result<(), Refusal> {
    date(paid_on)?;
    at_most(NAME, "reference", reference)?;
    open_period(ledger, paid_on)
}

pub fn check_reference(reference: &str) -> Result<(), Refusal> {
    at_most(NAME, "reference", reference)
}

/// Nothing dated on or before the lock date can be added or changed. Dates compare as text.
pub fn open_period(ledger: &Ledger, dated: &str) -> Result<(), Refusal> {
    match ledger.locked_until.as_deref() {
        Some(until) if dated <= until => Err(Refusal::PeriodLocked(spoken(until))),
        _ => Ok(()),
    }
}

/// `YYYY-MM-DD` and nothing else: jiff alone would take more.
pub fn date(text: &str) -> Result<Date, Refusal> {
    let parsed = text.parse::<Date>().ok().filter(|date| date.to_string() == text);
    parsed.ok_or_else(|| Refusal::DateInvalid(text.into()))
}

/// `31 December 2010`.
fn spoken(date: &str) -> String {
    date.parse::<Date>().map_or_else(|_| date.to_owned(), |date| date.strftime("%-d %B %Y").to_string())
}

fn at_most(most: usize, field: &'static str, text: &str) -> Result<(), Refusal> {
    if text.chars().nth(most).is_some() { Err(Refusal::TooLong { field, most }) } else { Ok(()) }
}
