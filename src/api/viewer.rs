//! What every server function begins with: who asks, and whether they may. There is no other way to the database.

use super::ApiError;
use crate::{
    domain::person::Role,
    server::{
        db::{Db, companies::Company, people::Person, sees::Sees},
        http::Door,
        services::error::ServiceError,
        state::Site,
        viewer::{Trail, Viewer},
    },
};
use axum::http::{header, request::Parts};
use leptos::prelude::use_context;
use std::sync::Arc;

/// Whoever asks.
pub fn viewer() -> Result<Viewer, ApiError> {
    let found = use_context::<Parts>().and_then(|request| request.extensions.get::<Viewer>().cloned());
    found.ok_or_else(|| ServiceError::SignedOut("Sign in first.".into()).into())
}

/// The role of whoever asks; `None`: nobody is signed in.
pub fn role() -> Option<Role> {
    let request = use_context::<Parts>()?;
    request.extensions.get::<Viewer>().map(Viewer::role)
}

/// Under which name what is done is recorded.
pub fn by() -> Result<String, ApiError> {
    Ok(viewer()?.name().to_owned())
}

/// For what a person does to their own account: the database, who it is, and the session's id.
pub fn in_person() -> Result<(Db, Person, String), ApiError> {
    let viewer = viewer()?;
    let (db, person, session) = viewer.in_person()?;
    Ok((db.clone(), person.clone(), session.to_owned()))
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

/// Longer than any name, address, password and token.
const LONGEST: usize = 1_000;

/// Refuses texts that are longer than they can be.
pub(super) fn check(texts: &[&str]) -> Result<(), ApiError> {
    if texts.iter().any(|text| text.len() > LONGEST) {
        return Err(ServiceError::Invalid(format!("A text has more than {LONGEST} characters.")).into());
    }
    Ok(())
}

/// Longer than any list of codes.
const LONGEST_LIST: usize = 100_000;

/// Codes of companies with commas or spaces between them.
pub(super) fn codes(list: &str) -> Result<Vec<String>, ApiError> {
    if list.len() > LONGEST_LIST {
        return Err(ServiceError::Invalid("The list of companies is too long: choose all of them.".into()).into());
    }
    Ok(list.split([',', ' ', '\n', '\r', ';']).filter(|code| !code.is_empty()).map(str::to_owned).collect())
}

/// The role of a word.
pub(super) fn role_named(word: &str) -> Result<Role, ApiError> {
    let unknown = || ServiceError::Invalid("The role must be viewer, accountant, manager or administrator.".into());
    Ok(Role::parse(word).ok_or_else(unknown)?)
}

/// The service that people may sign in through, by name; `None`: there is none, or the page is not one to sign in on.
pub fn other_service() -> Option<String> {
    part::<Door>().ok()?.oidc.map(|service| service.name().to_owned())
}

/// What the door noted about the request.
pub(super) fn part<T: Clone + Send + Sync + 'static>() -> Result<T, ApiError> {
    use_context::<Parts>().and_then(|parts| parts.extensions.get::<T>().cloned()).ok_or(ApiError::Internal)
}

/// Scheme, host and port under which this server is reached: as it was set, or as whoever asks reached it. The guard lets no
/// other host through than these.
pub(super) fn origin() -> Result<String, ApiError> {
    Ok(site()?.origin(&host()?))
}

/// What this installation is set to be.
pub(super) fn site() -> Result<Arc<Site>, ApiError> {
    part::<Arc<Site>>()
}

fn host() -> Result<String, ApiError> {
    let request = use_context::<Parts>().ok_or(ApiError::Internal)?;
    Ok(request.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned())
}
