//! Connecting a company, and its schedule.

use super::ApiError;
use crate::domain::{company::CompanyNow, connection::Integration};
use leptos::{prelude::*, server_fn::codec::GetUrl};

#[cfg(feature = "ssr")]
use crate::domain::person::Role;
use serde::{Deserialize, Serialize};

/// Longer than any id.
#[cfg(feature = "ssr")]
const LONGEST_ID: usize = 64;

/// The integration page's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyIntegration {
    pub head: CompanyNow,
    pub integration: Integration,
}

/// `document`: the accounting side's id of one that is to be among those listed.
#[server(name = ReadIntegration, endpoint = "company-integration", input = GetUrl)]
pub async fn company_integration(code: String, document: Option<String>) -> Result<CompanyIntegration, ApiError> {
    use crate::server::services;
    let (db, company) = super::viewer::company(Role::Viewer, &code).await?;
    let head = services::overview::company(&db, &company).await?;
    let document = document.filter(|id| id.len() <= LONGEST_ID);
    let app = services::integration::xero_app(&*super::viewer::site()?, &super::viewer::origin()?);
    let integration = services::integration::integration(&db, &company, document.as_deref(), app).await?;
    Ok(CompanyIntegration { head, integration })
}

/// Connects the company to a practice ledger: a new one, or that of the id `ledger`. `sync_from` is a day, `schedule` a
/// schedule's word.
#[server(endpoint = "connect-practice")]
pub async fn connect_practice(
    code: String,
    sync_from: String,
    schedule: String,
    #[server(default)] ledger: String,
) -> Result<(), ApiError> {
    use crate::{domain::connection::EARLIEST_SYNC_FROM, server::services::connections};
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    let schedule = parse_schedule(&schedule)?;
    let sync_from = if sync_from.is_empty() { EARLIEST_SYNC_FROM } else { &sync_from };
    let by = &super::viewer::by()?;
    if ledger.is_empty() {
        connections::connect_practice(&db, &company, Some(sync_from), schedule, by).await?;
    } else {
        connections::connect_ledger(&db, &company, &ledger, sync_from, schedule, by).await?;
    }
    super::flash::say("Connected to a practice ledger. Complete onboarding next.");
    Ok(())
}

#[server(endpoint = "disconnect")]
pub async fn disconnect(code: String) -> Result<(), ApiError> {
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    crate::server::services::connections::disconnect(&db, &company.id).await?;
    super::flash::say("Disconnected. Nothing is sent or received until it is connected again; all links are kept.");
    Ok(())
}

/// Obtains a new grant from the same organisation. With practice ledgers `ledger` is the one that is asked; in Tryton
/// access is asked for in the name of `user`, and somebody has to approve it there; in Xero a person gives it.
#[server(endpoint = "reconnect")]
pub async fn reconnect(code: String, #[server(default)] ledger: String, #[server(default)] user: String) -> Result<(), ApiError> {
    use crate::{
        domain::provider::Provider,
        server::{
            db::connections as rows,
            services::{connections, error::ServiceError},
        },
    };
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    let connection = rows::of_company(&db, &company.id).await.map_err(ServiceError::from)?;
    match connection.and_then(|connection| connection.provider()) {
        Some(Provider::Tryton) => {
            connections::authorise::ask_tryton_again(&db, &company, &user, &super::viewer::by()?).await?;
            super::flash::say("Access was asked for. Approve it in Tryton next.");
            return Ok(());
        }
        Some(Provider::Xero) => {
            connections::xero::ask_again(&db, &company, &super::viewer::origin()?, &super::viewer::by()?).await?;
            super::flash::say("Go on to Xero, and agree there.");
            return Ok(());
        }
        _ => {}
    }
    if ledger.is_empty() {
        connections::reconnect_practice(&db, &company.id).await?;
    } else {
        connections::reconnect_ledger(&db, &company.id, &ledger).await?;
    }
    super::flash::say("Reconnected to the same organisation. Start a sync to catch up.");
    Ok(())
}

#[server(endpoint = "set-schedule")]
pub async fn set_schedule(code: String, schedule: String) -> Result<(), ApiError> {
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    let schedule = parse_schedule(&schedule)?;
    crate::server::services::connections::set_schedule(&db, &company.id, schedule).await?;
    super::flash::say(&format!("Automatic sync: {}.", schedule.label()));
    Ok(())
}

#[cfg(feature = "ssr")]
pub(super) fn parse_schedule(word: &str) -> Result<crate::domain::schedule::Schedule, ApiError> {
    use crate::server::services::error::ServiceError;
    let unknown = || ServiceError::Invalid("The schedule must be off, hourly or nightly.".into()).into();
    crate::domain::schedule::Schedule::parse(word).ok_or_else(unknown)
}
