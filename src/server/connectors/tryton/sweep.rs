//! Reading what changed, a page at a time.

use super::{
    client::Query,
    connector::TrytonConnector,
    cursor::Cursor,
    value::{self, Moment},
};
use crate::server::{connectors::ConnectorError, db::now_ms};
use serde_json::{Value, json};

/// What is read of a model, and what counts as a change of its records.
pub struct Sweep {
    pub model: &'static str,
    pub fields: Vec<&'static str>,
    /// Which records at all.
    pub domain: Value,
    /// Other models whose records are a part of these, and the field that leads to them.
    pub parts: &'static [(&'static str, &'static str)],
    pub page: usize,
}

/// A page of records, the cursor after it, and whether the sweep goes on.
pub struct Swept {
    pub records: Vec<Value>,
    pub cursor: String,
    pub more: bool,
}

impl TrytonConnector {
    pub(super) async fn sweep(&self, sweep: Sweep, cursor: Option<&str>) -> Result<Swept, ConnectorError> {
        let foreign = || ConnectorError::Protocol("the cursor is not one of a Tryton connection".into());
        let mut cursor = match cursor {
            Some(text) => Cursor::parse(text).ok_or_else(foreign)?,
            None => Cursor::default(),
        };
        if cursor.after.is_none() {
            cursor = cursor.begin(self.newest_change(&sweep).await?, now_ms());
        }
        let mut domain = vec![sweep.domain.clone(), json!(["id", ">", cursor.after.unwrap_or_default()])];
        domain.extend(cursor.since.as_ref().map(|since| changed_since(&sweep, since)));
        let query = Query::of(&sweep.fields).domain(domain.into()).order(json!([["id", "ASC"]])).page(0, sweep.page);
        let records = self.client.search(sweep.model, &query).await?;
        let last = records.last().and_then(|record| value::id(record, "id"));
        let (cursor, more) = match last {
            Some(last) if records.len() >= sweep.page => (cursor.go_on(last), true),
            _ => (cursor.end(now_ms()), false),
        };
        Ok(Swept { records, cursor: cursor.text(), more })
    }

    /// The newest change of any record of these models, whichever company's: what counts is the clock.
    async fn newest_change(&self, sweep: &Sweep) -> Result<Option<Moment>, ConnectorError> {
        let mut newest = None;
        for model in std::iter::once(sweep.model).chain(sweep.parts.iter().map(|(model, _)| *model)) {
            for (fields, field) in [(&["write_date"], "write_date"), (&["create_date"], "create_date")] {
                let query = Query::of(fields).domain(json!([[field, "!=", null]])).order(json!([[field, "DESC"]])).page(0, 1);
                let found = self.client.search(model, &query).await?;
                newest = newest.max(found.first().and_then(|record| Moment::at(record, field)));
            }
        }
        Ok(newest)
    }
}

/// A record that was never written again has no such date in some databases: then the day of its making counts.
fn changed_since(sweep: &Sweep, since: &Moment) -> Value {
    let since = since.write();
    let mut any = vec![json!("OR"), json!(["write_date", ">=", since]), json!(["create_date", ">=", since])];
    for (_, path) in sweep.parts {
        any.push(json!([format!("{path}.write_date"), ">=", since]));
        any.push(json!([format!("{path}.create_date"), ">=", since]));
    }
    any.into()
}
