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

/// A record that cannot go out, in the version that was looked at.
pub struct Held {
    pub version: i64,
    pub found: Found,
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
        let text = format!("{verb} {} {}", item.content.label().to_lowercase(), item.label);
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

    /// Nothing of a payment is there, and nothing is to be: it waits no longer.
    pub(super) async fn never_sent(&mut self, local_id: &str, version: i64) -> Result<(), Halt> {
        let mut tx = self.begin().await?;
        links::withdraw(&mut tx, &self.connection.id, Entity::Payment, local_id).await?;
        pending::done(&mut tx, Entity::Payment, local_id, version).await?;
        problems::resolve(&mut tx, &self.run.company_id, Entity::Payment, local_id, now_ms()).await?;
        self.done += 1;
        self.commit(tx).await
    }

    pub(super) async fn refused(&mut self, tx: &mut Tx, item: &Outgoing, error: &ConnectorError) -> Result<NewMessage, Halt> {
        links::withdraw(tx, &self.connection.id, item.entity, &item.local_id).await?;
        let reading = catalogue::read(error);
        let found = Found {
            entity: item.entity,
            local_id: item.local_id.clone(),
            external_id: item.external_id.clone(),
            label: item.label.clone(),
            direction: Direction::Out,
            kind: ProblemKind::Failed,
            code: reading.code,
            cause: reading.cause,
            advice: reading.advice,
            detail: error.to_string(),
            subject: reading.subject.and_then(|(kind, named)| Some((kind, item.local_value(kind, &named)?))),
            blocked_by: None,
            sides: None,
        };
        let received = serde_json::json!({ "error": found.detail }).to_string();
        self.held(tx, Held { version: item.version, found }, serde_json::to_string(&item.content)?, received).await
    }

    /// Reports a record that did not go out, and says so in the log.
    async fn held(&mut self, tx: &mut Tx, held: Held, sent: String, received: String) -> Result<NewMessage, Halt> {
        let Held { version, found } = held;
        problems::report(tx, &self.run.company_id, &self.run.id, &found, now_ms()).await?;
        let level = if found.kind == ProblemKind::Blocked {
            // It goes by itself once the other record has gone: it counts as not tried.
            self.tally.blocked += 1;
            Level::Warning
        } else {
            pending::tried(tx, found.entity, &found.local_id, version).await?;
            self.tally.failed += 1;
            Level::Error
        };
        self.done += 1;
        Ok(NewMessage {
            entity: found.entity,
            local_id: Some(found.local_id),
            external_id: found.external_id,
            label: found.label,
            direction: Direction::Out,
            level,
            text: found.cause,
            advice: found.advice,
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
            messages.push(self.held(&mut tx, held, String::new(), String::new()).await?);
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
