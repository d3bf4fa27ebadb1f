//! Settings of the whole group: all integrations, and its companies.

use super::ApiError;
use crate::domain::{
    company::{CompanySettings, ListedCompanies},
    import::{CompanyReport, ImportProgress},
    integrations::IntegrationsPage,
};
use leptos::{prelude::*, server_fn::codec::GetUrl};

#[cfg(feature = "ssr")]
use crate::domain::person::Role;

#[cfg(feature = "ssr")]
use crate::server::services::{self, companies::Wanted};

/// Longer than any filter the pages write.
#[cfg(feature = "ssr")]
const LONGEST_QUERY: usize = 2000;

/// Every company with its connection, as a query string (without `?`) asks for; `None` before there is a group.
#[server(name = ReadIntegrations, endpoint = "integrations", input = GetUrl)]
pub async fn integrations(#[server(default)] query: String) -> Result<Option<IntegrationsPage>, ApiError> {
    if query.len() > LONGEST_QUERY {
        return Err(ApiError::Invalid(format!("A filter of more than {LONGEST_QUERY} characters is not looked at.")));
    }
    let (db, sees) = super::viewer::may(Role::Viewer)?;
    Ok(services::integrations::page(&db, &sees, &query).await?)
}

/// How many companies' access is lost.
#[server(name = ReadLost, endpoint = "lost", input = GetUrl)]
pub async fn lost() -> Result<u64, ApiError> {
    let (db, sees) = super::viewer::may(Role::Viewer)?;
    Ok(services::integrations::lost(&db, &sees).await?)
}

/// A page (from 1) of the group's companies, or of the archived ones, whose name or code holds the text.
#[server(name = ReadCompanies, endpoint = "companies", input = GetUrl)]
pub async fn companies(
    #[server(default)] text: String,
    #[server(default)] archived: bool,
    #[server(default)] page: u32,
) -> Result<ListedCompanies, ApiError> {
    let (db, sees) = super::viewer::may(Role::Viewer)?;
    Ok(services::companies::listed(&db, &sees, &text, archived, page).await?)
}

/// A company of that code, archived or not, with what may be changed of it.
#[server(name = ReadCompany, endpoint = "company-settings", input = GetUrl)]
pub async fn company_settings(code: String) -> Result<CompanySettings, ApiError> {
    let (db, company) = super::viewer::any_company(Role::Viewer, &code).await?;
    Ok(services::companies::company_settings(&db, company).await?)
}

/// Changes a company; an empty new code leaves it the one it has.
#[server(endpoint = "edit-company")]
pub async fn edit_company(
    code: String,
    name: String,
    #[server(default)] new_code: String,
    currency: String,
    time_zone: String,
) -> Result<(), ApiError> {
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    let company = services::companies::edit(&db, &company.id, &Wanted { name, code: new_code, currency, time_zone }).await?;
    super::flash::say(&format!("Saved {}.", company.name));
    super::flash::go_to(&format!("/companies/{}/settings", company.code));
    Ok(())
}

#[server(endpoint = "archive-company")]
pub async fn archive_company(code: String) -> Result<(), ApiError> {
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    let company = services::companies::archive(&db, &company.id).await?;
    super::flash::say(&format!("{} is archived: out of every list and count, with all it holds.", company.name));
    super::flash::go_to("/settings/companies?archived=true");
    Ok(())
}

#[server(endpoint = "restore-company")]
pub async fn restore_company(code: String) -> Result<(), ApiError> {
    let (db, company) = super::viewer::any_company(Role::Manager, &code).await?;
    let company = services::companies::restore(&db, &company.id).await?;
    super::flash::say(&format!("{} is back as it was.", company.name));
    super::flash::go_to(&format!("/companies/{}/settings", company.code));
    Ok(())
}

/// An import of a list of companies as it goes, or its report.
#[server(name = ReadCompanyImport, endpoint = "company-import", input = GetUrl)]
pub async fn company_import(id: String) -> Result<Option<ImportProgress<CompanyReport>>, ApiError> {
    let db = super::viewer::may_for_all(Role::Manager)?;
    Ok(services::companies::import::shown(&db, &id).await?)
}
