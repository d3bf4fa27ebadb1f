//! Lines of documents: what may stand on one, and what it comes to.

use super::{
    books::{Books, Line},
    decimal::{rounded, scaled},
    state::new_id,
    writing::{Refused, Way, text},
};
use crate::harness::xero::setup::Account;
use serde_json::{Map, Value};

/// A hundred million, in ten-thousandths.
const LARGEST_E4: i64 = 1_000_000_000_000;
/// So that the lines of a document can be added up, in cents.
const LARGEST_TOTAL: i64 = 100_000_000_000_000;

/// What of the document its lines depend on.
#[derive(Clone, Copy)]
pub struct Of<'a> {
    pub line_amount_types: &'a str,
    /// Drafts may lack what the books need.
    pub is_draft: bool,
}

/// The lines of a document, or everything that is wrong with them.
pub fn read(books: &Books, lines: &[Value], of: Of, way: &Way) -> Result<Vec<Line>, Refused> {
    let (mut read, mut refused) = (Vec::new(), Vec::new());
    for line in lines.iter().filter_map(Value::as_object) {
        match read_one(books, line, of, way) {
            Ok(line) => read.push(line),
            Err(Refused(reasons)) => refused.extend(reasons),
        }
    }
    if read.is_empty() && refused.is_empty() && !of.is_draft {
        return Err(Refused::of("One or more line items must be specified"));
    }
    if refused.is_empty() { Ok(read) } else { Err(Refused(refused)) }
}

fn read_one(books: &Books, line: &Map<String, Value>, of: Of, way: &Way) -> Result<Line, Refused> {
    let number = |name: &str, places: u32| line.get(name).and_then(|value| scaled(value, places));
    check_sizes(line)?;
    let description = text(line, "Description").unwrap_or_default();
    if description.is_empty() && !of.is_draft {
        return Err(Refused::of("Description must be specified"));
    }
    let account = account(books, line, of)?;
    let tax_type = tax_type(books, line, of, account)?;
    let quantity_e4 = number("Quantity", 4).unwrap_or(10_000);
    // Without unitdp=4 they are rounded to what is shown.
    let places = if way.has_four_decimals { 4 } else { 2 };
    let given = number("UnitAmount", places).map(|amount| amount * 10i64.pow(4 - places));
    let unit_amount_e4 = given.or_else(|| number("LineAmount", 4).filter(|_| quantity_e4 == 10_000)).unwrap_or(0);
    let discount_rate_e4 = number("DiscountRate", 4).filter(|rate| *rate != 0);
    let kept = 1_000_000 - i128::from(discount_rate_e4.unwrap_or(0));
    let expected = rounded(i128::from(quantity_e4) * i128::from(unit_amount_e4) * kept, 1_000_000_000_000);
    if expected.abs() > LARGEST_TOTAL {
        return Err(Refused::of("The line total is too large"));
    }
    let amount = number("LineAmount", 2).unwrap_or(expected);
    if (amount - expected).abs() > 1 {
        let (amount, expected) = (pounds(amount), pounds(expected));
        return Err(Refused::of(&format!("The line total {amount} does not match the expected line total {expected}")));
    }
    let rate_e4 = tax_type.as_deref().map_or(0, |tax_type| rate(books, tax_type));
    let tax_amount = match of.line_amount_types {
        "NoTax" => 0,
        "Inclusive" => number("TaxAmount", 2)
            .unwrap_or_else(|| amount - rounded(i128::from(amount) * 1_000_000, 1_000_000 + i128::from(rate_e4))),
        _ => number("TaxAmount", 2).unwrap_or_else(|| rounded(i128::from(amount) * i128::from(rate_e4), 1_000_000)),
    };
    let item_code = text(line, "ItemCode").map(str::to_owned);
    if let Some(code) = item_code.as_ref().filter(|code| !books.setup.items.contains(code)) {
        return Err(Refused::of(&format!("Item code '{code}' is not valid")));
    }
    Ok(Line {
        id: text(line, "LineItemID").map_or_else(new_id, str::to_owned),
        item_code,
        description: description.to_owned(),
        quantity_e4,
        unit_amount_e4,
        amount,
        tax_amount,
        account_code: account.map(|account| account.code.clone()),
        tax_type,
        discount_rate_e4,
        tracking: tracking(books, line)?,
    })
}

fn check_sizes(line: &Map<String, Value>) -> Result<(), Refused> {
    let is_small = |value: &Value| scaled(value, 4).is_some_and(|e4| e4.abs() <= LARGEST_E4);
    let is_large = |name: &&str| !line.get(*name).is_none_or(is_small);
    let large = ["Quantity", "UnitAmount", "LineAmount", "TaxAmount"].into_iter().find(is_large);
    large.map_or(Ok(()), |name| Err(Refused::of(&format!("{name} is too large"))))
}

fn pounds(cents: i64) -> String {
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}

fn rate(books: &Books, tax_type: &str) -> i64 {
    books.setup.tax_rates.iter().find(|rate| rate.tax_type == tax_type).map_or(0, |rate| rate.rate_e4)
}

fn account<'a>(books: &'a Books, line: &Map<String, Value>, of: Of) -> Result<Option<&'a Account>, Refused> {
    let all = &books.setup.accounts;
    let found = match (text(line, "AccountCode"), text(line, "AccountID")) {
        (Some(code), _) => {
            let found = all.iter().find(|account| account.code == code);
            found.ok_or_else(|| Refused::of(&format!("Account code '{code}' is not a valid code for this document.")))?
        }
        (None, Some(id)) => all.iter().find(|account| account.id == id).ok_or_else(|| Refused::of("Account must be valid."))?,
        (None, None) if of.is_draft => return Ok(None),
        (None, None) => return Err(Refused::of("Account must be valid.")),
    };
    if found.is_archived {
        return Err(Refused::of(&format!(
            "Account code '{}' has been archived or deleted. Please remove the code or restore the account.",
            found.code
        )));
    }
    if found.system.is_some() || found.kind == "BANK" {
        return Err(Refused::of(&format!("Account code '{}' is not a valid code for this document.", found.code)));
    }
    Ok(Some(found))
}

fn tax_type(books: &Books, line: &Map<String, Value>, of: Of, account: Option<&Account>) -> Result<Option<String>, Refused> {
    if of.line_amount_types == "NoTax" {
        return Ok(Some("NONE".to_owned()));
    }
    let tax_type = text(line, "TaxType").or_else(|| account.map(|account| account.tax_type.as_str()));
    let Some(tax_type) = tax_type else { return Ok(None) };
    let rate = books.setup.tax_rates.iter().find(|rate| rate.tax_type == tax_type && !rate.is_deleted);
    let rate = rate.ok_or_else(|| {
        Refused::of(&format!("The TaxType code '{tax_type}' does not exist or cannot be used for this type of transaction."))
    })?;
    match account {
        Some(account) if !rate.can_apply_to(account.class()) => {
            let code = &account.code;
            Err(Refused::of(&format!("The TaxType code '{tax_type}' cannot be used with account code '{code}'.")))
        }
        _ => Ok(Some(tax_type.to_owned())),
    }
}

/// Category and option of each entry, found by their ids or by their names.
fn tracking(books: &Books, line: &Map<String, Value>) -> Result<Vec<(String, String)>, Refused> {
    let entries = line.get("Tracking").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut found = Vec::new();
    for entry in entries.iter().filter_map(Value::as_object) {
        let (category, option) = (text(entry, "Name"), text(entry, "Option"));
        let (category_id, option_id) = (text(entry, "TrackingCategoryID"), text(entry, "TrackingOptionID"));
        let open = books.setup.tracking.iter().filter(|one| !one.is_archived);
        let pair = open
            .filter(|one| category_id.map_or_else(|| category == Some(&one.name), |id| one.id == id))
            .flat_map(|one| one.options.iter().map(move |option| (one, option)))
            .find(|(_, one)| !one.is_archived && option_id.map_or_else(|| option == Some(&one.name), |id| one.id == id));
        let Some((category, option)) = pair else {
            return Err(Refused::of("The specified tracking category or option could not be found or is archived"));
        };
        found.push((category.id.clone(), option.id.clone()));
    }
    if found.len() > 2 {
        return Err(Refused::of("No more than two tracking categories may be specified for a line item"));
    }
    Ok(found)
}

/// Net and tax of lines, in cents.
pub fn totals(lines: &[Line], line_amount_types: &str) -> (i64, i64) {
    let (amount, tax) = lines.iter().fold((0, 0), |(amount, tax), line| (amount + line.amount, tax + line.tax_amount));
    if line_amount_types == "Inclusive" { (amount - tax, tax) } else { (amount, tax) }
}
