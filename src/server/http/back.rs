//! The way back from the service people sign in through. It has to be a GET, for it is a redirect, and it lets somebody in all
//! the same: with a state that this very browser was given when its sign-in began, that is kept in its session only, and that
//! is good once. Without it an address that somebody else made does nothing here, not even to a session that is there.

use super::{
    Door, Origin,
    letting_in::Coming,
    session::{self, Session},
};
use crate::{
    api::flash,
    server::{
        oidc::BACK,
        services::{
            error::{ServiceError, ServiceResult},
            people,
        },
        state::App,
        viewer::Trail,
    },
};
use axum::{
    Extension, Router,
    extract::Query,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

/// Longer than any code; RFC 6749 says nothing of it.
const LONGEST_CODE: usize = 4_096;

pub fn router() -> Router<App> {
    Router::new().route(BACK, get(back))
}

/// What the service says by way of the browser.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

async fn back(
    Extension(door): Extension<Door>,
    Extension(trail): Extension<Trail>,
    Extension(Origin(address)): Extension<Origin>,
    session: Session,
    Query(answer): Query<Answer>,
    headers: HeaderMap,
) -> Response {
    let coming = Coming { session: &session, trail: &trail, address: &address, headers: &headers };
    match let_in(&door, &coming, &answer).await {
        Ok(place) => Redirect::to(&place).into_response(),
        Err(error) => {
            let sentence = match &error {
                ServiceError::Internal(cause) => {
                    tracing::error!("{cause:#}");
                    "Something went wrong on the server. Please try again; the server’s log says more.".to_owned()
                }
                told => told.to_string(),
            };
            trail.refused(&sentence);
            flash::complain_at("/sign-in", &sentence)
        }
    }
}

/// Answers the page to go on to.
async fn let_in(door: &Door, coming: &Coming<'_>, answer: &Answer) -> ServiceResult<String> {
    let unknown = || ServiceError::SignedOut("This sign-in was not begun here, or took too long. Try again.".into());
    let service = door.oidc.as_ref().ok_or_else(unknown)?;
    let name = service.name();
    let leaving = session::take_leaving(&door.db, coming.session, &answer.state).await?.ok_or_else(unknown)?;
    let code = match (&answer.error, &answer.code) {
        (Some(error), _) if error == "access_denied" => {
            return Err(ServiceError::SignedOut(format!("The sign-in at {name} was cancelled.")));
        }
        (None, Some(code)) if code.len() <= LONGEST_CODE => code,
        (error, _) => {
            let error: Option<String> = error.as_ref().map(|error| error.chars().take(100).collect());
            tracing::warn!(service = name, ?error, "a sign-in through another service came back without a code");
            return Err(ServiceError::SignedOut(format!("{name} did not sign you in. Try again.")));
        }
    };
    let voucher = service.vouch(&leaving, code).await.map_err(|error| {
        coming.trail.says(error.email().unwrap_or_default());
        error.explained(name)
    })?;
    coming.trail.says(&voucher.email);
    let person = people::vouched(&door.db, &voucher).await?;
    Ok(coming.let_in_or_ask(&door.db, &person, &leaving.to).await?.to_owned())
}
