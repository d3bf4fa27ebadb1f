//! Control totals, and the listing behind them: what the tie-out compares.

use super::{
    client::Query,
    connector::TrytonConnector,
    documents::{self, MODEL, POSTED, Which},
    payments, value,
};
use crate::{
    domain::{message::Entity, tie_out::ControlTotals},
    server::connectors::{ConnectorError, Header},
};
use serde_json::{Value, json};

const PAGE: usize = 500;

impl TrytonConnector {
    pub(super) async fn totals(&self, entity: Entity, from: &str) -> Result<ControlTotals, ConnectorError> {
        let mut totals = ControlTotals::default();
        let mut cursor = None;
        loop {
            let (headers, next) = self.list(entity, from, cursor.as_deref()).await?;
            headers.iter().for_each(|header| totals.add(header.totals));
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok(totals),
            }
        }
    }

    /// A page of them, by ascending id; the cursor is the last id read.
    pub(super) async fn list(
        &self,
        entity: Entity,
        from: &str,
        cursor: Option<&str>,
    ) -> Result<(Vec<Header>, Option<String>), ConnectorError> {
        let which = match entity {
            Entity::Invoice => Which::Invoices,
            Entity::Bill => Which::Bills,
            Entity::CreditNote => Which::CreditNotes,
            Entity::Payment => Which::All,
            _ => return Err(ConnectorError::Unsupported("a control total of this entity")),
        };
        let after: i64 = match cursor {
            Some(text) => text.parse().map_err(|_| ConnectorError::Protocol("the cursor is not one of a listing".into()))?,
            None => 0,
        };
        let mut domain = self.documents(which, POSTED);
        domain.push(json!(["invoice_date", ">=", value::write_day(from)]));
        domain.push(json!(["id", ">", after]));
        let amounts = if entity == Entity::Payment { &[][..] } else { &["untaxed_amount", "tax_amount"] };
        let fields = [amounts, payments::OF_DOCUMENT, payments::FIELDS].concat();
        let query = Query::of(&fields).domain(domain.into()).order(json!([["id", "ASC"]])).page(0, PAGE);
        let records = self.client.search(MODEL, &query).await?;
        let last = records.last().and_then(|record| value::id(record, "id")).filter(|_| records.len() >= PAGE);
        let headers = records.iter().flat_map(|record| if entity == Entity::Payment { paid(record) } else { header(record) });
        Ok((headers.collect(), last.map(|id| id.to_string())))
    }
}

fn header(record: &Value) -> Vec<Header> {
    let (Some(id), Some(kind)) = (value::id(record, "id"), documents::kind(record)) else { return Vec::new() };
    let totals = documents::totals(record);
    let totals = ControlTotals {
        count: 1,
        net: totals.net,
        tax: totals.tax,
        gross: totals.gross,
        outstanding: payments::outstanding(record, totals.gross),
    };
    vec![Header { external_id: id.to_string(), label: documents::names(record, kind).0, totals }]
}

fn paid(record: &Value) -> Vec<Header> {
    let Some(kind) = documents::kind(record) else { return Vec::new() };
    let label = format!("for {}", documents::names(record, kind).0);
    let headers = payments::of_document(record).into_iter().map(|paid| Header {
        external_id: paid.external_id,
        label: label.clone(),
        totals: ControlTotals { count: 1, gross: paid.amount, ..ControlTotals::default() },
    });
    headers.collect()
}
