//! The way back from Xero. It has to be a GET, for it is a redirect, and it changes something all the same: for somebody who
//! is signed in and may connect the company, with a state that was made for it and is known to nobody else.

use crate::{
    api::flash,
    domain::person::Role,
    server::{
        services::{
            connections::{
                authorise::Looked,
                xero::{self, BACK},
            },
            error::ServiceError,
        },
        state::App,
        viewer::{Trail, Viewer},
    },
};
use axum::{
    Extension, Router,
    extract::Query,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

/// Longer than any state and any code.
const LONGEST: usize = 4_096;

pub fn router() -> Router<App> {
    Router::new().route(BACK, get(back))
}

/// What Xero says by way of the browser.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    state: String,
    code: Option<String>,
    error: Option<String>,
}

async fn back(viewer: Viewer, Extension(trail): Extension<Trail>, Query(answer): Query<Answer>) -> Response {
    let texts = [Some(&answer.state), answer.code.as_ref(), answer.error.as_ref()];
    if texts.into_iter().flatten().any(|text| text.len() > LONGEST) {
        return super::refused(ServiceError::Invalid("This is not from Xero.".into())).into_response();
    }
    let (db, company) = match viewer.company(Role::Manager, xero::company_code(&answer.state)).await {
        Ok(found) => found,
        Err(error) => return super::refused(error).into_response(),
    };
    let answer = xero::Answer { state: &answer.state, code: answer.code.as_deref(), error: answer.error.as_deref() };
    let page = format!("/companies/{}/integration", company.code);
    match xero::come_back(db, &company, &answer).await {
        Ok(Looked::Reconnected) => flash::send_on(&page, Ok("Reconnected to the same organisation. Start a sync to catch up.")),
        Ok(Looked::Given | Looked::Waiting) => flash::send_on(&page, Ok("Access was given. Choose the organisation.")),
        Ok(Looked::Trouble(why)) => {
            trail.refused(&why);
            flash::send_on(&page, Err(&why))
        }
        Err(error @ ServiceError::Internal(_)) => {
            let (_, sentence) = super::refused(error);
            trail.refused(&sentence);
            flash::send_on(&page, Err(&sentence))
        }
        Err(told) => {
            trail.refused(&told.to_string());
            flash::send_on(&page, Err(&told.to_string()))
        }
    }
}
