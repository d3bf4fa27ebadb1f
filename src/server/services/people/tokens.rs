//! API tokens: what a person hands to a program, so that it acts for them. It may and sees what was chosen for it, and never
//! more than the person does at the time.

use crate::{
    domain::person::{ListedToken, Role},
    server::{
        db::{
            Db, Tx,
            api_tokens::{self, ApiToken},
            new_id, now_ms,
            people::Person,
            sees::{Choice, Sees},
        },
        services::{
            error::{ServiceError, ServiceResult},
            local_time::LocalTime,
        },
        token,
    },
};

/// What each begins with, so that people and scanners know one when they see it.
const MARK: &str = "tieout_";

/// Characters.
const LONGEST_NAME: usize = 60;
const MOST_DAYS: i64 = 366;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Of one person.
const MOST_TOKENS: usize = 50;
const MOST_CHOSEN: usize = 1_000;

/// Use is noted at most so often.
const NOTED_EVERY_MS: i64 = 60_000;

/// A token as it is asked for.
#[derive(Clone, Debug)]
pub struct WantedToken {
    pub name: String,
    pub role: Role,
    /// Codes of the companies it may see; empty: whatever its person sees.
    pub companies: Vec<String>,
    pub days: i64,
}

/// Makes a token; answers what its program is to hold, which nobody can read again.
pub async fn make(db: &Db, person: &Person, sees: &Sees, wanted: &WantedToken) -> ServiceResult<String> {
    let invalid = |sentence: String| Err(ServiceError::Invalid(sentence));
    let name = wanted.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return invalid(format!("Give the token a name of at most {LONGEST_NAME} characters, such as the program's."));
    }
    if !(1..=MOST_DAYS).contains(&wanted.days) {
        return invalid(format!("A token is good for 1 to {MOST_DAYS} days."));
    }
    if wanted.role > person.role() {
        return invalid(format!("You are {} yourself: a token may not do more.", person.role().label().to_lowercase()));
    }
    if wanted.companies.len() > MOST_CHOSEN {
        return invalid(format!("Choose at most {MOST_CHOSEN} companies, or all you see."));
    }
    let (held, now) = (format!("{MARK}{}", token::new()?), now_ms());
    let token = ApiToken {
        id: new_id(),
        person_id: person.id.clone(),
        name,
        role: wanted.role.as_str().into(),
        sees_all: i64::from(wanted.companies.is_empty()),
        created_at: now,
        expires_at: now + wanted.days * DAY_MS,
        used_at: None,
        used_from: String::new(),
    };
    let mut tx = db.begin().await?;
    if api_tokens::of_person(&mut tx, &person.id, now).await?.len() >= MOST_TOKENS {
        return Err(ServiceError::Refused(format!("You have {MOST_TOKENS} tokens already: take one back first.")));
    }
    api_tokens::insert(&mut tx, &token, &token::hash(&held)).await?;
    let chosen = chosen(&mut tx, sees, &wanted.companies).await?;
    Choice::Token(token.id).put(&mut tx, &chosen).await?;
    tx.commit().await?;
    Ok(held)
}

/// Ids of the companies of these codes, of those that are seen.
async fn chosen(tx: &mut Tx, sees: &Sees, codes: &[String]) -> ServiceResult<Vec<String>> {
    let companies = super::companies_of(tx, codes).await?;
    for company in &companies {
        if !sees.includes(&mut *tx, &company.id).await? {
            return Err(super::unknown(&company.code));
        }
    }
    Ok(companies.into_iter().map(|company| company.id).collect())
}

/// The token a program holds, where its time is not over.
pub async fn find(db: &Db, held: &str, from: &str) -> ServiceResult<Option<ApiToken>> {
    let now = now_ms();
    let Some(token) = api_tokens::live(db, &token::hash(held), now).await? else { return Ok(None) };
    if token.used_at.is_none_or(|at| at < now - NOTED_EVERY_MS) || token.used_from != from {
        api_tokens::touch(db, &token.id, now, from).await?;
    }
    Ok(Some(token))
}

/// A person's tokens, the newest first.
pub async fn listed(db: &Db, person: &Person) -> ServiceResult<Vec<ListedToken>> {
    let clock = LocalTime::of("UTC");
    let mut rows = Vec::new();
    for token in api_tokens::of_person(db, &person.id, now_ms()).await? {
        let companies = if token.sees_all == 1 { Vec::new() } else { Choice::Token(token.id.clone()).codes(db).await? };
        rows.push(ListedToken {
            role: token.role().min(person.role()),
            sees_all: token.sees_all == 1,
            companies,
            expires: clock.moment(token.expires_at),
            used: token.used_at.map(|at| clock.moment(at)),
            used_from: token.used_from,
            id: token.id,
            name: token.name,
        });
    }
    Ok(rows)
}

/// Takes a token of a person back: it opens nothing from its next use on.
pub async fn take_back(db: &Db, person_id: &str, id: &str) -> ServiceResult<()> {
    let mut tx = db.begin().await?;
    if !api_tokens::remove(&mut tx, person_id, id).await? {
        return Err(ServiceError::NotFound("This token is gone already.".into()));
    }
    Ok(tx.commit().await?)
}
