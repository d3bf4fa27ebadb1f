//! Trying records again as they are, after what stood in their way was put right.

use super::super::error::{ServiceError, ServiceResult};
use super::selection::remainder;
use super::{Doing, Done, Selection, counted, datasets};
use crate::{
    domain::{
        action::ActionKind,
        message::{Entity, ProblemKind},
        run::RunScope,
    },
    server::db::{Db, actions, actions::chosen, companies::Company, problems::decisions, untried},
};

/// Makes the records untried and has a sync try them. What only reading can settle, such as a difference, needs a full one.
pub async fn retry(db: &Db, company: &Company, selection: &Selection, by: &str) -> ServiceResult<Done> {
    let mut doing = Doing::begin(db, company, by).await?;
    let action = actions::begin(&mut doing.tx, &company.id, ActionKind::Retry, by, "", doing.now).await?;
    let (meant, records) = selection.choose(&mut doing, &action, "kind <> 'unlinked'", "linked").await?;
    if !doing.may_sync() {
        return Err(ServiceError::Refused(format!(
            "{} cannot sync now: reconnect it, or complete its onboarding, in Integration settings first.",
            company.name
        )));
    }
    let scope = again(&mut doing, &action).await?;
    let counts = chosen::count(&mut doing.tx, &action).await?;
    let started = doing.sync(scope).await?;
    let summary = format!("Retried {}", counted(&counts));
    doing.end(&action, &summary, records).await?;
    Ok(Done { sentence: format!("Trying {} again. {started}{}", counted(&counts), remainder(meant, records)), records })
}

/// Makes an action's records untried; answers what a sync has to cover.
pub(super) async fn again(doing: &mut Doing, action: &str) -> ServiceResult<RunScope> {
    let company_id = doing.company_id.clone();
    decisions::clear(&mut doing.tx, &company_id, action).await?;
    let to_be_read = untried::to_be_read(&mut doing.tx, &company_id, action).await?;
    for (entity, kind) in &to_be_read {
        // A difference is compared anew; nothing was passed over.
        if let (Some(entity), true) = (Entity::parse(entity), kind != ProblemKind::Difference.as_str()) {
            doing.read_again(datasets(entity).get(..1).unwrap_or_default()).await?;
        }
    }
    let scope = crate::server::db::tie_outs::Scope {
        connection_id: &doing.connection.id,
        company_id: &company_id,
        sync_from: &doing.connection.sync_from,
    };
    untried::again(&mut doing.tx, scope, action).await?;
    Ok(if to_be_read.is_empty() { RunScope::Changed } else { RunScope::Full })
}
