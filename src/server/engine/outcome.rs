//! What became of a record on its way out: it arrived, it was refused, it is held back, or the attempt came to
//! nothing. Each is told in the log, and what needs a person is a problem.

use super::catalogue;
use super::push::{Outgoing, content_hash};
use super::work::{Halt, Work};
use crate::{
    domain::message::{Direction, Entity, Level, ProblemKind},
    server::{
        connectors::ConnectorError,
        db::{
            Tx, links,
            messages::NewMessage,
            now_ms, pending,
            problems::{self, Found},
        },
    },
};

/// A record that cannot go out, found before anything was sent.
pub struct Held {
    pub entity: Entity,
    pub local_id: String,
    /// What it is there, or what stands in its way there.
    pub external_id: Option<String>,
    pub version: i64,
    pub label: String,
    pub kind: ProblemKind,
    pub cause: String,
    pub advice: String,
    pub blocked_by: Option<String>,
}

impl Work {
    /// The record is there as it should be; the caller counts whether it was sent or was so already.
    pub(super) async fn arrived(
        &mut self,
        tx: &mut Tx,
        item: &Outgoing,
        external_id: &str,
        verb: &str,
    ) -> Result<NewMessage, Halt> {
        let now = now_ms();
        let hash = content_hash(&item.shown)?;
        let link = links::Settled {
            connection_id: &self.connection.id,
            company_id: &self.run.company_id,
            entity: item.entity,
            local_id: &item.local_id,
            external_id,
            version: item.version,
            hash: &hash,
        };
        links::settle(tx, &link, now).await?;
        pending::done(tx, item.entity, &item.local_id, item.version).await?;
        problems::resolve(tx, &self.run.company_id, item.entity, &item.local_id, now).await?;
        self.done += 1;
        let text = format!("{verb} {} {}", item.entity.label().to_lowercase(), item.label);
        let (level, text, advice) = match item.without() {
            None => (Level::Info, text, ""),
            Some(without) => {
                (Level::Warning, text + &without, "As chosen in Integration settings: match it there to send it too.")
            }
        };
        Ok(NewMessage {
            entity: item.entity,
            local_id: Some(item.local_id.clone()),
            external_id: Some(external_id.to_owned()),
            label: item.label.clone(),
            direction: Direction::Out,
            level,
            text,
            advice: advice.into(),
            sent: serde_json::to_string(&item.content)?,
            received: serde_json::json!({ "id": external_id }).to_string(),
        })
    }

    pub(super) async fn refused(&mut self, tx: &mut Tx, item: &Outgoing, error: &ConnectorError) -> Result<NewMessage, Halt> {
        links::withdraw(tx, &self.connection.id, item.entity, &item.local_id).await?;
        let (cause, advice) = catalogue::read(error);
        let detail = error.to_string();
        let held = Held {
            entity: item.entity,
            local_id: item.local_id.clone(),
            external_id: item.external_id.clone(),
            version: item.version,
            label: item.label.clone(),
            kind: ProblemKind::Failed,
            cause,
            advice,
            blocked_by: None,
        };
        let received = serde_json::json!({ "error": detail }).to_string();
        self.held(tx, &held, &detail, serde_json::to_string(&item.content)?, received).await
    }

    /// Reports a record that did not go out, and says so in the log.
    async fn held(&mut self, tx: &mut Tx, held: &Held, detail: &str, sent: String, received: String) -> Result<NewMessage, Halt> {
        let found = Found {
            entity: held.entity,
            local_id: held.local_id.clone(),
            external_id: held.external_id.clone(),
            label: held.label.clone(),
            kind: held.kind,
            cause: held.cause.clone(),
            advice: held.advice.clone(),
            detail: detail.to_owned(),
            blocked_by: held.blocked_by.clone(),
        };
        problems::report(tx, &self.run.company_id, &self.run.id, &found, now_ms()).await?;
        let level = if held.kind == ProblemKind::Blocked {
            // It goes by itself once the other record has gone: it counts as not tried.
            self.tally.blocked += 1;
            Level::Warning
        } else {
            pending::tried(tx, held.entity, &held.local_id, held.version).await?;
            self.tally.failed += 1;
            Level::Error
        };
        self.done += 1;
        Ok(NewMessage {
            entity: held.entity,
            local_id: Some(held.local_id.clone()),
            external_id: held.external_id.clone(),
            label: held.label.clone(),
            direction: Direction::Out,
            level,
            text: held.cause.clone(),
            advice: held.advice.clone(),
            sent,
            received,
        })
    }

    /// Commits records that cannot go out as they are.
    pub async fn hold(&mut self, all: Vec<Held>) -> Result<(), Halt> {
        if all.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let mut messages = Vec::with_capacity(all.len());
        for held in all {
            messages.push(self.held(&mut tx, &held, "", String::new(), String::new()).await?);
        }
        self.log(&mut tx, &messages).await?;
        self.commit(tx).await
    }

    /// Every attempt leaves a message with each of its records, those that came to nothing too.
    pub(super) async fn note_attempt(&self, batch: &[Outgoing], error: &ConnectorError, advice: &str) -> Result<(), Halt> {
        let mut messages = Vec::with_capacity(batch.len());
        for item in batch {
            messages.push(NewMessage {
                entity: item.entity,
                local_id: Some(item.local_id.clone()),
                external_id: item.external_id.clone(),
                label: item.label.clone(),
                direction: Direction::Out,
                level: Level::Warning,
                text: error.to_string(),
                advice: advice.to_owned(),
                sent: serde_json::to_string(&item.content)?,
                received: String::new(),
            });
        }
        let mut tx = self.begin().await?;
        self.log(&mut tx, &messages).await?;
        self.commit_held(tx).await
    }
}
