//! The panel of a practice ledger: what a person does who works in the accounting software. It is how each status
//! can be brought about by hand, and resolved by hand.

use super::ApiError;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::domain::person::Role;

#[cfg(feature = "ssr")]
use crate::server::{
    connectors::practice::panel,
    db::{Db, companies::Company},
    services::error::{ServiceError, ServiceResult},
};

/// Longer than any code, name, number or id of the ledger.
#[cfg(feature = "ssr")]
const LONGEST: usize = 255;

#[cfg(feature = "ssr")]
async fn ledger(code: &str, texts: &[&str]) -> Result<(Db, Company, String), ApiError> {
    if texts.iter().any(|text| text.chars().count() > LONGEST) {
        return Err(ServiceError::Invalid(format!("A text has more than {LONGEST} characters.")).into());
    }
    let (db, company) = super::viewer::company(Role::Manager, code).await?;
    let ledger = crate::server::services::integration::practice_ledger(&db, &company).await?;
    Ok((db, company, ledger))
}

/// Says on the next page what was done in the ledger.
#[cfg(feature = "ssr")]
fn done(outcome: Result<(), panel::PanelError>, sentence: &str) -> Result<(), ApiError> {
    outcome.map_err(ServiceError::from)?;
    super::flash::say(&format!("In the practice ledger: {sentence}"));
    Ok(())
}

#[cfg(feature = "ssr")]
fn archived_or_restored(archived: bool) -> &'static str {
    if archived { "archived" } else { "restored" }
}

/// `account` is a code or an id.
#[server(endpoint = "practice-account")]
pub async fn practice_account(code: String, account: String, archived: bool) -> Result<(), ApiError> {
    let (db, _, ledger) = ledger(&code, &[&account]).await?;
    let outcome = panel::set_account_archived(&db, &ledger, &account, archived).await;
    done(outcome, &format!("account {account} was {}.", archived_or_restored(archived)))
}

/// `tax_rate` is a name or an id.
#[server(endpoint = "practice-tax-rate")]
pub async fn practice_tax_rate(code: String, tax_rate: String, archived: bool) -> Result<(), ApiError> {
    let (db, _, ledger) = ledger(&code, &[&tax_rate]).await?;
    let outcome = panel::set_tax_rate_archived(&db, &ledger, &tax_rate, archived).await;
    done(outcome, &format!("tax rate “{tax_rate}” was {}.", archived_or_restored(archived)))
}

/// `contact` is a name or an id.
#[server(endpoint = "practice-contact")]
pub async fn practice_contact(code: String, contact: String, archived: bool) -> Result<(), ApiError> {
    let (db, _, ledger) = ledger(&code, &[&contact]).await?;
    let outcome = panel::set_contact_archived(&db, &ledger, &contact, archived).await;
    done(outcome, &format!("contact “{contact}” was {}.", archived_or_restored(archived)))
}

/// `until` is the last day that is locked; empty opens all periods.
#[server(endpoint = "practice-lock")]
pub async fn practice_lock(code: String, #[server(default)] until: String) -> Result<(), ApiError> {
    let (db, _, ledger) = ledger(&code, &[&until]).await?;
    let until = Some(until.as_str()).filter(|day| !day.is_empty());
    let outcome = panel::lock_period(&db, &ledger, until).await;
    let sentence = until.map_or_else(|| "all periods are open.".into(), |day| format!("everything up to {day} is locked."));
    done(outcome, &sentence)
}

#[server(endpoint = "practice-revoke")]
pub async fn practice_revoke(code: String) -> Result<(), ApiError> {
    let (db, _, ledger) = ledger(&code, &[]).await?;
    done(panel::revoke_access(&db, &ledger).await, "access was taken away. The next sync will notice.")
}

#[server(endpoint = "practice-offline")]
pub async fn practice_offline(code: String, offline: bool) -> Result<(), ApiError> {
    let (db, _, ledger) = ledger(&code, &[]).await?;
    let sentence = if offline { "it is offline to apps." } else { "it is online again." };
    done(panel::set_offline(&db, &ledger, offline).await, sentence)
}

#[server(endpoint = "practice-delay")]
pub async fn practice_delay(code: String, delay_ms: i64) -> Result<(), ApiError> {
    let (db, _, ledger) = ledger(&code, &[]).await?;
    let sentence = match delay_ms {
        0 => "every call is answered at once.".into(),
        ms => format!("every call takes {ms} ms."),
    };
    done(panel::set_delay(&db, &ledger, delay_ms).await, &sentence)
}

/// Calls a minute; 0 is no limit.
#[server(endpoint = "practice-rate-limit")]
pub async fn practice_rate_limit(code: String, per_minute: i64) -> Result<(), ApiError> {
    let (db, _, ledger) = ledger(&code, &[]).await?;
    let sentence = match per_minute {
        0 => "calls are not limited.".into(),
        n => format!("{n} calls a minute are let in."),
    };
    done(panel::set_rate_limit(&db, &ledger, per_minute).await, &sentence)
}

/// `document` is a number or an id; an empty amount pays what is outstanding.
#[server(endpoint = "practice-payment")]
pub async fn practice_payment(
    code: String,
    document: String,
    #[server(default)] amount: String,
    paid_on: String,
    #[server(default)] reference: String,
) -> Result<(), ApiError> {
    let (db, company, ledger) = ledger(&code, &[&document, &amount, &paid_on, &reference]).await?;
    let exactly = amount_of(&amount, &company.currency)?;
    let outcome = panel::record_payment(&db, &ledger, &document, exactly, &paid_on, &reference).await.map(|_| ());
    done(outcome, "the payment was recorded.")
}

#[cfg(feature = "ssr")]
fn amount_of(text: &str, currency: &str) -> ServiceResult<panel::PaymentAmount> {
    use crate::domain::money::{minor_digits, parse_scaled};
    match text.trim() {
        "" => Ok(panel::PaymentAmount::Outstanding),
        text => parse_scaled(text, minor_digits(currency))
            .map(panel::PaymentAmount::Exactly)
            .map_err(|why| ServiceError::Invalid(format!("The amount “{text}” {why}."))),
    }
}

/// `document` is a number or an id.
#[server(endpoint = "practice-void")]
pub async fn practice_void(code: String, document: String) -> Result<(), ApiError> {
    let (db, _, ledger) = ledger(&code, &[&document]).await?;
    done(panel::void_document(&db, &ledger, &document).await, "the document was voided.")
}

/// `document` is a number or an id.
#[server(endpoint = "practice-reference")]
pub async fn practice_reference(code: String, document: String, #[server(default)] reference: String) -> Result<(), ApiError> {
    let (db, _, ledger) = ledger(&code, &[&document, &reference]).await?;
    done(panel::set_reference(&db, &ledger, &document, &reference).await, "the document’s reference was changed.")
}
