//! Pausing: a connection rests until somebody resumes it. Nothing of it is due, nobody can start it, and what changes
//! here waits. Everything can be paused at once, and resuming that takes up what it paused and nothing else.

use super::{existing, take_up};
use crate::{
    domain::run::{RunKind, RunScope},
    server::{
        db::{
            Db, Tx,
            companies::{self, Company},
            connections::{self, Connection},
            groups, now_ms,
            pauses::{self, Pause},
            runs, status,
        },
        services::{
            error::{ServiceError, ServiceResult},
            sync,
        },
    },
};
use std::time::{Duration, Instant};

/// Companies of one step: few, for others wait to change theirs meanwhile.
const STEP: i64 = 50;

/// How long whoever pauses or resumes everything stays with it; servers do the rest.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Pauses one company's connection.
pub async fn pause(db: &Db, company: &Company, by: &str) -> ServiceResult<()> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &company.id).await?;
    let connection = existing(connections::of_company(&mut tx, &company.id).await?)?;
    if let Some(paused_by) = &connection.paused_by {
        return Err(ServiceError::Refused(format!("{} is paused already, by {paused_by}.", company.name)));
    }
    pause_in(&mut tx, &connection, by, None, now).await?;
    status::refresh(&mut tx, &company.id, now).await?;
    Ok(tx.commit().await?)
}

/// A sync that nobody has begun goes out of the queue, and is asked for again when the pause ends. One under way is
/// finished.
async fn pause_in(tx: &mut Tx, connection: &Connection, by: &str, pause_id: Option<&str>, now: i64) -> sqlx::Result<()> {
    let withdrawn = runs::withdraw(tx, &connection.company_id).await?;
    connections::pause(tx, &connection.id, by, pause_id, withdrawn == Some(RunScope::Full), now).await
}

/// Ends the pause of one company's connection, and sends what waited for that.
pub async fn resume(db: &Db, company: &Company, by: &str) -> ServiceResult<()> {
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &company.id).await?;
    let connection = existing(connections::of_company(&mut tx, &company.id).await?)?;
    if connection.paused_at.is_none() {
        return Err(ServiceError::Refused(format!("{} is not paused.", company.name)));
    }
    resume_in(&mut tx, &company.id, connection, by, now_ms()).await?;
    tx.commit().await?;
    sync::request_on_demand(db, company, by).await?;
    Ok(())
}

/// Ends with the company's status refreshed.
async fn resume_in(tx: &mut Tx, company_id: &str, connection: Connection, by: &str, now: i64) -> ServiceResult<()> {
    let company = companies::by_id(&mut *tx, company_id).await?;
    let company = company.ok_or_else(|| ServiceError::NotFound("There is no such company.".into()))?;
    let held = connection.held_sync != 0;
    let connection = Connection { paused_at: None, paused_by: None, pause_id: None, held_sync: 0, ..connection };
    connections::resume(tx, &connection.id).await?;
    take_up(tx, &company, &connection, now).await?;
    if held && connection.is_running() && company.archived_at.is_none() {
        match sync::request_in(tx, company_id, RunKind::Manual, RunScope::Full, by, now).await {
            Ok(_) | Err(ServiceError::Refused(_)) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    status::refresh(tx, company_id, now).await?;
    Ok(())
}

/// Pauses every connection of the group that is not paused; answers whether that is done, or goes on in the servers.
pub async fn pause_everything(db: &Db, by: &str) -> ServiceResult<bool> {
    let (group_id, _) = group(db).await?;
    let mut tx = db.begin().await?;
    if !pauses::begin(&mut tx, &group_id, by, now_ms()).await? {
        return Err(ServiceError::Refused("Everything is paused already: resume that first.".into()));
    }
    tx.commit().await?;
    go_on(db, Instant::now() + PATIENCE).await
}

/// Resumes what was paused together, and nothing that was paused before or since; answers whether that is done, or goes
/// on in the servers.
pub async fn resume_everything(db: &Db, by: &str) -> ServiceResult<bool> {
    let (group_id, _) = group(db).await?;
    let mut tx = db.begin().await?;
    let pause = pauses::current(&mut tx, &group_id).await?;
    let pause =
        pause.ok_or_else(|| ServiceError::Refused("“Pause everything” is not in force: there is nothing to resume.".into()))?;
    // Where it is still being paused, a step under way ends first.
    pauses::lock(&mut tx, &pause.id).await?;
    pauses::begin_resuming(&mut tx, &pause.id, by, now_ms()).await?;
    tx.commit().await?;
    go_on(db, Instant::now() + PATIENCE).await
}

async fn group(db: &Db) -> ServiceResult<(String, String)> {
    groups::current(db).await?.ok_or_else(|| ServiceError::NotFound("There is no company yet.".into()))
}

/// Takes the next steps of all pausing and resuming that is not finished; `true`: it is finished.
pub async fn go_on(db: &Db, until: Instant) -> ServiceResult<bool> {
    loop {
        let unfinished = pauses::unfinished(db).await?;
        if unfinished.is_empty() {
            return Ok(true);
        }
        for pause in unfinished {
            step(db, &pause.id).await?;
        }
        if Instant::now() >= until {
            return Ok(pauses::unfinished(db).await?.is_empty());
        }
    }
}

/// One step, in one transaction. Any number of servers may take steps: each waits for the one before.
async fn step(db: &Db, id: &str) -> ServiceResult<()> {
    let mut tx = db.begin().await?;
    let Some(pause) = pauses::lock(&mut tx, id).await? else { return Ok(()) };
    let resumed = match pause.state.as_str() {
        "pausing" => pausing(&mut tx, &pause).await?,
        "resuming" => resuming(&mut tx, &pause).await?,
        // Finished meanwhile.
        _ => return Ok(()),
    };
    tx.commit().await?;
    for company in resumed {
        sync::request_on_demand(db, &company, &pause.made_by).await?;
    }
    Ok(())
}

/// Answers nobody: whoever is paused sends nothing.
async fn pausing(tx: &mut Tx, pause: &Pause) -> ServiceResult<Vec<Company>> {
    let now = now_ms();
    let ids = pauses::to_pause(&mut *tx, &pause.group_id, &pause.got_to, STEP).await?;
    let Some(last) = ids.last() else {
        pauses::finish(tx, &pause.id, "paused").await?;
        return Ok(Vec::new());
    };
    companies::lock_all(tx, &ids).await?;
    // Read once they are ours: one may have been paused or disconnected meanwhile.
    let mut connections = connections::of_companies(&mut *tx, &ids).await?;
    connections.retain(|connection| connection.paused_at.is_none());
    for connection in &connections {
        pause_in(tx, connection, &pause.made_by, Some(&pause.id), now).await?;
    }
    pauses::step(tx, &pause.id, last).await?;
    // Last, for from the first of these on the group is locked.
    for connection in &connections {
        status::refresh(tx, &connection.company_id, now).await?;
    }
    Ok(Vec::new())
}

/// Answers the companies that were resumed.
async fn resuming(tx: &mut Tx, pause: &Pause) -> ServiceResult<Vec<Company>> {
    let now = now_ms();
    let ids = pauses::to_resume(&mut *tx, &pause.id, &pause.got_to, STEP).await?;
    let Some(last) = ids.last() else {
        pauses::finish(tx, &pause.id, "resumed").await?;
        return Ok(Vec::new());
    };
    companies::lock_all(tx, &ids).await?;
    pauses::step(tx, &pause.id, last).await?;
    let mut resumed = Vec::with_capacity(ids.len());
    for connection in connections::of_companies(&mut *tx, &ids).await? {
        if connection.pause_id.as_deref() != Some(pause.id.as_str()) {
            continue;
        }
        let company_id = connection.company_id.clone();
        resume_in(tx, &company_id, connection, &pause.made_by, now).await?;
        resumed.extend(companies::by_id(&mut *tx, &company_id).await?);
    }
    Ok(resumed)
}
