//! Carries out what people chose for conflicts: the other side's record becomes ours, as one transaction. What is gone or
//! changed there since they looked is not adopted; the conflict stands, and says why.

use super::incoming::dataset_of;
use super::outgoing::credit;
use super::push::content_hash;
use super::work::{Halt, Work};
use crate::{
    domain::{
        document::DocumentState,
        message::{Direction, Entity, Level},
        results::ConflictSide,
    },
    server::{
        connectors::{ContactContent, Content, DocumentContent, External, NaturalKey},
        db::{
            Tx,
            documents::{self, DocumentFacts, Made, Prepared, Replacement},
            holdings, incoming, links,
            messages::NewMessage,
            now_ms, pending,
            problems::{
                self,
                decisions::{self, Conflict},
            },
        },
    },
};

/// `Err`: why the conflict stands.
type Adopted = Result<(), &'static str>;

const LINKED: &str = "Another record here is linked to the one there.";

impl Work {
    /// Adopts what people chose to, of these entities.
    pub async fn adopt(&mut self, entities: &[Entity]) -> Result<(), Halt> {
        for entity in entities {
            for conflict in decisions::to_adopt(&self.db, &self.run.company_id, *entity).await? {
                self.go_on()?;
                self.adopt_one(*entity, &conflict).await?;
            }
        }
        Ok(())
    }

    async fn adopt_one(&mut self, entity: Entity, conflict: &Conflict) -> Result<(), Halt> {
        let shown: ConflictSide = serde_json::from_str(&conflict.theirs).unwrap_or_default();
        let found = match self.natural_key(entity, conflict, &shown).await? {
            Some(key) => self.read(|| self.connector.find(&key)).await?,
            None => Vec::new(),
        };
        let found = found.into_iter().find(|found| Some(&found.external_id) == conflict.external_id.as_ref());
        let mut tx = self.begin().await?;
        // Meanwhile it may have been resolved, decided otherwise, or changed here: then that counts.
        let still = decisions::to_adopt(&mut tx, &self.run.company_id, entity).await?;
        if !still.iter().any(|one| one.id == conflict.id) {
            return Ok(());
        }
        if self.changed_here(&mut tx, entity, &conflict.local_id).await? {
            decisions::set(&mut tx, &conflict.id, None).await?;
            return self.commit(tx).await;
        }
        let Some(found) = found else {
            if shown.state.as_deref() == Some(DocumentState::Void.as_str()) {
                return self.adopt_void(tx, entity, conflict).await;
            }
            let why = "It was chosen to take over the record there, but it is not there any more: retry to send this one.";
            return self.stands(tx, entity, conflict, why, None).await;
        };
        let theirs = self.theirs(&mut tx, &found).await?;
        if theirs.fingerprint != shown.fingerprint {
            let why = "It was changed there after it was chosen to take it over: compare the two again.";
            return self.stands(tx, entity, conflict, why, Some(&theirs)).await;
        }
        let other = links::by_external(&mut tx, &self.connection.id, entity, &found.external_id).await?;
        if other.is_some_and(|link| link.local_id != conflict.local_id) {
            return self.stands(tx, entity, conflict, LINKED, None).await;
        }
        let adopted = match &found.content {
            Content::Contact(content) => self.adopt_contact(&mut tx, conflict, &found, content).await?,
            Content::Document(content) => self.adopt_document(&mut tx, conflict, &found, content).await?,
            Content::Payment(_) => self.adopt_payment(&mut tx, conflict, &found).await?,
        };
        if let Err(why) = adopted {
            return self.stands(tx, entity, conflict, why, None).await;
        }
        problems::resolve(&mut tx, &self.run.company_id, entity, &conflict.local_id, now_ms()).await?;
        self.tally.received += 1;
        let text = format!("Took over {} {}", entity.label().to_lowercase(), theirs.label);
        let message = about(entity, conflict, Level::Info, text, serde_json::to_string(&found.content)?);
        self.log(&mut tx, &[message]).await?;
        self.commit(tx).await
    }

    /// By what the record there is found again.
    async fn natural_key(&self, entity: Entity, conflict: &Conflict, shown: &ConflictSide) -> Result<Option<NaturalKey>, Halt> {
        let company_id = &self.run.company_id;
        let mut snapshot = self.db.snapshot().await?;
        Ok(match entity {
            Entity::Contact => Some(NaturalKey::Contact { name: shown.label.clone() }),
            Entity::Payment => {
                let held = holdings::payment(&mut snapshot, &self.connection.id, company_id, &conflict.local_id).await?;
                held.and_then(|held| {
                    let document_id = held.document_external_id?;
                    let credit = credit(held.credit_external_id, held.credit_kind.as_deref());
                    let (paid_on, amount, reference) = (held.paid_on, held.amount, held.reference);
                    Some(NaturalKey::Payment { document_id, paid_on, amount, reference, credit })
                })
            }
            _ => holdings::document(&mut snapshot, company_id, &conflict.local_id).await?.map(|held| NaturalKey::Document {
                kind: held.facts.kind,
                number: shown.label.clone(),
                contact_id: shown.contact_id.clone().unwrap_or_default(),
            }),
        })
    }

    /// Whether a person made a new version since the conflict was seen.
    async fn changed_here(&self, tx: &mut Tx, entity: Entity, local_id: &str) -> Result<bool, Halt> {
        let company_id = &self.run.company_id;
        let versions = match entity {
            Entity::Contact => holdings::contact(tx, company_id, local_id).await?.map(|held| (held.tried_version, held.version)),
            Entity::Payment => {
                let held = holdings::payment(tx, &self.connection.id, company_id, local_id).await?;
                held.map(|held| (held.tried_version, held.version))
            }
            _ => holdings::document(tx, company_id, local_id).await?.map(|held| (held.tried_version, held.version)),
        };
        Ok(versions.is_none_or(|(tried, version)| tried < version))
    }

    async fn adopt_contact(
        &self,
        tx: &mut Tx,
        conflict: &Conflict,
        found: &External,
        content: &ContactContent,
    ) -> Result<Adopted, Halt> {
        let namesake = incoming::contact_by_name(&mut *tx, &self.run.company_id, &content.name).await?;
        if namesake.is_some_and(|other| other.id != conflict.local_id) {
            return Ok(Err("Another contact here has that name: rename that one first."));
        }
        let contact = incoming::Contact {
            name: &content.name,
            email: &content.email,
            address: &content.address,
            country: &content.country,
            archived: content.archived,
            by: &self.connection.organisation_name,
        };
        let version = incoming::update_contact(tx, &conflict.local_id, &contact, now_ms()).await?;
        self.settle_link(tx, Entity::Contact, &conflict.local_id, found, version).await?;
        Ok(Ok(()))
    }

    async fn adopt_document(
        &self,
        tx: &mut Tx,
        conflict: &Conflict,
        found: &External,
        content: &DocumentContent,
    ) -> Result<Adopted, Halt> {
        let company_id = &self.run.company_id;
        let Some(held) = holdings::document(&mut *tx, company_id, &conflict.local_id).await? else {
            return Ok(Err("The document is not here any more."));
        };
        let contact = links::by_external(&mut *tx, &self.connection.id, Entity::Contact, &content.contact_id).await?;
        let contact = match contact {
            Some(link) => incoming::contact(&mut *tx, &link.local_id).await?,
            None => None,
        };
        let Some(contact) = contact else {
            return Ok(Err("The contact of the document there has not come in: sync again, then choose once more."));
        };
        let scope = if content.kind.number_is_ours() { "" } else { contact.id.as_str() };
        let namesake = incoming::document_by_number(&mut *tx, company_id, content.kind, &content.number, scope).await?;
        if namesake.is_some_and(|other| other.id != conflict.local_id) {
            return Ok(Err("Another document here has that number: renumber that one first."));
        }
        let facts = DocumentFacts {
            kind: content.kind,
            number: content.number.clone(),
            contact: contact.name,
            reference: content.reference.clone(),
            issue_date: content.issue_date.clone(),
            due_date: content.due_date.clone(),
            currency: content.currency.clone(),
            lines: content.lines.clone(),
        };
        let document = Prepared::new(facts, contact.id)?;
        let state = if content.voided { DocumentState::Void } else { DocumentState::Approved };
        let version = held.version + 1;
        let new = Replacement { id: &conflict.local_id, version, state, document: &document };
        let made = Made { by: &self.connection.organisation_name, pending: false };
        documents::replace(tx, &new, made, now_ms()).await?;
        self.settle_link(tx, content.kind.entity(), &conflict.local_id, found, version).await?;
        self.read_its_money(tx, content.kind.entity(), &conflict.local_id, &found.external_id).await?;
        Ok(Ok(()))
    }

    /// Nothing void is found by its number. What is here waits no longer, and what is there comes in with the next reading,
    /// as it does where nothing was changed here.
    async fn adopt_void(&self, mut tx: Tx, entity: Entity, conflict: &Conflict) -> Result<(), Halt> {
        if let Some(held) = holdings::document(&mut tx, &self.run.company_id, &conflict.local_id).await? {
            pending::done(&mut tx, entity, &conflict.local_id, held.version).await?;
        }
        if let Some(dataset) = dataset_of(entity) {
            incoming::read_again(&mut tx, &self.connection.id, dataset.as_str()).await?;
        }
        problems::resolve(&mut tx, &self.run.company_id, entity, &conflict.local_id, now_ms()).await?;
        self.commit(tx).await
    }

    async fn adopt_payment(&self, tx: &mut Tx, conflict: &Conflict, found: &External) -> Result<Adopted, Halt> {
        let held = holdings::payment(&mut *tx, &self.connection.id, &self.run.company_id, &conflict.local_id).await?;
        let Some(held) = held else { return Ok(Err("The payment is not here any more.")) };
        self.settle_link(tx, Entity::Payment, &conflict.local_id, found, held.version).await?;
        pending::done(tx, Entity::Payment, &conflict.local_id, held.version).await?;
        Ok(Ok(()))
    }

    async fn stands(
        &self,
        mut tx: Tx,
        entity: Entity,
        conflict: &Conflict,
        why: &str,
        theirs: Option<&ConflictSide>,
    ) -> Result<(), Halt> {
        let theirs = theirs.map(serde_json::to_string).transpose()?;
        decisions::stand(&mut tx, &conflict.id, why, theirs.as_deref(), now_ms()).await?;
        self.log(&mut tx, &[about(entity, conflict, Level::Warning, why.into(), String::new())]).await?;
        self.commit(tx).await
    }

    /// Whether what came in is what a person saw of a conflict, and went on from.
    pub(super) fn was_seen(conflict: &Conflict, content: &Content) -> Result<bool, Halt> {
        let shown: ConflictSide = serde_json::from_str(&conflict.theirs).unwrap_or_default();
        Ok(shown.fingerprint == content_hash(content)?)
    }
}

fn about(entity: Entity, conflict: &Conflict, level: Level, text: String, received: String) -> NewMessage {
    NewMessage {
        entity,
        local_id: Some(conflict.local_id.clone()),
        external_id: conflict.external_id.clone(),
        label: conflict.label.clone(),
        direction: Direction::In,
        level,
        text,
        advice: String::new(),
        sent: String::new(),
        received,
    }
}
