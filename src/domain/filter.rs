//! The overview's filter and its form in the URL: the URL is the state of the page, so that every view can
//! be linked to. Writing and reading are inverse, and reading never fails: what it does not know it names.

use super::provider::Provider;
use super::status::SyncStatus;
use serde::{Deserialize, Serialize};

/// Rows a page may have; the first is the default.
pub const PAGE_SIZES: [u32; 3] = [25, 50, 100];

/// The longest search text that is looked for, in characters.
pub const MAX_SEARCH: usize = 100;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortKey {
    /// Severity: what needs a person first.
    #[default]
    Status,
    Name,
    LastSuccess,
    LastRun,
}

impl SortKey {
    pub const ALL: [SortKey; 4] = [SortKey::Status, SortKey::Name, SortKey::LastSuccess, SortKey::LastRun];

    pub fn as_str(self) -> &'static str {
        match self {
            SortKey::Status => "status",
            SortKey::Name => "name",
            SortKey::LastSuccess => "last-success",
            SortKey::LastRun => "last-run",
        }
    }
}

/// A sort key and whether its order is turned round. Plain orders: needs attention first, A to Z, oldest
/// first; `-last-success` is the most recent first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub key: SortKey,
    pub reversed: bool,
}

impl Sort {
    pub fn to_word(self) -> String {
        format!("{}{}", if self.reversed { "-" } else { "" }, self.key.as_str())
    }

    fn parse(word: &str) -> Option<Sort> {
        let (reversed, name) = word.strip_prefix('-').map_or((false, word), |name| (true, name));
        let key = SortKey::ALL.into_iter().find(|key| key.as_str() == name)?;
        Some(Sort { key, reversed })
    }

    /// What people read in the sort menu.
    pub fn label(self) -> &'static str {
        match (self.key, self.reversed) {
            (SortKey::Status, false) => "Needs attention first",
            (SortKey::Status, true) => "Needs attention last",
            (SortKey::Name, false) => "Name, A to Z",
            (SortKey::Name, true) => "Name, Z to A",
            (SortKey::LastSuccess, false) => "Last successful sync, oldest first",
            (SortKey::LastSuccess, true) => "Last successful sync, newest first",
            (SortKey::LastRun, false) => "Last run, oldest first",
            (SortKey::LastRun, true) => "Last run, newest first",
        }
    }
}

/// Which companies the overview shows, in which order, and which page of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Sorted, without repeats; empty: every status.
    pub statuses: Vec<SyncStatus>,
    /// Sorted, without repeats; empty: every provider.
    pub providers: Vec<Provider>,
    /// Part of a company's name or code; empty: no search.
    pub search: String,
    pub sort: Sort,
    /// One of [`PAGE_SIZES`].
    pub rows: u32,
    /// From 1.
    pub page: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Filter { statuses: vec![], providers: vec![], search: String::new(), sort: Sort::default(), rows: PAGE_SIZES[0], page: 1 }
    }
}

impl Filter {
    /// Reads a query string (without `?`). The second part names what was not understood, a sentence each.
    pub fn from_query(query: &str) -> (Filter, Vec<String>) {
        let mut filter = Filter::default();
        let mut notices = Vec::new();
        let mut ignored = |what: &str, value: &str| {
            let shown: String = value.chars().take(40).collect();
            notices.push(format!("“{shown}” is not a {what}; it was ignored."));
        };
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let words = || value.split(',').map(str::trim).filter(|word| !word.is_empty());
            match key.as_ref() {
                "status" => words().for_each(|word| match SyncStatus::parse(word) {
                    Some(status) => filter.statuses.push(status),
                    None => ignored("status", word),
                }),
                "provider" => words().for_each(|word| match Provider::parse(word) {
                    Some(provider) => filter.providers.push(provider),
                    None => ignored("provider", word),
                }),
                "q" => filter.search = value.trim().chars().filter(|c| !c.is_control()).take(MAX_SEARCH).collect(),
                "sort" if value.is_empty() => {}
                "sort" => match Sort::parse(&value) {
                    Some(sort) => filter.sort = sort,
                    None => ignored("sort order", &value),
                },
                "rows" if value.is_empty() => {}
                "rows" => match value.parse().ok().filter(|rows| PAGE_SIZES.contains(rows)) {
                    Some(rows) => filter.rows = rows,
                    None => ignored("number of rows (25, 50 or 100)", &value),
                },
                "page" if value.is_empty() => {}
                "page" => match value.parse().ok().filter(|page| *page >= 1) {
                    Some(page) => filter.page = page,
                    None => ignored("page number", &value),
                },
                // Leptos' own, not the viewer's.
                other if other.starts_with("__") => {}
                other => ignored("filter", other),
            }
        }
        filter.statuses.sort_unstable();
        filter.statuses.dedup();
        filter.providers.sort_unstable();
        filter.providers.dedup();
        (filter, notices)
    }

    /// The query string (without `?`) that reads back as this filter; what is default is left out.
    pub fn to_query(&self) -> String {
        let mut parts = Vec::new();
        if !self.statuses.is_empty() {
            parts.push(format!("status={}", self.statuses.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(",")));
        }
        if !self.search.is_empty() {
            parts.push(format!("q={}", form_urlencoded::byte_serialize(self.search.as_bytes()).collect::<String>()));
        }
        if !self.providers.is_empty() {
            parts.push(format!(
                "provider={}",
                self.providers.iter().map(|provider| provider.as_str()).collect::<Vec<_>>().join(",")
            ));
        }
        if self.sort != Sort::default() {
            parts.push(format!("sort={}", self.sort.to_word()));
        }
        if self.rows != PAGE_SIZES[0] {
            parts.push(format!("rows={}", self.rows));
        }
        if self.page > 1 {
            parts.push(format!("page={}", self.page));
        }
        parts.join("&")
    }

    /// Where the page with this filter is: `/overview?status=errors`.
    pub fn to_url(&self) -> String {
        match self.to_query() {
            query if query.is_empty() => "/overview".into(),
            query => format!("/overview?{query}"),
        }
    }

    /// The same view from its first page: what every change of a filter leads to.
    pub fn with(&self, change: impl FnOnce(&mut Filter)) -> Filter {
        let mut filter = Filter { page: 1, ..self.clone() };
        change(&mut filter);
        filter.statuses.sort_unstable();
        filter.statuses.dedup();
        filter.providers.sort_unstable();
        filter.providers.dedup();
        filter
    }

    /// A click on a tile: selects it alone, and clears it when it was alone already.
    pub fn toggle_alone(&self, status: SyncStatus) -> Filter {
        self.with(|filter| filter.statuses = if filter.statuses == [status] { vec![] } else { vec![status] })
    }

    /// A click with Ctrl or Shift, or a tick in the dropdown: adds or takes away this one.
    pub fn toggle(&self, status: SyncStatus) -> Filter {
        self.with(|filter| match filter.statuses.iter().position(|one| *one == status) {
            Some(place) => drop(filter.statuses.remove(place)),
            None => filter.statuses.push(status),
        })
    }

    /// Whether anything narrows the list.
    pub fn narrows(&self) -> bool {
        !self.statuses.is_empty() || !self.providers.is_empty() || !self.search.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_the_grammar() {
        let (filter, notices) =
            Filter::from_query("status=errors,needs-reconnecting&q=quay&provider=practice&sort=-last-success&page=2&rows=50");
        assert_eq!(filter.statuses, [SyncStatus::NeedsReconnecting, SyncStatus::Errors]);
        assert_eq!((filter.search.as_str(), filter.rows, filter.page), ("quay", 50, 2));
        assert_eq!(filter.sort, Sort { key: SortKey::LastSuccess, reversed: true });
        assert!(notices.is_empty());
        assert_eq!(Filter::from_query("status=&page=&rows=&sort=").0, Filter::default());
    }

    #[test]
    fn names_what_it_does_not_know() {
        let (filter, notices) = Filter::from_query("status=errors,fine&provider=sage&sort=colour&rows=7&page=0&colour=red");
        assert_eq!(filter.statuses, [SyncStatus::Errors]);
        assert_eq!(notices.len(), 6);
        assert!(notices[0].contains("“fine”"));
    }

    #[test]
    fn tiles_toggle() {
        let all = Filter { page: 3, ..Filter::default() };
        let one = all.toggle_alone(SyncStatus::Errors);
        assert_eq!((one.statuses.as_slice(), one.page), (&[SyncStatus::Errors][..], 1));
        assert!(one.toggle_alone(SyncStatus::Errors).statuses.is_empty());
        let two = one.toggle(SyncStatus::Synced);
        assert_eq!(two.statuses.len(), 2);
        assert_eq!(two.toggle_alone(SyncStatus::Errors).statuses, [SyncStatus::Errors]);
        assert_eq!(two.toggle(SyncStatus::Synced), one);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            statuses in proptest::collection::vec(0usize..7, 0..7),
            search in "[a-zA-Z0-9 &=%+#é,]{0,40}",
            key in 0usize..4, reversed: bool, rows in 0usize..3, page in 1u32..5000,
        ) {
            let filter = Filter::default().with(|filter| {
                filter.statuses = statuses.iter().map(|n| SyncStatus::ALL[*n]).collect();
                filter.search = search.trim().into();
                filter.sort = Sort { key: SortKey::ALL[key], reversed };
                filter.rows = PAGE_SIZES[rows];
                filter.page = page;
            });
            prop_assert_eq!(Filter::from_query(&filter.to_query()), (filter, vec![]));
        }

        #[test]
        fn any_query_is_read(query in ".{0,200}") {
            let (filter, _) = Filter::from_query(&query);
            prop_assert_eq!(Filter::from_query(&filter.to_query()).0, filter);
        }
    }
}
