//! Asking for a sync. Buttons, the schedule, the command line, edits and what accounting software tells by itself all come
//! through here, and nothing else puts a run into the queue.

use super::error::{ServiceError, ServiceResult};
use crate::{
    domain::{
        document::DocumentKind,
        run::{RunKind, RunScope, RunState},
        status::SyncStatus,
    },
    server::db::{Db, Tx, companies, companies::Company, connections, named_pulls, now_ms, pending, runs, status},
};

/// The run that will do what was asked, and whether it was under way already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    pub run_id: String,
    pub joined: bool,
}

/// Why no sync of this company can start now; `None` where one can.
pub fn refusal(status: SyncStatus) -> Option<&'static str> {
    match status {
        SyncStatus::NotConnected => Some("Not connected: connect accounting software in Integration settings first."),
        SyncStatus::NeedsReconnecting => Some("Access was lost: reconnect in Integration settings first."),
        SyncStatus::IncompleteOnboarding => Some("Onboarding is unfinished: complete it in Integration settings first."),
        SyncStatus::InProgress | SyncStatus::IncompletePipeline | SyncStatus::Errors | SyncStatus::Synced => None,
    }
}

/// Why a company whose connection is paused cannot sync.
pub const PAUSED: &str = "Paused: resume it in Integration settings first.";

/// The same of a company as it is stored: a pause and the archive keep it from syncing too.
pub fn refusal_of(company: &Company) -> Option<&'static str> {
    refusal(company.status())
        .or((company.paused != 0).then_some(PAUSED))
        .or(company.archived_at.map(|_| "Archived: restore it in Settings first."))
}

/// Asks for a sync of one company and commits.
pub async fn request(db: &Db, company_id: &str, kind: RunKind, scope: RunScope, by: &str) -> ServiceResult<Requested> {
    let mut tx = db.begin().await?;
    let requested = request_in(&mut tx, company_id, kind, scope, by, now_ms()).await?;
    tx.commit().await?;
    Ok(requested)
}

/// The same inside a transaction that changed something else as well. Ends with the company's status refreshed.
pub async fn request_in(
    tx: &mut Tx,
    company_id: &str,
    kind: RunKind,
    scope: RunScope,
    by: &str,
    now: i64,
) -> ServiceResult<Requested> {
    ask(tx, company_id, kind, scope, by, false, now).await
}

/// The same for what a run under way may have passed already: another one follows it.
pub async fn request_anew_in(tx: &mut Tx, company_id: &str, scope: RunScope, by: &str, now: i64) -> ServiceResult<Requested> {
    ask(tx, company_id, RunKind::OnDemand, scope, by, true, now).await
}

async fn ask(
    tx: &mut Tx,
    company_id: &str,
    kind: RunKind,
    scope: RunScope,
    by: &str,
    anew: bool,
    now: i64,
) -> ServiceResult<Requested> {
    companies::lock(tx, company_id).await?;
    // What the caller changed in this transaction counts, so the status is derived anew before it is read.
    status::refresh(tx, company_id, now).await?;
    let company = companies::by_id(&mut *tx, company_id).await?;
    let company = company.ok_or_else(|| ServiceError::NotFound("There is no such company.".into()))?;
    if let Some(reason) = refusal_of(&company) {
        return Err(ServiceError::Refused(reason.into()));
    }
    let requested = match runs::active(tx, company_id).await? {
        None => Requested { run_id: runs::enqueue(tx, company_id, kind, scope, by, now).await?, joined: false },
        Some(run) => {
            if kind == RunKind::Manual {
                // Whoever asks by hand may know that what was in the way is gone.
                runs::hasten(tx, &run.id).await?;
            }
            match (run.state(), scope) {
                (RunState::Queued, RunScope::Full) if run.scope == RunScope::Changed.as_str() => {
                    runs::upgrade(tx, &run.id, kind, by).await?
                }
                (RunState::Queued, _) => {}
                // A running full sync reads its pending records stage by stage, so a change may come too late for it.
                (_, RunScope::Changed) => runs::follow_up(tx, &run.id, RunScope::Changed).await?,
                (_, RunScope::Full) if anew || run.scope == RunScope::Changed.as_str() => {
                    runs::follow_up(tx, &run.id, RunScope::Full).await?
                }
                // A full sync was asked for while one runs: that one is the answer.
                (_, RunScope::Full) => {}
            }
            Requested { run_id: run.id, joined: true }
        }
    };
    status::refresh(tx, company_id, now).await?;
    Ok(requested)
}

/// After a change of records: syncs at once what was not tried yet, or was named by the accounting side, where the company can sync, and leaves it be
/// where it cannot (it stays pending and goes with the next sync).
pub async fn request_on_demand(db: &Db, company: &Company, by: &str) -> ServiceResult<Option<Requested>> {
    let Some(connection) = connections::of_company(db, &company.id).await? else { return Ok(None) };
    let waiting = pending::Scope {
        connection_id: &connection.id,
        company_id: &company.id,
        sync_from: &connection.sync_from,
        scope: RunScope::Changed,
    };
    let others = pending::count_contacts(db, waiting).await?
        + pending::count_payments(db, waiting).await?
        + named_pulls::count(db, &connection.id).await?;
    if others + pending::count_documents(db, waiting, DocumentKind::ALL).await? == 0 {
        return Ok(None);
    }
    match request(db, &company.id, RunKind::OnDemand, RunScope::Changed, by).await {
        Ok(requested) => Ok(Some(requested)),
        Err(ServiceError::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
