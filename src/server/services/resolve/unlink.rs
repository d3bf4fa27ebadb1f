//! Leaving records out of syncs, with what belongs to them: a contact's documents, a document's payments.

use super::super::error::ServiceResult;
use super::selection::remainder;
use super::{Doing, Done, Selection, counted, total};
use crate::{
    domain::{
        action::ActionKind,
        message::Entity,
        results::{LeftOut, LeftOutRecord, UnlinkPreview},
    },
    server::db::{
        Db, actions,
        actions::chosen::{self, Listed},
        companies::Company,
        left_out::{self, ADVICE, Words},
        tie_outs::Scope,
    },
};

/// Records a preview lists.
const LISTED: i64 = 100;

/// What can be left out: whatever is not yet.
const FIT: &str = "kind <> 'unlinked'";

/// Leaves the records out of syncs from now on. A run under way respects it from its next step on.
pub async fn unlink(db: &Db, company: &Company, selection: &Selection, by: &str) -> ServiceResult<Done> {
    let mut doing = Doing::begin(db, company, by).await?;
    let action = actions::begin(&mut doing.tx, &company.id, ActionKind::Unlink, by, "", doing.now).await?;
    let (meant, chosen) = selection.choose(&mut doing, &action, FIT, "linked").await?;
    let counts = leave_out(&mut doing, &action, by).await?;
    let summary = format!("Unlinked {}", counted(&counts));
    let records = total(&counts);
    doing.end(&action, &summary, records).await?;
    let sentence = format!("{summary}: left out of syncs until linked again. This can be undone.{}", remainder(meant, chosen));
    Ok(Done { sentence, records })
}

/// Adds what belongs to an action's records and leaves all of them out; answers how many of each entity.
pub(super) async fn leave_out(doing: &mut Doing, action: &str, by: &str) -> ServiceResult<Vec<(String, i64)>> {
    let scope =
        Scope { connection_id: &doing.connection.id, company_id: &doing.company_id, sync_from: &doing.connection.sync_from };
    chosen::with_what_depends(&mut doing.tx, scope, action).await?;
    let cause = format!("Left out of syncs by {by}");
    left_out::unlink(&mut doing.tx, scope, action, &Words { cause: &cause, advice: ADVICE }, doing.now).await?;
    Ok(chosen::count(&mut doing.tx, action).await?)
}

/// What [`unlink`] would do: it is done as far as the choice of records, and taken back.
pub async fn preview(db: &Db, company: &Company, selection: &Selection) -> ServiceResult<UnlinkPreview> {
    let mut doing = Doing::begin(db, company, "").await?;
    let action = actions::begin(&mut doing.tx, &company.id, ActionKind::Unlink, "", "", doing.now).await?;
    selection.choose(&mut doing, &action, FIT, "linked").await?;
    let connection_id = doing.connection.id.clone();
    let before = chosen::count(&mut doing.tx, &action).await?;
    let first = chosen::list(&mut doing.tx, &connection_id, &action, LISTED).await?;
    let scope = Scope { connection_id: &connection_id, company_id: &doing.company_id, sync_from: &doing.connection.sync_from };
    chosen::with_what_depends(&mut doing.tx, scope, &action).await?;
    let after = chosen::count(&mut doing.tx, &action).await?;
    // Beyond the list it cannot be told which of the others were chosen; there are enough of the chosen ones then.
    let others = if total(&before) as i64 > LISTED {
        Vec::new()
    } else {
        chosen::list(&mut doing.tx, &connection_id, &action, 2 * LISTED).await?
    };
    let known = |one: &Listed| first.iter().any(|chosen| chosen.entity == one.entity && chosen.local_id == one.local_id);
    let others: Vec<Listed> = others.into_iter().filter(|one| !known(one)).take(LISTED as usize).collect();
    let count = |counts: &[(String, i64)], entity: Entity| {
        counts.iter().find(|(word, _)| word == entity.as_str()).map_or(0, |(_, n)| n.unsigned_abs())
    };
    let counts = Entity::ALL.iter().map(|entity| {
        let (chosen, all) = (count(&before, *entity), count(&after, *entity));
        LeftOut { entity: *entity, chosen, with_them: all - chosen }
    });
    let row = |chosen: bool| {
        move |one: Listed| {
            Some(LeftOutRecord {
                entity: Entity::parse(&one.entity)?,
                local_id: one.local_id,
                label: one.label,
                chosen,
                external_id: one.external_id,
            })
        }
    };
    Ok(UnlinkPreview {
        counts: counts.filter(|count| count.chosen + count.with_them > 0).collect(),
        records: first.into_iter().filter_map(row(true)).chain(others.into_iter().filter_map(row(false))).collect(),
    })
}
