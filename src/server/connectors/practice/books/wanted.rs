//! What a piece of work has to read before it can be judged.

use crate::domain::document::DocumentKind;
use crate::server::connectors::{Content, PushItem};
use crate::server::db::companies::name_key;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Wanted<'a> {
    /// Whether lines will be booked, so the chart is needed.
    pub lines: bool,
    pub contact_ids: BTreeSet<&'a str>,
    pub name_keys: BTreeSet<String>,
    pub document_ids: BTreeSet<&'a str>,
    pub numbers: BTreeMap<DocumentKind, BTreeSet<&'a str>>,
    pub payment_ids: BTreeSet<&'a str>,
    pub keys: BTreeSet<&'a str>,
}

impl<'a> Wanted<'a> {
    pub fn by(items: &'a [PushItem]) -> Wanted<'a> {
        let mut wanted = Wanted::default();
        for item in items {
            wanted.keys.insert(&item.idempotency_key);
            let external_id = item.external_id.as_deref();
            match &item.content {
                Content::Contact(contact) => {
                    wanted.contact_ids.extend(external_id);
                    wanted.name_keys.insert(name_key(&contact.name));
                }
                Content::Document(document) => {
                    wanted.lines = true;
                    wanted.document_ids.extend(external_id);
                    wanted.contact_ids.insert(&document.contact_id);
                    wanted.numbers.entry(document.kind).or_default().insert(&document.number);
                }
                Content::Payment(payment) => {
                    wanted.document_ids.insert(&payment.document_id);
                    wanted.payment_ids.extend(external_id);
                }
            }
        }
        wanted
    }

    /// One stored document, for what a person does to it.
    pub fn document(id: &'a str) -> Wanted<'a> {
        Wanted { document_ids: BTreeSet::from([id]), ..Wanted::default() }
    }
}
