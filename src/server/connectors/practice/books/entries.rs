//! The records as they come in, each judged by the rules and by what the books hold by then.

use super::{Books, Entry, Mark, NumberKey};
use crate::domain::document::{DocumentKind, Totals};
use crate::server::connectors::practice::{
    contacts::Contact,
    documents::{AUTHORISED, Document, StoredKind, VOIDED, number_scope},
    payments::Payment,
    refusal::{Refusal, Refused},
    rules::{self, check_contact, check_payment, check_reference, open_period},
};
use crate::server::connectors::{ContactContent, Content, DocumentContent, PaymentContent, PushItem, PushOutcome};
use crate::server::db::{companies::name_key, new_id};

/// A changed row gets its place in the order of changes when it is written.
const NOT_YET: i64 = 0;

impl Books<'_> {
    /// Takes one record of a batch. A request answered before gets the same answer and changes nothing.
    pub fn enter(&mut self, item: &PushItem) -> PushOutcome {
        if let Some(external_id) = self.answered.get(&item.idempotency_key) {
            return Ok(external_id.clone());
        }
        let external_id = self.apply(item)?;
        self.answered.insert(item.idempotency_key.clone(), external_id.clone());
        self.answers.push((item.idempotency_key.clone(), external_id.clone()));
        Ok(external_id)
    }

    fn apply(&mut self, item: &PushItem) -> Result<String, Refused> {
        match (&item.content, item.external_id.as_deref()) {
            (Content::Contact(contact), None) => Ok(self.add_contact(contact)?),
            (Content::Contact(contact), Some(id)) => Ok(self.change_contact(id, contact)?),
            (Content::Document(document), None) => self.add_document(document),
            (Content::Document(document), Some(id)) if document.voided => Ok(self.void(id, document.kind)?),
            (Content::Document(document), Some(id)) => self.change_document(id, document),
            (Content::Payment(payment), _) if payment.credit.is_some() => Err(Refusal::NoAllocations.into()),
            (Content::Payment(payment), None) => Ok(self.pay(payment)?),
            (Content::Payment(payment), Some(id)) if payment.removed => Ok(self.take_back(id)?),
            (Content::Payment(_), Some(_)) => Err(Refusal::PaymentFixed.into()),
        }
    }

    fn add_contact(&mut self, content: &ContactContent) -> Result<String, Refusal> {
        check_contact(content)?;
        let id = new_id();
        let row = self.contact(id.clone(), content)?;
        self.names.insert(row.name_key.clone(), id.clone());
        self.contacts.insert(id.clone(), Entry { row, mark: Mark::New });
        Ok(id)
    }

    fn change_contact(&mut self, id: &str, content: &ContactContent) -> Result<String, Refusal> {
        let old = self.usable_contact(id)?.name_key.clone();
        check_contact(content)?;
        let row = self.contact(id.to_owned(), content)?;
        self.names.remove(&old);
        self.names.insert(row.name_key.clone(), id.to_owned());
        self.contacts.insert(id.to_owned(), Entry { row, mark: Mark::Changed });
        Ok(id.to_owned())
    }

    /// The contact as it is stored, if its name is free. Archiving is the ledger's own business: a sender's wish
    /// in that respect is left alone.
    fn contact(&self, id: String, content: &ContactContent) -> Result<Contact, Refusal> {
        let name_key = name_key(&content.name);
        if self.names.get(&name_key).is_some_and(|owner| *owner != id) {
            return Err(Refusal::ContactNameTaken(content.name.clone()));
        }
        let ContactContent { name, email, address, country, archived: _ } = content.clone();
        Ok(Contact { id, name, name_key, email, address, country, archived: 0, seq: NOT_YET })
    }

    fn usable_contact(&self, id: &str) -> Result<&Contact, Refusal> {
        let contact = &self.contacts.get(id).ok_or(Refusal::ContactUnknown)?.row;
        if contact.archived != 0 { Err(Refusal::ContactArchived(contact.name.clone())) } else { Ok(contact) }
    }

    fn add_document(&mut self, content: &DocumentContent) -> Result<String, Refused> {
        if content.voided {
            return Err(Refusal::NotModifiable { kind: content.kind, why: "it does not exist yet" }.into());
        }
        self.put_document(new_id(), content, Mark::New)
    }

    fn change_document(&mut self, id: &str, content: &DocumentContent) -> Result<String, Refused> {
        let old = self.modifiable(id, content.kind)?;
        let old_number = (content.kind, old.number.clone(), old.number_scope.clone());
        let id = self.put_document(id.to_owned(), content, Mark::Changed)?;
        if old_number != number_key(content) {
            self.numbers.remove(&old_number);
        }
        Ok(id)
    }

    fn put_document(&mut self, id: String, content: &DocumentContent, mark: Mark) -> Result<String, Refused> {
        let (lines, totals) = rules::price(content, self.ledger, &self.chart)?;
        self.usable_contact(&content.contact_id)?;
        let number = number_key(content);
        if self.numbers.get(&number).is_some_and(|owner| *owner != id) {
            return Err(Refusal::NumberTaken { kind: content.kind, number: content.number.clone() }.into());
        }
        let row = document(id.clone(), content, totals);
        self.numbers.insert(number, id.clone());
        self.documents.insert(id.clone(), Entry { row, mark });
        self.lines.insert(id.clone(), lines);
        Ok(id)
    }

    /// A document that may be changed: not voided, nothing paid, not in a locked period.
    fn modifiable(&self, id: &str, kind: DocumentKind) -> Result<&Document, Refusal> {
        let document = &self.documents.get(id).ok_or(Refusal::DocumentUnknown(kind))?.row;
        let not_modifiable = |why| Err(Refusal::NotModifiable { kind: document.kind.0, why });
        if document.kind.0 != kind {
            return Err(Refusal::KindChanged { is: document.kind.0, asked: kind });
        }
        if document.is_voided() {
            return not_modifiable("it has been voided");
        }
        if document.paid != 0 {
            return not_modifiable("it has payments");
        }
        open_period(self.ledger, &document.issue_date)?;
        Ok(document)
    }

    /// Voids a document; one that is voided stays so. Its number can be used again.
    pub(in super::super) fn void(&mut self, id: &str, kind: DocumentKind) -> Result<String, Refusal> {
        if self.documents.get(id).is_some_and(|entry| entry.row.is_voided() && entry.row.kind.0 == kind) {
            return Ok(id.to_owned());
        }
        let mut row = self.modifiable(id, kind)?.clone();
        self.numbers.remove(&(kind, row.number.clone(), row.number_scope));
        row.number_scope = row.id.clone();
        row.state = VOIDED.to_owned();
        self.documents.insert(id.to_owned(), Entry { row, mark: Mark::Changed });
        Ok(id.to_owned())
    }

    /// What is still owed on a document; nothing on one that is not there.
    pub(in super::super) fn outstanding(&self, id: &str) -> i64 {
        self.documents.get(id).map_or(0, |entry| entry.row.outstanding())
    }

    /// Another reference, which paid documents may get too.
    pub(in super::super) fn refer(&mut self, id: &str, reference: &str) -> Result<(), Refusal> {
        check_reference(reference)?;
        let entry = self.documents.get_mut(id).ok_or(Refusal::DocumentUnknown(DocumentKind::SalesInvoice))?;
        if entry.row.is_voided() {
            return Err(Refusal::NotModifiable { kind: entry.row.kind.0, why: "it has been voided" });
        }
        open_period(self.ledger, &entry.row.issue_date)?;
        entry.row.reference = reference.to_owned();
        entry.mark = Mark::Changed;
        Ok(())
    }

    pub(in super::super) fn pay(&mut self, content: &PaymentContent) -> Result<String, Refusal> {
        let unknown = Refusal::DocumentUnknown(DocumentKind::SalesInvoice);
        let entry = self.documents.get_mut(&content.document_id).ok_or(unknown)?;
        if entry.row.is_voided() {
            return Err(Refusal::PaymentNotAuthorised);
        }
        check_payment(&content.paid_on, &content.reference, self.ledger)?;
        let (amount, outstanding) = (content.amount, entry.row.outstanding());
        if amount == 0 || (amount < 0) != entry.row.kind.0.is_credit_note() {
            return Err(Refusal::PaymentSign);
        }
        if amount.unsigned_abs() > outstanding.unsigned_abs() {
            return Err(Refusal::PaymentAboveOutstanding);
        }
        entry.row.paid += amount;
        entry.mark = Mark::Changed;
        let PaymentContent { document_id, paid_on, amount, reference, .. } = content.clone();
        let id = new_id();
        self.payments.push(Payment { id: id.clone(), document_id, paid_on, amount, reference, seq: NOT_YET });
        Ok(id)
    }
}

impl Books<'_> {
    /// Takes a payment back, and the document owes it again. One that is not there any more was taken back before.
    fn take_back(&mut self, id: &str) -> Result<String, Refusal> {
        let Some(payment) = self.stored_payments.remove(id) else { return Ok(id.to_owned()) };
        open_period(self.ledger, &payment.paid_on)?;
        if let Some(entry) = self.documents.get_mut(&payment.document_id) {
            entry.row.paid -= payment.amount;
            entry.mark = Mark::Changed;
        }
        self.taken_back.push(payment.id);
        Ok(id.to_owned())
    }
}

fn number_key(content: &DocumentContent) -> NumberKey {
    (content.kind, content.number.clone(), number_scope(content.kind, &content.contact_id).to_owned())
}

fn document(id: String, content: &DocumentContent, totals: Totals) -> Document {
    let DocumentContent { kind, number, contact_id, reference, issue_date, due_date, currency, .. } = content.clone();
    let Totals { net, tax, gross } = totals;
    Document {
        id,
        kind: StoredKind(kind),
        number_scope: number_scope(kind, &contact_id).to_owned(),
        number,
        contact_id,
        reference,
        issue_date,
        due_date,
        currency,
        net,
        tax,
        gross,
        paid: 0,
        state: AUTHORISED.to_owned(),
        seq: NOT_YET,
    }
}
