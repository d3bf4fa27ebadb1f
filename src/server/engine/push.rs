//! Sending records so that none is lost and none arrives twice. A record's intent is committed before its request
//! leaves; what became of it is committed with the external id; what we cannot know is looked up before anything
//! is sent again.

use super::outcome::Held;
use super::reference::Term;
use super::sides::side;
use super::work::{Halt, Work};
use crate::{
    domain::{
        matching::ReferenceKind,
        message::{Direction, Entity, ProblemKind},
        results::ConflictSide,
    },
    server::{
        connectors::{ConnectorError, Content, External, NaturalKey, PaymentContent, PushItem, PushOutcome},
        db::{
            links, new_id, now_ms,
            problems::{Found, Sides},
        },
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
    /// Documents: the contact's name.
    pub contact: Option<String>,
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
    /// What of its lines was translated, and from what.
    pub terms: BTreeSet<Term>,
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

    /// Which value here stands behind something the accounting side names.
    pub(super) fn local_value(&self, kind: ReferenceKind, named: &str) -> Option<String> {
        let mut of_kind = self.terms.iter().filter(|term| term.kind == kind);
        of_kind.find(|term| term.shown == named || term.external_id == named).map(|term| term.local.clone())
    }

    /// Whether a record found there is this one: the same contact, the same total.
    fn is(&self, found: &External) -> bool {
        match (&self.shown, &found.content) {
            (Content::Document(ours), Content::Document(theirs)) => {
                ours.contact_id == theirs.contact_id && ours.totals() == theirs.totals()
            }
            (Content::Contact(ours), Content::Contact(theirs)) => ours.name == theirs.name,
            // Whether it was taken back is no part of which one it is.
            (Content::Payment(ours), Content::Payment(theirs)) => PaymentContent { removed: false, ..ours.clone() } == *theirs,
            _ => false,
        }
    }

    /// Whether it was taken back here, so that nothing of it is to be there.
    fn is_taken_back(&self) -> bool {
        matches!(&self.shown, Content::Payment(payment) if payment.removed)
    }

    /// Whether it is credit that is applied. Nothing but its day and amount tells one from another of the same two documents,
    /// so one is as good as another.
    fn is_applied_credit(&self) -> bool {
        matches!(&self.shown, Content::Payment(payment) if payment.credit.is_some())
    }

    /// What the log says that became of it.
    fn sent_verb(&self) -> &'static str {
        if self.is_taken_back() { "Took back" } else { "Sent" }
    }
}

/// A short fingerprint of content, to tell whether either side changed it since.
pub fn content_hash(content: &Content) -> Result<String, serde_json::Error> {
    let digest = Sha256::digest(serde_json::to_vec(content)?);
    Ok(digest[..16].iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Work {
    /// Sends one batch, however often it takes, and commits what became of each record.
    pub async fn push(&mut self, mut batch: Vec<Outgoing>) -> Result<(), Halt> {
        for item in &mut batch {
            item.shown = self.connector.as_shown(item.shown.clone());
        }
        let (unsettled, mut remaining): (Vec<_>, Vec<_>) = batch.into_iter().partition(|item| item.unsettled.is_some());
        remaining = self.skip_equal(remaining).await?;
        remaining.extend(self.look_up(unsettled).await?);
        let mut tries = 0;
        while !remaining.is_empty() {
            self.go_on()?;
            let items;
            (remaining, items) = self.intend(remaining).await?;
            if items.is_empty() {
                return Ok(());
            }
            let answer = tokio::select! {
                answer = self.shown(self.connector.push(&items)) => answer,
                // The intents stay, so the next worker looks them up.
                () = stopped(&self.stop) => return Err(Halt::Stopping),
            };
            let error = match answer {
                Ok(outcomes) if outcomes.len() == items.len() => {
                    let (again, error) = self.settle(remaining, outcomes).await?;
                    remaining = again;
                    match error {
                        Some(error) => error,
                        None => continue,
                    }
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

    /// Commits what is about to be sent, without what was left out of syncs meanwhile.
    async fn intend(&self, batch: Vec<Outgoing>) -> Result<(Vec<Outgoing>, Vec<PushItem>), Halt> {
        let mut tx = self.begin().await?;
        let (mut going, mut items) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for mut item in batch {
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
            if links::intend(&mut tx, &intent, now_ms()).await? {
                let (external_id, content) = (item.external_id.clone(), item.content.clone());
                // Sent once more before its outcome is known, it is the same request.
                item.unsettled = Some((key.clone(), hash));
                items.push(PushItem { external_id, idempotency_key: key, content });
                going.push(item);
            }
        }
        self.commit_held(tx).await?;
        Ok((going, items))
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

    /// Commits the outcomes. What is to be sent again comes back, with the reason where it was not about the record itself.
    async fn settle(
        &mut self,
        batch: Vec<Outgoing>,
        outcomes: Vec<PushOutcome>,
    ) -> Result<(Vec<Outgoing>, Option<ConnectorError>), Halt> {
        let mut tx = self.begin().await?;
        let mut messages = Vec::with_capacity(batch.len());
        let mut again = Vec::new();
        let mut taken = Vec::new();
        let mut why = None;
        for (item, outcome) in batch.into_iter().zip(outcomes) {
            match outcome {
                Ok(external_id) => {
                    messages.push(self.arrived(&mut tx, &item, &external_id, item.sent_verb()).await?);
                    self.tally.sent += 1;
                }
                Err(error @ ConnectorError::Conflict { .. }) if matches!(item.content, Content::Document(_)) => {
                    links::withdraw(&mut tx, &self.connection.id, item.entity, &item.local_id).await?;
                    taken.push((item, error));
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
        for (item, error) in taken {
            again.extend(self.meet(item, &error).await?);
        }
        Ok((again, why))
    }

    /// A document was refused because its number is there already: looks at who has it. One that is this one comes back,
    /// to be brought up to date; any other is laid beside it for a person.
    async fn meet(&mut self, mut item: Outgoing, error: &ConnectorError) -> Result<Option<Outgoing>, Halt> {
        let found = self.read(|| self.connector.find(&item.natural_key)).await?;
        match found.iter().find(|found| item.external_id.as_ref() != Some(&found.external_id)) {
            Some(found) if item.external_id.is_none() && item.is(found) && self.is_free(&item, found).await? => {
                if content_hash(&found.content)? == content_hash(&item.shown)? {
                    self.found_there(&item, &found.external_id).await?;
                    return Ok(None);
                }
                item.external_id = Some(found.external_id.clone());
                item.unsettled = None;
                Ok(Some(item))
            }
            Some(found) => {
                self.stand_against(&item, found).await?;
                Ok(None)
            }
            None => {
                let mut tx = self.begin().await?;
                let message = self.refused(&mut tx, &item, error).await?;
                self.log(&mut tx, &[message]).await?;
                self.commit(tx).await?;
                Ok(None)
            }
        }
    }

    /// Commits that a record is there as it should be.
    async fn found_there(&mut self, item: &Outgoing, external_id: &str) -> Result<(), Halt> {
        let mut tx = self.begin().await?;
        let verb = if item.is_taken_back() { "Taken back there already:" } else { "Found there already:" };
        let message = self.arrived(&mut tx, item, external_id, verb).await?;
        self.tally.sent += 1;
        self.log(&mut tx, &[message]).await?;
        self.commit(tx).await
    }

    /// Whether no other record here is linked to one found there.
    async fn is_free(&self, item: &Outgoing, found: &External) -> Result<bool, Halt> {
        let link = links::by_external(&self.db, &self.connection.id, item.entity, &found.external_id).await?;
        Ok(link.is_none_or(|link| link.local_id == item.local_id))
    }

    /// Of applied credit that was found, the one that is linked to the item, or the first that is linked to nothing.
    async fn free_ones(&self, item: &Outgoing, found: Vec<External>) -> Result<Vec<External>, Halt> {
        for one in found {
            let is_it = item.external_id.as_ref().is_none_or(|id| *id == one.external_id);
            if is_it && self.is_free(item, &one).await? {
                return Ok(vec![one]);
            }
        }
        Ok(Vec::new())
    }

    /// Holds a record back because another is there in its place: a person chooses.
    async fn stand_against(&mut self, item: &Outgoing, found: &External) -> Result<(), Halt> {
        let what = item.entity.label().to_lowercase();
        let (code, cause) = match item.entity {
            Entity::Contact => ("name-taken", format!("Another {what} with this name is there already")),
            Entity::Payment => ("payment-taken", format!("Another {what} of this day and amount is there already")),
            _ => ("number-taken", format!("Another {what} with this number is there already")),
        };
        let ours = ConflictSide { external_id: item.external_id.clone(), ..side(&item.shown, item.contact.clone()) };
        let theirs = self.theirs(&self.db, found).await?;
        let found = Found {
            entity: item.entity,
            local_id: item.local_id.clone(),
            external_id: Some(found.external_id.clone()),
            label: item.label.clone(),
            direction: Direction::Out,
            kind: ProblemKind::Conflict,
            code,
            cause,
            advice: "Compare the two: take over the one there, send this one as new, or leave it out of syncs.".into(),
            detail: String::new(),
            subject: None,
            blocked_by: None,
            sides: Some(Sides::new(Some(&ours), &theirs)?),
        };
        self.hold(vec![Held { version: item.version, found }]).await
    }

    /// Finds out what became of records that may or may not have arrived. Those that are there as they should be
    /// are done; those that are there in an older form, and those that are not there, come back to be sent.
    async fn look_up(&mut self, batch: Vec<Outgoing>) -> Result<Vec<Outgoing>, Halt> {
        let mut to_send = Vec::new();
        for mut item in batch {
            let mut found = self.read(|| self.connector.find(&item.natural_key)).await?;
            if item.is_applied_credit() {
                found = self.free_ones(&item, found).await?;
            }
            let mut ours = found.iter().filter(|found| item.external_id.as_ref().is_none_or(|id| *id == found.external_id));
            let (first, second) = (ours.next(), ours.next());
            match (first, second) {
                (None, _) if item.is_taken_back() => match item.external_id.clone() {
                    Some(id) => self.found_there(&item, &id).await?,
                    None => self.never_sent(&item.local_id, item.version).await?,
                },
                (None, _) => to_send.push(item),
                (Some(found), None) if item.external_id.is_some() || (item.is(found) && self.is_free(&item, found).await?) => {
                    if content_hash(&found.content)? == content_hash(&item.shown)? {
                        self.found_there(&item, &found.external_id).await?;
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
                    self.stand_against(&item, found).await?;
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
