//! Onboarding: what the accounting side holds is read, what the documents use is matched with it, and with the
//! confirmation the initial sync starts. Nothing is sent before.

use super::{
    error::{ServiceError, ServiceResult},
    schedule::next_sync_at,
    sync::{self, Requested},
};
use crate::{
    domain::{
        connection::Access,
        matching::{
            ContactMatches, ExternalItem, LEAVE_OUT, Match, MatchReport, Pick, ReferenceKind, match_up, tracking_options,
        },
        run::{RunKind, RunScope},
    },
    server::{
        connectors::{Connector, ConnectorError, Content, Dataset},
        db::{
            Db, Tx,
            companies::{self, Company, name_key},
            connections::{self, Connection},
            now_ms, reference,
            reference::StoredItem,
        },
    },
};
use std::collections::BTreeMap;

/// More choices than any chart of accounts has; more is no form of ours.
pub const MAX_PICKS: usize = 1_000;

/// What the accounting side holds, read in full.
pub struct Lists {
    reference: Vec<(ReferenceKind, Vec<StoredItem>)>,
    contacts: Vec<StoredItem>,
}

impl Lists {
    pub async fn read(connector: &dyn Connector) -> Result<Lists, ConnectorError> {
        let mut lists = Lists { reference: Vec::new(), contacts: Vec::new() };
        for kind in ReferenceKind::ALL {
            let items = connector.reference(dataset(*kind)).await?.into_iter().map(|item| StoredItem {
                kind: kind.as_str().into(),
                external_id: item.external_id,
                code: item.code,
                name: item.name,
                rate_e4: item.rate_e4,
                archived: item.archived.into(),
            });
            lists.reference.push((*kind, items.collect()));
        }
        let mut cursor: Option<String> = None;
        loop {
            let page = connector.pull(Dataset::Contacts, cursor.as_deref()).await?;
            for item in page.items {
                if let Content::Contact(contact) = item.content
                    && !contact.archived
                {
                    let (code, name) = (name_key(&contact.name), contact.name);
                    lists.contacts.push(StoredItem {
                        kind: "contact".into(),
                        external_id: item.external_id,
                        code,
                        name,
                        rate_e4: None,
                        archived: 0,
                    });
                }
            }
            cursor = Some(page.cursor);
            if !page.more {
                return Ok(lists);
            }
        }
    }

    /// Contacts are kept until onboarding is confirmed; from then on syncs look after them.
    pub async fn store(&self, tx: &mut Tx, company_id: &str, with_contacts: bool) -> sqlx::Result<()> {
        for (kind, items) in &self.reference {
            reference::replace(tx, company_id, *kind, items).await?;
        }
        if with_contacts {
            reference::replace_contacts(tx, company_id, &self.contacts).await?;
        }
        Ok(())
    }
}

fn dataset(kind: ReferenceKind) -> Dataset {
    match kind {
        ReferenceKind::TaxRate => Dataset::TaxRates,
        ReferenceKind::Account => Dataset::Accounts,
        ReferenceKind::Tracking => Dataset::Tracking,
    }
}

/// Where matching stands, from what was last read of the accounting side.
pub async fn match_report(db: &Db, company_id: &str) -> ServiceResult<MatchReport> {
    let mut snapshot = db.snapshot().await?;
    report_in(&mut snapshot, company_id).await
}

pub(super) async fn report_in(tx: &mut Tx, company_id: &str) -> ServiceResult<MatchReport> {
    let choices: Vec<ExternalItem> = reference::items(&mut *tx, company_id)
        .await?
        .into_iter()
        .filter(|item| item.archived == 0)
        .filter_map(|item| {
            let kind = ReferenceKind::parse(&item.kind)?;
            Some(ExternalItem { kind, external_id: item.external_id, code: item.code, name: item.name })
        })
        .collect();
    let saved: Vec<Pick> = reference::mappings(&mut *tx, company_id)
        .await?
        .into_iter()
        .filter_map(|mapping| {
            let kind = ReferenceKind::parse(&mapping.kind)?;
            Some(Pick { kind, value: mapping.local_value, external_id: mapping.external_id })
        })
        .collect();
    let mut in_use = Vec::new();
    for kind in ReferenceKind::ALL {
        let used = reference::in_use(&mut *tx, company_id, *kind).await?;
        if *kind == ReferenceKind::Tracking {
            let mut options = BTreeMap::<String, u64>::new();
            for text in used {
                for option in tracking_options(&text.value) {
                    *options.entry(option.to_owned()).or_default() += text.documents.unsigned_abs();
                }
            }
            in_use.extend(options.into_iter().map(|(value, documents)| (*kind, value, documents)));
        } else {
            in_use.extend(used.into_iter().map(|used| (*kind, used.value, used.documents.unsigned_abs())));
        }
    }
    let (matched, to_create) = reference::count_contacts(&mut *tx, company_id).await?;
    let contacts = ContactMatches { matched: matched.unsigned_abs(), to_create: to_create.unsigned_abs() };
    Ok(MatchReport { items: match_up(in_use, &choices, &saved), choices, contacts })
}

/// Keeps matches a person chose, at once, so that onboarding can be left and come back to.
pub async fn save_matches(db: &Db, company_id: &str, picks: &[Pick]) -> ServiceResult<()> {
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let report = report_in(&mut tx, company_id).await?;
    store_picks(&mut tx, company_id, &report, picks).await?;
    crate::server::db::status::refresh(&mut tx, company_id, now_ms()).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn store_picks(tx: &mut Tx, company_id: &str, report: &MatchReport, picks: &[Pick]) -> ServiceResult<()> {
    if picks.len() > MAX_PICKS {
        return Err(ServiceError::Invalid(format!("More than {MAX_PICKS} matches at once.")));
    }
    let mut used: BTreeMap<(ReferenceKind, &str), &str> = BTreeMap::new();
    for item in &report.items {
        // A choice that is made anew below gives its old match free.
        let again = picks.iter().any(|pick| pick.kind == item.kind && pick.value == item.value);
        if let (Match::Chosen(chosen), false) = (&item.matched, again) {
            used.insert((item.kind, &chosen.external_id), &item.value);
        }
    }
    for pick in picks {
        let name = pick.kind.label().to_lowercase();
        if !report.items.iter().any(|item| item.kind == pick.kind && item.value == pick.value) {
            return Err(ServiceError::Invalid(format!("No document uses the {name} “{}”.", pick.value)));
        }
        if pick.external_id.is_empty() {
            reference::clear_mapping(tx, company_id, pick.kind, &pick.value).await?;
            continue;
        }
        if pick.kind.can_be_left_out() && pick.external_id == LEAVE_OUT {
            reference::set_mapping(tx, company_id, pick.kind, &pick.value, LEAVE_OUT).await?;
            continue;
        }
        let Some(choice) =
            report.choices.iter().find(|choice| choice.kind == pick.kind && choice.external_id == pick.external_id)
        else {
            return Err(ServiceError::Invalid(format!(
                "The {name} chosen for “{}” is not there any more, or archived: read the lists again and choose another.",
                pick.value
            )));
        };
        if let Some(other) = used.insert((pick.kind, &pick.external_id), &pick.value) {
            return Err(ServiceError::Invalid(format!(
                "“{}” cannot stand for both “{other}” and “{}”: each {name} there is matched once.",
                choice.label(),
                pick.value
            )));
        }
        reference::set_mapping(tx, company_id, pick.kind, &pick.value, &pick.external_id).await?;
    }
    Ok(())
}

/// How a confirmation ended.
#[derive(Debug)]
pub enum Confirmed {
    /// Onboarded; the initial sync is queued.
    Started(Requested),
    /// Still incomplete: the report says what has no match. Choices were kept.
    Incomplete(MatchReport),
}

/// Confirms onboarding: keeps the choices, with `accept_matches` the exact matches too, and where everything in use
/// has a match, or is left out by choice, starts the initial sync. Contacts without one are created over there.
pub async fn confirm(db: &Db, company_id: &str, accept_matches: bool, picks: &[Pick], by: &str) -> ServiceResult<Confirmed> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let (company, connection) = connected(&mut tx, company_id).await?;
    if connection.onboarded_at.is_some() {
        return Err(ServiceError::Refused("Onboarding is complete already.".into()));
    }
    let report = report_in(&mut tx, company_id).await?;
    store_picks(&mut tx, company_id, &report, picks).await?;
    // Seen again with the choices in it: a choice may have taken what an exact match would have.
    let mut report = report_in(&mut tx, company_id).await?;
    for item in &mut report.items {
        let Match::Exact(exact) = &item.matched else { continue };
        if accept_matches {
            reference::set_mapping(&mut tx, company_id, item.kind, &item.value, &exact.external_id).await?;
            item.matched = Match::Chosen(exact.clone());
        } else {
            item.matched = Match::None;
        }
    }
    if report.missing().next().is_some() {
        crate::server::db::status::refresh(&mut tx, company_id, now).await?;
        tx.commit().await?;
        return Ok(Confirmed::Incomplete(report));
    }
    reference::forget_contacts(&mut tx, company_id).await?;
    connections::set_onboarded(&mut tx, &connection.id, now).await?;
    let due = due(&connection, &company, now)?;
    connections::set_schedule(&mut tx, &connection.id, connection.schedule(), due).await?;
    let requested = sync::request_in(&mut tx, company_id, RunKind::Initial, RunScope::Full, by, now).await?;
    tx.commit().await?;
    Ok(Confirmed::Started(requested))
}

/// When the connection's schedule is next due.
pub(super) fn due(connection: &Connection, company: &Company, now: i64) -> ServiceResult<Option<i64>> {
    next_sync_at(connection.schedule(), &company.id, &company.time_zone, now)
        .map_err(|error| ServiceError::Internal(error.into()))
}

/// The company and its connection, where the accounting side lets us in.
pub(super) async fn connected(tx: &mut Tx, company_id: &str) -> ServiceResult<(Company, Connection)> {
    let company = companies::by_id(&mut *tx, company_id)
        .await?
        .ok_or_else(|| ServiceError::NotFound("There is no such company.".into()))?;
    let connection = connections::of_company(&mut *tx, company_id).await?;
    match connection {
        Some(connection) if connection.access() == Access::Valid => Ok((company, connection)),
        Some(connection) if connection.access() == Access::Lost => {
            Err(ServiceError::Refused(format!("{} no longer lets us in: reconnect first.", connection.organisation_name)))
        }
        _ => Err(ServiceError::Refused(format!("{} is not connected: connect it first.", company.name))),
    }
}
