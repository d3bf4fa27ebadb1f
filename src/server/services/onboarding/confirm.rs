//! The confirmation: from here on records are sent. What was decided becomes links, what nobody decided goes by default,
//! and the initial sync is asked for; all of it or nothing.

use super::{connected, contacts, due, matching_in, picks, plan::plan, report_in, scope, store_picks};
use crate::{
    domain::{
        matching::{Match, MatchReport, Pick},
        onboarding::who,
        run::{RunKind, RunScope},
    },
    server::{
        db::{
            Db, Tx, companies, companies::Company, connections, connections::Connection, contact_matches, external_contacts,
            now_ms, runs, status,
        },
        services::{
            error::{ServiceError, ServiceResult},
            local_time::LocalTime,
            sync::{self, Requested},
        },
    },
};

/// How a confirmation ended.
#[derive(Debug)]
pub enum Confirmed {
    /// Onboarded; the initial sync is queued.
    Started(Requested),
    /// Still incomplete: the report says what has no match. Choices were kept.
    Incomplete(MatchReport),
}

/// Confirms onboarding: keeps the choices, with `accept_matches` the exact matches too, and where everything in use
/// has a match, or is left out by choice, starts the initial sync. Contacts nobody decided about are linked to the one of
/// the same name there, or created.
pub async fn confirm(db: &Db, company_id: &str, accept_matches: bool, picks: &[Pick], by: &str) -> ServiceResult<Confirmed> {
    let (tx, company, connection) = begin(db, company_id).await?;
    carry_out(tx, &company, &connection, accept_matches, picks, by).await
}

/// Confirms what a page showed, by the fingerprint of its plan. Where something else would happen by now, it is refused.
pub async fn confirm_shown(db: &Db, company_id: &str, fingerprint: &str, by: &str) -> ServiceResult<Confirmed> {
    let (mut tx, company, connection) = begin(db, company_id).await?;
    let matching = matching_in(&mut tx, company_id).await?;
    if plan(&mut tx, &connection, &matching).await?.fingerprint != fingerprint {
        return Err(ServiceError::Refused(
            "Something was changed since you opened this page, so it was not confirmed: what will happen now is shown here."
                .into(),
        ));
    }
    carry_out(tx, &company, &connection, true, &[], by).await
}

async fn begin(db: &Db, company_id: &str) -> ServiceResult<(Tx, Company, Connection)> {
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let (company, connection) = connected(&mut tx, company_id).await?;
    if connection.onboarded_at.is_some() {
        return Err(ServiceError::Refused(confirmed_already(&mut tx, &company, &connection).await?));
    }
    Ok((tx, company, connection))
}

async fn carry_out(
    mut tx: Tx,
    company: &Company,
    connection: &Connection,
    accept_matches: bool,
    picks: &[Pick],
    by: &str,
) -> ServiceResult<Confirmed> {
    let (now, company_id) = (now_ms(), company.id.as_str());
    let report = report_in(&mut tx, company_id).await?;
    store_picks(&mut tx, company_id, &report, picks, by, now).await?;
    // Seen again with the choices in it: a choice may have taken what an exact match would have.
    if accept_matches {
        picks::accept(&mut tx, company_id, None, by, now).await?;
    }
    let mut report = report_in(&mut tx, company_id).await?;
    for item in &mut report.items {
        if matches!(item.matched, Match::Exact(_)) {
            item.matched = Match::None;
        }
    }
    if report.missing().next().is_some() {
        status::refresh(&mut tx, company_id, now).await?;
        tx.commit().await?;
        return Ok(Confirmed::Incomplete(report));
    }
    match_contacts(&mut tx, connection, by, now).await?;
    connections::set_onboarded(&mut tx, &connection.id, now).await?;
    let due = due(connection, company, now)?;
    connections::set_schedule(&mut tx, &connection.id, connection.schedule(), due).await?;
    let requested = sync::request_in(&mut tx, company_id, RunKind::Initial, RunScope::Full, by, now).await?;
    tx.commit().await?;
    Ok(Confirmed::Started(requested))
}

/// Carries out what becomes of each contact.
async fn match_contacts(tx: &mut Tx, connection: &Connection, by: &str, now: i64) -> ServiceResult<()> {
    let company_id = &connection.company_id;
    let in_use = contacts::tally(tx, scope(connection)).await?.archived_in_use;
    if in_use > 0 {
        return Err(ServiceError::Refused(format!(
            "{} to be archived, but documents that go out are addressed to {}: decide again in the step Contacts.",
            if in_use == 1 { "1 contact is".into() } else { format!("{in_use} contacts are") },
            if in_use == 1 { "it" } else { "them" },
        )));
    }
    contact_matches::link_same_names(tx, company_id, by, now).await?;
    contact_matches::create_others(tx, company_id, by, now).await?;
    contact_matches::make_links(tx, company_id, &connection.id, now).await?;
    contact_matches::archive(tx, company_id, by, now).await?;
    Ok(external_contacts::forget(tx, company_id).await?)
}

async fn confirmed_already(tx: &mut Tx, company: &Company, connection: &Connection) -> ServiceResult<String> {
    let by = runs::initial_by(tx, &company.id).await?.unwrap_or_default();
    let at = connection.onboarded_at.map(|at| LocalTime::of(&company.time_zone).moment(at).text).unwrap_or_default();
    Ok(format!("Onboarding was confirmed already, by {} on {at}.", who(&by)))
}
