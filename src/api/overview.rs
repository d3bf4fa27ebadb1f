//! What the Sync Overview and the quick links ask for.

use super::ApiError;
use crate::domain::company::{Changes, OverviewPage, QuickLinks};
use leptos::{prelude::*, server_fn::codec::GetUrl};

#[cfg(feature = "ssr")]
use crate::domain::person::Role;

/// Longer than any filter the pages write.
#[cfg(feature = "ssr")]
const LONGEST_QUERY: usize = 2000;

#[cfg(feature = "ssr")]
fn check(query: &str) -> Result<(), ApiError> {
    if query.len() > LONGEST_QUERY {
        return Err(ApiError::Invalid(format!("A filter of more than {LONGEST_QUERY} characters is not looked at.")));
    }
    Ok(())
}

/// The overview a query string (without `?`) asks for; `None` before there is a group.
#[server(name = ReadOverview, endpoint = "overview", input = GetUrl)]
pub async fn overview(#[server(default)] query: String) -> Result<Option<OverviewPage>, ApiError> {
    check(&query)?;
    let (db, sees) = super::viewer::may(Role::Viewer)?;
    Ok(crate::server::services::overview::page(&db, &sees, &query).await?)
}

/// What changed since the cursor; nothing but the cursor where nothing did. `query` is the filter whose counts
/// are wanted; `quick` asks for the quick links too.
#[server(name = ReadChanges, endpoint = "changes", input = GetUrl)]
pub async fn changes(cursor: i64, #[server(default)] query: String, #[server(default)] quick: bool) -> Result<Changes, ApiError> {
    check(&query)?;
    let (db, sees) = super::viewer::may(Role::Viewer)?;
    Ok(crate::server::services::overview::changes(&db, &sees, cursor, &query, quick).await?)
}

/// The group's name and its quick links, with the company of that code where the page is about one.
#[server(name = ReadQuickLinks, endpoint = "quick-links", input = GetUrl)]
pub async fn quick_links(#[server(default)] company: String) -> Result<(String, QuickLinks), ApiError> {
    let company = (!company.is_empty() && company.len() <= 100).then_some(company.as_str());
    let (db, sees) = super::viewer::may(Role::Viewer)?;
    Ok(crate::server::services::overview::quick_links(&db, &sees, company).await?)
}
