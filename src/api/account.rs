//! One's own account: who one is signed in as, how one signs in, and where one is signed in.

use super::ApiError;
use crate::domain::person::{ListedSession, ListedToken, Me, SecondFactor};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    api::{
        flash, letters,
        viewer::{self as asking, check},
    },
    server::{
        db::sees::Sees,
        services::{
            error::ServiceError,
            local_time::LocalTime,
            people::{
                self,
                second_factor::{self, State},
                tokens::{self, WantedToken},
            },
        },
    },
};

/// Who is signed in.
#[server(name = ReadMe, endpoint = "me", input = GetUrl)]
pub async fn me() -> Result<Me, ApiError> {
    let viewer = asking::viewer()?;
    let person = viewer.person();
    Ok(Me {
        name: person.name.clone(),
        email: person.email.clone(),
        role: viewer.role(),
        sees_all: viewer.sees() == Sees::Everything,
        has_password: person.password.is_some(),
    })
}

/// The account page's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub me: Me,
    pub sessions: Vec<ListedSession>,
    pub second_factor: SecondFactor,
    pub tokens: Vec<ListedToken>,
}

#[server(name = ReadAccount, endpoint = "account", input = GetUrl)]
pub async fn account() -> Result<Account, ApiError> {
    let (db, person, session) = asking::in_person()?;
    let sessions = people::sessions(&db, &person.id, &session).await?;
    let tokens = tokens::listed(&db, &person).await?;
    let second_factor = match second_factor::state(&db, &person).await? {
        State::Off => SecondFactor::Off,
        State::Begun(enrolment) => SecondFactor::Begun(enrolment),
        State::On { since, codes_left } => {
            SecondFactor::On { since: LocalTime::of("UTC").moment(since), codes_left: codes_left.unsigned_abs() }
        }
    };
    Ok(Account { me: me().await?, sessions, second_factor, tokens })
}

/// Changes one's own password. Every other session of oneself ends.
#[server(endpoint = "change-password")]
pub async fn change_password(#[server(default)] old: String, password: String) -> Result<(), ApiError> {
    check(&[&old, &password])?;
    let (db, person, session) = asking::in_person()?;
    people::change_password(&db, &person, &old, &password, &session).await?;
    letters::tell_of_password(&person);
    flash::say("The password is changed. You are signed out everywhere else.");
    Ok(())
}

/// Begins to set one's own second factor up.
#[server(endpoint = "begin-second-factor")]
pub async fn begin_second_factor() -> Result<(), ApiError> {
    let (db, person, _) = asking::in_person()?;
    Ok(second_factor::begin(&db, &person).await?)
}

/// Gives up a second factor that is being set up.
#[server(endpoint = "cancel-second-factor")]
pub async fn cancel_second_factor() -> Result<(), ApiError> {
    let (db, person, _) = asking::in_person()?;
    Ok(second_factor::cancel(&db, &person).await?)
}

/// Asks for one's second factor from now on, with a code of the device; answers the recovery codes.
#[server(endpoint = "confirm-second-factor")]
pub async fn confirm_second_factor(code: String) -> Result<Vec<String>, ApiError> {
    check(&[&code])?;
    let (db, person, _) = asking::in_person()?;
    let codes = second_factor::confirm(&db, &person, &code).await?;
    flash::say(&format!("Keep these; each opens once: {}", codes.join(" ")));
    Ok(codes)
}

/// Takes one's own second factor away, with a code of it.
#[server(endpoint = "remove-second-factor")]
pub async fn remove_second_factor(code: String) -> Result<(), ApiError> {
    check(&[&code])?;
    let (db, person, _) = asking::in_person()?;
    // It is known who asks: a wrong code is a wrong entry, and signs nobody out.
    match second_factor::remove(&db, &person, &code).await {
        Err(ServiceError::SignedOut(why)) => return Err(ServiceError::Invalid(why).into()),
        other => other?,
    }
    flash::say("The second factor is taken away: the password alone opens.");
    Ok(())
}

/// Ends one of one's own sessions.
#[server(endpoint = "end-session")]
pub async fn end_session(session: String) -> Result<(), ApiError> {
    check(&[&session])?;
    let (db, person, _) = asking::in_person()?;
    people::end_session(&db, &person.id, &session).await?;
    flash::say("That session is ended.");
    Ok(())
}

/// Ends one's own sessions but this one.
#[server(endpoint = "end-other-sessions")]
pub async fn end_other_sessions() -> Result<(), ApiError> {
    let (db, person, session) = asking::in_person()?;
    let ended = people::end_others(&db, &person.id, &session).await?;
    flash::say(match ended {
        0 => "There was no other session.",
        1 => "One other session is ended.",
        _ => "All other sessions are ended.",
    });
    Ok(())
}

/// Makes a token for a program to act with; answers what it is to hold. `companies` are codes with commas between them; none: whatever
/// one sees oneself. `days` is how long it is good.
#[server(endpoint = "make-token")]
pub async fn make_token(name: String, role: String, #[server(default)] companies: String, days: i64) -> Result<String, ApiError> {
    check(&[&name, &role])?;
    let (db, person, _) = asking::in_person()?;
    let companies = asking::codes(&companies)?;
    let wanted = WantedToken { name, role: asking::role_named(&role)?, companies, days };
    let held = tokens::make(&db, &person, &asking::viewer()?.sees(), &wanted).await?;
    asking::trail().says(&format!("{}: {}", wanted.name, wanted.role.as_str()));
    flash::say(&format!("Keep this token; it is not shown again: {held}"));
    Ok(held)
}

/// Takes one of one's own tokens back.
#[server(endpoint = "take-token-back")]
pub async fn take_token_back(token: String) -> Result<(), ApiError> {
    check(&[&token])?;
    let (db, person, _) = asking::in_person()?;
    tokens::take_back(&db, &person.id, &token).await?;
    flash::say("The token is taken back: it opens nothing any more.");
    Ok(())
}
