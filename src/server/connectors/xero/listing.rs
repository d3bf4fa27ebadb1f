//! Control totals and what they are the sums of. Xero has no totals to ask for: all documents in the books are read.

use super::{
    allocations,
    connector::XeroConnector,
    documents::{self, CREDIT_NOTES, CREDITS, INVOICES, OVERPAYMENTS, POSTED, PREPAYMENTS, Shape, paged},
    paging::{InTurn, sweep_in_turn},
    payments, value,
};
use crate::{
    domain::{connection::EARLIEST_SYNC_FROM, document::DocumentKind, message::Entity, tie_out::ControlTotals},
    server::connectors::{ConnectorError, Content, Header},
};
use serde_json::Value;
use std::collections::HashSet;

/// Records that are asked for by id at once: an address has room for so many.
pub const AT_ONCE: usize = 40;

impl XeroConnector {
    pub(super) async fn totals(&self, entity: Entity, from: &str) -> Result<ControlTotals, ConnectorError> {
        let (mut sum, mut cursor, mut seen) = (ControlTotals::default(), None::<String>, HashSet::new());
        loop {
            let (headers, next) = self.list(entity, from, cursor.as_deref()).await?;
            // One that was added meanwhile moves others to the next page, where they come again.
            for header in headers.into_iter().filter(|header| seen.insert(header.external_id.clone())) {
                sum.add(header.totals);
            }
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok(sum),
            }
        }
    }

    pub(super) async fn list(
        &self,
        entity: Entity,
        from: &str,
        cursor: Option<&str>,
    ) -> Result<(Vec<Header>, Option<String>), ConnectorError> {
        let of_invoices = |kind| vec![paged(INVOICES, Some(kind), &[POSTED])];
        let credits = || CREDITS.map(|shape| paged(shape, None, &[POSTED]));
        let all = match entity {
            Entity::Invoice => of_invoices(DocumentKind::SalesInvoice),
            Entity::Bill => of_invoices(DocumentKind::Bill),
            Entity::CreditNote => credits().into(),
            // What is applied of a credit stands in the credit.
            Entity::Payment => std::iter::once(payments::paged()).chain(credits()).collect(),
            _ => return Err(ConnectorError::Unsupported("a listing of this entity")),
        };
        let row = InTurn::read(cursor)?;
        let at = row.at();
        let swept = sweep_in_turn(&self.client, &all, row).await?;
        let headers = match (entity, at) {
            (Entity::Payment, 0) => self.paid(&swept.records, from).await?,
            (Entity::Payment, _) => self.applied(&swept.records, from).await?,
            _ => self.booked(&swept.records, entity, from),
        };
        Ok((headers, swept.more.then(|| swept.cursor.text())))
    }

    fn booked(&self, records: &[Value], entity: Entity, from: &str) -> Vec<Header> {
        let mut dates = self.dates.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let headers = records.iter().filter_map(|record| {
            let kind = documents::kind(record)?;
            let (id, date) = (value::text(record, documents::shape(kind).id).to_owned(), value::day(record, "Date"));
            dates.insert(id.clone(), date.clone());
            let is_in = kind.entity() == entity && POSTED.contains(&value::text(record, "Status")) && date.as_str() >= from;
            is_in.then(|| header(id, record, kind))
        });
        headers.collect()
    }

    /// A payment goes with its document, whose date it does not tell.
    async fn paid(&self, records: &[Value], from: &str) -> Result<Vec<Header>, ConnectorError> {
        let there = records.iter().filter(|record| !payments::is_deleted(record));
        let paid: Vec<_> = there.filter_map(|record| Some((record, payments::paid(record)?))).collect();
        if from > EARLIEST_SYNC_FROM {
            for shape in [INVOICES, CREDIT_NOTES, PREPAYMENTS, OVERPAYMENTS] {
                let ids: Vec<&str> = paid.iter().filter(|(_, paid)| paid.shape == shape).map(|(_, paid)| paid.id).collect();
                self.learn_dates(shape, &ids).await?;
            }
        }
        let dates = self.dates.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_in = |id: &str| from <= EARLIEST_SYNC_FROM || dates.get(id).is_some_and(|date| date.as_str() >= from);
        let headers = paid.iter().filter(|(_, paid)| is_in(paid.id)).map(|(record, paid)| Header {
            external_id: value::text(record, payments::ID).to_owned(),
            label: format!("for {}", if paid.number.is_empty() { paid.id } else { paid.number }),
            totals: ControlTotals { count: 1, gross: payments::gross(record, paid), ..ControlTotals::default() },
        });
        Ok(headers.collect())
    }

    /// Credit that is applied goes with its invoice or bill. Where that is dated before, it goes with what it is taken from,
    /// which has less left all the same.
    async fn applied(&self, records: &[Value], from: &str) -> Result<Vec<Header>, ConnectorError> {
        let mut applied = Vec::new();
        for record in records.iter().filter(|record| POSTED.contains(&value::text(record, "Status"))) {
            let Some(kind) = documents::kind(record) else { continue };
            let label = documents::number(record, kind);
            let is_in = value::day(record, "Date").as_str() >= from;
            // What cannot be told apart did not come in either.
            for one in allocations::of(record, kind).unwrap_or_default() {
                let Content::Payment(payment) = one.content else { continue };
                applied.push((one.external_id, payment, format!("{label} applied"), is_in));
            }
        }
        if from > EARLIEST_SYNC_FROM {
            let ids: Vec<&str> = applied.iter().map(|(_, payment, ..)| payment.document_id.as_str()).collect();
            self.learn_dates(INVOICES, &ids).await?;
        }
        let dates = self.dates.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let is_in = |id: &str| from <= EARLIEST_SYNC_FROM || dates.get(id).is_some_and(|date| date.as_str() >= from);
        let headers = applied.into_iter().filter_map(|(external_id, payment, label, credit_is_in)| {
            let gross = match (is_in(&payment.document_id), credit_is_in) {
                (true, _) => payment.amount,
                (false, true) => -payment.amount,
                (false, false) => return None,
            };
            Some(Header { external_id, label, totals: ControlTotals { count: 1, gross, ..ControlTotals::default() } })
        });
        Ok(headers.collect())
    }

    /// Reads the documents of these ids whose dates are not known yet.
    async fn learn_dates(&self, shape: Shape, ids: &[&str]) -> Result<(), ConnectorError> {
        let mut unknown: Vec<&str> = {
            let dates = self.dates.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            ids.iter().copied().filter(|id| !dates.contains_key(*id)).collect()
        };
        unknown.sort_unstable();
        unknown.dedup();
        for some in unknown.chunks(AT_ONCE) {
            let found = self.documents_now(shape, some).await?;
            let found = found.into_iter().map(|(id, record)| (id, value::day(&record, "Date")));
            self.dates.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(found);
        }
        Ok(())
    }
}

fn header(external_id: String, record: &Value, kind: DocumentKind) -> Header {
    let totals = documents::totals(record, kind);
    let totals = ControlTotals {
        count: 1,
        net: totals.net,
        tax: totals.tax,
        gross: totals.gross,
        outstanding: documents::outstanding(record, kind),
    };
    Header { external_id, label: documents::number(record, kind), totals }
}
