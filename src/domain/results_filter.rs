//! Which rows of a company's sync results are shown, and the form of it in the URL. Writing and reading are inverse, and
//! reading never fails: what it does not know it names.

use super::message::{Entity, ProblemKind};
use super::run::words;
use serde::{Deserialize, Serialize};

/// Rows a page may have; the second is the default, 0 stands for all.
pub const PAGE_SIZES: [u32; 4] = [25, 50, 100, 0];

/// The most rows a page of all of them holds: all of them ticked, their ids still fit into an address.
pub const MOST_ROWS: u32 = 1_000;

/// The longest text that is looked for, in characters.
pub const MAX_SEARCH: usize = 100;

/// Causes that begin with the same characters, this many, are one; the database's `cause_key` has as many.
pub const MAX_CAUSE: usize = 300;

words! {
    /// What became of a problem.
    ProblemState {
        /// Not resolved and not set aside: what needs a person now.
        Open = "open", "Open";
        /// Acknowledged by a person, until a day or until it changes.
        SetAside = "set-aside", "Set aside";
        Resolved = "resolved", "Resolved";
        All = "all", "All";
    }
}

words! {
    /// Whether a record takes part in syncs.
    LinkState {
        All = "all", "All";
        Linked = "linked", "Linked";
        /// Left out of syncs by a person.
        Unlinked = "unlinked", "Unlinked";
    }
}

words! {
    /// Seen last on or after which moment.
    Since {
        LastSuccess = "last-success", "Since the last successful sync";
        Day = "1-day", "In the last 24 hours";
        Week = "7-days", "In the last 7 days";
        Month = "30-days", "In the last 30 days";
        Ever = "ever", "At any time";
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultsFilter {
    pub state: ProblemState,
    pub link: LinkState,
    /// `None`: the default of the rest of the filter, see [`ResultsFilter::since`].
    pub since: Option<Since>,
    pub entity: Option<Entity>,
    pub kind: Option<ProblemKind>,
    /// The readable cause, word for word or as far as [`MAX_CAUSE`] goes: the rows of one group.
    pub cause: Option<String>,
    /// Part of a record's label or ids, of the cause or of what the accounting software said; empty: no search.
    pub text: String,
    /// One of [`PAGE_SIZES`].
    pub rows: u32,
    /// From 1.
    pub page: u32,
}

impl Default for ResultsFilter {
    fn default() -> Self {
        ResultsFilter {
            state: ProblemState::Open,
            link: LinkState::All,
            since: None,
            entity: None,
            kind: None,
            cause: None,
            text: String::new(),
            rows: PAGE_SIZES[1],
            page: 1,
        }
    }
}

impl ResultsFilter {
    /// Reads a query string (without `?`). The second part names what was not understood, a sentence each.
    pub fn from_query(query: &str) -> (ResultsFilter, Vec<String>) {
        let mut filter = ResultsFilter::default();
        let mut notices = Vec::new();
        for (key, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            let value = value.trim();
            let known = match key.as_ref() {
                // A field of the form that was left alone.
                "state" | "link" | "since" | "entity" | "kind" | "cause" | "q" | "rows" | "page" if value.is_empty() => Ok(()),
                "state" => ProblemState::parse(value).map(|state| filter.state = state).ok_or("a state"),
                "link" => LinkState::parse(value).map(|link| filter.link = link).ok_or("a state of a link"),
                "since" => Since::parse(value).map(|since| filter.since = Some(since)).ok_or("a span of time"),
                "entity" => Entity::parse(value).map(|entity| filter.entity = Some(entity)).ok_or("a kind of record"),
                "kind" => ProblemKind::parse(value).map(|kind| filter.kind = Some(kind)).ok_or("a kind of problem"),
                "cause" => {
                    filter.cause = Some(value.chars().take(MAX_CAUSE).collect());
                    Ok(())
                }
                "q" => {
                    filter.text = value.chars().filter(|c| !c.is_control()).take(MAX_SEARCH).collect();
                    Ok(())
                }
                "rows" => rows(value).map(|rows| filter.rows = rows).ok_or("a number of rows (25, 50, 100 or all)"),
                "page" => {
                    value.parse().ok().filter(|page| *page >= 1).map(|page| filter.page = page).ok_or("the number of a page")
                }
                // How a form's error comes back to its page, and what else the page's address says; see `results::Asked`.
                "__path" | "__err" | "list" | "at" | "open" => Ok(()),
                _ => Err("a filter of this page"),
            };
            if let Err(what) = known {
                let shown: String = if what == "a filter of this page" { key.as_ref() } else { value }.chars().take(40).collect();
                notices.push(format!("“{shown}” is not {what}; it was ignored."));
            }
        }
        (filter, notices)
    }

    /// The query string that reads back as this filter; empty for the default one.
    pub fn to_query(&self) -> String {
        let standard = ResultsFilter::default();
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut add = |key, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                query.append_pair(key, value);
            }
        };
        add("state", (self.state != standard.state).then(|| self.state.as_str()));
        add("link", (self.link != standard.link).then(|| self.link.as_str()));
        add("since", self.since.map(Since::as_str));
        add("entity", self.entity.map(Entity::as_str));
        add("kind", self.kind.map(ProblemKind::as_str));
        add("cause", self.cause.as_deref());
        add("q", Some(&self.text));
        let (rows, page) = (rows_word(self.rows), self.page.to_string());
        add("rows", (self.rows != standard.rows).then_some(&rows));
        add("page", (self.page != standard.page).then_some(&page));
        query.finish()
    }

    /// A changed copy, on its first page.
    pub fn with(&self, change: impl FnOnce(&mut ResultsFilter)) -> ResultsFilter {
        let mut changed = ResultsFilter { page: 1, ..self.clone() };
        change(&mut changed);
        changed
    }

    /// What was chosen, or what is meant where nothing was: what needs a person is of interest since all was well
    /// last; what was resolved, set aside or left out was so at any time.
    pub fn since(&self) -> Since {
        let usual = self.state == ProblemState::Open && self.link != LinkState::Unlinked;
        self.since.unwrap_or(if usual { Since::LastSuccess } else { Since::Ever })
    }

    /// Rows a page holds.
    pub fn limit(&self) -> u32 {
        if self.rows == 0 { MOST_ROWS } else { self.rows }
    }

    /// Whether anything but the place in the list is chosen.
    pub fn narrows(&self) -> bool {
        let standard = ResultsFilter::default();
        ResultsFilter { rows: standard.rows, page: standard.page, ..self.clone() } != standard
    }
}

fn rows(word: &str) -> Option<u32> {
    if word == "all" { Some(0) } else { word.parse().ok().filter(|rows| *rows != 0 && PAGE_SIZES.contains(rows)) }
}

/// How a number of rows is written in the URL.
pub fn rows_word(rows: u32) -> String {
    if rows == 0 { "all".into() } else { rows.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_untouched_form_is_the_default_and_nonsense_is_named() {
        assert_eq!(ResultsFilter::from_query("state=&link=&since=&entity=&kind=&q=").0, ResultsFilter::default());
        assert_eq!(ResultsFilter::default().to_query(), "");
        let (filter, notices) = ResultsFilter::from_query("state=lost&kind=odd&rows=0&page=0&colour=red&list=status%3Derrors");
        assert_eq!(filter, ResultsFilter::default());
        assert_eq!(notices.len(), 5, "{notices:?}");
        assert!(notices[4].contains("“colour”"));
    }

    #[test]
    fn what_needs_a_person_is_shown_since_the_last_success_and_all_else_at_any_time() {
        let filter = ResultsFilter::default();
        assert_eq!(filter.since(), Since::LastSuccess);
        assert_eq!(filter.with(|filter| filter.state = ProblemState::Resolved).since(), Since::Ever);
        assert_eq!(filter.with(|filter| filter.link = LinkState::Unlinked).since(), Since::Ever);
        assert_eq!(filter.with(|filter| filter.since = Some(Since::Day)).since(), Since::Day);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            state in 0usize..4, link in 0usize..3, since in proptest::option::of(0usize..5), entity in proptest::option::of(0usize..9),
            kind in proptest::option::of(0usize..ProblemKind::ALL.len()), cause in proptest::option::of("[a-z0-9 &=%+#é“]{1,40}"),
            text in "[a-zA-Z0-9 &=%+#é,]{0,40}", rows in 0usize..4, page in 1u32..5000,
        ) {
            let filter = ResultsFilter {
                state: ProblemState::ALL[state],
                link: LinkState::ALL[link],
                since: since.map(|n| Since::ALL[n]),
                entity: entity.map(|n| Entity::ALL[n]),
                kind: kind.map(|n| ProblemKind::ALL[n]),
                cause: cause.map(|cause| cause.trim().to_owned()).filter(|cause| !cause.is_empty()),
                text: text.trim().into(),
                rows: PAGE_SIZES[rows],
                page,
            };
            prop_assert_eq!(ResultsFilter::from_query(&filter.to_query()), (filter, vec![]));
        }

        #[test]
        fn any_query_is_read(query in ".{0,200}") {
            let (filter, _) = ResultsFilter::from_query(&query);
            prop_assert_eq!(ResultsFilter::from_query(&filter.to_query()).0, filter);
        }
    }
}
