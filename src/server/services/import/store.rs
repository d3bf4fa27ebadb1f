//! Puts a batch of a file's documents into the store: whole documents or nothing, so that an interrupted import
//! is completed by the same file again.

use super::draft::Draft;
use crate::domain::document::DocumentState;
use crate::domain::import::{ImportError, Report};
use crate::server::db::{
    Tx,
    companies::{self, Company, name_key},
    contacts::{self, ContactDetails},
    documents::{self, DocumentFacts, Made, Prepared, Replacement, StoredDocument},
};
use std::collections::{HashMap, HashSet};

/// Stores what is new or changed of a batch, and adds all of it to the report.
pub struct Storing<'a> {
    pub company: &'a Company,
    pub by: &'a str,
    pub report: Report,
    /// Contacts this file has told of already. The first document that names a contact says what it is like, later
    /// ones only fill in what is empty: otherwise two documents that differ would undo each other with every import.
    told: HashSet<String>,
}

impl<'a> Storing<'a> {
    pub fn new(company: &'a Company, by: &'a str) -> Self {
        let report = Report { currency: company.currency.clone(), ..Report::default() };
        Storing { company, by, report, told: HashSet::new() }
    }

    pub fn refuse(&mut self, errors: Vec<ImportError>) {
        self.report.documents += 1;
        self.report.refused += 1;
        errors.into_iter().for_each(|error| self.report.add_error(error));
    }

    /// The transaction is the caller's, who commits it.
    pub async fn store(&mut self, tx: &mut Tx, drafts: Vec<Draft>, now: i64) -> anyhow::Result<()> {
        companies::lock(tx, &self.company.id).await?;
        let numbers: Vec<&str> = drafts.iter().map(|draft| draft.number.as_str()).collect();
        let stored = documents::sales_by_numbers(&mut *tx, &self.company.id, &numbers).await?;
        let stored: HashMap<(String, String), StoredDocument> =
            stored.into_iter().map(|one| ((one.kind.clone(), one.number.clone()), one)).collect();
        let mut accepted = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let key = (draft.kind.as_str().to_owned(), draft.number.clone());
            match stored.get(&key) {
                Some(voided) if voided.state == "void" => {
                    let reason = "was voided; give the new document a number of its own";
                    let error = ImportError { line: draft.line, column: "InvoiceNumber".into(), reason: reason.into() };
                    self.refuse(vec![error]);
                }
                other => accepted.push((draft, other)),
            }
        }
        let contact_ids = self.contacts(tx, accepted.iter().map(|(draft, _)| &draft.contact), now).await?;
        let mut new = Vec::new();
        for ((draft, stored), contact_id) in accepted.into_iter().zip(contact_ids) {
            if !self.tally(&draft) {
                continue;
            }
            let prepared = prepared(draft, &self.company.currency, contact_id)?;
            match stored {
                None => new.push(prepared),
                Some(stored) if stored.content_hash == prepared.content_hash => {
                    self.report.unchanged += 1;
                    continue;
                }
                Some(stored) => {
                    let version = stored.version + 1;
                    let new = Replacement { id: &stored.id, version, state: DocumentState::Approved, document: &prepared };
                    documents::replace(tx, &new, self.made(), now).await?;
                }
            }
            self.report.stored += 1;
        }
        documents::insert(tx, &self.company.id, &new, self.made(), now).await?;
        Ok(())
    }

    /// What is imported is still to be sent.
    fn made(&self) -> Made<'_> {
        Made { by: self.by, pending: true }
    }

    /// Counts a document, unless the sum of the file would no longer fit.
    fn tally(&mut self, draft: &Draft) -> bool {
        let tally = match draft.kind.is_credit_note() {
            true => &mut self.report.credit_notes,
            false => &mut self.report.invoices,
        };
        let Some(net) = tally.net.checked_add(draft.totals.net) else {
            let reason = "together with the documents above, the amounts are too large to be true";
            self.refuse(vec![ImportError { line: draft.line, column: String::new(), reason: reason.into() }]);
            return false;
        };
        tally.net = net;
        tally.count += 1;
        self.report.documents += 1;
        true
    }

    /// The ids of a batch's contacts in order; those that are new are made, those that differ brought up to date.
    async fn contacts(
        &mut self,
        tx: &mut Tx,
        named: impl Iterator<Item = &ContactDetails>,
        now: i64,
    ) -> anyhow::Result<Vec<String>> {
        let mut keys = Vec::new();
        let mut wanted: HashMap<String, ContactDetails> = HashMap::new();
        let mut named_by_key = Vec::new();
        for contact in named {
            let key = name_key(&contact.name);
            if !wanted.contains_key(&key) {
                wanted.insert(key.clone(), ContactDetails::default());
                keys.push(key.clone());
            }
            named_by_key.push((key, contact));
        }
        let found = contacts::by_name_keys(&mut *tx, &self.company.id, &keys).await?;
        let mut ids = HashMap::new();
        let mut before = HashMap::new();
        for contact in found {
            wanted.insert(contact.name_key.clone(), contact.details.clone());
            ids.insert(contact.name_key.clone(), contact.id);
            before.insert(contact.name_key, contact.details);
        }
        for (key, contact) in &named_by_key {
            let overwrite = self.told.insert(key.clone());
            if let Some(details) = wanted.get_mut(key) {
                merge(details, contact, overwrite);
            }
        }
        let mut new = Vec::new();
        for key in &keys {
            match (ids.get(key), before.get(key), &wanted[key]) {
                (Some(_), Some(before), details) if before == details => {}
                (Some(id), _, details) => {
                    contacts::update(tx, id, details, self.by, now).await?;
                }
                (None, _, details) => new.push((key.clone(), details.clone())),
            }
        }
        let details: Vec<ContactDetails> = new.iter().map(|(_, details)| details.clone()).collect();
        let made = contacts::insert(tx, &self.company.id, &details, self.by, now).await?;
        ids.extend(new.into_iter().map(|(key, _)| key).zip(made));
        Ok(named_by_key.iter().map(|(key, _)| ids[key].clone()).collect())
    }
}

/// What is said replaces what is known, or only fills what is empty. Nothing said erases nothing.
fn merge(known: &mut ContactDetails, said: &ContactDetails, overwrite: bool) {
    let pairs = [
        (&mut known.name, &said.name),
        (&mut known.email, &said.email),
        (&mut known.address, &said.address),
        (&mut known.country, &said.country),
    ];
    for (known, said) in pairs {
        if !said.is_empty() && (overwrite || known.is_empty()) {
            known.clone_from(said);
        }
    }
}

fn prepared(draft: Draft, currency: &str, contact_id: String) -> serde_json::Result<Prepared> {
    let facts = DocumentFacts {
        kind: draft.kind,
        number: draft.number,
        contact: draft.contact.name,
        reference: draft.reference,
        issue_date: draft.issue_date,
        due_date: draft.due_date,
        currency: currency.to_owned(),
        lines: draft.lines,
    };
    Prepared::new(facts, contact_id)
}
