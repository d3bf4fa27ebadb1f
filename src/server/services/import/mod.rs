//! Takes sales documents in from a file in Xero's sales-invoice template. What can be used is stored, and the rest
//! reported with line, column and reason, so that a person can put the file right and import it again.

pub(super) mod csv;
mod draft;
mod line;
mod sheet;
mod store;
mod template;

use super::error::{ServiceError, ServiceResult};
use super::{local_time::LocalTime, sync};
use crate::domain::{
    import::{ImportError, ImportProgress, ImportState, Report},
    matching::ReferenceKind,
    time::Moment,
};
use crate::server::{
    db::{Db, companies::Company, imports, now_ms, reference},
    process,
};
use draft::Rules;
use sheet::Sheet;
pub(super) use sheet::text_of;
use store::Storing;
use tokio::sync::Semaphore;

/// Documents stored in one transaction: few enough that a page sees progress and others get their turn to write.
const BATCH: usize = 200;

/// Earlier imports a page lists.
const LATEST: i64 = 10;

/// Imports in the background run one at a time, and few wait: each holds its whole file.
static TURN: Semaphore = Semaphore::const_new(1);
static PLACES: Semaphore = Semaphore::const_new(3);

/// Imports in the background; answers the id under which its progress and report are found.
pub async fn start(db: &Db, company: Company, file_name: String, bytes: Vec<u8>, by: String) -> ServiceResult<String> {
    let busy = "Other imports are waiting already; send the file again in a moment.";
    let place = PLACES.try_acquire().map_err(|_| ServiceError::Refused(busy.into()))?;
    let id = imports::begin(db, &company.id, &file_name, &process::this(), now_ms()).await?;
    let (db, import) = (db.clone(), id.clone());
    tokio::spawn(async move {
        let _place = place;
        // Never closed, so there is always a turn.
        let _turn = TURN.acquire().await;
        if let Err(error) = follow_through(&db, &import, &company, bytes, &by).await {
            tracing::error!(company = company.code, import, "import stopped: {error:?}");
        }
    });
    Ok(id)
}

/// Imports and waits for the report.
pub async fn run(db: &Db, company: &Company, file_name: &str, bytes: Vec<u8>, by: &str) -> ServiceResult<Report> {
    let id = imports::begin(db, &company.id, file_name, &process::this(), now_ms()).await?;
    follow_through(db, &id, company, bytes, by).await
}

/// The import of that id, and the company's latest ones with the times they began.
pub async fn shown(
    db: &Db,
    company: &Company,
    id: Option<&str>,
) -> ServiceResult<(Option<ImportProgress>, Vec<(Moment, ImportProgress)>)> {
    let asked = match id {
        Some(id) => imports::of_company(db, &company.id, id).await?,
        None => None,
    };
    let clock = LocalTime::of(&company.time_zone);
    let latest = imports::latest(db, &company.id, LATEST).await?;
    Ok((asked, latest.into_iter().map(|import| (clock.moment(import.started_at), import)).collect()))
}

/// Ends those whose process is gone. One of another machine cannot be seen; an hour is far more than any file takes.
pub async fn end_abandoned(db: &Db) -> ServiceResult<()> {
    let now = now_ms();
    for (id, process, began) in imports::running(db).await? {
        if process::has_ended(&process) || began < now - 3_600_000 {
            let report = serde_json::to_string(&stopped("")).map_err(anyhow::Error::from)?;
            imports::end(db, &id, ImportState::Refused, &report, now).await?;
        }
    }
    Ok(())
}

/// The import from its file to its end: whatever happens, it does not stay "running".
async fn follow_through(db: &Db, id: &str, company: &Company, bytes: Vec<u8>, by: &str) -> ServiceResult<Report> {
    let outcome = import(db, id, company, bytes, by).await;
    let failed;
    let report = match &outcome {
        Ok(report) => report,
        Err(_) => {
            failed = stopped(&company.currency);
            &failed
        }
    };
    let state = if report.accepted() == 0 { ImportState::Refused } else { ImportState::Done };
    let text = serde_json::to_string(report).map_err(anyhow::Error::from)?;
    imports::end(db, id, state, &text, now_ms()).await?;
    // Also where nothing is new: an import before may have been interrupted before it came to this.
    if outcome.as_ref().is_ok_and(|report| report.accepted() > 0) {
        sync::request_on_demand(db, company, by).await?;
    }
    Ok(outcome?)
}

fn stopped(currency: &str) -> Report {
    let reason = "The import was interrupted. Import the same file again: what is stored already is left as it is.";
    Report::unusable(currency, ImportError { line: 1, column: String::new(), reason: reason.into() })
}

async fn import(db: &Db, id: &str, company: &Company, bytes: Vec<u8>, by: &str) -> anyhow::Result<Report> {
    let sheet = match tokio::task::spawn_blocking(|| Sheet::read(bytes)).await? {
        Ok(sheet) => sheet,
        Err(error) => return Ok(Report::unusable(&company.currency, error)),
    };
    let rules = Rules { currency: company.currency.clone(), rates: rates(db, &company.id).await? };
    let mut storing = Storing::new(company, by);
    let (mut done, total) = (0, sheet.row_count());
    let mut document = 0;
    while document < sheet.document_count() {
        let mut drafts = Vec::new();
        let batch = document..(document + BATCH).min(sheet.document_count());
        document = batch.end;
        for one in batch {
            done += sheet.rows_of(one).len();
            match draft::read(&sheet, one, &rules) {
                Ok(draft) => drafts.push(draft),
                Err(errors) => storing.refuse(errors),
            }
        }
        let mut tx = db.begin().await?;
        storing.store(&mut tx, drafts, now_ms()).await?;
        imports::progress(&mut tx, id, done, total).await?;
        tx.commit().await?;
    }
    let mut report = storing.report;
    report.errors.sort_by_key(|error| error.line);
    Ok(report)
}

/// The tax rates the accounting side told, by name in lower case.
async fn rates(db: &Db, company_id: &str) -> sqlx::Result<std::collections::HashMap<String, i64>> {
    let items = reference::items(db, company_id).await?;
    let rates = items.into_iter().filter(|item| item.kind == ReferenceKind::TaxRate.as_str());
    Ok(rates.filter_map(|item| Some((item.name.to_lowercase(), item.rate_e4?))).collect())
}
