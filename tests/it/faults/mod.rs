//! The promises of the engine, tried by everything going wrong at once: companies and documents at random, changes and money
//! on both sides, records left out of syncs, an accounting side and a network that fail in every way they can, and workers
//! killed in the middle. Afterwards the faults end and syncs run until all is quiet; then both sides must hold the same, each
//! document once, and nothing that anybody was told is kept may be missing. One seed decides all of it and replays it.

mod ending;
mod proof;
mod steps;

pub use proof::headers;

use crate::harness::{
    TestDatabase,
    books::{Books, line},
    chance::{Chance, given},
    databases, drop_database,
    process::{Server, Tieout},
    xero::{self, Peer, Setup, faults::Faults},
};
use std::{
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};
use tieout::server::{
    db::Db,
    services::{self, companies::Wanted, onboarding},
};

/// Seeds of one run of the tests.
const SEEDS: u64 = 200;
/// Seeds that are tried at once: most of their time they wait.
const AT_ONCE: u64 = 8;

/// What one seed has to do with.
struct World {
    chance: Chance,
    db: Db,
    url: String,
    dir: tempfile::TempDir,
    /// Shared by all: a connection of the HTTP client lives as long as the runtime in which it was made.
    runtime: &'static tokio::runtime::Runtime,
    companies: Vec<Pair>,
    /// Works the queue until it is killed.
    server: Option<Server>,
    /// Goes with the world.
    _database: TestDatabase,
}

/// A company here, and its organisation there.
pub struct Pair {
    pub books: Books,
    pub there: xero::Organisation,
    /// What people were told is kept: number and gross in minor units of each document that was stored.
    pub stored: Vec<(String, i64)>,
    /// The same of references that were edited.
    edited: Vec<(String, String)>,
    /// Payments made here, by their ids.
    paid: Vec<String>,
    /// What was last said of a document: whether it takes part in syncs.
    linked: BTreeMap<String, bool>,
    /// Numbers given out so far.
    numbers: u64,
}

#[test]
fn whatever_goes_wrong_both_sides_hold_the_same_in_the_end() {
    let (first, seeds) = match given("TIEOUT_TEST_SEED") {
        Some(seed) => (seed, 1),
        None => (given("TIEOUT_TEST_FIRST").unwrap_or(1), given("TIEOUT_TEST_SEEDS").unwrap_or(SEEDS)),
    };
    let (next, faults) = (AtomicU64::new(first), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(seeds) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        return;
                    }
                    let tried = std::panic::catch_unwind(|| World::new(seed).live());
                    let met = tried.unwrap_or_else(|_| {
                        next.store(first + seeds, Ordering::Relaxed);
                        panic!("to replay: TIEOUT_TEST_SEED={seed}")
                    });
                    faults.fetch_add(met, Ordering::Relaxed);
                }
            });
        }
    });
    // A run that met nothing would have proven nothing.
    let faults = faults.into_inner();
    assert!(faults >= seeds, "{faults} faults in {seeds} seeds");
    eprintln!("{seeds} seeds, {faults} faults");
}

impl World {
    fn new(seed: u64) -> World {
        eprintln!("TIEOUT_TEST_SEED={seed}");
        static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
        let runtime = RUNTIME.get_or_init(|| tokio::runtime::Runtime::new().unwrap());
        let mut chance = Chance::of(seed);
        let mut both = runtime.block_on(databases());
        // Every fourth on Postgres, where there is one.
        let database = both.swap_remove(if seed.is_multiple_of(4) { both.len() - 1 } else { 0 });
        for other in both {
            runtime.block_on(async {
                other.db.close().await;
                if other.kind == "Postgres" {
                    drop_database(&other.url).await;
                }
            });
        }
        let dir = tempfile::tempdir().unwrap();
        let (db, url) = (database.db.clone(), database.url.clone());
        let companies = (0..1 + chance.below(2)).map(|n| runtime.block_on(Pair::new(&db, n, &mut chance))).collect();
        World { chance, db, url, dir, runtime, companies, server: None, _database: database }
    }

    /// All of it; answers how many requests went wrong.
    fn live(mut self) -> u64 {
        for pair in &self.companies {
            let rate = 2 + self.chance.below(40) as u16;
            pair.there.set_faults(Faults::all(self.chance.next(), rate));
            if self.chance.per_mille(200) {
                // Nobody's clock is right.
                pair.there.set_skew(self.chance.below(7_200_000) as i64 - 3_600_000);
            }
        }
        self.serve();
        for _ in 0..20 + self.chance.below(30) {
            self.step();
        }
        let met = self.companies.iter().map(|pair| pair.there.counts().faulty).sum();
        self.end();
        self.prove();
        self.leave();
        met
    }

    fn serve(&mut self) {
        if self.server.is_none() {
            self.server = Some(Tieout { data_dir: self.dir.path(), url: Some(&self.url) }.serve_with(&["--concurrency", "2"]));
        }
    }

    fn leave(mut self) {
        self.server = None;
        self.runtime.block_on(async {
            self.db.close().await;
            if self.url.starts_with("postgres") {
                drop_database(&self.url).await;
            }
        });
    }
}

impl Pair {
    /// A company with a few documents, onboarded with an organisation of its own; its initial sync waits.
    async fn new(db: &Db, n: u64, chance: &mut Chance) -> Pair {
        let name = format!("Company {n}");
        let there = Peer::shared().organisation(&Setup::named(&name));
        let wanted = Wanted { name, code: String::new(), currency: "GBP".into(), time_zone: "Europe/London".into() };
        let company = services::companies::add(db, &wanted).await.unwrap();
        let books = Books { db: db.clone(), company, ledger: there.tenant_id.clone() };
        let mut pair = Pair::of(books, there);
        pair.import_new(1 + chance.below(30), chance).await;
        let company = &pair.books.company;
        xero::connect(db, company, &pair.there).await;
        onboarding::confirm(db, &company.id, true, &[], "test").await.unwrap();
        pair
    }

    /// Both before anybody was told anything.
    pub fn of(books: Books, there: xero::Organisation) -> Pair {
        Pair { books, there, stored: Vec::new(), edited: Vec::new(), paid: Vec::new(), linked: BTreeMap::new(), numbers: 0 }
    }

    /// Stores documents with numbers nobody has used.
    async fn import_new(&mut self, n: u64, chance: &mut Chance) {
        let mut csv = String::new();
        for _ in 0..n {
            self.numbers += 1;
            let number = if chance.per_mille(150) { format!("C{}", self.numbers) } else { format!("I{}", self.numbers) };
            csv += &self.row(&number, chance);
        }
        self.books.import(&csv).await;
    }

    /// One row of a file, noted as stored.
    fn row(&mut self, number: &str, chance: &mut Chance) -> String {
        let sign = if number.starts_with('C') { -1 } else { 1 };
        let quantity = sign * (1 + chance.below(9) as i32);
        let pence = 1 + chance.below(99_999) as i64;
        let net = i64::from(quantity) * pence;
        // 20 %, half a penny away from nothing.
        let tax = (net.abs() * 20 + 50) / 100 * net.signum();
        self.stored.push((number.to_owned(), net + tax));
        let contact = format!("Customer {}", chance.below(5));
        let amount = format!("{}.{:02}", pence / 100, pence % 100);
        let account = if chance.per_mille(500) { "200" } else { "260" };
        line(&contact, number, 1 + chance.below(28) as u32, quantity, &amount, account)
    }
}
