//! The three kinds of record as their pages show them, with the form where one is asked for.

use super::{
    Asked, Head,
    choices::Rules,
    contact_edit,
    document_edit::{self, facts_of},
    money,
    trail::{self, Facts},
};
use crate::{
    domain::{
        contact::ContactFacts,
        document::{DocumentKind, DocumentState, Line, Totals},
        matching::ReferenceKind,
        message::Entity,
        record::view::{ContactView, Content, CreditView, DocumentRow, DocumentView, PAGE, PaymentView, Remedy},
    },
    server::{
        db::{Tx, companies::Company, pending, records},
        services::error::ServiceResult,
    },
};

/// Payments of a document that are shown: more are no longer read by anyone.
const PAYMENTS: i64 = 200;

/// The column holds only words this enum wrote.
pub fn kind(document: &records::Document) -> DocumentKind {
    DocumentKind::parse(&document.kind).unwrap_or(DocumentKind::SalesInvoice)
}

/// A word this version does not know reads as a draft: it is not sent.
pub fn state(document: &records::Document) -> DocumentState {
    DocumentState::parse(&document.state).unwrap_or(DocumentState::Draft)
}

/// A document's lines in their order.
pub async fn lines(tx: &mut Tx, id: &str) -> sqlx::Result<Vec<Line>> {
    Ok(pending::lines(tx, &[id]).await?.into_iter().map(|(_, line)| line).collect())
}

pub fn standing(document: &records::Document) -> Facts {
    Facts {
        version: document.version,
        pending: document.pending != 0,
        tried: document.tried_version == document.version,
        dated: Some(document.issue_date.clone()),
        state: Some(state(document)),
    }
}

pub async fn document(tx: &mut Tx, company: &Company, entity: Entity, id: &str, asked: &Asked) -> ServiceResult<Option<Head>> {
    let found = records::document(&mut *tx, &company.id, id).await?.filter(|found| kind(found).entity() == entity);
    let Some(found) = found else { return Ok(None) };
    let all = lines(tx, id).await?;
    let line_count = all.len() as u64;
    let lines_page = asked.lines.clamp(1, line_count.div_ceil(PAGE).max(1));
    let on_page = ((lines_page - 1) * PAGE) as usize..(lines_page * PAGE).min(line_count) as usize;
    let facts = facts_of(&found, all);
    let can_change = DocumentView::fixed_because(kind(&found), state(&found)).is_none();
    let mut form = None;
    if asked.edit && can_change {
        form = Some(document_edit::form(tx, company, &found, &facts, asked, on_page.clone()).await?);
    }
    let mut remedy = None;
    if can_change && let Some((kind, from)) = trail::subject(tx, company, entity, id).await? {
        remedy = offer(tx, company, found.version, kind, from, &facts.lines).await?;
    }
    let payments = records::payments_of(&mut *tx, id, PAYMENTS).await?;
    let view = DocumentView {
        kind: kind(&found),
        state: state(&found),
        contact_id: found.contact_id.clone(),
        contact: found.contact.clone(),
        reference: found.reference.clone(),
        issue_date: found.issue_date.clone(),
        due_date: found.due_date.clone(),
        currency: found.currency.clone(),
        totals: Totals { net: found.net, tax: found.tax, gross: found.gross },
        paid: found.paid,
        lines: facts.lines.into_iter().skip(on_page.start).take(on_page.len()).collect(),
        line_count,
        lines_page,
        payments: payments.into_iter().map(payment_view).collect(),
        application: money::application(tx, company, &found, &asked.kept).await?,
        form,
        remedy,
    };
    Ok(Some(Head {
        label: found.number.clone(),
        version: found.version,
        standing: standing(&found),
        content: Content::Document(Box::new(view)),
    }))
}

/// What can stand in the place of the value a problem is about.
async fn offer(
    tx: &mut Tx,
    company: &Company,
    version: i64,
    kind: ReferenceKind,
    from: String,
    lines: &[Line],
) -> ServiceResult<Option<Remedy>> {
    let has = |line: &&Line| match kind {
        ReferenceKind::Account => line.account_code == from,
        ReferenceKind::TaxRate => line.tax_type == from,
        ReferenceKind::Tracking => false,
    };
    let concerned = lines.iter().filter(has).count() as u64;
    if concerned == 0 {
        return Ok(None);
    }
    let rules = Rules::of(tx, &company.id).await?;
    let choices: Vec<_> = rules.choices.of(kind).iter().filter(|(value, _)| *value != from).cloned().collect();
    Ok((!choices.is_empty()).then_some(Remedy { version, kind, from, lines: concerned, choices }))
}

fn payment_view(payment: records::Payment) -> PaymentView {
    let kind = |word: &str| DocumentKind::parse(word).unwrap_or(DocumentKind::SalesInvoice);
    let credit = match (payment.credit_id, payment.credit_kind, payment.credit_number) {
        (Some(id), Some(word), Some(number)) => Some(CreditView { id, kind: kind(&word), number }),
        _ => None,
    };
    PaymentView {
        document_kind: kind(&payment.document_kind),
        id: payment.id,
        document_id: payment.document_id,
        document_number: payment.document_number,
        credit,
        is_elsewhere: !payment.elsewhere.is_empty(),
        paid_on: payment.paid_on,
        amount: payment.amount,
        currency: payment.currency,
        reference: payment.reference,
        removed: payment.removed != 0,
        fixed_because: None,
    }
}

pub async fn payment(tx: &mut Tx, company: &Company, id: &str) -> ServiceResult<Option<Head>> {
    let Some(found) = records::payment(&mut *tx, &company.id, id).await? else { return Ok(None) };
    let standing = money::standing(&found);
    let label = money::label(&found);
    let fixed_because = money::fixed_because(tx, company, &found).await?;
    let version = found.version;
    let content = Content::Payment(Box::new(PaymentView { fixed_because, ..payment_view(found) }));
    Ok(Some(Head { label, version, standing, content }))
}

pub async fn contact(tx: &mut Tx, company: &Company, id: &str, asked: &Asked) -> ServiceResult<Option<Head>> {
    let Some(found) = records::contact(&mut *tx, &company.id, id).await? else { return Ok(None) };
    let document_count = records::count_documents_of(&mut *tx, id).await?.unsigned_abs();
    let page = asked.page.clamp(1, document_count.div_ceil(PAGE).max(1));
    let documents = records::documents_of(&mut *tx, id, ((page - 1) * PAGE) as i64, PAGE as i64).await?;
    let facts = contact_facts(&found);
    let form = match asked.edit {
        true => Some(contact_edit::form(tx, company, &found, &facts, asked).await?),
        false => None,
    };
    let standing = Facts {
        version: found.version,
        pending: found.pending != 0,
        tried: found.tried_version == found.version,
        dated: None,
        state: None,
    };
    let documents = documents.into_iter().map(document_row).collect();
    let view = ContactView { facts, documents, document_count, page, form };
    Ok(Some(Head { label: found.name.clone(), version: found.version, standing, content: Content::Contact(Box::new(view)) }))
}

pub fn contact_facts(contact: &records::Contact) -> ContactFacts {
    ContactFacts {
        name: contact.name.clone(),
        email: contact.email.clone(),
        address: contact.address.clone(),
        country: contact.country.clone(),
        archived: contact.archived != 0,
    }
}

fn document_row(document: records::Document) -> DocumentRow {
    let (kind, state) = (kind(&document), state(&document));
    DocumentRow {
        outstanding: if state == DocumentState::Void { 0 } else { document.gross - document.paid },
        waits: document.pending != 0,
        id: document.id,
        number: document.number,
        issue_date: document.issue_date,
        due_date: document.due_date,
        currency: document.currency,
        gross: document.gross,
        kind,
        state,
    }
}
