//! What Tieout takes, measured: time, memory and bytes, in one table. Run by `make bench`; figures are of the machine
//! it runs on. Numbers as arguments choose other sizes of group than 1,000, 10,000 and 100,000 companies; `limits` measures nothing
//! but how Xero's limits are used, which takes ten minutes.

mod books;
mod group;
#[expect(dead_code, unused_imports, reason = "the integration tests use the rest of it")]
#[path = "../../tests/it/harness/mod.rs"]
mod harness;
mod limits;
mod log;
mod servers;
mod serving;
mod store;
mod table;

use harness::process;
use table::Table;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const FEW_MESSAGES: u64 = 10_000;
/// Takes some minutes to write and about 6 GB of disk while it is measured.
const MANY_MESSAGES: u64 = 10_000_000;

fn main() {
    // Of those that are measured, some are this program again.
    harness::xero::server::serve_if_asked();
    if limits::serve_if_asked() {
        return;
    }
    if std::env::args().any(|argument| argument == "limits") {
        let mut table = Table::default();
        limits::measure(&mut table);
        return table.print();
    }
    // cargo adds an option of its own.
    let asked: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    let mut table = Table::default();
    books::measure(&mut table);
    servers::measure(&mut table);
    limits::measure(&mut table);
    for size in sizes {
        eprintln!("making a group of {size} companies …");
        let group = group::make(size);
        store::measure(&group, &mut table);
        serving::measure(&group, &mut table);
    }
    log::measure(FEW_MESSAGES, MANY_MESSAGES, &mut table);
    table.print();
}
