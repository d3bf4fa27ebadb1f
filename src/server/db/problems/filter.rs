//! A results filter as SQL, once: for the list, for its counts and for what is done to the whole filtered set.

use super::super::query::{Query, Value};
use super::super::search;
use crate::domain::{
    message::ProblemKind,
    results_filter::{LinkState, ProblemState, ResultsFilter, Since},
};

/// What of a company's problems is meant. Conditions are about the table `problems`, without an alias.
#[derive(Clone)]
pub struct Narrowing {
    pub conditions: String,
    values: Vec<Value>,
}

/// All that is looked through, as one text: a line break is in none of what is looked for.
const SEARCHED: &str = "LOWER(label || '\n' || local_id || '\n' || COALESCE(external_id, '') || '\n' || cause || '\n' || detail)";

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Narrowing {
    /// `last_success`: when the last full sync without errors started, epoch milliseconds.
    pub fn new(company_id: &str, filter: &ResultsFilter, last_success: Option<i64>, now: i64) -> Narrowing {
        let mut narrowing = Narrowing { conditions: "company_id = $1".into(), values: vec![company_id.into()] };
        match filter.state {
            ProblemState::Open => narrowing.conditions += " AND resolved_at IS NULL AND set_aside_at IS NULL",
            ProblemState::SetAside => narrowing.conditions += " AND resolved_at IS NULL AND set_aside_at IS NOT NULL",
            ProblemState::Resolved => narrowing.conditions += " AND resolved_at IS NOT NULL",
            // Always so; it is what the index of them all goes by.
            ProblemState::All => narrowing.conditions += " AND times > 0",
        }
        match filter.link {
            LinkState::All => {}
            LinkState::Linked => narrowing.add("kind <> #", ProblemKind::Unlinked.as_str()),
            LinkState::Unlinked => narrowing.add("kind = #", ProblemKind::Unlinked.as_str()),
        }
        let since = match filter.since() {
            Since::LastSuccess => last_success,
            Since::Day => Some(now - DAY_MS),
            Since::Week => Some(now - 7 * DAY_MS),
            Since::Month => Some(now - 30 * DAY_MS),
            Since::Ever => None,
        };
        if let Some(since) = since {
            // Of open problems nearly all were seen since: the sum keeps the databases from walking them by that, instead
            // of in the order of the list.
            let all = filter.state == ProblemState::All;
            narrowing.add(if all { "last_seen >= #" } else { "last_seen + 0 >= #" }, since);
        }
        if let Some(entity) = filter.entity {
            narrowing.add("entity = #", entity.as_str());
        }
        if let Some(kind) = filter.kind {
            narrowing.add("kind = #", kind.as_str());
        }
        if let Some(cause) = &filter.cause {
            narrowing.add("cause_key = #", cause);
        }
        narrowing.search(&filter.text);
        narrowing
    }

    /// `#` is where the value goes.
    pub fn add(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions += " AND ";
        self.conditions += &condition.replace('#', &format!("${}", self.values.len()));
    }

    /// The place of the first value bound after these.
    pub fn next(&self) -> usize {
        self.values.len() + 1
    }

    pub fn bind(self, query: Query) -> Query {
        query.bind_all(self.values)
    }

    fn search(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut searched = Vec::new();
        for pattern in search::in_any_case(text) {
            self.values.push(pattern.into());
            searched.push(format!("{SEARCHED} LIKE ${} ESCAPE '\\'", self.values.len()));
        }
        self.conditions += &format!(" AND ({})", searched.join(" OR "));
    }
}
