//! Mapping a value that fails to another one of the accounting side, and trying all records again that fail over it.

use super::super::{
    error::ServiceResult,
    onboarding::{report_in, store_picks},
};
use super::{Doing, Done, counted, retry::again, total};
use crate::{
    domain::{
        action::ActionKind,
        matching::{Pick, ReferenceKind},
    },
    server::db::{Db, actions, actions::chosen, companies::Company, untried},
};

/// `value` is what documents here carry; the choice is kept by the rules of onboarding.
pub async fn remap(
    db: &Db,
    company: &Company,
    kind: ReferenceKind,
    value: &str,
    external_id: &str,
    by: &str,
) -> ServiceResult<Done> {
    let mut doing = Doing::begin(db, company, by).await?;
    let report = report_in(&mut doing.tx, &company.id).await?;
    let pick = Pick { kind, value: value.to_owned(), external_id: external_id.to_owned() };
    store_picks(&mut doing.tx, &company.id, &report, &[pick], by, doing.now).await?;
    let chosen_item = report.choices.iter().find(|choice| choice.kind == kind && choice.external_id == external_id);
    let to = chosen_item.map_or_else(|| "nothing".to_owned(), |choice| choice.label());
    let action = actions::begin(&mut doing.tx, &company.id, ActionKind::Remap, by, "", doing.now).await?;
    untried::choose_by_subject(&mut doing.tx, &company.id, &action, kind, value).await?;
    let counts = chosen::count(&mut doing.tx, &action).await?;
    let summary = format!("Mapped {} {value} to {to}", kind.label().to_lowercase());
    let said = if counts.is_empty() {
        "No record fails over it.".to_owned()
    } else {
        let scope = again(&mut doing, &action).await?;
        format!("Trying {} again. {}", counted(&counts), doing.sync(scope).await?)
    };
    let records = total(&counts);
    doing.end(&action, &summary, records).await?;
    Ok(Done { sentence: format!("{summary}. {said}"), records })
}
