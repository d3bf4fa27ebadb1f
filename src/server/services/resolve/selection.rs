//! Which records are meant: some of the list, the whole filtered set, or one record by itself.

use super::super::error::{ServiceError, ServiceResult};
use super::Doing;
use crate::{
    domain::{message::Entity, results_filter::ResultsFilter},
    server::db::{actions::chosen, problems::filter::Narrowing, runs},
};

/// The most problems one form may name.
pub const MOST_IDS: usize = 2_000;

#[derive(Clone, Debug)]
pub enum Selection {
    /// Ids of problems.
    Problems(Vec<String>),
    /// All that a filter of the results page shows, on whichever page of it.
    Filtered(Box<ResultsFilter>),
    /// A record by entity and local id, whether or not it has a problem.
    Record(Entity, String),
}

impl Selection {
    /// Puts the chosen records to an action, as far as `fit` (a condition on problems) holds, or `state` of a single
    /// record's link. Answers how many were meant and how many it can be done to.
    pub(super) async fn choose(&self, doing: &mut Doing, action_id: &str, fit: &str, state: &str) -> ServiceResult<(u64, u64)> {
        let (meant, chosen) = match self {
            Selection::Problems(ids) => {
                let mut ids = ids.clone();
                ids.sort_unstable();
                ids.dedup();
                if ids.is_empty() {
                    return Err(ServiceError::Invalid("No record is selected: tick at least one.".into()));
                }
                if ids.len() > MOST_IDS {
                    return Err(ServiceError::Invalid(format!(
                        "Select at most {MOST_IDS} records one by one, or all that match the filter."
                    )));
                }
                let chosen = chosen::problems(&mut doing.tx, &doing.company_id, action_id, &ids, fit).await?;
                (ids.len() as u64, chosen)
            }
            Selection::Filtered(filter) => {
                let last_success = runs::last_success_started(&mut doing.tx, &doing.company_id).await?;
                let narrowing = || Narrowing::new(&doing.company_id, filter, last_success, doing.now);
                let meant = chosen::count_filtered(&mut doing.tx, narrowing()).await?;
                (meant, chosen::filtered(&mut doing.tx, action_id, narrowing(), fit).await?)
            }
            Selection::Record(entity, local_id) => {
                let scope = crate::server::db::tie_outs::Scope {
                    connection_id: &doing.connection.id,
                    company_id: &doing.company_id,
                    sync_from: &doing.connection.sync_from,
                };
                (1, chosen::record(&mut doing.tx, scope, action_id, *entity, local_id, state).await?)
            }
        };
        if chosen == 0 {
            return Err(ServiceError::Refused(match meant {
                1 => "That record is resolved meanwhile, or this cannot be done to it.".into(),
                _ => "Those records are resolved meanwhile, or this cannot be done to them.".into(),
            }));
        }
        Ok((meant, chosen))
    }
}

/// What is said besides where not all could be done: `3 of 5; the others are resolved meanwhile.`
pub(super) fn remainder(meant: u64, chosen: u64) -> String {
    match meant.saturating_sub(chosen) {
        0 => String::new(),
        1 => format!(" That is {chosen} of {meant}: the other is resolved meanwhile, or this cannot be done to it."),
        _ => format!(" That is {chosen} of {meant}: the others are resolved meanwhile, or this cannot be done to them."),
    }
}
