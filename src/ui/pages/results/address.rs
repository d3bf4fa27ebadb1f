//! Addresses of this page: every choice is one, so that each view can be linked to and none needs script.

use crate::domain::{
    results::Asked,
    results_filter::{ResultsFilter, rows_word},
};

/// Where the page is.
#[derive(Clone, PartialEq)]
pub struct Here {
    /// The company's.
    pub code: String,
    pub asked: Asked,
}

impl Here {
    pub fn filter(&self) -> &ResultsFilter {
        &self.asked.filter
    }

    /// The page without anything chosen.
    pub fn plain(&self) -> String {
        self.filtered(ResultsFilter::default())
    }

    pub fn filtered(&self, filter: ResultsFilter) -> String {
        self.at(&self.asked.with(filter))
    }

    pub fn page(&self, rows: u32, page: u32) -> String {
        self.filtered(ResultsFilter { rows, page, ..self.filter().clone() })
    }

    /// The same once more.
    pub fn again(&self) -> String {
        self.at(&self.asked)
    }

    /// With a row unfolded, or folded; there the browser goes on reading.
    pub fn toggled(&self, problem: &str) -> String {
        format!("{}#problem-{problem}", self.at(&self.asked.toggled(problem)))
    }

    /// What a filter form carries along beside its own fields.
    pub fn kept(&self) -> Vec<(&'static str, String)> {
        let filter = self.filter();
        let rows = if filter.rows == ResultsFilter::default().rows { String::new() } else { rows_word(filter.rows) };
        let all = [
            ("cause", filter.cause.clone().unwrap_or_default()),
            ("rows", rows),
            ("list", self.asked.list.clone()),
            ("at", self.asked.at.clone()),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    fn at(&self, asked: &Asked) -> String {
        let (code, query) = (&self.code, asked.to_query());
        if query.is_empty() { format!("/companies/{code}/results") } else { format!("/companies/{code}/results?{query}") }
    }
}
