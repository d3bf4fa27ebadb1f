//! One piece of work on the books: what it needs is read once, each record is judged in memory in the order in
//! which it came, and what was accepted is written together. A refused record leaves no trace; the transaction is
//! the caller's, so that dropping it leaves none of the others either.

mod entries;
mod wanted;

use super::{
    chart::Chart,
    contacts::{self, Contact},
    documents::{self, Document},
    ledger::{self, Ledger},
    payments::{self, Payment},
    rules::BookedLine,
};
use crate::domain::document::DocumentKind;
use crate::server::connectors::{PushItem, PushOutcome};
use crate::server::db::{
    Tx, insert,
    query::{placeholders, sql},
};
use std::collections::{BTreeMap, HashMap};

pub use wanted::Wanted;

/// How a row in memory differs from the stored one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Stored,
    Changed,
    New,
}

struct Entry<T> {
    row: T,
    mark: Mark,
}

/// What a number belongs to: kind, number and scope.
type NumberKey = (DocumentKind, String, String);

/// The part of the books one piece of work touches. Maps are sorted by id, so by age.
pub struct Books<'l> {
    ledger: &'l Ledger,
    chart: Chart,
    contacts: BTreeMap<String, Entry<Contact>>,
    /// Who has a name.
    names: HashMap<String, String>,
    documents: BTreeMap<String, Entry<Document>>,
    /// Who has a number.
    numbers: HashMap<NumberKey, String>,
    /// Lines of documents that are new or have new lines.
    lines: BTreeMap<String, Vec<BookedLine>>,
    payments: Vec<Payment>,
    /// Those that may be taken back, by id, and the ids of those that were.
    stored_payments: HashMap<String, Payment>,
    taken_back: Vec<String>,
    /// Answers given before, by idempotency key, and those given now.
    answered: HashMap<String, String>,
    answers: Vec<(String, String)>,
}

/// Takes a batch: one outcome per item, in the same order. Nothing is stored before `tx` is committed. The ledger
/// must be locked by the same transaction.
pub async fn post(tx: &mut Tx, ledger: &Ledger, items: &[PushItem]) -> sqlx::Result<Vec<PushOutcome>> {
    let mut books = Books::open(tx, ledger, Wanted::by(items)).await?;
    let outcomes = items.iter().map(|item| books.enter(item)).collect();
    books.close(tx).await?;
    Ok(outcomes)
}

impl<'l> Books<'l> {
    /// Reads what the work needs.
    pub(super) async fn open(tx: &mut Tx, ledger: &'l Ledger, wanted: Wanted<'_>) -> sqlx::Result<Books<'l>> {
        let id = &ledger.id;
        let chart = if wanted.lines { Chart::read_in(&mut *tx, id).await? } else { Chart::default() };
        let contact_ids: Vec<&str> = wanted.contact_ids.iter().copied().collect();
        let name_keys: Vec<&str> = wanted.name_keys.iter().map(String::as_str).collect();
        let mut contacts = contacts::by(&mut *tx, id, "id", &contact_ids).await?;
        contacts.extend(contacts::by(&mut *tx, id, "name_key", &name_keys).await?);
        let document_ids: Vec<&str> = wanted.document_ids.iter().copied().collect();
        let documents = documents::by_ids(&mut *tx, id, &document_ids).await?;
        let mut numbers = HashMap::new();
        for (kind, wanted) in &wanted.numbers {
            let wanted: Vec<&str> = wanted.iter().copied().collect();
            let holders = documents::by_numbers(&mut *tx, id, *kind, &wanted).await?;
            numbers.extend(holders.into_iter().map(|holder| ((*kind, holder.number, holder.number_scope), holder.id)));
        }
        let payment_ids: Vec<&str> = wanted.payment_ids.iter().copied().collect();
        let stored_payments = payments::by_ids(&mut *tx, id, &payment_ids).await?;
        let keys: Vec<&str> = wanted.keys.iter().copied().collect();
        Ok(Books {
            ledger,
            chart,
            names: contacts.iter().map(|contact| (contact.name_key.clone(), contact.id.clone())).collect(),
            contacts: contacts.into_iter().map(|row| (row.id.clone(), Entry { row, mark: Mark::Stored })).collect(),
            documents: documents.into_iter().map(|row| (row.id.clone(), Entry { row, mark: Mark::Stored })).collect(),
            numbers,
            lines: BTreeMap::new(),
            payments: Vec::new(),
            stored_payments: stored_payments.into_iter().map(|payment| (payment.id.clone(), payment)).collect(),
            taken_back: Vec::new(),
            answered: answered(tx, id, &keys).await?,
            answers: Vec::new(),
        })
    }

    /// Numbers every changed row and writes it.
    pub(super) async fn close(mut self, tx: &mut Tx) -> sqlx::Result<()> {
        let mut seq = self.ledger.change_seq;
        let mut next = || {
            seq += 1;
            seq
        };
        self.contacts.values_mut().filter(|entry| entry.mark != Mark::Stored).for_each(|entry| entry.row.seq = next());
        self.documents.values_mut().filter(|entry| entry.mark != Mark::Stored).for_each(|entry| entry.row.seq = next());
        self.payments.iter_mut().for_each(|payment| payment.seq = next());
        if seq > self.ledger.change_seq {
            ledger::set_change_seq(&mut *tx, &self.ledger.id, seq).await?;
            self.write_contacts(&mut *tx).await?;
            self.write_documents(&mut *tx).await?;
            payments::insert(&mut *tx, &self.ledger.id, &self.payments).await?;
            payments::delete(&mut *tx, &self.ledger.id, &self.taken_back).await?;
        }
        let rows = self.answers.iter().map(|(key, external_id)| [(&self.ledger.id).into(), key.into(), external_id.into()]);
        insert::rows(tx, "practice_requests (ledger_id, request_key, external_id)", rows.collect()).await
    }

    async fn write_contacts(&self, tx: &mut Tx) -> sqlx::Result<()> {
        let changed = marked(&self.contacts, Mark::Changed);
        let ids: Vec<&str> = changed.iter().map(|contact| contact.id.as_str()).collect();
        contacts::release_names(&mut *tx, &ids).await?;
        for contact in changed {
            contacts::update(&mut *tx, contact).await?;
        }
        contacts::insert(tx, &self.ledger.id, &marked(&self.contacts, Mark::New)).await
    }

    async fn write_documents(&self, tx: &mut Tx) -> sqlx::Result<()> {
        let changed = marked(&self.documents, Mark::Changed);
        let ids: Vec<&str> = changed.iter().map(|document| document.id.as_str()).collect();
        documents::release_numbers(&mut *tx, &ids).await?;
        for document in &changed {
            documents::update(&mut *tx, document).await?;
        }
        let relined: Vec<&str> = ids.into_iter().filter(|id| self.lines.contains_key(*id)).collect();
        documents::delete_lines(&mut *tx, &relined).await?;
        documents::insert(&mut *tx, &self.ledger.id, &marked(&self.documents, Mark::New)).await?;
        documents::insert_lines(tx, self.lines.iter().map(|(id, lines)| (id.as_str(), lines.as_slice()))).await
    }
}

fn marked<T>(entries: &BTreeMap<String, Entry<T>>, mark: Mark) -> Vec<&T> {
    entries.values().filter(|entry| entry.mark == mark).map(|entry| &entry.row).collect()
}

/// The answers already given to these idempotency keys.
async fn answered(tx: &mut Tx, ledger_id: &str, keys: &[&str]) -> sqlx::Result<HashMap<String, String>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let places = placeholders(2, keys.len());
    let rows: Vec<(String, String)> =
        sql(format!("SELECT request_key, external_id FROM practice_requests WHERE ledger_id = $1 AND request_key IN ({places})"))
            .bind(ledger_id)
            .bind_all(keys.iter().copied())
            .all(tx)
            .await?;
    Ok(rows.into_iter().collect())
}
