//! Taking records back into syncs, with what was left out together with them and what they cannot do without.

use super::super::error::ServiceResult;
use super::selection::remainder;
use super::{Doing, Done, Selection, counted, datasets, total};
use crate::{
    domain::{action::ActionKind, message::Entity, run::RunScope},
    server::db::{Db, actions, actions::chosen, companies::Company, left_out, tie_outs::Scope, untried},
};

/// Links the records again and has a full sync tell how they stand: either side may have changed them meanwhile.
pub async fn link(db: &Db, company: &Company, selection: &Selection, by: &str) -> ServiceResult<Done> {
    let mut doing = Doing::begin(db, company, by).await?;
    let action = actions::begin(&mut doing.tx, &company.id, ActionKind::Link, by, "", doing.now).await?;
    let (meant, chosen) = selection.choose(&mut doing, &action, "kind = 'unlinked'", "unlinked").await?;
    let company_id = doing.company_id.clone();
    chosen::with_what_was_left_out(&mut doing.tx, &company_id, &action).await?;
    chosen::with_what_they_need(&mut doing.tx, &company_id, &action).await?;
    let counts = take_back(&mut doing, &action).await?;
    let started = doing.sync(RunScope::Full).await?;
    let summary = format!("Linked {}", counted(&counts));
    let records = total(&counts);
    doing.end(&action, &summary, records).await?;
    Ok(Done { sentence: format!("{summary} again. {started}{}", remainder(meant, chosen)), records })
}

/// Takes an action's records back into syncs; answers how many of each entity.
pub(super) async fn take_back(doing: &mut Doing, action: &str) -> ServiceResult<Vec<(String, i64)>> {
    let scope =
        Scope { connection_id: &doing.connection.id, company_id: &doing.company_id, sync_from: &doing.connection.sync_from };
    left_out::link(&mut doing.tx, scope, action, doing.now).await?;
    untried::again(&mut doing.tx, scope, action).await?;
    let counts = chosen::count(&mut doing.tx, action).await?;
    for (entity, _) in &counts {
        if let Some(entity) = Entity::parse(entity) {
            doing.read_again(datasets(entity)).await?;
        }
    }
    Ok(counts)
}
