//! Everything the address of a results page says: which rows, which of them are unfolded, and the overview's list
//! the company was reached from.

use crate::domain::{filter::Filter, results_filter::ResultsFilter};
use serde::{Deserialize, Serialize};

/// Rows that can be unfolded at a time.
pub const MOST_OPEN: usize = 10;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub filter: ResultsFilter,
    /// Ids of the problems whose rows are unfolded.
    pub open: Vec<String>,
    /// The overview's filter as its query string has it; empty: its default.
    pub list: String,
    /// Where in that list the company stood, see [`crate::domain::neighbour::place`]; empty: where it stands now.
    pub at: String,
}

impl Asked {
    /// Reads a query string (without `?`). The second part names what was not understood.
    pub fn from_query(query: &str) -> (Asked, Vec<String>) {
        let (filter, notices) = ResultsFilter::from_query(query);
        let mut asked = Asked { filter, ..Asked::default() };
        for (key, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            match key.as_ref() {
                "open" => asked.open = value.split(',').filter(|id| is_id(id)).take(MOST_OPEN).map(Into::into).collect(),
                "list" => asked.list = listed(&value),
                "at" if value.len() <= 40 => asked.at = value.into_owned(),
                _ => {}
            }
        }
        (asked, notices)
    }

    pub fn to_query(&self) -> String {
        let mut query = self.filter.to_query();
        for (key, value) in [("open", self.open.join(",")), ("list", self.list.clone()), ("at", self.at.clone())] {
            if value.is_empty() {
                continue;
            }
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(key);
            query.push('=');
            query.extend(form_urlencoded::byte_serialize(value.as_bytes()));
        }
        query
    }

    /// The same place with another filter: nothing is unfolded.
    pub fn with(&self, filter: ResultsFilter) -> Asked {
        Asked { filter, open: Vec::new(), ..self.clone() }
    }

    /// With the problem's row unfolded, or folded where it is; the one that was unfolded first makes room.
    pub fn toggled(&self, id: &str) -> Asked {
        let mut asked = self.clone();
        match asked.open.iter().position(|one| one == id) {
            Some(place) => drop(asked.open.remove(place)),
            None => {
                if asked.open.len() >= MOST_OPEN {
                    asked.open.remove(0);
                }
                asked.open.push(id.into());
            }
        }
        asked
    }
}

/// Which companies and in which order; which page of them was looked at does not matter.
fn listed(query: &str) -> String {
    let standard = Filter::default();
    let (filter, _) = Filter::from_query(query);
    Filter { rows: standard.rows, page: standard.page, ..filter }.to_query()
}

/// Ids are UUIDs in their usual writing.
fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::results_filter::ProblemState;

    fn id(n: usize) -> String {
        format!("01981f5e-7c1a-7cc0-8a52-{n:012}")
    }

    #[test]
    fn reads_back_what_it_writes() {
        let asked = Asked {
            filter: ResultsFilter::default().with(|filter| {
                filter.state = ProblemState::SetAside;
                filter.text = "a&b".into();
            }),
            open: vec![id(1), id(2)],
            list: "status=errors&q=quay+%26+co&sort=-last-run".into(),
            at: "errors".into(),
        };
        assert_eq!(Asked::from_query(&asked.to_query()), (asked, vec![]));
        assert_eq!(Asked::default().to_query(), "");
    }

    #[test]
    fn the_place_in_the_list_is_kept_and_its_page_is_not() {
        let (asked, notices) = Asked::from_query("list=page%3D7%26rows%3D50%26status%3Derrors&open=x,,1");
        assert_eq!((asked.list.as_str(), asked.open.len(), notices.len()), ("status=errors", 0, 0));
    }

    #[test]
    fn rows_unfold_and_fold_and_the_first_makes_room() {
        let mut asked = Asked::default().toggled(&id(1)).toggled(&id(2));
        assert_eq!(asked.open, [id(1), id(2)]);
        assert_eq!(asked.toggled(&id(1)).open, [id(2)]);
        for n in 3..=11 {
            asked = asked.toggled(&id(n));
        }
        assert_eq!((asked.open.len(), asked.open[0].clone()), (MOST_OPEN, id(2)));
    }
}
