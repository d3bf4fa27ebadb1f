//! Records that the accounting side said have changed: they wait here, by their ids there, for the sync that reads them. One
//! that is named again before it was read is one row still, with another naming; so whoever read it does not take away
//! what was said since.

use super::insert;
use super::query::{On, placeholders, sql};
use super::{Tx, new_id};

/// One that waits.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Named {
    pub external_id: String,
    naming: String,
}

/// Notes records, each once: their datasets' words and their ids there.
pub async fn add(tx: &mut Tx, connection_id: &str, records: &[(&str, &str)]) -> sqlx::Result<()> {
    let naming = new_id();
    let row = |(dataset, id): &(&str, &str)| [connection_id.into(), (*dataset).into(), (*id).into(), naming.as_str().into()];
    let into = "named_pulls (connection_id, dataset, external_id, naming)";
    let again = "ON CONFLICT (connection_id, dataset, external_id) DO UPDATE SET naming = excluded.naming";
    insert::rows_or(tx, into, records.iter().map(row).collect(), again).await
}

/// How many wait.
pub async fn count<'a>(on: impl Into<On<'a>>, connection_id: &str) -> sqlx::Result<i64> {
    let (waiting,): (i64,) = sql("SELECT count(*) FROM named_pulls WHERE connection_id = $1").bind(connection_id).one(on).await?;
    Ok(waiting)
}

/// How many of one dataset wait.
pub async fn count_of<'a>(on: impl Into<On<'a>>, connection_id: &str, dataset: &str) -> sqlx::Result<i64> {
    let (waiting,): (i64,) = sql("SELECT count(*) FROM named_pulls WHERE connection_id = $1 AND dataset = $2")
        .bind(connection_id)
        .bind(dataset)
        .one(on)
        .await?;
    Ok(waiting)
}

/// Some that wait, in the order of their ids, after the one of that id.
pub async fn page<'a>(
    on: impl Into<On<'a>>,
    connection_id: &str,
    dataset: &str,
    after: &str,
    limit: i64,
) -> sqlx::Result<Vec<Named>> {
    sql("SELECT external_id, naming FROM named_pulls
        WHERE connection_id = $1 AND dataset = $2 AND external_id > $3 ORDER BY external_id LIMIT $4")
    .bind(connection_id)
    .bind(dataset)
    .bind(after)
    .bind(limit)
    .all(on)
    .await
}

/// They were read as they were named: in the transaction that stored what came. Those named again meanwhile stay.
pub async fn were_read(tx: &mut Tx, connection_id: &str, dataset: &str, read: &[Named]) -> sqlx::Result<()> {
    let one = |place: usize| format!("(external_id = ${} AND naming = ${})", 3 + 2 * place, 4 + 2 * place);
    let each = (0..read.len()).map(one).collect::<Vec<_>>().join(" OR ");
    if each.is_empty() {
        return Ok(());
    }
    let query = sql(format!("DELETE FROM named_pulls WHERE connection_id = $1 AND dataset = $2 AND ({each})"));
    let query = query.bind(connection_id).bind(dataset);
    query.bind_all(read.iter().flat_map(|named| [&named.external_id, &named.naming])).execute(tx).await?;
    Ok(())
}

/// What has been named so far: for [`were_covered`], once everything was read that changed before now.
pub async fn so_far<'a>(on: impl Into<On<'a>>, connection_id: &str) -> sqlx::Result<Vec<String>> {
    let namings: Vec<(String,)> =
        sql("SELECT DISTINCT naming FROM named_pulls WHERE connection_id = $1").bind(connection_id).all(on).await?;
    Ok(namings.into_iter().map(|(naming,)| naming).collect())
}

/// Takes away what was named until then, of one dataset or of all. What was named since stays.
pub async fn were_covered(tx: &mut Tx, connection_id: &str, dataset: Option<&str>, namings: &[String]) -> sqlx::Result<()> {
    for some in namings.chunks(200) {
        let places = placeholders(3, some.len());
        sql(format!(
            "DELETE FROM named_pulls WHERE connection_id = $1 AND dataset = COALESCE($2, dataset) AND naming IN ({places})"
        ))
        .bind(connection_id)
        .bind(dataset)
        .bind_all(some)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Takes all of them away: everything is read instead.
pub async fn forget(tx: &mut Tx, connection_id: &str) -> sqlx::Result<()> {
    sql("DELETE FROM named_pulls WHERE connection_id = $1").bind(connection_id).execute(tx).await?;
    Ok(())
}
