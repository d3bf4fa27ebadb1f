//! One document of a file: read, checked against the rules and priced, or everything that is wrong with it.

use super::line;
use super::sheet::{Sheet, SheetRow};
use super::template::Column;
use crate::domain::{
    document::{DocumentKind, Line, Totals},
    import::ImportError,
    money::is_currency_code,
};
use crate::server::db::contacts::ContactDetails;
use crate::server::services::import::csv::Fault;
use jiff::civil::Date;
use std::collections::HashMap;

/// What of the company its documents are checked against.
pub struct Rules {
    pub currency: String,
    /// Percent in ten-thousandths of the tax rates the accounting side told, by name in lower case.
    pub rates: HashMap<String, i64>,
}

/// A document that may be stored.
#[derive(Debug)]
pub struct Draft {
    /// Its first line in the file.
    pub line: u64,
    pub kind: DocumentKind,
    pub number: String,
    pub contact: ContactDetails,
    pub reference: String,
    pub issue_date: String,
    pub due_date: String,
    pub lines: Vec<Line>,
    pub totals: Totals,
}

/// A document larger than this, in minor units, is a mistake, and its sums would not fit with those of others.
const MOST: i64 = 100_000_000_000_000;

/// Columns that say something about the document as a whole, and how many characters they may have.
const HEADINGS: [(Column, usize); 14] = [
    (Column::InvoiceNumber, 255),
    (Column::ContactName, 255),
    (Column::EmailAddress, 255),
    (Column::POAddressLine1, 500),
    (Column::POAddressLine2, 500),
    (Column::POAddressLine3, 500),
    (Column::POAddressLine4, 500),
    (Column::POCity, 255),
    (Column::PORegion, 255),
    (Column::POPostalCode, 50),
    (Column::POCountry, 50),
    (Column::Reference, 255),
    (Column::InvoiceDate, 10),
    (Column::DueDate, 10),
];

/// Errors of one document that are worth listing.
const MOST_ERRORS: usize = 50;

/// What is wrong with a document, each cause once, at the first line concerned.
#[derive(Default)]
pub struct Errors(Vec<ImportError>);

impl Errors {
    pub fn add(&mut self, line: u64, column: Column, reason: impl Into<String>) {
        self.add_named(line, column.name(), reason.into());
    }

    fn add_named(&mut self, line: u64, column: &str, reason: String) {
        let is_known = |error: &ImportError| error.column == column && error.reason == reason;
        if self.0.len() < MOST_ERRORS && !self.0.iter().any(is_known) {
            self.0.push(ImportError { line, column: column.into(), reason });
        }
    }

    /// Whether the text has a length that can be stored and nothing that cannot be shown; line breaks only where
    /// `multiline` allows them.
    pub fn check_text(&mut self, line: u64, column: Column, text: &str, limit: usize, multiline: bool) {
        let length = text.chars().count();
        if length > limit {
            self.add(line, column, format!("has {length} characters; {limit} is the most"));
        }
        if text.chars().any(|c| c.is_control() && !(multiline && matches!(c, '\n' | '\r' | '\t'))) {
            self.add(line, column, "has a line break or another control character");
        }
    }
}

/// The first text a document's rows have in a heading column, and where.
struct Heading {
    column: Column,
    text: String,
    line: u64,
}

/// Reads the document of this number in the sheet.
pub fn read(sheet: &Sheet, document: usize, rules: &Rules) -> Result<Draft, Vec<ImportError>> {
    let mut errors = Errors::default();
    let mut headings = HEADINGS.map(|(column, _)| Heading { column, text: String::new(), line: 0 });
    let mut lines = Vec::new();
    let mut first = 0;
    for row in sheet.rows_of(document) {
        if first == 0 {
            first = row.line;
        }
        if is_whole(sheet, &row, &mut errors) {
            headings.iter_mut().for_each(|heading| heading.take(sheet, &row, &mut errors));
            check_currency(sheet, &row, rules, &mut errors);
            lines.extend(line::read(&sheet.header, &row, rules, &mut errors));
        }
    }
    let [number, name, email, address @ .., country, reference, issued, due] = headings;
    let issue_date = issued.date(&mut errors);
    let due_date = due.date(&mut errors);
    if let (Some(issue), Some(due_on)) = (issue_date, due_date)
        && due_on < issue
    {
        errors.add(due.line, Column::DueDate, format!("“{}” is before the invoice date {}", due.text, issued.text));
    }
    let totals = totals_of(&lines);
    if totals.is_none() {
        errors.add_named(first, "", "the document's amounts are too large to be true".into());
    }
    let (Some(issue_date), Some(due_date), Some(totals), true) = (issue_date, due_date, totals, errors.0.is_empty()) else {
        return Err(errors.0);
    };
    Ok(Draft {
        line: first,
        kind: kind_of(&lines, totals),
        number: number.text,
        contact: ContactDetails { name: name.text, email: email.text, address: joined(&address), country: country.text },
        reference: reference.text,
        issue_date: issue_date.to_string(),
        due_date: due_date.to_string(),
        lines,
        totals,
    })
}

/// Whether a row can be read at all.
fn is_whole(sheet: &Sheet, row: &SheetRow, errors: &mut Errors) -> bool {
    if let Some(Fault::TextAfterQuote(place)) = row.fault {
        let reason = "has text after a closing quotation mark; write quotation marks inside a text twice";
        errors.add_named(row.line, sheet.header.name_at(place), reason.into());
        return false;
    }
    let (width, has) = (sheet.header.width, row.fields.len());
    if has != width {
        errors.add_named(row.line, "", format!("the row has {has} columns where the header has {width}"));
    }
    has == width
}

impl Heading {
    /// Takes the text of a row; a second one must be the same. What need not be there may be on one row only.
    fn take(&mut self, sheet: &Sheet, row: &SheetRow, errors: &mut Errors) {
        let text = sheet.header.field(&row.fields, self.column);
        if text.is_empty() {
            if self.column.is_required() {
                errors.add(row.line, self.column, "is missing");
            }
        } else if self.text.is_empty() {
            self.text = text.to_owned();
            self.line = row.line;
            let limit = HEADINGS.iter().find(|(column, _)| *column == self.column).map_or(0, |(_, limit)| *limit);
            errors.check_text(row.line, self.column, text, limit, false);
        } else if self.text != text {
            let reason =
                format!("“{}” differs from “{}” on line {} of the same document", shown(text), shown(&self.text), self.line);
            errors.add(row.line, self.column, reason);
        }
    }

    fn date(&self, errors: &mut Errors) -> Option<Date> {
        if self.text.is_empty() {
            return None;
        }
        let date = day_month_year(&self.text);
        if date.is_none() {
            let reason = format!("“{}” is not a date; dates are written dd/mm/yyyy", shown(&self.text));
            errors.add(self.line, self.column, reason);
        }
        date
    }
}

fn check_currency(sheet: &Sheet, row: &SheetRow, rules: &Rules, errors: &mut Errors) {
    let text = sheet.header.field(&row.fields, Column::Currency);
    let code = text.to_ascii_uppercase();
    if text.is_empty() || code == rules.currency {
        return;
    }
    let reason = match is_currency_code(&code) {
        true => format!("is {code}; the company keeps its books in {}", rules.currency),
        false => format!("“{}” is not a currency code of three letters, such as {}", shown(text), rules.currency),
    };
    errors.add(row.line, Column::Currency, reason);
}

/// `dd/mm/yyyy`; a leading nought may be missing, as spreadsheets drop it.
fn day_month_year(text: &str) -> Option<Date> {
    let mut parts = text.split('/');
    let mut number = |digits: std::ops::RangeInclusive<usize>| {
        let part = parts.next()?;
        let is_number = digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<i16>().ok()).flatten()
    };
    let (day, month, year) = (number(1..=2)?, number(1..=2)?, number(4..=4)?);
    let is_recent = (1900..2200).contains(&year) && parts.next().is_none();
    is_recent.then(|| Date::new(year, month as i8, day as i8).ok()).flatten()
}

/// The sums, unless they are too large.
fn totals_of(lines: &[Line]) -> Option<Totals> {
    let sum = |amount: fn(&Line) -> i64| {
        let exact: i128 = lines.iter().map(|line| i128::from(amount(line))).sum();
        i64::try_from(exact).ok().filter(|sum| sum.abs() <= MOST)
    };
    let (net, tax) = (sum(|line| line.net)?, sum(|line| line.tax)?);
    Some(Totals { net, tax, gross: net + tax })
}

/// A credit note where the net is negative, and, where it is nought, where only quantities given back are listed.
fn kind_of(lines: &[Line], totals: Totals) -> DocumentKind {
    let gives_back = totals.net < 0 || (totals.net == 0 && lines.iter().all(|line| line.quantity_e4 < 0));
    if gives_back { DocumentKind::SalesCreditNote } else { DocumentKind::SalesInvoice }
}

fn joined(address: &[Heading]) -> String {
    address.iter().map(|part| part.text.as_str()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// As much of a text as a sentence can hold.
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: &str = "*ContactName,EmailAddress,POAddressLine1,POCity,POCountry,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,\
        InventoryItemCode,*Description,*Quantity,*UnitAmount,Discount,*AccountCode,*TaxType,TaxAmount,\
        TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency";

    fn rules() -> Rules {
        Rules { currency: "GBP".into(), rates: [("reduced".to_owned(), 125_000)].into() }
    }

    /// The rows as documents.
    fn documents(rows: &str) -> Vec<Result<Draft, Vec<ImportError>>> {
        let sheet = Sheet::read(format!("{HEADER}\n{rows}").into_bytes()).unwrap();
        (0..sheet.document_count()).map(|document| read(&sheet, document, &rules())).collect()
    }

    /// A good row with some of its fields, named by column, replaced.
    fn row(changes: &[(&str, &str)]) -> String {
        let good = [
            ("ContactName", "Quay Ltd"),
            ("InvoiceNumber", "INV-1"),
            ("InvoiceDate", "01/12/2010"),
            ("DueDate", "31/12/2010"),
            ("Description", "Rent"),
            ("Quantity", "1"),
            ("UnitAmount", "10.00"),
            ("AccountCode", "200"),
            ("TaxType", "20% (VAT on Income)"),
        ];
        let field = |column: &str| {
            let column = column.trim_start_matches('*');
            let named = |pairs: &[(&str, &'static str)]| pairs.iter().find(|(name, _)| *name == column).map(|(_, text)| *text);
            let changed = changes.iter().find(|(name, _)| *name == column).map(|(_, text)| (*text).to_owned());
            format!("\"{}\"", changed.or_else(|| named(&good).map(str::to_owned)).unwrap_or_default().replace('"', "\"\""))
        };
        HEADER.split(',').map(|column| field(column.trim())).collect::<Vec<_>>().join(",")
    }

    fn good(rows: &[String]) -> Draft {
        let mut documents = documents(&rows.join("\n"));
        assert_eq!(documents.len(), 1);
        documents.remove(0).unwrap()
    }

    fn errors(rows: &[String]) -> Vec<String> {
        let mut documents = documents(&rows.join("\n"));
        assert_eq!(documents.len(), 1);
        documents.remove(0).unwrap_err().iter().map(ImportError::to_string).collect()
    }

    #[test]
    fn a_document_is_read_and_priced() {
        let draft = good(&[
            row(&[
                ("Quantity", "12"),
                ("UnitAmount", "0.85"),
                ("POAddressLine1", "1 Quay"),
                ("POCity", "Hull"),
                ("Discount", "10%"),
            ]),
            row(&[
                ("TaxType", "Reduced"),
                ("TrackingName1", "Region"),
                ("TrackingOption1", "North"),
                ("Reference", "R"),
                ("TaxAmount", "1.24"),
            ]),
        ]);
        assert_eq!((draft.kind, draft.line, draft.issue_date.as_str()), (DocumentKind::SalesInvoice, 2, "2010-12-01"));
        assert_eq!((draft.contact.address.as_str(), draft.reference.as_str()), ("1 Quay\nHull", "R"));
        let amounts: Vec<_> = draft.lines.iter().map(|line| (line.net, line.tax)).collect();
        assert_eq!(amounts, [(918, 184), (1000, 124)], "the file's own tax is kept where it is at most a penny off");
        assert_eq!(draft.totals, Totals { net: 1918, tax: 308, gross: 2226 });
        assert_eq!(draft.lines[1].tracking, "Region: North");
    }

    #[test]
    fn the_net_tells_an_invoice_from_a_credit_note() {
        let kind = |amounts: &[(&str, &str)]| {
            let rows: Vec<_> =
                amounts.iter().map(|(quantity, unit)| row(&[("Quantity", quantity), ("UnitAmount", unit)])).collect();
            let draft = good(&rows);
            (draft.kind, draft.totals.net)
        };
        assert_eq!(kind(&[("-2", "10")]), (DocumentKind::SalesCreditNote, -2000));
        assert_eq!(kind(&[("-2", "10"), ("3", "10")]), (DocumentKind::SalesInvoice, 1000));
        assert_eq!(kind(&[("2", "10"), ("-3", "10")]), (DocumentKind::SalesCreditNote, -1000));
        assert_eq!(kind(&[("2", "0")]), (DocumentKind::SalesInvoice, 0));
        assert_eq!(kind(&[("-2", "0")]), (DocumentKind::SalesCreditNote, 0));
    }

    #[test]
    fn each_rule_has_its_line_column_and_reason() {
        for (column, text, expected) in [
            ("ContactName", " ", "line 2: ContactName is missing"),
            ("Description", "", "line 2: Description is missing"),
            ("AccountCode", "", "line 2: AccountCode is missing"),
            ("TaxType", "", "line 2: TaxType is missing"),
            ("TaxType", "VAT", "line 2: TaxType “VAT” is not a known tax rate"),
            ("Quantity", "", "line 2: Quantity is missing"),
            ("Quantity", "1,5", "line 2: Quantity “1,5” has a comma"),
            ("UnitAmount", "1.00005", "line 2: UnitAmount “1.00005” has too many decimal places"),
            ("UnitAmount", "£5", "line 2: UnitAmount “£5” is not a number"),
            ("UnitAmount", "922337203685477", "line 2: the document's amounts are too large"),
            ("Discount", "101", "line 2: Discount “101” is not a percentage"),
            ("Discount", "-1", "line 2: Discount “-1” is not a percentage"),
            ("InvoiceDate", "12/31/2010", "line 2: InvoiceDate “12/31/2010” is not a date; dates are written dd/mm/yyyy"),
            ("InvoiceDate", "2010-12-01", "line 2: InvoiceDate “2010-12-01” is not a date"),
            ("InvoiceDate", "29/02/2010", "line 2: InvoiceDate “29/02/2010” is not a date"),
            ("DueDate", "30/11/2010", "line 2: DueDate “30/11/2010” is before the invoice date 01/12/2010"),
            ("DueDate", "", "line 2: DueDate is missing"),
            ("Currency", "EUR", "line 2: Currency is EUR; the company keeps its books in GBP"),
            ("Currency", "pounds", "line 2: Currency “pounds” is not a currency code"),
            ("TaxAmount", "2.02", "line 2: TaxAmount “2.02” is not what the tax rate makes of the line: 2.00"),
            ("TaxAmount", "two", "line 2: TaxAmount “two” is not a number"),
            ("TrackingOption1", "North", "line 2: TrackingName1 is missing for the option “North”"),
            (
                "InventoryItemCode",
                "0123456789012345678901234567890",
                "line 2: InventoryItemCode has 31 characters; 30 is the most",
            ),
            ("InvoiceNumber", "a\nb", "line 2: InvoiceNumber has a line break"),
        ] {
            let found = errors(&[row(&[(column, text)])]);
            assert!(found.len() == 1 && found[0].starts_with(expected), "{column} {text:?}: {found:?}");
        }
        assert!(good(&[row(&[("Description", "two\nlines"), ("Currency", "gbp"), ("DueDate", "1/12/2010")])]).lines.len() == 1);
    }

    #[test]
    fn a_cause_is_told_once_and_contradictions_with_both_sides() {
        let missing = row(&[("ContactName", "")]);
        assert_eq!(errors(&[missing.clone(), missing]), ["line 2: ContactName is missing"]);
        let found =
            errors(&[row(&[]), row(&[("DueDate", "01/01/2011")]), row(&[("Reference", "A")]), row(&[("Reference", "B")])]);
        assert_eq!(
            found,
            [
                "line 3: DueDate “01/01/2011” differs from “31/12/2010” on line 2 of the same document",
                "line 5: Reference “B” differs from “A” on line 4 of the same document"
            ]
        );
        let short = format!("{}\n{}", "Quay Ltd,,,,,INV-1,,,", row(&[]));
        assert_eq!(errors(&[short]), ["line 2: the row has 9 columns where the header has 22"]);
        let quoted = row(&[("Description", "Rent")]).replace("\"Rent\"", "\"Rent\" of May");
        assert!(errors(&[quoted])[0].starts_with("line 2: Description has text after a closing quotation mark"));
    }

    /// Fields that are valid, nearly valid, and not at all.
    fn field() -> impl Strategy<Value = String> {
        prop_oneof![
            Just(String::new()),
            Just("\"a\"\"b\"".to_owned()),
            Just("01/12/2010".to_owned()),
            Just("GBP".to_owned()),
            Just("20% (VAT on Income)".to_owned()),
            "-?[0-9]{1,16}(\\.[0-9]{0,5})?",
            "[ -~é\r\n\"]{0,8}",
        ]
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Sheet::read(bytes);
        }

        #[test]
        fn any_rows_are_read_or_refused(rows in prop::collection::vec(prop::collection::vec(field(), 20..24), 1..5)) {
            let rows: Vec<String> = rows.into_iter().map(|row| row.join(",")).collect();
            if let Ok(sheet) = Sheet::read(format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes()) {
                for document in 0..sheet.document_count() {
                    match read(&sheet, document, &rules()) {
                        Ok(draft) => prop_assert!(!draft.lines.is_empty()),
                        Err(errors) => prop_assert!(!errors.is_empty() && errors.iter().all(|error| error.line > 1)),
                    }
                }
            }
        }
    }
}
