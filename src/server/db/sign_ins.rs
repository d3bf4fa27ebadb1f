//! Sign-ins that failed: how many in a row, and when last, by account and by address. Whatever else anybody may ask for
//! but not all the time is counted here too.

use super::query::{On, sql};

/// How many failed in a row, and when the last did.
pub async fn failures<'a>(on: impl Into<On<'a>>, slowed: &str) -> sqlx::Result<(i64, i64)> {
    let row: Option<(i64, i64)> =
        sql("SELECT failures, last_at FROM failed_sign_ins WHERE slowed = $1").bind(slowed).optional(on).await?;
    Ok(row.unwrap_or_default())
}

/// Counts one more; those before `forgotten` do not count any more.
pub async fn failed<'a>(on: impl Into<On<'a>>, slowed: &str, now: i64, forgotten: i64) -> sqlx::Result<()> {
    sql("INSERT INTO failed_sign_ins (slowed, failures, last_at) VALUES ($1, 1, $2)
        ON CONFLICT (slowed) DO UPDATE SET last_at = excluded.last_at,
            failures = CASE WHEN failed_sign_ins.last_at <= $3 THEN 1 ELSE failed_sign_ins.failures + 1 END")
    .bind(slowed)
    .bind(now)
    .bind(forgotten)
    .execute(on)
    .await?;
    Ok(())
}

/// Counts one more, unless there were `most` and the last of them not before `forgotten`; answers whether it did. One that
/// is not counted postpones nothing: whoever goes on asking keeps nobody else waiting.
pub async fn counted<'a>(on: impl Into<On<'a>>, slowed: &str, most: i64, now: i64, forgotten: i64) -> sqlx::Result<bool> {
    let changed = sql("INSERT INTO failed_sign_ins (slowed, failures, last_at) VALUES ($1, 1, $2)
        ON CONFLICT (slowed) DO UPDATE SET last_at = excluded.last_at,
            failures = CASE WHEN failed_sign_ins.last_at <= $3 THEN 1 ELSE failed_sign_ins.failures + 1 END
        WHERE failed_sign_ins.last_at <= $3 OR failed_sign_ins.failures < $4")
    .bind(slowed)
    .bind(now)
    .bind(forgotten)
    .bind(most)
    .execute(on)
    .await?;
    Ok(changed > 0)
}

/// Counts the last one as none after all.
pub async fn take_back<'a>(on: impl Into<On<'a>>, slowed: &str) -> sqlx::Result<()> {
    sql("UPDATE failed_sign_ins SET failures = failures - 1 WHERE slowed = $1").bind(slowed).execute(on).await?;
    Ok(())
}

pub async fn forget<'a>(on: impl Into<On<'a>>, slowed: &str) -> sqlx::Result<()> {
    sql("DELETE FROM failed_sign_ins WHERE slowed = $1").bind(slowed).execute(on).await?;
    Ok(())
}

pub async fn remove_over<'a>(on: impl Into<On<'a>>, forgotten: i64) -> sqlx::Result<u64> {
    sql("DELETE FROM failed_sign_ins WHERE last_at <= $1").bind(forgotten).execute(on).await
}
