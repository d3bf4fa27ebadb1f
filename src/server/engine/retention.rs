//! Messages are kept for as long as it is set, and removed in small steps beside the work: never a long transaction,
//! never many at once. Where several servers do so, each leaves to the others what they are at.

use crate::server::db::{Db, messages};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Steps in a sweep, and the pause after each.
const STEPS: usize = 4;
const PAUSE: Duration = Duration::from_millis(50);
/// Once through, it begins again after this long.
const REST_MS: i64 = 10 * 60 * 1000;

/// Where the removing has got to.
pub struct Retention {
    keep_ms: i64,
    /// The id it looks on from; what is before it was removed or is needed.
    after: String,
    rests_until: i64,
}

impl Retention {
    /// 0 days: messages are kept for ever.
    pub fn new(days: u32) -> Retention {
        Retention { keep_ms: i64::from(days) * DAY_MS, after: String::new(), rests_until: 0 }
    }

    /// Takes the next few steps.
    pub async fn steps(&mut self, db: &Db, stop: &CancellationToken, now: i64) -> sqlx::Result<()> {
        if self.keep_ms == 0 || now < self.rests_until {
            return Ok(());
        }
        for _ in 0..STEPS {
            if stop.is_cancelled() {
                return Ok(());
            }
            let mut tx = db.begin().await?;
            let (removed, got_to) = messages::remove_old(&mut tx, &self.after, now - self.keep_ms).await?;
            tx.commit().await?;
            if removed > 0 {
                tracing::debug!(removed, "removed old messages");
            }
            match got_to {
                Some(id) => self.after = id,
                None => {
                    self.after.clear();
                    self.rests_until = now + REST_MS;
                    return Ok(());
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}
