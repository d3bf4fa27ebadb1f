//! Sending records so that none is lost and none arrives twice. A record's intent is committed before its request
//! leaves; what became of it is committed with the external id; what we cannot know is looked up before anything
//! is sent again.

use super::outcome::Held;
use super::work::{Halt, Work};
use crate::{
    domain::message::{Entity, ProblemKind},
    server::{
        connectors::{ConnectorError, Content, External, NaturalKey, PushItem, PushOutcome},
        db::{links, new_id, now_ms},
    },
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, time::Duration};

/// How long a request that has left is waited for once the server stops.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// One record on its way out.
pub struct Outgoing {
    pub entity: Entity,
    pub local_id: String,
    pub version: i64,
    pub label: String,
    /// Its id there, once it has one.
    pub external_id: Option<String>,
    /// Hash of what the accounting side showed of it last.
    pub known: String,
    /// The key of an earlier attempt whose outcome is not known, and the hash of what it carried.
    pub unsettled: Option<(String, String)>,
    pub natural_key: NaturalKey,
    /// With the accounting side's ids.
    pub content: Content,
    /// As the accounting side will show it: codes and names in place of ids.
    pub shown: Content,
    /// Tracking options it goes without, as a person chose.
    pub left_out: BTreeSet<String>,
}

impl Outgoing {
    fn key(&self, hash: &str) -> String {
        match &self.unsettled {
            Some((key, before)) if before == hash => key.clone(),
            _ => new_id(),
        }
    }

    /// What the log says of tracking options that stay behind.
    pub(super) fn without(&self) -> Option<String> {
        let options: Vec<&str> = self.left_out.iter().map(String::as_str).collect();
        let plural = if options.len() == 1 { "" } else { "s" };
        (!options.is_empty()).then(|| format!(" without tracking option{plural} {}", options.join(", ")))
    }

    /// Whether a record found there is this one: the same contact, the same total.
    fn is(&self, found: &External) -> bool {
        match (&self.shown, &found.content) {
            (Content::Document(ours), Content::Document(theirs)) => {
                ours.contact_id == theirs.contact_id && ours.totals() == theirs.totals()
            }
            (Content::Contact(ours), Content::Contact(theirs)) => ours.name == theirs.name,
            (Content::Payment(ours), Content::Payment(theirs)) => ours == theirs,
            _ => false,
        }
    }
}

/// A short fingerprint of content, to tell whether either side changed it since.
pub fn content_hash(content: &Content) -> Result<String, serde_json::Error> {
    let digest = Sha256::digest(serde_json::to_vec(content)?);
    Ok(digest[..16].iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Work {
    /// Sends one batch, however often it takes, and commits what became of each record.
    pub async fn push(&mut self, batch: Vec<Outgoing>) -> Result<(), Halt> {
        let (unsettled, mut remaining): (Vec<_>, Vec<_>) = batch.into_iter().partition(|item| item.unsettled.is_some());
        remaining = self.skip_equal(remaining).await?;
        remaining.extend(self.look_up(unsettled).await?);
        let mut tries = 0;
        while !remaining.is_empty() {
            self.go_on()?;
            let items = self.intend(&remaining).await?;
            let answer = tokio::select! {
                answer = self.connector.push(&items) => answer,
                // The intents stay, so the next worker looks them up.
                () = stopped(&self.stop) => return Err(Halt::Stopping),
            };
            let error = match answer {
                Ok(outcomes) if outcomes.len() == items.len() => {
                    let Some((again, error)) = self.settle(remaining, outcomes).await? else { return Ok(()) };
                    remaining = again;
                    error
                }
                Ok(outcomes) => {
                    ConnectorError::UnknownOutcome(format!("{} records sent, {} answers", items.len(), outcomes.len()))
                }
                Err(error) => error,
            };
            if matches!(error, ConnectorError::UnknownOutcome(_) | ConnectorError::Protocol(_)) {
                self.note_attempt(&remaining, &error, "It is looked up there before it is sent again.").await?;
                self.pause(ConnectorError::UnknownOutcome(error.to_string()), &mut tries).await?;
                remaining = self.look_up(remaining).await?;
            } else {
                // Nothing of these was applied, so nothing is unknown about them.
                self.withdraw(&remaining, &error).await?;
                for item in &mut remaining {
                    item.unsettled = None;
                }
                self.pause(error, &mut tries).await?;
            }
        }
        Ok(())
    }

    /// Leaves out what the accounting side holds already, word for word, as after a match by number.
    async fn skip_equal(&mut self, batch: Vec<Outgoing>) -> Result<Vec<Outgoing>, Halt> {
        let mut different = Vec::with_capacity(batch.len());
        let mut equal = Vec::new();
        for item in batch {
            match &item.external_id {
                Some(id) if item.known == content_hash(&item.shown)? => equal.push((id.clone(), item)),
                _ => different.push(item),
            }
        }
        if !equal.is_empty() {
            let mut tx = self.begin().await?;
            let mut messages = Vec::with_capacity(equal.len());
            for (external_id, item) in equal {
                messages.push(self.arrived(&mut tx, &item, &external_id, "Equal on both sides:").await?);
                self.tally.unchanged += 1;
            }
            self.log(&mut tx, &messages).await?;
            self.commit(tx).await?;
        }
        Ok(different)
    }

    /// Commits what is about to be sent.
    async fn intend(&self, batch: &[Outgoing]) -> Result<Vec<PushItem>, Halt> {
        let mut tx = self.begin().await?;
        let mut items = Vec::with_capacity(batch.len());
        for item in batch {
            let hash = content_hash(&item.shown)?;
            let key = item.key(&hash);
            let intent = links::Intent {
                connection_id: &self.connection.id,
                company_id: &self.run.company_id,
                entity: item.entity,
                local_id: &item.local_id,
                key: &key,
                hash: &hash,
                version: item.version,
            };
            links::intend(&mut tx, &intent, now_ms()).await?;
            items.push(PushItem { external_id: item.external_id.clone(), idempotency_key: key, content: item.content.clone() });
        }
        self.commit_held(tx).await?;
        Ok(items)
    }

    /// Takes intents back that were provably not applied.
    async fn withdraw(&self, batch: &[Outgoing], error: &ConnectorError) -> Result<(), Halt> {
        let mut tx = self.begin().await?;
        for item in batch {
            links::withdraw(&mut tx, &self.connection.id, item.entity, &item.local_id).await?;
        }
        self.commit_held(tx).await?;
        // A limit holds back the run, not its records, and is told of once.
        if matches!(error, ConnectorError::RateLimited { .. }) {
            return Ok(());
        }
        self.note_attempt(batch, error, "Nothing of it was taken; it is still to be sent.").await
    }

    /// Commits the outcomes. What was not about the record itself comes back, with the reason, to be sent again.
    async fn settle(
        &mut self,
        batch: Vec<Outgoing>,
        outcomes: Vec<PushOutcome>,
    ) -> Result<Option<(Vec<Outgoing>, ConnectorError)>, Halt> {
        let mut tx = self.begin().await?;
        let mut messages = Vec::with_capacity(batch.len());
        let mut again = Vec::new();
        let mut why = None;
        for (item, outcome) in batch.into_iter().zip(outcomes) {
            match outcome {
                Ok(external_id) => {
                    messages.push(self.arrived(&mut tx, &item, &external_id, "Sent").await?);
                    self.tally.sent += 1;
                }
                Err(error) if error.is_about_the_record() => messages.push(self.refused(&mut tx, &item, &error).await?),
                Err(error) => {
                    // One of unknown outcome makes all that are left be looked up.
                    if !matches!(why, Some(ConnectorError::UnknownOutcome(_))) {
                        why = Some(error);
                    }
                    again.push(item);
                }
            }
        }
        self.log(&mut tx, &messages).await?;
        self.commit(tx).await?;
        Ok(why.map(|error| (again, error)))
    }

    /// Finds out what became of records that may or may not have arrived. Those that are there as they should be
    /// are done; those that are there in an older form, and those that are not there, come back to be sent.
    async fn look_up(&mut self, batch: Vec<Outgoing>) -> Result<Vec<Outgoing>, Halt> {
        let mut to_send = Vec::new();
        for mut item in batch {
            let found = self.read(|| self.connector.find(&item.natural_key)).await?;
            let mut ours = found.iter().filter(|found| item.external_id.as_ref().is_none_or(|id| *id == found.external_id));
            let (first, second) = (ours.next(), ours.next());
            match (first, second) {
                (None, _) => to_send.push(item),
                (Some(found), None) if item.external_id.is_some() || item.is(found) => {
                    if content_hash(&found.content)? == content_hash(&item.shown)? {
                        let mut tx = self.begin().await?;
                        let message = self.arrived(&mut tx, &item, &found.external_id, "Found there already:").await?;
                        self.tally.sent += 1;
                        self.log(&mut tx, &[message]).await?;
                        self.commit(tx).await?;
                    } else {
                        item.external_id = Some(found.external_id.clone());
                        item.unsettled = None;
                        to_send.push(item);
                    }
                }
                (Some(found), _) => {
                    let mut tx = self.begin().await?;
                    links::withdraw(&mut tx, &self.connection.id, item.entity, &item.local_id).await?;
                    self.commit_held(tx).await?;
                    let what = item.entity.label().to_lowercase();
                    let held = Held {
                        entity: item.entity,
                        local_id: item.local_id.clone(),
                        external_id: Some(found.external_id.clone()),
                        version: item.version,
                        label: item.label.clone(),
                        kind: ProblemKind::Conflict,
                        cause: format!("Another {what} with this number or name is there already"),
                        advice: "Compare the two. Renumber this one, or remove the other, and sync again.".into(),
                        blocked_by: None,
                    };
                    self.hold(vec![held]).await?;
                }
            }
        }
        Ok(to_send)
    }
}

async fn stopped(stop: &tokio_util::sync::CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(LAST_WAIT).await;
}
