//! People: who is let in, and by what. The first administrator comes through a link that only whoever starts the server
//! sees; everybody else through one that an administrator made.

mod entrance;
mod forgotten;
mod manage;
mod password;
pub mod second_factor;
mod sign_in;
pub mod tokens;
mod turns;
mod vouched;

pub use entrance::{Kind, choose_password, enter, link_at_start, link_for, look, practice_person, practise, set_up};
pub use forgotten::forgotten;
pub use manage::{Wanted, change, disable, enable, invite, listed, named, one};
pub use sign_in::{IDLE_MS, LONGEST_MS, change_password, end_others, end_session, sessions, sign_in};
pub use vouched::{Voucher, forget_subject, vouched};

use super::error::{ServiceError, ServiceResult};
use crate::server::db::{
    Db, Tx, api_tokens,
    companies::{self, Company},
    entrances, groups, now_ms,
    people::{self, Person},
    sessions as session_rows, sign_ins,
};

/// Characters.
const LONGEST_NAME: usize = 80;
const LONGEST_EMAIL: usize = 254;

/// Name and address as they are kept, or why they cannot be.
fn checked(name: &str, email: &str) -> ServiceResult<(String, String)> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(ServiceError::Invalid(format!("Give a name of at most {LONGEST_NAME} characters.")));
    }
    let email = email.trim();
    let is_address = email.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && email.matches('@').count() == 1
        && email.chars().count() <= LONGEST_EMAIL
        && !email.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';'));
    if !is_address {
        return Err(ServiceError::Invalid("Give an e-mail address such as ada@example.com.".into()));
    }
    Ok((name, email.to_owned()))
}

/// Refuses an address that somebody else has.
async fn refuse_taken(tx: &mut Tx, email: &str, but: Option<&str>) -> ServiceResult<()> {
    match people::by_email(tx, email).await? {
        Some(person) if Some(person.id.as_str()) != but => {
            Err(ServiceError::Refused(format!("{} has this e-mail address already.", person.name)))
        }
        _ => Ok(()),
    }
}

/// The companies of these codes, each once.
async fn companies_of(tx: &mut Tx, codes: &[String]) -> ServiceResult<Vec<Company>> {
    let group = groups::current(&mut *tx).await?;
    let mut named: Vec<Company> = Vec::with_capacity(codes.len());
    for code in codes {
        let found = match &group {
            Some((group_id, _)) => companies::by_code(&mut *tx, group_id, code).await?,
            None => None,
        };
        let company = found.ok_or_else(|| unknown(code))?;
        if !named.iter().any(|other| other.id == company.id) {
            named.push(company);
        }
    }
    Ok(named)
}

fn unknown(code: &str) -> ServiceError {
    ServiceError::Invalid(format!("There is no company with the code “{code}”."))
}

/// Someone who may sign in.
pub async fn active(db: &Db, id: &str) -> ServiceResult<Option<Person>> {
    Ok(people::by_id(db, id).await?.filter(|person| person.disabled_at.is_none()))
}

/// Removes sessions, links, tokens and counted failures whose time is over.
pub async fn tidy(db: &Db) -> ServiceResult<()> {
    let now = now_ms();
    session_rows::remove_over(db, now, now - IDLE_MS).await?;
    entrances::remove_over(db, now).await?;
    api_tokens::remove_over(db, now).await?;
    sign_ins::remove_over(db, now - sign_in::FORGOTTEN_MS).await?;
    Ok(())
}
