//! Checks a document's entries and makes the document they mean. Amounts and quantities are not entries: net stays
//! as it is, and tax changes only with its rate.

use super::choices::Rules;
use crate::domain::{
    document::{DocumentFacts, Line, Totals},
    matching::ReferenceKind,
    money::{grouped, tax_of},
    record::{
        edit::{DocumentEdit, LineEdit, MOST_DESCRIPTION, MOST_NUMBER, MOST_REFERENCE, Replace, clean, is_same_entry},
        view::EntryError,
    },
    tax::KNOWN_TAX_TYPES,
};
use jiff::civil::Date;

/// The longest account code, as an import takes it, and name of a tax rate.
const MOST_ACCOUNT: usize = 10;
const MOST_TAX_RATE: usize = 100;

/// The document as it would be, but for its contact, which only the store can tell; and what is wrong with the entries.
/// `paid` is what was paid of it.
pub fn apply(facts: &DocumentFacts, edit: &DocumentEdit, paid: i64, rules: &Rules) -> (DocumentFacts, Vec<EntryError>) {
    let mut new = facts.clone();
    let mut errors = Errors::default();
    errors.text(&mut new.number, &edit.number, "number", "The number", MOST_NUMBER, true);
    errors.text(&mut new.reference, &edit.reference, "reference", "The reference", MOST_REFERENCE, false);
    errors.date(&mut new.issue_date, &edit.issue_date, "issue_date", "The issue date");
    errors.date(&mut new.due_date, &edit.due_date, "due_date", "The due date");
    let redated = (&new.issue_date, &new.due_date) != (&facts.issue_date, &facts.due_date);
    if redated && new.due_date < new.issue_date {
        errors.add("due_date", format!("The due date {} is before the issue date {}.", new.due_date, new.issue_date));
    }
    for entries in &edit.lines {
        match entries.position.checked_sub(1).and_then(|place| new.lines.get_mut(place)) {
            Some(line) => change_line(line, entries, rules, &mut errors),
            None => errors.add("number", format!("There is no line {} any more: reload the page.", entries.position)),
        }
    }
    for replace in &edit.replace {
        replace_all(&mut new.lines, replace, rules, &mut errors);
    }
    let gross = Totals::of(&new.lines).gross;
    let too_low = paid != 0 && (gross.abs() < paid.abs() || gross.signum() != paid.signum());
    if too_low && gross != Totals::of(&facts.lines).gross {
        let (gross, paid) = (grouped(gross, &facts.currency), grouped(paid, &facts.currency));
        errors.add(
            "number",
            format!("With this tax the total would be {gross}, and {paid} is paid already: take the payment off first."),
        );
    }
    (new, errors.0)
}

fn change_line(line: &mut Line, entries: &LineEdit, rules: &Rules, errors: &mut Errors) {
    let n = entries.position;
    let name = format!("The description of line {n}");
    errors.text(&mut line.description, &entries.description, &format!("line-{n}-description"), &name, MOST_DESCRIPTION, true);
    for (kind, entry, field) in [
        (ReferenceKind::Account, &entries.account, format!("line-{n}-account")),
        (ReferenceKind::TaxRate, &entries.tax_rate, format!("line-{n}-tax_rate")),
    ] {
        if is_same_entry(entry, value(line, kind)) {
            continue;
        }
        match usable(kind, &clean(entry), rules) {
            Ok(rate) => set(line, kind, &clean(entry), rate),
            Err(why) => errors.add(field, format!("Line {n}: {why}")),
        }
    }
}

fn replace_all(lines: &mut [Line], replace: &Replace, rules: &Rules, errors: &mut Errors) {
    let (from, by, kind) = (clean(&replace.from), clean(&replace.by), replace.kind);
    let field = |part: &str| format!("replace-{}-{part}", kind.as_str());
    let name = kind.label().to_lowercase();
    match (from.is_empty(), by.is_empty()) {
        (true, true) => return,
        (true, false) => return errors.add(field("from"), format!("Choose the {name} that is to be replaced.")),
        (false, true) => return errors.add(field("by"), format!("Choose the {name} that takes the place of {from}.")),
        (false, false) => {}
    }
    let mut concerned = lines.iter_mut().filter(|line| value(line, kind) == from).peekable();
    if concerned.peek().is_none() {
        return errors.add(field("from"), format!("No line has the {name} {from}."));
    }
    match usable(kind, &by, rules) {
        Ok(rate) => concerned.for_each(|line| set(line, kind, &by, rate)),
        Err(why) => errors.add(field("by"), why),
    }
}

fn value(line: &Line, kind: ReferenceKind) -> &str {
    match kind {
        ReferenceKind::Account => &line.account_code,
        ReferenceKind::TaxRate => &line.tax_type,
        ReferenceKind::Tracking => &line.tracking,
    }
}

/// Whether a line can be changed to this value; of a tax rate, what it amounts to.
fn usable(kind: ReferenceKind, value: &str, rules: &Rules) -> Result<i64, String> {
    let (name, most) = match kind {
        ReferenceKind::Account => ("account", MOST_ACCOUNT),
        _ => ("tax rate", MOST_TAX_RATE),
    };
    let length = value.chars().count();
    let shown: String = value.chars().take(60).collect();
    if value.is_empty() {
        return Err(format!("Choose a {name}.").replace("a account", "an account"));
    }
    if length > most && rules.choices.of(kind).is_empty() || value.chars().any(char::is_control) {
        return Err(format!("“{shown}” is no {name}: at most {most} characters, without line breaks."));
    }
    if !rules.allows(kind, value) {
        return Err(format!("“{shown}” is no {name} of the accounting side that can be used: choose one of the list."));
    }
    match kind {
        ReferenceKind::TaxRate => {
            rules.rate_e4(value).ok_or_else(|| format!("Nobody has told what “{shown}” amounts to; known is {KNOWN_TAX_TYPES}."))
        }
        _ => Ok(0),
    }
}

fn set(line: &mut Line, kind: ReferenceKind, value: &str, rate_e4: i64) {
    match kind {
        ReferenceKind::Account => line.account_code = value.to_owned(),
        ReferenceKind::TaxRate => {
            line.tax_type = value.to_owned();
            // A rate is at most all of the net, which fits.
            line.tax = tax_of(line.net, rate_e4).unwrap_or(line.tax);
        }
        ReferenceKind::Tracking => {}
    }
}

#[derive(Default)]
pub struct Errors(pub Vec<EntryError>);

impl Errors {
    pub fn add(&mut self, field: impl Into<String>, words: impl Into<String>) {
        self.0.push(EntryError::new(field, words));
    }

    /// Takes a text over, unless it is as before. Line breaks only in long ones.
    pub fn text(&mut self, stored: &mut String, entry: &str, field: &str, name: &str, most: usize, required: bool) {
        if is_same_entry(entry, stored) {
            return;
        }
        let text = clean(entry);
        let length = text.chars().count();
        let is_multiline = most > 500;
        if text.is_empty() && required {
            self.add(field, format!("{name} is missing."));
        } else if length > most {
            self.add(field, format!("{name} has {length} characters; {most} is the most."));
        } else if text.chars().any(|c| c.is_control() && !(is_multiline && matches!(c, '\n' | '\t'))) {
            self.add(field, format!("{name} has a line break or another control character."));
        }
        *stored = text;
    }

    /// Takes a day over, unless it is as before.
    fn date(&mut self, stored: &mut String, entry: &str, field: &str, name: &str) {
        if is_same_entry(entry, stored) {
            return;
        }
        let text = clean(entry);
        // `2026-1-5` and `20260105` are read by some and not by others: only the one way of writing is taken.
        let is_day = text.parse::<Date>().is_ok_and(|day| day.to_string() == text && (1900..2200).contains(&day.year()));
        if !is_day {
            let shown: String = text.chars().take(40).collect();
            self.add(field, format!("{name} “{shown}” is not a day: one such as 2026-01-31 is expected."));
        }
        *stored = text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::DocumentKind;

    fn facts() -> DocumentFacts {
        let line = |net, tax| Line {
            description: "Rent".into(),
            account_code: "200".into(),
            tax_type: "20% (VAT on Income)".into(),
            net,
            tax,
            ..Line::default()
        };
        DocumentFacts {
            kind: DocumentKind::SalesCreditNote,
            number: "C1".into(),
            contact: "Quay".into(),
            reference: String::new(),
            issue_date: "2026-01-01".into(),
            due_date: "2026-01-31".into(),
            currency: "GBP".into(),
            // The tax of the second was rounded by whoever wrote the paper.
            lines: vec![line(-1_001, -200), line(-333, -66)],
        }
    }

    fn apply_to(change: impl Fn(&mut DocumentEdit), paid: i64) -> (DocumentFacts, Vec<String>) {
        let facts = facts();
        let mut edit = DocumentEdit::of(&facts);
        change(&mut edit);
        let (new, errors) = apply(&facts, &edit, paid, &Rules::default());
        (new, errors.into_iter().map(|error| format!("{}: {}", error.field, error.words)).collect())
    }

    #[test]
    fn an_untouched_form_changes_nothing() {
        assert_eq!(apply_to(|_| {}, -1_600), (facts(), vec![]));
    }

    #[test]
    fn tax_changes_with_its_rate_only() {
        let (new, errors) = apply_to(|edit| edit.lines[1].account = "260".into(), 0);
        assert_eq!((errors, new.lines[1].tax, new.lines[1].net), (vec![], -66, -333));
        let (new, errors) = apply_to(|edit| edit.lines[1].tax_rate = "5% (VAT on Income)".into(), 0);
        assert_eq!((errors, new.lines[1].tax, new.lines[0].tax), (vec![], -17, -200), "away from zero");
        let by = |kind, from: &str, by: &str| Replace { kind, from: from.into(), by: by.into() };
        let (new, errors) = apply_to(|edit| edit.replace = vec![by(ReferenceKind::TaxRate, "20% (VAT on Income)", "No VAT")], 0);
        assert_eq!((errors, Totals::of(&new.lines).tax), (vec![], 0));
        let (_, errors) = apply_to(|edit| edit.replace = vec![by(ReferenceKind::Account, "999", "260")], 0);
        assert_eq!(errors, ["replace-account-from: No line has the account 999."]);
        let (_, errors) = apply_to(|edit| edit.replace = vec![by(ReferenceKind::Account, "200", "")], 0);
        assert_eq!(errors, ["replace-account-by: Choose the account that takes the place of 200."]);
    }

    #[test]
    fn a_total_stays_above_what_is_paid() {
        let change = |edit: &mut DocumentEdit| edit.lines[0].tax_rate = "No VAT".into();
        assert_eq!(apply_to(change, -1_400).1, Vec::<String>::new());
        assert!(apply_to(change, -1_500).1[0].contains("the total would be -14.00, and -15.00 is paid already"));
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field() {
        let wrong = |change: &dyn Fn(&mut DocumentEdit)| apply_to(change, 0).1.join(" ");
        assert_eq!(wrong(&|edit| edit.number = " ".into()), "number: The number is missing.");
        assert!(
            wrong(&|edit| edit.reference = "x".repeat(256))
                .contains("reference: The reference has 256 characters; 255 is the most.")
        );
        assert!(wrong(&|edit| edit.reference = "a\nb".into()).contains("line break"));
        for bad in ["2026-02-30", "2026-1-5", "20260105", "31/01/2026", "", "1026-01-01"] {
            assert!(wrong(&|edit| edit.issue_date = bad.into()).contains("issue_date: The issue date"), "{bad}");
        }
        assert!(wrong(&|edit| edit.due_date = "2025-12-31".into()).contains("is before the issue date 2026-01-01"));
        assert!(wrong(&|edit| edit.lines[0].tax_rate = "Odd".into()).contains("line-1-tax_rate: Line 1: Nobody has told"));
        assert!(
            wrong(&|edit| edit.lines[0].account = "12345678901".into())
                .contains("line-1-account: Line 1: “12345678901” is no account")
        );
        assert!(
            wrong(&|edit| edit.lines[1].description = "".into())
                .contains("line-2-description: The description of line 2 is missing")
        );
        assert!(wrong(&|edit| edit.lines[1].position = 9).contains("There is no line 9"));
    }
}
