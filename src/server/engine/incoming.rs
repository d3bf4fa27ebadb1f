//! What comes in: changed records page by page, each page and its cursor committed together, so that reading one
//! again is harmless. Our own writes come back as an echo and are told by their hash.

use super::push::content_hash;
use super::work::{Halt, Work, run_message};
use crate::{
    domain::{
        document::DocumentState,
        message::{Direction, Entity, Level, ProblemKind},
        run::RunScope,
    },
    server::{
        connectors::{ContactContent, Content, Dataset, DocumentContent, External},
        db::{
            Tx, contacts,
            documents::{self, DocumentFacts, Made, Prepared, Replacement},
            holdings, incoming, links,
            messages::NewMessage,
            money, now_ms, pending,
            problems::{
                self, Found, Sides,
                decisions::{self, Conflict},
            },
            untried,
        },
    },
};
use std::collections::HashMap;

/// The conflicts of an entity that were open when it began to be read, by local id.
pub(super) type Conflicts = HashMap<String, Conflict>;

/// What the records of a dataset are.
fn entity_of(dataset: Dataset) -> Entity {
    match dataset {
        Dataset::Accounts => Entity::Account,
        Dataset::TaxRates => Entity::TaxRate,
        Dataset::Tracking => Entity::Tracking,
        Dataset::Contacts => Entity::Contact,
        Dataset::Invoices => Entity::Invoice,
        Dataset::Bills => Entity::Bill,
        Dataset::CreditNotes => Entity::CreditNote,
        Dataset::Payments => Entity::Payment,
    }
}

/// The dataset an entity comes in with.
pub fn dataset_of(entity: Entity) -> Option<Dataset> {
    Some(match entity {
        Entity::Contact => Dataset::Contacts,
        Entity::Invoice => Dataset::Invoices,
        Entity::Bill => Dataset::Bills,
        Entity::CreditNote => Dataset::CreditNotes,
        Entity::Payment => Dataset::Payments,
        _ => return None,
    })
}

/// What became of one incoming record: what the log says of it, `None` where nothing changed.
pub(super) type Outcome = Result<Option<NewMessage>, Halt>;

impl Work {
    /// Reads a dataset from its cursor to its end.
    pub async fn pull(&mut self, dataset: Dataset) -> Result<(), Halt> {
        let mut tx = self.begin().await?;
        let every = self.connector.caps().read_whole_every.filter(|_| self.scope == RunScope::Full);
        let since = every.map(|every| now_ms() - i64::try_from(every.as_millis()).unwrap_or(i64::MAX));
        if incoming::begin_again(&mut tx, &self.connection.id, dataset.as_str(), since).await? {
            let what = entity_of(dataset).label().to_lowercase();
            let text = format!("Reads every {what} again, for changes that were not reported");
            self.log(&mut tx, &[run_message(Level::Info, text, "")]).await?;
        }
        self.commit_held(tx).await?;
        let open = self.open_conflicts(&[dataset]).await?;
        let mut cursor = incoming::cursor(&self.db, &self.connection.id, dataset.as_str()).await?;
        loop {
            self.go_on()?;
            let page = self.read(|| self.connector.pull(dataset, cursor.as_deref())).await?;
            let mut tx = self.begin().await?;
            let mut messages = Vec::new();
            for item in &page.items {
                messages.extend(self.take(&mut tx, item, &open).await?);
            }
            self.tally.received += messages.iter().filter(|message| message.level == Level::Info).count() as i64;
            self.log(&mut tx, &messages).await?;
            incoming::set_cursor(&mut tx, &self.connection.id, dataset.as_str(), &page.cursor, now_ms()).await?;
            self.commit(tx).await?;
            cursor = Some(page.cursor);
            if !page.more {
                return Ok(());
            }
            self.make_room().await?;
        }
    }

    /// The open conflicts of what datasets hold.
    pub(super) async fn open_conflicts(&self, datasets: &[Dataset]) -> Result<Conflicts, Halt> {
        let mut all = Conflicts::new();
        for dataset in datasets {
            let open = decisions::of_entity(&self.db, &self.run.company_id, entity_of(*dataset)).await?;
            all.extend(open.into_iter().map(|conflict| (conflict.local_id.clone(), conflict)));
        }
        Ok(all)
    }

    /// Takes one record in.
    pub(super) async fn take(&mut self, tx: &mut Tx, item: &External, open: &Conflicts) -> Result<Vec<NewMessage>, Halt> {
        let message = match &item.content {
            Content::Contact(content) => self.take_contact(tx, item, content, open).await?,
            Content::Document(content) => self.take_document(tx, item, content, open).await?,
            Content::Payment(content) => self.take_payment(tx, item, content).await?,
        };
        let mut messages: Vec<NewMessage> = message.into_iter().collect();
        if let Some(applied) = &item.applied {
            messages.extend(self.take_applied(tx, item, applied).await?);
        }
        Ok(messages)
    }

    /// Has what could not come in before read again: what stood in its way may be gone.
    pub async fn look_again(&self) -> Result<(), Halt> {
        let waiting = untried::incoming(&self.db, &self.run.company_id).await?;
        let datasets: Vec<_> = waiting.iter().filter_map(|(entity,)| Entity::parse(entity)).filter_map(dataset_of).collect();
        if datasets.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for dataset in datasets {
            incoming::read_again(&mut tx, &self.connection.id, dataset.as_str()).await?;
        }
        self.commit_held(tx).await
    }

    pub(super) async fn settle_link(
        &self,
        tx: &mut Tx,
        entity: Entity,
        local_id: &str,
        item: &External,
        version: i64,
    ) -> Result<(), Halt> {
        let hash = content_hash(&item.content)?;
        let link = links::Settled {
            connection_id: &self.connection.id,
            company_id: &self.run.company_id,
            entity,
            local_id,
            external_id: &item.external_id,
            version,
            hash: &hash,
        };
        links::settle(tx, &link, now_ms()).await?;
        Ok(())
    }

    pub(super) fn received(&self, entity: Entity, label: &str, local_id: &str, item: &External, text: &str) -> Outcome {
        Ok(Some(NewMessage {
            entity,
            local_id: Some(local_id.to_owned()),
            external_id: Some(item.external_id.clone()),
            label: label.to_owned(),
            direction: Direction::In,
            level: Level::Info,
            text: format!("{text} {} {label}", item.content.label().to_lowercase()),
            advice: String::new(),
            sent: String::new(),
            received: serde_json::to_string(&item.content)?,
        }))
    }

    async fn take_contact(&mut self, tx: &mut Tx, item: &External, content: &ContactContent, open: &Conflicts) -> Outcome {
        let now = now_ms();
        let contact = incoming::Contact {
            name: &content.name,
            email: &content.email,
            address: &content.address,
            country: &content.country,
            archived: content.archived,
            by: &self.connection.organisation_name,
        };
        let entity = Entity::Contact;
        if let Some(link) = links::by_external(&mut *tx, &self.connection.id, entity, &item.external_id).await? {
            if link.state == "linked" && link.external_hash.is_empty() {
                // Linked at the confirmation of onboarding, and seen for the first time.
                return self.match_contact(tx, &link.local_id, item, content, "Matched:").await;
            }
            let local = incoming::contact(&mut *tx, &link.local_id).await?;
            let unchanged = link.external_hash == content_hash(&item.content)?;
            self.tally.unchanged += i64::from(unchanged && link.state == "linked");
            if unchanged && link.state == "linked" && open.contains_key(&link.local_id) {
                // It was put back there.
                problems::resolve(tx, &self.run.company_id, entity, &link.local_id, now).await?;
            }
            // A change made here that still waits goes out in this run and wins.
            if link.state != "linked" || unchanged || local.is_none_or(|local| local.pending != 0) {
                return Ok(None);
            }
            let taken = incoming::contact_by_name(&mut *tx, &self.run.company_id, &content.name).await?;
            if taken.is_some_and(|other| other.id != link.local_id) {
                let cause = format!("Renamed there to “{}”, a name another contact has here", content.name);
                let (code, advice) = ("renamed-there", "Rename or merge one of the two.");
                return self.conflict(tx, entity, &link.local_id, item, &content.name, code, cause, advice).await;
            }
            let version = incoming::update_contact(tx, &link.local_id, &contact, now).await?;
            self.settle_link(tx, entity, &link.local_id, item, version).await?;
            problems::resolve(tx, &self.run.company_id, entity, &link.local_id, now).await?;
            return self.received(entity, &content.name, &link.local_id, item, "Changed there:");
        }
        match incoming::contact_by_name(&mut *tx, &self.run.company_id, &content.name).await? {
            Some(local) => {
                let linked = links::by_local(&mut *tx, &self.connection.id, entity, &local.id).await?;
                if let Some(link) = linked.filter(|link| link.external_id.is_some() || link.state != "linked") {
                    if link.external_id.is_none() {
                        // Left out here, so it is left out there too, and what belongs to it.
                        self.settle_link(tx, entity, &local.id, item, 0).await?;
                    }
                    return Ok(None);
                }
                // The same name is the same contact.
                self.match_contact(tx, &local.id, item, content, "Matched by name:").await
            }
            None => {
                let id = incoming::insert_contact(tx, &self.run.company_id, &contact, now).await?;
                self.settle_link(tx, entity, &id, item, 1).await?;
                self.received(entity, &content.name, &id, item, "Received")
            }
        }
    }

    /// Lays a contact here and one there together. What is not known here is taken over; what differs goes out next, as a
    /// change.
    async fn match_contact(&self, tx: &mut Tx, local_id: &str, item: &External, content: &ContactContent, text: &str) -> Outcome {
        let (now, entity) = (now_ms(), Entity::Contact);
        let Some(held) = holdings::contact(&mut *tx, &self.run.company_id, local_id).await? else { return Ok(None) };
        if held.archived != 0 {
            // Archived here before the first sync: that is left alone, and so is the one there until it changes.
            self.settle_link(tx, entity, local_id, item, held.version).await?;
            return self.received(entity, &content.name, local_id, item, text);
        }
        let mut details = held.details.clone();
        let known = [
            (&mut details.email, &content.email),
            (&mut details.address, &content.address),
            (&mut details.country, &content.country),
        ];
        for (here, there) in known {
            if here.is_empty() {
                here.clone_from(there);
            }
        }
        if details != held.details {
            contacts::update(tx, local_id, &details, &self.connection.organisation_name, now).await?;
        }
        self.settle_link(tx, entity, local_id, item, 0).await?;
        problems::resolve(tx, &self.run.company_id, entity, local_id, now).await?;
        self.received(entity, &content.name, local_id, item, text)
    }

    async fn take_document(&mut self, tx: &mut Tx, item: &External, content: &DocumentContent, open: &Conflicts) -> Outcome {
        if content.issue_date < self.connection.sync_from {
            return Ok(None);
        }
        let (now, entity) = (now_ms(), content.kind.entity());
        let hash = content_hash(&item.content)?;
        let link = links::by_external(&mut *tx, &self.connection.id, entity, &item.external_id).await?;
        if let Some(link) = link.as_ref().filter(|link| link.state != "linked" || link.external_hash == hash) {
            self.tally.unchanged += i64::from(link.state == "linked");
            if link.state == "linked" && open.contains_key(&link.local_id) {
                // It was put back there, so nothing stands in the way of ours.
                problems::resolve(tx, &self.run.company_id, entity, &link.local_id, now).await?;
                untried::one(tx, &self.run.company_id, &link.local_id).await?;
            }
            return Ok(None);
        }
        let contact = links::by_external(&mut *tx, &self.connection.id, Entity::Contact, &content.contact_id).await?;
        if let (Some(contact), None) = (contact.as_ref().filter(|contact| contact.state != "linked"), &link) {
            if !content.voided {
                let with = (Entity::Contact, contact.local_id.as_str());
                self.leave_out_there(tx, entity, item, &content.number, with).await?;
            }
            return Ok(None);
        }
        let known = match contact {
            Some(link) => incoming::contact(&mut *tx, &link.local_id).await?,
            None => None,
        };
        let Some(incoming::LocalContact { id: contact_id, name: contact_name, .. }) = known else {
            let cause = "Its contact has not come in".to_owned();
            let advice = "Restore or rename the contact there, and sync again.";
            let local_id = link.map_or_else(|| item.external_id.clone(), |link| link.local_id);
            return self.conflict(tx, entity, &local_id, item, &content.number, "contact-missing", cause, advice).await;
        };
        let facts = DocumentFacts {
            kind: content.kind,
            number: content.number.clone(),
            contact: contact_name,
            reference: content.reference.clone(),
            issue_date: content.issue_date.clone(),
            due_date: content.due_date.clone(),
            currency: content.currency.clone(),
            lines: content.lines.clone(),
        };
        let document = Prepared::new(facts, contact_id.clone())?;
        let made = Made { by: &self.connection.organisation_name, pending: false };
        if let Some(link) = link {
            let Some(local) = incoming::document(&mut *tx, &link.local_id).await? else { return Ok(None) };
            if local.pending != 0 {
                let seen = open.get(&local.id).map(|conflict| Work::was_seen(conflict, &item.content)).transpose()?;
                if seen == Some(true) && local.tried_version < local.version {
                    // A person saw it, and decided for this side by changing it.
                    return Ok(None);
                }
                let cause = "Changed here and there since the last sync".to_owned();
                pending::tried(tx, entity, &local.id, local.version).await?;
                let advice = "Compare the two: take over what is there, keep what is here, or leave it out of syncs.";
                let code = "changed-on-both-sides";
                return self.conflict(tx, entity, &local.id, item, &content.number, code, cause, advice).await;
            }
            let state = if content.voided { DocumentState::Void } else { DocumentState::Approved };
            let version = local.version + 1;
            let new = Replacement { id: &local.id, version, state, document: &document };
            documents::replace(tx, &new, made, now).await?;
            self.settle_link(tx, entity, &local.id, item, version).await?;
            problems::resolve(tx, &self.run.company_id, entity, &local.id, now).await?;
            let what = if content.voided { "Voided there:" } else { "Changed there:" };
            return self.received(entity, &content.number, &local.id, item, what);
        }
        if content.voided {
            return Ok(None);
        }
        let scope = if content.kind.number_is_ours() { "" } else { contact_id.as_str() };
        let namesake = match content.kind.comes_in_only() {
            // Several of those may share what stands for a number.
            true => None,
            false => incoming::document_by_number(&mut *tx, &self.run.company_id, content.kind, &content.number, scope).await?,
        };
        match namesake {
            None => {
                let ids = documents::insert(tx, &self.run.company_id, &[document], made, now).await?;
                // One document, one id.
                let [id] = ids.as_slice() else { return Ok(None) };
                self.settle_link(tx, entity, id, item, 1).await?;
                problems::resolve(tx, &self.run.company_id, entity, &item.external_id, now).await?;
                money::complete(tx, &self.run.company_id, entity, id, &item.external_id).await?;
                self.received(entity, &content.number, id, item, "Received")
            }
            Some(local) => {
                // It is the document's own matter from here on.
                problems::resolve(tx, &self.run.company_id, entity, &item.external_id, now).await?;
                let linked = links::by_local(&mut *tx, &self.connection.id, entity, &local.id).await?;
                if let Some(link) = linked.filter(|link| link.external_id.is_some() || link.state != "linked") {
                    if link.external_id.is_none() {
                        // Left out here, so it is left out there too.
                        self.settle_link(tx, entity, &local.id, item, 0).await?;
                    }
                    return Ok(None);
                }
                if local.contact_id == contact_id && local.gross == content.totals().gross {
                    self.settle_link(tx, entity, &local.id, item, 0).await?;
                    self.read_its_money(tx, entity, &local.id, &item.external_id).await?;
                    return self.received(entity, &content.number, &local.id, item, "Matched by number:");
                }
                let cause = format!("Another {} with this number is there already", entity.label().to_lowercase());
                let advice = "Compare the two: take over the one there, send this one as new, or leave it out of syncs.";
                self.conflict(tx, entity, &local.id, item, &content.number, "number-taken", cause, advice).await
            }
        }
    }

    /// Both sides differ in a way only a person can decide.
    #[expect(clippy::too_many_arguments, reason = "each names a different part of the problem row")]
    async fn conflict(
        &self,
        tx: &mut Tx,
        entity: Entity,
        local_id: &str,
        item: &External,
        label: &str,
        code: &'static str,
        cause: String,
        advice: &str,
    ) -> Outcome {
        let theirs = self.theirs(&mut *tx, item).await?;
        let ours = self.ours(tx, entity, local_id).await?;
        let found = Found {
            entity,
            local_id: local_id.to_owned(),
            external_id: Some(item.external_id.clone()),
            label: label.to_owned(),
            direction: Direction::In,
            kind: ProblemKind::Conflict,
            code,
            cause: cause.clone(),
            advice: advice.to_owned(),
            detail: String::new(),
            subject: None,
            blocked_by: None,
            sides: Some(Sides::new(ours.as_ref(), &theirs)?),
        };
        problems::report(tx, &self.run.company_id, &self.run.id, &found, now_ms()).await?;
        Ok(Some(NewMessage {
            entity,
            local_id: Some(local_id.to_owned()),
            external_id: Some(item.external_id.clone()),
            label: label.to_owned(),
            direction: Direction::In,
            level: Level::Error,
            text: cause,
            advice: advice.to_owned(),
            sent: String::new(),
            received: serde_json::to_string(&item.content)?,
        }))
    }
}
