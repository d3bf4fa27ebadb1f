//! "Pause everything" as a row: who said so, and how far it has got, so that any server goes on with it and resuming
//! takes up what it paused and nothing else.

use super::query::{On, sql};
use super::{Tx, new_id};

/// One that is not over.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Pause {
    pub id: String,
    pub group_id: String,
    /// pausing | paused | resuming
    pub state: String,
    /// The company its last step ended with.
    pub got_to: String,
    pub made_by: String,
    pub made_at: i64,
}

const COLUMNS: &str = "id, group_id, state, got_to, made_by, made_at";

/// The group's, if everything is paused or on the way to or from it.
pub async fn current<'a>(on: impl Into<On<'a>>, group_id: &str) -> sqlx::Result<Option<Pause>> {
    sql(format!("SELECT {COLUMNS} FROM pauses WHERE group_id = $1 AND state <> 'resumed'")).bind(group_id).optional(on).await
}

/// Those with steps to go, whichever group's.
pub async fn unfinished<'a>(on: impl Into<On<'a>>) -> sqlx::Result<Vec<Pause>> {
    sql(format!("SELECT {COLUMNS} FROM pauses WHERE state IN ('pausing', 'resuming')")).all(on).await
}

/// Reads it and keeps everyone else from its next step until the commit.
pub async fn lock(tx: &mut Tx, id: &str) -> sqlx::Result<Option<Pause>> {
    let for_update = tx.for_update();
    sql(format!("SELECT {COLUMNS} FROM pauses WHERE id = $1{for_update}")).bind(id).optional(tx).await
}

/// `false` where there is one already.
pub async fn begin(tx: &mut Tx, group_id: &str, by: &str, now: i64) -> sqlx::Result<bool> {
    let made = sql("INSERT INTO pauses (id, group_id, state, made_by, made_at) VALUES ($1, $2, 'pausing', $3, $4)
        ON CONFLICT (group_id) WHERE state <> 'resumed' DO NOTHING")
    .bind(new_id())
    .bind(group_id)
    .bind(by)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(made == 1)
}

/// From here on it is resumed, from the first company on.
pub async fn begin_resuming(tx: &mut Tx, id: &str, by: &str, now: i64) -> sqlx::Result<()> {
    sql("UPDATE pauses SET state = 'resuming', got_to = '', resumed_by = $2, resumed_at = $3 WHERE id = $1 AND state <> 'resuming'")
        .bind(id)
        .bind(by)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

/// A step is done: it ended with that company.
pub async fn step(tx: &mut Tx, id: &str, got_to: &str) -> sqlx::Result<()> {
    sql("UPDATE pauses SET got_to = $2 WHERE id = $1").bind(id).bind(got_to).execute(tx).await?;
    Ok(())
}

/// The last step is done: `paused` or `resumed`.
pub async fn finish(tx: &mut Tx, id: &str, state: &str) -> sqlx::Result<()> {
    sql("UPDATE pauses SET state = $2 WHERE id = $1").bind(id).bind(state).execute(tx).await?;
    Ok(())
}

/// The next companies, by id, that are connected and not paused.
pub async fn to_pause<'a>(on: impl Into<On<'a>>, group_id: &str, after: &str, limit: i64) -> sqlx::Result<Vec<String>> {
    let rows: Vec<(String,)> = sql(
        "SELECT c.id FROM companies c JOIN connections k ON k.company_id = c.id
        WHERE c.group_id = $1 AND c.id > $2 AND k.paused_at IS NULL AND k.authorisation <> 'disconnected' ORDER BY c.id LIMIT $3",
    )
    .bind(group_id)
    .bind(after)
    .bind(limit)
    .all(on)
    .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The next companies, by id, whose connection was paused by it; archived ones too.
pub async fn to_resume<'a>(on: impl Into<On<'a>>, id: &str, after: &str, limit: i64) -> sqlx::Result<Vec<String>> {
    let rows: Vec<(String,)> =
        sql("SELECT company_id FROM connections WHERE pause_id = $1 AND company_id > $2 ORDER BY company_id LIMIT $3")
            .bind(id)
            .bind(after)
            .bind(limit)
            .all(on)
            .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many connections it holds paused now.
pub async fn held<'a>(on: impl Into<On<'a>>, id: &str) -> sqlx::Result<i64> {
    let (n,): (i64,) = sql("SELECT COUNT(*) FROM connections WHERE pause_id = $1").bind(id).one(on).await?;
    Ok(n)
}
