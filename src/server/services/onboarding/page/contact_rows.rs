//! The step of contacts: a page of them with what becomes of each, and whom it may be linked to. Whatever the number of
//! contacts on either side, suggestions cost a few steps in an index for each row.

use super::{MOST_HITS, Reader, turn_to};
use crate::{
    domain::{
        matching::{
            contacts::{ContactChoice, alike},
            rank::MOST_SUGGESTIONS,
        },
        onboarding::{
            ContactOption, ContactRow, ContactsPage, Finder, Hit,
            asked::{Asked, ROWS, Shown},
        },
    },
    server::{
        db::{
            Tx,
            companies::name_key,
            contact_matches::{self, Narrowing, Row},
            external_contacts::{self, Candidate, Ours},
        },
        services::{
            error::ServiceResult,
            onboarding::{contacts, scope},
        },
    },
};
use std::collections::HashMap;

impl Reader<'_> {
    pub(super) async fn contacts(&self, tx: &mut Tx, asked: &mut Asked) -> ServiceResult<ContactsPage> {
        let (company_id, scope) = (self.company.id.as_str(), scope(self.connection));
        let tally = self.matching.tally;
        let (show, text) = (asked.show, asked.text.clone());
        let narrowing = Narrowing { company_id, show, text: &text };
        let listed = match (text.is_empty(), show) {
            (true, Shown::All) => tally.all,
            (true, Shown::Undecided) => tally.undecided(),
            (true, Shown::Linked) => tally.linked,
            (true, Shown::Created) => tally.created,
            (true, Shown::Archived) => tally.archived,
            (false, _) => contact_matches::count(&mut *tx, narrowing).await?.unsigned_abs(),
        };
        let first = i64::try_from(turn_to(asked, listed)).unwrap_or(0);
        let rows = contact_matches::page(&mut *tx, narrowing, ROWS.into(), first).await?;
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let documents: HashMap<String, (i64, i64)> = contact_matches::documents(&mut *tx, scope, &ids)
            .await?
            .into_iter()
            .map(|(id, all, going_out)| (id, (all, going_out)))
            .collect();
        let ours: Vec<Ours<'_>> = rows.iter().map(|row| Ours { name: &row.name, email: &row.email }).collect();
        let candidates = external_contacts::candidates(&mut *tx, company_id, &ours).await?;
        let finder = match &asked.item {
            Some(id) => self.find_contact(&mut *tx, id, asked.find.as_deref().unwrap_or_default()).await?,
            None => None,
        };
        let rows = rows.iter().map(|row| self.contact(row, &candidates, documents.get(&row.id).copied())).collect();
        Ok(ContactsPage { tally, rows, listed, finder })
    }

    fn contact(&self, row: &Row, candidates: &[Candidate], documents: Option<(i64, i64)>) -> ContactRow {
        let mut likely: Vec<(u32, &Candidate, &str)> = candidates
            .iter()
            .filter(|one| one.taken_by.is_none() && one.namesake.as_deref().is_none_or(|id| id == row.id))
            .filter_map(|one| {
                let (score, reason) = alike((&row.name, &row.email), (&one.name, &one.email))?;
                Some((score, one, reason))
            })
            .collect();
        likely.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.external_id.cmp(&b.1.external_id)));
        likely.truncate(MOST_SUGGESTIONS);
        let same_name = likely.first().filter(|(_, one, _)| name_key(&one.name) == name_key(&row.name));
        let stored = contacts::stored(row);
        let choice = match (&stored, same_name) {
            (Some(choice), _) => choice.clone(),
            (None, Some((_, one, _))) => ContactChoice::Link(one.external_id.clone()),
            (None, None) => ContactChoice::Create,
        };
        let chosen = row.external_id.clone().map(|external_id| ContactOption {
            external_id,
            name: row.external_name.clone().unwrap_or_default(),
            email: row.external_email.clone().unwrap_or_default(),
            reason: String::new(),
        });
        let options = likely.into_iter().map(|(_, one, reason)| ContactOption {
            external_id: one.external_id.clone(),
            name: one.name.clone(),
            email: one.email.clone(),
            reason: reason.to_owned(),
        });
        let (all, going_out) = documents.unwrap_or_default();
        ContactRow {
            id: row.id.clone(),
            name: row.name.clone(),
            email: row.email.clone(),
            documents: all.unsigned_abs(),
            going_out: going_out.unsigned_abs(),
            stored,
            decided: row.decided_by.as_deref().and_then(|by| self.decided(by, row.decided_at.unwrap_or_default())),
            choice,
            options: chosen.into_iter().chain(options).collect(),
        }
    }

    /// A search of the accounting side's contacts for one here; without a text, those it most likely is.
    async fn find_contact(&self, tx: &mut Tx, id: &str, text: &str) -> ServiceResult<Option<Finder>> {
        let company_id = &self.company.id;
        let Some(row) = contact_matches::by_ids(&mut *tx, company_id, &[id]).await?.pop() else { return Ok(None) };
        let mut found = if text.is_empty() {
            let ours = [Ours { name: &row.name, email: &row.email }];
            let mut near = external_contacts::candidates(&mut *tx, company_id, &ours).await?;
            let score = |one: &Candidate| alike((&row.name, &row.email), (&one.name, &one.email)).map_or(0, |(score, _)| score);
            near.retain(|one| score(one) > 0);
            near.sort_by_key(|one| std::cmp::Reverse(score(one)));
            near
        } else {
            external_contacts::search(&mut *tx, company_id, text, MOST_HITS as i64 + 1).await?
        };
        let more = found.len() > MOST_HITS;
        found.truncate(MOST_HITS);
        let hit = |one: Candidate| {
            let namesake = one.namesake_name.filter(|_| one.namesake.as_deref() != Some(id));
            let taken_by = one.taken_by_name.filter(|_| one.taken_by.as_deref() != Some(id)).or(namesake);
            Hit { external_id: one.external_id, label: one.name, second: one.email, taken_by }
        };
        Ok(Some(Finder {
            item: row.id.clone(),
            label: row.name.clone(),
            stored: contacts::stored(&row).map(|choice| choice.word()).unwrap_or_default(),
            text: text.to_owned(),
            hits: found.into_iter().map(hit).collect(),
            more,
        }))
    }
}
