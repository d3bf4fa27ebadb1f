//! Money on a record's page: credit is applied to what its contact owes, and a payment or applied credit is taken back. Each
//! is checked here, recorded as what somebody did, and goes to the other side.

use super::{
    saved::{self, Facts},
    trail, views,
};
use crate::{
    domain::{
        connection::Access,
        document::{DocumentKind, DocumentState},
        message::Entity,
        money::{grouped, minor_digits, parse_scaled},
        record::{edit::ApplyEdit, view::Application},
    },
    server::{
        db::{
            Db, Tx, actions,
            companies::{self, Company},
            connections::{self, Connection},
            money, now_ms, record_trail, records, status,
        },
        services::{
            error::{ServiceError, ServiceResult},
            local_time::LocalTime,
        },
    },
};

/// Documents to choose from: with more, those due first.
const DOCUMENTS: i64 = 50;

/// What a payment's page is called: `for INV-12`, `CN-7 applied to INV-12`, or its reference.
pub fn label(payment: &records::Payment) -> String {
    match &payment.credit_number {
        Some(credit) => format!("{credit} applied to {}", payment.document_number),
        None if payment.reference.is_empty() => format!("for {}", payment.document_number),
        None => payment.reference.clone(),
    }
}

pub fn standing(payment: &records::Payment) -> Facts {
    Facts {
        version: payment.version,
        pending: payment.pending != 0,
        tried: payment.tried_version == payment.version,
        dated: Some(payment.document_issue_date.clone()),
        state: None,
    }
}

/// The company's connection, as long as it is one.
async fn connection(tx: &mut Tx, company: &Company) -> ServiceResult<Option<Connection>> {
    let connection = connections::of_company(tx, &company.id).await?;
    Ok(connection.filter(|connection| connection.access() != Access::Disconnected))
}

/// What is left of a credit that can be applied, above nought; `Err`: why nothing of it can.
async fn left(
    tx: &mut Tx,
    connection: &Connection,
    credit: &records::Document,
) -> ServiceResult<Result<(i64, DocumentKind), String>> {
    let kind = views::kind(credit);
    let Some(settles) = kind.settles() else { return Ok(Err("Only credit can be applied to a document.".into())) };
    if !connection.provider().is_some_and(|provider| provider.applies_credit()) {
        let name = connection.provider().map_or("The accounting software", |provider| provider.label());
        return Ok(Err(format!("{name} takes no applied credit from here: apply it there.")));
    }
    if views::state(credit) != DocumentState::Approved {
        return Ok(Err(format!("{} {} is not approved: nothing of it can be applied.", kind.label(), credit.number)));
    }
    if credit.issue_date < connection.sync_from {
        return Ok(Err(format!("It is left alone: documents dated from {} on are synced.", connection.sync_from)));
    }
    let link = record_trail::link(tx, &connection.id, Entity::CreditNote, &credit.id).await?;
    if link.is_some_and(|link| link.state == "unlinked") {
        return Ok(Err("It is left out of syncs: link it again first.".into()));
    }
    let left = credit.paid - credit.gross;
    Ok(if left > 0 { Ok((left, settles)) } else { Err("Nothing of it is left.".into()) })
}

/// The form by which a credit is applied, where there is anything it can be applied to.
pub async fn application(
    tx: &mut Tx,
    company: &Company,
    credit: &records::Document,
    kept: &[(String, String)],
) -> ServiceResult<Option<Application>> {
    if !views::kind(credit).is_credit() {
        return Ok(None);
    }
    let Some(connection) = connection(tx, company).await? else { return Ok(None) };
    let Ok((left, settles)) = left(tx, &connection, credit).await? else { return Ok(None) };
    let found = records::open_documents(tx, &connection.id, credit, settles, &connection.sync_from, DOCUMENTS).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let words = |document: &records::Document| {
        let (owed, due) = (grouped(document.gross - document.paid, &document.currency), &document.due_date);
        format!("{} · due {due} · {owed} {} outstanding", document.number, document.currency)
    };
    let kept = ApplyEdit::with_kept(kept);
    let today = LocalTime::of(&company.time_zone).today(now_ms());
    Ok(Some(Application {
        left,
        documents: found.iter().map(|document| (document.id.clone(), words(document))).collect(),
        unsaved: kept.is_some(),
        entry: kept.unwrap_or_else(|| ApplyEdit { date: today, ..ApplyEdit::default() }),
    }))
}

/// What was entered, checked against both documents.
struct Applied {
    document: records::Document,
    amount: i64,
}

async fn checked(
    tx: &mut Tx,
    company: &Company,
    connection: &Connection,
    credit: &records::Document,
    (left, settles): (i64, DocumentKind),
    entry: &ApplyEdit,
) -> ServiceResult<Applied> {
    let invalid = |words: String| Err(ServiceError::Invalid(words));
    let what = settles.label().to_lowercase();
    let found = records::document(&mut *tx, &company.id, &entry.document).await?;
    let Some(document) = found.filter(|found| views::kind(found) == settles) else {
        return invalid(format!("Choose the {what} it is applied to."));
    };
    let name = format!("{} {}", settles.label(), document.number);
    if document.contact_id != credit.contact_id || document.currency != credit.currency {
        return invalid(format!(
            "{name} is of another contact or currency: choose one of {} in {}.",
            credit.contact, credit.currency
        ));
    }
    let link = record_trail::link(tx, &connection.id, settles.entity(), &document.id).await?;
    let is_left_out = link.is_some_and(|link| link.state == "unlinked") || document.issue_date < connection.sync_from;
    if views::state(&document) != DocumentState::Approved || is_left_out {
        return invalid(format!("{name} is not synced: choose another {what}."));
    }
    let owed = document.gross - document.paid;
    let most = owed.min(left);
    let amount = match entry.amount.trim() {
        "" => most,
        typed => match parse_scaled(typed, minor_digits(&credit.currency)) {
            Ok(amount) => amount,
            Err(why) => return invalid(format!("The amount {why}.")),
        },
    };
    if amount <= 0 || amount > most {
        let (owed, left) = (grouped(owed, &credit.currency), grouped(left, &credit.currency));
        return invalid(format!(
            "{name} owes {owed}, and {left} is left of {}: apply more than nothing and no more than either.",
            credit.number
        ));
    }
    if LocalTime::of(&company.time_zone).begin_of(&entry.date).is_none() {
        return invalid("Choose the day on which it is applied.".into());
    }
    Ok(Applied { document, amount })
}

/// Applies credit to an invoice or a bill, and sends that; answers what to tell. `id` is the credit's.
pub async fn apply_credit(db: &Db, company: &Company, id: &str, entry: &ApplyEdit, by: &str) -> ServiceResult<String> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &company.id).await?;
    let credit = super::document(&mut tx, company, Entity::CreditNote, id).await?;
    let not_connected = || ServiceError::Refused("The company is connected to no accounting software.".into());
    let connection = connection(&mut tx, company).await?.ok_or_else(not_connected)?;
    let left = left(&mut tx, &connection, &credit).await?.map_err(ServiceError::Refused)?;
    let Applied { document, amount } = checked(&mut tx, company, &connection, &credit, left, entry).await?;
    let payment = money::Payment {
        document_id: &document.id,
        credit_id: Some(&credit.id),
        elsewhere: "",
        paid_on: &entry.date,
        amount,
        reference: "",
        pending: true,
    };
    let payment_id = money::insert(&mut tx, &company.id, &payment, now).await?;
    let label = format!("{} applied to {}", credit.number, document.number);
    let summary =
        format!("Applied {} {} of {} to {}", grouped(amount, &credit.currency), credit.currency, credit.number, document.number);
    let about = [
        (Entity::Payment, payment_id.clone(), label),
        (Entity::CreditNote, credit.id.clone(), credit.number.clone()),
        (left.1.entity(), document.id.clone(), document.number.clone()),
    ];
    actions::record(&mut tx, &company.id, "edit", by, &summary, "", &about, now).await?;
    status::refresh(&mut tx, &company.id, now).await?;
    tx.commit().await?;
    let facts = Facts { version: 1, pending: true, tried: false, dated: Some(document.issue_date), state: None };
    let next = saved::next(db, company, Entity::Payment, &payment_id, &facts, by).await?;
    Ok(format!("{summary}. {next}"))
}

/// Why a payment cannot be taken back here; `None` where it can.
pub async fn fixed_because(tx: &mut Tx, company: &Company, payment: &records::Payment) -> ServiceResult<Option<String>> {
    if payment.removed != 0 {
        return Ok(Some("It was taken back: it counts no more.".into()));
    }
    if !payment.elsewhere.is_empty() {
        return Ok(Some("The other document it concerns is not held here: take it back in the accounting software.".into()));
    }
    let Some(connection) = connection(tx, company).await? else { return Ok(None) };
    let link = record_trail::link(tx, &connection.id, Entity::Payment, &payment.id).await?;
    Ok(match (link, connection.provider()) {
        (Some(link), _) if link.state == "unlinked" => Some("It is left out of syncs: link it again first.".into()),
        (Some(_), Some(provider)) if !provider.takes_payments_back() => {
            Some(format!("It is booked in {}: take it back there.", provider.label()))
        }
        _ => None,
    })
}

/// Takes a payment or applied credit back, and tells the other side; answers what to tell.
pub async fn take_back(db: &Db, company: &Company, id: &str, by: &str) -> ServiceResult<String> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, &company.id).await?;
    let payment = records::payment(&mut tx, &company.id, id).await?;
    let payment = payment.ok_or_else(|| super::missing(company, Entity::Payment))?;
    if let Some(why) = fixed_because(&mut tx, company, &payment).await? {
        return Err(ServiceError::Refused(why));
    }
    let taken = || anyhow::anyhow!("payment {id} was taken back while its company was locked");
    let version = money::take_back(&mut tx, id, true, now).await?.ok_or_else(taken)?;
    let label = label(&payment);
    let amount = grouped(payment.amount, &payment.currency);
    let what = if payment.credit_id.is_some() { "credit" } else { "payment" };
    let summary = format!("Took back {what} {label} ({amount} {})", payment.currency);
    actions::record(&mut tx, &company.id, "edit", by, &summary, "", &[(Entity::Payment, id.to_owned(), label)], now).await?;
    status::refresh(&mut tx, &company.id, now).await?;
    tx.commit().await?;
    let facts = trail::Facts { version, pending: true, tried: false, ..standing(&payment) };
    let next = saved::next(db, company, Entity::Payment, id, &facts, by).await?;
    Ok(format!("{summary}. {next}"))
}
