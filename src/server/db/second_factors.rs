//! Second factors: what a person's device makes codes from, and the codes for when the device is lost. The secret itself is
//! sealed and opened by [`super::secrets`].

use super::query::{On, placeholders, sql};
use super::{Tx, secrets::Sealed};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct SecondFactor {
    pub person_id: String,
    /// `None`: no code of it was seen yet.
    pub confirmed_at: Option<i64>,
    pub last_step: i64,
}

pub async fn of_person<'a>(on: impl Into<On<'a>>, person_id: &str) -> sqlx::Result<Option<SecondFactor>> {
    sql("SELECT person_id, confirmed_at, last_step FROM second_factors WHERE person_id = $1").bind(person_id).optional(on).await
}

/// Keeps a new one, not confirmed yet, in place of one that was not either.
pub async fn put(tx: &mut Tx, person_id: &str, secret: &Sealed) -> sqlx::Result<()> {
    sql("INSERT INTO second_factors (person_id, secret, key_id, last_step) VALUES ($1, $2, $3, 0)
        ON CONFLICT (person_id) DO UPDATE SET secret = excluded.secret, key_id = excluded.key_id, last_step = 0
        WHERE second_factors.confirmed_at IS NULL")
    .bind(person_id)
    .bind(&secret.text)
    .bind(&secret.key_id)
    .execute(tx)
    .await?;
    Ok(())
}

/// Uses the code of a half minute up; `false` where that one or a later one was used already.
pub async fn use_step(tx: &mut Tx, person_id: &str, step: i64) -> sqlx::Result<bool> {
    let used = sql("UPDATE second_factors SET last_step = $2 WHERE person_id = $1 AND last_step < $2")
        .bind(person_id)
        .bind(step)
        .execute(tx)
        .await?;
    Ok(used > 0)
}

/// Asks for it from now on, and keeps the hashes of its recovery codes in place of earlier ones.
pub async fn confirm(tx: &mut Tx, person_id: &str, now: i64, codes: &[String]) -> sqlx::Result<()> {
    sql("UPDATE second_factors SET confirmed_at = $2 WHERE person_id = $1").bind(person_id).bind(now).execute(&mut *tx).await?;
    sql("DELETE FROM recovery_codes WHERE person_id = $1").bind(person_id).execute(&mut *tx).await?;
    let rows: Vec<String> = (0..codes.len()).map(|place| format!("({})", placeholders(place * 2 + 1, 2))).collect();
    let values = codes.iter().flat_map(|code| [code.as_str(), person_id]);
    sql(format!("INSERT INTO recovery_codes (id, person_id) VALUES {}", rows.join(", "))).bind_all(values).execute(tx).await?;
    Ok(())
}

/// Uses a recovery code up; `false` where there is none of that hash.
pub async fn use_recovery_code(tx: &mut Tx, person_id: &str, hash: &str) -> sqlx::Result<bool> {
    let used = sql("DELETE FROM recovery_codes WHERE id = $1 AND person_id = $2").bind(hash).bind(person_id).execute(tx).await?;
    Ok(used > 0)
}

pub async fn recovery_codes_left<'a>(on: impl Into<On<'a>>, person_id: &str) -> sqlx::Result<i64> {
    let (n,): (i64,) = sql("SELECT COUNT(*) FROM recovery_codes WHERE person_id = $1").bind(person_id).one(on).await?;
    Ok(n)
}

pub async fn remove(tx: &mut Tx, person_id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM recovery_codes WHERE person_id = $1").bind(person_id).execute(&mut *tx).await?;
    sql("DELETE FROM second_factors WHERE person_id = $1").bind(person_id).execute(tx).await?;
    Ok(())
}

/// Removes those that a lost key sealed; answers how many.
pub async fn remove_of_key(tx: &mut Tx, key_id: &str) -> sqlx::Result<u64> {
    let of_key = "SELECT person_id FROM second_factors WHERE key_id = $1";
    sql(format!("DELETE FROM recovery_codes WHERE person_id IN ({of_key})")).bind(key_id).execute(&mut *tx).await?;
    sql("DELETE FROM second_factors WHERE key_id = $1").bind(key_id).execute(tx).await
}
