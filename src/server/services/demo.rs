//! The practice group: companies on practice ledgers whose settings make every status arise from syncs that really
//! run. Nothing here sets a status; it sets up books, and what a person might have done in them.

mod papers;

use super::{
    companies::{self, Wanted},
    connections,
    error::{ServiceError, ServiceResult},
    import, onboarding,
};
use crate::{
    domain::{import::ImportState, schedule::Schedule, status::SyncStatus},
    server::{
        connectors::practice::panel,
        db::{
            Db,
            companies::{self as rows, Company, NewCompany},
            connections as stored, groups, imports, now_ms,
        },
    },
};
use jiff::{ToSpan, Zoned};
use tokio::sync::Mutex;

const GROUP: &str = "Harbour Property Group";

/// Companies that get books of their own; any beyond are in the list only, not connected.
const WITH_BOOKS: usize = 24;

const PLACES: [&str; 12] = [
    "Albion Quay",
    "Bramley Court",
    "Castle Street",
    "Dockside",
    "Eastgate",
    "Foundry Lane",
    "Granary Wharf",
    "Harbour View",
    "Ivy Mill",
    "Jubilee Yard",
    "Kingsway",
    "Limehouse",
];
const KINDS: [&str; 4] = ["Estates", "Holdings", "Lettings", "Retail Parks"];

/// Two at once would make the same companies.
static ALONE: Mutex<()> = Mutex::const_new(());

/// What is the matter with a company's books.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Matter {
    Nothing,
    AccountArchived,
    PeriodLocked,
    AccessRevoked,
    Offline,
    /// Each call takes long.
    Slow,
    /// Few calls a minute are allowed.
    Limited,
    OnboardingOpen,
    NotConnected,
}

impl Matter {
    fn of(place: usize) -> Matter {
        match place {
            1 => Matter::AccountArchived,
            3 => Matter::AccessRevoked,
            5 => Matter::Offline,
            7 => Matter::PeriodLocked,
            9 => Matter::OnboardingOpen,
            11 | 23 => Matter::NotConnected,
            13 => Matter::Slow,
            15 => Matter::Limited,
            17 => Matter::OnboardingOpen,
            19 => Matter::AccountArchived,
            _ => Matter::Nothing,
        }
    }
}

/// Makes the practice group where there is no company yet.
pub async fn seed_empty(db: &Db, how_many: usize) -> ServiceResult<usize> {
    if let Some((group_id, _)) = groups::current(db).await?
        && !rows::page_by_id(db, &group_id, None, "", 1).await?.is_empty()
    {
        return Err(ServiceError::Refused("There are companies already; practice companies are for an empty database.".into()));
    }
    seed(db, how_many).await
}

/// Makes the practice companies that are not there yet and queues their first syncs; answers how many were made.
/// The same again makes nothing, and after an interruption goes on where it was.
pub async fn seed(db: &Db, how_many: usize) -> ServiceResult<usize> {
    let _alone = ALONE.lock().await;
    let group_id = group(db).await?;
    let mut made = 0;
    for place in 0..how_many.min(WITH_BOOKS) {
        let name = format!("{} {}", PLACES[place % PLACES.len()], KINDS[(place + place / PLACES.len()) % KINDS.len()]);
        // What somebody archived is there, and stays as it is.
        if let Some(archive) = groups::archive_of(db, &group_id).await?
            && rows::by_name(db, &archive, &name).await?.is_some()
        {
            continue;
        }
        let company = match rows::by_name(db, &group_id, &name).await? {
            Some(company) => company,
            None => {
                made += 1;
                let wanted = Wanted { name, code: String::new(), currency: "GBP".into(), time_zone: "Europe/London".into() };
                companies::add(db, &wanted).await?
            }
        };
        keep_books(db, &company, place).await?;
    }
    Ok(made + list_only(db, &group_id, WITH_BOOKS..how_many).await?)
}

/// The practice companies' group: an empty one, or their own; somebody's companies are not mixed with them.
async fn group(db: &Db) -> ServiceResult<String> {
    let mut tx = db.begin().await?;
    let id = match groups::current(&mut tx).await? {
        None => groups::insert(&mut tx, GROUP, now_ms()).await?,
        Some((id, name)) if name == GROUP => id,
        Some((id, name)) => {
            if !rows::page_by_id(&mut tx, &id, None, "", 1).await?.is_empty() {
                return Err(ServiceError::Refused(format!(
                    "“{name}” has companies already; practice companies do not go among them. Give them a database of their own, with --data-dir."
                )));
            }
            groups::rename(&mut tx, &id, GROUP).await?;
            id
        }
    };
    tx.commit().await?;
    Ok(id)
}

/// Gives a company its documents and its ledger, as far as it has not got them. What a person did with it since
/// stays as it is.
async fn keep_books(db: &Db, company: &Company, place: usize) -> ServiceResult<()> {
    let matter = Matter::of(place);
    let today = Zoned::now().date();
    if imports::latest(db, &company.id, 1).await?.iter().all(|import| import.state != ImportState::Done) {
        let file = papers::sales(place, today).map_err(|error| ServiceError::Internal(error.into()))?;
        import::run(db, company, "practice-sales.csv", file.into_bytes(), "practice").await?;
    }
    let connection = match stored::of_company(db, &company.id).await? {
        _ if matter == Matter::NotConnected => return Ok(()),
        Some(connection) if connection.onboarded_at.is_some() => return Ok(()),
        Some(connection) => Some(connection),
        None => {
            connections::connect_practice(db, company, None, Schedule::Nightly, "demo").await?;
            stored::of_company(db, &company.id).await?
        }
    };
    let Some(connection) = connection.filter(|_| matter != Matter::OnboardingOpen) else { return Ok(()) };
    let ledger = &connection.organisation_id;
    match matter {
        Matter::AccountArchived => panel::set_account_archived(db, ledger, "200", true).await?,
        Matter::PeriodLocked => {
            let until = today.checked_sub(60.days()).map_err(|error| ServiceError::Internal(error.into()))?;
            panel::lock_period(db, ledger, Some(&until.to_string())).await?;
        }
        Matter::AccessRevoked => panel::revoke_access(db, ledger).await?,
        Matter::Offline => panel::set_offline(db, ledger, true).await?,
        Matter::Slow => panel::set_delay(db, ledger, 20_000).await?,
        Matter::Limited => panel::set_rate_limit(db, ledger, 1).await?,
        Matter::Nothing | Matter::OnboardingOpen | Matter::NotConnected => {}
    }
    onboarding::confirm(db, &company.id, true, &[], "practice").await?;
    Ok(())
}

/// Companies without books, many at once.
async fn list_only(db: &Db, group_id: &str, places: std::ops::Range<usize>) -> ServiceResult<usize> {
    let mut made = 0;
    let all: Vec<usize> = places.collect();
    for chunk in all.chunks(2_000) {
        let named: Vec<(String, String)> = chunk
            .iter()
            .map(|place| (format!("PC{place:06}"), format!("{} {} {place}", PLACES[place % 12], KINDS[place % 4])))
            .collect();
        let mut tx = db.begin().await?;
        // They are made in their order, so those that are there are the first ones of the chunk.
        let there = match rows::by_code(&mut tx, group_id, &named[named.len() - 1].0).await? {
            Some(_) => continue,
            None => rows::count_codes(&mut tx, group_id, &named[0].0, &named[named.len() - 1].0).await?,
        };
        let new: Vec<NewCompany<'_>> = named
            .iter()
            .skip(there)
            .map(|(code, name)| NewCompany { code, name, currency: "GBP", time_zone: "Europe/London" })
            .collect();
        made += rows::insert(&mut tx, group_id, &new, now_ms()).await?.len();
        tx.commit().await?;
    }
    Ok(made)
}

/// Ids of companies whose first sync waits and ends soon: all but the slow ones, which a server shows in progress.
pub async fn quick_to_sync(db: &Db) -> ServiceResult<Vec<String>> {
    let mut quick = Vec::new();
    for company in companies::all(db, Some(SyncStatus::InProgress)).await? {
        let Some(connection) = stored::of_company(db, &company.id).await? else { continue };
        let ledger = panel::panel_state(db, &connection.organisation_id).await?;
        if ledger.is_some_and(|ledger| ledger.delay_ms == 0 && ledger.rate_limit == 0) {
            quick.push(company.id);
        }
    }
    Ok(quick)
}
