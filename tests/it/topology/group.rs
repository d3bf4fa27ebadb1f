//! Many companies with a handful of documents each, connected and onboarded: their initial syncs wait in the queue.

use crate::{
    faults::Pair,
    harness::{
        books::line,
        xero::{self, Peer},
    },
};
use futures::{StreamExt, stream};
use std::sync::Arc;
use tieout::server::{db::Db, services};

/// Companies made at the same time.
const AT_ONCE: usize = 8;

/// Customers of each company.
pub const CONTACTS: usize = 2;

/// Documents of each company: customer, number, quantity, and pounds of the unit amount.
const DOCUMENTS: [(&str, &str, i32, i64); 4] = [
    ("Customer 1", "1001", 10, 11),
    ("Customer 2", "1002", 3, 12),
    ("Customer 2", "1003", 1, 13),
    ("Customer 1", "C1004", -1, 11),
];

pub async fn make(db: &Db, peer: &Arc<Peer>, companies: usize) -> Vec<Pair> {
    services::companies::name_group(db, "Harbour Property Group").await.expect("the group is named");
    let made = (0..companies).map(|n| {
        let (db, peer) = (db.clone(), peer.clone());
        async move { tokio::spawn(async move { company(&db, &peer, n).await }).await.expect("it does not panic") }
    });
    stream::iter(made).buffer_unordered(AT_ONCE).collect().await
}

/// The one place that decides where a company keeps its books: in an organisation of its own. What lets Tieout in has ended
/// by the time of its first sync, which begins with a renewal.
async fn company(db: &Db, peer: &Peer, n: usize) -> Pair {
    let (mut file, mut stored) = (String::new(), Vec::new());
    for ((customer, number, quantity, pounds), day) in DOCUMENTS.into_iter().zip(1..) {
        // Different amounts in different companies, so that nothing of one passes for another's.
        let pence = pounds * 100 + n as i64 % 100;
        file += &line(customer, number, day, quantity, &format!("{}.{:02}", pence / 100, pence % 100), "200");
        let net = i64::from(quantity) * pence;
        // 20 %, half a penny away from nothing.
        let tax = (net.abs() * 20 + 50) / 100 * net.signum();
        stored.push((number.to_owned(), net + tax));
    }
    let (books, there) = xero::company(db, peer, &format!("Company {n}"), &file).await;
    there.expire_tokens();
    let mut pair = Pair::of(books, there);
    pair.stored = stored;
    pair
}
