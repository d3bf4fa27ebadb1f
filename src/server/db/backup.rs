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

/// A row's columns in the table's order.
pub type Columns = Vec<Value>;

/// Copies a table's rows, a page at a time in the order of its key; answers how many.
pub async fn copy(table: &Table, from: &mut Tx, to: &mut Tx) -> anyhow::Result<u64> {
    let mut after: Vec<Value> = Vec::new();
    let mut copied = 0;
    loop {
        let rows = page(table, from, &after).await?;
        let Some(last) = rows.last() else { return Ok(copied) };
        after = table.key_of(last);
        copied += rows.len() as u64;
        insert(table, &rows, to).await?;
    }
}

/// The next rows after the one of this key, in the order of keys as this database sorts them; an empty key stands before
/// the first.
pub async fn page(table: &Table, from: &mut Tx, after: &[Value]) -> anyhow::Result<Vec<Columns>> {
    let key = table.key.join(", ");
    let beyond = match after.len() {
        0 => String::new(),
        n => format!(" WHERE ({key}) > ({})", placeholders(1, n)),
    };
    let rest = format!("{beyond} ORDER BY {key} LIMIT {PAGE}");
    read(table, from, rest, after.to_vec()).await
}

/// The rows that have one of these keys, in no order.
pub async fn with_keys(table: &Table, from: &mut Tx, keys: &[Vec<Value>]) -> anyhow::Result<Vec<Columns>> {
    let width = table.key.len();
    // SQLite takes a list of pairs as a table only, and Postgres finds them by an index as a list only.
    let values = if from.is_postgres() { "" } else { "VALUES " };
    let mut rows = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(VALUES / width) {
        let places: Vec<String> = (0..chunk.len()).map(|row| format!("({})", placeholders(1 + row * width, width))).collect();
        let rest = format!(" WHERE ({}) IN ({values}{})", table.key.join(", "), places.join(", "));
        rows.extend(read(table, from, rest, chunk.iter().flatten().cloned().collect()).await?);
    }
    Ok(rows)
}

async fn read(table: &Table, from: &mut Tx, rest: String, given: Vec<Value>) -> anyhow::Result<Vec<Columns>> {
    // One text a row: its columns are text and whole numbers, which JSON keeps as they are.
    let array = if from.is_postgres() { "json_build_array" } else { "json_array" };
    let text = format!("SELECT CAST({array}({}) AS TEXT) FROM {}{rest}", table.columns.join(", "), table.name);
    let rows: Vec<(String,)> = sql(text).bind_all(given).all(from).await?;
    rows.iter().map(|(row,)| values(row, &table.numbers)).collect()
}

/// Adds rows to a table.
pub async fn insert(table: &Table, rows: &[Columns], to: &mut Tx) -> sqlx::Result<()> {
    let width = table.columns.len();
    let columns = table.columns.join(", ");
    for chunk in rows.chunks((VALUES / width).max(1)) {
        let places: Vec<String> = (0..chunk.len()).map(|row| format!("({})", placeholders(1 + row * width, width))).collect();
        let statement = format!("INSERT INTO {} ({columns}) VALUES {}", table.name, places.join(", "));
        sql(statement).bind_all(chunk.iter().flatten().cloned()).execute(&mut *to).await?;
    }
    Ok(())
}

/// How many rows a table has.
pub async fn count(table: &Table, tx: &mut Tx) -> sqlx::Result<u64> {
    let (rows,): (i64,) = sql(format!("SELECT count(*) FROM {}", table.name)).one(tx).await?;
    Ok(rows.unsigned_abs())
}

/// Takes all rows out of tables that [`tables`] listed: those that refer to others first.
pub async fn clear(tables: &[Table], tx: &mut Tx) -> sqlx::Result<()> {
    for table in tables.iter().rev() {
        sql(format!("DELETE FROM {}", table.name)).execute(&mut *tx).await?;
    }
    Ok(())
}

impl Table {
    /// What tells a row from every other of the table.
    pub fn key_of(&self, row: &[Value]) -> Vec<Value> {
        self.named_key(row).map(|(_, value)| value.clone()).collect()
    }

    /// The row in words, by its key: `id 0198…`.
    pub fn name_of(&self, row: &[Value]) -> String {
        let part = |(column, value): (&String, &Value)| match value {
            Value::Text(text) => format!("{column} {}", text.as_deref().unwrap_or("NULL")),
            Value::Int(number) => format!("{column} {}", number.map_or("NULL".into(), |number| number.to_string())),
        };
        self.named_key(row).map(part).collect::<Vec<_>>().join(", ")
    }

    /// The first column in which two rows differ.
    pub fn differs(&self, one: &[Value], other: &[Value]) -> Option<&str> {
        let columns = self.columns.iter().zip(one.iter().zip(other));
        columns.filter(|(_, (one, other))| one != other).map(|(column, _)| column.as_str()).next()
    }

    fn named_key<'a>(&'a self, row: &'a [Value]) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let place = |column: &'a String| Some((column, &row[self.columns.iter().position(|one| one == column)?]));
        self.key.iter().filter_map(place)
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
    let found: Vec<(String,)> = match sql("SELECT integrity_check FROM pragma_integrity_check").all(sqlite).await {
        // SQLITE_CORRUPT: too damaged to be looked through.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("11") => {
            return Ok(vec![error.message().to_owned()]);
        }
        found => found?,
    };
    Ok(found.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect())
}
