//! Letting people in.

use super::ApiError;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    api::{
        flash, letters,
        viewer::{self as asking, check, part},
    },
    server::{
        db::{Db, people::Person},
        http::{
            Door, Origin,
            letting_in::{Coming, place},
            session,
        },
        mail::{Letter, Mailer, not_sent},
        services::{
            error::{ServiceError, ServiceResult},
            people::{self, Kind, second_factor},
        },
    },
};

/// The database, for those who are not signed in: what lets them in reads nothing but people and links.
#[cfg(feature = "ssr")]
fn door() -> Result<Door, ApiError> {
    part::<Door>()
}

/// The last step of a way in, with the request under way.
#[cfg(feature = "ssr")]
async fn coming<T>(step: impl AsyncFnOnce(Coming<'_>) -> ServiceResult<T>) -> Result<T, ApiError> {
    let request = use_context::<axum::http::request::Parts>().ok_or(ApiError::Internal)?;
    let (Origin(address), session) = (part::<Origin>()?, part::<tower_sessions::Session>()?);
    let trail = asking::trail();
    Ok(step(Coming { session: &session, trail: &trail, address: &address, headers: &request.headers }).await?)
}

/// Signs somebody in, in a new session.
#[cfg(feature = "ssr")]
async fn let_in(person: &Person) -> Result<(), ApiError> {
    coming(async |coming| coming.let_in(person).await).await
}

/// The same of somebody who gave the right password, and goes on to the page `to`: by way of the second factor where they
/// have one.
#[cfg(feature = "ssr")]
async fn let_in_by_password(db: &Db, person: &Person, to: &str) -> Result<(), ApiError> {
    leptos_axum::redirect(coming(async |coming| coming.let_in_or_ask(db, person, to).await).await?);
    Ok(())
}

/// Signs in with an e-mail address and a password, and goes on to the page `to`.
#[server(endpoint = "sign-in")]
pub async fn sign_in(email: String, password: String, #[server(default)] to: String) -> Result<(), ApiError> {
    check(&[&email, &password])?;
    let Origin(address) = part::<Origin>()?;
    let db = door()?.db;
    match people::sign_in(&db, &email, &password, &address).await {
        Ok(person) => let_in_by_password(&db, &person, &to).await,
        Err(error) => {
            let error = ApiError::from(error);
            asking::trail().says(&email);
            Err(error)
        }
    }
}

/// Signs in whoever gave the right password, with a code of their device or a recovery code.
#[server(endpoint = "second-factor")]
pub async fn give_code(code: String) -> Result<(), ApiError> {
    check(&[&code])?;
    let db = door()?.db;
    let session = part::<tower_sessions::Session>()?;
    let late = || ServiceError::SignedOut("That took too long: sign in again.".into());
    let (id, to) = session::half_way(&session).await.map_err(ServiceError::from)?.ok_or_else(late)?;
    let person = people::active(&db, &id).await?.ok_or_else(late)?;
    asking::trail().by(&person);
    second_factor::check(&db, &person, &code).await?;
    let_in(&person).await?;
    leptos_axum::redirect(place(&to));
    Ok(())
}

/// Ends the session under way.
#[server(endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), ApiError> {
    asking::in_person()?;
    let session = part::<tower_sessions::Session>()?;
    session.flush().await.map_err(|error| ServiceError::Internal(error.into()))?;
    leptos_axum::redirect("/sign-in");
    Ok(())
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// Whom it lets in; empty where nobody is made yet.
    pub person: String,
    /// Whether there is no group of companies yet.
    pub empty: bool,
}

/// Whether a link can still be used, and by whom.
#[server(name = LookAtLink, endpoint = "look-at-link", input = GetUrl)]
pub async fn look_at_link(kind: String, token: String) -> Result<LinkView, ApiError> {
    check(&[&kind, &token])?;
    let kind = match kind.as_str() {
        "set-up" => Kind::SetUp,
        "enter" => Kind::Enter,
        "password" => Kind::Password,
        _ => return Err(ServiceError::Invalid("The kind must be set-up, enter or password.".into()).into()),
    };
    let db = door()?.db;
    let person = people::look(&db, &token, kind).await?.map(|person| person.name).unwrap_or_default();
    let empty = crate::server::db::groups::current(&db).await.map_err(ServiceError::from)?.is_none();
    Ok(LinkView { person, empty })
}

/// Makes the first administrator through the link the server showed, and signs them in.
#[server(endpoint = "set-up")]
pub async fn set_up(token: String, name: String, email: String, password: String) -> Result<(), ApiError> {
    check(&[&token, &name, &email, &password])?;
    let person = people::set_up(&door()?.db, &token, &name, &email, &password).await?;
    let_in(&person).await?;
    leptos_axum::redirect("/");
    Ok(())
}

/// Makes the practice group through the link the server showed, and signs in to look around in it.
#[server(endpoint = "practise")]
pub async fn practise(token: String) -> Result<(), ApiError> {
    check(&[&token])?;
    let person = people::practise(&door()?.db, &token, part::<Origin>()?.is_here()).await?;
    let_in(&person).await?;
    leptos_axum::redirect("/overview");
    Ok(())
}

/// Signs in through a link.
#[server(endpoint = "enter")]
pub async fn enter(token: String) -> Result<(), ApiError> {
    check(&[&token])?;
    let person = people::enter(&door()?.db, &token, part::<Origin>()?.is_here()).await?;
    let_in(&person).await?;
    leptos_axum::redirect("/");
    Ok(())
}

/// Chooses a password through a link, and signs in with it.
#[server(endpoint = "choose-password")]
pub async fn choose_password(token: String, password: String) -> Result<(), ApiError> {
    check(&[&token, &password])?;
    let db = door()?.db;
    let person = people::choose_password(&db, &token, &password).await?;
    letters::tell_of_password(&person);
    let_in_by_password(&db, &person, "/").await
}

/// The answer to an address is given before anything is done about it, and is on its way when that begins.
#[cfg(feature = "ssr")]
const AFTER_THE_ANSWER: std::time::Duration = std::time::Duration::from_millis(500);

/// Sends a link for a new password to an e-mail address, where somebody has it. Who asks is told the same, as quickly,
/// whether or not.
#[server(endpoint = "forgot-password")]
pub async fn forgot_password(email: String) -> Result<(), ApiError> {
    check(&[&email])?;
    let db = door()?.db;
    let none = || ServiceError::Refused("This server sends no letters. Ask an administrator for a link.".into());
    let mailer = letters::mailer()?.ok_or_else(none)?;
    let (Origin(address), site) = (part::<Origin>()?, asking::origin()?);
    asking::trail().says(&email);
    flash::say(&format!(
        "If there is an account with that address, a letter is on its way. The link in it can be used once, within {}.",
        Kind::Forgotten.lasts()
    ));
    flash::go_to("/sign-in");
    tokio::spawn(async move {
        tokio::time::sleep(AFTER_THE_ANSWER).await;
        if let Err(error) = send_forgotten(&db, &mailer, &site, &email, &address).await {
            tracing::error!("a forgotten password: {error:#}");
        }
    });
    Ok(())
}

#[cfg(feature = "ssr")]
async fn send_forgotten(db: &Db, mailer: &Mailer, site: &str, email: &str, address: &str) -> anyhow::Result<()> {
    if let Some((person, link)) = people::forgotten(db, email, address).await? {
        let letter = Letter::forgotten(&person.name, &format!("{site}{link}"));
        mailer.send(&person, &letter).await.unwrap_or_else(|error| not_sent(&person, &error));
    }
    Ok(())
}
