//! The practice ledger: a little accounting system in our own database, and the connector to it. It has its own
//! books and enforces the rules a real one enforces, so that a fresh machine runs real syncs with real errors and
//! no account anywhere. No outcome is random or scripted: whatever it answers follows from what it holds.
//!
//! The ledger is [`ledger`] (who may call), [`chart`] (accounts, tax rates, tracking), [`documents`], [`contacts`]
//! and [`payments`] (the records and their rules), [`books`] (one piece of work on them), [`reading`], and
//! [`panel`] (what a person does there). [`PracticeConnector`] is how the engine sees it. None of them knows of
//! anything on our side of the connection.

pub mod books;
mod chart;
mod connector;
mod contacts;
mod documents;
mod ledger;
pub mod panel;
mod panel_state;
mod payments;
mod reading;
mod refusal;
mod rules;
mod seed;
mod totals;

pub use connector::PracticeConnector;
pub use ledger::Ledger;
pub use refusal::Refusal;

use crate::server::db::{Db, Tx, new_id};

/// A ledger by its id; `None` where there is none.
pub async fn ledger(db: &Db, id: &str) -> sqlx::Result<Option<Ledger>> {
    ledger::read(db, id).await
}

/// The ledgers opened last, the latest first.
pub async fn latest(db: &Db, limit: i64) -> sqlx::Result<Vec<Ledger>> {
    ledger::latest(db, limit).await
}

/// Opens a new ledger with the usual chart of accounts, and grants access to it. Answers its id and the access key.
pub async fn open_ledger(db: &Db, name: &str, currency: &str) -> sqlx::Result<(String, String)> {
    let mut tx = db.begin().await?;
    let opened = open_ledger_in(&mut tx, name, currency).await?;
    tx.commit().await?;
    Ok(opened)
}

/// The same as a part of a larger transaction.
pub async fn open_ledger_in(tx: &mut Tx, name: &str, currency: &str) -> sqlx::Result<(String, String)> {
    let (ledger_id, access_key) = (new_id(), new_id());
    ledger::insert(tx, &ledger_id, name, currency, &access_key).await?;
    seed::chart_of_accounts(tx, &ledger_id).await?;
    Ok((ledger_id, access_key))
}
