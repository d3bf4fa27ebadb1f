//! Takes a list of companies in from a CSV file: what is new is added, what is there already is left as it is, and the rest
//! is reported with line, column and reason, so that a person can put the file right and import it again.

mod list;

use super::{Checked, Places, codes_beginning, free_code, initials};
use crate::{
    domain::import::{CompanyReport, ImportError, ImportProgress, ImportState},
    server::{
        db::{
            Db, Tx,
            companies::{self, Company, NewCompany, name_key},
            company_imports, groups, now_ms,
        },
        process,
        services::error::{ServiceError, ServiceResult},
    },
};
use list::{List, Row};
use std::collections::HashMap;
use tokio::sync::Semaphore;

/// Companies stored in one transaction: the group is locked meanwhile.
const BATCH: usize = 200;

/// Imports in the background run one at a time, and few wait: each holds its whole file.
static TURN: Semaphore = Semaphore::const_new(1);
static PLACES: Semaphore = Semaphore::const_new(3);

/// Imports in the background; answers the id under which its progress and report are found.
pub async fn start(db: &Db, file_name: String, bytes: Vec<u8>) -> ServiceResult<String> {
    let busy = "Other imports are waiting already; send the file again in a moment.";
    let place = PLACES.try_acquire().map_err(|_| ServiceError::Refused(busy.into()))?;
    let id = company_imports::begin(db, &file_name, &process::this(), now_ms()).await?;
    let (db, import) = (db.clone(), id.clone());
    tokio::spawn(async move {
        let _place = place;
        // Never closed, so there is always a turn.
        let _turn = TURN.acquire().await;
        if let Err(error) = follow_through(&db, &import, bytes).await {
            tracing::error!(import, "import of companies stopped: {error:?}");
        }
    });
    Ok(id)
}

/// Imports and waits for the report.
pub async fn run(db: &Db, file_name: &str, bytes: Vec<u8>) -> ServiceResult<CompanyReport> {
    let id = company_imports::begin(db, file_name, &process::this(), now_ms()).await?;
    follow_through(db, &id, bytes).await
}

pub async fn shown(db: &Db, id: &str) -> ServiceResult<Option<ImportProgress<CompanyReport>>> {
    Ok(company_imports::by_id(db, id).await?)
}

/// Ends those whose process is gone. One of another machine cannot be seen; an hour is far more than any file takes.
pub async fn end_abandoned(db: &Db) -> ServiceResult<()> {
    let now = now_ms();
    for (id, process, began) in company_imports::running(db).await? {
        if process::has_ended(&process) || began < now - 3_600_000 {
            let report = serde_json::to_string(&stopped()).map_err(anyhow::Error::from)?;
            company_imports::end(db, &id, ImportState::Refused, &report, now).await?;
        }
    }
    Ok(())
}

/// The import from its file to its end: whatever happens, it does not stay "running".
async fn follow_through(db: &Db, id: &str, bytes: Vec<u8>) -> ServiceResult<CompanyReport> {
    let outcome = import(db, id, bytes).await;
    let failed;
    let report = match &outcome {
        Ok(report) => report,
        Err(_) => {
            failed = stopped();
            &failed
        }
    };
    let state = if report.accepted() == 0 { ImportState::Refused } else { ImportState::Done };
    let text = serde_json::to_string(report).map_err(anyhow::Error::from)?;
    company_imports::end(db, id, state, &text, now_ms()).await?;
    outcome
}

fn stopped() -> CompanyReport {
    let reason = "The import was interrupted. Import the same file again: what is stored already is left as it is.";
    CompanyReport::unusable(ImportError { line: 1, column: String::new(), reason: reason.into() })
}

async fn import(db: &Db, id: &str, bytes: Vec<u8>) -> ServiceResult<CompanyReport> {
    let read = tokio::task::spawn_blocking(|| List::read(bytes)).await.map_err(anyhow::Error::from)?;
    let list = match read {
        Ok(list) => list,
        Err(error) => return Ok(CompanyReport::unusable(error)),
    };
    let total = list.refused.len() + list.rows.len();
    let mut report = CompanyReport::default();
    list.refused.into_iter().for_each(|error| report.refuse(error));
    let mut done = total - list.rows.len();
    for batch in list.rows.chunks(BATCH) {
        let mut tx = db.begin().await?;
        store(&mut tx, batch, &mut report).await?;
        done += batch.len();
        company_imports::progress(&mut tx, id, done, total).await?;
        tx.commit().await?;
    }
    report.errors.sort_by_key(|error| error.line);
    Ok(report)
}

/// Adds what of a batch is new.
async fn store(tx: &mut Tx, batch: &[Row], report: &mut CompanyReport) -> ServiceResult<()> {
    let now = now_ms();
    let group_id = match groups::current(&mut *tx).await? {
        Some((id, _)) => id,
        None => groups::insert(tx, super::FIRST_GROUP, now).await?,
    };
    // From here on the group is ours until the commit: nobody else can take a name or a code.
    groups::next_change(tx, &group_id).await?;
    let places = Places::of(tx, &group_id).await?;
    let mut there = There::default();
    for place in places.all() {
        let keys: Vec<String> = batch.iter().map(|row| name_key(&row.company.name)).collect();
        let codes: Vec<String> =
            batch.iter().filter(|row| !row.company.code.is_empty()).map(|row| row.company.code.clone()).collect();
        for company in companies::by_name_keys(&mut *tx, place, &keys).await? {
            there.names.insert(name_key(&company.name), company);
        }
        for company in companies::by_codes(&mut *tx, place, &codes).await? {
            there.codes.insert(company.code.clone(), company);
        }
    }
    let mut new: Vec<(&Row, String)> = Vec::new();
    for row in batch {
        match there.of(row) {
            Ok(true) => {
                report.companies += 1;
                report.unchanged += 1;
            }
            Ok(false) => new.push((row, row.company.code.clone())),
            Err(error) => report.refuse(error),
        }
    }
    // Codes somebody chose first, so that none that is made takes one of them.
    let mut given: Vec<String> = new.iter().map(|(_, code)| code.clone()).filter(|code| !code.is_empty()).collect();
    for (row, code) in &mut new {
        if code.is_empty() {
            let mut taken = codes_beginning(tx, &places, &initials(&row.company.name)).await?;
            taken.extend(given.iter().cloned());
            *code = free_code(&taken, &row.company.name);
            given.push(code.clone());
        }
    }
    let rows: Vec<NewCompany<'_>> = new
        .iter()
        .map(|(row, code)| {
            let Checked { name, currency, time_zone, .. } = &row.company;
            NewCompany { code, name, currency, time_zone }
        })
        .collect();
    companies::insert(tx, &group_id, &rows, now).await?;
    report.companies += rows.len() as u64;
    report.stored += rows.len() as u64;
    Ok(())
}

/// Companies that have a name or a code of the batch.
#[derive(Default)]
struct There {
    names: HashMap<String, Company>,
    codes: HashMap<String, Company>,
}

impl There {
    /// Whether a row is there already, as it says; or what stands in its way.
    fn of(&self, row: &Row) -> Result<bool, ImportError> {
        let wanted = &row.company;
        let by_name = self.names.get(&name_key(&wanted.name));
        let by_code = self.codes.get(&wanted.code);
        let refuse = |column: &str, reason: String| Err(ImportError { line: row.line, column: column.into(), reason });
        match (by_name, by_code) {
            (None, None) => Ok(false),
            (Some(one), _) | (None, Some(one)) if one.archived_at.is_some() => refuse(
                "",
                format!("{} ({}) is archived: restore it in Settings, or choose another name and code.", one.name, one.code),
            ),
            (None, Some(other)) => refuse(list::CODE, format!("{} is that of “{}” already.", other.code, other.name)),
            (Some(one), _) if !wanted.code.is_empty() && one.code != wanted.code => {
                refuse(list::CODE, format!("of “{}” is {} here: change it in Settings, or in the file.", one.name, one.code))
            }
            (Some(one), _) if one.currency != wanted.currency => refuse(
                list::CURRENCY,
                format!("of “{}” is {} here: change it in Settings, or in the file.", one.name, one.currency),
            ),
            (Some(one), _) if one.time_zone != wanted.time_zone => refuse(
                list::TIME_ZONE,
                format!("of “{}” is {} here: change it in Settings, or in the file.", one.name, one.time_zone),
            ),
            (Some(_), _) => Ok(true),
        }
    }
}
