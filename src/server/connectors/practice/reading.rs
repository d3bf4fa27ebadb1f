//! What the ledger tells of its records: what changed, page by page, and what carries a natural key.

use super::{
    chart::Chart,
    contacts::{self, Contact},
    documents::{self, AUTHORISED, Document},
    payments::{self, Payment},
    rules::BookedLine,
};
use crate::domain::document::{DocumentKind, Line};
use crate::server::connectors::{Content, DocumentContent, External, NaturalKey, Page};
use crate::server::db::{
    Db,
    companies::name_key,
    query::{Row, sql},
};
use std::collections::HashMap;

/// Records of one page.
const PAGE: usize = 200;

/// How far a reader has come: the number of the last change it saw, of each kind of document it reads.
pub struct Position(Vec<i64>);

impl Position {
    /// Reads a cursor with that many parts; `None` where it is not one of ours.
    pub fn parse(cursor: Option<&str>, parts: usize) -> Option<Position> {
        let Some(cursor) = cursor else { return Some(Position(vec![0; parts])) };
        let seen = cursor.split(',').map(|part| part.parse().ok()).collect::<Option<Vec<i64>>>()?;
        (seen.len() == parts).then_some(Position(seen))
    }

    fn cursor(&self) -> String {
        self.0.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
    }
}

/// A page of what changed after `seen`, and whether there is more.
async fn changed<T: Row>(
    db: &Db,
    statement: String,
    ledger_id: &str,
    seen: &mut i64,
    room: usize,
    seq: fn(&T) -> i64,
) -> sqlx::Result<(Vec<T>, bool)> {
    // One more than there is room for tells whether there is more.
    let limit = i64::try_from(room + 1).unwrap_or(i64::MAX);
    let mut rows: Vec<T> = sql(statement).bind(ledger_id).bind(*seen).bind(limit).all(db).await?;
    let more = rows.len() > room;
    rows.truncate(room);
    if let Some(last) = rows.last() {
        *seen = seq(last);
    }
    Ok((rows, more))
}

pub async fn changed_contacts(db: &Db, ledger_id: &str, mut position: Position) -> sqlx::Result<Page> {
    let columns = contacts::COLUMNS;
    let statement = format!("SELECT {columns} FROM practice_contacts WHERE ledger_id = $1 AND seq > $2 ORDER BY seq LIMIT $3");
    let (rows, more) = changed(db, statement, ledger_id, &mut position.0[0], PAGE, |row: &Contact| row.seq).await?;
    Ok(Page { items: rows.into_iter().map(External::from).collect(), cursor: position.cursor(), more })
}

pub async fn changed_payments(db: &Db, ledger_id: &str, mut position: Position) -> sqlx::Result<Page> {
    let columns = payments::COLUMNS;
    let statement = format!("SELECT {columns} FROM practice_payments WHERE ledger_id = $1 AND seq > $2 ORDER BY seq LIMIT $3");
    let (rows, more) = changed(db, statement, ledger_id, &mut position.0[0], PAGE, |row: &Payment| row.seq).await?;
    Ok(Page { items: rows.into_iter().map(External::from).collect(), cursor: position.cursor(), more })
}

/// Documents of these kinds, one kind after the other, voided ones too.
pub async fn changed_documents(db: &Db, ledger_id: &str, kinds: &[DocumentKind], mut position: Position) -> sqlx::Result<Page> {
    let columns = documents::COLUMNS;
    let (mut found, mut more) = (Vec::new(), false);
    for (kind, seen) in kinds.iter().zip(&mut position.0) {
        // Our own word, not a value from outside: with it in the text the plan is made for this kind.
        let kind = kind.as_str();
        let statement = format!(
            "SELECT {columns} FROM practice_documents WHERE ledger_id = $1 AND kind = '{kind}' AND seq > $2 ORDER BY seq LIMIT $3"
        );
        let room = PAGE - found.len();
        let (rows, left) = changed(db, statement, ledger_id, seen, room, |row: &Document| row.seq).await?;
        found.extend(rows);
        more |= left;
    }
    Ok(Page { items: with_lines(db, ledger_id, found).await?, cursor: position.cursor(), more })
}

/// The records that carry a natural key, voided documents left out.
pub async fn find(db: &Db, ledger_id: &str, key: &NaturalKey) -> sqlx::Result<Vec<External>> {
    match key {
        NaturalKey::Contact { name } => {
            let found = contacts::by(db, ledger_id, "name_key", &[&name_key(name)]).await?;
            Ok(found.into_iter().map(External::from).collect())
        }
        NaturalKey::Document { kind, number, contact_id } => {
            let mut found = documents::by_numbers(db, ledger_id, *kind, &[number]).await?;
            found.retain(|document| document.state == AUTHORISED);
            found.retain(|document| kind.number_is_ours() || document.contact_id == *contact_id);
            with_lines(db, ledger_id, found).await
        }
        NaturalKey::Payment { document_id, paid_on, amount, reference, .. } => {
            let columns = payments::COLUMNS;
            let statement = format!(
                "SELECT {columns} FROM practice_payments
                WHERE ledger_id = $1 AND document_id = $2 AND paid_on = $3 AND amount = $4 AND reference = $5 ORDER BY seq"
            );
            let found: Vec<Payment> =
                sql(statement).bind(ledger_id).bind(document_id).bind(paid_on).bind(*amount).bind(reference).all(db).await?;
            Ok(found.into_iter().map(External::from).collect())
        }
    }
}

/// The documents as others see them: with their lines, and codes and names for what the ledger keeps by id.
async fn with_lines(db: &Db, ledger_id: &str, found: Vec<Document>) -> sqlx::Result<Vec<External>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let chart = Chart::read(db, ledger_id).await?;
    let ids: Vec<&str> = found.iter().map(|document| document.id.as_str()).collect();
    let mut lines: HashMap<String, Vec<Line>> = HashMap::new();
    for (document_id, BookedLine(line)) in documents::lines_of(db, &ids).await? {
        let named = Line {
            account_code: chart.account_code(&line.account_code),
            tax_type: chart.rate_name(&line.tax_type),
            tracking: chart.tracking_text(&line.tracking),
            ..line
        };
        lines.entry(document_id).or_default().push(named);
    }
    Ok(found.into_iter().map(|document| external(lines.remove(&document.id).unwrap_or_default(), document)).collect())
}

fn external(lines: Vec<Line>, document: Document) -> External {
    let outstanding = document.outstanding();
    let voided = document.is_voided();
    let Document { id, kind, number, contact_id, reference, issue_date, due_date, currency, .. } = document;
    let content = DocumentContent { kind: kind.0, number, contact_id, reference, issue_date, due_date, currency, voided, lines };
    External { external_id: id, content: Content::Document(content), outstanding, applied: None }
}
