//! All messages that match a filter, as a file that is written while it is read: a part at a time, so that its length
//! costs no memory. A part that cannot be read ends it with an error, never as if it were complete.

use super::{LocalTime, ServiceResult};
use crate::server::services::spreadsheet;
use crate::{
    domain::message_filter::MessageFilter,
    server::db::{Db, companies::Company, messages, messages::Message},
};
use serde::Serialize;

/// Messages in a part.
const PART: usize = 200;

/// What the file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180, with a header.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

impl Format {
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Ndjson => "ndjson",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Ndjson => "application/x-ndjson; charset=utf-8",
        }
    }
}

/// A file under way.
pub struct Download {
    db: Db,
    company: Company,
    clock: LocalTime,
    format: Format,
    filter: MessageFilter,
    begun: bool,
    ended: bool,
}

impl Download {
    /// Begins at the newest message that matches; a run in the filter must be the company's.
    pub async fn begin(db: &Db, company: Company, filter: &MessageFilter, format: Format) -> ServiceResult<Download> {
        if let Some(id) = &filter.run {
            super::run(&mut db.snapshot().await?, &company, id).await?;
        }
        let clock = LocalTime::of(&company.time_zone);
        Ok(Download { db: db.clone(), company, clock, format, filter: filter.whole(), begun: false, ended: false })
    }

    /// `tieout-AQE-messages-2026-11-25.csv`: the day is the company's.
    pub fn file_name(&self, now_ms: i64) -> String {
        let code: String = self.company.code.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("tieout-{code}-messages-{}.{}", self.clock.today(now_ms), self.format.ending())
    }

    /// The next part of the file; `None` at its end.
    pub async fn part(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        let header = !std::mem::replace(&mut self.begun, true) && self.format == Format::Csv;
        let mut found = Vec::new();
        while found.is_empty() && !self.ended {
            found = self.read().await?;
        }
        if found.is_empty() && !header {
            return Ok(None);
        }
        let lines = found.into_iter().map(|message| self.line(message));
        Ok(Some(match self.format {
            Format::Csv => csv(header, lines)?,
            Format::Ndjson => ndjson(lines)?,
        }))
    }

    /// The next messages; none where a stretch of the log holds none that match.
    async fn read(&mut self) -> anyhow::Result<Vec<Message>> {
        let ids = messages::ids(&self.db, &self.company.id, &self.filter, PART).await?;
        if ids.len() == PART {
            self.filter.before = ids.last().cloned();
        } else {
            match messages::end_of_window(&self.db, &self.company.id, &self.filter).await? {
                Some((end, _)) => self.filter.before = Some(end),
                None => self.ended = true,
            }
        }
        Ok(messages::by_ids(&self.db, &ids).await?)
    }

    fn line(&self, message: Message) -> Line {
        Line {
            time_utc: LocalTime::utc(message.at),
            time_local: self.clock.moment(message.at).text,
            time_zone: self.company.time_zone.clone(),
            company: self.company.code.clone(),
            level: message.level,
            entity: message.entity,
            record: message.label,
            record_id: message.local_id.unwrap_or_default(),
            external_id: message.external_id.unwrap_or_default(),
            direction: message.direction,
            message: message.text,
            advice: message.advice,
            sent: message.sent,
            received: message.received,
            run_id: message.run_id,
            message_id: message.id,
        }
    }
}

/// A message as the file has it; the names are its header and keys. What was sent and what came back is text, for long
/// bodies are kept in part only.
#[derive(Serialize)]
struct Line {
    /// ISO 8601 in UTC, to the millisecond.
    time_utc: String,
    time_local: String,
    time_zone: String,
    company: String,
    level: String,
    entity: String,
    record: String,
    record_id: String,
    external_id: String,
    direction: String,
    message: String,
    advice: String,
    sent: String,
    received: String,
    run_id: String,
    message_id: String,
}

const HEADER: [&str; 16] = [
    "time_utc",
    "time_local",
    "time_zone",
    "company",
    "level",
    "entity",
    "record",
    "record_id",
    "external_id",
    "direction",
    "message",
    "advice",
    "sent",
    "received",
    "run_id",
    "message_id",
];

impl Line {
    fn cells(&self) -> [&str; 16] {
        [
            &self.time_utc,
            &self.time_local,
            &self.time_zone,
            &self.company,
            &self.level,
            &self.entity,
            &self.record,
            &self.record_id,
            &self.external_id,
            &self.direction,
            &self.message,
            &self.advice,
            &self.sent,
            &self.received,
            &self.run_id,
            &self.message_id,
        ]
    }
}

fn csv(header: bool, lines: impl Iterator<Item = Line>) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if header {
        writer.write_record(HEADER)?;
    }
    for line in lines {
        for cell in line.cells() {
            writer.write_field(spreadsheet::harmless(cell).as_bytes())?;
        }
        // Ends the line.
        writer.write_record(None::<&[u8]>)?;
    }
    Ok(writer.into_inner().map_err(|error| error.into_error())?)
}

fn ndjson(lines: impl Iterator<Item = Line>) -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut out, &line)?;
        out.push(b'\n');
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(record: &str) -> Line {
        let text = String::new;
        Line {
            time_utc: "2026-11-23T06:02:00.000Z".into(),
            time_local: "23 Nov 2026, 06:02".into(),
            time_zone: text(),
            company: text(),
            level: text(),
            entity: text(),
            record: record.into(),
            record_id: text(),
            external_id: text(),
            direction: text(),
            message: "Sent \"it\",\nin two lines".into(),
            advice: text(),
            sent: text(),
            received: text(),
            run_id: text(),
            message_id: text(),
        }
    }

    #[test]
    fn cells_are_quoted_and_no_formula_gets_through() {
        let text = String::from_utf8(csv(true, [line("=HYPERLINK(1)")].into_iter()).unwrap()).unwrap();
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], HEADER.join(","));
        assert!(lines[1].starts_with("2026-11-23T06:02:00.000Z,\"23 Nov 2026, 06:02\","), "{text}");
        assert!(lines[1].contains(",'=HYPERLINK(1),"), "{text}");
        assert!(text.contains("\"Sent \"\"it\"\",\nin two lines\""), "{text}");
    }

    #[test]
    fn the_header_names_the_keys_of_the_objects() {
        let text = String::from_utf8(ndjson([line("1001")].into_iter()).unwrap()).unwrap();
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!(object.len(), HEADER.len());
        let line = line("1001");
        for (name, cell) in HEADER.iter().zip(line.cells()) {
            assert_eq!(object[*name], cell, "{name}");
        }
    }
}
