//! What a company's message log reads.

use super::ApiError;
use crate::domain::{
    company::CompanyNow,
    message::{LogPage, MessageView},
    message_filter::MessageFilter,
};
use leptos::{prelude::*, server_fn::codec::GetUrl};

#[cfg(feature = "ssr")]
use crate::domain::person::Role;
use serde::{Deserialize, Serialize};

/// The page's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyMessages {
    pub head: CompanyNow,
    pub filter: MessageFilter,
    /// What of the address was not understood.
    pub notices: Vec<String>,
    pub log: LogPage,
}

/// `query` is the page's query string: the filter as [`MessageFilter`] writes it.
#[server(name = ReadMessages, endpoint = "company-messages", input = GetUrl)]
pub async fn company_messages(code: String, query: String) -> Result<CompanyMessages, ApiError> {
    use crate::server::services;
    let (db, company) = super::viewer::company(Role::Viewer, &code).await?;
    let head = services::overview::company(&db, &company).await?;
    let (filter, notices) = MessageFilter::from_query(&query);
    let log = services::message_log::page(&db, &company, &filter).await?;
    Ok(CompanyMessages { head, filter, notices, log })
}

/// The whole answer of a message's own page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyMessage {
    pub head: CompanyNow,
    pub view: MessageView,
}

/// One message with what surrounds it.
#[server(name = ReadMessage, endpoint = "company-message", input = GetUrl)]
pub async fn company_message(code: String, id: String) -> Result<CompanyMessage, ApiError> {
    use crate::server::services;
    let (db, company) = super::viewer::company(Role::Viewer, &code).await?;
    let head = services::overview::company(&db, &company).await?;
    let view = services::message_log::message(&db, &company, &id).await?;
    Ok(CompanyMessage { head, view })
}
