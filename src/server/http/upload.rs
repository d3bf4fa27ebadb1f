//! Files to import. The sender is sent on to the page that shows how the import goes. What is refused here is said in
//! a line of text; a form sent without script goes back to its page, which then says it.

use super::{pace, refused};
use crate::{
    api::flash,
    domain::{import::MAX_FILE_BYTES, person::Role},
    server::{
        services::{companies, import},
        state::App,
        viewer::Viewer,
    },
};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart, Path},
    http::{HeaderMap, StatusCode},
    middleware::from_fn,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use std::time::Duration;
use tokio::{sync::Semaphore, time::timeout};

/// Files are read one after the other, so that several large ones do not fill the memory together.
static READING: Semaphore = Semaphore::const_new(1);

/// The longest a file waits for those before it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most that is read of a request, most of it only to be thrown away: a browser that is not listened to to the
/// end shows a broken connection instead of the reason.
const MOST_READ: usize = 10 * MAX_FILE_BYTES;

pub fn router() -> Router<App> {
    Router::new()
        .route("/companies/{code}/import", post(upload))
        .route("/settings/companies/import", post(upload_companies))
        .layer(DefaultBodyLimit::max(MOST_READ))
        .layer(from_fn(pace::kept))
}

async fn upload(viewer: Viewer, Path(code): Path<String>, headers: HeaderMap, form: Multipart) -> Response {
    match take(&viewer, &code, form).await {
        Ok(place) => Redirect::to(&place).into_response(),
        Err((status, sentence)) => flash::send_back(&headers, &sentence).unwrap_or_else(|| (status, sentence).into_response()),
    }
}

async fn upload_companies(viewer: Viewer, headers: HeaderMap, form: Multipart) -> Response {
    match take_companies(&viewer, form).await {
        Ok(place) => Redirect::to(&place).into_response(),
        Err((status, sentence)) => flash::send_back(&headers, &sentence).unwrap_or_else(|| (status, sentence).into_response()),
    }
}

async fn take_companies(viewer: &Viewer, form: Multipart) -> Result<String, (StatusCode, String)> {
    let db = viewer.may_for_all(Role::Manager).map_err(refused)?;
    let (name, bytes) = read(form).await?;
    let id = companies::import::start(db, name, bytes).await.map_err(refused)?;
    Ok(format!("/settings/companies/import?id={id}"))
}

/// Answers the page that shows how the import goes.
async fn take(viewer: &Viewer, code: &str, form: Multipart) -> Result<String, (StatusCode, String)> {
    let (db, company) = viewer.company(Role::Accountant, code).await.map_err(refused)?;
    let (name, bytes) = read(form).await?;
    let code = company.code.clone();
    let id = import::start(db, company, name, bytes, viewer.name().to_owned()).await.map_err(refused)?;
    Ok(format!("/companies/{code}/import?id={id}"))
}

/// The file's name and its bytes, one more than allowed at most: the import itself says what is too large, too
/// short or missing, so that its page can show it.
async fn read(mut form: Multipart) -> Result<(String, Vec<u8>), (StatusCode, String)> {
    let busy = || (StatusCode::SERVICE_UNAVAILABLE, "Other files are being read; send it again in a minute.".to_owned());
    // Never closed, so there is a turn for everybody who waits.
    let Ok(_turn) = timeout(PATIENCE, READING.acquire()).await else { return Err(busy()) };
    let broken = |_| (StatusCode::BAD_REQUEST, "The file did not arrive whole; send it again.".to_owned());
    let (mut name, mut bytes) = ("no file".to_owned(), Vec::new());
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        if field.name() != Some("file") {
            continue;
        }
        name = field.file_name().unwrap_or("file").chars().filter(|c| !c.is_control()).take(200).collect();
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            let room = (MAX_FILE_BYTES + 1).saturating_sub(bytes.len());
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
    }
    Ok((name, bytes))
}
