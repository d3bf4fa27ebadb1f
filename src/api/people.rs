//! Letting people in, and looking after them and their sessions.

use super::ApiError;
use crate::domain::person::{AuditEntry, ListedPerson, ListedSession, Me, SecondFactor};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    api::{flash, viewer as asking},
    domain::person::Role,
    server::{
        db::people::Person,
        http::{Door, Origin, session},
        services::{
            error::ServiceError,
            local_time::LocalTime,
            people::{
                self, Kind, Wanted,
                second_factor::{self, State},
            },
        },
    },
};

/// Longer than any name, address, password and token.
#[cfg(feature = "ssr")]
const LONGEST: usize = 1_000;
/// Longer than any list of codes.
#[cfg(feature = "ssr")]
const LONGEST_LIST: usize = 100_000;

#[cfg(feature = "ssr")]
fn check(texts: &[&str]) -> Result<(), ApiError> {
    if texts.iter().any(|text| text.len() > LONGEST) {
        return Err(ServiceError::Invalid(format!("A text has more than {LONGEST} characters.")).into());
    }
    Ok(())
}

/// The database, for those who are not signed in: what lets them in reads nothing but people and links.
#[cfg(feature = "ssr")]
fn door() -> Result<Door, ApiError> {
    part::<Door>()
}

/// What the door noted about the request.
#[cfg(feature = "ssr")]
fn part<T: Clone + Send + Sync + 'static>() -> Result<T, ApiError> {
    use_context::<axum::http::request::Parts>().and_then(|parts| parts.extensions.get::<T>().cloned()).ok_or(ApiError::Internal)
}

/// Signs somebody in, in a new session.
#[cfg(feature = "ssr")]
async fn let_in(person: &Person) -> Result<(), ApiError> {
    let request = use_context::<axum::http::request::Parts>().ok_or(ApiError::Internal)?;
    let Origin(address) = part::<Origin>()?;
    asking::trail().by(person);
    let session = part::<tower_sessions::Session>()?;
    session::begin(&session, &person.id, &address, &request.headers).await.map_err(ServiceError::from)?;
    Ok(())
}

/// The same of somebody who gave the right password, and goes on to the page `to`: by way of the second factor where they
/// have one.
#[cfg(feature = "ssr")]
async fn let_in_by_password(db: &crate::server::db::Db, person: &Person, to: &str) -> Result<(), ApiError> {
    if second_factor::is_on(db, &person.id).await? {
        let session = part::<tower_sessions::Session>()?;
        session::keep_half_way(&session, &person.id, place(to)).await.map_err(ServiceError::from)?;
        asking::trail().by(person);
        asking::trail().says("A code is asked for.");
        leptos_axum::redirect("/second-factor");
        return Ok(());
    }
    let_in(person).await?;
    leptos_axum::redirect(place(to));
    Ok(())
}

/// Back to where somebody wanted to go: a page of this server and nothing else.
#[cfg(feature = "ssr")]
fn place(to: &str) -> &str {
    let is_ours = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && !to.chars().any(char::is_control);
    if is_ours && to.len() <= 2_000 { to } else { "/" }
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
    asking::may(Role::Viewer)?;
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
    let person = people::practise(&door()?.db, &token).await?;
    let_in(&person).await?;
    leptos_axum::redirect("/overview");
    Ok(())
}

/// Signs in through a link.
#[server(endpoint = "enter")]
pub async fn enter(token: String) -> Result<(), ApiError> {
    check(&[&token])?;
    let person = people::enter(&door()?.db, &token).await?;
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
    let_in_by_password(&db, &person, "/").await
}

/// Who is signed in.
#[server(name = ReadMe, endpoint = "me", input = GetUrl)]
pub async fn me() -> Result<Me, ApiError> {
    let viewer = asking::viewer()?;
    let person = viewer.person();
    Ok(Me {
        name: person.name.clone(),
        email: person.email.clone(),
        role: person.role(),
        sees_all: person.sees_all == 1,
        has_password: person.password.is_some(),
    })
}

/// The account page's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub me: Me,
    pub sessions: Vec<ListedSession>,
    pub second_factor: SecondFactor,
}

#[server(name = ReadAccount, endpoint = "account", input = GetUrl)]
pub async fn account() -> Result<Account, ApiError> {
    let (db, _) = asking::may(Role::Viewer)?;
    let viewer = asking::viewer()?;
    let sessions = people::sessions(&db, &viewer.person().id, viewer.session()).await?;
    let second_factor = match second_factor::state(&db, viewer.person()).await? {
        State::Off => SecondFactor::Off,
        State::Begun(enrolment) => SecondFactor::Begun(enrolment),
        State::On { since, codes_left } => {
            SecondFactor::On { since: LocalTime::of("UTC").moment(since), codes_left: codes_left.unsigned_abs() }
        }
    };
    Ok(Account { me: me().await?, sessions, second_factor })
}

/// Changes one's own password. Every other session of oneself ends.
#[server(endpoint = "change-password")]
pub async fn change_password(#[server(default)] old: String, password: String) -> Result<(), ApiError> {
    check(&[&old, &password])?;
    let (db, _) = asking::may(Role::Viewer)?;
    let viewer = asking::viewer()?;
    people::change_password(&db, viewer.person(), &old, &password, viewer.session()).await?;
    flash::say("The password is changed. You are signed out everywhere else.");
    Ok(())
}

/// Begins to set one's own second factor up.
#[server(endpoint = "begin-second-factor")]
pub async fn begin_second_factor() -> Result<(), ApiError> {
    let (db, _) = asking::may(Role::Viewer)?;
    Ok(second_factor::begin(&db, asking::viewer()?.person()).await?)
}

/// Gives up a second factor that is being set up.
#[server(endpoint = "cancel-second-factor")]
pub async fn cancel_second_factor() -> Result<(), ApiError> {
    let (db, _) = asking::may(Role::Viewer)?;
    Ok(second_factor::cancel(&db, asking::viewer()?.person()).await?)
}

/// Asks for one's second factor from now on, with a code of the device; answers the recovery codes.
#[server(endpoint = "confirm-second-factor")]
pub async fn confirm_second_factor(code: String) -> Result<Vec<String>, ApiError> {
    check(&[&code])?;
    let (db, _) = asking::may(Role::Viewer)?;
    let codes = second_factor::confirm(&db, asking::viewer()?.person(), &code).await?;
    flash::say(&format!("Keep these; each opens once: {}", codes.join(" ")));
    Ok(codes)
}

/// Takes one's own second factor away, with a code of it.
#[server(endpoint = "remove-second-factor")]
pub async fn remove_second_factor(code: String) -> Result<(), ApiError> {
    check(&[&code])?;
    let (db, _) = asking::may(Role::Viewer)?;
    // It is known who asks: a wrong code is a wrong entry, and signs nobody out.
    match second_factor::remove(&db, asking::viewer()?.person(), &code).await {
        Err(ServiceError::SignedOut(why)) => return Err(ServiceError::Invalid(why).into()),
        other => other?,
    }
    flash::say("The second factor is taken away: the password alone opens.");
    Ok(())
}

/// Takes the second factor of somebody away who has lost the device and the recovery codes.
#[server(endpoint = "remove-second-factor-of")]
pub async fn remove_second_factor_of(person: String) -> Result<(), ApiError> {
    check(&[&person])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let person = people::named(&db, &person).await?;
    second_factor::take_away(&db, &person.id).await?;
    asking::trail().says(&person.email);
    flash::say(&format!("{} signs in with the password alone now, and can set up another second factor.", person.name));
    Ok(())
}

/// Ends one of one's own sessions.
#[server(endpoint = "end-session")]
pub async fn end_session(session: String) -> Result<(), ApiError> {
    check(&[&session])?;
    let (db, _) = asking::may(Role::Viewer)?;
    people::end_session(&db, &asking::viewer()?.person().id, &session).await?;
    flash::say("That session is ended.");
    Ok(())
}

/// Ends one's own sessions but this one.
#[server(endpoint = "end-other-sessions")]
pub async fn end_other_sessions() -> Result<(), ApiError> {
    let (db, _) = asking::may(Role::Viewer)?;
    let viewer = asking::viewer()?;
    let ended = people::end_others(&db, &viewer.person().id, viewer.session()).await?;
    flash::say(match ended {
        0 => "There was no other session.",
        1 => "One other session is ended.",
        _ => "All other sessions are ended.",
    });
    Ok(())
}

/// Everybody who may sign in, and who no longer may.
#[server(name = ReadPeople, endpoint = "people", input = GetUrl)]
pub async fn people() -> Result<Vec<ListedPerson>, ApiError> {
    let db = asking::may_for_all(Role::Administrator)?;
    Ok(people::listed(&db, &asking::viewer()?.person().id).await?)
}

/// One of them.
#[server(name = ReadPerson, endpoint = "person", input = GetUrl)]
pub async fn person(id: String) -> Result<ListedPerson, ApiError> {
    let people = people().await?;
    let missing = || ServiceError::NotFound("There is no such person.".into()).into();
    people.into_iter().find(|person| person.id == id).ok_or_else(missing)
}

/// A page of the audit log, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// What was searched for.
    pub text: String,
    /// Where the older ones begin; none: there are none.
    pub next: Option<String>,
}

/// Entries that name the text as person, company or act, older than the place `before` (empty: from the newest on).
#[server(name = ReadAudit, endpoint = "audit", input = GetUrl)]
pub async fn audit_log(#[server(default)] text: String, #[server(default)] before: String) -> Result<AuditPage, ApiError> {
    check(&[&text, &before])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let (entries, next) = crate::server::services::audit::page(&db, &text, &before).await?;
    Ok(AuditPage { entries, text, next })
}

#[cfg(feature = "ssr")]
fn wanted(name: String, email: String, role: &str, sees: &str, companies: &str) -> Result<Wanted, ApiError> {
    check(&[&name, &email])?;
    if companies.len() > LONGEST_LIST {
        return Err(ServiceError::Invalid("The list of companies is too long: choose all of them.".into()).into());
    }
    let unknown = || ServiceError::Invalid("The role must be viewer, accountant, manager or administrator.".into());
    let role = Role::parse(role).ok_or_else(unknown)?;
    let codes = || companies.split([',', ' ', '\n', '\r', ';']).filter(|code| !code.is_empty()).map(str::to_owned).collect();
    let companies = match sees {
        "" | "all" => None,
        "chosen" => Some(codes()),
        _ => return Err(ServiceError::Invalid("The companies seen must be all or chosen.".into()).into()),
    };
    Ok(Wanted { name, email, role, companies })
}

/// The address of this server as whoever asks reached it.
#[cfg(feature = "ssr")]
fn origin() -> String {
    let host = use_context::<axum::http::request::Parts>()
        .and_then(|parts| parts.headers.get(axum::http::header::HOST)?.to_str().ok().map(str::to_owned))
        .unwrap_or_default();
    format!("http://{host}")
}

/// Adds a person; answers the link through which they choose a password. `companies` are codes with commas between them.
#[server(endpoint = "invite")]
pub async fn invite(
    name: String,
    email: String,
    role: String,
    #[server(default)] sees: String,
    #[server(default)] companies: String,
) -> Result<String, ApiError> {
    let db = asking::may_for_all(Role::Administrator)?;
    let wanted = wanted(name, email, &role, &sees, &companies)?;
    let link = people::invite(&db, &wanted).await?;
    asking::trail().says(&wanted.email);
    Ok(linked(&wanted.name, &link))
}

/// Shows a link once, to be copied.
#[cfg(feature = "ssr")]
fn linked(name: &str, link: &str) -> String {
    let link = format!("{}{link}", origin());
    flash::say(&format!("Give {name} this link; it can be used once, within 7 days: {link}"));
    flash::go_to("/settings/people");
    link
}

/// A new link for a person to choose a password through.
#[server(endpoint = "link-for-person")]
pub async fn link_for_person(person: String) -> Result<String, ApiError> {
    check(&[&person])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let person = people::named(&db, &person).await?;
    let link = people::link_for(&db, &person, Kind::Password).await?;
    asking::trail().says(&person.email);
    Ok(linked(&person.name, &link))
}

/// Changes what a person is called, may do and may see.
#[server(endpoint = "change-person")]
pub async fn change_person(
    person: String,
    name: String,
    email: String,
    role: String,
    #[server(default)] sees: String,
    #[server(default)] companies: String,
) -> Result<(), ApiError> {
    check(&[&person])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let wanted = wanted(name, email, &role, &sees, &companies)?;
    people::change(&db, &person, &wanted).await?;
    asking::trail().says(&format!("{}: {}", wanted.email, wanted.role.as_str()));
    flash::say(&format!("Saved {}.", wanted.name));
    flash::go_to("/settings/people");
    Ok(())
}

/// Signs a person out everywhere and lets them in no more.
#[server(endpoint = "disable-person")]
pub async fn disable_person(person: String) -> Result<(), ApiError> {
    check(&[&person])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let person = people::disable(&db, &person).await?;
    asking::trail().says(&person.email);
    flash::say(&format!("{} is signed out everywhere and cannot sign in any more.", person.name));
    Ok(())
}

/// Lets a person in again.
#[server(endpoint = "enable-person")]
pub async fn enable_person(person: String) -> Result<(), ApiError> {
    check(&[&person])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let person = people::enable(&db, &person).await?;
    asking::trail().says(&person.email);
    flash::say(&format!("{} can sign in again.", person.name));
    Ok(())
}

/// Ends all sessions of a person.
#[server(endpoint = "end-sessions-of")]
pub async fn end_sessions_of(person: String) -> Result<(), ApiError> {
    check(&[&person])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let person = people::named(&db, &person).await?;
    people::end_others(&db, &person.id, "").await?;
    asking::trail().says(&person.email);
    flash::say(&format!("{} is signed out everywhere.", person.name));
    Ok(())
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (to, place_) in [
            ("/overview?status=errors", "/overview?status=errors"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/a\r\nset-cookie: x", "/"),
        ] {
            assert_eq!(place(to), place_, "{to}");
        }
    }
}
