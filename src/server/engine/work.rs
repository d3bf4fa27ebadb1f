//! One claimed run at work: what its stages share. Every call to the accounting side and every commit goes
//! through here, so rate limits, lost access, lost leases and a stopping server are handled in one place.

use crate::{
    domain::{
        message::{Direction, Entity, Level},
        run::{RunScope, Stage, wait_words},
    },
    server::{
        connectors::{Connector, ConnectorError},
        db::{
            Db, Tx, companies,
            connections::Connection,
            messages::{self, NewMessage},
            now_ms, pending, run_stages,
            runs::{self, Claimed, Tally},
            status,
        },
    },
};
use std::{
    future::Future,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Why a run does not go on.
#[derive(Debug)]
pub enum Halt {
    /// The accounting side no longer lets us in.
    Lost(String),
    /// It cannot be completed now; the sentence says why.
    Failed(String),
    /// This server stops: the run goes back to the queue.
    Stopping,
    /// A rate limit has to pass first, until then (epoch milliseconds): the run goes back to the queue meanwhile.
    Paused(i64),
    /// Another worker holds the run now.
    LeaseLost,
    Internal(anyhow::Error),
}

impl From<sqlx::Error> for Halt {
    fn from(error: sqlx::Error) -> Self {
        Halt::Internal(error.into())
    }
}

impl From<serde_json::Error> for Halt {
    fn from(error: serde_json::Error) -> Self {
        Halt::Internal(error.into())
    }
}

/// Tries of a call that provably was not applied, and the first pause between them; it doubles.
const TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// A limit by the minute is waited for; one that takes longer gives its place to other companies.
const PATIENCE: Duration = Duration::from_secs(90);
/// Nothing asks for a longer pause than until the next day's budget.
const LONGEST_PAUSE: Duration = Duration::from_secs(25 * 60 * 60);

/// What the stages of one run work with.
pub struct Work {
    pub db: Db,
    pub owner: String,
    pub run: Claimed,
    pub scope: RunScope,
    pub connection: Connection,
    pub connector: Box<dyn Connector>,
    /// When it makes room for others; `None`: it does not.
    pub turn_until: Option<Instant>,
    pub stop: CancellationToken,
    pub tally: Tally,
    pub stage: Stage,
    /// The tally when the stage began, and what earlier workers had counted in it; `None` before the first stage.
    pub at_entry: Option<(Tally, Tally)>,
    pub done: i64,
    pub total: i64,
}

impl Work {
    /// Which pending records this run takes out.
    pub fn pending(&self) -> pending::Scope<'_> {
        pending::Scope {
            connection_id: &self.connection.id,
            company_id: &self.run.company_id,
            sync_from: &self.connection.sync_from,
            scope: self.scope,
        }
    }

    /// Begins a stage and shows it.
    pub async fn enter(&mut self, stage: Stage, total: i64) -> Result<(), Halt> {
        (self.stage, self.done, self.total) = (stage, 0, total);
        let mut tx = self.begin().await?;
        let counted = run_stages::enter(&mut tx, &self.run.id, stage, now_ms()).await?;
        self.at_entry = Some((self.tally, counted));
        self.commit(tx).await
    }

    /// Begins a transaction that holds this company.
    pub async fn begin(&self) -> Result<Tx, Halt> {
        let mut tx = self.db.begin().await?;
        companies::lock(&mut tx, &self.run.company_id).await?;
        Ok(tx)
    }

    /// Stores the progress with what the transaction holds and commits; nothing is committed once the lease is lost.
    pub async fn commit(&self, mut tx: Tx) -> Result<(), Halt> {
        self.store_progress(&mut tx).await?;
        status::refresh(&mut tx, &self.run.company_id, now_ms()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Commits what no page shows; as with [`Work::commit`], nothing once the lease is lost.
    pub async fn commit_held(&self, mut tx: Tx) -> Result<(), Halt> {
        self.store_progress(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn store_progress(&self, tx: &mut Tx) -> Result<(), Halt> {
        if !runs::progress(tx, &self.run.id, &self.owner, self.stage, self.done, self.total, self.tally).await? {
            return Err(Halt::LeaseLost);
        }
        if let Some((before, counted)) = self.at_entry {
            run_stages::count(tx, &self.run.id, self.stage, self.tally.since(before, counted)).await?;
        }
        Ok(())
    }

    pub async fn log(&self, tx: &mut Tx, messages: &[NewMessage]) -> Result<(), Halt> {
        messages::append(tx, &self.run.company_id, &self.run.id, messages, now_ms()).await?;
        Ok(())
    }

    /// A message about the run itself, committed by itself.
    pub async fn note(&self, level: Level, text: String, advice: &str) -> Result<(), Halt> {
        let mut tx = self.begin().await?;
        self.log(&mut tx, &[run_message(level, text, advice)]).await?;
        self.commit(tx).await
    }

    /// `Err` once this server stops.
    pub fn go_on(&self) -> Result<(), Halt> {
        if self.stop.is_cancelled() { Err(Halt::Stopping) } else { Ok(()) }
    }

    /// `Err` where it had its turn and others wait for a place: it goes on after them. Only where something was committed
    /// since it began, or it would get nowhere.
    pub async fn make_room(&self) -> Result<(), Halt> {
        let had_its_turn = self.turn_until.is_some_and(|until| Instant::now() >= until);
        if had_its_turn && runs::is_any_due(&self.db, now_ms()).await? { Err(Halt::Paused(now_ms())) } else { Ok(()) }
    }

    /// Reads from the accounting side: waits out rate limits, tries again what failed on the way.
    pub async fn read<T, F>(&self, call: impl Fn() -> F) -> Result<T, Halt>
    where
        F: Future<Output = Result<T, ConnectorError>> + Send,
    {
        let mut tries = 0;
        loop {
            self.go_on()?;
            let answer = tokio::select! {
                answer = self.shown(call()) => answer,
                () = self.stop.cancelled() => return Err(Halt::Stopping),
            };
            match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => self.pause(error, &mut tries).await?,
            }
        }
    }

    /// Waits before a call is made again; `Err` where another try is of no use. For a write, an unknown outcome
    /// must have been dealt with before.
    pub async fn pause(&self, error: ConnectorError, tries: &mut u32) -> Result<(), Halt> {
        match error {
            ConnectorError::NeedsReconnect(reason) => Err(Halt::Lost(reason)),
            ConnectorError::RateLimited { retry_after } => self.wait_for_limit(retry_after).await,
            ConnectorError::Transient(reason) | ConnectorError::UnknownOutcome(reason) => {
                *tries += 1;
                if *tries >= TRIES {
                    return Err(Halt::Failed(reason));
                }
                self.sleep(FIRST_PAUSE * 2u32.pow(*tries - 1)).await
            }
            other => Err(Halt::Failed(other.to_string())),
        }
    }

    /// Only this run waits; what it waits for and until when shows on the page.
    async fn wait_for_limit(&self, retry_after: Duration) -> Result<(), Halt> {
        let retry_after = retry_after.min(LONGEST_PAUSE);
        // A day at most.
        let until = now_ms() + retry_after.as_millis() as i64;
        let mut tx = self.begin().await?;
        let wait = wait_words(retry_after.as_secs());
        let text = format!("The accounting software's rate limit is used up; going on in {wait}");
        self.log(&mut tx, &[run_message(Level::Info, text, "")]).await?;
        if retry_after > PATIENCE {
            self.commit_held(tx).await?;
            return Err(Halt::Paused(until));
        }
        self.show_wait(tx, until).await?;
        let began = Instant::now();
        let slept = self.sleep(retry_after).await;
        self.count_wait(began.elapsed()).await?;
        slept
    }

    /// Makes a call. While it waits for a limit, that and until when shows on the page.
    pub async fn shown<T>(&self, call: impl Future<Output = T>) -> T {
        let Some(mut waits) = self.connector.waits() else { return call.await };
        let mut call = std::pin::pin!(call);
        let mut waiting: Option<Instant> = None;
        loop {
            let until = tokio::select! {
                biased;
                answer = &mut call => {
                    self.ended_waiting(&mut waiting).await;
                    return answer;
                }
                Ok(()) = waits.changed() => *waits.borrow_and_update(),
            };
            match until {
                Some(until) => {
                    waiting.get_or_insert_with(Instant::now);
                    let shown = async { self.show_wait(self.begin().await?, until).await };
                    self.unless_halted(shown.await);
                }
                None => self.ended_waiting(&mut waiting).await,
            }
        }
    }

    async fn ended_waiting(&self, waiting: &mut Option<Instant>) {
        if let Some(since) = waiting.take() {
            self.unless_halted(self.count_wait(since.elapsed()).await);
        }
    }

    /// What a call brings is worth more than that its wait was seen; what halts the run halts it when that is stored.
    fn unless_halted(&self, shown: Result<(), Halt>) {
        if let Err(halt) = shown {
            tracing::warn!(run = self.run.id, ?halt, "that a sync waits for a rate limit could not be shown");
        }
    }

    async fn show_wait(&self, mut tx: Tx, until: i64) -> Result<(), Halt> {
        runs::wait(&mut tx, &self.run.id, &self.owner, until).await?;
        status::touch(&mut tx, &self.run.company_id).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn count_wait(&self, waited: Duration) -> Result<(), Halt> {
        let mut tx = self.begin().await?;
        run_stages::waited(&mut tx, &self.run.id, self.stage, i64::try_from(waited.as_millis()).unwrap_or(i64::MAX)).await?;
        self.commit(tx).await
    }

    pub async fn sleep(&self, pause: Duration) -> Result<(), Halt> {
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            () = self.stop.cancelled() => Err(Halt::Stopping),
        }
    }
}

/// A message about a run as a whole.
pub fn run_message(level: Level, text: String, advice: &str) -> NewMessage {
    NewMessage {
        entity: Entity::Run,
        local_id: None,
        external_id: None,
        label: String::new(),
        direction: Direction::None,
        level,
        text,
        advice: advice.into(),
        sent: String::new(),
        received: String::new(),
    }
}
