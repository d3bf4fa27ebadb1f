//! Who is let in. Every request comes through here: what is not open to everybody is answered to those who are signed in
//! only, and what changes something leaves an entry in the audit log.

use super::{Origin, session};
use crate::{
    api::{ApiError, flash::accepts_html},
    server::{
        db::{
            Db,
            audit::{self, Entry},
            now_ms, sessions,
        },
        services::people,
        state::App,
        viewer::{Trail, Viewer},
    },
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

/// Pages and server functions for whoever comes, because they let somebody in.
const OPEN: [&str; 12] = [
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
];

/// A session that is used is noted as used at most so often.
const NOTED_EVERY_MS: i64 = 60_000;

/// The database, for those who let somebody in: handed to what is open to everybody, and to nothing else.
#[derive(Clone)]
pub struct Door {
    pub db: Db,
}

pub async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let (session, path) = (request.extensions().get::<Session>().cloned(), request.uri().path().to_owned());
    // What a page asks by itself, to stay live, is not what the person before it does: it keeps no session alive.
    let by_hand = !request.method().is_safe() || accepts_html(request.headers());
    match viewer(&app, session, by_hand).await {
        Ok((viewer, trail)) => {
            let from = request.extensions().get::<Origin>().cloned().unwrap_or_default();
            let changes = !request.method().is_safe();
            if viewer.is_none() && !OPEN.contains(&path.as_str()) {
                return sign_in_first(request.method(), request.headers(), &request.uri().to_string());
            }
            let who = viewer.as_ref().map(|viewer| {
                let person = viewer.person();
                (person.id.clone(), format!("{} <{}>", person.name, person.email))
            });
            if let Some(viewer) = viewer {
                request.extensions_mut().insert(viewer);
            }
            if OPEN.contains(&path.as_str()) {
                request.extensions_mut().insert(Door { db: app.db.clone() });
            }
            request.extensions_mut().insert(app.site.clone());
            request.extensions_mut().insert(trail.clone());
            let response = next.run(request).await;
            if changes || response.status() == StatusCode::FORBIDDEN {
                write_down(&app, &path, who, &trail, &from, response.status()).await;
            }
            response
        }
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "it cannot be told who asks");
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{}\n", ApiError::Internal)).into_response()
        }
    }
}

async fn viewer(app: &App, session: Option<Session>, by_hand: bool) -> anyhow::Result<(Option<Viewer>, Trail)> {
    let trail = Trail::default();
    let Some(session) = &session else { return Ok((None, trail)) };
    let (Some(id), Some(kept)) = (session::person_id(session).await?, session::kept_id(session)) else {
        return Ok((None, trail));
    };
    let Some(person) = people::active(&app.db, &id).await? else { return Ok((None, trail)) };
    let now = now_ms();
    if by_hand && session::seen_at(session).await? < now - NOTED_EVERY_MS {
        sessions::touch(&app.db, &kept, now).await?;
    }
    Ok((Some(Viewer::new(person, &kept, app.db.clone(), trail.clone())), trail))
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
    let error = ApiError::SignedOut("Sign in first.".into());
    let json = serde_json::to_string(&error).unwrap_or_default();
    (StatusCode::UNAUTHORIZED, [(header::CONTENT_TYPE, "application/json")], json).into_response()
}

async fn write_down(app: &App, path: &str, who: Option<(String, String)>, trail: &Trail, from: &Origin, status: StatusCode) {
    let steps = trail.steps();
    let (person_id, person) = steps.person.or(who).map_or((None, "nobody".to_owned()), |(id, name)| (Some(id), name));
    let failed = steps.refused.is_some() || status.is_client_error() || status.is_server_error();
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
        detail: [steps.detail, steps.refused.unwrap_or_default()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(": "),
        address: from.0.clone(),
    };
    if let Err(error) = audit::append(&app.db, &entry).await {
        tracing::error!(%error, act = entry.act, person = entry.person, "the audit log cannot be written");
    }
}
