//! Automatic syncs: a connection that is due gets a run, once, however many servers look at the same time.

use crate::{
    domain::run::{RunKind, RunScope},
    server::{
        db::{Db, companies, connections},
        services::{error::ServiceError, schedule, sync},
    },
};

/// Starts what is due. Moving the due time on is what decides who starts it, and is committed with the run.
pub async fn start_due(db: &Db, now: i64) -> anyhow::Result<()> {
    for due in connections::due(db, now).await? {
        let mut tx = db.begin().await?;
        companies::lock(&mut tx, &due.company_id).await?;
        let Some(company) = companies::by_id(&mut tx, &due.company_id).await? else { continue };
        let next = schedule::next_sync_at(due.schedule(), &due.company_id, &company.time_zone, now)?;
        if !connections::move_due(&mut tx, &due.id, due.next_sync_at, next).await? {
            continue;
        }
        match sync::request_in(&mut tx, &due.company_id, RunKind::Scheduled, RunScope::Full, "the schedule", now).await {
            // A company that cannot sync now waits for its next turn.
            Ok(_) | Err(ServiceError::Refused(_)) => tx.commit().await?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
