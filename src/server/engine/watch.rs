//! Looking after connections beside the runs: the daily check of each, access that is waited for, and what was begun by
//! "pause everything". Whatever is due is taken by one server, however many look.

use super::{Engine, SWEEP};
use crate::server::services::{
    connections::{
        authorise,
        pause::{self, PATIENCE},
        probe,
    },
    error::{ServiceError, ServiceResult},
};
use futures::{StreamExt, stream};
use std::time::Instant;

/// Accounting systems that are asked at once, and checks that are taken up at a time: one that does not answer takes half
/// a minute.
const AT_ONCE: usize = 8;
const CHECKS: i64 = 100;

impl Engine {
    /// Until stopped. What is under way then is cut short: it changes nothing before it has its answer.
    pub(super) async fn watch(self) {
        while !self.stop.is_cancelled() {
            tokio::select! {
                () = self.look_after() => {}
                () = self.stop.cancelled() => {}
            }
            self.idle(SWEEP).await;
        }
    }

    async fn look_after(&self) {
        said(pause::go_on(&self.db, Instant::now() + PATIENCE).await.map(|_| ()), "pausing or resuming everything cannot go on");
        match authorise::due(&self.db).await {
            Ok(due) => {
                let looks = stream::iter(due).for_each_concurrent(AT_ONCE, |due| async move {
                    said(authorise::look_at_due(&self.db, &due).await, "access that is waited for cannot be looked at");
                });
                looks.await;
            }
            Err(error) => tracing::error!(%error, "access that is waited for cannot be read"),
        }
        match probe::due(&self.db, CHECKS).await {
            Ok(due) => {
                let checks = stream::iter(due).for_each_concurrent(AT_ONCE, |due| async move {
                    said(probe::probe_due(&self.db, &due).await, "a connection cannot be checked");
                });
                checks.await;
            }
            Err(error) => tracing::error!(%error, "the checks that are due cannot be read"),
        }
    }
}

/// What goes wrong with one stops no other. That something is gone meanwhile is no failure.
fn said(outcome: ServiceResult<()>, what: &'static str) {
    if let Err(ServiceError::Internal(error)) = outcome {
        tracing::error!(error = format!("{error:#}"), "{what}");
    }
}
