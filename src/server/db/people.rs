//! People, and the companies each of them may see.

use super::query::{On, sql};
use super::{Tx, new_id};
use crate::domain::person::Role;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub email: String,
    pub role: String,
    pub sees_all: i64,
    /// A PHC string; `None` until one is chosen.
    pub password: Option<String>,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

const COLUMNS: &str = "id, name, email, role, sees_all, password, created_at, disabled_at";

impl Person {
    /// A word this version does not know allows the least.
    pub fn role(&self) -> Role {
        Role::parse(&self.role).unwrap_or(Role::Viewer)
    }
}

pub struct NewPerson<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub role: Role,
    pub sees_all: bool,
}

/// By which an e-mail address is found: people write it in capitals or not.
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

pub async fn insert(tx: &mut Tx, new: &NewPerson<'_>, now: i64) -> sqlx::Result<String> {
    let id = new_id();
    sql("INSERT INTO people (id, name, email, email_key, role, sees_all, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(&id)
        .bind(new.name)
        .bind(new.email)
        .bind(email_key(new.email))
        .bind(new.role.as_str())
        .bind(new.sees_all)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(id)
}

pub async fn by_id<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<Option<Person>> {
    sql(format!("SELECT {COLUMNS} FROM people WHERE id = $1")).bind(id).optional(on).await
}

pub async fn by_email<'a>(on: impl Into<On<'a>>, email: &str) -> sqlx::Result<Option<Person>> {
    sql(format!("SELECT {COLUMNS} FROM people WHERE email_key = $1")).bind(email_key(email)).optional(on).await
}

/// Everybody, by name.
pub async fn all<'a>(on: impl Into<On<'a>>) -> sqlx::Result<Vec<Person>> {
    sql(format!("SELECT {COLUMNS} FROM people ORDER BY name, email_key")).all(on).await
}

/// A person with what is known of their coming and going.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Overview {
    #[sqlx(flatten)]
    pub person: Person,
    /// When they last did something in a session that is still kept.
    pub seen_at: Option<i64>,
    /// Second factors that are asked for: one or none.
    pub second_factors: i64,
    /// Services they signed in through.
    pub subjects: i64,
}

/// Everybody, by name, or the one of an id.
pub async fn overview<'a>(on: impl Into<On<'a>>, id: Option<&str>) -> sqlx::Result<Vec<Overview>> {
    let one = if id.is_some() { "WHERE id = $1" } else { "" };
    let query = sql(format!(
        "SELECT {COLUMNS}, (SELECT MAX(seen_at) FROM sessions s WHERE s.person_id = people.id) AS seen_at,
            (SELECT COUNT(*) FROM second_factors f WHERE f.person_id = people.id AND f.confirmed_at IS NOT NULL) AS second_factors,
            (SELECT COUNT(*) FROM person_subjects v WHERE v.person_id = people.id) AS subjects
        FROM people {one} ORDER BY name, email_key"
    ));
    match id {
        Some(id) => query.bind(id).all(on).await,
        None => query.all(on).await,
    }
}

/// Whether there is anybody at all.
pub async fn any<'a>(on: impl Into<On<'a>>) -> sqlx::Result<bool> {
    let found: Option<(String,)> = sql("SELECT id FROM people LIMIT 1").optional(on).await?;
    Ok(found.is_some())
}

/// Administrators who may sign in, other than this one.
pub async fn other_administrators(tx: &mut Tx, id: &str) -> sqlx::Result<i64> {
    let (n,): (i64,) =
        sql("SELECT COUNT(*) FROM people WHERE role = 'administrator' AND sees_all = 1 AND disabled_at IS NULL AND id <> $1")
            .bind(id)
            .one(tx)
            .await?;
    Ok(n)
}

pub async fn change(tx: &mut Tx, id: &str, to: &NewPerson<'_>) -> sqlx::Result<()> {
    sql("UPDATE people SET name = $2, email = $3, email_key = $4, role = $5, sees_all = $6 WHERE id = $1")
        .bind(id)
        .bind(to.name)
        .bind(to.email)
        .bind(email_key(to.email))
        .bind(to.role.as_str())
        .bind(to.sees_all)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn set_password(tx: &mut Tx, id: &str, hash: &str) -> sqlx::Result<()> {
    sql("UPDATE people SET password = $2 WHERE id = $1").bind(id).bind(hash).execute(tx).await?;
    Ok(())
}

/// `at`: since when the person may not sign in; `None`: may again.
pub async fn set_disabled(tx: &mut Tx, id: &str, at: Option<i64>) -> sqlx::Result<()> {
    sql("UPDATE people SET disabled_at = $2 WHERE id = $1").bind(id).bind(at).execute(tx).await?;
    Ok(())
}

/// Codes of the companies chosen for each of those who see chosen companies only, in their order, by the person's id.
pub async fn all_chosen_codes<'a>(on: impl Into<On<'a>>) -> sqlx::Result<BTreeMap<String, Vec<String>>> {
    let rows: Vec<(String, String)> =
        sql("SELECT p.person_id, c.code FROM person_companies p JOIN companies c ON c.id = p.company_id ORDER BY c.code")
            .all(on)
            .await?;
    let mut codes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (person, code) in rows {
        codes.entry(person).or_default().push(code);
    }
    Ok(codes)
}
