//! The message log as a file: exactly what the page's address filters, from the newest on. It is written while it is
//! read, and when that fails the connection breaks: half a file must not pass for a whole one.

use crate::{
    domain::message_filter::MessageFilter,
    server::{
        db::now_ms,
        services::{
            companies,
            error::ServiceError,
            message_log::{Download, Format},
        },
        state::App,
    },
};
use axum::{
    Router,
    body::Body,
    extract::{Path, RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::stream::try_unfold;

pub fn router() -> Router<App> {
    Router::new()
        .route("/companies/{code}/messages.csv", get(|app, code, query| download(app, code, query, Format::Csv)))
        .route("/companies/{code}/messages.ndjson", get(|app, code, query| download(app, code, query, Format::Ndjson)))
}

async fn download(State(app): State<App>, Path(code): Path<String>, RawQuery(query): RawQuery, format: Format) -> Response {
    begin(&app, &code, &query.unwrap_or_default(), format).await.unwrap_or_else(|error| super::refused(error).into_response())
}

async fn begin(app: &App, code: &str, query: &str, format: Format) -> Result<Response, ServiceError> {
    let (filter, notices) = MessageFilter::from_query(query);
    // On a page a filter that is not understood is named and ignored; a file would hold more than was asked for.
    if !notices.is_empty() {
        return Err(ServiceError::Invalid(notices.join(" ").replace("it was ignored", "nothing was downloaded")));
    }
    let company = companies::find(&app.db, code).await?;
    let download = Download::begin(&app.db, company, &filter, format).await?;
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
