//! What a person enters on a record's page, and how entries that could not be saved come back to the form: in its
//! address, and only what differs from what the form began with.

use crate::domain::{contact::ContactFacts, document::DocumentFacts, matching::ReferenceKind};
use serde::{Deserialize, Serialize};

/// The most characters of each entry, as an import takes them.
pub const MOST_NUMBER: usize = 255;
pub const MOST_NAME: usize = 255;
pub const MOST_REFERENCE: usize = 255;
pub const MOST_DESCRIPTION: usize = 4000;
pub const MOST_EMAIL: usize = 255;
pub const MOST_ADDRESS: usize = 2000;
pub const MOST_COUNTRY: usize = 50;

/// Kept entries are no longer than this altogether, in bytes of the address.
const MOST_KEPT: usize = 16_000;

/// A line's entries. `position` counts from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineEdit {
    pub position: usize,
    pub description: String,
    pub account: String,
    pub tax_rate: String,
}

/// One account or tax rate in the place of another, on every line that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replace {
    pub kind: ReferenceKind,
    pub from: String,
    pub by: String,
}

/// A document's entries. Lines that are not named stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentEdit {
    pub number: String,
    pub contact: String,
    pub issue_date: String,
    pub due_date: String,
    #[serde(default)]
    pub reference: String,
    #[serde(default)]
    pub lines: Vec<LineEdit>,
    /// Made after the lines' own entries; one without either value is none.
    #[serde(default)]
    pub replace: Vec<Replace>,
}

impl DocumentEdit {
    /// The entries of a form nobody has touched.
    pub fn of(facts: &DocumentFacts) -> DocumentEdit {
        let lines = facts.lines.iter().zip(1..).map(|(line, position)| LineEdit {
            position,
            description: line.description.clone(),
            account: line.account_code.clone(),
            tax_rate: line.tax_type.clone(),
        });
        DocumentEdit {
            number: facts.number.clone(),
            contact: facts.contact.clone(),
            issue_date: facts.issue_date.clone(),
            due_date: facts.due_date.clone(),
            reference: facts.reference.clone(),
            lines: lines.collect(),
            replace: Vec::new(),
        }
    }

    fn fields(&mut self) -> [(&'static str, &mut String); 5] {
        [
            ("number", &mut self.number),
            ("contact", &mut self.contact),
            ("issue_date", &mut self.issue_date),
            ("due_date", &mut self.due_date),
            ("reference", &mut self.reference),
        ]
    }

    /// Entries that differ from what the form began with, as keys and values of an address.
    pub fn kept(mut self, began_with: &DocumentFacts) -> Vec<(String, String)> {
        let mut untouched = DocumentEdit::of(began_with);
        let mut kept = differing(self.fields(), untouched.fields());
        for mut line in std::mem::take(&mut self.lines) {
            let Some(before) = untouched.lines.iter_mut().find(|before| before.position == line.position) else { continue };
            let position = line.position;
            let entries = differing(line.fields(), before.fields());
            kept.extend(entries.into_iter().map(|(field, value)| (format!("line-{position}-{field}"), value)));
        }
        for replace in self.replace.into_iter().filter(|replace| !replace.from.is_empty() || !replace.by.is_empty()) {
            kept.push((replace_key(replace.kind, "from"), replace.from));
            kept.push((replace_key(replace.kind, "by"), replace.by));
        }
        kept
    }

    /// The form filled with kept entries; `None` where there are none.
    pub fn with_kept(facts: &DocumentFacts, query: &[(String, String)]) -> Option<DocumentEdit> {
        let mut edit = DocumentEdit::of(facts);
        let mut any = false;
        for (key, value) in query {
            let entry = match key.strip_prefix("line-").and_then(|rest| rest.split_once('-')) {
                Some((position, field)) => {
                    let line = edit.lines.iter_mut().find(|line| line.position.to_string() == position);
                    line.and_then(|line| line.fields().into_iter().find(|(name, _)| *name == field).map(|(_, entry)| entry))
                }
                None => edit.fields().into_iter().find(|(name, _)| name == key).map(|(_, entry)| entry),
            };
            if let Some(entry) = entry {
                entry.clone_from(value);
                any = true;
            }
        }
        for kind in ReferenceKind::ALL.iter().filter(|kind| **kind != ReferenceKind::Tracking) {
            let value = |part| query.iter().find(|(key, _)| *key == replace_key(*kind, part)).map(|(_, value)| value.clone());
            if let (Some(from), Some(by)) = (value("from"), value("by")) {
                edit.replace.push(Replace { kind: *kind, from, by });
                any = true;
            }
        }
        any.then_some(edit)
    }
}

impl LineEdit {
    fn fields(&mut self) -> [(&'static str, &mut String); 3] {
        [("description", &mut self.description), ("account", &mut self.account), ("tax_rate", &mut self.tax_rate)]
    }
}

fn replace_key(kind: ReferenceKind, part: &str) -> String {
    format!("replace-{}-{part}", kind.as_str())
}

/// A contact's entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactEdit {
    pub name: String,
    pub email: String,
    pub address: String,
    pub country: String,
}

impl ContactEdit {
    pub fn of(facts: &ContactFacts) -> ContactEdit {
        let ContactFacts { name, email, address, country, .. } = facts.clone();
        ContactEdit { name, email, address, country }
    }

    fn fields(&mut self) -> [(&'static str, &mut String); 4] {
        [("name", &mut self.name), ("email", &mut self.email), ("address", &mut self.address), ("country", &mut self.country)]
    }

    pub fn kept(mut self, began_with: &ContactFacts) -> Vec<(String, String)> {
        differing(self.fields(), ContactEdit::of(began_with).fields())
    }

    pub fn with_kept(facts: &ContactFacts, query: &[(String, String)]) -> Option<ContactEdit> {
        let mut edit = ContactEdit::of(facts);
        let mut any = false;
        for (key, value) in query {
            if let Some((_, entry)) = edit.fields().into_iter().find(|(name, _)| name == key) {
                entry.clone_from(value);
                any = true;
            }
        }
        any.then_some(edit)
    }
}

fn differing<const N: usize>(
    entries: [(&'static str, &mut String); N],
    before: [(&'static str, &mut String); N],
) -> Vec<(String, String)> {
    let pairs = entries.into_iter().zip(before);
    let changed = pairs.filter(|((_, entry), (_, before))| !is_same_entry(entry, before));
    changed.map(|((key, entry), _)| (key.to_owned(), entry.clone())).collect()
}

/// Forms send line breaks in their own way, and blanks at either end say nothing.
pub fn is_same_entry(entry: &str, stored: &str) -> bool {
    clean(entry) == clean(stored)
}

/// An entry as it is stored.
pub fn clean(entry: &str) -> String {
    entry.replace("\r\n", "\n").trim().to_owned()
}

/// The query of a form's address that holds these entries; without those that no longer fit.
pub fn kept_query(kept: Vec<(String, String)>, lines_page: u64) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("edit", "1");
    if lines_page > 1 {
        query.append_pair("lines", &lines_page.to_string());
    }
    let mut size = 0;
    for (key, value) in kept {
        // A character takes up to three bytes for each of its own.
        size += key.len() + 3 * value.len();
        if size <= MOST_KEPT {
            query.append_pair(&key, &value);
        }
    }
    query.finish()
}

/// What is entered to apply credit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyEdit {
    /// Id of the document.
    pub document: String,
    /// As it was typed; empty for as much as both have left.
    pub amount: String,
    /// `YYYY-MM-DD`.
    pub date: String,
}

impl ApplyEdit {
    const FIELDS: [&str; 3] = ["document", "amount", "date"];

    /// A query string that keeps the entries.
    pub fn kept_query(&self) -> String {
        let values = [&self.document, &self.amount, &self.date];
        let pairs = ApplyEdit::FIELDS.iter().zip(values).map(|(field, value)| (format!("apply-{field}"), value));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    }

    /// The entries that were kept; `None` where none were.
    pub fn with_kept(kept: &[(String, String)]) -> Option<ApplyEdit> {
        let of =
            |field: &str| kept.iter().find(|(key, _)| key.strip_prefix("apply-") == Some(field)).map(|(_, value)| value.clone());
        let [document, amount, date] = ApplyEdit::FIELDS.map(of);
        let any = document.is_some() || amount.is_some() || date.is_some();
        let or_none = Option::unwrap_or_default;
        any.then(|| ApplyEdit { document: or_none(document), amount: or_none(amount), date: or_none(date) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_entered_to_apply_credit_is_kept() {
        let edit = ApplyEdit { document: "d-1".into(), amount: "12,50 & more".into(), date: String::new() };
        let kept: Vec<_> = form_urlencoded::parse(edit.kept_query().as_bytes()).into_owned().collect();
        assert_eq!(ApplyEdit::with_kept(&kept), Some(edit));
        assert_eq!(ApplyEdit::with_kept(&[("date".into(), "2026-01-01".into())]), None);
    }
    use crate::domain::document::{DocumentKind, Line};

    fn facts() -> DocumentFacts {
        let line = |what: &str| Line { description: what.into(), account_code: "200".into(), ..Line::default() };
        DocumentFacts {
            kind: DocumentKind::SalesInvoice,
            number: "1001".into(),
            contact: "Quay Ltd".into(),
            reference: String::new(),
            issue_date: "2026-01-01".into(),
            due_date: "2026-01-31".into(),
            currency: "GBP".into(),
            lines: vec![line("Rent"), line("Two\nlines")],
        }
    }

    fn back(query: &str) -> Option<DocumentEdit> {
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        DocumentEdit::with_kept(&facts(), &pairs)
    }

    #[test]
    fn entries_come_back_as_they_were_entered() {
        let mut edit = DocumentEdit::of(&facts());
        edit.contact = "Marlow & Söhne=1".into();
        edit.reference = "May".into();
        edit.lines[1].account = "260".into();
        edit.replace.push(Replace { kind: ReferenceKind::TaxRate, from: "5%".into(), by: "No VAT".into() });
        let query = kept_query(edit.clone().kept(&facts()), 2);
        assert!(query.starts_with("edit=1&lines=2&contact="), "{query}");
        assert!(!query.contains("Rent") && !query.contains("1001"), "{query}");
        assert_eq!(back(&query), Some(edit));
    }

    #[test]
    fn an_untouched_form_keeps_nothing_and_line_breaks_of_forms_are_no_change() {
        let mut edit = DocumentEdit::of(&facts());
        edit.lines[1].description = "Two\r\nlines ".into();
        assert_eq!(edit.kept(&facts()), []);
        assert_eq!(back("edit=1&colour=red&line-9-account=1&line-x=1&replace-account-from=2"), None);
    }

    #[test]
    fn a_contact_comes_back_too_and_what_is_too_long_is_left_out() {
        let facts = ContactFacts { name: "Quay".into(), ..ContactFacts::default() };
        let edit = ContactEdit { name: "Quay Ltd".into(), address: "x".repeat(6_000), ..ContactEdit::default() };
        let kept = edit.kept(&facts);
        assert_eq!(kept.len(), 2);
        let query = kept_query(kept, 1);
        assert_eq!(query, "edit=1&name=Quay+Ltd");
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(ContactEdit::with_kept(&facts, &pairs).unwrap().name, "Quay Ltd");
    }
}
