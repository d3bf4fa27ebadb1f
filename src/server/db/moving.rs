//! How far moving into another database has got, kept in that database: a table that is there only meanwhile. It goes on in
//! the transaction that stores the rows, so whatever is killed, what is noted is what is there.

use super::query::{On, Value, sql};
use super::{Db, Tx, backup::Table};
use anyhow::Context;
use serde_json::Value as Json;

/// Where the moved rows come from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Source {
    /// Tells one installation from another: the id of its group; empty where there is none yet.
    pub installation: String,
    /// Differs once anything was stored in it.
    pub state: String,
}

/// The row that names the source; the others are named after their tables.
const SOURCE: &str = "";

/// Whether rows are being moved into it, or were when that was cut short.
pub async fn is_under_way<'a>(on: impl Into<On<'a>>) -> sqlx::Result<bool> {
    let on = on.into();
    let text = match on.is_postgres() {
        true => "SELECT CAST(count(*) AS BIGINT) FROM pg_class WHERE oid = to_regclass('moving_in')",
        false => "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'moving_in'",
    };
    let (tables,): (i64,) = sql(text).one(on).await?;
    Ok(tables > 0)
}

/// What a SQLite database that nobody else has open holds: its file, after what the log beside it held has moved into it.
pub async fn source(alone: &Db) -> anyhow::Result<Source> {
    let _: Vec<(i64, i64, i64)> = sql("PRAGMA wal_checkpoint(TRUNCATE)").all(alone).await?;
    let (file,): (String,) = sql("SELECT file FROM pragma_database_list WHERE name = 'main'").one(alone).await?;
    let group: Option<(String,)> = sql("SELECT id FROM property_groups ORDER BY id LIMIT 1").optional(alone).await?;
    let about = std::fs::metadata(&file).with_context(|| format!("{file} cannot be looked at"))?;
    let changed = about.modified()?.duration_since(std::time::UNIX_EPOCH)?;
    Ok(Source {
        installation: group.map(|(id,)| id).unwrap_or_default(),
        state: format!("{} bytes, changed at {} ns", about.len(), changed.as_nanos()),
    })
}

/// Begins: nothing was moved yet.
pub async fn begin(tx: &mut Tx, source: &Source) -> anyhow::Result<()> {
    sql("CREATE TABLE moving_in (name TEXT PRIMARY KEY, moved BIGINT NOT NULL, last_key TEXT NOT NULL)")
        .execute(&mut *tx)
        .await?;
    let text = serde_json::to_string(source)?;
    sql("INSERT INTO moving_in (name, moved, last_key) VALUES ($1, 0, $2)").bind(SOURCE).bind(text).execute(tx).await?;
    Ok(())
}

/// Where the rows come from that are there.
pub async fn begun_from(tx: &mut Tx) -> anyhow::Result<Source> {
    let lock = tx.for_update();
    let text = format!("SELECT last_key FROM moving_in WHERE name = $1{lock}");
    let (text,): (String,) = sql(text).bind(SOURCE).one(tx).await?;
    Ok(serde_json::from_str(&text)?)
}

/// Forgets all that was moved, in the transaction that takes it out.
pub async fn begin_anew(tx: &mut Tx, source: &Source) -> anyhow::Result<()> {
    sql("DROP TABLE moving_in").execute(&mut *tx).await?;
    begin(tx, source).await
}

/// How many rows of a table are there, and the key of the last.
pub async fn got_to(db: &Db, table: &Table) -> anyhow::Result<(u64, Vec<Value>)> {
    let row: Option<(i64, String)> =
        sql("SELECT moved, last_key FROM moving_in WHERE name = $1").bind(&table.name).optional(db).await?;
    let Some((moved, key)) = row else { return Ok((0, Vec::new())) };
    let key: Vec<Json> = serde_json::from_str(&key)?;
    let value = |part: Json| match part {
        Json::String(text) => Ok(Value::from(text)),
        Json::Number(number) => Ok(Value::Int(number.as_i64())),
        other => anyhow::bail!("{other} is no key of {}", table.name),
    };
    Ok((moved.unsigned_abs(), key.into_iter().map(value).collect::<anyhow::Result<_>>()?))
}

/// Notes that a table has got to a key. `false`: the rows that are there come from elsewhere by now.
pub async fn note(tx: &mut Tx, source: &Source, table: &Table, moved: u64, last_key: &[Value]) -> anyhow::Result<bool> {
    // Whoever begins anew holds this row until their commit.
    if begun_from(tx).await? != *source {
        return Ok(false);
    }
    let key: Vec<Json> = last_key
        .iter()
        .map(|part| match part {
            Value::Text(text) => Json::from(text.clone()),
            Value::Int(number) => Json::from(*number),
        })
        .collect();
    sql("INSERT INTO moving_in (name, moved, last_key) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET moved = excluded.moved, last_key = excluded.last_key")
    .bind(&table.name)
    .bind(i64::try_from(moved)?)
    .bind(serde_json::to_string(&key)?)
    .execute(tx)
    .await?;
    Ok(true)
}

/// It has come to its end: from now on the database is like any other. Postgres learns what is in it, for what it would guess
/// of tables filled a moment ago leads it astray.
pub async fn end(db: &Db) -> sqlx::Result<()> {
    sql("DROP TABLE moving_in").execute(db).await?;
    if db.is_postgres() {
        sql("ANALYZE").execute(db).await?;
    }
    Ok(())
}
