//! A full sync from another day on, as if the connection had been made with it.

use super::{check_sync_from, connected};
use crate::{
    domain::run::{RunKind, RunScope, RunState},
    server::{
        db::{Db, companies, connections, incoming, now_ms, problems, runs},
        services::{
            error::{ServiceError, ServiceResult},
            local_time::LocalTime,
            sync::{self, Requested},
        },
    },
};

/// Moves the day from which documents count and asks for a full sync that reads everything anew. What is dated from
/// the new day on comes into scope; what is dated before is left alone from now on, and what was the matter with it is
/// closed. Links are kept, so nothing is sent twice.
pub async fn resync_from(db: &Db, company_id: &str, day: &str, by: &str) -> ServiceResult<Requested> {
    check_sync_from(day)?;
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let (company, connection) = connected(&mut tx, company_id).await?;
    if day > LocalTime::of(&company.time_zone).today(now).as_str() {
        return Err(ServiceError::Invalid("Sync from must not be a day to come.".into()));
    }
    if connection.onboarded_at.is_none() {
        return Err(ServiceError::Refused("Onboarding is unfinished: complete it first; its initial sync is a full one.".into()));
    }
    // A run under way reads on from its own cursors, and would put them back.
    if runs::active(&mut tx, company_id).await?.is_some_and(|run| run.state() == RunState::Running) {
        return Err(ServiceError::Refused("A sync is under way: wait for its end, and then sync from another day.".into()));
    }
    connections::set_sync_from(&mut tx, &connection.id, day).await?;
    incoming::forget_cursors(&mut tx, &connection.id).await?;
    problems::resolve_before(&mut tx, company_id, day, now).await?;
    let requested = sync::request_in(&mut tx, company_id, RunKind::Manual, RunScope::Full, by, now).await?;
    tx.commit().await?;
    Ok(requested)
}
