//! Lets requests about one organisation out, one after another, as Xero's limits allow. What is kept of them is in the
//! database, one row an organisation, and is changed by all processes: read, decided by [`super::budget`], and written where
//! nobody else wrote meanwhile. That a request ended is written with the next one that begins.

use super::{
    app_gate::AppGate,
    budget::{Answer, Budget, End},
    limits::{Limit, Rules, Told},
};
use crate::{
    domain::connection,
    server::{
        connectors::{ConnectorError, Purpose},
        db::{Db, budgets, new_id, now_ms},
    },
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{Mutex, MutexGuard, watch};

/// A sync waits for a minute's budget where it is; what takes longer, it gives its place up for.
const PATIENCE: Duration = Duration::from_secs(90);
/// Nobody looks at a page that long which does not answer.
const PATIENCE_OF_A_PERSON: Duration = Duration::from_secs(15);
/// What is waited for shorter is nothing to tell anybody of.
const WORTH_TELLING: Duration = Duration::from_secs(3);
/// Others can write first, but not for ever: each of them asks for one thing at a time.
const TRIES: usize = 200;

pub struct Gate {
    db: Db,
    app: String,
    organisation: String,
    purpose: Purpose,
    rules: Rules,
    of_app: Arc<AppGate>,
    /// The request before; held while one is under way.
    before: Mutex<Before>,
    waits: watch::Sender<Option<i64>>,
}

/// What this gate let out last, as the row has it: under way, by that name.
struct Before {
    by: String,
    became: Became,
}

enum Became {
    /// The row knows of none.
    Nothing,
    Unsent,
    /// It left, and nobody was there when it ended.
    Unknown,
    Ended(Instant, Told),
}

/// A request may go.
pub struct Pass<'g> {
    gate: &'g Gate,
    before: MutexGuard<'g, Before>,
}

impl Gate {
    /// `app` and `organisation`: as Xero knows them; `address`: where it is.
    pub fn new(db: &Db, app: &str, organisation: &str, address: &str, rules: Rules) -> Gate {
        Gate {
            db: db.clone(),
            app: app.to_owned(),
            organisation: organisation.to_owned(),
            purpose: Purpose::Person,
            rules,
            of_app: AppGate::of(address, app),
            before: Mutex::new(Before { by: name(Purpose::Person), became: Became::Nothing }),
            waits: watch::Sender::new(None),
        }
    }

    pub fn with(self, purpose: Purpose, rules: Rules) -> Gate {
        Gate { purpose, rules, before: Mutex::new(Before { by: name(purpose), became: Became::Nothing }), ..self }
    }

    /// Until when it waits, epoch milliseconds by the clock of this process; `None` while it does not.
    pub fn waits(&self) -> watch::Receiver<Option<i64>> {
        self.waits.subscribe()
    }

    /// Waits until the next request may go. `Err` where that takes too long, and nothing is sent.
    pub async fn pass(&self) -> Result<Pass<'_>, ConnectorError> {
        let mut before = self.before.lock().await;
        let telling = Telling(&self.waits);
        let began = Instant::now();
        while let Some(wait) = self.take(&mut before).await.map_err(unusable)? {
            let most = if self.purpose == Purpose::Person { PATIENCE_OF_A_PERSON } else { PATIENCE };
            let waited = if self.purpose == Purpose::Person { began.elapsed() } else { Duration::ZERO };
            if waited + wait > most {
                return Err(ConnectorError::RateLimited { retry_after: wait });
            }
            telling.tell(wait);
            tokio::time::sleep(wait).await;
        }
        self.of_app.pass(&self.db, &self.app, &self.rules).await?;
        Ok(Pass { gate: self, before })
    }

    /// Takes a place in the organisation's budget. `Some`: there is none for so long.
    async fn take(&self, before: &mut Before) -> anyhow::Result<Option<Duration>> {
        for _ in 0..TRIES {
            let (mut budget, version, now) = self.read(before).await?;
            if let Answer::Wait(ms) = budget.ask(&before.by, self.purpose, now, &self.rules) {
                return Ok(Some(Duration::from_millis(ms.max(1).unsigned_abs())));
            }
            if budgets::write(&self.db, &self.app, &self.organisation, version, &budget.text()).await? {
                before.became = Became::Unsent;
                return Ok(None);
            }
        }
        anyhow::bail!("what is left of the budget of an organisation in Xero could not be written {TRIES} times")
    }

    /// What is kept, with how the request before ended; its version, and the time.
    async fn read(&self, before: &Before) -> sqlx::Result<(Budget, Option<i64>, i64)> {
        let asked = Instant::now();
        let kept = budgets::read(&self.db, &self.app, &self.organisation).await?;
        let mut budget = Budget::parse(kept.state.as_deref());
        let end = match &before.became {
            Became::Nothing | Became::Unknown => None,
            Became::Unsent => Some(End::Unsent),
            // By the database's clock, and not too early: it is asked for the time after that.
            Became::Ended(at, told) => {
                let ago = i64::try_from(asked.duration_since(*at).as_millis()).unwrap_or(i64::MAX);
                Some(End::At(kept.now.saturating_sub(ago), *told))
            }
        };
        if let Some(end) = end {
            budget.end(&before.by, end, kept.now, &self.rules);
        }
        Ok((budget, kept.version, kept.now))
    }

    /// Writes how the request before ended, where no other follows it soon.
    pub async fn rest(&self) {
        self.write_end(&mut *self.before.lock().await).await;
    }

    async fn write_end(&self, before: &mut Before) {
        // Until it is written, it counts as under way: that is too much and not too little.
        if let Err(error) = self.try_to_write_end(before).await {
            tracing::warn!(error = format!("{error:#}"), "that a request to Xero ended could not be stored");
        }
    }

    async fn try_to_write_end(&self, before: &mut Before) -> anyhow::Result<()> {
        if matches!(before.became, Became::Nothing | Became::Unknown) {
            return Ok(());
        }
        for _ in 0..TRIES {
            let (budget, version, _) = self.read(before).await?;
            if budgets::write(&self.db, &self.app, &self.organisation, version, &budget.text()).await? {
                before.became = Became::Nothing;
                return Ok(());
            }
        }
        anyhow::bail!("others wrote it {TRIES} times")
    }

    /// What is left of the day, as far as Xero said so.
    pub async fn day(&self) -> sqlx::Result<Option<connection::Budget>> {
        let kept = budgets::read(&self.db, &self.app, &self.organisation).await?;
        let day = Budget::parse(kept.state.as_deref()).day(kept.now);
        Ok(day.map(|(left, of)| connection::Budget { left: left.unsigned_abs(), of: of.unsigned_abs(), per: "day" }))
    }
}

impl Pass<'_> {
    /// From here on it may be there already.
    pub fn leave(&mut self) {
        self.before.became = Became::Unknown;
    }

    /// Its answer is here, or no answer comes.
    pub async fn end(mut self, told: Told) {
        self.before.became = Became::Ended(Instant::now(), told);
        let gate = self.gate;
        if gate.purpose == Purpose::Person {
            // Nobody knows whether this person asks for more.
            gate.write_end(&mut self.before).await;
        }
        let hold = match (told.refused, told.app_minute) {
            (Some((Limit::AppMinute, ms)), _) => Some(ms),
            (_, Some(left)) => gate.of_app.hold_at(left),
            _ => None,
        };
        if let Some(ms) = hold
            && let Err(error) = gate.of_app.hold(&gate.db, &gate.app, ms).await
        {
            tracing::warn!(%error, "that Xero wants less of this app could not be stored");
        }
    }
}

/// In whose name requests are under way. A company has one sync at a time: one that is taken up again goes on in the name
/// of the one that was killed.
fn name(purpose: Purpose) -> String {
    if purpose == Purpose::Person { new_id() } else { "sync".to_owned() }
}

/// Says that nothing is waited for any more, however that ends.
struct Telling<'w>(&'w watch::Sender<Option<i64>>);

impl Telling<'_> {
    fn tell(&self, wait: Duration) {
        if wait >= WORTH_TELLING {
            let ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            self.0.send_replace(Some(now_ms().saturating_add(ms)));
        }
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        self.0.send_if_modified(|until| until.take().is_some());
    }
}

pub(super) fn unusable(error: anyhow::Error) -> ConnectorError {
    tracing::error!(error = format!("{error:#}"), "what is left of Xero's limits cannot be read or stored");
    ConnectorError::Transient("Tieout’s own database did not say what is left of Xero’s limits; its log says more".into())
}
