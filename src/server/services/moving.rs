//! Moving over: everything of a SQLite installation into an empty database, table by table. What was committed is kept
//! whatever happens, so a second start goes on; at the end every row is compared.

use super::error::{ServiceError, ServiceResult};
use crate::server::db::{
    Db, Tx,
    backup::{self, Table},
    moving::{self, Source},
    query::Value,
    status,
};
use anyhow::Context;
use std::collections::HashMap;

/// What was moved and how it was found.
pub struct Moved {
    pub tables: usize,
    pub rows: u64,
    /// Rows that an earlier start had moved.
    pub before: u64,
    /// An earlier start was thrown away: the source has changed since.
    pub anew: bool,
    /// The first row that is not the same on both sides, by table and key. Where there is one, the move has not come to its end.
    pub difference: Option<String>,
    /// Stored statuses and counts that differ from what their facts add up to, as `tieout check` tells them.
    pub findings: Vec<String>,
}

/// Moves everything. `alone` is a SQLite database that [`Db::open_alone`] opened, so it stays as it is meanwhile; the tables of
/// both are up to date.
pub async fn move_over(alone: &Db, target: &Db) -> ServiceResult<Moved> {
    let tables = backup::tables(alone).await?;
    let source = moving::source(alone).await?;
    let anew = prepare(target, &tables, &source).await?;
    let mut moved = Moved { tables: tables.len(), rows: 0, before: 0, anew, difference: None, findings: Vec::new() };
    let mut snapshot = alone.snapshot().await?;
    for table in &tables {
        let (rows, before) = move_table(table, &source, &mut snapshot, target).await?;
        moved.rows += rows;
        moved.before += before;
    }
    let mut arrived = target.snapshot().await?;
    for table in &tables {
        moved.difference = first_difference(table, &mut snapshot, &mut arrived).await.with_context(|| table.name.clone())?;
        if moved.difference.is_some() {
            return Ok(moved);
        }
    }
    drop(arrived);
    moved.findings = status::check(target).await?;
    moving::end(target).await?;
    Ok(moved)
}

/// Makes sure that the target is empty, or holds what an earlier start moved; `true`: that was thrown away.
async fn prepare(target: &Db, tables: &[Table], source: &Source) -> ServiceResult<bool> {
    let mut tx = target.begin().await?;
    let anew = if moving::is_under_way(&mut tx).await? {
        let begun = moving::begun_from(&mut tx).await?;
        if begun.installation != source.installation {
            return Err(ServiceError::Refused(
                "This database holds a part of another installation, whose move has not come to its end: give an empty one."
                    .into(),
            ));
        }
        let has_changed = begun != *source;
        if has_changed {
            backup::clear(tables, &mut tx).await?;
            moving::begin_anew(&mut tx, source).await?;
        }
        has_changed
    } else {
        for table in tables {
            if backup::count(table, &mut tx).await? > 0 {
                let sentence = format!("This database is in use already (there are rows in {}): give an empty one.", table.name);
                return Err(ServiceError::Refused(sentence));
            }
        }
        moving::begin(&mut tx, source).await?;
        false
    };
    tx.commit().await?;
    Ok(anew)
}

/// Moves what of a table is not there yet; answers how many rows it has, and how many of them were there.
async fn move_table(table: &Table, source: &Source, from: &mut Tx, target: &Db) -> ServiceResult<(u64, u64)> {
    let (before, mut after) = moving::got_to(target, table).await?;
    let mut moved = before;
    loop {
        let rows = backup::page(table, from, &after).await.with_context(|| format!("table {}", table.name))?;
        let Some(last) = rows.last() else { return Ok((moved, before)) };
        after = table.key_of(last);
        moved += rows.len() as u64;
        let mut tx = target.begin().await?;
        if !moving::note(&mut tx, source, table, moved, &after).await? {
            return Err(ServiceError::Refused(
                "Somebody else began to move into this database meanwhile; this move stopped.".into(),
            ));
        }
        backup::insert(table, &rows, &mut tx).await.with_context(|| format!("table {}", table.name))?;
        tx.commit().await?;
    }
}

/// Compares every column of every row, in the order of keys. Values are not told: some are secrets.
async fn first_difference(table: &Table, source: &mut Tx, target: &mut Tx) -> anyhow::Result<Option<String>> {
    let mut after = Vec::new();
    let mut compared = 0;
    loop {
        let rows = backup::page(table, source, &after).await?;
        let Some(last) = rows.last() else { break };
        after = table.key_of(last);
        compared += rows.len() as u64;
        let there = by_key(table, target, &rows).await?;
        for row in &rows {
            let Some(other) = there.get(&table.key_of(row)) else {
                return Ok(Some(format!("{}: the row with {} is missing there", table.name, table.name_of(row))));
            };
            if let Some(column) = table.differs(row, other) {
                return Ok(Some(format!("{}: the row with {} differs in {column}", table.name, table.name_of(row))));
            }
        }
    }
    match backup::count(table, target).await? {
        found if found == compared => Ok(None),
        _ => first_stranger(table, source, target).await,
    }
}

/// The first row of the target that the source does not have.
async fn first_stranger(table: &Table, source: &mut Tx, target: &mut Tx) -> anyhow::Result<Option<String>> {
    let mut after = Vec::new();
    loop {
        let rows = backup::page(table, target, &after).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        after = table.key_of(last);
        let here = by_key(table, source, &rows).await?;
        if let Some(row) = rows.iter().find(|row| !here.contains_key(&table.key_of(row))) {
            return Ok(Some(format!("{}: the row with {} is there and not here", table.name, table.name_of(row))));
        }
    }
}

/// The rows of the other side that have the keys of these.
async fn by_key(table: &Table, other: &mut Tx, rows: &[backup::Columns]) -> anyhow::Result<HashMap<Vec<Value>, backup::Columns>> {
    let keys: Vec<_> = rows.iter().map(|row| table.key_of(row)).collect();
    let found = backup::with_keys(table, other, &keys).await?;
    Ok(found.into_iter().map(|row| (table.key_of(&row), row)).collect())
}
