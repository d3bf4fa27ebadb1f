//! Whoever asks: the one way from a request to the database. A page, a server function or a route says what role it is
//! for, and names the company it is about; only then it is given anything to read or change.

use super::{
    db::{
        Db,
        api_tokens::ApiToken,
        companies::{self, Company},
        groups,
        people::Person,
        sees::{Choice, Sees},
    },
    services::error::{ServiceError, ServiceResult},
};
use crate::domain::person::Role;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use std::sync::{Arc, Mutex, PoisonError};

/// Codes are short; a longer text names nothing.
const LONGEST_CODE: usize = 40;

/// By what somebody is known.
#[derive(Clone, Debug)]
pub enum By {
    /// The session's id as it is kept: a hash.
    Session(String),
    Token(ApiToken),
}

/// A person who is signed in, or a program that acts for one, with what the request under way may reach.
#[derive(Clone)]
pub struct Viewer {
    person: Arc<Person>,
    by: Arc<By>,
    db: Db,
    trail: Trail,
}

impl Viewer {
    pub fn new(person: Person, by: By, db: Db, trail: Trail) -> Viewer {
        Viewer { person: Arc::new(person), by: Arc::new(by), db, trail }
    }

    pub fn person(&self) -> &Person {
        &self.person
    }

    /// For what a person does to their own account: no program does it for them.
    pub fn in_person(&self) -> ServiceResult<(&Db, &Person, &str)> {
        match &*self.by {
            By::Session(id) => Ok((&self.db, &self.person, id)),
            By::Token(_) => Err(ServiceError::Forbidden("No token may do this: sign in and do it on the page.".into())),
        }
    }

    pub fn role(&self) -> Role {
        match &*self.by {
            By::Session(_) => self.person.role(),
            By::Token(token) => token.role().min(self.person.role()),
        }
    }

    /// Who it is, for the audit log.
    pub fn described(&self) -> String {
        let Person { name, email, .. } = &*self.person;
        match &*self.by {
            By::Session(_) => format!("{name} <{email}>"),
            By::Token(token) => format!("{name} <{email}> by the token “{}”", token.name),
        }
    }

    /// The name that runs, versions and notes are recorded under.
    pub fn name(&self) -> &str {
        &self.person.name
    }

    pub fn sees(&self) -> Sees {
        match &*self.by {
            By::Token(token) if token.sees_all == 0 => Sees::Chosen(Choice::Token(token.id.clone())),
            _ if self.person.sees_all == 1 => Sees::Everything,
            _ => Sees::of_person(&self.person.id),
        }
    }

    /// Refuses whoever has a lesser role.
    pub fn may(&self, least: Role) -> ServiceResult<&Db> {
        let role = self.role();
        if role >= least {
            return Ok(&self.db);
        }
        Err(ServiceError::Forbidden(format!(
            "This is for {}s; you are signed in as {} ({}). Ask an administrator for the role, or a colleague who has it.",
            least.label().to_lowercase(),
            self.person.name,
            role.label().to_lowercase(),
        )))
    }

    /// The same for what concerns the group as a whole: whoever sees only some companies may not.
    pub fn may_for_all(&self, least: Role) -> ServiceResult<&Db> {
        let db = self.may(least)?;
        match self.sees() {
            Sees::Everything => Ok(db),
            Sees::Chosen(_) => Err(ServiceError::Forbidden(
                "This concerns every company of the group, and you see some of them only. Ask somebody who sees all.".into(),
            )),
        }
    }

    /// The company of a code, where the role allows what is asked for. What is not for this person's eyes does not exist.
    pub async fn company(&self, least: Role, code: &str) -> ServiceResult<(&Db, Company)> {
        let (db, company) = self.any_company(least, code).await?;
        if company.archived_at.is_some() {
            return Err(ServiceError::NotFound(format!("{} is archived. Restore it in Settings to see it.", company.name)));
        }
        Ok((db, company))
    }

    /// The same of a company that may be archived.
    pub async fn any_company(&self, least: Role, code: &str) -> ServiceResult<(&Db, Company)> {
        let company = self.find(code).await?;
        self.trail.about(&company);
        Ok((self.may(least)?, company))
    }

    async fn find(&self, code: &str) -> ServiceResult<Company> {
        let shown: String = code.chars().take(LONGEST_CODE).collect();
        let missing = || ServiceError::NotFound(format!("There is no company {shown}."));
        let db = &self.db;
        let (group_id, _) = groups::current(db).await?.ok_or_else(missing)?;
        let company = match companies::by_code(db, &group_id, &shown).await? {
            Some(company) => company,
            None => {
                let archive = groups::archive_of(db, &group_id).await?.ok_or_else(missing)?;
                companies::by_code(db, &archive, &shown).await?.ok_or_else(missing)?
            }
        };
        if self.sees().includes(db, &company.id).await? { Ok(company) } else { Err(missing()) }
    }
}

/// For routes that are no server function: whoever got past [`super::http`]'s door is there.
impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Viewer, StatusCode> {
        parts.extensions.get::<Viewer>().cloned().ok_or(StatusCode::UNAUTHORIZED)
    }
}

/// What a request did, for the audit log: written down while it is answered, and kept when it is.
#[derive(Clone, Default)]
pub struct Trail(Arc<Mutex<Steps>>);

#[derive(Clone, Default)]
pub struct Steps {
    /// Who was let in by this request; whoever sent it is known otherwise.
    pub person: Option<(String, String)>,
    pub company: Option<(String, String)>,
    pub detail: String,
    /// Why it was not done.
    pub refused: Option<String>,
}

impl Trail {
    fn change(&self, change: impl FnOnce(&mut Steps)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn about(&self, company: &Company) {
        self.change(|steps| steps.company = Some((company.id.clone(), company.code.clone())));
    }

    pub fn by(&self, person: &Person) {
        self.change(|steps| steps.person = Some((person.id.clone(), format!("{} <{}>", person.name, person.email))));
    }

    pub fn says(&self, detail: &str) {
        self.change(|steps| steps.detail = detail.to_owned());
    }

    pub fn refused(&self, why: &str) {
        self.change(|steps| steps.refused = Some(why.to_owned()));
    }

    pub fn steps(&self) -> Steps {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
