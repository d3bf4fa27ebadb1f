//! Signing in with a password, and what becomes of sessions. Guessing is slowed, by where it comes from and by whom it is
//! about; whoever is signed in at an address already is never slowed there by what others try elsewhere.

use super::{entrance, password};
use crate::{
    domain::person::{ListedSession, browser},
    server::{
        db::{
            Db, now_ms,
            people::{self, Person},
            sessions::{self, Session},
            sign_ins,
        },
        services::{
            error::{ServiceError, ServiceResult},
            local_time::LocalTime,
        },
    },
};

/// After so long without use a session is over.
pub const IDLE_MS: i64 = 12 * 60 * 60 * 1000;
/// And after so long in any case.
pub const LONGEST_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Failures that cost nothing yet; the next one is waited for a second, the one after it two, and so on.
const FREE: i64 = 5;
/// The most anybody is made to wait.
const MOST_MS: i64 = 30_000;
/// Of one account from all addresses together, and of one address about all accounts: so many failures are free, and so
/// long apart are those beyond.
const FREE_OF_ALL: i64 = 50;
const APART_MS: i64 = 2_000;
/// Failures that lie so far back count no more.
pub(super) const FORGOTTEN_MS: i64 = 60 * 60 * 1000;

/// The person of that address and password.
pub async fn sign_in(db: &Db, email: &str, given: &str, address: &str) -> ServiceResult<Person> {
    let key = people::email_key(email);
    if key.chars().count() > super::LONGEST_EMAIL {
        return Err(wrong());
    }
    let person = people::by_email(db, &key).await?;
    let (here, from) = (format!("{key} {address}"), format!("from {address}"));
    wait_over(db, &here, longer_and_longer).await?;
    let known = match &person {
        Some(person) => is_known(db, &person.id, address).await?,
        None => false,
    };
    if !known {
        for slowed in [&key, &from] {
            wait_over(db, slowed, |failures| if failures < FREE_OF_ALL { 0 } else { APART_MS }).await?;
        }
    }
    // Counted before it is looked at: however many are sent at once, all are counted.
    let now = now_ms();
    for slowed in [&here, &key, &from] {
        sign_ins::failed(db, slowed, now, now - FORGOTTEN_MS).await?;
    }
    let kept = person.as_ref().and_then(|person| person.password.as_deref());
    let is_right = password::is_right(given, kept).await?;
    let Some(person) = person.filter(|person| is_right && person.disabled_at.is_none()) else { return Err(wrong()) };
    // What failed from there about others goes on counting: whoever has an account could guess at theirs for ever.
    for slowed in [&here, &key] {
        sign_ins::forget(db, slowed).await?;
    }
    sign_ins::take_back(db, &from).await?;
    Ok(person)
}

/// Counts an attempt at what `key` names as a failure until it is forgotten, and refuses one that comes too soon.
pub(super) async fn slowed(db: &Db, key: &str) -> ServiceResult<()> {
    wait_over(db, key, longer_and_longer).await?;
    let now = now_ms();
    Ok(sign_ins::failed(db, key, now, now - FORGOTTEN_MS).await?)
}

fn longer_and_longer(failures: i64) -> i64 {
    if failures < FREE { 0 } else { (1_000 << (failures - FREE).min(5)).min(MOST_MS) }
}

/// The same sentence whatever was wrong: it tells nobody who has an account.
fn wrong() -> ServiceError {
    ServiceError::SignedOut("The e-mail address or the password is not right.".into())
}

async fn is_known(db: &Db, person_id: &str, address: &str) -> ServiceResult<bool> {
    let now = now_ms();
    let open = sessions::of_person(db, person_id, now, now - IDLE_MS).await?;
    Ok(open.iter().any(|session| session.address == address))
}

/// Refuses an attempt that comes too soon after those that failed.
async fn wait_over(db: &Db, slowed: &str, wait: impl Fn(i64) -> i64) -> ServiceResult<()> {
    let (failures, last_at) = sign_ins::failures(db, slowed).await?;
    let now = now_ms();
    if last_at <= now - FORGOTTEN_MS {
        return Ok(());
    }
    let left = last_at + wait(failures) - now;
    if left <= 0 {
        return Ok(());
    }
    Err(ServiceError::SignedOut(format!("Too many attempts failed. Try again in {} s.", (left + 999) / 1000)))
}

/// Changes one's own password; every other session of oneself ends. `session`: the one that stays.
pub async fn change_password(db: &Db, person: &Person, old: &str, new: &str, session: &str) -> ServiceResult<()> {
    if person.password.is_some() && !password::is_right(old, person.password.as_deref()).await? {
        return Err(ServiceError::Invalid("The present password is not right.".into()));
    }
    password::check(new, &[&person.name, &person.email, "tieout"])?;
    let hash = password::hash(new).await?;
    let mut tx = db.begin().await?;
    people::set_password(&mut tx, &person.id, &hash).await?;
    entrance::withdraw(&mut tx, &person.id).await?;
    sessions::end_all_but(&mut tx, &person.id, session).await?;
    Ok(tx.commit().await?)
}

/// A person's sessions, the one used last first; `this` is the id of the one that asks.
pub async fn sessions(db: &Db, person_id: &str, this: &str) -> ServiceResult<Vec<ListedSession>> {
    let (now, clock) = (now_ms(), LocalTime::of("UTC"));
    let listed = |session: Session| ListedSession {
        began: clock.moment(session.created_at),
        seen: clock.moment(session.seen_at),
        is_this: session.id == this,
        id: session.id,
        address: session.address,
        agent: browser(&session.agent),
    };
    Ok(sessions::of_person(db, person_id, now, now - IDLE_MS).await?.into_iter().map(listed).collect())
}

/// Ends one of a person's sessions.
pub async fn end_session(db: &Db, person_id: &str, id: &str) -> ServiceResult<()> {
    let mut tx = db.begin().await?;
    if !sessions::end_of(&mut tx, person_id, id).await? {
        return Err(ServiceError::NotFound("This session is over already.".into()));
    }
    Ok(tx.commit().await?)
}

/// Ends all of a person's sessions but the one given (empty: all); answers how many.
pub async fn end_others(db: &Db, person_id: &str, but: &str) -> ServiceResult<u64> {
    let mut tx = db.begin().await?;
    let ended = sessions::end_all_but(&mut tx, person_id, but).await?;
    tx.commit().await?;
    Ok(ended)
}
