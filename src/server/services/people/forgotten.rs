//! Passwords that were forgotten. Anybody can say so of anybody: it costs the person a few letters an hour at most, and
//! nothing of what they have.

use super::{
    Kind,
    entrance::{PRACTICE_EMAIL, link_for},
    sign_in::FORGOTTEN_MS,
};
use crate::server::{
    db::{
        Db, now_ms,
        people::{self, Person},
        sign_ins,
    },
    services::error::ServiceResult,
};

/// Letters to one person within an hour.
const MOST_TO_ONE: i64 = 3;
/// Times one address may ask within an hour, about whomever.
const MOST_FROM_ONE: i64 = 20;

/// Who has this e-mail address, and the link to send there, without the server's address. `None`: nobody has it, or may not
/// sign in, or too many were asked for.
pub async fn forgotten(db: &Db, email: &str, address: &str) -> ServiceResult<Option<(Person, String)>> {
    // With a capital: failed sign-ins are counted by what anybody may type, in small letters, and none must reach these.
    if !may_ask(db, &format!("Asked from {address}"), MOST_FROM_ONE).await? {
        return Ok(None);
    }
    let person = people::by_email(db, email).await?.filter(|person| person.disabled_at.is_none());
    let Some(person) = person.filter(|person| person.email != PRACTICE_EMAIL) else { return Ok(None) };
    if !may_ask(db, &format!("Asked about {}", person.id), MOST_TO_ONE).await? {
        return Ok(None);
    }
    let link = link_for(db, &person, Kind::Forgotten).await?;
    Ok(Some((person, link)))
}

async fn may_ask(db: &Db, key: &str, most: i64) -> ServiceResult<bool> {
    let now = now_ms();
    let may = sign_ins::counted(db, key, most, now, now - FORGOTTEN_MS).await?;
    if !may {
        tracing::info!(key, "forgotten passwords: too many links asked for, none is sent");
    }
    Ok(may)
}
