//! Every company with its connection, narrowed and ordered as the overview is, and whether everything is paused.

use super::{error::ServiceResult, integration, local_time::LocalTime, overview};
use crate::{
    domain::{
        integrations::{EverythingPaused, IntegrationRow, IntegrationsPage},
        status::SyncStatus,
    },
    server::db::{
        Db, companies, connections, groups, pauses,
        sees::{Seen, Sees},
        status,
    },
};
use std::collections::HashMap;

/// The page a query string asks for; `None` before there is a group.
pub async fn page(db: &Db, sees: &Sees, query: &str) -> ServiceResult<Option<IntegrationsPage>> {
    let Some(list) = overview::page(db, sees, query).await? else { return Ok(None) };
    let Some((group_id, _)) = groups::current(db).await? else { return Ok(None) };
    let codes: Vec<String> = list.rows.iter().map(|row| row.code.clone()).collect();
    let companies = companies::by_codes(db, &group_id, &codes).await?;
    let ids: Vec<String> = companies.iter().map(|company| company.id.clone()).collect();
    let mut connections: HashMap<String, _> = connections::of_companies(db, &ids)
        .await?
        .into_iter()
        .map(|connection| (connection.company_id.clone(), connection))
        .collect();
    let mut views: HashMap<String, _> = companies
        .into_iter()
        .filter_map(|company| {
            let view = integration::view(connections.remove(&company.id)?, &LocalTime::of(&company.time_zone))?;
            Some((company.code, view))
        })
        .collect();
    let rows = list.rows.into_iter().map(|row| IntegrationRow { connection: views.remove(&row.code), row }).collect();
    let paused = match pauses::current(db, &group_id).await? {
        Some(pause) => Some(EverythingPaused {
            by: pause.made_by,
            at: LocalTime::of("UTC").moment(pause.made_at),
            connections: pauses::held(db, &pause.id).await?.unsigned_abs(),
            under_way: pause.state != "paused",
            resuming: pause.state == "resuming",
        }),
        None => None,
    };
    Ok(Some(IntegrationsPage { filter: list.filter, notices: list.notices, rows, facets: list.facets, paused, now: list.now }))
}

/// Companies that no longer are let in: from the kept counts, for every page says how many.
pub async fn lost(db: &Db, sees: &Sees) -> ServiceResult<u64> {
    let Some((group_id, _)) = groups::current(db).await? else { return Ok(0) };
    let kept = status::counts(db, &Seen { group_id, sees: sees.clone() }).await?;
    let lost = kept.iter().filter(|(_, status, _)| status == SyncStatus::NeedsReconnecting.as_str());
    Ok(lost.map(|(_, _, n)| n.unsigned_abs()).sum())
}
