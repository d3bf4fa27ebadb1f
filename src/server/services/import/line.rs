//! One row of a document as a line item.

use super::draft::{Errors, Rules, shown};
use super::sheet::SheetRow;
use super::template::{Column, Header};
use crate::domain::{
    document::Line,
    money::{decimal, minor_digits, parse_scaled},
    tax::{KNOWN_TAX_TYPES, rate_e4},
};

/// All of a percentage, in ten-thousandths.
const WHOLE: i64 = 1_000_000;

/// Reads a row. `None` where it has no amounts; then `errors` says why.
pub fn read(header: &Header, row: &SheetRow, rules: &Rules, errors: &mut Errors) -> Option<Line> {
    let mut reader = Reader { header, row, errors };
    let description = reader.text(Column::Description, 4000);
    let item_code = reader.text(Column::InventoryItemCode, 30);
    let account_code = reader.text(Column::AccountCode, 10);
    let tracking = reader.tracking();
    let quantity_e4 = reader.number(Column::Quantity);
    let unit_amount_e4 = reader.number(Column::UnitAmount);
    let discount_e4 = reader.discount();
    let tax_type = reader.text(Column::TaxType, 100);
    let rate_e4 = reader.rate(&tax_type, rules);
    let line = Line {
        item_code,
        description,
        quantity_e4: quantity_e4?,
        unit_amount_e4: unit_amount_e4?,
        discount_e4: discount_e4?,
        account_code,
        tax_type,
        tracking,
        net: 0,
        tax: 0,
    };
    let Some(mut line) = line.priced(rate_e4?, minor_digits(&rules.currency)) else {
        reader.errors.add(row.line, Column::UnitAmount, "times the quantity is too large");
        return None;
    };
    line.tax = reader.tax(line.tax, &rules.currency)?;
    Some(line)
}

struct Reader<'r, 'a> {
    header: &'r Header,
    row: &'r SheetRow<'a>,
    errors: &'r mut Errors,
}

impl<'r> Reader<'r, '_> {
    fn field(&self, column: Column) -> &'r str {
        self.header.field(&self.row.fields, column)
    }

    fn refuse<T>(&mut self, column: Column, reason: impl Into<String>) -> Option<T> {
        self.errors.add(self.row.line, column, reason);
        None
    }

    fn text(&mut self, column: Column, limit: usize) -> String {
        let text = self.field(column).to_owned();
        if text.is_empty() && column.is_required() {
            self.errors.add(self.row.line, column, "is missing");
        }
        self.errors.check_text(self.row.line, column, &text, limit, column == Column::Description);
        text
    }

    /// A required number, in ten-thousandths.
    fn number(&mut self, column: Column) -> Option<i64> {
        match self.field(column) {
            "" => self.refuse(column, "is missing"),
            text => match parse_scaled(text, 4) {
                Ok(number) => Some(number),
                Err(reason) => {
                    let reason = format!("“{}” {reason}", shown(text));
                    self.refuse(column, reason)
                }
            },
        }
    }

    fn discount(&mut self) -> Option<i64> {
        let text = self.field(Column::Discount);
        let number = text.strip_suffix('%').unwrap_or(text).trim_end();
        match parse_scaled(number, 4) {
            _ if text.is_empty() => Some(0),
            Ok(percent) if (0..=WHOLE).contains(&percent) => Some(percent),
            _ => {
                let reason = format!("“{}” is not a percentage from 0 to 100", shown(text));
                self.refuse(Column::Discount, reason)
            }
        }
    }

    /// What the accounting side told, else what the name tells.
    fn rate(&mut self, tax_type: &str, rules: &Rules) -> Option<i64> {
        if tax_type.is_empty() {
            return None;
        }
        let known = rules.rates.get(&tax_type.to_lowercase()).copied().or_else(|| rate_e4(tax_type));
        known.or_else(|| {
            let reason = format!("“{}” is not a known tax rate; known is {KNOWN_TAX_TYPES}", shown(tax_type));
            self.refuse(Column::TaxType, reason)
        })
    }

    /// The file's own tax where it has one: it was rounded by whoever wrote the invoice, and that is what was charged.
    fn tax(&mut self, computed: i64, currency: &str) -> Option<i64> {
        let text = self.field(Column::TaxAmount);
        match parse_scaled(text, minor_digits(currency)) {
            _ if text.is_empty() => Some(computed),
            Ok(given) if given.abs_diff(computed) <= 1 => Some(given),
            Ok(_) => {
                let reason = format!("“{text}” is not what the tax rate makes of the line: {}", decimal(computed, currency));
                self.refuse(Column::TaxAmount, reason)
            }
            Err(reason) => {
                let reason = format!("“{}” {reason}", shown(text));
                self.refuse(Column::TaxAmount, reason)
            }
        }
    }

    /// `Region: United Kingdom; Manager: Ann`.
    fn tracking(&mut self) -> String {
        let mut options = Vec::new();
        for (name, option) in [(Column::TrackingName1, Column::TrackingOption1), (Column::TrackingName2, Column::TrackingOption2)]
        {
            let (category, chosen) = (self.text(name, 100), self.text(option, 100));
            match (category.is_empty(), chosen.is_empty()) {
                (_, true) => {}
                (true, false) => self.errors.add(self.row.line, name, format!("is missing for the option “{}”", shown(&chosen))),
                (false, false) => options.push(format!("{category}: {chosen}")),
            }
        }
        options.join("; ")
    }
}
