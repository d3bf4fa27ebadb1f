//! Changing a document: what is entered is checked against the version it was entered for, makes a new version, is
//! recorded as what somebody did, and sets off the sync that sends it.

use super::{
    Asked, check,
    choices::Rules,
    saved::{self, Facts},
    trail, views,
};
use crate::{
    domain::{
        document::{DocumentFacts, DocumentKind, Line},
        matching::ReferenceKind,
        message::Entity,
        record::{
            diff,
            edit::{DocumentEdit, Replace, clean, is_same_entry},
            view::{DocumentForm, DocumentView, EntryError},
        },
    },
    server::{
        db::{
            Db, Tx, actions,
            companies::{self, Company, name_key},
            documents::{self, Made, Prepared, Replacement},
            now_ms, record_trail, records, status,
        },
        services::{
            error::{ServiceError, ServiceResult},
            local_time::LocalTime,
        },
    },
};
use std::ops::Range;

/// Names of contacts a form offers.
const CONTACTS: usize = 100;
/// Letters by which names are looked for where there are more.
const LETTERS: usize = 3;

/// What a stored document says.
pub fn facts_of(document: &records::Document, lines: Vec<Line>) -> DocumentFacts {
    DocumentFacts {
        kind: views::kind(document),
        number: document.number.clone(),
        contact: document.contact.clone(),
        reference: document.reference.clone(),
        issue_date: document.issue_date.clone(),
        due_date: document.due_date.clone(),
        currency: document.currency.clone(),
        lines,
    }
}

/// The form for the lines of one page, with what is wrong with entries that are not saved yet.
pub async fn form(
    tx: &mut Tx,
    company: &Company,
    document: &records::Document,
    facts: &DocumentFacts,
    asked: &Asked,
    on_page: Range<usize>,
) -> ServiceResult<DocumentForm> {
    let rules = Rules::of(tx, &company.id).await?;
    let kept = DocumentEdit::with_kept(facts, &asked.kept);
    let unsaved = kept.is_some();
    let mut edit = kept.unwrap_or_else(|| DocumentEdit::of(facts));
    let errors = match unsaved {
        true => checked(tx, company, document, facts, &edit, &rules).await?.errors,
        false => Vec::new(),
    };
    edit.lines = edit.lines.drain(on_page).collect();
    let used = |value: fn(&Line) -> &String| {
        let mut all: Vec<String> = facts.lines.iter().map(value).cloned().collect();
        all.sort();
        all.dedup();
        all
    };
    Ok(DocumentForm {
        version: document.version,
        contacts: names(tx, company, &edit.contact).await?,
        used_accounts: used(|line| &line.account_code),
        used_tax_rates: used(|line| &line.tax_type),
        choices: rules.choices,
        edit,
        unsaved,
        errors,
    })
}

/// All names where they are few; where they are many, those that begin like the entry.
async fn names(tx: &mut Tx, company: &Company, entry: &str) -> sqlx::Result<Vec<String>> {
    let all = records::contact_names(&mut *tx, &company.id, "", CONTACTS as i64).await?;
    if all.len() < CONTACTS {
        return Ok(all);
    }
    let beginning: String = name_key(entry).chars().take(LETTERS).collect();
    records::contact_names(tx, &company.id, &beginning, CONTACTS as i64).await
}

/// What entries come to.
struct Checked {
    facts: DocumentFacts,
    contact_id: String,
    errors: Vec<EntryError>,
}

async fn checked(
    tx: &mut Tx,
    company: &Company,
    document: &records::Document,
    facts: &DocumentFacts,
    edit: &DocumentEdit,
    rules: &Rules,
) -> ServiceResult<Checked> {
    let (mut new, mut errors) = check::apply(facts, edit, document.paid, rules);
    let mut contact_id = document.contact_id.clone();
    if !is_same_entry(&edit.contact, &facts.contact) {
        match contact_named(tx, company, &edit.contact).await? {
            Ok(contact) => (contact_id, new.contact) = (contact.id, contact.name),
            Err(words) => errors.push(EntryError::new("contact", words)),
        }
    }
    let scope = if new.kind.number_is_ours() { "" } else { &contact_id };
    if records::number_is_taken(tx, &company.id, new.kind, &new.number, scope, &document.id).await? {
        let what = new.kind.label().to_lowercase();
        errors.push(EntryError::new("number", format!("Another {what} has the number {} here.", new.number)));
    }
    Ok(Checked { facts: new, contact_id, errors })
}

/// The contact in use of exactly that name, or why there is none.
async fn contact_named(tx: &mut Tx, company: &Company, entry: &str) -> ServiceResult<Result<records::Contact, String>> {
    let name = clean(entry);
    let shown: String = name.chars().take(60).collect();
    if name.is_empty() {
        return Ok(Err("The contact is missing.".into()));
    }
    match records::contact_by_key(&mut *tx, &company.id, &name_key(&name)).await? {
        Some(contact) if contact.archived == 0 => Ok(Ok(contact)),
        Some(contact) => {
            Ok(Err(format!("{} is archived: restore it in the accounting software, or choose another.", contact.name)))
        }
        None => {
            let beginning: String = name_key(&name).chars().take(LETTERS).collect();
            let alike = records::contact_names(tx, &company.id, &beginning, 3).await?;
            let alike = match alike.is_empty() {
                true => "Write the whole name of one there is.".to_owned(),
                false => format!("Names that begin alike: {}.", alike.join(", ")),
            };
            Ok(Err(format!("There is no contact “{shown}” here. {alike}")))
        }
    }
}

/// Saves a document's entries, made for a version of it; answers what to tell. Entries that change nothing make no
/// version.
pub async fn edit_document(
    db: &Db,
    company: &Company,
    entity: Entity,
    id: &str,
    version: i64,
    edit: &DocumentEdit,
    by: &str,
) -> ServiceResult<String> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &company.id).await?;
    let document = super::document(&mut tx, company, entity, id).await?;
    if let Some(why) = DocumentView::fixed_because(views::kind(&document), views::state(&document)) {
        return Err(ServiceError::Refused(why.into()));
    }
    let name = format!("{} {}", views::kind(&document).label(), document.number);
    if document.version != version {
        return Err(stale(&mut tx, company, entity, id, &name, version).await?);
    }
    let lines = views::lines(&mut tx, id).await?;
    let facts = facts_of(&document, lines);
    let rules = Rules::of(&mut tx, &company.id).await?;
    let new = checked(&mut tx, company, &document, &facts, edit, &rules).await?;
    if !new.errors.is_empty() {
        return Err(ServiceError::Invalid(all_in_one(&new.errors)));
    }
    if new.facts == facts && new.contact_id == document.contact_id {
        return Ok(format!("Nothing was changed: {name} stays at version {version}."));
    }
    let state = views::state(&document);
    let summary = summary(&facts, &new.facts, &name);
    let label = new.facts.number.clone();
    let standing = Facts {
        version: version + 1,
        pending: true,
        tried: false,
        dated: Some(new.facts.issue_date.clone()),
        state: Some(state),
    };
    let prepared = Prepared::new(new.facts, new.contact_id).map_err(anyhow::Error::from)?;
    let replacement = Replacement { id, version: version + 1, state, document: &prepared };
    documents::replace(&mut tx, &replacement, Made { by, pending: true }, now).await?;
    actions::record(&mut tx, &company.id, "edit", by, &summary, "", &[(entity, id.to_owned(), label)], now).await?;
    status::refresh(&mut tx, &company.id, now).await?;
    tx.commit().await?;
    saved::send(db, company, entity, id, &standing, by).await
}

/// One account or tax rate in the place of another, on all lines of a document.
pub async fn replace_in_document(
    db: &Db,
    company: &Company,
    entity: Entity,
    id: &str,
    version: i64,
    replace: Replace,
    by: &str,
) -> ServiceResult<String> {
    if replace.kind == ReferenceKind::Tracking {
        return Err(ServiceError::Invalid("An account or a tax rate can be replaced, nothing else.".into()));
    }
    if replace.from.is_empty() || replace.by.is_empty() {
        let name = replace.kind.label().to_lowercase();
        return Err(ServiceError::Invalid(format!("Choose the {name} that takes the place of {}.", replace.from)));
    }
    let mut snapshot = db.snapshot().await?;
    let document = super::document(&mut snapshot, company, entity, id).await?;
    // As it is, but for the value: the lines need not be named.
    let facts = facts_of(&document, Vec::new());
    drop(snapshot);
    let edit = DocumentEdit { replace: vec![replace], ..DocumentEdit::of(&facts) };
    edit_document(db, company, entity, id, version, &edit, by).await
}

/// What of a form's entries is not in the document it began with: what is to be kept when it could not be saved.
pub async fn kept_of_document(
    db: &Db,
    company: &Company,
    entity: Entity,
    id: &str,
    version: i64,
    edit: DocumentEdit,
) -> ServiceResult<Vec<(String, String)>> {
    let mut snapshot = db.snapshot().await?;
    super::document(&mut snapshot, company, entity, id).await?;
    let began = record_trail::versions(&mut snapshot, entity, id, version, 1).await?;
    match began.first() {
        Some(began) => Ok(edit.kept(&trail::document_in(began)?)),
        None => Ok(Vec::new()),
    }
}

/// Why entries for an older version are not saved.
pub async fn stale(
    tx: &mut Tx,
    company: &Company,
    entity: Entity,
    id: &str,
    name: &str,
    version: i64,
) -> ServiceResult<ServiceError> {
    let latest = record_trail::versions(tx, entity, id, i64::MAX, 1).await?;
    let who = latest.first().map(|latest| {
        let at = LocalTime::of(&company.time_zone).moment(latest.made_at).text;
        let by = if latest.made_by.is_empty() { "somebody" } else { &latest.made_by };
        format!(": {by} made version {} on {at}, and your form began with version {version}", latest.version)
    });
    Ok(ServiceError::Refused(format!(
        "{name} has changed meanwhile{}. Nothing was saved. What you entered is still in the form: look at what changed under \
        Versions, and save again.",
        who.unwrap_or_default()
    )))
}

/// All that is wrong, in one text.
pub fn all_in_one(errors: &[EntryError]) -> String {
    errors.iter().map(|error| error.words.as_str()).collect::<Vec<_>>().join(" ")
}

fn summary(before: &DocumentFacts, after: &DocumentFacts, name: &str) -> String {
    let changes = diff::documents(before, after);
    let mut what: Vec<String> = changes.into_iter().map(|change| change.what.to_lowercase()).collect();
    if what.len() > 6 {
        let more = what.len() - 5;
        what.truncate(5);
        what.push(format!("{more} more"));
    }
    format!("Changed {}: {}", in_sentence(name, after.kind), what.join("; "))
}

fn in_sentence(name: &str, kind: DocumentKind) -> String {
    name.replacen(kind.label(), &kind.label().to_lowercase(), 1)
}
