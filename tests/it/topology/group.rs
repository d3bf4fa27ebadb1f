//! Many companies with a handful of documents each, connected and onboarded: their initial syncs wait in the queue.

use crate::harness::books::{Books, line};
use futures::{StreamExt, stream};
use tieout::server::{db::Db, services};

/// Companies made at the same time.
const AT_ONCE: usize = 8;

/// Documents of each company: invoices and a credit note of two customers.
pub const DOCUMENTS: i64 = 4;
/// Customers of each company.
pub const CONTACTS: i64 = 2;

pub async fn make(db: &Db, companies: usize) -> Vec<Books> {
    services::companies::name_group(db, "Harbour Property Group").await.expect("the group is named");
    stream::iter(0..companies).map(|n| company(db, n)).buffer_unordered(AT_ONCE).collect().await
}

/// The one place that decides where a company keeps its books.
async fn company(db: &Db, n: usize) -> Books {
    Books::open_named(db, &format!("Company {n}"), &documents(n)).await
}

/// Different amounts in different companies, so that nothing of one passes for another's.
fn documents(n: usize) -> String {
    let amount = |more: usize| format!("{}.{:02}", 10 + more, n % 100);
    line("Customer 1", "1001", 1, 10, &amount(1), "200")
        + &line("Customer 2", "1002", 2, 3, &amount(2), "200")
        + &line("Customer 2", "1003", 3, 1, &amount(3), "200")
        + &line("Customer 1", "C1004", 4, -1, &amount(1), "200")
}
