//! Saving a step of the wizard as its page shows it. Each match is stored by itself: what somebody else chose meanwhile
//! stays, what cannot be is told, and all the rest is kept.

use super::{connected, matching_in, picks};
use crate::{
    domain::{
        matching::{LEAVE_OUT, Match, Pick, ReferenceKind},
        onboarding::{Entry, who},
    },
    server::{
        db::{Db, companies, now_ms, reference, status},
        services::error::{ServiceError, ServiceResult},
    },
};

/// The most rows one form may hold.
pub(super) const MOST_ROWS: usize = 200;

/// What became of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    pub stored: u64,
    /// Left as somebody else chose meanwhile, each in words.
    pub overtaken: Vec<String>,
    /// Not stored, each with the reason in a sentence.
    pub refused: Vec<String>,
}

impl Saved {
    /// Whether all was kept.
    pub fn is_whole(&self) -> bool {
        self.overtaken.is_empty() && self.refused.is_empty()
    }

    /// For the person who saved. Longer lists are cut: the page shows what is.
    pub fn sentence(&self) -> String {
        let mut parts = Vec::new();
        match self.stored {
            0 if self.is_whole() => parts.push("Nothing was changed.".to_owned()),
            0 => parts.push("Nothing was saved.".to_owned()),
            1 => parts.push("1 match is saved.".to_owned()),
            n => parts.push(format!("{n} matches are saved.")),
        }
        if let Some(first) = self.overtaken.first() {
            let more = match self.overtaken.len() - 1 {
                0 => String::new(),
                n => format!(", and {n} more"),
            };
            parts.push(format!("Changed meanwhile and left as it is: {first}{more}."));
        }
        if let Some(first) = self.refused.first() {
            parts.push(format!("Not saved: {first}"));
            if self.refused.len() > 1 {
                parts.push(format!("{} more were not saved either.", self.refused.len() - 1));
            }
        }
        parts.join(" ")
    }
}

/// Stores what was changed on the page of a kind.
pub async fn save(db: &Db, company_id: &str, kind: ReferenceKind, entries: &[Entry], by: &str) -> ServiceResult<Saved> {
    if entries.len() > MOST_ROWS {
        return Err(ServiceError::Invalid(format!("More than {MOST_ROWS} matches at once.")));
    }
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    connected(&mut tx, company_id).await?;
    let matching = matching_in(&mut tx, company_id).await?;
    let mut saved = Saved::default();
    let mut wanted = Vec::new();
    for entry in entries.iter().filter(|entry| entry.choice != entry.was) {
        let current = matching.stored_id(kind, &entry.item);
        if current == entry.choice {
            continue;
        }
        if current != entry.was {
            let choice = matching.report.choices.iter().find(|choice| choice.kind == kind && choice.external_id == current);
            let now_is = match (current, choice) {
                (LEAVE_OUT, _) => "to go without".to_owned(),
                (_, Some(choice)) => choice.label(),
                (_, None) => "nothing".to_owned(),
            };
            let by = matching.stored.get(&(kind, entry.item.clone())).map_or("", |mapping| mapping.decided_by.as_str());
            saved.overtaken.push(format!("“{}”, for which {} chose {now_is}", entry.item, who(by)));
            continue;
        }
        wanted.push(Pick { kind, value: entry.item.clone(), external_id: entry.choice.clone() });
    }
    // One that cannot be keeps its old match, which then is not free for another.
    loop {
        let before = wanted.len();
        let mut used = picks::Used::but_for(&matching.report, &wanted);
        wanted.retain(|pick| match used.take(&matching.report, pick) {
            Ok(()) => true,
            Err(why) => {
                saved.refused.push(why);
                false
            }
        });
        if wanted.len() == before {
            break;
        }
    }
    for pick in &wanted {
        reference::set_mapping(&mut tx, company_id, kind, &pick.value, &pick.external_id, by, now).await?;
        saved.stored += 1;
    }
    status::refresh(&mut tx, company_id, now).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Accepts every match of a kind by the same code or name; answers how many.
pub async fn accept_exact(db: &Db, company_id: &str, kind: ReferenceKind, by: &str) -> ServiceResult<u64> {
    let now = now_ms();
    let mut tx = db.begin().await?;
    companies::lock(&mut tx, company_id).await?;
    connected(&mut tx, company_id).await?;
    let accepted = picks::accept(&mut tx, company_id, Some(kind), by, now).await?;
    status::refresh(&mut tx, company_id, now).await?;
    tx.commit().await?;
    Ok(accepted)
}

/// Whether a value counts as decided.
pub(super) fn is_decided(matched: &Match) -> bool {
    matches!(matched, Match::Chosen(_) | Match::LeftOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_form_is_told_in_sentences() {
        let saved = |stored, overtaken: &[&str], refused: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            Saved { stored, overtaken: owned(overtaken), refused: owned(refused) }.sentence()
        };
        assert_eq!(saved(0, &[], &[]), "Nothing was changed.");
        assert_eq!(saved(2, &[], &[]), "2 matches are saved.");
        assert_eq!(
            saved(1, &["“a”, for which Ann chose B", "x"], &["No."]),
            "1 match is saved. Changed meanwhile and left as it is: “a”, for which Ann chose B, and 1 more. Not saved: No."
        );
    }
}
