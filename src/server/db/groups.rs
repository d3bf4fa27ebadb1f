//! Property groups: whose companies are looked at together.

use super::query::{On, sql};
use super::{Tx, new_id};
use std::ops::Range;

/// The group the installation works for: the first one made. `None` on an empty database.
pub async fn current<'a>(on: impl Into<On<'a>>) -> sqlx::Result<Option<(String, String)>> {
    sql("SELECT id, name FROM property_groups WHERE archive_of IS NULL ORDER BY created_at, id LIMIT 1").optional(on).await
}

/// Where a group's archived companies are: a group of its own that nobody looks at. `None` while there are none.
pub async fn archive_of<'a>(on: impl Into<On<'a>>, group_id: &str) -> sqlx::Result<Option<String>> {
    let row: Option<(String,)> = sql("SELECT id FROM property_groups WHERE archive_of = $1").bind(group_id).optional(on).await?;
    Ok(row.map(|(id,)| id))
}

/// Whose archive a group is; `None` where it is none.
pub async fn home_of<'a>(on: impl Into<On<'a>>, archive_id: &str) -> sqlx::Result<Option<String>> {
    let row: Option<(Option<String>,)> =
        sql("SELECT archive_of FROM property_groups WHERE id = $1").bind(archive_id).optional(on).await?;
    Ok(row.and_then(|(home,)| home))
}

/// The same as [`archive_of`], made where there is none yet. The caller has locked the group.
pub async fn make_archive(tx: &mut Tx, group_id: &str, now: i64) -> sqlx::Result<String> {
    if let Some(id) = archive_of(&mut *tx, group_id).await? {
        return Ok(id);
    }
    let id = new_id();
    sql("INSERT INTO property_groups (id, name, created_at, archive_of) VALUES ($1, 'Archive', $2, $3)")
        .bind(&id)
        .bind(now)
        .bind(group_id)
        .execute(tx)
        .await?;
    Ok(id)
}

pub async fn insert(tx: &mut Tx, name: &str, now: i64) -> sqlx::Result<String> {
    let id = new_id();
    sql("INSERT INTO property_groups (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(&id)
        .bind(name)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(id)
}

pub async fn rename(tx: &mut Tx, id: &str, name: &str) -> sqlx::Result<()> {
    sql("UPDATE property_groups SET name = $2 WHERE id = $1").bind(id).bind(name).execute(tx).await?;
    Ok(())
}

/// The live pages' cursor: everything committed up to now is at or below it.
pub async fn change_seq<'a>(on: impl Into<On<'a>>, group_id: &str) -> sqlx::Result<i64> {
    let (seq,): (i64,) = sql("SELECT change_seq FROM property_groups WHERE id = $1").bind(group_id).one(on).await?;
    Ok(seq)
}

/// Takes the next number of the change feed. The group's row stays locked until the commit, so numbers become
/// visible in their order and no reader's cursor can pass one that is still to come: keep it late in a transaction.
pub async fn next_change(tx: &mut Tx, group_id: &str) -> sqlx::Result<i64> {
    Ok(next_changes(tx, group_id, 1).await?.start)
}

/// Takes as many numbers as companies change: each needs one of its own, for an answer that holds only some of
/// them ends at a number, and what shares it with the last would be passed over.
pub async fn next_changes(tx: &mut Tx, group_id: &str, count: usize) -> sqlx::Result<Range<i64>> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let (last,): (i64,) = sql("UPDATE property_groups SET change_seq = change_seq + $2 WHERE id = $1 RETURNING change_seq")
        .bind(group_id)
        .bind(count)
        .returning(tx)
        .await?
        .ok_or(sqlx::Error::RowNotFound)?;
    Ok(last + 1 - count..last + 1)
}
