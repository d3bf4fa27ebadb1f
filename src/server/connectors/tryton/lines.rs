//! Lines of documents, both ways. Tryton rounds a line's amount half to even, gives its taxes per document, and knows no
//! discount; what is sent is put so that every amount comes out as ours, to the minor unit.

use super::{
    note::{Note, Price},
    reference::{account_code, option, percent_e4},
    value,
};
use crate::{
    domain::{
        document::Line,
        matching::tracking_options,
        money::{line_amounts, scaled, tax_of},
    },
    server::connectors::ConnectorError,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

pub const FIELDS: &[&str] = &[
    "lines.type",
    "lines.sequence",
    "lines.quantity",
    "lines.unit_price",
    "lines.amount",
    "lines.description",
    "lines.note",
    "lines.product.code",
    "lines.account.code",
    "lines.account.name",
    "lines.taxes.name",
    "lines.taxes.rate",
    "lines.taxes.type",
];

/// Only with the module for analytic accounts on invoices.
pub const ANALYTIC_FIELDS: &[&str] = &["lines.analytic_accounts.account.name", "lines.analytic_accounts.root.name"];

/// A tax, as far as sending needs it.
#[derive(Clone, Debug)]
pub struct Tax {
    pub name: String,
    pub description: String,
    /// `None`: it is no percentage of a line.
    pub rate_e4: Option<i64>,
    pub invoice_account: Option<i64>,
    pub credit_note_account: Option<i64>,
}

/// What lines are sent with.
pub struct Terms<'a> {
    pub company: i64,
    pub currency: i64,
    pub minor_digits: u32,
    pub taxes: &'a HashMap<i64, Tax>,
    /// The root of each analytic account.
    pub roots: &'a HashMap<i64, i64>,
}

/// The lines and the document's taxes as Tryton takes them.
pub struct Outgoing {
    pub lines: Vec<Value>,
    pub taxes: Vec<Value>,
}

/// What taxes of one kind are added up by, as Tryton does it: the account they go to, the tax, and the sign of the base.
type Group = (Option<i64>, i64, bool);

pub fn write(lines: &[Line], terms: &Terms<'_>) -> Result<Outgoing, ConnectorError> {
    let mut sent = Vec::with_capacity(lines.len());
    let mut groups: BTreeMap<Group, (i64, i64)> = BTreeMap::new();
    for line in lines {
        let tax_id = id(&line.tax_type)?;
        let tax = terms.taxes.get(&tax_id).ok_or_else(|| refused("tax-rate-unknown", unknown_tax(&line.tax_type)))?;
        check_rate(line, tax)?;
        let account = if line.net >= 0 { tax.invoice_account } else { tax.credit_note_account };
        let group = groups.entry((account, tax_id, line.net >= 0)).or_default();
        *group = (group.0 + line.net, group.1 + line.tax);
        sent.push(write_line(line, tax_id, terms)?);
    }
    let taxes = groups.into_iter().filter_map(|((account, tax_id, _), (base, amount))| {
        // A tax without an account makes no entry, and has no amount.
        let account = account?;
        Some(json!({
            "tax": tax_id,
            "account": account,
            "description": terms.taxes.get(&tax_id).map_or("", |tax| tax.description.as_str()),
            "base": money(base, terms.minor_digits),
            // As our lines have it, each rounded by itself; Tryton keeps it as long as the base is the one it sees.
            "amount": money(amount, terms.minor_digits),
            "manual": false,
        }))
    });
    Ok(Outgoing { taxes: taxes.collect(), lines: sent })
}

fn write_line(line: &Line, tax: i64, terms: &Terms<'_>) -> Result<Value, ConnectorError> {
    let (quantity_e4, unit_amount_e4, as_agreed) = priced(line, terms.minor_digits);
    let price = Price { quantity_e4: line.quantity_e4, unit_amount_e4: line.unit_amount_e4, discount_e4: line.discount_e4 };
    let note = Note { item_code: line.item_code.clone(), price: (!as_agreed).then_some(price) };
    let mut analytic = Vec::new();
    for option in tracking_options(&line.tracking) {
        let account = id(option)?;
        let root = terms.roots.get(&account).ok_or_else(|| {
            refused("tracking-unknown", format!("Tracking option '{option}' does not exist there, or is closed"))
        })?;
        analytic.push(json!({ "root": root, "account": account }));
    }
    let mut sent = json!({
        "type": "line",
        "company": terms.company,
        "currency": terms.currency,
        "quantity": quantity_e4 as f64 / 10_000.0,
        "unit_price": value::write_decimal(&scaled(unit_amount_e4, 4)),
        "account": id(&line.account_code)?,
        "description": line.description,
        "taxes": [["add", [tax]]],
    });
    if let Some(note) = note.write() {
        sent["note"] = note.into();
    }
    if !analytic.is_empty() {
        sent["analytic_accounts"] = json!([["create", analytic]]);
    }
    Ok(sent)
}

/// Quantity and unit amount that come to the line's net there, and whether they are those of the line itself.
fn priced(line: &Line, minor_digits: u32) -> (i64, i64, bool) {
    let comes_to_net = |unit| half_even(line.quantity_e4, unit, minor_digits) == Some(line.net);
    if line.discount_e4 == 0 && comes_to_net(line.unit_amount_e4) {
        return (line.quantity_e4, line.unit_amount_e4, true);
    }
    // The price after the discount, where it needs no more than four places.
    let (left, rest) = {
        let product = i128::from(line.unit_amount_e4) * i128::from(1_000_000 - line.discount_e4);
        (product / 1_000_000, product % 1_000_000)
    };
    if rest == 0
        && let Ok(unit) = i64::try_from(left)
        && comes_to_net(unit)
    {
        return (line.quantity_e4, unit, false);
    }
    // One piece at the price of all.
    let one = if line.net < 0 { -10_000 } else { 10_000 };
    (one, line.net.abs() * 10i64.pow(4 - minor_digits), false)
}

/// What Tryton makes of a quantity and a unit amount, in minor units.
fn half_even(quantity_e4: i64, unit_amount_e4: i64, minor_digits: u32) -> Option<i64> {
    let exact = i128::from(quantity_e4).checked_mul(i128::from(unit_amount_e4))?;
    let unit = 10i128.pow(8 - minor_digits);
    let (whole, rest) = (exact.div_euclid(unit), exact.rem_euclid(unit));
    let up = rest * 2 > unit || (rest * 2 == unit && whole % 2 != 0);
    i64::try_from(whole + i128::from(up)).ok()
}

/// A tax of another percentage than the line was made with would turn up as another total.
fn check_rate(line: &Line, tax: &Tax) -> Result<(), ConnectorError> {
    let there = tax.rate_e4.and_then(|rate_e4| tax_of(line.net, rate_e4));
    if there == Some(line.tax) {
        return Ok(());
    }
    Err(refused("tax-rate-differs", format!("Tax rate '{}' has another percentage than the lines of the document", tax.name)))
}

fn unknown_tax(id: &str) -> String {
    format!("Tax rate must be valid: there is no '{id}'")
}

pub fn refused(code: &str, message: String) -> ConnectorError {
    ConnectorError::Validation { code: code.into(), field: None, message }
}

/// An id as Tryton counts them.
pub fn id(text: &str) -> Result<i64, ConnectorError> {
    text.parse().map_err(|_| refused("id", format!("“{text}” is no record of Tryton: match it again")))
}

pub fn money(minor: i64, minor_digits: u32) -> Value {
    value::write_decimal(&scaled(minor, minor_digits))
}

/// The lines of a document there. `tax`: the document's, which its lines' taxes must add up to.
pub fn read(document: &Value, minor_digits: u32, tax: i64) -> Vec<Line> {
    let mut records: Vec<&Value> =
        value::list(document, "lines").iter().filter(|line| value::text(line, "type") == "line").collect();
    records.sort_by_key(|line| (value::id(line, "sequence"), value::id(line, "id")));
    let mut lines: Vec<Line> = records.into_iter().map(|record| read_line(record, minor_digits)).collect();
    // Where it rounds per document, or somebody corrected the tax, the largest line carries the difference.
    let difference = tax - lines.iter().map(|line| line.tax).sum::<i64>();
    if difference != 0 {
        let largest = lines.iter_mut().max_by_key(|line| (line.tax != 0, line.net.abs()));
        if let Some(line) = largest {
            line.tax += difference;
        }
    }
    lines
}

fn read_line(record: &Value, minor_digits: u32) -> Line {
    let net = value::rounded(record, "amount", minor_digits);
    let note = Note::read(value::text(record, "note"));
    let said = note.price.filter(|price| {
        let amounts = line_amounts(price.quantity_e4, price.unit_amount_e4, price.discount_e4, 0, minor_digits);
        amounts.is_some_and(|(said, _)| said == net)
    });
    let price = said.unwrap_or_else(|| Price {
        quantity_e4: (value::at(record, "quantity").as_f64().unwrap_or_default() * 10_000.0).round() as i64,
        unit_amount_e4: value::rounded(record, "unit_price", 4),
        discount_e4: 0,
    });
    let taxes = value::list(record, "taxes");
    let rate_e4: i64 = taxes.iter().filter_map(|tax| percent_e4(tax, "rate")).sum();
    let item_code = if note.item_code.is_empty() { value::text(record, "product.code").to_owned() } else { note.item_code };
    Line {
        item_code,
        description: value::text(record, "description").to_owned(),
        quantity_e4: price.quantity_e4,
        unit_amount_e4: price.unit_amount_e4,
        discount_e4: price.discount_e4,
        account_code: account_code(record, "account.code", "account.name").to_owned(),
        tax_type: taxes.iter().map(|tax| value::text(tax, "name")).collect::<Vec<_>>().join(" + "),
        tracking: tracking(record),
        net,
        tax: tax_of(net, rate_e4).unwrap_or_default(),
    }
}

/// In the order in which they were sent.
fn tracking(record: &Value) -> String {
    let mut entries: Vec<&Value> = value::list(record, "analytic_accounts").iter().collect();
    entries.sort_by_key(|entry| value::id(entry, "id"));
    let options = entries.into_iter().filter_map(|entry| {
        let name = value::text(entry, "account.name");
        (!name.is_empty()).then(|| option(value::text(entry, "root.name"), name))
    });
    options.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(quantity_e4: i64, unit_amount_e4: i64, discount_e4: i64) -> Line {
        let line = Line { quantity_e4, unit_amount_e4, discount_e4, ..Line::default() };
        line.priced(200_000, 2).unwrap()
    }

    /// What Tryton would hold of a line.
    fn there(sent: &Value, minor_digits: u32) -> Value {
        let quantity = (value::at(sent, "quantity").as_f64().unwrap() * 10_000.0).round() as i64;
        let unit = value::rounded(sent, "unit_price", 4);
        let amount = half_even(quantity, unit, minor_digits).unwrap();
        let mut held = sent.clone();
        held["id"] = 1.into();
        held["amount"] = money(amount, minor_digits);
        held["account"] = json!({ "code": "200", "name": "Sales" });
        held["taxes"] = json!([{ "name": "VAT", "type": "percentage", "rate": value::write_decimal("0.2") }]);
        held["analytic_accounts"] = json!([{ "id": 9, "root": { "name": "Region" }, "account": { "name": "France" } }]);
        held
    }

    fn tax(rate_e4: i64) -> Tax {
        Tax {
            name: "VAT".into(),
            description: "VAT 20 %".into(),
            rate_e4: Some(rate_e4),
            invoice_account: Some(820),
            credit_note_account: Some(821),
        }
    }

    #[test]
    fn prices_tryton_cannot_hold_are_sent_as_one_piece_and_told_in_the_note() {
        // As it is; with a discount that leaves a price of four places; with one that does not; and a half penny,
        // which Tryton would round the other way.
        for (given, quantity_e4, unit_e4, note) in [
            (line(120_000, 8_500, 0), 120_000, 8_500, false),
            (line(120_000, 16_900, 50_000), 120_000, 16_055, true),
            (line(30_000, 16_999, 33_333), 10_000, 49_300, true),
            (line(5_000, 500, 0), 10_000, 300, true),
            (line(-30_000, 16_999, 33_333), -10_000, 49_300, true),
        ] {
            assert_eq!(priced(&given, 2), (quantity_e4, unit_e4, !note), "{given:?}");
        }
    }

    #[test]
    fn taxes_are_added_up_as_tryton_does_and_a_wrong_rate_is_refused() {
        let taxes = HashMap::from([(1, tax(200_000))]);
        let roots = HashMap::new();
        let terms = Terms { company: 1, currency: 1, minor_digits: 2, taxes: &taxes, roots: &roots };
        let with_ids = |line: Line| Line { account_code: "136".into(), tax_type: "1".into(), ..line };
        // Two lines of 0.03 have no tax each, 0.06 together would have 0.01.
        let lines = [line(10_000, 300, 0), line(10_000, 300, 0), line(-10_000, 10_000, 0)].map(with_ids);
        let sent = write(&lines, &terms).unwrap();
        let groups: Vec<(i64, &str, &str)> = sent
            .taxes
            .iter()
            .map(|tax| (value::id(tax, "account").unwrap(), value::text(tax, "base.decimal"), value::text(tax, "amount.decimal")))
            .collect();
        assert_eq!(groups, [(820, "0.06", "0.02"), (821, "-1.00", "-0.20")]);

        let other = HashMap::from([(1, tax(50_000))]);
        let terms = Terms { taxes: &other, ..terms };
        let error = write(&[with_ids(line(10_000, 10_000, 0))], &terms).err().unwrap().to_string();
        assert_eq!(error, "Tax rate 'VAT' has another percentage than the lines of the document");
    }

    #[test]
    fn the_documents_tax_is_what_the_lines_add_up_to() {
        let record = |amount: &str, id: i64| {
            json!({ "id": id, "type": "line", "quantity": 1.0, "unit_price": value::write_decimal(amount),
                "amount": value::write_decimal(amount), "account": { "code": null, "name": "Sales" },
                "taxes": [{ "name": "VAT", "rate": value::write_decimal("0.2") }] })
        };
        let comment = json!({ "id": 9, "type": "comment", "description": "Thank you" });
        let document = json!({ "lines": [record("0.12", 2), comment, record("0.12", 1)] });
        // Rounded together it is 0.05, by the line 0.02 twice.
        let lines = read(&document, 2, 5);
        assert_eq!(lines.iter().map(|line| line.tax).sum::<i64>(), 5);
        assert_eq!(lines[0].account_code, "Sales");
        assert_eq!(lines.len(), 2);
    }

    proptest! {
        #[test]
        fn a_line_comes_back_as_it_was_sent(
            quantity_e4 in -100_000_000i64..100_000_000, unit_amount_e4 in 0i64..10_000_000, discount_e4 in 0i64..=1_000_000,
            item_code in "[A-Z0-9]{0,6}", description in "[ -~]{1,20}",
        ) {
            let taxes = HashMap::from([(1, tax(200_000))]);
            let roots = HashMap::from([(7, 6)]);
            let terms = Terms { company: 1, currency: 1, minor_digits: 2, taxes: &taxes, roots: &roots };
            let ours = Line { item_code, description, ..line(quantity_e4, unit_amount_e4, discount_e4) };
            let sent = Line { account_code: "136".into(), tax_type: "1".into(), tracking: "7".into(), ..ours.clone() };
            let written = write_line(&sent, 1, &terms).unwrap();
            let shown = Line { account_code: "200".into(), tax_type: "VAT".into(), tracking: "Region: France".into(), ..ours };
            prop_assert_eq!(read_line(&there(&written, 2), 2), shown);
        }
    }
}
