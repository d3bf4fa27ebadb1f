//! What Settings shows of all connections.

use super::company::{CompanyRow, Facets};
use super::connection::ConnectionView;
use super::filter::Filter;
use super::time::Moment;
use serde::{Deserialize, Serialize};

/// Where the list of integrations is.
pub const ADDRESS: &str = "/settings/integrations";

/// The list with a filter, in the overview's grammar.
pub fn address(filter: &Filter) -> String {
    match filter.to_query() {
        query if query.is_empty() => ADDRESS.into(),
        query => format!("{ADDRESS}?{query}"),
    }
}

/// A company and its connection, if it has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationRow {
    pub row: CompanyRow,
    pub connection: Option<ConnectionView>,
}

/// "Pause everything" is in force, or on the way to or from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EverythingPaused {
    pub by: String,
    /// In UTC: it is about no one company.
    pub at: Moment,
    /// Connections it holds paused now.
    pub connections: u64,
    /// It is still being paused, or resumed.
    pub under_way: bool,
    pub resuming: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationsPage {
    pub filter: Filter,
    /// What of the URL was not understood.
    pub notices: Vec<String>,
    pub rows: Vec<IntegrationRow>,
    pub facets: Facets,
    pub paused: Option<EverythingPaused>,
    /// The server's clock, epoch milliseconds.
    pub now: i64,
}
