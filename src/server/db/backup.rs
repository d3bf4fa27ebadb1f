//! A whole database as one file, and back. The file is a SQLite database whichever kind it was made of, so that a backup
//! of either kind can be looked into anywhere and restored into either kind.

use super::query::{On, Value, placeholders, sql};
use super::{Db, Tx};

/// Rows read at a time.
const PAGE: usize = 500;
/// Values in one statement.
const VALUES: usize = 300;

/// A table as SQLite tells of it; in Postgres it has the same columns.
pub struct Table {
    pub name: String,
    columns: Vec<String>,
    /// Which of the columns hold whole numbers; the others hold text.
    numbers: Vec<bool>,
    /// Columns of the primary key, in its order.
    key: Vec<String>,
}

/// All tables of a SQLite database but the list of migrations, each after those it refers to.
pub async fn tables(sqlite: &Db) -> sqlx::Result<Vec<Table>> {
    let names: Vec<(String,)> = sql("SELECT name FROM sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name NOT LIKE '~_sqlx~_%' ESCAPE '~' ORDER BY name")
    .all(sqlite)
    .await?;
    let mut waiting = Vec::new();
    for (name,) in names {
        let columns: Vec<(String, String, i64)> =
            sql("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid").bind(&name).all(sqlite).await?;
        let mut key: Vec<_> = columns.iter().filter(|(.., place)| *place > 0).collect();
        key.sort_by_key(|(.., place)| *place);
        let key = key.into_iter().map(|(column, ..)| column.clone()).collect();
        let refers: Vec<(String,)> =
            sql("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list($1)").bind(&name).all(sqlite).await?;
        let table = Table {
            numbers: columns.iter().map(|(_, kind, _)| kind == "BIGINT").collect(),
            columns: columns.into_iter().map(|(column, ..)| column).collect(),
            key,
            name,
        };
        waiting.push((table, refers));
    }
    let mut ordered: Vec<Table> = Vec::new();
    while !waiting.is_empty() {
        let is_ready = |(table, refers): &(Table, Vec<(String,)>)| {
            refers.iter().all(|(to,)| *to == table.name || ordered.iter().any(|before| before.name == *to))
        };
        let Some(place) = waiting.iter().position(is_ready) else {
            return Err(sqlx::Error::Protocol("tables refer to each other in a circle".into()));
        };
        ordered.push(waiting.remove(place).0);
    }
    Ok(ordered)
}

/// Writes the database into a new SQLite file.
pub async fn write_sqlite_copy(db: &Db, path: &str) -> sqlx::Result<()> {
    // As a read, so that one of the readers does it and writers go on.
    let _: Vec<(i64,)> = sql("VACUUM INTO $1").bind(path).all(db).await?;
    Ok(())
}

/// Copies a table's rows, a page at a time in the order of its key; answers how many.
pub async fn copy(table: &Table, from: &mut Tx, to: &mut Tx) -> anyhow::Result<u64> {
    let array = if from.is_postgres() { "json_build_array" } else { "json_array" };
    let (columns, key) = (table.columns.join(", "), table.key.join(", "));
    let mut after: Vec<Value> = Vec::new();
    let mut copied = 0;
    loop {
        let beyond = match after.len() {
            0 => String::new(),
            n => format!(" WHERE ({key}) > ({})", placeholders(1, n)),
        };
        // One text a row: its columns are text and whole numbers, which JSON keeps as they are.
        let text = format!("SELECT CAST({array}({columns}) AS TEXT) FROM {}{beyond} ORDER BY {key} LIMIT {PAGE}", table.name);
        let page: Vec<(String,)> = sql(text).bind_all(after).all(&mut *from).await?;
        let rows: Vec<Vec<Value>> = page.iter().map(|(row,)| values(row, &table.numbers)).collect::<anyhow::Result<_>>()?;
        let Some(last) = rows.last() else { return Ok(copied) };
        let place = |column: &String| table.columns.iter().position(|one| one == column);
        after = table.key.iter().filter_map(place).map(|place| last[place].clone()).collect();
        copied += rows.len() as u64;
        let (width, at_once) = (table.columns.len(), (VALUES / table.columns.len()).max(1));
        for chunk in rows.chunks(at_once) {
            let places: Vec<String> = (0..chunk.len()).map(|row| format!("({})", placeholders(1 + row * width, width))).collect();
            let statement = format!("INSERT INTO {} ({columns}) VALUES {}", table.name, places.join(", "));
            sql(statement).bind_all(chunk.iter().flatten().cloned()).execute(&mut *to).await?;
        }
    }
}

fn values(row: &str, numbers: &[bool]) -> anyhow::Result<Vec<Value>> {
    use serde_json::Value as Json;
    let columns: Vec<Json> = serde_json::from_str(row)?;
    let value = |(column, is_number)| match (column, is_number) {
        (Json::String(text), false) => Ok(Value::Text(Some(text))),
        (Json::Number(number), true) if number.is_i64() => Ok(Value::Int(number.as_i64())),
        (Json::Null, false) => Ok(Value::Text(None)),
        (Json::Null, true) => Ok(Value::Int(None)),
        (other, _) => anyhow::bail!("{other} does not fit its column"),
    };
    columns.into_iter().zip(numbers.iter().copied()).map(value).collect()
}

/// How many rows there are of what people stored: companies, their records and their history.
pub async fn rows<'a>(on: impl Into<On<'a>>) -> sqlx::Result<u64> {
    let (rows,): (i64,) = sql("SELECT (SELECT count(*) FROM companies) + (SELECT count(*) FROM contacts)
        + (SELECT count(*) FROM documents) + (SELECT count(*) FROM payments) + (SELECT count(*) FROM links)
        + (SELECT count(*) FROM runs) + (SELECT count(*) FROM messages) + (SELECT count(*) FROM problems)")
    .one(on)
    .await?;
    Ok(rows.unsigned_abs())
}

/// Whether anything is kept in it.
pub async fn is_empty<'a>(on: impl Into<On<'a>>) -> sqlx::Result<bool> {
    let (groups,): (i64,) = sql("SELECT count(*) FROM property_groups").one(on).await?;
    Ok(groups == 0)
}

/// What SQLite finds wrong with the file itself; empty: nothing.
pub async fn broken_pages(sqlite: &Db) -> sqlx::Result<Vec<String>> {
    let found: Vec<(String,)> = sql("SELECT integrity_check FROM pragma_integrity_check").all(sqlite).await?;
    Ok(found.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect())
}
