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
        audit::{self, Entry, Place},
    },
};

/// Entries of a page.
const ROWS: i64 = 100;

/// Entries that are looked through for a text at a time: what it takes does not grow with the log.
const LOOKED_THROUGH: i64 = 10_000;

/// A page that names the text, and where the next one begins. `before` is such a place; empty: the newest.
pub async fn page(db: &Db, text: &str, before: &str) -> ServiceResult<(Vec<AuditEntry>, Option<String>)> {
    let (found, next) = search(db, text, place(before)?.as_ref()).await?;
    let clock = LocalTime::of("UTC");
    let entries = found.into_iter().map(|entry| shown(entry, &clock)).collect();
    Ok((entries, next.map(|(at, id)| format!("{at}.{id}"))))
}

/// Entries before a place, a page at most, and where to go on; `None`: that were all. There may be none before it goes on.
async fn search(db: &Db, text: &str, place: Option<&Place>) -> ServiceResult<(Vec<Entry>, Option<Place>)> {
    let looked_to = match text.trim().is_empty() {
        true => None,
        false => audit::below(db, place, LOOKED_THROUGH).await?,
    };
    let mut found = audit::before(db, text, place, looked_to.as_ref(), ROWS + 1).await?;
    if found.len() as i64 <= ROWS {
        return Ok((found, looked_to));
    }
    found.truncate(ROWS as usize);
    let next = found.last().map(|last| (last.at, last.id.clone()));
    Ok((found, next))
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

fn place(before: &str) -> ServiceResult<Option<Place>> {
    if before.is_empty() {
        return Ok(None);
    }
    let place = before.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
    place.map(Some).ok_or_else(|| ServiceError::Invalid("The place in the audit log is none.".into()))
}

const HEADER: [&str; 8] = ["At", "Person", "Act", "Outcome", "Company", "Detail", "Address", "Id"];

/// The whole log of what names a text, as CSV that is written while it is read.
pub struct Download {
    db: Db,
    text: String,
    begun: bool,
    ended: bool,
    place: Option<Place>,
}

impl Download {
    pub fn begin(db: &Db, text: &str) -> Download {
        Download { db: db.clone(), text: text.to_owned(), begun: false, ended: false, place: None }
    }

    /// The next part; `None`: that was all.
    pub async fn part(&mut self) -> ServiceResult<Option<Vec<u8>>> {
        if self.ended {
            return Ok(None);
        }
        let (entries, next) = search(&self.db, &self.text, self.place.as_ref()).await?;
        let csv = csv(&entries, !self.begun)?;
        (self.begun, self.ended, self.place) = (true, next.is_none(), next);
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
