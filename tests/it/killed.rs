//! The server process killed at any moment, over and over, while people import, onboard, edit and sync: the file of the
//! database stays whole, what was answered for is kept, what was not is there entirely or not at all, work goes on at once
//! after the start, and in the end the ledger holds each document once.

use crate::harness::{
    TestDatabase,
    books::{Books, HEADER, line},
    chance::{Chance, given, seed},
    databases,
    process::{Server, Tieout, exchange},
};
use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};
use tieout::{
    domain::status::SyncStatus,
    server::{
        connectors::practice::panel,
        db::{backup, query::sql, status},
    },
};

/// Installations that are killed side by side: most of the time each waits.
const LANES: u64 = 4;
/// Kills of all of them together.
const KILLS: u64 = 300;
/// Documents of one file.
const FILE: u64 = 12;
const CUSTOMERS: u64 = 3;

/// What one installation has been told and has answered for.
struct Lane {
    database: TestDatabase,
    dir: tempfile::TempDir,
    chance: Chance,
    runtime: tokio::runtime::Runtime,
    books: Books,
    cookie: String,
    /// Files sent so far; the numbers in them follow each other.
    files: u64,
    /// The e-mail address each customer has, or, where no answer came, may have.
    emails: BTreeMap<String, Vec<String>>,
    /// How long an answer takes here, about.
    usual: Duration,
    /// The longest until a run went on after a start.
    slowest: Duration,
    answered: u64,
}

fn file(n: u64) -> String {
    let rows = (0..FILE).map(|row| {
        let number = 10_000 + n * FILE + row;
        line(&format!("Customer {}", number % CUSTOMERS), &number.to_string(), 1 + (number % 28) as u32, 2, "12.34", "200")
    });
    rows.collect()
}

#[test]
fn nothing_is_lost_and_nothing_sent_twice_however_often_the_server_is_killed() {
    let (seed, kills) = (seed(), given("TIEOUT_TEST_KILLS").unwrap_or(KILLS));
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|lane| {
                scope.spawn(move || {
                    eprintln!("TIEOUT_TEST_SEED={seed} (lane {lane})");
                    let mut lane = Lane::new(seed.wrapping_add(lane));
                    for _ in 0..kills.div_ceil(LANES) {
                        lane.round();
                    }
                    lane.end();
                    (lane.answered, lane.slowest)
                })
            })
            .collect();
        for lane in lanes {
            let (answered, slowest) = lane.join().unwrap_or_else(|_| panic!("TIEOUT_TEST_SEED={seed}"));
            // Killed always before an answer, it would have tried nothing.
            assert!(answered > kills / LANES / 10, "{answered} answers, TIEOUT_TEST_SEED={seed}");
            eprintln!("{answered} answers; went on within {slowest:?}");
        }
    });
}

impl Lane {
    fn new(seed: u64) -> Lane {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let database = runtime.block_on(databases()).into_iter().next().expect("SQLite");
        let books = runtime.block_on(async {
            let books = Books::open(&database.db, &file(0)).await;
            books.work().await;
            // Long enough that a kill finds requests under way.
            panel::set_delay(&database.db, &books.ledger, 8).await.unwrap();
            books
        });
        let dir = tempfile::tempdir().unwrap();
        let cookie = {
            let server = Tieout { data_dir: dir.path(), url: Some(&database.url) }.serve();
            server.cookie().to_owned()
        };
        let emails = (0..CUSTOMERS).map(|n| (format!("Customer {n}"), vec![String::new()])).collect();
        let chance = Chance::of(seed);
        let (usual, slowest) = (Duration::from_millis(20), Duration::ZERO);
        Lane { database, dir, chance, runtime, books, cookie, files: 1, emails, usual, slowest, answered: 0 }
    }

    fn serve(&self) -> Server {
        Tieout { data_dir: self.dir.path(), url: Some(&self.database.url) }.serve()
    }

    /// Somebody does something, and the server is killed meanwhile or soon after.
    fn round(&mut self) {
        let killed: Vec<(String,)> = self.runtime.block_on(sql("SELECT id FROM workers").all(&self.database.db)).unwrap();
        let mut server = self.serve();
        self.goes_on(&killed.into_iter().map(|(id,)| id).collect::<Vec<_>>());
        let (act, path, kind, body) = self.act();
        // Before the answer, about with it, or in the middle of what it set off.
        let longest = self.usual * *self.chance.one(&[1, 2, 8]);
        let moment = Duration::from_micros(self.chance.below(longest.as_micros() as u64));
        let began = Instant::now();
        let headers = [("cookie", self.cookie.as_str()), ("content-type", kind), ("accept", "application/json")];
        let address = server.address.clone();
        let answer = thread::scope(|scope| {
            let asking =
                scope.spawn(|| Some((exchange(&address, "POST", &path, &headers, body.as_bytes()).ok()?, began.elapsed())));
            thread::sleep(moment);
            server.kill();
            asking.join().unwrap()
        });
        if let Some((answer, took)) = &answer {
            let done = (200..400).contains(&answer.status);
            // The disk is written to by one after the other; who waits too long is told so.
            assert!(done, "{act:?}: {} {}", answer.status, answer.text());
            self.answered += 1;
            self.usual = (self.usual * 3 + *took) / 4;
        }
        self.runtime.block_on(self.is_whole());
        self.kept(act, answer.is_some());
    }

    fn act(&mut self) -> (Act, String, &'static str, String) {
        const FORM: &str = "application/x-www-form-urlencoded";
        let form = |fields: &[(&str, &str)]| form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        match self.chance.below(8) {
            0 | 1 => {
                let n = self.files;
                self.files += 1;
                let part = "content-disposition: form-data; name=\"file\"; filename=\"sales.csv\"";
                let body = format!("--x\r\n{part}\r\n\r\n{HEADER}{}\r\n--x--\r\n", file(n));
                (Act::Import, "/companies/AQE/import".into(), "multipart/form-data; boundary=x", body)
            }
            2 => {
                let name = format!("Harbour {}", self.files);
                self.files += 1;
                let onboarding = async {
                    let books = Books::connect_named(&self.database.db, &name, &file(0), None).await;
                    books.company.code.clone()
                };
                let code = self.runtime.block_on(onboarding);
                let body = form(&[("code", &code)]);
                (Act::Onboard(code), "/api/confirm-onboarding".into(), FORM, body)
            }
            3 => (Act::Sync, "/api/start-sync".into(), FORM, form(&[("codes[0]", "AQE")])),
            _ => {
                let name = format!("Customer {}", self.chance.below(CUSTOMERS));
                let email = format!("{}@example.com", self.chance.next());
                let row = sql("SELECT id, version FROM contacts WHERE name = $1 AND company_id = $2")
                    .bind(&name)
                    .bind(&self.books.company.id)
                    .one::<(String, i64)>(&self.database.db);
                let (id, version) = self.runtime.block_on(row).unwrap();
                let fields =
                    [("code", "AQE"), ("id", &id), ("version", &version.to_string()), ("name", &name), ("email", &email)];
                let body = form(&fields);
                (Act::Edit(name, email), "/api/edit-contact".into(), FORM, body)
            }
        }
    }

    /// Nothing of the file is broken, and what was stored fits together.
    async fn is_whole(&self) {
        let db = &self.database.db;
        assert_eq!(backup::broken_pages(db).await.unwrap(), Vec::<String>::new());
        let strays: Vec<(String,)> = sql("SELECT \"table\" FROM pragma_foreign_key_check").all(db).await.unwrap();
        assert_eq!(strays, []);
        assert_eq!(status::check(db).await.unwrap(), Vec::<String>::new());
        let halves = "SELECT count(*) FROM documents d WHERE d.gross <>
            (SELECT COALESCE(SUM(l.net + l.tax), 0) FROM document_lines l WHERE l.document_id = d.id)";
        assert_eq!(sql(halves).one::<(i64,)>(db).await.unwrap().0, 0, "whole documents or none");
        let twice = "SELECT count(*) - count(DISTINCT ledger_id || number) FROM practice_documents";
        assert_eq!(sql(twice).one::<(i64,)>(db).await.unwrap().0, 0, "nothing is there twice");
    }

    /// What was answered for is stored; what was not is as it was or as it was to be.
    fn kept(&mut self, act: Act, is_answered: bool) {
        let db = &self.database.db;
        let count = |text: &'static str, value: &str| self.runtime.block_on(sql(text).bind(value).one::<(i64,)>(db)).unwrap().0;
        match act {
            Act::Import => {
                let imports =
                    count("SELECT count(*) FROM imports WHERE state <> 'refused' AND company_id = $1", &self.books.company.id);
                assert!(imports > 0 || !is_answered, "an import that was taken is shown");
                let files: Vec<(i64,)> = self
                    .runtime
                    .block_on(
                        sql("SELECT count(*) FROM documents WHERE company_id = $1 GROUP BY (CAST(number AS INTEGER) - 10000) / $2")
                            .bind(&self.books.company.id)
                            .bind(FILE as i64)
                            .all(db),
                    )
                    .unwrap();
                assert!(files.iter().all(|(n,)| *n == FILE as i64), "a file of one batch is there or it is not: {files:?}");
            }
            Act::Onboard(code) => {
                let confirmed =
                    count("SELECT count(*) FROM companies WHERE code = $1 AND status <> 'incomplete-onboarding'", &code);
                assert!(confirmed == 1 || !is_answered, "{code} was confirmed");
            }
            Act::Sync => {
                let runs = count("SELECT count(*) FROM runs WHERE company_id = $1 AND kind <> 'initial'", &self.books.company.id);
                assert!(runs > 0 || !is_answered, "a sync that was asked for is there");
            }
            Act::Edit(name, email) => {
                let stored = sql("SELECT email FROM contacts WHERE name = $1 AND company_id = $2")
                    .bind(&name)
                    .bind(&self.books.company.id)
                    .one::<(String,)>(db);
                let (stored,) = self.runtime.block_on(stored).unwrap();
                let may_be = self.emails.get_mut(&name).expect("a customer");
                match is_answered {
                    true => *may_be = vec![email],
                    false => may_be.push(email),
                }
                assert!(may_be.contains(&stored), "{name} has {stored}, and not one of {may_be:?}");
                *may_be = vec![stored];
            }
        }
    }

    /// What the killed server held is taken from it, and on its way again.
    fn goes_on(&mut self, killed: &[String]) {
        let db = &self.database.db;
        let began = Instant::now();
        let left = "SELECT count(*) FROM runs WHERE state = 'running' AND lease_owner = $1";
        let is_left = |worker: &String| self.runtime.block_on(sql(left).bind(worker).one::<(i64,)>(db)).unwrap().0 > 0;
        while killed.iter().any(is_left) {
            assert!(began.elapsed() < Duration::from_secs(5), "nobody takes up what the killed server held");
            thread::sleep(Duration::from_millis(5));
        }
        self.slowest = self.slowest.max(began.elapsed());
    }

    /// Everything that may not have arrived is sent again, and then both sides agree.
    fn end(&mut self) {
        let db = &self.database.db;
        self.runtime.block_on(async {
            panel::set_delay(db, &self.books.ledger, 0).await.unwrap();
            for n in 0..self.files {
                self.books.import(&file(n)).await;
            }
        });
        let tieout = Tieout { data_dir: self.dir.path(), url: Some(&self.database.url) };
        let synced = tieout.run(&["sync", "--all", "--wait"]);
        let unfinished = "SELECT count(*) FROM companies WHERE status NOT IN ('synced', 'incomplete-onboarding')";
        self.runtime.block_on(async {
            assert_eq!(sql(unfinished).one::<(i64,)>(db).await.unwrap().0, 0, "{synced:?}");
            self.is_whole().await;
            assert_eq!(self.books.status().await, SyncStatus::Synced);
            self.books.assert_in_balance((self.files * FILE) as i64, 0).await;
            let unsettled = self.books.number("SELECT count(*) FROM links WHERE intent_key IS NOT NULL").await;
            assert_eq!(unsettled, 0);
        });
        assert_eq!(tieout.run(&["check"]).code, 0);
    }
}

#[derive(Debug)]
enum Act {
    Import,
    /// The company's code.
    Onboard(String),
    Sync,
    /// A contact's name and its new e-mail address.
    Edit(String, String),
}
