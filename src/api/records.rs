//! The page of one record: a document, a contact or a payment, and the forms by which it is changed.

use super::ApiError;
use crate::domain::{
    company::CompanyNow,
    record::{edit::DocumentEdit, view::RecordView},
};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    domain::{
        matching::ReferenceKind,
        message::Entity,
        person::Role,
        record::{
            address,
            edit::{ApplyEdit, ContactEdit, Replace, kept_query},
            entity_in_address,
        },
    },
    server::{
        db::{Db, companies::Company},
        services::{
            error::{ServiceError, ServiceResult},
            records,
        },
    },
};

/// The page's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyRecord {
    pub head: CompanyNow,
    pub record: RecordView,
}

/// Longer than any id, number or name.
#[cfg(feature = "ssr")]
const LONGEST_ID: usize = 1_024;
/// Longer than any address of a form with entries in it.
#[cfg(feature = "ssr")]
const LONGEST_QUERY: usize = 32_000;
/// Lines one form holds, and more than any has.
#[cfg(feature = "ssr")]
const MOST_LINES: usize = 200;

/// `entity` and `id` are those of the page's address, `query` its query string. A number or name does for an id.
#[server(name = ReadRecord, endpoint = "company-record", input = GetUrl)]
pub async fn company_record(code: String, entity: String, id: String, query: String) -> Result<CompanyRecord, ApiError> {
    use crate::server::services;
    let (db, company, entity) = named(Role::Viewer, &code, &entity, &id).await?;
    let head = services::overview::company(&db, &company).await?;
    let query = if query.len() > LONGEST_QUERY { "" } else { &query };
    let record = records::record(&db, &company, entity, &id, &records::Asked::from_query(query)).await?;
    Ok(CompanyRecord { head, record })
}

/// Saves a document's entries as a new version and sends it; answers what happened. `version` is the one the form
/// began with: entries for an older one are refused. Lines that are not named stay as they are; `lines_page` is where
/// the form's lines were.
#[server(endpoint = "edit-document")]
pub async fn edit_document(
    code: String,
    entity: String,
    id: String,
    version: i64,
    edit: DocumentEdit,
    #[server(default)] lines_page: u64,
) -> Result<String, ApiError> {
    let (db, company, entity) = named(Role::Accountant, &code, &entity, &id).await?;
    if edit.lines.len() > MOST_LINES || edit.replace.len() > MOST_LINES {
        return Err(ServiceError::Invalid(format!("Change at most {MOST_LINES} lines at a time.")).into());
    }
    let saved = records::edit_document(&db, &company, entity, &id, version, &edit, &super::viewer::by()?).await;
    let kept = async { records::kept_of_document(&db, &company, entity, &id, version, edit).await };
    answer(saved, &company, entity, &id, lines_page, kept).await
}

/// Puts one account or tax rate (`kind`) in the place of another on all lines of a document, and sends it.
#[server(endpoint = "replace-in-document")]
pub async fn replace_in_document(
    code: String,
    entity: String,
    id: String,
    version: i64,
    kind: String,
    from: String,
    #[server(default)] by: String,
) -> Result<String, ApiError> {
    let (db, company, entity) = named(Role::Accountant, &code, &entity, &id).await?;
    let unknown = || ServiceError::Invalid("An account or a tax rate can be replaced, nothing else.".into());
    let kind = ReferenceKind::parse(&kind).ok_or_else(unknown)?;
    let replace = Replace { kind, from, by };
    let saved = records::replace_in_document(&db, &company, entity, &id, version, replace, &super::viewer::by()?).await?;
    super::flash::say(&saved);
    Ok(saved)
}

/// Saves a contact's entries as a new version and sends it; answers what happened.
#[server(endpoint = "edit-contact")]
pub async fn edit_contact(
    code: String,
    id: String,
    version: i64,
    name: String,
    #[server(default)] email: String,
    #[server(default)] address: String,
    #[server(default)] country: String,
) -> Result<String, ApiError> {
    let (db, company, entity) = named(Role::Accountant, &code, "contact", &id).await?;
    let edit = ContactEdit { name, email, address, country };
    let saved = records::edit_contact(&db, &company, &id, version, &edit, &super::viewer::by()?).await;
    let kept = async { records::kept_of_contact(&db, &company, &id, version, edit).await };
    answer(saved, &company, entity, &id, 1, kept).await
}

/// Applies what is left of a credit note, prepayment or overpayment (`id`) to one of its contact's documents, and sends that;
/// answers what happened. Without an amount it is as much as both have left.
#[server(endpoint = "apply-credit")]
pub async fn apply_credit(
    code: String,
    id: String,
    #[server(default)] document: String,
    #[server(default)] amount: String,
    #[server(default)] date: String,
) -> Result<String, ApiError> {
    let (db, company, entity) = named(Role::Accountant, &code, "credit-note", &id).await?;
    let entry = ApplyEdit { document, amount, date };
    if [&entry.document, &entry.amount, &entry.date].into_iter().any(|value| value.len() > LONGEST_ID) {
        return Err(ServiceError::Invalid("An entry is too long.".into()).into());
    }
    let applied = records::apply_credit(&db, &company, &id, &entry, &super::viewer::by()?).await;
    let page = address(&company.code, entity, &id).ok_or(ApiError::Internal)?;
    told(applied, &page, &format!("{page}?{}#apply", entry.kept_query()))
}

/// Takes a payment, or credit that was applied, back and tells the other side; answers what happened.
#[server(endpoint = "take-payment-back")]
pub async fn take_payment_back(code: String, id: String) -> Result<String, ApiError> {
    let (db, company, entity) = named(Role::Accountant, &code, "payment", &id).await?;
    let taken = records::take_back(&db, &company, &id, &super::viewer::by()?).await;
    let page = address(&company.code, entity, &id).ok_or(ApiError::Internal)?;
    told(taken, &page, &page)
}

/// The company and the kind of record an address names.
#[cfg(feature = "ssr")]
async fn named(least: Role, code: &str, entity: &str, id: &str) -> Result<(Db, Company, Entity), ApiError> {
    let (db, company) = super::viewer::company(least, code).await?;
    let shown: String = entity.chars().take(40).collect();
    let unknown = || ServiceError::NotFound(format!("“{shown}” is no kind of record that has a page."));
    let entity = entity_in_address(entity).ok_or_else(unknown)?;
    if id.len() > LONGEST_ID {
        return Err(ServiceError::NotFound("There is no record of that id.".into()).into());
    }
    Ok((db, company, entity))
}

/// A plain form is sent to the record's page: to the form with what was entered in it where that could not be saved.
#[cfg(feature = "ssr")]
async fn answer(
    saved: ServiceResult<String>,
    company: &Company,
    entity: Entity,
    id: &str,
    lines_page: u64,
    kept: impl Future<Output = ServiceResult<Vec<(String, String)>>>,
) -> Result<String, ApiError> {
    let page = address(&company.code, entity, id).ok_or(ApiError::Internal)?;
    let form = match &saved {
        Err(ServiceError::Invalid(_) | ServiceError::Refused(_)) if super::flash::is_plain_form() => {
            format!("{page}?{}#change", kept_query(kept.await?, lines_page))
        }
        _ => page.clone(),
    };
    told(saved, &page, &form)
}

/// The same, with the place where the form is shown again.
#[cfg(feature = "ssr")]
fn told(done: ServiceResult<String>, page: &str, form: &str) -> Result<String, ApiError> {
    match done {
        Ok(sentence) => {
            super::flash::say(&sentence);
            super::flash::go_to(page);
            Ok(sentence)
        }
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Refused(_))) if super::flash::is_plain_form() => {
            let sentence = error.to_string();
            super::flash::complain(&sentence, form);
            Ok(sentence)
        }
        Err(error) => Err(error.into()),
    }
}
