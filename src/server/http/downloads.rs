//! The message log as a file: exactly what the page's address filters, from the newest on. It is written while it is
//! read, and when that fails the connection breaks: half a file must not pass for a whole one.

use crate::{
    domain::{message_filter::MessageFilter, person::Role},
    server::{
        db::now_ms,
        services::{
            audit,
            error::ServiceError,
            local_time::LocalTime,
            message_log::{Download, Format},
        },
        state::App,
        viewer::Viewer,
    },
};
use axum::{
    Router,
    body::Body,
    extract::{Path, Query, RawQuery},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::stream::try_unfold;
use serde::Deserialize;

/// Longer than anything the audit log can be searched for.
const LONGEST_SEARCH: usize = 200;

pub fn router() -> Router<App> {
    Router::new()
        .route("/companies/{code}/messages.csv", get(|viewer, code, query| download(viewer, code, query, Format::Csv)))
        .route("/companies/{code}/messages.ndjson", get(|viewer, code, query| download(viewer, code, query, Format::Ndjson)))
        .route("/settings/audit.csv", get(audit_log))
}

async fn download(viewer: Viewer, Path(code): Path<String>, RawQuery(query): RawQuery, format: Format) -> Response {
    begin(&viewer, &code, &query.unwrap_or_default(), format).await.unwrap_or_else(|error| super::refused(error).into_response())
}

#[derive(Deserialize)]
struct AuditQuery {
    #[serde(default)]
    q: String,
}

async fn audit_log(viewer: Viewer, Query(query): Query<AuditQuery>) -> Response {
    let db = match viewer.may_for_all(Role::Administrator) {
        Ok(db) => db,
        Err(error) => return super::refused(error).into_response(),
    };
    let download = audit::Download::begin(db, query.q.get(..LONGEST_SEARCH).unwrap_or(&query.q));
    let parts = try_unfold(download, |mut download| async move {
        let part = download.part().await;
        if let Err(error) = &part {
            tracing::error!(error = format!("{error:#}"), "a download of the audit log broke off");
        }
        part.map(|part| part.map(|part| (part, download)))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"tieout-audit-{}.csv\"", LocalTime::of("UTC").today(now_ms())),
        ),
    ];
    (headers, Body::from_stream(parts)).into_response()
}

async fn begin(viewer: &Viewer, code: &str, query: &str, format: Format) -> Result<Response, ServiceError> {
    let (filter, notices) = MessageFilter::from_query(query);
    // On a page a filter that is not understood is named and ignored; a file would hold more than was asked for.
    if !notices.is_empty() {
        return Err(ServiceError::Invalid(notices.join(" ").replace("it was ignored", "nothing was downloaded")));
    }
    let (db, company) = viewer.company(Role::Viewer, code).await?;
    let download = Download::begin(db, company, &filter, format).await?;
    let headers = [
        (header::CONTENT_TYPE, format.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", download.file_name(now_ms()))),
    ];
    let parts = try_unfold(download, |mut download| async move {
        let part = download.part().await;
        if let Err(error) = &part {
            tracing::error!(error = format!("{error:#}"), "a download of messages broke off");
        }
        part.map(|part| part.map(|part| (part, download)))
    });
    Ok((StatusCode::OK, headers, Body::from_stream(parts)).into_response())
}
