//! What goes out in each stage: pending records, translated to the accounting side's ids, batch by batch.
//! A record that waits for another one that failed is held back as blocked.

use super::outcome::Held;
use super::push::Outgoing;
use super::reference::Dictionary;
use super::work::{Halt, Work};
use crate::{
    domain::{
        document::DocumentKind,
        message::{Direction, Entity, Level, ProblemKind},
    },
    server::{
        connectors::{ContactContent, Content, Credit, DocumentContent, NaturalKey, PaymentContent},
        db::{
            actions::BY_SYNC,
            contact_matches,
            messages::NewMessage,
            now_ms,
            pending::{self, Pending, PendingContact, PendingDocument, PendingPayment},
            problems::{Blocker, Found},
            reference::Scope,
        },
    },
};
use std::collections::{BTreeSet, HashMap};

/// What is to be looked up before it is sent: an attempt without an answer, or a conflict that may be gone by now.
fn unsettled(pending: &Pending) -> Option<(String, String)> {
    let attempt = pending.intent_key.clone().zip(pending.intent_hash.clone());
    attempt.or_else(|| (pending.in_conflict != 0).then(Default::default))
}

impl Work {
    fn batch(&self) -> i64 {
        i64::try_from(self.connector.caps().batch.max(1)).unwrap_or(1)
    }

    /// Takes contacts back into use that were archived before they were ever sent, where a document that goes out is
    /// addressed to them.
    pub async fn restore_contacts(&mut self) -> Result<(), Halt> {
        let mut tx = self.begin().await?;
        let scope =
            Scope { company_id: &self.run.company_id, connection_id: &self.connection.id, sync_from: &self.connection.sync_from };
        let restored = contact_matches::restore_needed(&mut tx, scope, BY_SYNC, now_ms()).await?;
        if restored.is_empty() {
            return Ok(());
        }
        let message = |(id, name): (String, String)| NewMessage {
            entity: Entity::Contact,
            local_id: Some(id),
            external_id: None,
            label: name.clone(),
            direction: Direction::Out,
            level: Level::Info,
            text: format!("Took contact {name} back into use: a document that goes out is addressed to it"),
            advice: String::new(),
            sent: String::new(),
            received: String::new(),
        };
        let messages: Vec<NewMessage> = restored.into_iter().map(message).collect();
        self.log(&mut tx, &messages).await?;
        self.commit(tx).await
    }

    /// Sends contacts that are new or changed here.
    pub async fn push_contacts(&mut self) -> Result<(), Halt> {
        let mut after = String::new();
        loop {
            self.go_on()?;
            let page = pending::contacts(&self.db, self.pending(), &after, self.batch()).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.pending.id);
            self.push(page.into_iter().map(contact).collect()).await?;
            self.make_room().await?;
        }
    }

    /// Sends documents of these kinds that are new or changed here.
    pub async fn push_documents(&mut self, kinds: &[DocumentKind]) -> Result<(), Halt> {
        self.leave_out_with_others().await?;
        let dictionary = self.dictionary().await?;
        let mut after = String::new();
        loop {
            self.go_on()?;
            let page = pending::documents(&self.db, self.pending(), kinds, &after, self.batch()).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.pending.id);
            let ids: Vec<_> = page.iter().map(|document| document.pending.id.as_str()).collect();
            let mut lines = HashMap::<String, Vec<_>>::new();
            for (id, line) in pending::lines(&self.db, &ids).await? {
                lines.entry(id).or_default().push(line);
            }
            let (mut ready, mut held) = (Vec::new(), Vec::new());
            for row in page {
                let lines = lines.remove(&row.pending.id).unwrap_or_default();
                match document(row, &lines, &dictionary) {
                    Ok(item) => ready.push(item),
                    Err(reason) => held.push(*reason),
                }
            }
            self.hold(held).await?;
            self.push(ready).await?;
            self.make_room().await?;
        }
    }

    /// Sends payments made here, and tells of those that were taken back here.
    pub async fn push_payments(&mut self) -> Result<(), Halt> {
        self.leave_out_with_others().await?;
        let mut after = String::new();
        loop {
            self.go_on()?;
            let page = pending::payments(&self.db, self.pending(), &after, self.batch()).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.pending.id);
            let (mut ready, mut held) = (Vec::new(), Vec::new());
            for row in page {
                if row.removed != 0 && row.pending.external_id.is_none() && row.pending.intent_key.is_none() {
                    // It was taken back before it was ever sent.
                    self.never_sent(&row.pending.id, row.pending.version).await?;
                    continue;
                }
                match payment(row) {
                    Ok(item) => ready.push(item),
                    Err(reason) => held.push(*reason),
                }
            }
            self.hold(held).await?;
            self.push(ready).await?;
            self.make_room().await?;
        }
    }
}

fn contact(row: PendingContact) -> Outgoing {
    let content = Content::Contact(ContactContent {
        name: row.name.clone(),
        email: row.email,
        address: row.address,
        country: row.country,
        archived: row.archived != 0,
    });
    Outgoing {
        entity: Entity::Contact,
        unsettled: unsettled(&row.pending),
        local_id: row.pending.id,
        version: row.pending.version,
        label: row.name.clone(),
        contact: None,
        external_id: row.pending.external_id,
        known: row.pending.external_hash,
        natural_key: NaturalKey::Contact { name: row.name },
        shown: content.clone(),
        content,
        left_out: BTreeSet::new(),
        terms: BTreeSet::new(),
    }
}

fn document(
    row: PendingDocument,
    lines: &[crate::domain::document::Line],
    dictionary: &Dictionary,
) -> Result<Outgoing, Box<Held>> {
    // The column holds only words this enum wrote.
    let kind = DocumentKind::parse(&row.kind).unwrap_or(DocumentKind::SalesInvoice);
    let held = || Found {
        entity: kind.entity(),
        local_id: row.pending.id.clone(),
        external_id: row.pending.external_id.clone(),
        label: row.number.clone(),
        direction: Direction::Out,
        kind: ProblemKind::Failed,
        code: "",
        cause: String::new(),
        advice: String::new(),
        detail: String::new(),
        subject: None,
        blocked_by: None,
        sides: None,
    };
    let Some(contact_id) = row.contact_external_id.clone() else {
        let label = row.contact_name.clone();
        let found = Found {
            kind: ProblemKind::Blocked,
            code: "waits-for-contact",
            cause: format!("Waits for contact {label}"),
            advice: "It goes by itself once the contact has gone: resolve the contact's problem.".into(),
            blocked_by: Some(Blocker { entity: Entity::Contact, id: row.contact_id.clone(), label }),
            ..held()
        };
        return Err(Box::new(Held { version: row.pending.version, found }));
    };
    let mut sent = Vec::with_capacity(lines.len());
    let mut shown = Vec::with_capacity(lines.len());
    let (mut left_out, mut terms) = (BTreeSet::new(), BTreeSet::new());
    for line in lines {
        let translated = dictionary.translate(line).map_err(|unknown| {
            let found = Found {
                code: unknown.code(),
                cause: unknown.cause(),
                advice: unknown.advice().into(),
                subject: Some((unknown.kind, unknown.value)),
                ..held()
            };
            Box::new(Held { version: row.pending.version, found })
        })?;
        terms.extend(translated.terms);
        sent.push(translated.sent);
        shown.push(translated.shown);
        left_out.extend(translated.left_out);
    }
    let content = |lines| {
        Content::Document(DocumentContent {
            kind,
            number: row.number.clone(),
            contact_id: contact_id.clone(),
            reference: row.reference.clone(),
            issue_date: row.issue_date.clone(),
            due_date: row.due_date.clone(),
            currency: row.currency.clone(),
            voided: row.state == "void",
            lines,
        })
    };
    let (content, shown) = (content(sent), content(shown));
    Ok(Outgoing {
        entity: kind.entity(),
        unsettled: unsettled(&row.pending),
        local_id: row.pending.id,
        version: row.pending.version,
        label: row.number.clone(),
        contact: Some(row.contact_name),
        external_id: row.pending.external_id,
        known: row.pending.external_hash,
        natural_key: NaturalKey::Document { kind, number: row.number, contact_id },
        content,
        shown,
        left_out,
        terms,
    })
}

/// What a payment is taken from, by its id there.
pub(super) fn credit(external_id: Option<String>, kind: Option<&str>) -> Option<Credit> {
    Some(Credit { id: external_id?, kind: DocumentKind::parse(kind?)? })
}

/// `for INV-12`, `CN-7 applied to INV-12`.
fn payment_label(row: &PendingPayment) -> String {
    match &row.credit_number {
        Some(credit) => format!("{credit} applied to {}", row.document_number),
        None => format!("for {}", row.document_number),
    }
}

/// What of a payment's documents is not there yet: entity, id and number.
fn waits_for(row: &PendingPayment) -> Option<(Entity, String, String)> {
    if row.document_external_id.is_none() {
        // The column holds only words this enum wrote.
        let entity = DocumentKind::parse(&row.document_kind).unwrap_or(DocumentKind::SalesInvoice).entity();
        return Some((entity, row.document_id.clone(), row.document_number.clone()));
    }
    let id = row.credit_id.clone().filter(|_| row.credit_external_id.is_none())?;
    Some((Entity::CreditNote, id, row.credit_number.clone().unwrap_or_default()))
}

fn payment(row: PendingPayment) -> Result<Outgoing, Box<Held>> {
    let label = payment_label(&row);
    if let Some((entity, id, number)) = waits_for(&row) {
        let found = Found {
            entity: Entity::Payment,
            local_id: row.pending.id,
            external_id: row.pending.external_id,
            label,
            direction: Direction::Out,
            kind: ProblemKind::Blocked,
            code: "waits-for-document",
            cause: format!("Waits for document {number}"),
            advice: "It goes by itself once the document has gone: resolve the document's problem.".into(),
            detail: String::new(),
            subject: None,
            blocked_by: Some(Blocker { entity, id, label: number }),
            sides: None,
        };
        return Err(Box::new(Held { version: row.pending.version, found }));
    }
    let document_id = row.document_external_id.unwrap_or_default();
    let credit = credit(row.credit_external_id, row.credit_kind.as_deref());
    let content = Content::Payment(PaymentContent {
        document_id: document_id.clone(),
        paid_on: row.paid_on.clone(),
        amount: row.amount,
        reference: row.reference.clone(),
        credit: credit.clone(),
        removed: row.removed != 0,
    });
    let natural_key =
        NaturalKey::Payment { document_id, paid_on: row.paid_on, amount: row.amount, reference: row.reference, credit };
    Ok(Outgoing {
        entity: Entity::Payment,
        unsettled: unsettled(&row.pending),
        local_id: row.pending.id,
        version: row.pending.version,
        label,
        contact: None,
        external_id: row.pending.external_id,
        known: row.pending.external_hash,
        natural_key,
        shown: content.clone(),
        content,
        left_out: BTreeSet::new(),
        terms: BTreeSet::new(),
    })
}
