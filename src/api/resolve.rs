//! What people do about problems, from the results page and the record page.

use super::ApiError;
use crate::domain::{company::CompanyNow, results::UnlinkPreview};
use leptos::{prelude::*, server_fn::codec::GetUrl};

#[cfg(feature = "ssr")]
use crate::domain::person::Role;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    domain::{
        action::Decision, matching::ReferenceKind, message::Entity, record, record::entity_in_address,
        results_filter::ResultsFilter,
    },
    server::{
        db::{Db, companies::Company},
        services::{
            error::{ServiceError, ServiceResult},
            resolve::{self, Done, MOST_IDS, Selection},
        },
    },
};

/// Longer than any filter, name, number or id.
#[cfg(feature = "ssr")]
const LONGEST: usize = 4_000;

#[cfg(feature = "ssr")]
async fn asked(least: Role, code: &str, texts: &[&str]) -> Result<(Db, Company), ApiError> {
    if texts.iter().any(|text| text.len() > LONGEST) {
        return Err(ServiceError::Invalid(format!("A text has more than {LONGEST} characters.")).into());
    }
    super::viewer::company(least, code).await
}

/// The records that are meant: one, all that match the filter, or those that were ticked.
#[cfg(feature = "ssr")]
fn selection(ids: Vec<String>, whole: &str, filter: &str, record: &str) -> ServiceResult<Selection> {
    if !record.is_empty() {
        return match record.split_once(':').and_then(|(word, id)| Some((entity(word)?, id))) {
            Some((entity, id)) if !id.is_empty() => Ok(Selection::Record(entity, id.to_owned())),
            _ => Err(ServiceError::Invalid("The record must be named by its kind and id, as in invoice:ID.".into())),
        };
    }
    if whole == "1" {
        return Ok(Selection::Filtered(Box::new(ResultsFilter::from_query(filter).0)));
    }
    if ids.len() > MOST_IDS || ids.iter().any(|id| id.len() > 100) {
        return Err(ServiceError::Invalid(format!(
            "Select at most {MOST_IDS} records one by one, or all that match the filter."
        )));
    }
    if ids.is_empty() {
        return Err(ServiceError::Invalid("No record is selected: tick at least one.".into()));
    }
    Ok(Selection::Problems(ids))
}

/// Written as in addresses or as in the store: `credit-note` and `credit_note`.
#[cfg(feature = "ssr")]
fn entity(word: &str) -> Option<Entity> {
    entity_in_address(&word.replace('_', "-"))
}

/// Says on the next page what was done.
#[cfg(feature = "ssr")]
fn done(done: Done) -> Result<(), ApiError> {
    super::flash::say(&done.sentence);
    Ok(())
}

/// Tries records again: makes them untried and starts an on-demand sync, or has the one under way followed by another.
#[server(endpoint = "retry-records")]
pub async fn retry_records(
    code: String,
    #[server(default)] ids: Vec<String>,
    #[server(default)] whole: String,
    #[server(default)] filter: String,
) -> Result<(), ApiError> {
    let (db, company) = asked(Role::Accountant, &code, &[&whole, &filter]).await?;
    let selection = selection(ids, &whole, &filter, "")?;
    done(resolve::retry(&db, &company, &selection, &super::viewer::by()?).await?)
}

/// Leaves records out of syncs, with what belongs to them. `record` (`invoice:ID`) names one in place of problems. Without
/// `confirmed` nothing is done yet: a page shows what would be.
#[server(endpoint = "unlink-records")]
pub async fn unlink_records(
    code: String,
    #[server(default)] ids: Vec<String>,
    #[server(default)] whole: String,
    #[server(default)] filter: String,
    #[server(default)] record: String,
    #[server(default)] confirmed: String,
) -> Result<(), ApiError> {
    let (db, company) = asked(Role::Accountant, &code, &[&whole, &filter, &record]).await?;
    let chosen = selection(ids.clone(), &whole, &filter, &record)?;
    if confirmed != "1" {
        leptos_axum::redirect(&preview_address(&company.code, &ids, &whole, &filter, &record));
        return Ok(());
    }
    let outcome = resolve::unlink(&db, &company, &chosen, &super::viewer::by()?).await?;
    leptos_axum::redirect(&origin(&company.code, &chosen, &filter));
    done(outcome)
}

#[cfg(feature = "ssr")]
fn preview_address(code: &str, ids: &[String], whole: &str, filter: &str, record: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(ids.iter().map(|id| ("ids[]", id)));
    for (name, value) in [("whole", whole), ("filter", filter), ("record", record)] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    format!("/companies/{code}/unlink?{}", query.finish())
}

/// The page the records were chosen on.
#[cfg(feature = "ssr")]
fn origin(code: &str, chosen: &Selection, filter: &str) -> String {
    if let Selection::Record(entity, id) = chosen
        && let Some(address) = record::address(code, *entity, id)
    {
        return address;
    }
    let query = ResultsFilter::from_query(filter).0.to_query();
    if query.is_empty() { format!("/companies/{code}/results") } else { format!("/companies/{code}/results?{query}") }
}

/// The preview page's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompanyUnlink {
    pub head: CompanyNow,
    pub preview: UnlinkPreview,
    /// What the page was asked for, to be sent on: names and values of fields.
    pub fields: Vec<(String, String)>,
    /// Where the records were chosen.
    pub back: String,
}

/// What would be left out. `query` is the page's query string: `ids[]` (or `ids`), `whole`, `filter`, `record`.
#[server(name = ReadUnlink, endpoint = "company-unlink", input = GetUrl)]
pub async fn company_unlink(code: String, query: String) -> Result<CompanyUnlink, ApiError> {
    let (mut ids, mut whole, mut filter, mut record) = (Vec::new(), String::new(), String::new(), String::new());
    for (name, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
        match name.as_ref() {
            "ids" | "ids[]" => ids.push(value.into_owned()),
            name if name.starts_with("ids[") => ids.push(value.into_owned()),
            "whole" => whole = value.into_owned(),
            "filter" => filter = value.into_owned(),
            "record" => record = value.into_owned(),
            _ => {}
        }
    }
    let (db, company) = asked(Role::Viewer, &code, &[&whole, &filter, &record]).await?;
    let chosen = selection(ids.clone(), &whole, &filter, &record)?;
    let preview = resolve::preview(&db, &company, &chosen).await?;
    let head = crate::server::services::overview::company(&db, &company).await?;
    let back = origin(&company.code, &chosen, &filter);
    let named = [("whole", whole), ("filter", filter), ("record", record)].map(|(name, value)| (name.to_owned(), value));
    let mut fields: Vec<_> = named.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    fields.extend(ids.into_iter().map(|id| ("ids[]".to_owned(), id)));
    Ok(CompanyUnlink { head, preview, fields, back })
}

/// Takes records back into syncs, with what was left out together with them.
#[server(endpoint = "link-records")]
pub async fn link_records(
    code: String,
    #[server(default)] ids: Vec<String>,
    #[server(default)] whole: String,
    #[server(default)] filter: String,
    #[server(default)] record: String,
) -> Result<(), ApiError> {
    let (db, company) = asked(Role::Accountant, &code, &[&whole, &filter, &record]).await?;
    let selection = selection(ids, &whole, &filter, &record)?;
    done(resolve::link(&db, &company, &selection, &super::viewer::by()?).await?)
}

/// Takes an action back, for each record that is still as it left it.
#[server(endpoint = "undo-action")]
pub async fn undo_action(code: String, action: String) -> Result<(), ApiError> {
    let (db, company) = asked(Role::Accountant, &code, &[&action]).await?;
    done(resolve::undo(&db, &company, &action, &super::viewer::by()?).await?)
}

/// Sets problems aside. `until` is a day (`YYYY-MM-DD`); empty: until they change.
#[server(endpoint = "set-aside")]
pub async fn set_aside(
    code: String,
    #[server(default)] ids: Vec<String>,
    #[server(default)] whole: String,
    #[server(default)] filter: String,
    #[server(default)] note: String,
    #[server(default)] until: String,
) -> Result<(), ApiError> {
    let (db, company) = asked(Role::Accountant, &code, &[&whole, &filter, &note, &until]).await?;
    let selection = selection(ids, &whole, &filter, "")?;
    done(resolve::set_aside(&db, &company, &selection, &note, &until, &super::viewer::by()?).await?)
}

/// Takes up problems that were set aside.
#[server(endpoint = "take-up")]
pub async fn take_up(
    code: String,
    #[server(default)] ids: Vec<String>,
    #[server(default)] whole: String,
    #[server(default)] filter: String,
) -> Result<(), ApiError> {
    let (db, company) = asked(Role::Accountant, &code, &[&whole, &filter]).await?;
    let selection = selection(ids, &whole, &filter, "")?;
    done(resolve::take_up(&db, &company, &selection, &super::viewer::by()?).await?)
}

/// Decides about a conflict: `adopt`, `send_as_new` (under `number`, a document's number or a contact's name), `keep` or
/// `unlink`.
#[server(endpoint = "decide-conflict")]
pub async fn decide_conflict(
    code: String,
    problem: String,
    decision: String,
    #[server(default)] number: String,
) -> Result<(), ApiError> {
    let (db, company) = asked(Role::Accountant, &code, &[&problem, &decision, &number]).await?;
    let decision = match decision.as_str() {
        "adopt" => Decision::Adopt,
        "send_as_new" => Decision::SendAsNew(number),
        "keep" => Decision::Keep,
        "unlink" => Decision::Unlink,
        _ => return Err(ServiceError::Invalid("The decision must be adopt, send_as_new, keep or unlink.".into()).into()),
    };
    done(resolve::decide(&db, &company, &problem, decision, &super::viewer::by()?).await?)
}

/// Maps a value of ours (`kind`: account, tax_rate or tracking) to one of the accounting side, and tries again what fails
/// over it.
#[server(endpoint = "remap")]
pub async fn remap(code: String, kind: String, value: String, external_id: String) -> Result<(), ApiError> {
    let (db, company) = asked(Role::Accountant, &code, &[&kind, &value, &external_id]).await?;
    let kind = ReferenceKind::parse(&kind)
        .ok_or_else(|| ServiceError::Invalid("The kind must be account, tax_rate or tracking.".into()))?;
    if external_id.is_empty() {
        return Err(
            ServiceError::Invalid(format!("Choose what {} {value} is to be mapped to.", kind.label().to_lowercase())).into()
        );
    }
    done(resolve::remap(&db, &company, kind, &value, &external_id, &super::viewer::by()?).await?)
}
