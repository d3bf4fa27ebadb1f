//! Matches given all at once, by a program or with a fix: kept together or not at all.

use super::{matching_in, report_in};
use crate::{
    domain::matching::{LEAVE_OUT, Match, MatchReport, Pick, ReferenceKind, key},
    server::{
        db::{Db, Tx, companies, now_ms, reference, status},
        services::error::{ServiceError, ServiceResult},
    },
};
use std::collections::BTreeMap;

/// More choices than any chart of accounts has; more is no form of ours.
pub const MAX_PICKS: usize = 1_000;

/// Keeps matches, whatever was chosen before.
pub async fn save_matches(db: &Db, company_id: &str, picks: &[Pick]) -> ServiceResult<()> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    let report = report_in(&mut tx, company_id).await?;
    store_picks(&mut tx, company_id, &report, picks, "", now).await?;
    status::refresh(&mut tx, company_id, now).await?;
    Ok(tx.commit().await?)
}

pub async fn store_picks(
    tx: &mut Tx,
    company_id: &str,
    report: &MatchReport,
    picks: &[Pick],
    by: &str,
    now: i64,
) -> ServiceResult<()> {
    if picks.len() > MAX_PICKS {
        return Err(ServiceError::Invalid(format!("More than {MAX_PICKS} matches at once.")));
    }
    let mut used = Used::but_for(report, picks);
    for pick in picks {
        used.take(report, pick).map_err(ServiceError::Invalid)?;
        reference::set_mapping(tx, company_id, pick.kind, &pick.value, &pick.external_id, by, now).await?;
    }
    Ok(())
}

/// What stands for which value, so that each item of the accounting side is used once.
pub(super) struct Used(BTreeMap<(ReferenceKind, String), String>);

impl Used {
    /// As it is stored, but for values that are about to get another match and give their old one free.
    pub(super) fn but_for(report: &MatchReport, picks: &[Pick]) -> Used {
        let mut used = BTreeMap::new();
        for item in &report.items {
            let again = picks.iter().any(|pick| pick.kind == item.kind && pick.value == item.value);
            if let (Match::Chosen(chosen), false) = (&item.matched, again) {
                used.insert((item.kind, chosen.external_id.clone()), item.value.clone());
            }
        }
        Used(used)
    }

    /// Whether a match can be stored; from then on it counts. `Err`: why not, in a sentence.
    pub(super) fn take(&mut self, report: &MatchReport, pick: &Pick) -> Result<(), String> {
        let name = pick.kind.label().to_lowercase();
        if !report.items.iter().any(|item| item.kind == pick.kind && item.value == pick.value) {
            return Err(format!("No document uses the {name} “{}”.", pick.value));
        }
        if pick.external_id.is_empty() || (pick.kind.can_be_left_out() && pick.external_id == LEAVE_OUT) {
            return Ok(());
        }
        let choice = report.choices.iter().find(|choice| choice.kind == pick.kind && choice.external_id == pick.external_id);
        let Some(choice) = choice else {
            return Err(format!(
                "The {name} chosen for “{}” is not there any more, or archived: read the lists again and choose another.",
                pick.value
            ));
        };
        let place = (pick.kind, pick.external_id.clone());
        // Values that differ in blanks and capitals only are one.
        if let Some(other) = self.0.get(&place).filter(|other| key(other) != key(&pick.value)) {
            return Err(format!(
                "“{}” cannot stand for both “{other}” and “{}”: each {name} there is matched once.",
                choice.label(),
                pick.value
            ));
        }
        self.0.insert(place, pick.value.clone());
        Ok(())
    }
}

/// Accepts every match by the same code or name; answers how many.
pub(super) async fn accept(tx: &mut Tx, company_id: &str, kind: Option<ReferenceKind>, by: &str, now: i64) -> ServiceResult<u64> {
    let matching = matching_in(tx, company_id).await?;
    let mut accepted = 0;
    for item in matching.report.items.iter().filter(|item| kind.is_none_or(|kind| item.kind == kind)) {
        if let Match::Exact(exact) = &item.matched {
            reference::set_mapping(tx, company_id, item.kind, &item.value, &exact.external_id, by, now).await?;
            accepted += 1;
        }
    }
    Ok(accepted)
}
