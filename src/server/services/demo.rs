//! The practice group: companies on practice ledgers whose settings make every status arise from syncs that really
//! run. Nothing here sets a status; it sets up books, and what a person might have done in them.

use super::{
    companies::{self, Wanted},
    connections,
    error::{ServiceError, ServiceResult},
    import, onboarding,
};
use crate::{
    domain::{schedule::Schedule, status::SyncStatus},
    server::{
        connectors::practice::panel,
        db::{
            Db,
            companies::{self as rows, Company, NewCompany},
            connections as stored, groups, now_ms,
        },
    },
};
use jiff::{ToSpan, Zoned, civil::Date};

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
const TENANTS: [&str; 6] =
    ["Marlow Bakery", "Pine & Oak Ltd", "Northside Dental", "Fable Books", "Quayside Cycles", "Orchard Nursery"];

/// What is the matter with a company's books.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Matter {
    Nothing,
    AccountArchived,
    PeriodLocked,
    AccessRevoked,
    Offline,
    Slow,
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
            17 => Matter::OnboardingOpen,
            19 => Matter::AccountArchived,
            _ => Matter::Nothing,
        }
    }
}

/// Makes the practice group where there is no company yet.
pub async fn seed_empty(db: &Db, how_many: usize) -> ServiceResult<usize> {
    if let Some((group_id, _)) = groups::current(db).await? {
        if !rows::page_by_id(db, &group_id, None, "", 1).await?.is_empty() {
            return Err(ServiceError::Refused(
                "There are companies already; practice companies are for an empty database.".into(),
            ));
        }
    }
    seed(db, how_many).await
}

/// Makes the practice companies that are not there yet and queues their first syncs; answers how many were made.
/// The same again makes nothing.
pub async fn seed(db: &Db, how_many: usize) -> ServiceResult<usize> {
    if groups::current(db).await?.is_none() {
        companies::name_group(db, GROUP).await?;
    }
    let mut made = 0;
    for place in 0..how_many.min(WITH_BOOKS) {
        let name = format!("{} {}", PLACES[place % PLACES.len()], KINDS[(place + place / PLACES.len()) % KINDS.len()]);
        match companies::find(db, &name).await {
            Ok(_) => continue,
            Err(ServiceError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        let wanted = Wanted { name, code: String::new(), currency: "GBP".into(), time_zone: "Europe/London".into() };
        let company = companies::add(db, &wanted).await?;
        keep_books(db, &company, place).await?;
        made += 1;
    }
    Ok(made + list_only(db, WITH_BOOKS..how_many).await?)
}

async fn keep_books(db: &Db, company: &Company, place: usize) -> ServiceResult<()> {
    let today = Zoned::now().date();
    let file = sales(place, today).map_err(|error| ServiceError::Internal(error.into()))?;
    import::run(db, company, "practice-sales.csv", file.into_bytes(), "practice").await?;
    let matter = Matter::of(place);
    if matter == Matter::NotConnected {
        return Ok(());
    }
    connections::connect_practice(db, company, None, Schedule::Nightly).await?;
    let Some(connection) = stored::of_company(db, &company.id).await? else { return Ok(()) };
    let ledger = &connection.organisation_id;
    match matter {
        Matter::AccountArchived => panel::set_account_archived(db, ledger, "200", true).await?,
        Matter::PeriodLocked => {
            let until = today.checked_sub(60.days()).map_err(|error| ServiceError::Internal(error.into()))?;
            panel::lock_period(db, ledger, Some(&until.to_string())).await?;
        }
        Matter::AccessRevoked => panel::revoke_access(db, ledger).await?,
        Matter::Offline => panel::set_offline(db, ledger, true).await?,
        Matter::Slow => panel::set_delay(db, ledger, 8_000).await?,
        Matter::Nothing | Matter::OnboardingOpen | Matter::NotConnected => {}
    }
    if matter != Matter::OnboardingOpen {
        onboarding::confirm(db, &company.id, true, &[], "practice").await?;
    }
    Ok(())
}

/// Rent of the last quarter, in the import's own format: some dozens of invoices and a few credit notes.
fn sales(place: usize, today: Date) -> Result<String, jiff::Error> {
    let mut file = String::from(
        "*ContactName,POCountry,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType\n",
    );
    let documents = 12 + place * 5 % 37;
    for n in 0..documents {
        let date = today.checked_sub((90 - (n * 89 / documents) as i64).days())?;
        let due = date.checked_add(30.days())?;
        let credit = n % 9 == 8;
        let (prefix, quantity) = if credit { ("CN", -1) } else { ("INV", 1) };
        let tenant = TENANTS[(n + place) % TENANTS.len()];
        let rent = 850 + (place * 131 + n * 47) % 2600;
        let (account, tax) = if n % 5 == 4 { ("260", "Zero Rated Income") } else { ("200", "20% (VAT on Income)") };
        let what = if credit { "Rent credited" } else { "Rent" };
        file += &format!(
            "{tenant},United Kingdom,{prefix}-{:04},{},{},{what} of unit {},{quantity},{rent}.{:02},{account},{tax}\n",
            1001 + n,
            date.strftime("%d/%m/%Y"),
            due.strftime("%d/%m/%Y"),
            n % 12 + 1,
            n * 7 % 100,
        );
    }
    Ok(file)
}

/// Companies without books, many at once.
async fn list_only(db: &Db, places: std::ops::Range<usize>) -> ServiceResult<usize> {
    let Some((group_id, _)) = groups::current(db).await? else { return Ok(0) };
    let mut made = 0;
    let all: Vec<usize> = places.collect();
    for chunk in all.chunks(2_000) {
        let named: Vec<(String, String)> = chunk
            .iter()
            .map(|place| (format!("PC{place:06}"), format!("{} {} {place}", PLACES[place % 12], KINDS[place % 4])))
            .collect();
        // A chunk is made in one transaction, so its first company tells of all.
        if rows::by_code(db, &group_id, &named[0].0).await?.is_some() {
            continue;
        }
        let new: Vec<NewCompany<'_>> =
            named.iter().map(|(code, name)| NewCompany { code, name, currency: "GBP", time_zone: "Europe/London" }).collect();
        let mut tx = db.begin().await?;
        made += rows::insert(&mut tx, &group_id, &new, now_ms()).await?.len();
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
        if ledger.is_some_and(|ledger| ledger.delay_ms == 0) {
            quick.push(company.id);
        }
    }
    Ok(quick)
}
