//! The company before and the one after a place in the overview's list. Each is found by its key in the index of the
//! list's order: nobody in between is counted.

use super::Narrowing;
use crate::{
    domain::{
        filter::{Filter, SortKey},
        status::SyncStatus,
    },
    server::db::{
        Db,
        query::{Value, sql},
        sees::Seen,
    },
};

/// A company with its place in each order.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Beside {
    pub code: String,
    pub name: String,
    pub status: String,
    pub last_success_at: Option<i64>,
    pub last_run_at: Option<i64>,
}

/// A place in a list: the name, and what the list is ordered by before it.
#[derive(Clone, Debug)]
pub struct Place {
    /// Whose place it is: nobody is beside itself, wherever it has moved on to.
    pub code: String,
    pub name_key: String,
    pub status: SyncStatus,
    /// The last success or the last run, whichever the order is by.
    pub at: Option<i64>,
}

/// A part of the list that is in order of an index: a condition (`#` is the value's place), the value, and the order.
struct Stretch {
    condition: &'static str,
    value: Option<Value>,
    /// Only what is beyond the place's name.
    beyond_name: bool,
    order: &'static str,
}

/// The next company after the place, or before it.
pub async fn beside(db: &Db, seen: &Seen, filter: &Filter, place: &Place, ahead: bool) -> sqlx::Result<Option<Beside>> {
    let key = filter.sort.key;
    // In the order of attention names always read from A to Z; the others are turned round as a whole.
    let names_ahead = if key == SortKey::Status { ahead } else { ahead != filter.sort.reversed };
    for stretch in stretches(filter, place, ahead, names_ahead) {
        let mut narrowing = Narrowing::new(seen);
        if key != SortKey::Status {
            narrowing.statuses(&filter.statuses);
        }
        narrowing.any("provider", filter.providers.iter().map(|provider| provider.as_str()));
        narrowing.search(&filter.search);
        narrowing.add(" AND code <> #", Some((&place.code).into()));
        narrowing.add(stretch.condition, stretch.value);
        if stretch.beyond_name {
            let condition = if names_ahead { " AND name_key > #" } else { " AND name_key < #" };
            narrowing.add(condition, Some((&place.name_key).into()));
        }
        let text = format!(
            "SELECT code, name, status, last_success_at, last_run_at FROM {} WHERE {} ORDER BY {} LIMIT 1",
            narrowing.companies, narrowing.conditions, stretch.order
        );
        let found = narrowing.bind(sql(text)).optional(db).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// From the place on, in the order in which they are walked.
fn stretches(filter: &Filter, place: &Place, ahead: bool, names_ahead: bool) -> Vec<Stretch> {
    let by_name = if names_ahead { "name_key" } else { "name_key DESC" };
    let stretch = |condition, value: Option<i64>, beyond_name, order| Stretch {
        condition,
        value: value.map(Into::into),
        beyond_name,
        order,
    };
    let by_time = |same, after, before, never, up, down| {
        let same = match place.at {
            Some(at) => stretch(same, Some(at), true, by_name),
            None => stretch(never, None, true, by_name),
        };
        let mut all = vec![same];
        match (place.at, names_ahead) {
            (Some(at), true) => all.push(stretch(after, Some(at), false, up)),
            (None, true) => all.push(stretch(after, Some(i64::MIN), false, up)),
            (Some(at), false) => {
                all.push(stretch(before, Some(at), false, down));
                all.push(stretch(never, None, false, by_name));
            }
            (None, false) => {}
        }
        all
    };
    match filter.sort.key {
        SortKey::Name => vec![stretch("", None, true, by_name)],
        SortKey::LastSuccess => by_time(
            " AND last_success_at = #",
            " AND last_success_at > #",
            " AND last_success_at < #",
            " AND last_success_at IS NULL",
            "last_success_at NULLS FIRST, name_key",
            "last_success_at DESC NULLS LAST, name_key DESC",
        ),
        SortKey::LastRun => by_time(
            " AND last_run_at = #",
            " AND last_run_at > #",
            " AND last_run_at < #",
            " AND last_run_at IS NULL",
            "last_run_at NULLS FIRST, name_key",
            "last_run_at DESC NULLS LAST, name_key DESC",
        ),
        SortKey::Status => {
            // A status at a time, each in the order of names.
            let here = place.status.severity();
            let mut others: Vec<i64> = SyncStatus::ALL
                .into_iter()
                .filter(|status| filter.statuses.is_empty() || filter.statuses.contains(status))
                .map(SyncStatus::severity)
                .collect();
            let downwards = ahead != filter.sort.reversed;
            others.retain(|severity| if downwards { *severity < here } else { *severity > here });
            others.sort_unstable();
            if downwards {
                others.reverse();
            }
            let same = (filter.statuses.is_empty() || filter.statuses.contains(&place.status))
                .then(|| stretch(" AND severity = #", Some(here), true, by_name));
            same.into_iter()
                .chain(others.into_iter().map(|other| stretch(" AND severity = #", Some(other), false, by_name)))
                .collect()
        }
    }
}
