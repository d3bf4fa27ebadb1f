//! Imports as pages show them. The files themselves come through a route of their own.

use super::ApiError;
use crate::domain::{import::ImportProgress, time::Moment};
use leptos::{prelude::*, server_fn::codec::GetUrl};

#[cfg(feature = "ssr")]
use crate::domain::person::Role;
use serde::{Deserialize, Serialize};

/// An import page: whose, the import asked for, and the latest ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyImports {
    pub code: String,
    pub name: String,
    pub asked: Option<ImportProgress>,
    /// Newest first, without their lists of errors; each with when it began.
    pub latest: Vec<(Moment, ImportProgress)>,
}

#[server(name = ReadImports, endpoint = "company-imports", input = GetUrl)]
pub async fn company_imports(code: String, id: Option<String>) -> Result<CompanyImports, ApiError> {
    let (db, company) = super::viewer::company(Role::Viewer, &code).await?;
    let (asked, latest) = crate::server::services::import::shown(&db, &company, id.as_deref()).await?;
    Ok(CompanyImports { code: company.code, name: company.name, asked, latest })
}

/// Codes and names of companies to choose from whose name or code holds the text: the first few by name.
#[server(endpoint = "choose-company", input = GetUrl)]
pub async fn choose_company(text: String) -> Result<Vec<(String, String)>, ApiError> {
    let (db, sees) = super::viewer::may(Role::Viewer)?;
    Ok(crate::server::services::companies::search(&db, &sees, &text).await?)
}
