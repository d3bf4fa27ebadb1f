//! Taking an action back, for each record that is still as the action left it.

use super::super::error::{ServiceError, ServiceResult};
use super::{Doing, Done, link::take_back, total, unlink::leave_out};
use crate::{
    domain::{action::ActionKind, run::RunScope},
    server::db::{Db, actions, actions::chosen, companies::Company, problems::aside, status},
};

pub async fn undo(db: &Db, company: &Company, action: &str, by: &str) -> ServiceResult<Done> {
    let mut doing = Doing::begin(db, company, by).await?;
    let missing = || ServiceError::NotFound("That action is not there, or was undone already.".into());
    let earlier = actions::find(&mut doing.tx, &company.id, action).await?.ok_or_else(missing)?;
    let kind = ActionKind::parse(&earlier.kind).filter(|kind| kind.can_be_undone());
    let Some(kind) = kind else {
        return Err(ServiceError::Refused("That cannot be undone.".into()));
    };
    let company_id = company.id.as_str();
    let (done, what, more) = match kind {
        ActionKind::SetAside => {
            let n = aside::undo_set(&mut doing.tx, company_id, &earlier.id, earlier.at).await?;
            (n, "taken up again", "")
        }
        ActionKind::TakeUp => {
            let n = aside::undo_take_up(&mut doing.tx, company_id, &earlier.id, doing.now).await?;
            (n, "set aside again", "")
        }
        _ => {
            // Its records are those of the earlier action that are as it left them; it leaves no trace of its own.
            let own = actions::begin(&mut doing.tx, company_id, kind, by, "", doing.now).await?;
            let left = if kind == ActionKind::Unlink { "unlinked" } else { "linked" };
            chosen::as_left_by(&mut doing.tx, &doing.connection.id, &own, &earlier.id, left).await?;
            let (counts, more) = if kind == ActionKind::Unlink {
                let counts = take_back(&mut doing, &own).await?;
                let more = if counts.is_empty() { "" } else { doing.sync(RunScope::Full).await? };
                (counts, more)
            } else {
                (leave_out(&mut doing, &own, by).await?, "")
            };
            chosen::forget(&mut doing.tx, &own).await?;
            (total(&counts), if kind == ActionKind::Unlink { "linked again" } else { "left out of syncs again" }, more)
        }
    };
    if done == 0 {
        return Err(ServiceError::Refused("Nothing is as that action left it, so there is nothing to undo.".into()));
    }
    actions::mark_undone(&mut doing.tx, &earlier.id, by, doing.now).await?;
    status::refresh(&mut doing.tx, company_id, doing.now).await?;
    doing.tx.commit().await?;
    let records = |n: u64| format!("{n} record{}", if n == 1 { "" } else { "s" });
    let rest = match earlier.records.unsigned_abs().saturating_sub(done) {
        0 => String::new(),
        n => format!(" {} changed since and stayed as they are.", records(n)),
    };
    let more = if more.is_empty() { String::new() } else { format!(" {more}") };
    Ok(Done { sentence: format!("Undone: {} {what}.{more}{rest}", records(done)), records: done })
}
