//! What people do about problems: try again, leave out of syncs and take back, set aside, decide about a conflict, map a
//! value. Each is one transaction that holds the company, is recorded with its records, and ends with the status derived
//! anew; nothing half done is ever seen.

mod aside;
mod conflict;
mod link;
mod remap;
mod retry;
mod selection;
mod undo;
mod unlink;

pub use aside::{set_aside, take_up};
pub use conflict::decide;
pub use link::link;
pub use remap::remap;
pub use retry::retry;
pub use selection::{MOST_IDS, Selection};
pub use undo::undo;
pub use unlink::{preview, unlink};

use super::{
    error::{ServiceError, ServiceResult},
    sync,
};
use crate::{
    domain::{connection::Access, message::Entity, run::RunScope},
    server::db::{
        Db, Tx, actions,
        companies::{self, Company},
        connections::{self, Connection},
        incoming, now_ms, status,
    },
};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// In a sentence or two, for the person who asked.
    pub sentence: String,
    /// Records it was done to, those that went with the chosen ones too.
    pub records: u64,
}

/// One thing a person does about a company's records, while it is being done.
struct Doing {
    tx: Tx,
    company_id: String,
    connection: Connection,
    by: String,
    now: i64,
}

impl Doing {
    async fn begin(db: &Db, company: &Company, by: &str) -> ServiceResult<Doing> {
        let mut tx = db.begin().await?;
        companies::lock(&mut tx, &company.id).await?;
        let connection = connections::of_company(&mut tx, &company.id).await?;
        let connection =
            connection.ok_or_else(|| ServiceError::Refused(format!("{} is not connected: connect it first.", company.name)))?;
        Ok(Doing { tx, company_id: company.id.clone(), connection, by: by.to_owned(), now: now_ms() })
    }

    /// Has a run do the rest, after the one under way if there is one. Where the company cannot sync now it goes with the
    /// next sync. The second half of the sentence that is told.
    async fn sync(&mut self, scope: RunScope) -> ServiceResult<&'static str> {
        match sync::request_anew_in(&mut self.tx, &self.company_id, scope, &self.by, self.now).await {
            Ok(requested) if requested.joined => Ok("A sync is under way and takes it up."),
            Ok(_) => Ok("A sync has started."),
            Err(ServiceError::Refused(_)) => Ok("The next sync takes it up."),
            Err(error) => Err(error),
        }
    }

    /// Has these datasets read from their beginning: something in them was passed over that now counts.
    async fn read_again(&mut self, datasets: &[&str]) -> ServiceResult<()> {
        for dataset in datasets {
            incoming::read_again(&mut self.tx, &self.connection.id, dataset).await?;
        }
        Ok(())
    }

    /// Records what it came to, derives the status and commits.
    async fn end(mut self, action_id: &str, summary: &str, records: u64) -> ServiceResult<()> {
        actions::complete(&mut self.tx, action_id, summary, records).await?;
        status::refresh(&mut self.tx, &self.company_id, self.now).await?;
        Ok(self.tx.commit().await?)
    }

    fn may_sync(&self) -> bool {
        self.connection.access() == Access::Valid && self.connection.onboarded_at.is_some()
    }
}

/// The datasets that tell of an entity and of what belongs to it.
fn datasets(entity: Entity) -> &'static [&'static str] {
    match entity {
        Entity::Contact => &["contacts", "invoices", "bills", "credit_notes", "payments"],
        // Credit that is applied to them comes in with what it is taken from.
        Entity::Invoice => &["invoices", "credit_notes", "payments"],
        Entity::Bill => &["bills", "credit_notes", "payments"],
        Entity::CreditNote => &["credit_notes", "payments"],
        Entity::Payment => &["payments", "credit_notes"],
        _ => &[],
    }
}

/// `1 contact, 36 invoices and 2 payments`.
fn counted(counts: &[(String, i64)]) -> String {
    let mut counts: Vec<(Entity, i64)> = counts.iter().filter_map(|(entity, n)| Some((Entity::parse(entity)?, *n))).collect();
    counts.sort_by_key(|(entity, _)| *entity);
    let words: Vec<String> = counts
        .iter()
        .map(|(entity, n)| format!("{n} {}{}", entity.label().to_lowercase(), if *n == 1 { "" } else { "s" }))
        .collect();
    match words.split_last() {
        None => "nothing".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

fn total(counts: &[(String, i64)]) -> u64 {
    counts.iter().map(|(_, n)| n.unsigned_abs()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_in_words() {
        let counts = |counts: &[(&str, i64)]| {
            let owned: Vec<_> = counts.iter().map(|(entity, n)| ((*entity).to_owned(), *n)).collect();
            counted(&owned)
        };
        assert_eq!(counts(&[]), "nothing");
        assert_eq!(counts(&[("invoice", 1)]), "1 invoice");
        assert_eq!(counts(&[("payment", 2), ("contact", 1), ("credit_note", 3)]), "1 contact, 3 credit notes and 2 payments");
    }
}
