//! The ledger's documents and their lines as they are stored.

use super::rules::BookedLine;
use crate::domain::document::{DocumentKind, Line};
use crate::server::db::{
    Tx, insert,
    query::{On, Value, placeholders, sql},
};

pub const COLUMNS: &str =
    "id, kind, number, number_scope, contact_id, reference, issue_date, due_date, currency, net, tax, gross, paid, state, seq";

pub const AUTHORISED: &str = "authorised";
pub const VOIDED: &str = "voided";

/// A document without its lines.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Document {
    pub id: String,
    #[sqlx(try_from = "String")]
    pub kind: StoredKind,
    pub number: String,
    pub number_scope: String,
    pub contact_id: String,
    pub reference: String,
    pub issue_date: String,
    pub due_date: String,
    pub currency: String,
    pub net: i64,
    pub tax: i64,
    pub gross: i64,
    pub paid: i64,
    pub state: String,
    pub seq: i64,
}

/// A document's kind read from its word.
#[derive(Clone, Copy, Debug)]
pub struct StoredKind(pub DocumentKind);

impl TryFrom<String> for StoredKind {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        DocumentKind::parse(&word).map(StoredKind).ok_or_else(|| format!("'{word}' is no kind of document"))
    }
}

impl Document {
    pub fn is_voided(&self) -> bool {
        self.state == VOIDED
    }

    pub fn outstanding(&self) -> i64 {
        if self.is_voided() { 0 } else { self.gross - self.paid }
    }
}

/// In what a document's number is unique: the ledger, or what its supplier sends.
pub fn number_scope(kind: DocumentKind, contact_id: &str) -> &str {
    if kind.number_is_ours() { "" } else { contact_id }
}

pub async fn by_ids<'a>(on: impl Into<On<'a>>, ledger_id: &str, ids: &[&str]) -> sqlx::Result<Vec<Document>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = placeholders(2, ids.len());
    sql(format!("SELECT {COLUMNS} FROM practice_documents WHERE ledger_id = $1 AND id IN ({places})"))
        .bind(ledger_id)
        .bind_all(ids.iter().copied())
        .all(on)
        .await
}

/// Those of a kind with one of these numbers, voided ones too.
pub async fn by_numbers<'a>(
    on: impl Into<On<'a>>,
    ledger_id: &str,
    kind: DocumentKind,
    numbers: &[&str],
) -> sqlx::Result<Vec<Document>> {
    let places = placeholders(3, numbers.len());
    sql(format!("SELECT {COLUMNS} FROM practice_documents WHERE ledger_id = $1 AND kind = $2 AND number IN ({places})"))
        .bind(ledger_id)
        .bind(kind.as_str())
        .bind_all(numbers.iter().copied())
        .all(on)
        .await
}

pub async fn insert(tx: &mut Tx, ledger_id: &str, documents: &[&Document]) -> sqlx::Result<()> {
    let rows = documents.iter().map(|document| {
        [
            (&document.id).into(),
            ledger_id.into(),
            document.kind.0.as_str().into(),
            (&document.number).into(),
            (&document.number_scope).into(),
            (&document.contact_id).into(),
            (&document.reference).into(),
            (&document.issue_date).into(),
            (&document.due_date).into(),
            (&document.currency).into(),
            document.net.into(),
            document.tax.into(),
            document.gross.into(),
            document.paid.into(),
            (&document.state).into(),
            document.seq.into(),
        ]
    });
    let into = "practice_documents (id, ledger_id, kind, number, number_scope, contact_id, reference, issue_date, due_date, \
        currency, net, tax, gross, paid, state, seq)";
    insert::rows(tx, into, rows.collect()).await
}

/// Gives numbers back for a moment, so that documents can exchange them within one piece of work.
pub async fn release_numbers(tx: &mut Tx, ids: &[&str]) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let places = placeholders(1, ids.len());
    sql(format!("UPDATE practice_documents SET number_scope = id WHERE id IN ({places})"))
        .bind_all(ids.iter().copied())
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn update(tx: &mut Tx, document: &Document) -> sqlx::Result<()> {
    sql("UPDATE practice_documents SET number = $2, number_scope = $3, contact_id = $4, reference = $5, issue_date = $6,
        due_date = $7, net = $8, tax = $9, gross = $10, paid = $11, state = $12, seq = $13 WHERE id = $1")
    .bind(&document.id)
    .bind(&document.number)
    .bind(&document.number_scope)
    .bind(&document.contact_id)
    .bind(&document.reference)
    .bind(&document.issue_date)
    .bind(&document.due_date)
    .bind(document.net)
    .bind(document.tax)
    .bind(document.gross)
    .bind(document.paid)
    .bind(&document.state)
    .bind(document.seq)
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn delete_lines(tx: &mut Tx, document_ids: &[&str]) -> sqlx::Result<()> {
    if document_ids.is_empty() {
        return Ok(());
    }
    let places = placeholders(1, document_ids.len());
    sql(format!("DELETE FROM practice_lines WHERE document_id IN ({places})"))
        .bind_all(document_ids.iter().copied())
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn insert_lines<'l>(tx: &mut Tx, lines: impl Iterator<Item = (&'l str, &'l [BookedLine])>) -> sqlx::Result<()> {
    let rows =
        lines.flat_map(|(document_id, lines)| lines.iter().zip(0..).map(move |(line, place)| line_row(document_id, place, line)));
    let into = "practice_lines (document_id, position, item_code, description, quantity_e4, unit_amount_e4, discount_e4, \
        account_id, tax_rate_id, tracking, net, tax)";
    insert::rows(tx, into, rows.collect()).await
}

fn line_row(document_id: &str, place: i64, BookedLine(line): &BookedLine) -> [Value; 12] {
    [
        document_id.into(),
        place.into(),
        (&line.item_code).into(),
        (&line.description).into(),
        line.quantity_e4.into(),
        line.unit_amount_e4.into(),
        line.discount_e4.into(),
        (&line.account_code).into(),
        (&line.tax_type).into(),
        (&line.tracking).into(),
        line.net.into(),
        line.tax.into(),
    ]
}

#[derive(sqlx::FromRow)]
struct LineRow {
    document_id: String,
    item_code: String,
    description: String,
    quantity_e4: i64,
    unit_amount_e4: i64,
    discount_e4: i64,
    account_id: String,
    tax_rate_id: String,
    tracking: String,
    net: i64,
    tax: i64,
}

/// The lines of these documents, each with its document's id, in order.
pub async fn lines_of<'a>(on: impl Into<On<'a>>, document_ids: &[&str]) -> sqlx::Result<Vec<(String, BookedLine)>> {
    if document_ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = placeholders(1, document_ids.len());
    let rows: Vec<LineRow> = sql(format!(
        "SELECT document_id, item_code, description, quantity_e4, unit_amount_e4, discount_e4, account_id, tax_rate_id, tracking, net, tax
        FROM practice_lines WHERE document_id IN ({places}) ORDER BY document_id, position"
    ))
    .bind_all(document_ids.iter().copied())
    .all(on)
    .await?;
    Ok(rows.into_iter().map(LineRow::booked).collect())
}

impl LineRow {
    fn booked(self) -> (String, BookedLine) {
        let line = Line {
            item_code: self.item_code,
            description: self.description,
            quantity_e4: self.quantity_e4,
            unit_amount_e4: self.unit_amount_e4,
            discount_e4: self.discount_e4,
            account_code: self.account_id,
            tax_type: self.tax_rate_id,
            tracking: self.tracking,
            net: self.net,
            tax: self.tax,
        };
        (self.document_id, BookedLine(line))
    }
}
