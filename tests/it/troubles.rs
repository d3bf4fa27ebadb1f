//! What a machine can do to a server: a full disk, a database that can only be read or that another program holds, a clock
//! that jumps, and too little memory. Each is said on the page and in the log, spoils nothing, and is over when it is over.

use crate::harness::{
    books::{Books, HEADER, line},
    databases,
    process::{Answer, Server, Tieout},
};
use std::{
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tieout::{
    domain::{schedule::Schedule, status::SyncStatus},
    server::{
        connectors::practice::panel,
        db::{Db, backup, now_ms, query::sql, status},
        services,
        vault::Vault,
    },
};

const FORM: &str = "application/x-www-form-urlencoded";

fn add_company(server: &Server, name: &str) -> Answer {
    add_company_for(server, name, "application/json")
}

/// As a script sends it, or a form without one.
fn add_company_for(server: &Server, name: &str, accept: &str) -> Answer {
    let fields = [("name", name), ("currency", "GBP"), ("time_zone", "Europe/London"), ("code", "")];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    server.ask("POST", "/api/add-company", &[("content-type", FORM), ("accept", accept)], body.as_bytes())
}

fn upload(server: &Server, csv: &str) -> Answer {
    let part = "content-disposition: form-data; name=\"file\"; filename=\"sales.csv\"";
    let body = format!("--x\r\n{part}\r\n\r\n{HEADER}{csv}\r\n--x--\r\n");
    server.ask("POST", "/companies/AQE/import", &[("content-type", "multipart/form-data; boundary=x")], body.as_bytes())
}

/// The trouble is told in words, as what is wrong with the server and not with the request.
fn tells(answer: &Answer, words: &str) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(answer.text().contains(words), "{}", answer.text());
}

async fn is_whole(db: &Db) {
    assert_eq!(backup::broken_pages(db).await.unwrap(), Vec::<String>::new());
    assert_eq!(status::check(db).await.unwrap(), Vec::<String>::new());
}

/// A disk of a few megabytes, in memory. Only root may mount one; CI is.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn new(megabytes: u32) -> Option<SmallDisk> {
        let disk = SmallDisk(tempfile::tempdir().unwrap());
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(disk.path()).output().unwrap();
        if mounted.status.success() {
            return Some(disk);
        }
        let reason = String::from_utf8_lossy(&mounted.stderr).into_owned();
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs to mount a disk: {reason}");
        eprintln!("left out: no disk can be mounted: {reason}");
        std::mem::forget(disk);
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn remount(&self, how: &str) {
        let options = format!("remount,{how}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.path()).status().unwrap().success());
    }

    /// Takes all room but so many bytes.
    fn fill_up_to(&self, left: u64) -> PathBuf {
        let filler = self.path().join("filler");
        let output = Command::new("df").args(["--output=avail", "-B1"]).arg(self.path()).output().unwrap();
        let room: u64 = String::from_utf8_lossy(&output.stdout).split_whitespace().last().unwrap().parse().unwrap();
        std::fs::write(&filler, vec![b'x'; (room - left) as usize]).unwrap();
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// The database of a data directory, while nobody serves it.
fn look_into<T>(dir: &Path, look: impl AsyncFnOnce(Db) -> T) -> T {
    runtime().block_on(async {
        let url = format!("sqlite:{}", dir.join("tieout.sqlite").display());
        let db = Db::open(&url, Vault::of_file(dir.join("secret.key")).unwrap()).await.unwrap();
        let found = look(db.clone()).await;
        db.close().await;
        found
    })
}

#[test]
fn a_full_disk_is_said_and_over_when_there_is_room_again() {
    let Some(disk) = SmallDisk::new(12) else { return };
    let data = disk.path().join("data");
    let tieout = Tieout { data_dir: &data, url: None };
    let server = tieout.serve_logged(&[]);
    assert_eq!(add_company(&server, "Albion Quay Estates").status, 200);
    let filler = disk.fill_up_to(64 * 1024);
    let began = Instant::now();
    let mut n = 0;
    // Until what is left is used up.
    let refused = loop {
        assert!(began.elapsed() < Duration::from_secs(60), "it is never full");
        n += 1;
        let answer = add_company(&server, &format!("Company {n}"));
        if answer.status != 200 {
            break answer;
        }
    };
    tells(&refused, "The disk of the database is full");
    assert!(server.log().contains("full"), "{}", server.log());
    // What only looks needs no room.
    let page = server.get("/overview", &[("accept", "text/html")]);
    assert_eq!((page.status, page.text().contains("Albion Quay Estates")), (200, true));

    std::fs::remove_file(filler).unwrap();
    let stored = n - 1;
    assert_eq!(add_company(&server, "Bramley Court").status, 200, "without a restart: {}", server.log());
    assert_eq!(server.terminate().1, Some(0));
    look_into(&data, async |db| {
        is_whole(&db).await;
        let (companies,): (i64,) = sql("SELECT count(*) FROM companies").one(&db).await.unwrap();
        assert_eq!(companies, stored + 2, "what was answered for, and nothing of what was refused");
    });
}

#[test]
fn a_database_that_can_only_be_read_is_named_at_the_start() {
    let Some(disk) = SmallDisk::new(12) else { return };
    let data = disk.path().join("data");
    let tieout = Tieout { data_dir: &data, url: None };
    assert_eq!(tieout.run(&["company", "add", "Albion Quay Estates"]).code, 0);
    disk.remount("ro");
    let told = tieout.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(told.code != 0 && told.stderr.contains("tieout.sqlite") && told.stderr.contains("read-only"), "{told:?}");
    disk.remount("rw");
    let server = tieout.serve();
    assert!(server.get("/overview", &[("accept", "text/html")]).text().contains("Albion Quay Estates"));
    assert_eq!(server.terminate().1, Some(0));
    look_into(&data, async |db| is_whole(&db).await);
}

#[test]
fn a_database_that_another_program_holds_is_said_and_waited_for() {
    let runtime = runtime();
    let database = runtime.block_on(databases()).into_iter().next().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let books = runtime.block_on(Books::open(&database.db, &line("Quay Ltd", "1001", 1, 1, "10.00", "200")));
    runtime.block_on(panel::set_delay(&database.db, &books.ledger, 200)).unwrap();
    let server = Tieout { data_dir: dir.path(), url: Some(&database.url) }.serve_logged(&[]);
    let _ = server.cookie();
    // In the middle of a sync.
    let began = Instant::now();
    let running = "SELECT count(*) FROM runs WHERE state = 'running'";
    while runtime.block_on(sql(running).one::<(i64,)>(&database.db)).unwrap().0 == 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing syncs");
        thread::sleep(Duration::from_millis(5));
    }
    // What is dropped in the end, whether the test passes or not, needs the runtime.
    let _entered = runtime.enter();
    let held = runtime.block_on(database.db.begin()).unwrap();
    let page = server.get("/overview", &[("accept", "text/html")]);
    assert_eq!((page.status, page.text().contains("Albion Quay Estates")), (200, true), "reading goes on");
    tells(&add_company(&server, "Bramley Court"), "Another program holds the database");
    let form = add_company_for(&server, "Bramley Court", "text/html");
    tells(&form, "<h1>Another program holds the database</h1><p>Nothing that was kept is lost. Go back");
    assert!(server.log().contains("locked"), "{}", server.log());
    drop(held);
    assert_eq!(add_company(&server, "Castle Street").status, 200, "without a restart");
    runtime.block_on(async {
        panel::set_delay(&database.db, &books.ledger, 0).await.unwrap();
        let began = Instant::now();
        while books.stored().await.status() != SyncStatus::Synced {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?}", books.stored().await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        is_whole(&database.db).await;
        books.assert_in_balance(1, 0).await;
    });
}

/// The library that shows a process another time of day than there is; its steady clock stays as it is.
fn time_library() -> Option<PathBuf> {
    let found = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path().join("faketime/libfaketime.so.1"));
    let library = found.into_iter().find(|path| path.exists());
    if library.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI needs the package faketime");
        eprintln!("left out: the package faketime is not installed");
    }
    library
}

#[test]
fn a_clock_that_jumps_an_hour_takes_no_run_away_and_starts_nothing_twice() {
    let Some(library) = time_library() else { return };
    let runtime = runtime();
    for database in runtime.block_on(databases()) {
        let (db, dir) = (&database.db, tempfile::tempdir().unwrap());
        let csv: String = (0..120).map(|n| line("Quay Ltd", &format!("{}", 2000 + n), 1, 1, "10.00", "200")).collect();
        let books = runtime.block_on(Books::open(db, &csv));
        runtime.block_on(panel::set_delay(db, &books.ledger, 150)).unwrap();
        let clock = dir.path().join("clock");
        let set = |offset: &str| {
            // Whole or not at all: it is read at any moment.
            std::fs::write(dir.path().join("clock.new"), offset).unwrap();
            std::fs::rename(dir.path().join("clock.new"), &clock).unwrap();
        };
        set("+0");
        let (library, clock) = (library.display().to_string(), clock.display().to_string());
        let settings = [
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME_TIMESTAMP_FILE", clock.as_str()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        let server = Tieout { data_dir: dir.path(), url: Some(&database.url) }.serve_logged(&settings);
        let cookie = server.cookie().to_owned();
        let number = |text: &'static str| runtime.block_on(sql(text).one::<(i64,)>(db)).unwrap().0;
        let until = |text: &'static str, n: i64| {
            let began = Instant::now();
            while number(text) != n {
                assert!(began.elapsed() < Duration::from_secs(60), "on {}: {text}\n{}", database.kind, server.log());
                thread::sleep(Duration::from_millis(10));
            }
        };
        until("SELECT count(*) FROM runs WHERE state = 'running' AND sent > 0", 1);
        for offset in ["+1h", "+0", "-1h"] {
            set(offset);
            // Longer than others need to take a dead worker's runs by anybody's clock, were clocks believed.
            thread::sleep(Duration::from_secs(6));
            assert_eq!(number("SELECT count(*) FROM runs WHERE attempt > 1"), 0, "{offset} on {}", database.kind);
            assert_eq!(server.get("/overview", &[("cookie", &cookie)]).status, 200, "{offset}: still signed in");
        }
        runtime.block_on(panel::set_delay(db, &books.ledger, 0)).unwrap();
        until("SELECT count(*) FROM companies WHERE status = 'synced'", 1);

        // Due within the hour that is jumped over: it starts once, and not again when the clock is back.
        runtime.block_on(services::connections::set_schedule(db, &books.company.id, Schedule::Nightly)).unwrap();
        set("+0");
        let due = now_ms() + 30 * 60_000;
        runtime.block_on(sql("UPDATE connections SET next_sync_at = $1").bind(due).execute(db)).unwrap();
        set("+1h");
        until("SELECT count(*) FROM runs WHERE kind = 'scheduled' AND state = 'completed'", 1);
        set("-1h");
        thread::sleep(Duration::from_secs(6));
        assert_eq!(number("SELECT count(*) FROM runs WHERE kind = 'scheduled'"), 1, "on {}", database.kind);
        set("+0");
        assert_eq!(server.terminate().1, Some(0));
        runtime.block_on(async {
            assert_eq!(books.status().await, SyncStatus::Synced);
            books.assert_in_balance(120, 0).await;
        });
    }
}

#[test]
fn too_little_memory_ends_the_process_at_most_and_spoils_nothing() {
    let runtime = runtime();
    let database = runtime.block_on(databases()).into_iter().next().unwrap();
    let (db, dir) = (&database.db, tempfile::tempdir().unwrap());
    let books = runtime.block_on(async {
        let books = Books::open(db, &line("Quay Ltd", "1001", 1, 1, "10.00", "200")).await;
        books.work().await;
        books
    });
    let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
    // Small stacks, for the room below would be gone with the next thread.
    let mut server = tieout.serve_logged(&[("RUST_MIN_STACK", "2097152")]);
    let _ = server.cookie();
    let limit = |server: &Server, bytes: u64| {
        let set = Command::new("prlimit").args([format!("--pid={}", server.id()), format!("--data={bytes}")]).status().unwrap();
        assert!(set.success());
    };
    let used = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let used = used.lines().find_map(|line| line.strip_prefix("VmData:")).unwrap().trim().split(' ').next().unwrap().to_owned();
    // Room for pages, not for a file of twenty megabytes.
    limit(&server, used.parse::<u64>().unwrap() * 1024 + 16 * 1024 * 1024);
    assert_eq!(server.get("/overview", &[]).status, 200);
    let large: String = (0..220_000).map(|n| line("Quay Ltd", &format!("{}", 5000 + n), 1, 1, "10.00", "200")).collect();
    let address = server.address.clone();
    let cookie = server.cookie().to_owned();
    let part = "content-disposition: form-data; name=\"file\"; filename=\"sales.csv\"";
    let body = format!("--x\r\n{part}\r\n\r\n{HEADER}{large}\r\n--x--\r\n");
    let headers = [("content-type", "multipart/form-data; boundary=x"), ("cookie", cookie.as_str())];
    let sent = crate::harness::process::exchange(&address, "POST", "/companies/AQE/import", &headers, body.as_bytes());
    let began = Instant::now();
    while server.is_running() && began.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(50));
    }
    assert!(!server.is_running(), "it had more memory than it was allowed: {sent:?}");

    // Whatever looks after services starts it again.
    let server = tieout.serve();
    let stores = upload(&server, &line("Quay Ltd", "1002", 1, 1, "10.00", "200"));
    assert_eq!(stores.status, 303, "{}", stores.text());
    runtime.block_on(async {
        let began = Instant::now();
        let ended = "SELECT count(*) FROM imports WHERE state = 'running'";
        while books.number(ended).await > 0 {
            assert!(began.elapsed() < Duration::from_secs(30), "an import whose process is gone is over");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        is_whole(db).await;
        assert_eq!(books.number("SELECT count(*) FROM documents WHERE number = '1002'").await, 1);
        assert_eq!(books.sync().await, SyncStatus::Synced);
    });
}
