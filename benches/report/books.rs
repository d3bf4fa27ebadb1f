//! Import and sync, through the command line, as people run them: the real sales files where they are at hand, else
//! books made for this.

use crate::{
    process::Tieout,
    serving::peak_memory,
    table::{Table, grouped},
};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

const HEADER: &str =
    "*ContactName,POCountry,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType\n";

pub fn measure(table: &mut Table) {
    let dir = tempfile::tempdir().expect("a directory");
    let (files, whose) = files(dir.path());
    let data = dir.path().join("data");
    let tieout = Tieout { data_dir: &data, url: None };
    let (mut rows, mut took, mut slowest, mut most) = (0, Duration::ZERO, Duration::ZERO, 0);
    for (place, file) in files.iter().enumerate() {
        let code = format!("B{place}");
        assert_eq!(tieout.run(&["company", "add", &format!("Books {place}"), "--code", &code]).code, 0);
        let (time, peak) = timed(&tieout, &["import", "sales", "--company", &code, &file.display().to_string()]);
        rows += fs::read_to_string(file).expect("a file").lines().count() as u64 - 1;
        took += time;
        slowest = slowest.max(time);
        most = most.max(peak);
    }
    table.add(
        format!("import, {whose}"),
        format!("{:.0} rows/s", rows as f64 / took.as_secs_f64()),
        format!("{} files, {} rows", files.len(), grouped(rows)),
    );
    table.add("slowest file", format!("{:.2} s", slowest.as_secs_f64()), "under 5 s");
    table.add("peak memory of an import", format!("{} kB", grouped(most)), "under 200,000 kB");

    for place in 0..files.len() {
        let connected = tieout.run(&["connect", "--company", &format!("B{place}"), "--provider", "practice", "--accept-matches"]);
        assert_eq!(connected.code, 0, "{connected:?}");
    }
    let (time, _) = timed(&tieout, &["sync", "--all", "--wait"]);
    let status = tieout.run(&["status", "--json"]).json();
    assert_eq!(status["counts"]["synced"], files.len(), "all are synced: {status}");
    let mut records = 0;
    for place in 0..files.len() {
        let totals = tieout.run(&["tie-out", "--company", &format!("B{place}"), "--json"]).json();
        let count = |entity: &str| totals[entity]["external"]["count"].as_u64().unwrap_or(0);
        records += count("invoices") + count("credit_notes");
    }
    table.add(
        "sync to practice ledgers, with tie-out",
        format!("{:.0} documents/s", records as f64 / time.as_secs_f64()),
        format!("{} documents of {} companies at once", grouped(records), files.len()),
    );
}

/// Runs a command to its end; answers how long it took and its peak memory in kB, as last seen.
fn timed(tieout: &Tieout, arguments: &[&str]) -> (Duration, u64) {
    let began = Instant::now();
    let mut child = tieout.command().args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("it starts");
    let mut peak = 0;
    loop {
        peak = peak.max(peak_memory(child.id()));
        if let Some(ended) = child.try_wait().expect("it ends") {
            // 3: some rows were refused, as they should be.
            assert!(matches!(ended.code(), Some(0 | 3)), "{arguments:?} ended with {ended}");
            return (began.elapsed(), peak);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn files(dir: &Path) -> (Vec<PathBuf>, &'static str) {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("TIEOUT_SHARED").map_or(beside, Into::into);
    if let Ok(folder) = fs::read_dir(shared.join("data/sales")) {
        let mut files: Vec<_> =
            folder.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "csv")).collect();
        files.sort();
        return (files, "real sales files");
    }
    let made = (0..5).map(|book| made_file(dir, book)).collect();
    (made, "made sales files (TIEOUT_SHARED names the folder of the real ones)")
}

/// 200 documents of 20 lines.
fn made_file(dir: &Path, book: usize) -> PathBuf {
    let mut text = HEADER.to_owned();
    for row in 0..4_000 {
        let (document, line) = (row / 20, row % 20);
        let _ = writeln!(
            text,
            "Customer {},United Kingdom,{},01/12/2025,31/12/2025,Item {line},{},9.99,200,20% (VAT on Income)",
            document % 60,
            1_000 + document,
            1 + line
        );
    }
    let file = dir.join(format!("made-{book}.csv"));
    fs::write(&file, text).expect("a file");
    file
}
