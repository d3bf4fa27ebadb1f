//! Beginning: practice companies to look around with, an empty group, and companies one by one.

use super::ApiError;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::domain::person::Role;

/// Companies of the practice group that the welcome page offers.
#[cfg(feature = "ssr")]
const PRACTICE_COMPANIES: usize = 24;

/// Makes the practice group and queues its first syncs; only where there is no company yet.
#[server(endpoint = "explore-practice")]
pub async fn explore_practice() -> Result<(), ApiError> {
    crate::server::services::demo::seed_empty(&super::viewer::may_for_all(Role::Administrator)?, PRACTICE_COMPANIES).await?;
    leptos_axum::redirect("/overview");
    Ok(())
}

/// Names the group of an empty database and goes on to its first company.
#[server(endpoint = "start-empty")]
pub async fn start_empty(group: String) -> Result<(), ApiError> {
    crate::server::services::companies::name_group(&super::viewer::may_for_all(Role::Administrator)?, &group).await?;
    leptos_axum::redirect("/companies/new");
    Ok(())
}

/// Adds a company and goes on to connecting it. An empty code is made from the name.
#[server(endpoint = "add-company")]
pub async fn add_company(name: String, code: String, currency: String, time_zone: String) -> Result<(), ApiError> {
    use crate::server::services::companies::{Wanted, add};
    let company = add(&super::viewer::may_for_all(Role::Manager)?, &Wanted { name, code, currency, time_zone }).await?;
    super::flash::say(&format!("Added {} as {}. Connect its accounting software next.", company.name, company.code));
    leptos_axum::redirect(&format!("/companies/{}/integration", company.code));
    Ok(())
}
