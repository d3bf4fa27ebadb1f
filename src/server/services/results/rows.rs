//! Problems as rows, and what is unfolded under them.

use crate::{
    domain::{
        message::{Direction, Entity, Level, ProblemKind},
        record,
        results::{ATTEMPTS, Attempt, Blocker, ConflictSide, LinkStatus, ProblemRow, SetAside, Trail},
    },
    server::{
        db::{Tx, messages, problems::listing::Problem},
        services::{error::ServiceResult, local_time::LocalTime},
    },
};

/// `code` is the company's. A word this version does not know reads as what says least.
pub fn row(code: &str, problem: Problem, clock: &LocalTime) -> ProblemRow {
    let entity = Entity::parse(&problem.entity).unwrap_or(Entity::Run);
    let kind = ProblemKind::parse(&problem.kind).unwrap_or(ProblemKind::Failed);
    // A record that only the other side holds goes by its id there.
    let is_ours = problem.external_id.as_deref() != Some(&problem.local_id);
    let link = match (problem.link_state.as_deref(), &problem.linked_to) {
        (Some("unlinked"), _) => LinkStatus::Unlinked,
        (Some(_), Some(_)) => LinkStatus::Linked,
        _ if kind == ProblemKind::Unlinked => LinkStatus::Unlinked,
        _ => LinkStatus::Not,
    };
    ProblemRow {
        entity,
        kind,
        link,
        address: is_ours.then(|| record::address(code, entity, &problem.local_id)).flatten(),
        external_id: problem.linked_to.or(problem.external_id),
        direction: Direction::parse(&problem.direction).unwrap_or(Direction::Out),
        blocked_by: blocker(code, problem.blocked_by, problem.blocked_by_entity.as_deref(), problem.blocked_by_id.as_deref()),
        sides: side(&problem.ours).zip(side(&problem.theirs)),
        adopting: problem.decision.as_deref() == Some("adopt"),
        set_aside: problem.set_aside_at.map(|at| SetAside {
            by: problem.set_aside_by,
            at: clock.moment(at),
            until: problem.set_aside_until.map(|until| clock.moment(until)),
            note: problem.note,
        }),
        resolved: problem.resolved_at.map(|at| clock.moment(at)),
        first_seen: clock.moment(problem.first_seen),
        last_seen: clock.moment(problem.last_seen),
        times: problem.times.unsigned_abs(),
        id: problem.id,
        label: problem.label,
        cause: problem.cause,
        advice: problem.advice,
        detail: problem.detail,
    }
}

fn blocker(code: &str, label: Option<String>, entity: Option<&str>, id: Option<&str>) -> Option<Blocker> {
    let address = entity.and_then(Entity::parse).zip(id).and_then(|(entity, id)| record::address(code, entity, id));
    Some(Blocker { label: label?, address })
}

/// One side of a conflict; what cannot be read is not shown, and the row says the rest.
fn side(stored: &str) -> Option<ConflictSide> {
    if stored.is_empty() {
        return None;
    }
    serde_json::from_str(stored).inspect_err(|error| tracing::warn!(%error, "a side of a conflict cannot be read")).ok()
}

/// What is unfolded: of the rows of the page that were asked for.
pub async fn trails(
    tx: &mut Tx,
    company_id: &str,
    page: &[Problem],
    open: &[String],
    clock: &LocalTime,
) -> ServiceResult<Vec<Trail>> {
    let mut trails = Vec::with_capacity(open.len());
    for problem in page.iter().filter(|problem| open.contains(&problem.id)) {
        let found = messages::of_record(&mut *tx, company_id, &problem.entity, &problem.local_id, ATTEMPTS).await?;
        let exchange = found.iter().find(|message| !message.sent.is_empty() || !message.received.is_empty());
        let (sent, received) = exchange.map(|message| (message.sent.clone(), message.received.clone())).unwrap_or_default();
        let attempts = found.into_iter().map(|message| Attempt {
            at: clock.moment(message.at),
            direction: Direction::parse(&message.direction).unwrap_or(Direction::None),
            level: Level::parse(&message.level).unwrap_or(Level::Warning),
            id: message.id,
            run_id: message.run_id,
            text: message.text,
        });
        trails.push(Trail { problem: problem.id.clone(), attempts: attempts.collect(), sent, received });
    }
    Ok(trails)
}
