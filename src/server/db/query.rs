//! One query, two databases. Statements are written once with `$1` placeholders, which both dialects read;
//! where the dialects differ, the caller branches on [`Db::is_postgres`].

use super::{Db, Tx, away};
use sqlx::{AssertSqlSafe, FromRow, postgres::PgRow, sqlite::SqliteRow};
use std::borrow::Cow;

/// A value to bind. Portable columns hold text or 64-bit integers and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    Text(Option<String>),
    Int(Option<i64>),
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(Some(value.into()))
    }
}
impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value::Text(Some(value.clone()))
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(Some(value))
    }
}
impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Value::Text(value)
    }
}
impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Value::Text(value.map(Into::into))
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(Some(value))
    }
}
impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Value::Int(value)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Int(Some(value.into()))
    }
}

/// A row type both drivers can fill: derive `sqlx::FromRow`, or use a tuple.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// Where a query runs: on a pool, or inside a transaction.
pub enum On<'a> {
    Db(&'a Db),
    Tx(&'a mut Tx),
}

impl On<'_> {
    pub fn is_postgres(&self) -> bool {
        match self {
            On::Db(db) => db.is_postgres(),
            On::Tx(tx) => tx.is_postgres(),
        }
    }
}

impl<'a> From<&'a Db> for On<'a> {
    fn from(db: &'a Db) -> Self {
        On::Db(db)
    }
}
impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        On::Tx(tx)
    }
}

/// A statement and its values.
pub struct Query {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

/// Starts a query. Text that is put together at run time must hold placeholders, never values.
pub fn sql(text: impl Into<Cow<'static, str>>) -> Query {
    Query { text: text.into(), values: Vec::new() }
}

/// `$first, $first+1, …`: placeholders for `n` values of an `IN` list.
pub fn placeholders(first: usize, n: usize) -> String {
    (first..first + n).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

/// An expression that makes a new id for each row of an `INSERT … SELECT`. Unlike [`super::new_id`] it does not sort by time.
pub fn random_id(on_postgres: bool) -> &'static str {
    if on_postgres {
        "CAST(gen_random_uuid() AS TEXT)"
    } else {
        "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || \
            substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
    }
}

/// Expands one call per place a query can run in. SQLite reads go to the readers, its writes to the one writer.
macro_rules! run {
    ($self:ident, $on:ident, $sqlite_pool:ident, |$query:ident, $executor:ident| $body:expr) => {{
        let Query { text, values } = $self;
        macro_rules! bound {
            () => {
                values.into_iter().fold(sqlx::query(AssertSqlSafe(text)), |query, value| match value {
                    Value::Text(text) => query.bind(text),
                    Value::Int(int) => query.bind(int),
                })
            };
        }
        match $on.into() {
            On::Db(Db::Sqlite(pools)) => {
                let ($query, $executor) = (bound!(), &pools.$sqlite_pool);
                away::noted(async { $body }).await
            }
            On::Db(Db::Postgres(postgres)) => {
                let ($query, $executor) = (bound!(), &postgres.pool);
                away::answered(async { $body }).await
            }
            On::Tx(Tx::Sqlite(tx)) => {
                let ($query, $executor) = (bound!(), &mut **tx);
                away::noted(async { $body }).await
            }
            On::Tx(Tx::Postgres(tx)) => {
                let ($query, $executor) = (bound!(), &mut **tx);
                away::answered(async { $body }).await
            }
        }
    }};
}

impl Query {
    /// The statement, and the values in the order of its placeholders: for those who run it without this module, as
    /// measurements do.
    pub fn into_parts(self) -> (Cow<'static, str>, Vec<Value>) {
        (self.text, self.values)
    }

    pub fn bind(mut self, value: impl Into<Value>) -> Query {
        self.values.push(value.into());
        self
    }

    pub fn bind_all<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Query {
        self.values.extend(values.into_iter().map(Into::into));
        self
    }

    /// Runs it; answers how many rows it changed.
    pub async fn execute<'a>(self, on: impl Into<On<'a>>) -> sqlx::Result<u64> {
        run!(self, on, write, |query, executor| Ok(query.execute(executor).await?.rows_affected()))
    }

    /// All rows of a read.
    pub async fn all<'a, T: Row>(self, on: impl Into<On<'a>>) -> sqlx::Result<Vec<T>> {
        run!(self, on, read, |query, executor| query.fetch_all(executor).await?.iter().map(T::from_row).collect())
    }

    /// The first row of a read, if there is one.
    pub async fn optional<'a, T: Row>(self, on: impl Into<On<'a>>) -> sqlx::Result<Option<T>> {
        run!(self, on, read, |query, executor| query.fetch_optional(executor).await?.as_ref().map(T::from_row).transpose())
    }

    /// The one row of a read; none is an error.
    pub async fn one<'a, T: Row>(self, on: impl Into<On<'a>>) -> sqlx::Result<T> {
        self.optional(on).await?.ok_or(sqlx::Error::RowNotFound)
    }

    /// The first row of a statement that writes and has a `RETURNING`.
    pub async fn returning<'a, T: Row>(self, on: impl Into<On<'a>>) -> sqlx::Result<Option<T>> {
        run!(self, on, write, |query, executor| query.fetch_optional(executor).await?.as_ref().map(T::from_row).transpose())
    }
}
