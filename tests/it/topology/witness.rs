//! Who did what, as Postgres itself saw it: triggers note which session, by the name of its server, took a run and which
//! wrote for it. No code of Tieout's is asked, so none can deceive.

use super::PATIENCE;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tieout::server::db::{Db, query::sql};

/// Claims of runs, and everything that is written for one: its messages and the stages it enters.
const STATEMENTS: [&str; 11] = [
    "CREATE TABLE witness (
        place    BIGSERIAL PRIMARY KEY,
        at       BIGINT NOT NULL DEFAULT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT),
        process  TEXT NOT NULL DEFAULT current_setting('application_name'),
        run_id   TEXT NOT NULL,
        what     TEXT NOT NULL,
        -- Since the last beat of the worker, milliseconds: when it was given up, and when its run was taken back.
        late     BIGINT
    )",
    "CREATE INDEX witness_run ON witness (run_id, place)",
    "CREATE FUNCTION saw_claim() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO witness (run_id, what) VALUES (NEW.id, 'claim'); RETURN NULL; END $$",
    "CREATE FUNCTION saw_work() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO witness (run_id, what) VALUES (NEW.run_id, TG_TABLE_NAME); RETURN NULL; END $$",
    "CREATE TRIGGER witness_claim AFTER UPDATE ON runs FOR EACH ROW
        WHEN (NEW.state = 'running' AND NEW.lease_owner IS DISTINCT FROM OLD.lease_owner) EXECUTE FUNCTION saw_claim()",
    "CREATE FUNCTION saw_gone() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO witness (run_id, what, late)
        VALUES (OLD.id, 'gone', CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) - OLD.beat_at);
        RETURN NULL; END $$",
    "CREATE TRIGGER witness_gone AFTER DELETE ON workers FOR EACH ROW EXECUTE FUNCTION saw_gone()",
    // A worker that gives a run back is still there.
    "CREATE FUNCTION saw_taken_back() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO witness (run_id, what, late)
            SELECT NEW.id, 'taken back', CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) - gone.at + gone.late
            FROM witness gone WHERE gone.run_id = OLD.lease_owner AND gone.what = 'gone';
            RETURN NULL;
        END $$",
    "CREATE TRIGGER witness_taken_back AFTER UPDATE ON runs FOR EACH ROW
        WHEN (OLD.state = 'running' AND NEW.lease_owner IS DISTINCT FROM OLD.lease_owner) EXECUTE FUNCTION saw_taken_back()",
    "CREATE TRIGGER witness_message AFTER INSERT ON messages FOR EACH ROW EXECUTE FUNCTION saw_work()",
    "CREATE TRIGGER witness_stage AFTER INSERT ON run_stages FOR EACH ROW EXECUTE FUNCTION saw_work()",
];

pub async fn place(db: &Db) {
    for statement in STATEMENTS {
        sql(statement).execute(db).await.expect("the witness is placed");
    }
}

/// What was written for a run by another server than the one that had claimed it last: place, run, who wrote, who held.
pub async fn intrusions(db: &Db) -> Vec<(i64, String, String, String)> {
    sql("SELECT work.place, work.run_id, work.process, holder.process
        FROM witness work
        JOIN LATERAL (
            SELECT process FROM witness claim
            WHERE claim.run_id = work.run_id AND claim.what = 'claim' AND claim.place < work.place
            ORDER BY claim.place DESC LIMIT 1
        ) holder ON holder.process <> work.process
        WHERE work.what NOT IN ('claim', 'taken back', 'gone') ORDER BY work.place LIMIT 20")
    .all(db)
    .await
    .expect("the witness is heard")
}

/// Servers that worked, and the runs each claimed.
pub async fn workers(db: &Db) -> Vec<(String, i64)> {
    sql("SELECT process, count(DISTINCT run_id) FROM witness WHERE what = 'claim' GROUP BY process ORDER BY process")
        .all(db)
        .await
        .expect("the witness is heard")
}

/// Of each company, by its id: the servers that claimed its runs, one after another each.
pub async fn claims(db: &Db) -> HashMap<String, Vec<String>> {
    let claims: Vec<(String, String)> =
        sql("SELECT runs.company_id, witness.process FROM witness JOIN runs ON runs.id = witness.run_id
        WHERE witness.what = 'claim' ORDER BY witness.place")
        .all(db)
        .await
        .expect("the witness is heard");
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    for (company_id, process) in claims {
        let of_company = all.entry(company_id).or_default();
        if of_company.last() != Some(&process) {
            of_company.push(process);
        }
    }
    all
}

/// Waits for a moment in which a server works nothing that was taken from two before it.
pub async fn wait_until_none_is_tried_again(db: &Db, process: &str) {
    let began = Instant::now();
    loop {
        let (held,): (i64,) = sql("SELECT count(*) FROM runs WHERE state = 'running' AND attempt > 2 AND $1 = (
                SELECT process FROM witness WHERE run_id = runs.id AND what = 'claim' ORDER BY place DESC LIMIT 1)")
        .bind(process)
        .one(db)
        .await
        .expect("the witness is heard");
        if held == 0 {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{process} never ends what it took up again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How many runs were taken from servers that were gone, and how long after a server's last beat that was at most,
/// milliseconds.
pub async fn taken_back(db: &Db) -> (i64, i64) {
    sql("SELECT count(*), coalesce(max(late), 0) FROM witness WHERE what = 'taken back'")
        .one(db)
        .await
        .expect("the witness is heard")
}
