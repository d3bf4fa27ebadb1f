//! Changing a contact, by the same rules as a document.

use super::{
    Asked,
    check::Errors,
    document_edit,
    saved::{self, Facts},
    trail, views,
};
use crate::{
    domain::{
        contact::ContactFacts,
        message::Entity,
        record::{
            diff,
            edit::{ContactEdit, MOST_ADDRESS, MOST_COUNTRY, MOST_EMAIL, MOST_NAME},
            view::{ContactForm, EntryError},
        },
    },
    server::{
        db::{
            Db, Tx, actions,
            companies::{self, Company, name_key},
            contacts::{self, ContactDetails},
            now_ms, record_trail, records, status,
        },
        services::error::{ServiceError, ServiceResult},
    },
};

pub async fn form(
    tx: &mut Tx,
    company: &Company,
    contact: &records::Contact,
    facts: &ContactFacts,
    asked: &Asked,
) -> ServiceResult<ContactForm> {
    let kept = ContactEdit::with_kept(facts, &asked.kept);
    let unsaved = kept.is_some();
    let edit = kept.unwrap_or_else(|| ContactEdit::of(facts));
    let errors = match unsaved {
        true => checked(tx, company, contact, facts, &edit).await?.1,
        false => Vec::new(),
    };
    Ok(ContactForm { version: contact.version, edit, unsaved, errors })
}

async fn checked(
    tx: &mut Tx,
    company: &Company,
    contact: &records::Contact,
    facts: &ContactFacts,
    edit: &ContactEdit,
) -> ServiceResult<(ContactFacts, Vec<EntryError>)> {
    let mut new = facts.clone();
    let mut errors = Errors::default();
    errors.text(&mut new.name, &edit.name, "name", "The name", MOST_NAME, true);
    errors.text(&mut new.email, &edit.email, "email", "The e-mail address", MOST_EMAIL, false);
    errors.text(&mut new.address, &edit.address, "address", "The address", MOST_ADDRESS, false);
    errors.text(&mut new.country, &edit.country, "country", "The country", MOST_COUNTRY, false);
    let is_address = |text: &str| text.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
    if new.email != facts.email && !new.email.is_empty() && (!is_address(&new.email) || new.email.contains(char::is_whitespace)) {
        errors.add("email", "An e-mail address such as rent@quay.example is expected.");
    }
    let key = name_key(&new.name);
    if key != contact.name_key
        && let Some(other) = records::contact_by_key(tx, &company.id, &key).await?
    {
        let archived = if other.archived != 0 { ", which is archived" } else { "" };
        errors.add("name", format!("Another contact is called “{}” here{archived}: names are used once.", other.name));
    }
    Ok((new, errors.0))
}

/// Saves a contact's entries, made for a version of it; answers what to tell.
pub async fn edit_contact(
    db: &Db,
    company: &Company,
    id: &str,
    version: i64,
    edit: &ContactEdit,
    by: &str,
) -> ServiceResult<String> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &company.id).await?;
    let contact = stored(&mut tx, company, id).await?;
    let name = format!("Contact {}", contact.name);
    if contact.version != version {
        return Err(document_edit::stale(&mut tx, company, Entity::Contact, id, &name, version).await?);
    }
    let facts = views::contact_facts(&contact);
    let (new, errors) = checked(&mut tx, company, &contact, &facts, edit).await?;
    if !errors.is_empty() {
        return Err(ServiceError::Invalid(document_edit::all_in_one(&errors)));
    }
    if new == facts {
        return Ok(format!("Nothing was changed: {name} stays at version {version}."));
    }
    let what: Vec<String> = diff::contacts(&facts, &new).into_iter().map(|change| change.what.to_lowercase()).collect();
    let summary = format!("Changed contact {}: {}", contact.name, what.join(", "));
    let label = new.name.clone();
    let details = ContactDetails { name: new.name, email: new.email, address: new.address, country: new.country };
    let version = contacts::update(&mut tx, id, &details, by, now).await?;
    actions::record(&mut tx, &company.id, "edit", by, &summary, "", &[(Entity::Contact, id.to_owned(), label)], now).await?;
    status::refresh(&mut tx, &company.id, now).await?;
    tx.commit().await?;
    let standing = Facts { version, pending: true, tried: false, dated: None, state: None };
    saved::send(db, company, Entity::Contact, id, &standing, by).await
}

pub async fn stored(tx: &mut Tx, company: &Company, id: &str) -> ServiceResult<records::Contact> {
    records::contact(tx, &company.id, id).await?.ok_or_else(|| super::missing(company, Entity::Contact))
}

/// What of a form's entries is not in the contact it began with.
pub async fn kept_of_contact(
    db: &Db,
    company: &Company,
    id: &str,
    version: i64,
    edit: ContactEdit,
) -> ServiceResult<Vec<(String, String)>> {
    let mut snapshot = db.snapshot().await?;
    stored(&mut snapshot, company, id).await?;
    let began = record_trail::versions(&mut snapshot, Entity::Contact, id, version, 1).await?;
    match began.first() {
        Some(began) => Ok(edit.kept(&trail::contact_in(began)?)),
        None => Ok(Vec::new()),
    }
}
