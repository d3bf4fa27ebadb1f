//! Onboarding: what the accounting side holds is read, what the documents use is matched with it, what becomes of each
//! contact is decided, and with the confirmation the initial sync starts. Nothing is sent before. Every choice is stored at
//! once, and none in the place of one that somebody else made meanwhile.
//!
//! Values that no document uses which goes out need no match and are not asked for; so a tax rate, account or tracking
//! option is archived by leaving the documents that use it out of syncs. A contact is archived where no document that goes
//! out is addressed to it.

mod confirm;
mod contacts;
mod items;
mod lists;
mod page;
mod picks;
mod plan;

pub use confirm::{Confirmed, confirm, confirm_shown};
pub use contacts::{accept_same_names, create_others, save_contacts};
pub use items::{Saved, accept_exact, save};
pub use lists::Lists;
pub use page::onboarding;
pub(super) use picks::store_picks;
pub use picks::{MAX_PICKS, save_matches};

use super::{
    error::{ServiceError, ServiceResult},
    schedule::next_sync_at,
};
use crate::{
    domain::{
        connection::Access,
        matching::{
            ContactMatches, ExternalItem, MatchReport, Pick, ReferenceKind, match_up, rate::TaxedLines, tracking_options,
        },
        onboarding::ContactTally,
    },
    server::db::{
        Db, Tx,
        companies::{self, Company},
        connections::{self, Connection},
        reference::{self, Mapping, Scope},
    },
};
use std::collections::{BTreeMap, HashMap};

/// A kind and the value of it that documents carry.
type Local = (ReferenceKind, String);

/// How a value is used: what its lines come to, and the latest document.
#[derive(Clone, Debug, Default)]
struct Use {
    documents: u64,
    taxed: TaxedLines,
    latest: String,
}

/// Where matching stands, with what it was told from.
struct Matching {
    report: MatchReport,
    tally: ContactTally,
    uses: HashMap<Local, Use>,
    /// As it is stored, whether or not it can still be used.
    stored: HashMap<Local, Mapping>,
}

impl Matching {
    fn stored_id(&self, kind: ReferenceKind, value: &str) -> &str {
        self.stored.get(&(kind, value.to_owned())).map_or("", |mapping| mapping.external_id.as_str())
    }
}

/// Where matching stands, from what was last read of the accounting side.
pub async fn match_report(db: &Db, company_id: &str) -> ServiceResult<MatchReport> {
    let mut snapshot = db.snapshot().await?;
    report_in(&mut snapshot, company_id).await
}

pub(super) async fn report_in(tx: &mut Tx, company_id: &str) -> ServiceResult<MatchReport> {
    Ok(matching_in(tx, company_id).await?.report)
}

async fn matching_in(tx: &mut Tx, company_id: &str) -> ServiceResult<Matching> {
    let connection = connections::of_company(&mut *tx, company_id).await?;
    let scope = match &connection {
        Some(connection) => self::scope(connection),
        None => Scope { company_id, connection_id: "", sync_from: "" },
    };
    let items = reference::items(&mut *tx, company_id).await?;
    let choices: Vec<ExternalItem> = items.iter().filter_map(reference::StoredItem::offered).collect();
    let stored: HashMap<Local, Mapping> = reference::mappings(&mut *tx, company_id)
        .await?
        .into_iter()
        .filter_map(|mapping| Some(((ReferenceKind::parse(&mapping.kind)?, mapping.local_value.clone()), mapping)))
        .collect();
    let saved: Vec<Pick> = stored
        .iter()
        .map(|((kind, value), mapping)| Pick { kind: *kind, value: value.clone(), external_id: mapping.external_id.clone() })
        .collect();
    let mut in_use = Vec::new();
    let mut uses = HashMap::new();
    for kind in ReferenceKind::ALL {
        for (value, used) in used(tx, scope, *kind).await? {
            in_use.push((*kind, value.clone(), used.documents));
            uses.insert((*kind, value), used);
        }
    }
    // Once onboarding is confirmed, contacts are no business of matching.
    let tally = match &connection {
        Some(connection) if connection.onboarded_at.is_none() => contacts::tally(tx, scope).await?,
        _ => ContactTally::default(),
    };
    let contacts = ContactMatches { matched: tally.will_be_linked(), to_create: tally.will_be_created() };
    let report = MatchReport { items: match_up(in_use, &choices, &saved), choices, contacts };
    Ok(Matching { report, tally, uses, stored })
}

/// The values of a kind in use, in the order in which they are shown.
async fn used(tx: &mut Tx, scope: Scope<'_>, kind: ReferenceKind) -> ServiceResult<Vec<(String, Use)>> {
    let found = reference::in_use(&mut *tx, scope, kind).await?.into_iter().map(|used| {
        let taxed = TaxedLines { lines: used.lines, net: used.net, tax: used.tax };
        (used.value, Use { documents: used.documents.unsigned_abs(), taxed, latest: used.latest })
    });
    if kind != ReferenceKind::Tracking {
        return Ok(found.collect());
    }
    let mut options = BTreeMap::<String, Use>::new();
    for (text, used) in found {
        for option in tracking_options(&text) {
            let known = options.entry(option.to_owned()).or_default();
            known.documents += used.documents;
            if known.latest < used.latest {
                known.latest.clone_from(&used.latest);
            }
        }
    }
    Ok(options.into_iter().collect())
}

fn scope(connection: &Connection) -> Scope<'_> {
    Scope { company_id: &connection.company_id, connection_id: &connection.id, sync_from: &connection.sync_from }
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
