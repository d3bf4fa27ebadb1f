//! Automatic syncs: a connection that is due gets a run, once, however many servers look at the same time.

use crate::{
    domain::run::{RunKind, RunScope},
    server::{
        db::{
            Db,
            companies::{self, Company},
            connections::{self, Connection},
        },
        services::{error::ServiceError, schedule, sync},
    },
};

/// Starts what is due. One company that cannot be started stops no other.
pub async fn start_due(db: &Db, now: i64) -> anyhow::Result<()> {
    for due in connections::due(db, now).await? {
        if let Err(error) = start(db, &due, now).await {
            tracing::error!(company = due.company_id, error = format!("{error:#}"), "a sync that is due cannot be started");
        }
    }
    Ok(())
}

/// Moving the due time on is what decides who starts it, and is committed with the run.
async fn start(db: &Db, due: &Connection, now: i64) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &due.company_id).await?;
    let Some(company) = companies::by_id(&mut tx, &due.company_id).await? else { return Ok(()) };
    if !connections::move_due(&mut tx, &due.id, due.next_sync_at, next(due, &company, now)?).await? {
        return Ok(());
    }
    match sync::request_in(&mut tx, &due.company_id, RunKind::Scheduled, RunScope::Full, "the schedule", now).await {
        // A company that cannot sync now waits for its next turn.
        Ok(_) | Err(ServiceError::Refused(_)) => Ok(tx.commit().await?),
        Err(error) => Err(error.into()),
    }
}

/// In a zone that this version's time zone database does not have the company's nights are those of UTC, as its
/// times are on the pages.
fn next(due: &Connection, company: &Company, now: i64) -> anyhow::Result<Option<i64>> {
    let next = |zone| schedule::next_sync_at(due.schedule(), &company.id, zone, now);
    Ok(next(&company.time_zone).or_else(|error| {
        tracing::warn!(company = company.code, %error, "scheduling in UTC");
        next("UTC")
    })?)
}
