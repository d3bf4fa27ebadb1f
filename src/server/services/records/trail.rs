//! What has become of a record, in the words of its page.

use super::{Head, saved::Standing};
use crate::{
    domain::{
        contact::ContactFacts,
        document::DocumentFacts,
        matching::ReferenceKind,
        message::{Direction, Entity, Level, ProblemKind},
        provider::Books,
        record::{
            address,
            diff::{self, Change},
            view::{Attempt, Content, Deed, LinkState, LinkView, OpenProblem, VersionView},
        },
    },
    server::{
        db::{
            Tx,
            companies::Company,
            connections::Connection,
            record_trail::{self, Version},
        },
        services::{error::ServiceResult, local_time::LocalTime},
    },
};
use anyhow::Context;

pub use super::saved::Facts;

/// Versions, attempts and actions on a page.
const VERSIONS: usize = 10;
const ATTEMPTS: usize = 20;
const ACTIONS: i64 = 10;

pub async fn link(
    tx: &mut Tx,
    company: &Company,
    connection: Option<&Connection>,
    entity: Entity,
    id: &str,
    head: &Head,
    clock: &LocalTime,
) -> ServiceResult<LinkView> {
    let stored = match connection {
        Some(connection) => record_trail::link(tx, &connection.id, entity, id).await?,
        None => None,
    };
    let standing = Standing::of(&head.standing, connection, stored.as_ref()).words(head.version);
    let external_id = stored.as_ref().and_then(|link| link.external_id.clone());
    let state = match &stored {
        Some(link) if link.state == LinkState::Unlinked.as_str() => LinkState::Unlinked,
        Some(link) if link.external_id.is_some() => LinkState::Linked,
        _ => LinkState::NotSent,
    };
    // Xero shows what came through the bank elsewhere, and does not say where; applied credit has no page of its own.
    let has_page = match &head.content {
        Content::Document(document) => !document.kind.comes_in_only(),
        Content::Payment(payment) => payment.credit.is_none() && !payment.is_elsewhere,
        Content::Contact(_) => true,
    };
    let url = match (connection.and_then(|connection| Some((connection, connection.provider()?))), &external_id) {
        (Some((connection, provider)), Some(external_id)) if has_page => {
            let books = Books { organisation: &connection.organisation_id, short_code: connection.short_code.as_deref() };
            provider.record_url(&company.code, books, entity, external_id)
        }
        _ => None,
    };
    Ok(LinkView {
        state,
        organisation: connection.map(|connection| connection.organisation_name.clone()),
        since: stored.as_ref().filter(|_| state != LinkState::NotSent).map(|link| clock.moment(link.updated_at)),
        synced_version: stored.as_ref().map_or(0, |link| link.synced_version),
        version: head.version,
        external_id,
        url,
        standing,
    })
}

/// The latest versions (up to a number), each against the one before it; and the number of the next older one, if
/// there are more.
pub async fn versions(
    tx: &mut Tx,
    entity: Entity,
    id: &str,
    up_to: Option<i64>,
    synced: i64,
    clock: &LocalTime,
) -> ServiceResult<(Vec<VersionView>, Option<i64>)> {
    // One more than is shown: what the last one changed is told by the one before it.
    let found = record_trail::versions(tx, entity, id, up_to.unwrap_or(i64::MAX), VERSIONS as i64 + 1).await?;
    let mut shown = Vec::with_capacity(VERSIONS);
    for (place, version) in found.iter().take(VERSIONS).enumerate() {
        let changes = match found.get(place + 1) {
            Some(before) => Some(changes(entity, before, version)?),
            None => None,
        };
        shown.push(VersionView {
            version: version.version,
            by: version.made_by.clone(),
            at: clock.moment(version.made_at),
            changes,
            is_there: version.version == synced,
        });
    }
    Ok((shown, found.get(VERSIONS).map(|version| version.version)))
}

/// What a version changed against the one before it.
pub fn changes(entity: Entity, before: &Version, after: &Version) -> ServiceResult<Vec<Change>> {
    Ok(match entity {
        Entity::Contact => diff::contacts(&contact_in(before)?, &contact_in(after)?),
        _ => diff::documents(&document_in(before)?, &document_in(after)?),
    })
}

pub fn contact_in(version: &Version) -> ServiceResult<ContactFacts> {
    Ok(serde_json::from_str(&version.content).context("stored version of a contact")?)
}

pub fn document_in(version: &Version) -> ServiceResult<DocumentFacts> {
    Ok(serde_json::from_str(&version.content).context("stored version of a document")?)
}

pub async fn attempts(
    tx: &mut Tx,
    company: &Company,
    entity: Entity,
    id: &str,
    clock: &LocalTime,
) -> ServiceResult<(Vec<Attempt>, bool)> {
    let mut found = record_trail::attempts(tx, &company.id, entity, id, ATTEMPTS as i64 + 1).await?;
    let more = found.len() > ATTEMPTS;
    found.truncate(ATTEMPTS);
    let shown = found.into_iter().map(|message| Attempt {
        at: clock.moment(message.at),
        direction: Direction::parse(&message.direction).unwrap_or(Direction::None),
        level: Level::parse(&message.level).unwrap_or(Level::Warning),
        id: message.id,
        run_id: message.run_id,
        text: message.text,
        advice: message.advice,
    });
    Ok((shown.collect(), more))
}

pub async fn problem(
    tx: &mut Tx,
    company: &Company,
    entity: Entity,
    id: &str,
    clock: &LocalTime,
) -> ServiceResult<Option<OpenProblem>> {
    let found = record_trail::problem(tx, &company.id, entity, id).await?;
    Ok(found.map(|problem| {
        let waits_for = problem.blocked_by_entity.as_deref().and_then(Entity::parse).zip(problem.blocked_by_id);
        OpenProblem {
            id: problem.id,
            kind: ProblemKind::parse(&problem.kind).unwrap_or(ProblemKind::Failed),
            first_seen: clock.moment(problem.first_seen),
            last_seen: clock.moment(problem.last_seen),
            times: problem.times.unsigned_abs(),
            blocked_by: problem
                .blocked_by
                .map(|label| (label, waits_for.and_then(|(entity, id)| address(&company.code, entity, &id)))),
            set_aside: problem
                .set_aside_at
                .map(|_| (problem.set_aside_by, problem.set_aside_until.map(|until| clock.moment(until)), problem.note)),
            cause: problem.cause,
            advice: problem.advice,
            detail: problem.detail,
            run_id: problem.run_id,
        }
    }))
}

/// What of a record's lines its open problem is about: kind and value.
pub async fn subject(tx: &mut Tx, company: &Company, entity: Entity, id: &str) -> ServiceResult<Option<(ReferenceKind, String)>> {
    let found = record_trail::problem(tx, &company.id, entity, id).await?;
    Ok(found.and_then(|problem| Some((ReferenceKind::parse(&problem.subject_kind)?, problem.subject))))
}

pub async fn actions(tx: &mut Tx, entity: Entity, id: &str, clock: &LocalTime) -> ServiceResult<Vec<Deed>> {
    let found = record_trail::actions(tx, entity, id, ACTIONS).await?;
    let shown = found.into_iter().map(|action| Deed {
        at: clock.moment(action.at),
        by: action.made_by,
        summary: action.summary,
        note: action.note,
        undone: action.undone_at.is_some(),
    });
    Ok(shown.collect())
}
