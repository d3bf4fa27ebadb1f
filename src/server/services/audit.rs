//! The audit log as an administrator reads it.

use super::{
    error::{ServiceError, ServiceResult},
    local_time::LocalTime,
    spreadsheet::harmless,
};
use crate::{
    domain::person::AuditEntry,
    server::db::{
        Db,
        audit::{self, Entry},
    },
};

/// Entries of a page.
const ROWS: i64 = 100;

/// A page that names the text, and where the next one begins. `before` is such a place; empty: the newest.
pub async fn page(db: &Db, text: &str, before: &str) -> ServiceResult<(Vec<AuditEntry>, Option<String>)> {
    let mut found = audit::before(db, text, place(before)?, ROWS + 1).await?;
    let more = found.len() as i64 > ROWS;
    found.truncate(ROWS as usize);
    let next = found.last().filter(|_| more).map(|last| format!("{}.{}", last.at, last.id));
    let clock = LocalTime::of("UTC");
    let entries = found.into_iter().map(|entry| shown(entry, &clock)).collect();
    Ok((entries, next))
}

fn shown(entry: Entry, clock: &LocalTime) -> AuditEntry {
    AuditEntry {
        at: clock.moment(entry.at),
        person: entry.person,
        act: entry.act,
        refused: entry.outcome == "refused",
        company: entry.company_code,
        detail: entry.detail,
        address: entry.address,
    }
}

fn place(before: &str) -> ServiceResult<Option<(i64, &str)>> {
    if before.is_empty() {
        return Ok(None);
    }
    let place = before.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id)));
    place.map(Some).ok_or_else(|| ServiceError::Invalid("The place in the audit log is none.".into()))
}

const HEADER: [&str; 8] = ["At", "Person", "Act", "Outcome", "Company", "Detail", "Address", "Id"];

/// The whole log of what names a text, as CSV that is written while it is read.
pub struct Download {
    db: Db,
    text: String,
    begun: bool,
    place: Option<(i64, String)>,
}

impl Download {
    pub fn begin(db: &Db, text: &str) -> Download {
        Download { db: db.clone(), text: text.to_owned(), begun: false, place: None }
    }

    /// The next part; `None`: that was all.
    pub async fn part(&mut self) -> ServiceResult<Option<Vec<u8>>> {
        let place = self.place.as_ref().map(|(at, id)| (*at, id.as_str()));
        let entries = audit::before(&self.db, &self.text, place, ROWS).await?;
        if entries.is_empty() && self.begun {
            return Ok(None);
        }
        let csv = csv(&entries, !self.begun)?;
        self.begun = true;
        if let Some(last) = entries.last() {
            self.place = Some((last.at, last.id.clone()));
        }
        Ok(Some(csv))
    }
}

fn csv(entries: &[Entry], header: bool) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if header {
        writer.write_record(HEADER)?;
    }
    for entry in entries {
        let at = LocalTime::utc(entry.at);
        let cells =
            [&at, &entry.person, &entry.act, &entry.outcome, &entry.company_code, &entry.detail, &entry.address, &entry.id];
        writer.write_record(cells.map(|cell| harmless(cell).into_owned()))?;
    }
    Ok(writer.into_inner().map_err(|error| error.into_error())?)
}
