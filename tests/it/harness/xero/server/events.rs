//! What Xero tells by itself of the changes in an organisation's books, whoever made them: it follows from the changes, so the
//! journal has it too. How it is sent is in `hooks`.

use super::{
    books::{Books, BooksChange},
    writing::Resource,
};
use serde::{Deserialize, Serialize};

/// A change of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `CONTACT`, `INVOICE` or `CREDITNOTE`.
    pub category: String,
    pub resource_id: String,
    pub is_new: bool,
    /// Milliseconds.
    pub at: i64,
    /// Of credit notes: type and status.
    pub data: Option<(String, String)>,
}

/// Of a change that is about to be made. Nothing is told of payments but that their documents have changed.
pub fn of(books: &Books, change: &BooksChange) -> Option<Event> {
    match change {
        BooksChange::Contact(contact) => Some(Event {
            category: "CONTACT".into(),
            resource_id: contact.id.clone(),
            is_new: !books.contacts.contains_key(&contact.id),
            at: contact.updated,
            data: None,
        }),
        BooksChange::Document(document) => {
            let category = match document.kind.resource() {
                Resource::Invoices => "INVOICE",
                Resource::CreditNotes => "CREDITNOTE",
                // Nothing is told of what came through the bank.
                _ => return None,
            };
            let is_note = category == "CREDITNOTE";
            Some(Event {
                category: category.into(),
                resource_id: document.id.clone(),
                is_new: !books.documents.contains_key(&document.id),
                at: document.updated,
                data: is_note.then(|| (document.kind.as_str().to_owned(), document.shown_status().to_owned())),
            })
        }
        _ => None,
    }
}
