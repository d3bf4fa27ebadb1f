//! What a company's results page reads.

use super::ApiError;
use crate::domain::{company::CompanyNow, results::Results};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

/// The page's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyResults {
    pub head: CompanyNow,
    pub results: Results,
}

/// Causes are sentences; a longer text is none of ours.
#[cfg(feature = "ssr")]
const LONGEST_CAUSE: usize = 2_000;

/// `cause` narrows the list of problems; pages count from 1.
#[server(name = ReadResults, endpoint = "company-results", input = GetUrl)]
pub async fn company_results(code: String, cause: Option<String>, page: Option<u64>) -> Result<CompanyResults, ApiError> {
    use crate::server::services;
    let (db, company) = super::company::company(&code).await?;
    let head = services::overview::company(&db, &company).await?;
    let cause = cause.filter(|cause| !cause.is_empty() && cause.len() <= LONGEST_CAUSE);
    let results = services::results::results(&db, &company, cause.as_deref(), page.unwrap_or(1)).await?;
    Ok(CompanyResults { head, results })
}
