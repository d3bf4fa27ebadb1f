//! The page of one record: what we hold, what became of it, and what a person can change about it.

mod check;
mod choices;
mod contact_edit;
mod document_edit;
mod money;
mod saved;
mod trail;
mod views;

use super::{
    error::{ServiceError, ServiceResult},
    local_time::LocalTime,
};
use crate::{
    domain::{
        document::DocumentKind,
        message::Entity,
        record::view::{Content, RecordView},
    },
    server::db::{
        Db, Tx,
        companies::{self, Company},
        connections, records,
    },
};
pub use contact_edit::{edit_contact, kept_of_contact};
pub use document_edit::{edit_document, kept_of_document, replace_in_document};
pub use money::{apply_credit, take_back};

/// What of a record its page is asked to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// With the form in which it is changed.
    pub edit: bool,
    /// Which page of its lines, from 1.
    pub lines: u64,
    /// Which page of a contact's documents, from 1.
    pub page: u64,
    /// Versions up to this one; all where it is `None`.
    pub versions: Option<i64>,
    /// Entries of the form that are not saved yet.
    pub kept: Vec<(String, String)>,
}

impl Asked {
    /// Reads a query string. What it does not know is an entry of the form, or nothing.
    pub fn from_query(query: &str) -> Asked {
        let mut asked = Asked { lines: 1, page: 1, ..Asked::default() };
        for (key, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned() {
            match key.as_str() {
                "edit" => asked.edit = value == "1",
                "lines" => asked.lines = value.parse().unwrap_or(1),
                "page" => asked.page = value.parse().unwrap_or(1),
                "versions" => asked.versions = value.parse().ok(),
                _ => asked.kept.push((key, value)),
            }
        }
        asked
    }
}

/// What a record shares with all others on its page.
struct Head {
    label: String,
    content: Content,
    version: i64,
    standing: trail::Facts,
}

/// One moment of one record. In the place of its id its number or name will do, where that is one record's only.
pub async fn record(db: &Db, company: &Company, entity: Entity, id: &str, asked: &Asked) -> ServiceResult<RecordView> {
    let mut snapshot = db.snapshot().await?;
    let called = by_name(&mut snapshot, company, entity, id).await?;
    let id = called.as_deref().unwrap_or(id);
    let head = match entity {
        Entity::Invoice | Entity::Bill | Entity::CreditNote => views::document(&mut snapshot, company, entity, id, asked).await?,
        Entity::Contact => views::contact(&mut snapshot, company, id, asked).await?,
        Entity::Payment => views::payment(&mut snapshot, company, id).await?,
        _ => None,
    };
    let head = head.ok_or_else(|| missing(company, entity))?;
    let clock = LocalTime::of(&company.time_zone);
    let connection = connections::of_company(&mut snapshot, &company.id).await?;
    let link = trail::link(&mut snapshot, company, connection.as_ref(), entity, id, &head, &clock).await?;
    let (versions, versions_before) =
        trail::versions(&mut snapshot, entity, id, asked.versions, link.synced_version, &clock).await?;
    let (attempts, more_attempts) = trail::attempts(&mut snapshot, company, entity, id, &clock).await?;
    Ok(RecordView {
        entity,
        id: id.to_owned(),
        problem: trail::problem(&mut snapshot, company, entity, id, &clock).await?,
        actions: trail::actions(&mut snapshot, entity, id, &clock).await?,
        label: head.label,
        content: head.content,
        link,
        versions,
        versions_before,
        attempts,
        more_attempts,
    })
}

/// The id of the record people call so; `None` where nothing, or more than one record, is called so.
async fn by_name(tx: &mut Tx, company: &Company, entity: Entity, name: &str) -> ServiceResult<Option<String>> {
    if entity == Entity::Contact {
        let found = records::contact_by_key(tx, &company.id, &companies::name_key(name)).await?;
        return Ok(found.map(|contact| contact.id));
    }
    let kinds: Vec<DocumentKind> = DocumentKind::ALL.iter().copied().filter(|kind| kind.entity() == entity).collect();
    if kinds.is_empty() {
        return Ok(None);
    }
    let mut ids = records::ids_by_number(tx, &company.id, &kinds, name).await?;
    Ok(if ids.len() == 1 { ids.pop() } else { None })
}

/// The same for an id that never was and for one of another company.
fn missing(company: &Company, entity: Entity) -> ServiceError {
    let article = if entity == Entity::Invoice { "an" } else { "a" };
    let what = entity.label().to_lowercase();
    ServiceError::NotFound(format!(
        "{} has no such {what}. The address may be that of {article} {what} of another company.",
        company.name
    ))
}

/// The company's document of that kind and id.
async fn document(tx: &mut Tx, company: &Company, entity: Entity, id: &str) -> ServiceResult<records::Document> {
    let found = records::document(tx, &company.id, id).await?.filter(|found| views::kind(found).entity() == entity);
    found.ok_or_else(|| missing(company, entity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_what_is_shown() {
        let plain = Asked { lines: 1, page: 1, ..Asked::default() };
        assert_eq!(Asked::from_query(""), plain);
        assert_eq!(Asked::from_query("?lines=x&page=-1&versions=&edit=yes"), plain);
        let kept = vec![("reference".to_owned(), "May & June".to_owned())];
        let asked = Asked { edit: true, lines: 3, page: 2, versions: Some(7), kept };
        assert_eq!(Asked::from_query("?edit=1&lines=3&page=2&versions=7&reference=May+%26+June"), asked);
    }
}
