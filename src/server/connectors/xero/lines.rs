//! Lines of documents, both ways. Xero works a line out from quantity, unit amount and discount and compares that with the
//! amount it is sent, so what is sent always comes to ours; credit notes are below nought here and above it there.

use super::{
    chart::{Names, refused},
    reference::option,
    value::{self, decimal},
};
use crate::{
    domain::{
        document::{DocumentKind, Line},
        matching::tracking_options,
        money::line_amounts,
    },
    server::connectors::ConnectorError,
};
use serde_json::{Value, json};

/// Before the code of an item that Xero does not have: it refuses a line that names one, so the description's last line does.
const ITEM: &str = "\nItem ";

/// Quantity, unit amount and discount, in ten-thousandths.
type Price = (i64, i64, i64);

/// The lines as Xero takes them: without tax, with the tax beside it.
pub fn write(lines: &[Line], kind: DocumentKind, digits: u32, names: &Names) -> Result<Vec<Value>, ConnectorError> {
    lines.iter().map(|line| write_line(line, kind, digits, names)).collect()
}

fn write_line(line: &Line, kind: DocumentKind, digits: u32, names: &Names) -> Result<Value, ConnectorError> {
    let sign = sign(kind);
    let (quantity, unit, discount) = agreed(line, kind, digits);
    let account = names.account(&line.account_code).ok_or_else(|| {
        refused("account-unknown", format!("Account code '{}' is not a valid code for this document", line.account_code))
    })?;
    let mut sent = json!({
        "Description": line.description,
        "Quantity": amount(sign * quantity, 4)?,
        "UnitAmount": amount(unit, 4)?,
        "LineAmount": amount(sign * line.net, digits)?,
        "TaxType": line.tax_type,
        "TaxAmount": amount(sign * line.tax, digits)?,
    });
    match account.code.as_str() {
        "" => sent["AccountID"] = account.id.as_str().into(),
        code => sent["AccountCode"] = code.into(),
    }
    if names.items.contains(&line.item_code) {
        sent["ItemCode"] = line.item_code.as_str().into();
    } else if !line.item_code.is_empty() {
        sent["Description"] = format!("{}{ITEM}{}", line.description, line.item_code).into();
    }
    if discount != 0 {
        sent["DiscountRate"] = amount(discount, 4)?;
    }
    let tracking = tracking_options(&line.tracking).map(|id| match names.tracking(id) {
        Some((category, option)) => Ok(json!({ "Name": category, "Option": option })),
        None => Err(refused("tracking-unknown", format!("Tracking option '{id}' does not exist there"))),
    });
    let tracking: Vec<Value> = tracking.collect::<Result<_, _>>()?;
    if !tracking.is_empty() {
        sent["Tracking"] = tracking.into();
    }
    Ok(sent)
}

/// A line as it will be shown.
pub fn as_shown(line: Line, kind: DocumentKind, digits: u32) -> Line {
    let (quantity_e4, unit_amount_e4, discount_e4) = agreed(&line, kind, digits);
    Line { quantity_e4, unit_amount_e4, discount_e4, ..line }
}

/// What a line is sent with. Xero knows discounts on customers' invoices only.
fn agreed(line: &Line, kind: DocumentKind, digits: u32) -> Price {
    let discount = if kind == DocumentKind::SalesInvoice { line.discount_e4 } else { 0 };
    priced((line.quantity_e4, line.unit_amount_e4, discount), line.net, digits)
}

/// An amount as Xero takes it.
pub fn amount(value: i64, digits: u32) -> Result<Value, ConnectorError> {
    decimal(value, digits).ok_or_else(|| refused("amount-too-large", "An amount is too large for Xero".into()))
}

/// One for what is owed, minus one for what is credited.
pub fn sign(kind: DocumentKind) -> i64 {
    if kind.is_credit() { -1 } else { 1 }
}

/// The price itself where it comes to the net amount; or else the same quantity at the unit amount that does; or else one
/// piece at the price of all.
fn priced(price: Price, net: i64, digits: u32) -> Price {
    let comes_to_net = |(quantity, unit, discount): Price| {
        line_amounts(quantity, unit, discount, 0, digits).is_some_and(|(made, _)| made == net)
    };
    if comes_to_net(price) {
        return price;
    }
    let quantity = price.0;
    let exact = i128::from(net) * 10i128.pow(8 - digits);
    let unit = if quantity == 0 { None } else { i64::try_from(nearest(exact, quantity.into())).ok() };
    if let Some(unit) = unit.filter(|unit| comes_to_net((quantity, *unit, 0))) {
        return (quantity, unit, 0);
    }
    (if net < 0 { -10_000 } else { 10_000 }, net.abs() * 10i64.pow(4 - digits), 0)
}

fn nearest(value: i128, unit: i128) -> i128 {
    let (value, unit) = if unit < 0 { (-value, -unit) } else { (value, unit) };
    (2 * value + unit).div_euclid(2 * unit)
}

/// The lines of a document there, whose taxes add up to the document's. Lines that are text only are none.
pub fn read(document: &Value, kind: DocumentKind, digits: u32, names: &Names) -> Vec<Line> {
    let includes_tax = value::text(document, "LineAmountTypes").eq_ignore_ascii_case("Inclusive");
    let records = value::list(document, "LineItems").iter();
    let mut lines: Vec<Line> = records.filter_map(|record| read_line(record, kind, includes_tax, digits, names)).collect();
    let is_voided = matches!(value::text(document, "Status"), "VOIDED" | "DELETED");
    let said = |field| value::number(document, field, digits).map(|said| sign(kind) * said);
    if let (Some(net), Some(tax), false) = (said("SubTotal"), said("TotalTax"), is_voided) {
        // What was rounded for the document as a whole, the largest line carries.
        let made = lines.iter().fold((0, 0), |sum, line| (sum.0 + line.net, sum.1 + line.tax));
        if let Some(line) = lines.iter_mut().max_by_key(|line| (line.tax != 0, line.net.abs()))
            && made != (net, tax)
        {
            (line.net, line.tax) = (line.net + net - made.0, line.tax + tax - made.1);
            (line.quantity_e4, line.unit_amount_e4, line.discount_e4) =
                priced((line.quantity_e4, line.unit_amount_e4, line.discount_e4), line.net, digits);
        }
    }
    lines
}

fn read_line(record: &Value, kind: DocumentKind, includes_tax: bool, digits: u32, names: &Names) -> Option<Line> {
    let sign = sign(kind);
    let tax = sign * value::rounded(record, "TaxAmount", digits);
    let amount = sign * value::rounded(record, "LineAmount", digits);
    let net = if includes_tax { amount - tax } else { amount };
    let account_code = account(record, names);
    if account_code.is_empty() && net == 0 && tax == 0 {
        return None;
    }
    let quantity = sign * value::rounded(record, "Quantity", 4);
    let price = (quantity, value::rounded(record, "UnitAmount", 4), value::rounded(record, "DiscountRate", 4));
    let (quantity_e4, unit_amount_e4, discount_e4) = priced(price, net, digits);
    let (item_code, description) = match (value::text(record, "ItemCode"), value::text(record, "Description")) {
        ("", text) => text.rsplit_once(ITEM).map_or(("", text), |(description, item)| (item, description)),
        named => named,
    };
    Some(Line {
        item_code: item_code.to_owned(),
        description: description.to_owned(),
        quantity_e4,
        unit_amount_e4,
        discount_e4,
        account_code,
        tax_type: names.tax_rate(value::text(record, "TaxType")).to_owned(),
        tracking: tracking(record),
        net,
        tax,
    })
}

/// An account as the lists show it.
fn account(record: &Value, names: &Names) -> String {
    let code = value::text(record, "AccountCode");
    let named = || names.account(value::text(record, "AccountID")).map_or("", |account| account.shown());
    if code.is_empty() { named() } else { code }.to_owned()
}

fn tracking(record: &Value) -> String {
    let options = value::list(record, "Tracking").iter().filter_map(|entry| {
        let name = value::text(entry, "Option");
        (!name.is_empty()).then(|| option(value::text(entry, "Name"), name))
    });
    options.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_item_that_is_not_there_is_named_in_the_description() {
        let line = Line { item_code: "R2".into(), ..ours(DocumentKind::SalesInvoice, 10_000, 10_000, 0, 0) };
        let names = Names::of_tests();
        let written = write(&[sent(&line)], DocumentKind::SalesInvoice, 2, &names).unwrap();
        assert_eq!((written[0].get("ItemCode"), &written[0]["Description"]), (None, &"Rent\nItem R2".into()));
        assert_eq!(read(&there(written), DocumentKind::SalesInvoice, 2, &names), [shown(&line)]);
    }

    fn ours(kind: DocumentKind, quantity_e4: i64, unit_amount_e4: i64, discount_e4: i64, rate_e4: i64) -> Line {
        let line = Line {
            description: "Rent".into(),
            item_code: "R1".into(),
            quantity_e4: sign(kind) * quantity_e4,
            unit_amount_e4,
            discount_e4,
            ..Line::default()
        };
        line.priced(rate_e4, 2).unwrap()
    }

    fn sent(line: &Line) -> Line {
        Line { account_code: "a-200".into(), tax_type: "OUTPUT2".into(), tracking: "t-1; t-2".into(), ..line.clone() }
    }

    fn shown(line: &Line) -> Line {
        Line {
            account_code: "200".into(),
            tax_type: "20% (VAT on Income)".into(),
            tracking: "Region: France; Manager: Ann".into(),
            ..line.clone()
        }
    }

    fn there(lines: Vec<Value>) -> Value {
        let sum = |field: &str| lines.iter().map(|line| value::rounded(line, field, 2)).sum::<i64>();
        let (net, tax) = (sum("LineAmount"), sum("TaxAmount"));
        json!({ "LineItems": lines, "LineAmountTypes": "Exclusive", "SubTotal": decimal(net, 2), "TotalTax": decimal(tax, 2) })
    }

    #[test]
    fn a_credit_note_is_above_nought_there() {
        let line = ours(DocumentKind::SalesCreditNote, 20_000, 12_500, 0, 200_000);
        assert_eq!((line.net, line.tax), (-250, -50));
        let written = write(&[sent(&line)], DocumentKind::SalesCreditNote, 2, &Names::of_tests()).unwrap();
        let expected = json!({ "Description": "Rent", "ItemCode": "R1", "Quantity": 2.0, "UnitAmount": 1.25, "LineAmount": 2.5,
            "AccountCode": "200", "TaxType": "OUTPUT2", "TaxAmount": 0.5,
            "Tracking": [{ "Name": "Region", "Option": "France" }, { "Name": "Manager", "Option": "Ann" }] });
        assert_eq!(written, [expected]);
    }

    #[test]
    fn what_has_no_match_there_is_refused_by_name() {
        let line = ours(DocumentKind::Bill, 10_000, 10_000, 0, 0);
        let refusal = |line: Line| write(&[line], DocumentKind::Bill, 2, &Names::of_tests()).unwrap_err().to_string();
        assert!(refusal(Line { account_code: "gone".into(), ..sent(&line) }).starts_with("Account code 'gone' is not a valid"));
        assert!(refusal(Line { tracking: "t-9".into(), ..sent(&line) }).starts_with("Tracking option 't-9' does not exist"));
        let large = Line { net: 1_000_000_000_000_000, ..sent(&line) };
        assert!(refusal(large).contains("too large"));
    }

    #[test]
    fn a_discount_on_anything_but_a_customers_invoice_goes_as_another_price() {
        let line = ours(DocumentKind::Bill, 120_000, 16_900, 50_000, 0);
        let written = write(&[sent(&line)], DocumentKind::Bill, 2, &Names::of_tests()).unwrap().remove(0);
        assert_eq!(written.get("DiscountRate"), None);
        assert_eq!(
            (&written["Quantity"], &written["UnitAmount"], &written["LineAmount"]),
            (&12.0.into(), &1.6058.into(), &19.27.into())
        );
        // No unit amount of four places comes to a pound for three million pieces of which each costs less.
        let many = Line { quantity_e4: 3_000_000 * 10_000, net: 100, ..line };
        let written = write(&[sent(&many)], DocumentKind::Bill, 2, &Names::of_tests()).unwrap().remove(0);
        assert_eq!((&written["Quantity"], &written["UnitAmount"]), (&1.0.into(), &1.0.into()));
    }

    #[test]
    fn amounts_with_tax_in_them_and_roundings_of_the_whole_come_in_as_ours() {
        let line = |amount: f64, tax: f64| {
            json!({ "Description": "x", "Quantity": 3, "UnitAmount": 4.0, "LineAmount": amount,
            "TaxAmount": tax, "AccountCode": "200", "TaxType": "OUTPUT2" })
        };
        let document = json!({ "LineAmountTypes": "Inclusive", "LineItems": [line(12.0, 2.0), { "Description": "Thank you" }],
            "SubTotal": 9.99, "TotalTax": 2.01 });
        let read = read(&document, DocumentKind::SalesInvoice, 2, &Names::of_tests());
        let [line] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!((line.net, line.tax, line.quantity_e4, line.unit_amount_e4), (999, 201, 30_000, 33_300));
        assert_eq!(line_amounts(line.quantity_e4, line.unit_amount_e4, line.discount_e4, 0, 2), Some((999, 0)));
    }

    fn kinds() -> impl Strategy<Value = DocumentKind> {
        prop::sample::select(DocumentKind::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn what_is_sent_reads_back_as_it_will_be_shown(
            kind in kinds(),
            lines in prop::collection::vec((1i64..10_000_000, -50_000_000i64..50_000_000, 0i64..1_000_000, 0i64..300_000), 1..6),
        ) {
            let lines: Vec<Line> =
                lines.into_iter().map(|(quantity, unit, discount, rate)| ours(kind, quantity, unit, discount, rate)).collect();
            let names = Names::of_tests();
            let written = write(&lines.iter().map(sent).collect::<Vec<_>>(), kind, 2, &names).unwrap();
            // By way of the text it travels as.
            let travelled: Vec<Value> = serde_json::from_str(&Value::from(written).to_string()).unwrap();
            prop_assert_eq!(read(&there(travelled), kind, 2, &names), lines.iter().map(|line| as_shown(shown(line), kind, 2)).collect::<Vec<_>>());
        }

        #[test]
        fn every_price_comes_to_the_net_amount(
            quantity in -10_000_000i64..10_000_000, unit in -50_000_000i64..50_000_000, discount in 0i64..=1_000_000,
            net in -1_000_000_000i64..1_000_000_000, digits in 0u32..=2,
        ) {
            let (quantity, unit, discount) = priced((quantity, unit, discount), net, digits);
            prop_assert_eq!(line_amounts(quantity, unit, discount, 0, digits), Some((net, 0)));
        }
    }
}
