//! Problems by cause, each with the one thing that mends all of them.

use super::Scope;
use crate::{
    domain::{
        matching::ReferenceKind,
        message::{Entity, ProblemKind},
        results::{CAUSES, CauseGroup, Choice, Subject},
        results_filter::{ProblemState, ResultsFilter},
    },
    server::{
        db::{Tx, problems::listing, reference},
        services::error::ServiceResult,
    },
};
use std::collections::HashMap;

#[derive(Default)]
pub struct Causes {
    pub groups: Vec<CauseGroup>,
    /// Causes that are not among the groups.
    pub more: u64,
    /// What values here can be mapped to.
    pub choices: Vec<Choice>,
}

/// The causes of what the filter means, its own cause aside; of open problems only: what is done with has no fix.
pub async fn read(tx: &mut Tx, scope: &Scope<'_>, filter: &ResultsFilter) -> ServiceResult<Causes> {
    if filter.state != ProblemState::Open {
        return Ok(Causes::default());
    }
    let parts = listing::causes(&mut *tx, scope.narrow(&filter.with(|filter| filter.cause = None)), CAUSES).await?;
    let samples: Vec<&str> = parts.iter().map(|part| part.sample.as_str()).collect();
    let samples = listing::samples(&mut *tx, &samples).await?;
    let all = parts.first().map_or(0, |part| part.causes.unsigned_abs());
    let mut groups: Vec<CauseGroup> = Vec::new();
    for part in parts {
        let entity = Entity::parse(&part.entity).unwrap_or(Entity::Run);
        let records = (entity, part.records.unsigned_abs());
        if let Some(group) = groups.last_mut().filter(|group| group.cause == part.cause) {
            // Of two kinds with one cause there is a part each.
            match group.records.iter_mut().find(|(same, _)| *same == entity) {
                Some(same) => same.1 += records.1,
                None => group.records.push(records),
            }
            continue;
        }
        let Some(sample) = samples.iter().find(|sample| sample.id == part.sample) else { continue };
        let subject = ReferenceKind::parse(&sample.subject_kind)
            .filter(|_| !sample.subject.is_empty())
            .map(|kind| Subject { kind, value: sample.subject.clone() });
        groups.push(CauseGroup {
            cause: part.cause,
            advice: sample.advice.clone(),
            kind: ProblemKind::parse(&sample.kind).unwrap_or(ProblemKind::Failed),
            records: vec![records],
            subject,
        });
    }
    let more = all.saturating_sub(groups.len() as u64);
    let choices = if groups.iter().any(|group| group.subject.is_some()) { choices(tx, scope).await? } else { Vec::new() };
    Ok(Causes { groups, more, choices })
}

/// What the accounting side holds and takes, but for what stands for another value already: each is matched once.
async fn choices(tx: &mut Tx, scope: &Scope<'_>) -> ServiceResult<Vec<Choice>> {
    let items = reference::items(&mut *tx, &scope.company.id).await?;
    let mut stands_for: HashMap<(String, String), Vec<String>> = HashMap::new();
    for mapping in reference::mappings(tx, &scope.company.id).await? {
        stands_for.entry((mapping.kind, mapping.external_id)).or_default().push(mapping.local_value);
    }
    let offered = items.iter().filter_map(|item| {
        let stands_for = stands_for.remove(&(item.kind.clone(), item.external_id.clone())).unwrap_or_default();
        Some(Choice { item: item.offered()?, stands_for })
    });
    Ok(offered.collect())
}
