//! What every server function begins with: who asks, and whether they may. There is no other way to the database.

use super::ApiError;
use crate::{
    domain::person::Role,
    server::{
        db::{Db, companies::Company, sees::Sees},
        services::error::ServiceError,
        viewer::{Trail, Viewer},
    },
};
use axum::http::request::Parts;
use leptos::prelude::use_context;

/// Whoever asks.
pub fn viewer() -> Result<Viewer, ApiError> {
    let found = use_context::<Parts>().and_then(|request| request.extensions.get::<Viewer>().cloned());
    found.ok_or_else(|| ServiceError::SignedOut("Sign in first.".into()).into())
}

/// The role of whoever asks; `None`: nobody is signed in.
pub fn role() -> Option<Role> {
    let request = use_context::<Parts>()?;
    request.extensions.get::<Viewer>().map(|viewer| viewer.person().role())
}

/// Under which name what is done is recorded.
pub fn by() -> Result<String, ApiError> {
    Ok(viewer()?.name().to_owned())
}

/// For what concerns what the viewer sees of the group.
pub fn may(least: Role) -> Result<(Db, Sees), ApiError> {
    let viewer = viewer()?;
    Ok((viewer.may(least)?.clone(), viewer.sees()))
}

/// For what concerns the group as a whole.
pub fn may_for_all(least: Role) -> Result<Db, ApiError> {
    Ok(viewer()?.may_for_all(least)?.clone())
}

/// For what concerns one company, by its code.
pub async fn company(least: Role, code: &str) -> Result<(Db, Company), ApiError> {
    let viewer = viewer()?;
    let (db, company) = viewer.company(least, code).await?;
    Ok((db.clone(), company))
}

/// The same of a company that may be archived.
pub async fn any_company(least: Role, code: &str) -> Result<(Db, Company), ApiError> {
    let viewer = viewer()?;
    let (db, company) = viewer.any_company(least, code).await?;
    Ok((db.clone(), company))
}

/// What the request under way leaves in the audit log.
pub fn trail() -> Trail {
    let found = use_context::<Parts>().and_then(|request| request.extensions.get::<Trail>().cloned());
    found.unwrap_or_default()
}

/// Notes for the audit log that it was not done.
pub(super) fn refused(why: &str) {
    trail().refused(why);
}
