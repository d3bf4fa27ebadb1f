//! Who is let in. Every request comes through here: what is not open to everybody is answered to those who are signed in
//! only, and what changes something leaves an entry in the audit log.

use super::{Origin, session, strangers::Strangers};
use crate::{
    api::{ApiError, flash::accepts_html},
    server::{
        db::{
            Db,
            audit::{self, Entry},
            now_ms, sessions,
        },
        oidc,
        services::{
            connections::xero,
            people::{self, tokens},
        },
        state::App,
        viewer::{By, Trail, Viewer},
    },
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use std::sync::Arc;
use tower_sessions::Session;

/// Pages and server functions for whoever comes, because they let somebody in.
const OPEN: [&str; 18] = [
    "/sign-in",
    "/set-up",
    "/enter",
    "/choose-password",
    "/api/sign-in",
    "/api/set-up",
    "/api/practise",
    "/api/enter",
    "/api/choose-password",
    "/api/look-at-link",
    "/second-factor",
    "/api/second-factor",
    "/forgot-password",
    "/api/forgot-password",
    "/sign-in/leave",
    "/api/begin-oidc",
    "/api/way-out",
    oidc::BACK,
];

/// A session that is used is noted as used at most so often.
const NOTED_EVERY_MS: i64 = 60_000;

static STRANGERS: Strangers = Strangers::new();

/// The database and the service that vouches for people, for those who let somebody in: handed to what is open to everybody,
/// and to nothing else.
#[derive(Clone)]
pub struct Door {
    pub db: Db,
    pub oidc: Option<Arc<oidc::Service>>,
}

pub async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut request, body) = request.into_parts();
    let path = request.uri.path().to_owned();
    let trail = Trail::default();
    let from = request.extensions.get::<Origin>().cloned().unwrap_or_default();
    let viewer = match viewer(&app, &request, &from, &trail).await {
        Ok(viewer) => viewer,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "it cannot be told who asks");
            return (StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", ApiError::Internal)).into_response();
        }
    };
    // Two pages change something because they are gone to: somebody is let in, or lets us in.
    let is_back = [oidc::BACK, xero::BACK].contains(&path.as_str());
    let (is_open, changes) = (OPEN.contains(&path.as_str()), !request.method.is_safe() || is_back);
    if viewer.is_none() && !is_open {
        return sign_in_first(&request.method, &request.headers, &request.uri.to_string());
    }
    let who = viewer.as_ref().map(|viewer| (viewer.person().id.clone(), viewer.described()));
    let noted = &mut request.extensions;
    if let Some(viewer) = viewer {
        noted.insert(viewer);
    }
    if is_open {
        noted.insert(Door { db: app.db.clone(), oidc: app.oidc.clone() });
    }
    noted.insert(app.site.clone());
    noted.insert(trail.clone());
    let response = next.run(Request::from_parts(request, body)).await;
    if changes || response.status() == StatusCode::FORBIDDEN {
        write_down(&app, &path, who, &trail, &from, response.status()).await;
    }
    response
}

/// Who asks: the program that shows a token, or else the person whose session it is.
async fn viewer(app: &App, request: &Parts, from: &Origin, trail: &Trail) -> anyhow::Result<Option<Viewer>> {
    let (person_id, by) = match held_token(&request.headers) {
        Some(held) => {
            let Some(token) = tokens::find(&app.db, held, &from.0).await? else { return Ok(None) };
            (token.person_id.clone(), By::Token(token))
        }
        None => {
            let Some(session) = request.extensions.get::<Session>() else { return Ok(None) };
            let (Some(id), Some(kept)) = (session::person_id(session).await?, session::kept_id(session)) else { return Ok(None) };
            // What a page asks by itself, to stay live, is not what the person before it does: it keeps no session alive.
            let by_hand = !request.method.is_safe() || accepts_html(&request.headers);
            let now = now_ms();
            if by_hand && session::seen_at(session).await? < now - NOTED_EVERY_MS {
                sessions::touch(&app.db, &kept, now).await?;
            }
            (id, By::Session(kept))
        }
    };
    let person = people::active(&app.db, &person_id).await?;
    Ok(person.map(|person| Viewer::new(person, by, app.db.clone(), trail.clone())))
}

/// What a program shows; other kinds of authorization are a proxy's business.
fn held_token(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

/// A browser is shown the page to sign in on, and comes back from it; a program is told.
fn sign_in_first(method: &Method, headers: &HeaderMap, asked: &str) -> Response {
    let accepts_html = accepts_html(headers);
    if accepts_html && *method == Method::GET && !asked.starts_with("/api/") {
        let to: String = form_urlencoded::byte_serialize(asked.as_bytes()).collect();
        return Redirect::to(&if asked == "/" { "/sign-in".to_owned() } else { format!("/sign-in?to={to}") }).into_response();
    }
    if accepts_html && *method == Method::POST {
        return Redirect::to("/sign-in").into_response();
    }
    let error = ApiError::SignedOut(match held_token(headers) {
        Some(_) => "This token is not known, or its time is over: make another one in your account.".into(),
        None => "Sign in first.".into(),
    });
    let json = serde_json::to_string(&error).unwrap_or_default();
    (StatusCode::UNAUTHORIZED, [(header::CONTENT_TYPE, "application/json")], json).into_response()
}

async fn write_down(app: &App, path: &str, who: Option<(String, String)>, trail: &Trail, from: &Origin, status: StatusCode) {
    let steps = trail.steps();
    let failed = steps.refused.is_some() || status.is_client_error() || status.is_server_error();
    let passed_over = match who.is_none() && failed {
        true => STRANGERS.refused(now_ms()),
        false => Some(0),
    };
    let Some(passed_over) = passed_over else { return };
    let more = if passed_over == 0 { String::new() } else { format!("{passed_over} more like this were refused before") };
    let (person_id, person) = steps.person.or(who).map_or((None, "nobody".to_owned()), |(id, name)| (Some(id), name));
    let (company_id, company_code) = steps.company.map_or((None, String::new()), |(id, code)| (Some(id), code));
    let entry = Entry {
        id: String::new(),
        at: now_ms(),
        person_id,
        person,
        act: path.trim_start_matches("/api/").to_owned(),
        outcome: if failed { "refused" } else { "done" }.into(),
        company_id,
        company_code,
        detail: [steps.detail, steps.refused.unwrap_or_default(), more]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(": "),
        address: from.0.clone(),
    };
    if let Err(error) = audit::append(&app.db, &entry).await {
        tracing::error!(%error, act = entry.act, person = entry.person_id, "the audit log cannot be written");
    }
}
