//! Writing contacts.

use super::{
    books::{Books, BooksChange, Contact},
    state::new_id,
    writing::{Refused, Way, Written, text},
};
use serde_json::{Map, Value};

/// Fields that are kept as they are written.
const KEPT: [&str; 14] = [
    "ContactNumber",
    "AccountNumber",
    "FirstName",
    "LastName",
    "CompanyNumber",
    "EmailAddress",
    "ContactPersons",
    "BankAccountDetails",
    "TaxNumber",
    "Addresses",
    "Phones",
    "DefaultCurrency",
    "IsSupplier",
    "IsCustomer",
];

/// Makes a contact, or changes the one that has the id, the number or the name.
pub fn write(books: &Books, element: &Map<String, Value>, way: &Way) -> Result<Written, Refused> {
    let id = way.id.as_deref().or_else(|| text(element, "ContactID"));
    let known = match id {
        Some(id) => {
            let known = books.contacts.get(id);
            Some(known.ok_or_else(|| Refused::of("An existing Contact with the specified ContactID could not be found"))?)
        }
        None if way.is_put => None,
        None => by_number(books, element).or_else(|| named(books, text(element, "Name")?)),
    };
    let mut contact = known.cloned().unwrap_or_else(|| new_contact(books));
    if let Some(name) = text(element, "Name") {
        contact.name = name.trim().to_owned();
    }
    for (name, value) in element.iter().filter(|(name, _)| KEPT.contains(&name.as_str())) {
        contact.fields.insert(name.clone(), value.clone());
    }
    if let Some(status) = text(element, "ContactStatus") {
        contact.is_archived = status == "ARCHIVED";
    }
    check(books, &contact)?;
    contact.updated = books.now();
    Ok(Written { id: contact.id.clone(), changes: vec![BooksChange::Contact(contact)] })
}

fn new_contact(books: &Books) -> Contact {
    Contact { id: new_id(), name: String::new(), is_archived: false, fields: Map::new(), updated: books.now() }
}

fn by_number<'a>(books: &'a Books, element: &Map<String, Value>) -> Option<&'a Contact> {
    let number = text(element, "ContactNumber").filter(|number| !number.is_empty())?;
    books.contacts.values().find(|contact| contact.fields.get("ContactNumber").is_some_and(|one| one == number))
}

/// The contact in use that has the name, whatever the case of its letters.
pub fn named<'a>(books: &'a Books, name: &str) -> Option<&'a Contact> {
    let same = |contact: &&Contact| contact.name.to_lowercase() == name.trim().to_lowercase();
    books.contacts.values().find(|contact| !contact.is_archived && same(contact))
}

fn check(books: &Books, contact: &Contact) -> Result<(), Refused> {
    if contact.name.is_empty() {
        return Err(Refused::of("The Contact Name must be specified"));
    }
    if !contact.is_archived && named(books, &contact.name).is_some_and(|other| other.id != contact.id) {
        return Err(Refused::of(&format!(
            "The contact name {} is already assigned to another contact. The contact name must be unique across all active contacts.",
            contact.name
        )));
    }
    let email = text(&contact.fields, "EmailAddress").unwrap_or_default();
    let is_address = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if !email.is_empty() && !is_address {
        return Err(Refused::of("Email address must be valid."));
    }
    Ok(())
}

/// The contact a document is for; one that nobody has the name of is made with it.
pub fn of_document(books: &Books, element: &Map<String, Value>) -> Result<(String, Option<BooksChange>), Refused> {
    let given = element.get("Contact").and_then(Value::as_object);
    let given = given.ok_or_else(|| Refused::of("A Contact must be specified for this type of transaction"))?;
    let name = text(given, "Name");
    let known = match text(given, "ContactID") {
        Some(id) => {
            let known = books.contacts.get(id);
            Some(known.ok_or_else(|| Refused::of("The specified contact could not be found"))?)
        }
        None => name.and_then(|name| named(books, name).or_else(|| archived(books, name))),
    };
    match (known, name) {
        (Some(contact), _) if contact.is_archived => Err(Refused::of(
            "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes.",
        )),
        (Some(contact), _) => Ok((contact.id.clone(), None)),
        (None, Some(name)) => {
            let contact = Contact { name: name.trim().to_owned(), ..new_contact(books) };
            check(books, &contact)?;
            Ok((contact.id.clone(), Some(BooksChange::Contact(contact))))
        }
        (None, None) => Err(Refused::of("A Contact must be specified for this type of transaction")),
    }
}

fn archived<'a>(books: &'a Books, name: &str) -> Option<&'a Contact> {
    books.contacts.values().find(|contact| contact.is_archived && contact.name.to_lowercase() == name.trim().to_lowercase())
}
