//! The connector to a practice ledger. Like one to a server elsewhere, it has a time-out, can be refused and can
//! lose an answer: what it cannot know it reports as unknown, although the ledger is in the next room.

use super::{
    books, chart,
    ledger::{self, Ledger},
    reading::{self, Position},
    totals,
};
use crate::domain::{connection::Budget, document::DocumentKind, message::Entity, tie_out::ControlTotals};
use crate::server::connectors::{
    Caps, Connector, ConnectorError, Dataset, External, Header, Idempotency, NaturalKey, Organisation, Page, PushItem,
    PushOutcome, ReferenceItem,
};
use crate::server::db::{Db, now_ms};
use async_trait::async_trait;
use std::{future::Future, time::Duration};
use tokio::time::timeout;

/// Items one push may carry.
const BATCH: usize = 50;

/// How long a client waits for an answer.
const TIME_OUT: Duration = Duration::from_secs(30);

/// A client that holds an access key to a ledger.
#[derive(Clone)]
pub struct PracticeConnector {
    db: Db,
    ledger_id: String,
    access_key: String,
    time_out: Duration,
}

impl PracticeConnector {
    pub fn new(db: Db, ledger_id: impl Into<String>, access_key: impl Into<String>) -> PracticeConnector {
        PracticeConnector { db, ledger_id: ledger_id.into(), access_key: access_key.into(), time_out: TIME_OUT }
    }

    /// Waits this long for an answer instead of 30 s.
    pub fn with_time_out(self, time_out: Duration) -> PracticeConnector {
        PracticeConnector { time_out, ..self }
    }

    /// A request that changes nothing: without an answer in time nothing is lost but time.
    async fn ask<T>(&self, work: impl Future<Output = sqlx::Result<T>>) -> Result<T, ConnectorError> {
        let answer = async {
            let ledger = ledger::admit(&self.db, &self.ledger_id, &self.access_key).await?;
            ledger.pause().await;
            let found = work.await.map_err(ledger::unreachable)?;
            ledger.pause().await;
            Ok(found)
        };
        timeout(self.time_out, answer).await.unwrap_or_else(|_| Err(ConnectorError::Transient(self.no_answer())))
    }

    /// The ledger's side of a push.
    async fn serve_push(self, items: Vec<PushItem>) -> Result<Vec<PushOutcome>, ConnectorError> {
        let ledger = ledger::admit(&self.db, &self.ledger_id, &self.access_key).await?;
        ledger.pause().await;
        let mut tx = self.db.begin().await.map_err(ledger::unreachable)?;
        let locked = Ledger::lock(&mut tx, &self.ledger_id).await.map_err(ledger::unreachable)?;
        let locked: Ledger = locked.ok_or_else(ledger::gone)?;
        // Access may have been revoked while the request was on its way.
        locked.check_access(&self.access_key)?;
        let outcomes = books::post(&mut tx, &locked, &items).await.map_err(ledger::unreachable)?;
        tx.commit().await.map_err(|error| {
            tracing::error!(%error, "the practice ledger cannot say whether it stored a batch");
            ConnectorError::UnknownOutcome("The practice ledger broke off while it stored the batch".into())
        })?;
        ledger.pause().await;
        Ok(outcomes)
    }

    fn no_answer(&self) -> String {
        format!("No answer from the practice ledger within {} s", self.time_out.as_secs_f32())
    }
}

/// The kinds of documents behind a dataset or an entity.
fn kinds(entity: Entity) -> Option<&'static [DocumentKind]> {
    match entity {
        Entity::Invoice => Some(&[DocumentKind::SalesInvoice]),
        Entity::Bill => Some(&[DocumentKind::Bill]),
        Entity::CreditNote => Some(&[DocumentKind::SalesCreditNote, DocumentKind::BillCreditNote]),
        _ => None,
    }
}

fn entity(dataset: Dataset) -> Entity {
    match dataset {
        Dataset::Accounts => Entity::Account,
        Dataset::TaxRates => Entity::TaxRate,
        Dataset::Tracking => Entity::Tracking,
        Dataset::Contacts => Entity::Contact,
        Dataset::Invoices => Entity::Invoice,
        Dataset::Bills => Entity::Bill,
        Dataset::CreditNotes => Entity::CreditNote,
        Dataset::Payments => Entity::Payment,
    }
}

fn position(cursor: Option<&str>, parts: usize) -> Result<Position, ConnectorError> {
    Position::parse(cursor, parts).ok_or_else(foreign_cursor)
}

fn foreign_cursor() -> ConnectorError {
    ConnectorError::Protocol("the cursor is not one of this ledger".into())
}

#[async_trait]
impl Connector for PracticeConnector {
    fn caps(&self) -> Caps {
        Caps { batch: BATCH, idempotency: Idempotency::Key { remembered: None }, unique_numbers: true, read_whole_every: None }
    }

    async fn probe(&self) -> Result<Organisation, ConnectorError> {
        let ledger = self.ask(ledger::read(&self.db, &self.ledger_id)).await?.ok_or_else(ledger::gone)?;
        let Ledger { id, name, currency, locked_until, .. } = ledger;
        Ok(Organisation { id, name, currency, locked_until, short_code: None })
    }

    async fn budget(&self) -> Result<Option<Budget>, ConnectorError> {
        let ledger = ledger::read(&self.db, &self.ledger_id).await.map_err(ledger::unreachable)?.ok_or_else(ledger::gone)?;
        Ok(ledger.budget(now_ms()))
    }

    async fn reference(&self, dataset: Dataset) -> Result<Vec<ReferenceItem>, ConnectorError> {
        let (db, id) = (&self.db, self.ledger_id.as_str());
        match dataset {
            Dataset::Accounts => Ok(self.ask(chart::accounts(db, id)).await?.into_iter().map(ReferenceItem::from).collect()),
            Dataset::TaxRates => Ok(self.ask(chart::tax_rates(db, id)).await?.into_iter().map(ReferenceItem::from).collect()),
            Dataset::Tracking => Ok(self.ask(chart::tracking(db, id)).await?.into_iter().map(ReferenceItem::from).collect()),
            _ => Err(ConnectorError::Unsupported("reading records as reference data")),
        }
    }

    async fn pull(&self, dataset: Dataset, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        let (db, id) = (&self.db, self.ledger_id.as_str());
        match (dataset, kinds(entity(dataset))) {
            (_, Some(kinds)) => self.ask(reading::changed_documents(db, id, kinds, position(cursor, kinds.len())?)).await,
            (Dataset::Contacts, _) => self.ask(reading::changed_contacts(db, id, position(cursor, 1)?)).await,
            (Dataset::Payments, _) => self.ask(reading::changed_payments(db, id, position(cursor, 1)?)).await,
            _ => Err(ConnectorError::Unsupported("reading reference data page by page")),
        }
    }

    async fn push(&self, items: &[PushItem]) -> Result<Vec<PushOutcome>, ConnectorError> {
        if items.len() > BATCH {
            return Err(ConnectorError::Protocol(format!("a push carries at most {BATCH} records, not {}", items.len())));
        }
        // A task of its own: once the request is out, the ledger works on it whether or not the client still waits.
        let call = tokio::spawn(self.clone().serve_push(items.to_vec()));
        match timeout(self.time_out, call).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(ConnectorError::UnknownOutcome("The practice ledger broke off the request".into())),
            Err(_) => Err(ConnectorError::UnknownOutcome(self.no_answer())),
        }
    }

    async fn find(&self, key: &NaturalKey) -> Result<Vec<External>, ConnectorError> {
        self.ask(reading::find(&self.db, &self.ledger_id, key)).await
    }

    async fn control_totals(&self, entity: Entity, from: &str) -> Result<ControlTotals, ConnectorError> {
        match (entity, kinds(entity)) {
            (_, Some(kinds)) => self.ask(totals::of_documents(&self.db, &self.ledger_id, kinds, from)).await,
            (Entity::Payment, _) => self.ask(totals::of_payments(&self.db, &self.ledger_id, from)).await,
            _ => Err(ConnectorError::Unsupported("a control total of this entity")),
        }
    }

    async fn headers(
        &self,
        entity: Entity,
        from: &str,
        cursor: Option<&str>,
    ) -> Result<(Vec<Header>, Option<String>), ConnectorError> {
        let (db, id) = (&self.db, self.ledger_id.as_str());
        let page = match (entity, kinds(entity)) {
            (_, Some(kinds)) => self.ask(totals::listed_documents(db, id, kinds, from, cursor)).await?,
            (Entity::Payment, _) => self.ask(totals::listed_payments(db, id, from, cursor)).await?,
            _ => return Err(ConnectorError::Unsupported("a listing of this entity")),
        };
        page.ok_or_else(foreign_cursor)
    }
}
