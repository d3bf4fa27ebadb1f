//! Who people are at the service they sign in through.

use super::Tx;
use super::query::{On, sql};

/// What a service calls a person; `None`: that person never signed in through it.
pub async fn of_person<'a>(on: impl Into<On<'a>>, person_id: &str, issuer: &str) -> sqlx::Result<Option<String>> {
    let found: Option<(String,)> = sql("SELECT subject FROM person_subjects WHERE person_id = $1 AND issuer = $2")
        .bind(person_id)
        .bind(issuer)
        .optional(on)
        .await?;
    Ok(found.map(|(subject,)| subject))
}

/// Notes what a service calls a person; `false` where that is somebody else here, or the person somebody else there.
pub async fn put(tx: &mut Tx, person_id: &str, issuer: &str, subject: &str, now: i64) -> sqlx::Result<bool> {
    let put = sql("INSERT INTO person_subjects (person_id, issuer, subject, linked_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING")
    .bind(person_id)
    .bind(issuer)
    .bind(subject)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(put > 0)
}

/// Forgets a person's accounts at all services; whether there was one.
pub async fn remove(tx: &mut Tx, person_id: &str) -> sqlx::Result<bool> {
    let removed = sql("DELETE FROM person_subjects WHERE person_id = $1").bind(person_id).execute(tx).await?;
    Ok(removed > 0)
}
