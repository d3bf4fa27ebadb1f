//! The way from one company of the overview's list to the one before and the one after it. The address carries the
//! list and the place in it: a company that moves on, because what was wrong with it was put right, still leads to
//! those it stood between.

use super::company::CompanyRow;
use super::filter::{Filter, SortKey};
use super::status::SyncStatus;
use serde::{Deserialize, Serialize};

/// A company to go on to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    pub code: String,
    pub name: String,
    /// Its place in the list.
    pub at: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    pub previous: Option<Neighbour>,
    pub next: Option<Neighbour>,
}

/// What stands for a company that never synced.
const NEVER: &str = "never";

/// Where a company stands in the order of a list, its name aside: its status, or when it last synced.
pub fn place(key: SortKey, status: SyncStatus, last_success: Option<i64>, last_run: Option<i64>) -> String {
    let time = |at: Option<i64>| at.map_or_else(|| NEVER.into(), |at| at.to_string());
    match key {
        SortKey::Status => status.as_str().into(),
        SortKey::Name => String::new(),
        SortKey::LastSuccess => time(last_success),
        SortKey::LastRun => time(last_run),
    }
}

/// Reads a place of a list ordered by time; the inner `None`: never synced.
pub fn time_of(place: &str) -> Option<Option<i64>> {
    if place == NEVER { Some(None) } else { place.parse().ok().map(Some) }
}

/// The address of a company's results as the overview links to them.
pub fn results_of(row: &CompanyRow, filter: &Filter) -> String {
    let standard = Filter::default();
    let list = Filter { rows: standard.rows, page: standard.page, ..filter.clone() }.to_query();
    let last_run = row.last_run.as_ref().map(|run| run.at.ms);
    let at = place(filter.sort.key, row.status, row.last_success.as_ref().map(|at| at.ms), last_run);
    results_at(&row.code, &list, &at)
}

/// The address of a company's results with its list and its place in it.
pub fn results_at(code: &str, list: &str, at: &str) -> String {
    let mut address = format!("/companies/{code}/results");
    let mut sign = '?';
    for (key, value) in [("list=", list), ("at=", at)] {
        if !value.is_empty() {
            address.push(sign);
            address.push_str(key);
            address.extend(form_urlencoded::byte_serialize(value.as_bytes()));
            sign = '&';
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_carry_list_and_place() {
        assert_eq!(results_at("AQE", "", ""), "/companies/AQE/results");
        assert_eq!(
            results_at("AQE", "status=errors&sort=-last-run", "never"),
            "/companies/AQE/results?list=status%3Derrors%26sort%3D-last-run&at=never"
        );
        assert_eq!((time_of("never"), time_of("12"), time_of("x")), (Some(None), Some(Some(12)), None));
        assert_eq!(place(SortKey::Status, SyncStatus::Errors, None, None), "errors");
        assert_eq!(place(SortKey::LastRun, SyncStatus::Errors, Some(1), None), "never");
    }
}
