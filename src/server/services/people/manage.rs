//! Looking after people: inviting them, what each may do and see, and who may no longer sign in.

use super::{Kind, entrance};
use crate::{
    domain::person::{ListedPerson, Role},
    server::{
        db::{
            Db, Tx, api_tokens, now_ms,
            people::{self, NewPerson, Person},
            sees::Choice,
            sessions,
        },
        services::{
            error::{ServiceError, ServiceResult},
            local_time::LocalTime,
        },
    },
};

/// Companies that can be chosen for one person.
const MOST_CHOSEN: usize = 5_000;

/// A person as they are asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub name: String,
    pub email: String,
    pub role: Role,
    /// Codes of the companies they may see; `None`: all there are.
    pub companies: Option<Vec<String>>,
}

/// Everybody, by name; `me` is who asks.
pub async fn listed(db: &Db, me: &str) -> ServiceResult<Vec<ListedPerson>> {
    let mut codes = people::all_chosen_codes(db).await?;
    let rows = people::overview(db, None).await?;
    Ok(rows.into_iter().map(|row| shown(codes.remove(&row.person.id).unwrap_or_default(), row, me)).collect())
}

/// One of them.
pub async fn one(db: &Db, id: &str, me: &str) -> ServiceResult<ListedPerson> {
    let row = people::overview(db, Some(id)).await?.pop().ok_or_else(gone)?;
    Ok(shown(Choice::Person(id.into()).codes(db).await?, row, me))
}

fn shown(companies: Vec<String>, row: people::Overview, me: &str) -> ListedPerson {
    let clock = LocalTime::of("UTC");
    let people::Overview { person, seen_at, second_factors, subjects } = row;
    ListedPerson {
        role: person.role(),
        sees_all: person.sees_all == 1,
        companies,
        joined: person.password.is_some(),
        second_factor: second_factors > 0,
        linked: subjects > 0,
        disabled: person.disabled_at.map(|at| clock.moment(at)),
        seen: seen_at.map(|at| clock.moment(at)),
        is_me: person.id == me,
        id: person.id,
        name: person.name,
        email: person.email,
    }
}

/// Somebody, by id or by e-mail address.
pub async fn named(db: &Db, id_or_email: &str) -> ServiceResult<Person> {
    if let Some(person) = people::by_id(db, id_or_email).await? {
        return Ok(person);
    }
    let missing = || ServiceError::NotFound(format!("There is nobody with the e-mail address “{}”.", id_or_email.trim()));
    people::by_email(db, id_or_email).await?.ok_or_else(missing)
}

/// Adds a person; answers the link through which they choose a password, without the server's address.
pub async fn invite(db: &Db, wanted: &Wanted) -> ServiceResult<String> {
    let (name, email) = super::checked(&wanted.name, &wanted.email)?;
    let mut tx = db.begin().await?;
    super::refuse_taken(&mut tx, &email, None).await?;
    let new = NewPerson { name: &name, email: &email, role: wanted.role, sees_all: wanted.companies.is_none() };
    let id = people::insert(&mut tx, &new, now_ms()).await?;
    choose(&mut tx, &id, wanted).await?;
    let person = people::by_id(&mut tx, &id).await?;
    tx.commit().await?;
    let person = person.ok_or_else(|| anyhow::anyhow!("a person just added is not there"))?;
    entrance::link_for(db, &person, Kind::Password).await
}

/// Changes what a person is called, may do and may see. It holds from their next request on.
pub async fn change(db: &Db, id: &str, wanted: &Wanted) -> ServiceResult<()> {
    let (name, email) = super::checked(&wanted.name, &wanted.email)?;
    let mut tx = db.begin().await?;
    let person = people::by_id(&mut tx, id).await?.ok_or_else(gone)?;
    super::refuse_taken(&mut tx, &email, Some(id)).await?;
    if wanted.role != Role::Administrator || wanted.companies.is_some() {
        keep_an_administrator(&mut tx, &person).await?;
    }
    let to = NewPerson { name: &name, email: &email, role: wanted.role, sees_all: wanted.companies.is_none() };
    people::change(&mut tx, id, &to).await?;
    if people::email_key(&email) != people::email_key(&person.email) {
        // They went to the address it was, and whoever reads what arrives there.
        entrance::withdraw(&mut tx, id).await?;
    }
    choose(&mut tx, id, wanted).await?;
    Ok(tx.commit().await?)
}

/// Signs a person out everywhere, and lets them in no more.
pub async fn disable(db: &Db, id: &str) -> ServiceResult<Person> {
    let mut tx = db.begin().await?;
    let person = people::by_id(&mut tx, id).await?.ok_or_else(gone)?;
    keep_an_administrator(&mut tx, &person).await?;
    people::set_disabled(&mut tx, id, Some(now_ms())).await?;
    sessions::end_all_but(&mut tx, id, "").await?;
    tx.commit().await?;
    Ok(person)
}

/// Lets a person in again.
pub async fn enable(db: &Db, id: &str) -> ServiceResult<Person> {
    let mut tx = db.begin().await?;
    let person = people::by_id(&mut tx, id).await?.ok_or_else(gone)?;
    people::set_disabled(&mut tx, id, None).await?;
    tx.commit().await?;
    Ok(person)
}

fn gone() -> ServiceError {
    ServiceError::NotFound("There is no such person.".into())
}

/// Somebody must be left who can look after people when this person is not.
async fn keep_an_administrator(tx: &mut Tx, person: &Person) -> ServiceResult<()> {
    if person.role() == Role::Administrator && people::other_administrators(tx, &person.id).await? == 0 {
        return Err(ServiceError::Refused(
            "This is the only administrator of all companies: make somebody else one first.".into(),
        ));
    }
    Ok(())
}

async fn choose(tx: &mut Tx, id: &str, wanted: &Wanted) -> ServiceResult<()> {
    let Some(codes) = &wanted.companies else {
        return Ok(Choice::Person(id.into()).put(tx, &[]).await?);
    };
    if wanted.role == Role::Administrator {
        return Err(ServiceError::Invalid("An administrator sees all companies: choose another role, or all companies.".into()));
    }
    if codes.is_empty() {
        return Err(ServiceError::Invalid("Name at least one company, or choose all of them.".into()));
    }
    if codes.len() > MOST_CHOSEN {
        return Err(ServiceError::Invalid(format!("Choose at most {MOST_CHOSEN} companies, or all of them.")));
    }
    let ids: Vec<String> = super::companies_of(tx, codes).await?.into_iter().map(|company| company.id).collect();
    Choice::Person(id.into()).put(tx, &ids).await?;
    Ok(api_tokens::narrow(tx, id).await?)
}
