//! The app's own minute, which all organisations share. Each process takes a few requests of it at a time, so that their
//! common row is written some times a second and not with each request; what it took it has to use at once.
//!
//! They are given out evenly over the minute. So whoever comes with little waits no longer than a moment, however much others
//! ask for; and within this process it is first come, first served.

use super::{gate::unusable, limits::Rules};
use crate::server::{
    connectors::ConnectorError,
    db::{Db, budgets},
};
use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// Requests that are taken at once.
const FEWEST: i64 = 10;
const MOST: i64 = 40;
/// Only where Xero refuses is it waited for so long; then whoever waits says so.
const PATIENCE_MS: i64 = 5_000;
/// Where Xero says that less is left than this, others use up the app's minute too, whom this database knows nothing of.
const NEARLY_NONE: i64 = 100;
const HOLD_MS: i64 = 1_000;

pub struct AppGate {
    /// Who wait for it in this process.
    waiting: AtomicI64,
    taken: Mutex<Taken>,
    held: std::sync::Mutex<Option<Instant>>,
}

/// By the address and the app.
type Gates = HashMap<(String, String), Arc<AppGate>>;

#[derive(Default)]
struct Taken {
    left: i64,
    until: Option<Instant>,
}

impl AppGate {
    /// The one of this process for an app, at Xero or at what is at another address.
    pub fn of(address: &str, app: &str) -> Arc<AppGate> {
        static ALL: OnceLock<std::sync::Mutex<Gates>> = OnceLock::new();
        let mut all = ALL.get_or_init(Default::default).lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry((address.to_owned(), app.to_owned())).or_insert_with(|| Arc::new(AppGate::new())))
    }

    pub fn new() -> AppGate {
        AppGate { waiting: AtomicI64::new(0), taken: Mutex::default(), held: std::sync::Mutex::default() }
    }

    /// Waits until one more request may go.
    pub async fn pass(&self, db: &Db, app: &str, rules: &Rules) -> Result<(), ConnectorError> {
        let _waiting = Waiting::of(&self.waiting);
        let mut taken = self.taken.lock().await;
        loop {
            if taken.left > 0 && taken.until.is_some_and(|until| Instant::now() < until) {
                taken.left -= 1;
                return Ok(());
            }
            let requests = self.waiting.load(Ordering::Relaxed).clamp(FEWEST, MOST);
            let asked = Instant::now();
            let wait = budgets::take_of_app(db, app, rules.cost_ms(requests), rules.slack_ms()).await;
            match wait.map_err(|error| unusable(error.into()))? {
                None => *taken = Taken { left: requests, until: Some(asked + rules.good_for()) },
                Some(ms) if ms > PATIENCE_MS => {
                    return Err(ConnectorError::RateLimited { retry_after: Duration::from_millis(ms.unsigned_abs()) });
                }
                Some(ms) => tokio::time::sleep(Duration::from_millis(ms.max(1).unsigned_abs())).await,
            }
        }
    }

    /// For how long nobody is to take any, where Xero says that so little is left. Once a while: each answer says it.
    pub fn hold_at(&self, left: i64) -> Option<i64> {
        if left >= NEARLY_NONE {
            return None;
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_held = held.is_some_and(|since| now - since < Duration::from_millis(HOLD_MS.unsigned_abs()));
        if !is_held {
            *held = Some(now);
        }
        (!is_held).then_some(HOLD_MS)
    }

    /// Nobody takes any for so long, in whichever process.
    pub async fn hold(&self, db: &Db, app: &str, ms: i64) -> sqlx::Result<()> {
        budgets::hold_app(db, app, ms).await?;
        *self.taken.lock().await = Taken::default();
        Ok(())
    }
}

/// One who waits, until it does not.
struct Waiting<'c>(&'c AtomicI64);

impl Waiting<'_> {
    fn of(count: &AtomicI64) -> Waiting<'_> {
        count.fetch_add(1, Ordering::Relaxed);
        Waiting(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_little_is_left_holds_once_a_second() {
        let gate = AppGate::new();
        assert_eq!((gate.hold_at(NEARLY_NONE), gate.hold_at(99), gate.hold_at(3)), (None, Some(HOLD_MS), None));
    }
}
