//! One run from its claim to its end: the stages in their order, and what the end means for the company.

use super::work::{Halt, Work, run_message};
use crate::{
    domain::{
        connection::Access,
        document::DocumentKind,
        message::{Entity, Level},
        run::{RunKind, RunScope, RunState, Stage},
    },
    server::{
        connectors::{self, Dataset, Purpose},
        db::{
            Db, away, companies, connections, messages, now_ms, pending, problems, run_stages,
            runs::{self, Claimed, Tally},
            status, untried,
        },
    },
};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How long the end of a run waits for a database that is away, and how often it asks.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(500);

const INVOICES: [DocumentKind; 2] = [DocumentKind::SalesInvoice, DocumentKind::Bill];
const CREDIT_NOTES: [DocumentKind; 2] = [DocumentKind::SalesCreditNote, DocumentKind::BillCreditNote];

/// Works a claimed run until it ends, and commits how it ended. `turn`: how long a first sync goes on while others wait.
pub async fn work(db: &Db, owner: &str, claimed: Claimed, turn: Duration, stop: CancellationToken) -> anyhow::Result<()> {
    let began = Instant::now();
    let (halted, tally) = match prepare(db, owner, &claimed, turn, stop.clone()).await {
        Ok(mut work) => {
            let halted = stages(&mut work).await.err();
            work.connector.rest().await;
            (halted, work.tally)
        }
        Err(halt) => (Some(halt), Tally::default()),
    };
    let halted = match halted {
        // While our own database was away nothing could go well: it says nothing of this company, and is tried again.
        Some(Halt::Failed(_) | Halt::Internal(_)) if away::since(began).is_some() => Some(Halt::Stopping),
        // Something held it up for too long: it is held no more, and taken up again, so often and not for ever.
        Some(Halt::Internal(error)) if away::is_late(&error) => return Err(error),
        halted => halted,
    };
    end(db, owner, &claimed, halted.as_ref(), tally, &stop).await
}

/// Commits the end of a run, and waits for a while for a database that is away: what was done is done, and need not be
/// found out again by whoever would take the run up.
async fn end(
    db: &Db,
    owner: &str,
    claimed: &Claimed,
    halted: Option<&Halt>,
    tally: Tally,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        match finish(db, owner, claimed, halted, tally).await {
            Err(error) if away::is_behind(&error) && began.elapsed() < PATIENCE && !stop.is_cancelled() => {
                tokio::time::sleep(PAUSE).await;
            }
            ended => return ended,
        }
    }
}

/// Commits that a claimed run came to no end of its own.
pub async fn fail(db: &Db, owner: &str, claimed: &Claimed, error: anyhow::Error) -> anyhow::Result<()> {
    let tally = runs::by_id(db, &claimed.id).await?.map_or_else(Tally::default, |run| run.tally());
    finish(db, owner, claimed, Some(&Halt::Internal(error)), tally).await
}

async fn prepare(db: &Db, owner: &str, claimed: &Claimed, turn: Duration, stop: CancellationToken) -> Result<Work, Halt> {
    let connection = connections::of_company(db, &claimed.company_id).await?;
    let connection = connection.ok_or_else(|| Halt::Failed("Disconnected before the sync started".into()))?;
    match connection.access() {
        Access::Valid => {}
        Access::Lost => return Err(Halt::Failed("Access was lost before the sync started".into())),
        Access::Disconnected => return Err(Halt::Failed("Disconnected before the sync started".into())),
    }
    let is_first = claimed.kind == RunKind::Initial.as_str();
    let purpose = if is_first { Purpose::FirstSync } else { Purpose::Sync };
    let connector = connectors::open_for(db, &connection, purpose).await.map_err(Halt::Internal)?;
    // A run that is taken up again goes on counting where the worker before left it.
    let tally = runs::by_id(db, &claimed.id).await?.map_or_else(Tally::default, |run| run.tally());
    Ok(Work {
        db: db.clone(),
        owner: owner.to_owned(),
        run: claimed.clone(),
        // The column holds only words this enum wrote; a full sync is never wrong.
        scope: RunScope::parse(&claimed.scope).unwrap_or(RunScope::Full),
        connection,
        connector,
        turn_until: is_first.then(|| Instant::now() + turn),
        stop,
        tally,
        stage: Stage::Reference,
        at_entry: None,
        done: 0,
        total: 0,
    })
}

async fn stages(work: &mut Work) -> Result<(), Halt> {
    let kind = RunKind::parse(&work.run.kind).map_or("Sync", RunKind::label);
    let again = if work.run.attempt > 1 { ", taken up again from its last committed step" } else { "" };
    work.note(Level::Info, format!("{kind}{again}"), "").await?;
    match work.scope {
        RunScope::Full => full(work).await,
        RunScope::Changed => changed(work).await,
    }
}

/// Everything, both ways, and the proof.
async fn full(work: &mut Work) -> Result<(), Halt> {
    let named = work.named_so_far().await?;
    work.look_again().await?;
    work.pull_reference().await?;
    records(work, true).await?;
    work.pull(Dataset::Payments).await?;
    work.read_all_named(&named).await?;
    work.push_payments().await?;
    work.tie_out().await
}

/// Only what was made or changed here since it was last tried, and what the accounting side named. Where ours replaces
/// something there, what changed there comes in first: it must not be overwritten before anybody has seen it.
async fn changed(work: &mut Work) -> Result<(), Halt> {
    if untried::needs_lists(&work.db, &work.run.company_id).await? {
        work.pull_reference().await?;
    }
    let reads = pending::has_updates(&work.db, work.pending()).await?;
    if records(work, reads).await? {
        // Money that was paid in advance may have been applied, too, and nobody names that either.
        work.pull(Dataset::CreditNotes).await?;
        work.pull(Dataset::Payments).await?;
    }
    work.push_payments().await
}

/// Contacts and documents, up to the stage of payments; with `reads`, both ways. A sync of what changed reads what was named
/// in any case, and answers whether that says that payments are to be read.
async fn records(work: &mut Work, reads: bool) -> Result<bool, Halt> {
    let reads_named = work.scope == RunScope::Changed;
    let mut has_money_moved = false;
    work.restore_contacts().await?;
    enter_contacts(work).await?;
    work.adopt(&[Entity::Contact]).await?;
    if reads {
        work.pull(Dataset::Contacts).await?;
    }
    if reads_named {
        work.read_named(Dataset::Contacts).await?;
    }
    work.push_contacts().await?;
    enter_documents(work, Stage::Invoices, &INVOICES).await?;
    work.adopt(&[Entity::Invoice, Entity::Bill]).await?;
    if reads {
        work.pull(Dataset::Invoices).await?;
        work.pull(Dataset::Bills).await?;
    }
    if reads_named {
        has_money_moved |= work.read_named(Dataset::Invoices).await?;
    }
    work.push_documents(&INVOICES).await?;
    enter_documents(work, Stage::CreditNotes, &CREDIT_NOTES).await?;
    work.adopt(&[Entity::CreditNote]).await?;
    if reads {
        work.pull(Dataset::CreditNotes).await?;
    }
    if reads_named {
        has_money_moved |= work.read_named(Dataset::CreditNotes).await?;
    }
    work.push_documents(&CREDIT_NOTES).await?;
    enter_payments(work).await?;
    work.adopt(&[Entity::Payment]).await?;
    Ok(has_money_moved)
}

async fn enter_contacts(work: &mut Work) -> Result<(), Halt> {
    let total = pending::count_contacts(&work.db, work.pending()).await?;
    work.enter(Stage::Contacts, total).await
}

async fn enter_payments(work: &mut Work) -> Result<(), Halt> {
    let total = pending::count_payments(&work.db, work.pending()).await?;
    work.enter(Stage::Payments, total).await
}

async fn enter_documents(work: &mut Work, stage: Stage, kinds: &[DocumentKind]) -> Result<(), Halt> {
    let total = pending::count_documents(&work.db, work.pending(), kinds).await?;
    work.enter(stage, total).await
}

/// Commits the end of a run: its state, what it means for the connection, and what is to follow it.
async fn finish(db: &Db, owner: &str, claimed: &Claimed, halted: Option<&Halt>, tally: Tally) -> anyhow::Result<()> {
    let now = now_ms();
    let company_id = &claimed.company_id;
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    run_stages::leave(&mut tx, &claimed.id, now).await?;
    let errors = problems::open_errors(&mut tx, company_id).await?;
    let is_lost = matches!(halted, Some(Halt::Lost(_)));
    let (state, reason, message) = match halted {
        None => {
            let text = format!(
                "Completed: {} sent, {} received, {} failed, {} blocked",
                tally.sent, tally.received, tally.failed, tally.blocked
            );
            (RunState::Completed, String::new(), run_message(if errors > 0 { Level::Warning } else { Level::Info }, text, ""))
        }
        Some(Halt::LeaseLost) => return Ok(()),
        Some(Halt::Stopping) => {
            if runs::release(&mut tx, &claimed.id, owner).await? {
                status::refresh(&mut tx, company_id, now).await?;
                tx.commit().await?;
            }
            return Ok(());
        }
        Some(Halt::Paused(until)) => {
            if runs::pause(&mut tx, &claimed.id, owner, *until).await? {
                status::refresh(&mut tx, company_id, now).await?;
                tx.commit().await?;
            }
            return Ok(());
        }
        Some(Halt::Lost(reason)) => {
            if let Some(connection) = connections::of_company(&mut tx, company_id).await? {
                connections::set_access(&mut tx, &connection.id, Access::Lost, Some(reason)).await?;
            }
            let message =
                run_message(Level::Error, reason.clone(), "Reconnect in Integration settings; no record failed because of it.");
            (RunState::Failed, reason.clone(), message)
        }
        Some(Halt::Failed(reason)) => {
            let advice = "This is usually transient: start another sync. What was done is kept.";
            (RunState::Failed, reason.clone(), run_message(Level::Error, reason.clone(), advice))
        }
        Some(Halt::Internal(error)) => {
            tracing::error!(run = claimed.id, error = format!("{error:#}"), "a sync stopped on an error of our own");
            let reason = "Tieout itself had a problem; its log says more".to_owned();
            (
                RunState::Failed,
                reason.clone(),
                run_message(Level::Error, reason, "Start another sync. If it persists, report it."),
            )
        }
    };
    let Some(followup) = runs::finish(&mut tx, &claimed.id, owner, state, &reason, errors, now).await? else {
        return Ok(());
    };
    messages::append(&mut tx, company_id, &claimed.id, &[message], now).await?;
    let paused = connections::of_company(&mut tx, company_id).await?.filter(|connection| connection.paused_at.is_some());
    match (followup, paused) {
        // Changes wait as they are; a full sync is asked for again when the pause ends.
        (Some(RunScope::Full), Some(connection)) => connections::hold_sync(&mut tx, &connection.id).await?,
        (_, Some(_)) => {}
        // Whoever asked for a full sync meanwhile gets it, however this one ended. Changes go with the next one.
        (Some(RunScope::Full), None) if !is_lost => {
            let by = "somebody during the sync before";
            runs::enqueue(&mut tx, company_id, RunKind::Manual, RunScope::Full, by, now).await?;
        }
        (Some(RunScope::Changed), None) if state == RunState::Completed => {
            let by = "a change during the sync before";
            runs::enqueue(&mut tx, company_id, RunKind::OnDemand, RunScope::Changed, by, now).await?;
        }
        _ => {}
    }
    status::refresh(&mut tx, company_id, now).await?;
    tx.commit().await?;
    Ok(())
}
