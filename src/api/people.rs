//! Looking after people and what they may do, and reading what everybody did.

use super::ApiError;
use crate::domain::person::{AuditEntry, ListedPerson, ListedToken};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    api::{
        flash, letters,
        viewer::{self as asking, check},
    },
    domain::person::Role,
    server::{
        mail::Letter,
        services::{
            error::ServiceError,
            people::{self, Kind, Wanted, second_factor, tokens},
        },
    },
};

/// Everybody who may sign in, and who no longer may.
#[server(name = ReadPeople, endpoint = "people", input = GetUrl)]
pub async fn people() -> Result<Vec<ListedPerson>, ApiError> {
    let db = asking::may_for_all(Role::Administrator)?;
    Ok(people::listed(&db, &asking::viewer()?.person().id).await?)
}

/// One of them, and the tokens of their programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PersonView {
    pub person: ListedPerson,
    pub tokens: Vec<ListedToken>,
}

#[server(name = ReadPerson, endpoint = "person", input = GetUrl)]
pub async fn person(id: String) -> Result<PersonView, ApiError> {
    check(&[&id])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let person = people::one(&db, &id, &asking::viewer()?.person().id).await?;
    let tokens = tokens::listed(&db, &people::named(&db, &id).await?).await?;
    Ok(PersonView { person, tokens })
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
    let role = asking::role_named(role)?;
    let companies = match sees {
        "" | "all" => None,
        "chosen" => Some(asking::codes(companies)?),
        _ => return Err(ServiceError::Invalid("The companies seen must be all or chosen.".into()).into()),
    };
    Ok(Wanted { name, email, role, companies })
}

/// Adds a person, and sends them the link through which they choose a password; answers it where no letter could be sent.
/// `companies` are codes with commas between them.
#[server(endpoint = "invite")]
pub async fn invite(
    name: String,
    email: String,
    role: String,
    #[server(default)] sees: String,
    #[server(default)] companies: String,
) -> Result<Option<String>, ApiError> {
    let db = asking::may_for_all(Role::Administrator)?;
    let wanted = wanted(name, email, &role, &sees, &companies)?;
    let link = people::invite(&db, &wanted).await?;
    asking::trail().says(&wanted.email);
    let (person, by) = (people::named(&db, &wanted.email).await?, asking::by()?);
    letters::hand_over(&person, &link, |link| Letter::invitation(&person.name, &by, link)).await
}

/// Sends a person a new link to choose a password through; answers it where no letter could be sent.
#[server(endpoint = "link-for-person")]
pub async fn link_for_person(person: String) -> Result<Option<String>, ApiError> {
    check(&[&person])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let person = people::named(&db, &person).await?;
    let link = people::link_for(&db, &person, Kind::Password).await?;
    asking::trail().says(&person.email);
    let by = asking::by()?;
    letters::hand_over(&person, &link, |link| Letter::new_password(&person.name, &by, link)).await
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

/// Takes a token of somebody back.
#[server(endpoint = "take-token-back-of")]
pub async fn take_token_back_of(person: String, token: String) -> Result<(), ApiError> {
    check(&[&person, &token])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let person = people::named(&db, &person).await?;
    tokens::take_back(&db, &person.id, &token).await?;
    asking::trail().says(&person.email);
    flash::say("The token is taken back: it opens nothing any more.");
    Ok(())
}

/// Forgets who somebody is at the other service, so that another account there can be theirs.
#[server(endpoint = "forget-subject")]
pub async fn forget_subject(person: String) -> Result<(), ApiError> {
    check(&[&person])?;
    let db = asking::may_for_all(Role::Administrator)?;
    let person = people::named(&db, &person).await?;
    people::forget_subject(&db, &person).await?;
    asking::trail().says(&person.email);
    flash::say(&format!("Forgotten: {} can sign in through the other service with another account now.", person.name));
    Ok(())
}
