//! What a company's results page reads.

use super::ApiError;
use crate::domain::{company::CompanyNow, results::Results};
use leptos::{prelude::*, server_fn::codec::GetUrl};

#[cfg(feature = "ssr")]
use crate::domain::person::Role;
use serde::{Deserialize, Serialize};

/// The page's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyResults {
    pub head: CompanyNow,
    pub results: Results,
}

/// `query` is the page's query string, as [`crate::domain::results::Asked`] writes it.
#[server(name = ReadResults, endpoint = "company-results", input = GetUrl)]
pub async fn company_results(code: String, #[server(default)] query: String) -> Result<CompanyResults, ApiError> {
    use crate::server::services;
    let (db, company) = super::viewer::company(Role::Viewer, &code).await?;
    let head = services::overview::company(&db, &company).await?;
    let sees = super::viewer::viewer()?.sees();
    let results = services::results::results(&db, &sees, &company, &query).await?;
    Ok(CompanyResults { head, results })
}
