//! What accounting systems still take, for connectors that keep to a limit of requests together, whichever process they are
//! in. All of it is told by the database's clock: those of the processes may differ. What the state of an organisation says
//! is the connector's business; here it is a text that nobody overwrites without having seen it.

use super::Db;
use super::query::sql;

/// What is kept of an organisation, and the moment at which it was read.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Kept {
    /// `None`: nothing is kept yet.
    pub version: Option<i64>,
    pub state: Option<String>,
    /// By the database's clock, epoch milliseconds.
    pub now: i64,
}

/// The database's clock, not the transaction's: epoch milliseconds.
fn clock(db: &Db) -> &'static str {
    if db.is_postgres() {
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
    } else {
        "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
    }
}

pub async fn read(db: &Db, app: &str, organisation: &str) -> sqlx::Result<Kept> {
    sql(format!(
        "SELECT b.version, b.state, {} AS now FROM (SELECT 1) AS here
        LEFT JOIN organisation_budgets b ON b.app = $1 AND b.organisation = $2",
        clock(db)
    ))
    .bind(app)
    .bind(organisation)
    .one(db)
    .await
}

/// Keeps another state in place of the one of that version. `false`: somebody else did so first, and nothing changed.
pub async fn write(db: &Db, app: &str, organisation: &str, version: Option<i64>, state: &str) -> sqlx::Result<bool> {
    let written = sql("INSERT INTO organisation_budgets (app, organisation, version, state) VALUES ($1, $2, 1, $4)
        ON CONFLICT (app, organisation) DO UPDATE SET version = organisation_budgets.version + 1, state = excluded.state
        WHERE organisation_budgets.version = $3")
    .bind(app)
    .bind(organisation)
    .bind(version.unwrap_or(0))
    .bind(state)
    .execute(db)
    .await?;
    Ok(written == 1)
}

/// Takes some requests of the app's, which cost it so many milliseconds of its time; `slack_ms`: how much time that nobody
/// used can be made up for. `Some`: none are left now; how many milliseconds until there are.
pub async fn take_of_app(db: &Db, app: &str, cost_ms: i64, slack_ms: i64) -> sqlx::Result<Option<i64>> {
    let clock = clock(db);
    let taken: Option<(i64,)> = sql(format!(
        "INSERT INTO app_budgets (app, next_at) VALUES ($1, {clock} + $2)
        ON CONFLICT (app) DO UPDATE SET next_at = $2 + CASE WHEN app_budgets.next_at > {clock} - $3 THEN app_budgets.next_at
            ELSE {clock} - $3 END
        WHERE app_budgets.next_at <= {clock} RETURNING next_at"
    ))
    .bind(app)
    .bind(cost_ms)
    .bind(slack_ms)
    .returning(db)
    .await?;
    if taken.is_some() {
        return Ok(None);
    }
    let left: Option<(i64,)> =
        sql(format!("SELECT next_at - {clock} FROM app_budgets WHERE app = $1")).bind(app).optional(db).await?;
    Ok(Some(left.map_or(0, |(left,)| left)))
}

/// Nobody takes any of the app's requests for so many milliseconds from now on.
pub async fn hold_app(db: &Db, app: &str, ms: i64) -> sqlx::Result<()> {
    let clock = clock(db);
    sql(format!(
        "INSERT INTO app_budgets (app, next_at) VALUES ($1, {clock} + $2)
        ON CONFLICT (app) DO UPDATE SET next_at = excluded.next_at WHERE app_budgets.next_at < excluded.next_at"
    ))
    .bind(app)
    .bind(ms)
    .execute(db)
    .await?;
    Ok(())
}
