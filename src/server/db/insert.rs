//! Many rows in one statement.

use super::Tx;
use super::query::{Value, placeholders, sql};

/// Values in one statement: far below what either database takes, because SQLite looks each placeholder up by its
/// name, from the first on.
const VALUES: usize = 300;

/// Inserts rows of `N` values; `into` is a table with its columns.
pub async fn rows<const N: usize>(tx: &mut Tx, into: &str, rows: Vec<[Value; N]>) -> sqlx::Result<()> {
    rows_or(tx, into, rows, "").await
}

/// The same with what is done about rows that are there: an `ON CONFLICT`. No two of the rows may be the same one.
pub async fn rows_or<const N: usize>(tx: &mut Tx, into: &str, rows: Vec<[Value; N]>, or: &str) -> sqlx::Result<()> {
    let mut rows = rows.into_iter();
    loop {
        let chunk: Vec<[Value; N]> = rows.by_ref().take(VALUES / N).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        let places: Vec<String> = (0..chunk.len()).map(|row| format!("({})", placeholders(1 + row * N, N))).collect();
        let statement = format!("INSERT INTO {into} VALUES {} {or}", places.join(", "));
        sql(statement).bind_all(chunk.into_iter().flatten()).execute(&mut *tx).await?;
    }
}
