//! Leaving for the service that people may sign in through; what happens when they come back is no function but a route of
//! its own, because the service can only redirect there.

use super::ApiError;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    api::viewer::part,
    server::{
        http::{Door, letting_in::place, session},
        services::error::ServiceError,
    },
};

/// Begins a sign-in through the other service, of somebody who wants to go on to the page `to`. It leads to a page of ours
/// that leads there: a browser that follows `form-action` in the policy of our pages lets a form lead to nobody else, however
/// many redirects later; and to which others the service sends people in its turn, nobody could list.
#[server(endpoint = "begin-oidc")]
pub async fn begin_oidc(#[server(default)] to: String) -> Result<(), ApiError> {
    let none = || ServiceError::NotFound("This server signs nobody in through another service.".into());
    let service = part::<Door>()?.oidc.ok_or_else(none)?;
    let leaving = service.begin(place(&to)).await.map_err(|error| error.explained(service.name()))?;
    let session = part::<tower_sessions::Session>()?;
    session::keep_leaving(&session, &leaving).await.map_err(ServiceError::from)?;
    leptos_axum::redirect("/sign-in/leave");
    Ok(())
}

/// Where a sign-in that was begun goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayOut {
    /// The service.
    pub name: String,
    pub address: String,
}

/// Where the sign-in goes on that this browser has begun.
#[server(name = ReadWayOut, endpoint = "way-out", input = GetUrl)]
pub async fn way_out() -> Result<WayOut, ApiError> {
    let none = || ServiceError::SignedOut("No sign-in is under way here.".into());
    let service = part::<Door>()?.oidc.ok_or_else(none)?;
    let session = part::<tower_sessions::Session>()?;
    let leaving = session::leaving(&session).await.map_err(ServiceError::from)?.ok_or_else(none)?;
    Ok(WayOut { name: service.name().to_owned(), address: leaving.address })
}
