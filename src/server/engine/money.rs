//! Money that comes in: payments, and credit that is applied to documents. Each is taken over once, and taken back here where
//! it was taken back there. What waits to go out from here is nothing of the accounting side's yet, and stays as it is.

use super::incoming::Outcome;
use super::work::{Halt, Work};
use crate::{
    domain::message::Entity,
    server::{
        connectors::{Content, Credit, Dataset, External, PaymentContent},
        db::{
            Tx, incoming,
            links::{self, Link},
            messages::NewMessage,
            money, now_ms, pending, problems,
        },
    },
};

/// What of a payment's documents is held here.
enum Ends {
    /// None of them: then the money is left alone, too.
    LeftAlone,
    /// None that takes part in syncs, for this one is left out of them.
    LeftOut(Entity, String),
    Held(Held),
}

/// What a payment stands against here.
struct Held {
    document_id: String,
    /// What it is taken from.
    credit_id: Option<String>,
    /// External id of the document that is not held here, or is left out of syncs.
    elsewhere: String,
    amount: i64,
    /// Which one is left out, and the money with it. The other one owes it all the same.
    left_out_with: Option<(Entity, String)>,
}

impl Work {
    pub(super) async fn take_payment(&mut self, tx: &mut Tx, item: &External, content: &PaymentContent) -> Outcome {
        if let Some(link) = links::by_external(&mut *tx, &self.connection.id, Entity::Payment, &item.external_id).await? {
            return self.take_known(tx, item, content, &link).await;
        }
        if content.removed {
            return Ok(None);
        }
        let held = match self.ends(tx, content).await? {
            Ends::LeftAlone => return Ok(None),
            Ends::LeftOut(entity, id) => {
                self.leave_out_there(tx, Entity::Payment, item, money_label(content), (entity, &id)).await?;
                return Ok(None);
            }
            Ends::Held(held) => held,
        };
        let credit_id = held.credit_id.as_deref();
        let unsettled = links::unsettled_payment(tx, &self.connection.id, &held.document_id, credit_id, content).await?;
        if let Some((id, version)) = unsettled {
            // It is ours: it arrived, and the answer did not.
            self.settle_link(tx, Entity::Payment, &id, item, version).await?;
            pending::done(tx, Entity::Payment, &id, version).await?;
            problems::resolve(tx, &self.run.company_id, Entity::Payment, &id, now_ms()).await?;
            let label = self.label_of(tx, content, &id).await?;
            return self.received(Entity::Payment, &label, &id, item, "Found there already:");
        }
        let payment = money::Payment {
            document_id: &held.document_id,
            credit_id,
            elsewhere: &held.elsewhere,
            paid_on: &content.paid_on,
            amount: held.amount,
            reference: &content.reference,
            pending: false,
        };
        let id = money::insert(tx, &self.run.company_id, &payment, now_ms()).await?;
        self.settle_link(tx, Entity::Payment, &id, item, 1).await?;
        if let Some((entity, with)) = &held.left_out_with {
            links::leave_out(tx, &self.connection.id, Entity::Payment, &id).await?;
            self.list_left_out(tx, Entity::Payment, (&id, item), money_label(content), (*entity, with)).await?;
            return Ok(None);
        }
        let label = self.label_of(tx, content, &id).await?;
        self.received(Entity::Payment, &label, &id, item, "Received")
    }

    /// A payment that is linked never changes; it can only be taken back.
    async fn take_known(&mut self, tx: &mut Tx, item: &External, content: &PaymentContent, link: &Link) -> Outcome {
        let is_linked = link.state == "linked";
        let may_change = content.removed || content.credit.is_some();
        let held = if may_change { money::held(&mut *tx, &link.local_id).await? } else { None };
        if let (Some(held), true) = (&held, is_linked) {
            self.complete(tx, &held.elsewhere).await?;
        }
        // Also where it is left out of syncs: its document need not be, and owes it again.
        let held = held.filter(|held| content.removed && (held.removed == 0 || held.pending != 0));
        let Some(held) = held else {
            self.tally.unchanged += i64::from(is_linked);
            return Ok(None);
        };
        let now = now_ms();
        // Where it was taken back here as well, nothing is left to be sent.
        let version = money::take_back(tx, &link.local_id, false, now).await?.unwrap_or(held.version);
        self.settle_link(tx, Entity::Payment, &link.local_id, item, version).await?;
        pending::done(tx, Entity::Payment, &link.local_id, version).await?;
        problems::resolve(tx, &self.run.company_id, Entity::Payment, &link.local_id, now).await?;
        let label = self.label_of(tx, content, &link.local_id).await?;
        self.received(Entity::Payment, &label, &link.local_id, item, "Taken back there:")
    }

    /// Both documents of applied credit are one row's, once the other one takes part in syncs.
    async fn complete(&self, tx: &mut Tx, elsewhere: &str) -> Result<(), Halt> {
        if elsewhere.is_empty() {
            return Ok(());
        }
        if let Some((entity, id, state)) = links::document_by_external(&mut *tx, &self.connection.id, elsewhere).await?
            && state == "linked"
        {
            let entity = Entity::parse(&entity).unwrap_or(Entity::Invoice);
            money::complete(tx, &self.run.company_id, entity, &id, elsewhere).await?;
        }
        Ok(())
    }

    /// What the log calls it: applied credit goes by its two documents.
    async fn label_of(&self, tx: &mut Tx, content: &PaymentContent, id: &str) -> Result<String, Halt> {
        let label = if content.credit.is_some() { money::label(tx, id).await? } else { None };
        Ok(label.unwrap_or_else(|| money_label(content).to_owned()))
    }

    /// Takes over what is applied of a credit, and takes back here what is applied of it no more.
    pub(super) async fn take_applied(
        &mut self,
        tx: &mut Tx,
        credit: &External,
        applied: &[External],
    ) -> Result<Vec<NewMessage>, Halt> {
        let mut messages = Vec::new();
        for one in applied {
            if let Content::Payment(content) = &one.content {
                messages.extend(self.take_payment(tx, one, content).await?);
            }
        }
        let Content::Document(document) = &credit.content else { return Ok(messages) };
        let link = links::by_external(&mut *tx, &self.connection.id, Entity::CreditNote, &credit.external_id).await?;
        let credit_id = link.map(|link| link.local_id).unwrap_or_default();
        let there = &credit.external_id;
        for known in money::applied(&mut *tx, &self.connection.id, &self.run.company_id, &credit_id, there).await? {
            if applied.iter().any(|one| one.external_id == known.external_id) {
                continue;
            }
            let content = PaymentContent {
                paid_on: known.paid_on,
                amount: known.amount,
                reference: known.reference,
                credit: Some(Credit { id: there.clone(), kind: document.kind }),
                removed: true,
                ..PaymentContent::default()
            };
            let gone = External {
                external_id: known.external_id,
                content: Content::Payment(content.clone()),
                outstanding: 0,
                applied: None,
            };
            messages.extend(self.take_payment(tx, &gone, &content).await?);
        }
        Ok(messages)
    }

    async fn ends(&self, tx: &mut Tx, content: &PaymentContent) -> Result<Ends, Halt> {
        let document = links::document_by_external(&mut *tx, &self.connection.id, &content.document_id).await?;
        let credit = match &content.credit {
            Some(credit) => links::document_by_external(&mut *tx, &self.connection.id, &credit.id).await?,
            None => None,
        };
        // The column holds only words this enum wrote.
        let left_out = |end: &Option<(String, String, String)>| {
            let end = end.as_ref().filter(|(.., state)| state != "linked");
            end.map(|(entity, id, _)| (Entity::parse(entity).unwrap_or(Entity::Invoice), id.clone()))
        };
        let (document_out, credit_out) = (left_out(&document), left_out(&credit));
        let document = document.filter(|_| document_out.is_none()).map(|(_, id, _)| id);
        let credit = credit.filter(|_| credit_out.is_none()).map(|(_, id, _)| id);
        let left_out_with = document_out.or(credit_out);
        let (amount, none) = (content.amount, String::new());
        let held = match (document, credit, &content.credit) {
            (Some(document_id), None, None) => Held { document_id, credit_id: None, elsewhere: none, amount, left_out_with },
            (Some(document_id), Some(credit_id), _) => {
                Held { document_id, credit_id: Some(credit_id), elsewhere: none, amount, left_out_with }
            }
            // One of the two is left out, is dated before documents are synced, or has not come in yet: the other owes it all
            // the same.
            (Some(document_id), None, Some(credit)) => {
                Held { document_id, credit_id: None, elsewhere: credit.id.clone(), amount, left_out_with }
            }
            (None, Some(document_id), _) => {
                let elsewhere = content.document_id.clone();
                Held { document_id, credit_id: None, elsewhere, amount: -amount, left_out_with }
            }
            (None, None, _) => {
                return Ok(left_out_with.map_or(Ends::LeftAlone, |(entity, id)| Ends::LeftOut(entity, id)));
            }
        };
        Ok(Ends::Held(held))
    }

    /// A document here was found to be one there: money against it was passed over as long as it was nothing of ours.
    pub(super) async fn read_its_money(&self, tx: &mut Tx, entity: Entity, id: &str, there: &str) -> Result<(), Halt> {
        money::complete(tx, &self.run.company_id, entity, id, there).await?;
        for dataset in [Dataset::CreditNotes, Dataset::Payments] {
            incoming::read_again(tx, &self.connection.id, dataset.as_str()).await?;
        }
        Ok(())
    }
}

/// What a payment goes by, which has no name of its own.
fn money_label(content: &PaymentContent) -> &str {
    if content.reference.is_empty() { &content.paid_on } else { &content.reference }
}
