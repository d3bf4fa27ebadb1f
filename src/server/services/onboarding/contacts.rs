//! Contacts: linked to one there, created there, or archived here. Decisions are stored as they are made and carried out by
//! the confirmation.

use super::{Saved, connected, items::MOST_ROWS, scope};
use crate::{
    domain::{
        matching::contacts::ContactChoice,
        onboarding::{ContactTally, Entry, who},
    },
    server::{
        db::{
            Db, Tx, companies, contact_matches,
            contact_matches::Row,
            external_contacts::{self, Candidate},
            now_ms,
            reference::Scope,
            status,
        },
        services::error::{ServiceError, ServiceResult},
    },
};
use std::collections::{HashMap, HashSet};

/// What is stored for a contact.
pub(super) fn stored(row: &Row) -> Option<ContactChoice> {
    match (row.decision.as_deref()?, &row.external_id) {
        ("link", Some(id)) => Some(ContactChoice::Link(id.clone())),
        ("create", _) => Some(ContactChoice::Create),
        ("archive", _) => Some(ContactChoice::Archive),
        _ => None,
    }
}

/// Decisions belong to onboarding: afterwards links say which is which.
async fn open(tx: &mut Tx, company_id: &str) -> ServiceResult<crate::server::db::connections::Connection> {
    companies::lock(&mut *tx, company_id).await?;
    let (_, connection) = connected(tx, company_id).await?;
    match connection.onboarded_at {
        None => Ok(connection),
        Some(_) => Err(ServiceError::Refused(
            "Onboarding was confirmed meanwhile, and contacts are linked: change a link on the contact’s own page.".into(),
        )),
    }
}

/// Stores what was decided on a page of contacts.
pub async fn save_contacts(db: &Db, company_id: &str, entries: &[Entry], by: &str) -> ServiceResult<Saved> {
    if entries.len() > MOST_ROWS {
        return Err(ServiceError::Invalid(format!("More than {MOST_ROWS} contacts at once.")));
    }
    let now = now_ms();
    let mut tx = db.begin().await?;
    let connection = open(&mut tx, company_id).await?;
    let scope = scope(&connection);
    let changed: Vec<&Entry> = entries.iter().filter(|entry| entry.choice != entry.was && !entry.choice.is_empty()).collect();
    let ids: Vec<&str> = changed.iter().map(|entry| entry.item.as_str()).collect();
    let rows: HashMap<String, Row> =
        contact_matches::by_ids(&mut tx, company_id, &ids).await?.into_iter().map(|row| (row.id.clone(), row)).collect();
    let mut saved = Saved::default();
    let mut wanted: Vec<(&Row, ContactChoice)> = Vec::new();
    for entry in changed {
        let Some(row) = rows.get(&entry.item) else {
            saved.refused.push("A contact is not there any more, or archived.".into());
            continue;
        };
        let Some(choice) = ContactChoice::parse(&entry.choice) else {
            return Err(ServiceError::Invalid("A contact’s choice must be link:ID, create or archive.".into()));
        };
        let current = stored(row);
        if current.as_ref() == Some(&choice) || wanted.iter().any(|(one, _)| one.id == row.id) {
            continue;
        }
        if current.as_ref().map(ContactChoice::word).unwrap_or_default() != entry.was {
            let by = who(row.decided_by.as_deref().unwrap_or_default());
            let now_is = match current {
                Some(ContactChoice::Link(_)) => format!("to link it to {}", row.external_name.as_deref().unwrap_or("another")),
                Some(ContactChoice::Create) => "to create it there".into(),
                Some(ContactChoice::Archive) => "to archive it".into(),
                None => "nothing".into(),
            };
            saved.overtaken.push(format!("“{}”, for which {by} chose {now_is}", row.name));
            continue;
        }
        wanted.push((row, choice));
    }
    let facts = Facts::of(&mut tx, scope, &wanted).await?;
    // One that cannot be keeps what it had, which then is not free for another.
    loop {
        let moving: HashSet<&str> = wanted.iter().map(|(row, _)| row.id.as_str()).collect();
        let mut used = HashSet::new();
        let refused: Vec<(String, String)> = wanted
            .iter()
            .filter_map(|(row, choice)| Some((row.id.clone(), facts.refusal(row, choice, &moving, &mut used)?)))
            .collect();
        if refused.is_empty() {
            break;
        }
        wanted.retain(|(row, _)| !refused.iter().any(|(id, _)| *id == row.id));
        saved.refused.extend(refused.into_iter().map(|(_, why)| why));
    }
    let ids: Vec<&str> = wanted.iter().map(|(row, _)| row.id.as_str()).collect();
    contact_matches::release(&mut tx, company_id, &ids).await?;
    for (row, choice) in &wanted {
        let (decision, external_id) = match choice {
            ContactChoice::Link(id) => ("link", Some(id.as_str())),
            ContactChoice::Create => ("create", None),
            ContactChoice::Archive => ("archive", None),
        };
        contact_matches::decide(&mut tx, company_id, &row.id, decision, external_id, by, now).await?;
        saved.stored += 1;
    }
    status::refresh(&mut tx, company_id, now).await?;
    tx.commit().await?;
    Ok(saved)
}

/// What decides whether choices can be.
struct Facts {
    /// Those there that are chosen, or have the name of one that is to be created.
    there: HashMap<String, Candidate>,
    /// Documents that go out, by contact.
    going_out: HashMap<String, i64>,
}

impl Facts {
    async fn of(tx: &mut Tx, scope: Scope<'_>, wanted: &[(&Row, ContactChoice)]) -> ServiceResult<Facts> {
        let mut there = HashMap::new();
        for (_, choice) in wanted {
            if let ContactChoice::Link(id) = choice
                && let Some(found) = external_contacts::find(&mut *tx, scope.company_id, id).await?
            {
                there.insert(id.clone(), found);
            }
        }
        let created: Vec<external_contacts::Ours<'_>> = wanted
            .iter()
            .filter(|(_, choice)| *choice == ContactChoice::Create)
            .map(|(row, _)| external_contacts::Ours { name: &row.name, email: "" })
            .collect();
        for found in external_contacts::candidates(&mut *tx, scope.company_id, &created).await? {
            there.insert(found.external_id.clone(), found);
        }
        let archived: Vec<&str> =
            wanted.iter().filter(|(_, choice)| *choice == ContactChoice::Archive).map(|(row, _)| row.id.as_str()).collect();
        let documents = contact_matches::documents(&mut *tx, scope, &archived).await?;
        Ok(Facts { there, going_out: documents.into_iter().map(|(id, _, going_out)| (id, going_out)).collect() })
    }

    /// Why a choice cannot be. `moving`: contacts that give what they had free; `used`: what is taken by others of the form.
    fn refusal(&self, row: &Row, choice: &ContactChoice, moving: &HashSet<&str>, used: &mut HashSet<String>) -> Option<String> {
        let name = &row.name;
        match choice {
            ContactChoice::Link(id) => {
                let Some(found) = self.there.get(id) else {
                    return Some(format!("The contact chosen for “{name}” is not there any more: read the lists again."));
                };
                let taken = found.taken_by.as_deref().is_some_and(|by| by != row.id && !moving.contains(by));
                if taken || !used.insert(id.clone()) {
                    let other = found.taken_by_name.as_deref().filter(|_| taken).unwrap_or("another contact");
                    return Some(format!(
                        "“{}” there is linked to {other} already, so not to “{name}”: each contact there is used once.",
                        found.name
                    ));
                }
                None
            }
            ContactChoice::Create => {
                let same = |one: &&Candidate| companies::name_key(&one.name) == companies::name_key(name);
                self.there.values().filter(same).find(|one| one.taken_by.as_deref().is_none_or(|by| by == row.id)).map(|_| {
                    format!("“{name}” is there under the same name: link it, or rename one of the two before you create it.")
                })
            }
            ContactChoice::Archive => match self.going_out.get(&row.id).copied().unwrap_or_default() {
                0 => None,
                1 => Some(format!("“{name}” cannot be archived: a document that goes out is addressed to it.")),
                n => Some(format!("“{name}” cannot be archived: {n} documents that go out are addressed to it.")),
            },
        }
    }
}

/// Links every contact nobody decided about to the one of the same name there; answers how many.
pub async fn accept_same_names(db: &Db, company_id: &str, by: &str) -> ServiceResult<u64> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    open(&mut tx, company_id).await?;
    let accepted = contact_matches::link_same_names(&mut tx, company_id, by, now).await?;
    status::refresh(&mut tx, company_id, now).await?;
    tx.commit().await?;
    Ok(accepted)
}

/// Decides to create every contact nobody decided about and that has none of its name there; answers how many.
pub async fn create_others(db: &Db, company_id: &str, by: &str) -> ServiceResult<u64> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    open(&mut tx, company_id).await?;
    let created = contact_matches::create_others(&mut tx, company_id, by, now).await?;
    status::refresh(&mut tx, company_id, now).await?;
    tx.commit().await?;
    Ok(created)
}

pub(super) async fn tally(tx: &mut Tx, scope: Scope<'_>) -> ServiceResult<ContactTally> {
    let company_id = scope.company_id;
    let counts = contact_matches::counts(&mut *tx, company_id).await?;
    let same_name = contact_matches::count_same_name(&mut *tx, company_id).await?;
    let in_use = if counts.archived == 0 { 0 } else { contact_matches::count_archived_in_use(&mut *tx, scope).await? };
    let there = contact_matches::count_there(&mut *tx, company_id).await?;
    let undecided = counts.contacts - counts.linked - counts.created - counts.archived;
    Ok(ContactTally {
        all: counts.contacts.unsigned_abs(),
        linked: counts.linked.unsigned_abs(),
        created: counts.created.unsigned_abs(),
        archived: counts.archived.unsigned_abs(),
        same_name: same_name.unsigned_abs(),
        others: (undecided - same_name).max(0).unsigned_abs(),
        renamed: counts.renamed.unsigned_abs(),
        archived_in_use: in_use.unsigned_abs(),
        latest: counts.latest,
        only_there: (there - counts.linked - same_name).max(0).unsigned_abs(),
    })
}
