//! The practice ledger's panel: what a person does who works in the accounting software itself.

use super::ApiError;
use leptos::prelude::*;

/// One thing done in the ledger. `action` names it; `subject` is an account, a contact, a tax rate or a document;
/// `value` a day, a number or a text; `amount` a decimal, empty for all that is outstanding.
#[server(endpoint = "practice-panel")]
pub async fn practice_panel(
    code: String,
    action: String,
    #[server(default)] subject: String,
    #[server(default)] value: String,
    #[server(default)] amount: String,
) -> Result<(), ApiError> {
    use crate::server::services::{error::ServiceError, integration};
    let (db, company) = super::company::company(&code).await?;
    if [&subject, &value, &amount].into_iter().any(|text| text.len() > 500) {
        return Err(ServiceError::Invalid("That is too long.".into()).into());
    }
    let asked = integration::PanelAction { action: &action, subject: subject.trim(), value: value.trim(), amount: amount.trim() };
    super::flash::say(&integration::act(&db, &company, &asked).await?);
    Ok(())
}
