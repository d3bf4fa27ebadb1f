//! Reading what changed, a page at a time, and where that goes on.
//!
//! A sweep reads every record changed since a moment, in the order of their ids: what changes meanwhile stays in its place,
//! so no record slips from a page that was not read yet to one that was. It notes the newest change of its first page, which
//! is none later than when it began, and the next sweep reads from there on, with what became visible late.

use super::{
    client::{Client, Pairs},
    value,
};
use crate::server::connectors::ConnectorError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// The most Xero gives at once.
const PAGE_SIZE: u32 = 1_000;
/// No change becomes visible later than this after the moment it carries.
const OVERLAP_MS: i64 = 5 * 60 * 1000;
/// More than any organisation has.
const MOST_PAGES: u32 = 10_000;

/// Which records of a resource.
pub struct Paged {
    pub resource: &'static str,
    /// The field of its records' ids.
    pub id: &'static str,
    pub query: Pairs,
}

/// Where a sweep stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Changes from this moment on (epoch milliseconds) are read; `None`: all there is.
    since: Option<i64>,
    /// Pages that were read of it.
    pages: u32,
    /// The newest change of its first page.
    newest: Option<i64>,
    /// Of which records the last page was.
    print: String,
}

impl Cursor {
    /// Of the text a page ended with.
    pub fn read(text: Option<&str>) -> Result<Cursor, ConnectorError> {
        let foreign = |_| ConnectorError::Protocol("the cursor is not one of a Xero connection".into());
        text.map_or_else(|| Ok(Cursor::default()), |text| serde_json::from_str(text).map_err(foreign))
    }

    pub fn text(&self) -> String {
        // Texts and numbers only: there is nothing in it that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// After a page that was not the last.
    fn go_on(self, page: &Fetched) -> Cursor {
        let newest = if self.pages == 0 { page.newest } else { self.newest };
        Cursor { since: self.since, pages: self.pages + 1, newest, print: page.print.clone() }
    }

    /// After the last page.
    fn end(self, page: &Fetched) -> Cursor {
        let newest = if self.pages == 0 { page.newest } else { self.newest };
        Cursor { since: newest.map(|newest| newest - OVERLAP_MS).max(self.since), ..Cursor::default() }
    }
}

/// Where several resources stand that are read one after the other, as one. Also of one alone, where what an earlier version
/// had read of it is not enough: that version's cursor begins anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InTurn {
    /// Which of them is read.
    at: usize,
    /// In their order, as far as they were read.
    cursors: Vec<Cursor>,
}

impl InTurn {
    /// Of the text a page ended with.
    pub fn read(text: Option<&str>) -> Result<InTurn, ConnectorError> {
        match text.map(serde_json::from_str) {
            None => Ok(InTurn::default()),
            Some(Ok(read)) => Ok(read),
            Some(Err(_)) => Cursor::read(text).map(|_| InTurn::default()),
        }
    }

    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Which of the resources is read next.
    pub fn at(&self) -> usize {
        self.at
    }
}

/// A page of records, the cursor after it, and whether there is more.
pub struct Swept<C = Cursor> {
    pub records: Vec<Value>,
    pub cursor: C,
    pub more: bool,
}

struct Fetched {
    records: Vec<Value>,
    more: bool,
    newest: Option<i64>,
    print: String,
}

impl Fetched {
    /// Whether it is the page before over again.
    fn repeats(&self, cursor: &Cursor) -> bool {
        !self.records.is_empty() && self.print == cursor.print
    }
}

/// The page after a cursor.
pub async fn sweep(client: &Client, paged: &Paged, cursor: Cursor) -> Result<Swept, ConnectorError> {
    let page = cursor.pages + 1;
    if page > MOST_PAGES {
        return Err(ConnectorError::Protocol(format!("Xero’s list of {} does not end", paged.resource)));
    }
    let mut fetched = fetch(client, paged, &cursor, page).await?;
    if fetched.repeats(&cursor) {
        // Once more, and from the beginning: where a listing turns in a circle, that is how another one begins.
        fetch(client, paged, &cursor, 1).await?;
        fetched = fetch(client, paged, &cursor, page).await?;
    }
    if fetched.repeats(&cursor) {
        return Err(ConnectorError::Protocol(format!("Xero answered with the same {} twice, as two pages", paged.resource)));
    }
    let more = fetched.more;
    let cursor = if more { cursor.go_on(&fetched) } else { cursor.end(&fetched) };
    Ok(Swept { records: fetched.records, cursor, more })
}

/// The page after a cursor of the one of several resources whose turn it is.
pub async fn sweep_in_turn(client: &Client, all: &[Paged], mut row: InTurn) -> Result<Swept<InTurn>, ConnectorError> {
    row.cursors.resize(all.len(), Cursor::default());
    let foreign = || ConnectorError::Protocol("the cursor is not one of a Xero connection".into());
    let paged = all.get(row.at).ok_or_else(foreign)?;
    let swept = sweep(client, paged, std::mem::take(&mut row.cursors[row.at])).await?;
    row.cursors[row.at] = swept.cursor;
    if !swept.more {
        row.at = (row.at + 1) % all.len();
    }
    let more = swept.more || row.at > 0;
    Ok(Swept { records: swept.records, cursor: row, more })
}

async fn fetch(client: &Client, paged: &Paged, cursor: &Cursor, page: u32) -> Result<Fetched, ConnectorError> {
    let mut query = paged.query.clone();
    query.push(("page", page.to_string()));
    query.push(("pageSize", PAGE_SIZE.to_string()));
    query.push(("order", paged.id.to_owned()));
    fetched(client.read(paged.resource, &query, cursor.since).await?, paged, page)
}

/// All records, each once, of as many pages as there are.
pub async fn all(client: &Client, paged: &Paged) -> Result<Vec<Value>, ConnectorError> {
    let (mut cursor, mut all, mut seen) = (Cursor::default(), Vec::new(), HashSet::new());
    loop {
        let swept = sweep(client, paged, cursor).await?;
        // One that was added meanwhile moves others to the next page, where they come again.
        all.extend(swept.records.into_iter().filter(|record| seen.insert(value::text(record, paged.id).to_owned())));
        if !swept.more {
            return Ok(all);
        }
        cursor = swept.cursor;
    }
}

fn fetched(mut body: Value, paged: &Paged, page: u32) -> Result<Fetched, ConnectorError> {
    let Some(Value::Array(records)) = body.get_mut(paged.resource).map(Value::take) else {
        return Err(ConnectorError::Protocol(format!("Xero did not answer with a list of {}", paged.resource)));
    };
    let said = |field: &str| value::at(&body, &format!("pagination.{field}")).as_u64();
    if said("page").is_some_and(|said| said != u64::from(page)) {
        return Err(ConnectorError::Protocol(format!("Xero answered with another page of {} than asked for", paged.resource)));
    }
    // Where it does not say how many pages there are, the last one is empty.
    let more = !records.is_empty() && said("pageCount").is_none_or(|count| u64::from(page) < count);
    let mut digest = Sha256::new();
    for record in &records {
        digest.update(value::text(record, paged.id));
        digest.update("\n");
    }
    let print = digest.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let newest = records.iter().filter_map(|record| value::moment(record, "UpdatedDateUTC")).max();
    Ok(Fetched { records, more, newest, print })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const INVOICES: Paged = Paged { resource: "Invoices", id: "InvoiceID", query: Vec::new() };

    fn body(ids: &[&str], pagination: Value) -> Value {
        let invoices: Vec<Value> = ids
            .iter()
            .enumerate()
            .map(|(n, id)| json!({ "InvoiceID": id, "UpdatedDateUTC": format!("/Date({}+0000)/", 1_000_000_000_000u64 + n as u64) }))
            .collect();
        json!({ "Invoices": invoices, "pagination": pagination })
    }

    #[test]
    fn a_list_ends_where_it_says_or_with_an_empty_page() {
        let more = |ids: &[&str], pagination, page| fetched(body(ids, pagination), &INVOICES, page).map(|page| page.more);
        assert_eq!(more(&["a"], json!({ "page": 1, "pageCount": 2 }), 1), Ok(true));
        assert_eq!(more(&["a"], json!({ "page": 2, "pageCount": 2 }), 2), Ok(false));
        assert_eq!(more(&[], json!({ "page": 2, "pageCount": 9 }), 2), Ok(false));
        assert_eq!(more(&["a"], Value::Null, 1), Ok(true));
        assert_eq!(more(&[], Value::Null, 2), Ok(false));
        assert!(matches!(more(&["a"], json!({ "page": 1, "pageCount": 9 }), 3), Err(ConnectorError::Protocol(_))));
        assert!(matches!(fetched(json!({ "Error": 1 }), &INVOICES, 1).map(|_| ()), Err(ConnectorError::Protocol(_))));
    }

    #[test]
    fn the_next_sweep_begins_where_the_first_page_of_this_one_ended() {
        let page = |ids: &[&str]| fetched(body(ids, Value::Null), &INVOICES, 1).unwrap();
        let first = Cursor::default().go_on(&page(&["a", "b"]));
        assert_eq!(Cursor::read(Some(&first.text())), Ok(first.clone()));
        // What the second page shows may be later than what changed on the first one meanwhile.
        let done = first.end(&page(&["c", "d", "e", "f"]));
        let since = 1_000_000_000_001 - OVERLAP_MS;
        assert_eq!(done, Cursor { since: Some(since), ..Cursor::default() });
        // Nothing new leaves it there, and an older change does not take it back.
        assert_eq!(done.clone().end(&page(&[])), done);
        assert!(matches!(Cursor::read(Some("7")), Err(ConnectorError::Protocol(_))));
    }

    #[test]
    fn a_cursor_of_one_resource_begins_the_turn_of_several() {
        let page = fetched(body(&["a"], Value::Null), &INVOICES, 1).unwrap();
        let alone = Cursor::default().go_on(&page);
        assert_eq!(InTurn::read(Some(&alone.text())), Ok(InTurn::default()));
        let row = InTurn { at: 1, cursors: vec![Cursor::default(), alone] };
        assert_eq!(InTurn::read(Some(&row.text())), Ok(row));
        assert_eq!(InTurn::read(None), Ok(InTurn::default()));
        assert!(matches!(InTurn::read(Some("7")), Err(ConnectorError::Protocol(_))));
    }
}
