//! Several servers on one Postgres: every sync is worked by one of them at a time, whatever becomes of the servers, of the
//! wires between them and of Postgres itself; people see the same at each of them.

mod away;
mod chaos;
mod fleet;
mod group;
mod people;
mod renewals;
mod rolling;
mod sides;
mod witness;

use std::time::{Duration, Instant};
use tieout::server::db::{Db, away::is_away, query::sql};

/// Longer than anything is expected to take here, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(180);

/// A number of the database; while that is away, it is waited for.
async fn number(db: &Db, text: &'static str) -> i64 {
    let began = Instant::now();
    loop {
        match sql(text).one::<(i64,)>(db).await {
            Ok((number,)) => return number,
            Err(error) if is_away(&error) && began.elapsed() < PATIENCE => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => panic!("{text}: {error}"),
        }
    }
}

/// Waits until the statement's number is what is expected.
async fn wait_until(db: &Db, text: &'static str, is_enough: impl Fn(i64) -> bool) {
    let began = Instant::now();
    loop {
        let found = number(db, text).await;
        if is_enough(found) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{text}: {found}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Something that blocks, away from the test's own tasks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("it does not panic")
}
