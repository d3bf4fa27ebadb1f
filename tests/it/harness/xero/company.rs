//! A company whose books are kept in an organisation here, connected as if a person had gone there and agreed.

use super::{CLIENT_ID, Organisation, Peer, Setup};
use crate::harness::books::Books;
use tieout::{
    domain::{provider::Provider, schedule::Schedule},
    server::{
        connectors,
        db::{Db, companies::Company},
        services::{
            companies::{self, Wanted},
            connections::{self, Granted},
            onboarding,
        },
    },
};

/// Connects a company to its organisation, with documents since 2009. By our clock the first access token never ends: where
/// it does, the organisation says so.
pub async fn connect(db: &Db, company: &Company, there: &Organisation) {
    let (id, name) = (there.tenant_id.clone(), company.name.clone());
    let tokens = there.tokens(there.grant(CLIENT_ID), i64::MAX / 2);
    let organisation =
        connectors::Organisation { id, name, currency: company.currency.clone(), locked_until: None, short_code: None };
    let granted = Granted { provider: Provider::Xero, organisation, secret: tokens.secret() };
    connections::connect(db, company, granted, "2009-01-01", Schedule::Off, "test").await.expect("it is connected");
}

/// A company with these documents, onboarded with an organisation of its own: its initial sync waits in the queue.
pub async fn company(db: &Db, peer: &Peer, name: &str, csv: &str) -> (Books, Organisation) {
    let there = peer.organisation(&Setup::named(name));
    let wanted = Wanted { name: name.into(), code: String::new(), currency: "GBP".into(), time_zone: "Europe/London".into() };
    let company = companies::add(db, &wanted).await.expect("the company is added");
    let books = Books { db: db.clone(), company, ledger: there.tenant_id.clone() };
    books.import(csv).await;
    connect(db, &books.company, &there).await;
    onboarding::confirm(db, &books.company.id, true, &[], "test").await.expect("onboarding is confirmed");
    (books, there)
}
