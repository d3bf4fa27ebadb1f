//! A group of many companies in all seven statuses, made through the store's own functions, so that every status
//! and every count comes about as it does in use; `status::check` proves it before anything is measured.

use tempfile::TempDir;
use tieout::{
    domain::{
        connection::Access,
        message::{Direction, Entity, ProblemKind},
        provider::Provider,
        run::{RunKind, RunScope, RunState},
        schedule::Schedule,
    },
    server::{
        db::{
            Db, Tx,
            companies::{self, NewCompany},
            connections::{self, NewConnection},
            groups, new_id,
            problems::{self, Found},
            runs, status, workers,
        },
        vault::Vault,
    },
};
use tokio::runtime::Runtime;

pub struct Group {
    pub size: usize,
    pub id: String,
    pub runtime: Runtime,
    pub db: Db,
    pub url: String,
    pub dir: TempDir,
}

/// Companies made in one transaction.
const CHUNK: usize = 1_000;
const WORDS: [&str; 8] = ["Albion", "Bramley", "Castle", "Dockside", "Eastgate", "Foundry", "Granary", "Harbour"];
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The worker of the syncs in progress.
const SOMEBODY_ELSE: &str = "somebody else";

pub fn make(size: usize) -> Group {
    let runtime = Runtime::new().expect("a runtime");
    let dir = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite:{}", dir.path().join("tieout.sqlite").display());
    let (db, id) = runtime.block_on(fill(&url, size)).expect("the group is made");
    Group { size, id, runtime, db, url, dir }
}

async fn fill(url: &str, size: usize) -> anyhow::Result<(Db, String)> {
    let db = Db::open(url, Vault::of_chance()?).await?;
    let now = tieout::server::db::now_ms();
    let mut tx = db.begin().await?;
    let group = groups::insert(&mut tx, "Harbour Property Group", now).await?;
    tx.commit().await?;
    workers::join(&db, SOMEBODY_ELSE, "", now).await?;
    let names: Vec<(String, String)> =
        (0..size).map(|n| (format!("C{n:06}"), format!("{} {} {n}", WORDS[n % 8], WORDS[n / 8 % 8]))).collect();
    for (chunk, names) in names.chunks(CHUNK).enumerate() {
        let mut tx = db.begin().await?;
        let new: Vec<_> =
            names.iter().map(|(code, name)| NewCompany { code, name, currency: "GBP", time_zone: "Europe/London" }).collect();
        let ids = companies::insert(&mut tx, &group, &new, now).await?;
        for (place, id) in ids.iter().enumerate() {
            live(&mut tx, id, chunk * CHUNK + place, now).await?;
        }
        tx.commit().await?;
    }
    let findings = status::check(&db).await?;
    anyhow::ensure!(findings.is_empty(), "the group made for measuring is wrong: {findings:?}");
    Ok((db, group))
}

/// Most are well; of each hundred some are not, each in a way of its own.
async fn live(tx: &mut Tx, company: &str, place: usize, now: i64) -> anyhow::Result<()> {
    let kind = place * 37 % 100;
    if kind < 5 {
        return Ok(());
    }
    let new = NewConnection {
        company_id: company,
        provider: Provider::Practice,
        organisation_id: &new_id(),
        organisation_name: "Practice books",
        short_code: None,
        sync_from: "2018-01-01",
        schedule: Schedule::Off,
        by: "bench",
    };
    let connection = connections::insert(tx, &new, now).await?;
    if kind >= 8 {
        connections::set_onboarded(tx, &connection, now).await?;
        let ended = now - (place as i64 * 7_919) % DAY_MS;
        let (state, fails) = match kind {
            8..13 => (RunState::Completed, true),
            13..16 => (RunState::Failed, false),
            _ => (RunState::Completed, false),
        };
        sync(tx, company, state, fails, ended).await?;
    }
    if (16..18).contains(&kind) {
        connections::set_access(tx, &connection, Access::Lost, Some("Access was taken away")).await?;
    }
    if kind == 18 {
        // The measured server leaves it alone as long as it is measured: that long somebody may show no beat.
        let run = runs::enqueue(tx, company, RunKind::Manual, RunScope::Full, "bench", now).await?;
        runs::claim(&mut *tx, SOMEBODY_ELSE, now, Some(&run)).await?;
    }
    status::refresh(tx, company, now).await?;
    Ok(())
}

async fn sync(tx: &mut Tx, company: &str, state: RunState, fails: bool, ended: i64) -> anyhow::Result<()> {
    let run = runs::enqueue(tx, company, RunKind::Scheduled, RunScope::Full, "bench", ended - 5_000).await?;
    let claimed = runs::claim(&mut *tx, "bench", ended - 5_000, Some(&run)).await?;
    anyhow::ensure!(claimed.is_some(), "the run was not there to be claimed");
    if fails {
        let found = Found {
            entity: Entity::Invoice,
            local_id: new_id(),
            external_id: None,
            label: "INV-1".into(),
            direction: Direction::Out,
            kind: ProblemKind::Failed,
            code: "account-archived",
            cause: "Account 200 is archived".into(),
            advice: "Restore the account there, or map it to another one, and sync again.".into(),
            detail: String::new(),
            subject: None,
            blocked_by: None,
            sides: None,
        };
        problems::report(tx, company, &run, &found, ended).await?;
    }
    let errors = problems::open_errors(&mut *tx, company).await?;
    let reason = if state == RunState::Failed { "The ledger did not answer" } else { "" };
    runs::finish(tx, &run, "bench", state, reason, errors, ended).await?;
    Ok(())
}
