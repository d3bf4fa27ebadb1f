//! What a confirmation will do, told before it is done.

use super::{Matching, page, scope};
use crate::{
    domain::{
        document::DocumentKind,
        matching::Match,
        onboarding::{Plan, Step},
    },
    server::{
        db::{Tx, connections::Connection, reference},
        services::{
            error::{ServiceError, ServiceResult},
            local_time::LocalTime,
        },
    },
};
use sha2::{Digest, Sha256};

pub(super) async fn plan(tx: &mut Tx, connection: &Connection, matching: &Matching) -> ServiceResult<Plan> {
    let contacts = matching.tally;
    let mut first: Option<String> = None;
    let mut plan = Plan { sync_from: LocalTime::day(&connection.sync_from), contacts, ..Plan::default() };
    for (kind, going_out, first_day, older, drafts) in reference::outlook(&mut *tx, scope(connection)).await? {
        if let Some(kind) = DocumentKind::parse(&kind)
            && going_out > 0
        {
            plan.going_out.push((kind, going_out.unsigned_abs()));
        }
        first = first.into_iter().chain(first_day).min();
        plan.older += older.unsigned_abs();
        plan.drafts += drafts.unsigned_abs();
    }
    plan.first_day = first.as_deref().map(LocalTime::day);
    plan.going_out.sort_by_key(|(kind, _)| *kind);
    for item in &matching.report.items {
        let step = Step::of(item.kind);
        match &item.matched {
            Match::None => plan.missing.push((step, item.value.clone())),
            Match::Exact(_) => plan.exact += 1,
            Match::LeftOut => plan.left_out += 1,
            Match::Chosen(_) => {}
        }
        plan.warnings.extend(page::warning(matching, item));
    }
    plan.empty = matching.report.items.is_empty() && contacts.all == 0;
    plan.fingerprint = fingerprint(&plan, matching)?;
    Ok(plan)
}

/// Of all that the plan says, and of what each value is matched with.
fn fingerprint(plan: &Plan, matching: &Matching) -> ServiceResult<String> {
    let told = serde_json::to_vec(&(plan, &matching.report.items)).map_err(|error| ServiceError::Internal(error.into()))?;
    let digest = Sha256::digest(told);
    Ok(digest[..16].iter().map(|byte| format!("{byte:02x}")).collect())
}
