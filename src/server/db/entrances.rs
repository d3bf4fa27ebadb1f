//! Links that let somebody in once: to set the installation up, to sign in, to choose a password.

use super::Tx;
use super::query::{On, sql};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Entrance {
    pub id: String,
    pub kind: String,
    pub person_id: Option<String>,
    pub expires_at: i64,
}

pub async fn insert<'a>(on: impl Into<On<'a>>, entrance: &Entrance) -> sqlx::Result<()> {
    sql("INSERT INTO entrances (id, kind, person_id, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(&entrance.id)
        .bind(&entrance.kind)
        .bind(entrance.person_id.clone())
        .bind(entrance.expires_at)
        .execute(on)
        .await?;
    Ok(())
}

pub async fn by_id<'a>(on: impl Into<On<'a>>, id: &str, now: i64) -> sqlx::Result<Option<Entrance>> {
    sql("SELECT id, kind, person_id, expires_at FROM entrances WHERE id = $1 AND expires_at > $2")
        .bind(id)
        .bind(now)
        .optional(on)
        .await
}

/// Takes one away; `false` where somebody else did already, and with it went in.
pub async fn take(tx: &mut Tx, id: &str) -> sqlx::Result<bool> {
    Ok(sql("DELETE FROM entrances WHERE id = $1").bind(id).execute(tx).await? > 0)
}

/// Takes all of a kind away that lead to one person; `None`: those of nobody yet.
pub async fn take_all(tx: &mut Tx, kind: &str, person_id: Option<&str>) -> sqlx::Result<()> {
    match person_id {
        Some(person) => {
            sql("DELETE FROM entrances WHERE kind = $1 AND person_id = $2").bind(kind).bind(person).execute(tx).await?
        }
        None => sql("DELETE FROM entrances WHERE kind = $1 AND person_id IS NULL").bind(kind).execute(tx).await?,
    };
    Ok(())
}

pub async fn remove_over<'a>(on: impl Into<On<'a>>, now: i64) -> sqlx::Result<u64> {
    sql("DELETE FROM entrances WHERE expires_at <= $1").bind(now).execute(on).await
}
