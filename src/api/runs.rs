//! What the page of one sync reads.

use super::ApiError;
use crate::domain::{company::CompanyNow, results::RunView};
use leptos::{prelude::*, server_fn::codec::GetUrl};

#[cfg(feature = "ssr")]
use crate::domain::person::Role;
use serde::{Deserialize, Serialize};

/// The page's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyRun {
    pub head: CompanyNow,
    pub view: RunView,
}

/// One sync: its stages, its tie-out and its newest messages.
#[server(name = ReadRun, endpoint = "company-run", input = GetUrl)]
pub async fn company_run(code: String, id: String) -> Result<CompanyRun, ApiError> {
    use crate::server::services;
    let (db, company) = super::viewer::company(Role::Viewer, &code).await?;
    let head = services::overview::company(&db, &company).await?;
    let view = services::run_report::report(&db, &company, &id).await?;
    Ok(CompanyRun { head, view })
}
