//! What a company's message log reads.

use super::ApiError;
use crate::domain::{company::CompanyRow, message::LogPage, message_filter::MessageFilter};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

/// The page's whole answer; `now` is the server's clock, epoch milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyMessages {
    pub company: CompanyRow,
    pub filter: MessageFilter,
    /// What of the address was not understood.
    pub notices: Vec<String>,
    pub log: LogPage,
    pub now: i64,
}

/// `query` is the page's query string: the filter as [`MessageFilter`] writes it.
#[server(name = ReadMessages, endpoint = "company-messages", input = GetUrl)]
pub async fn company_messages(code: String, query: String) -> Result<CompanyMessages, ApiError> {
    use crate::server::{db::now_ms, services};
    let (db, company) = super::company::company(&code).await?;
    let (filter, notices) = MessageFilter::from_query(&query);
    let log = services::message_log::page(&db, &company, &filter).await?;
    let row = services::overview::company(&db, &company).await?;
    Ok(CompanyMessages { company: row, filter, notices, log, now: now_ms() })
}
