//! Old messages go, in small steps, and those that open problems need stay.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use std::time::{Duration, Instant};
use tieout::server::{
    connectors::practice::panel,
    db::{Db, messages, now_ms, query::sql},
    engine::Engine,
};
use tokio_util::sync::CancellationToken;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Makes all messages older by so many days, as their ids have it.
async fn age(db: &Db, days: i64) {
    let rows: Vec<(String,)> = sql("SELECT id FROM messages").all(db).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    for (id,) in rows {
        let ms = i64::from_str_radix(&id[..13].replace('-', ""), 16).unwrap() - days * DAY_MS;
        let digits = format!("{ms:012x}");
        let older = format!("{}-{}{}", &digits[..8], &digits[8..], &id[13..]);
        sql("UPDATE messages SET id = $2, at = $3 WHERE id = $1").bind(&id).bind(older).bind(ms).execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// One pass over all that is older than so many days; answers the steps it took.
async fn pass(db: &Db, days: i64) -> usize {
    let (mut after, mut steps) = (String::new(), 0);
    loop {
        let mut tx = db.begin().await.unwrap();
        let (_, got_to) = messages::remove_old(&mut tx, &after, now_ms() - days * DAY_MS).await.unwrap();
        tx.commit().await.unwrap();
        let Some(id) = got_to else { return steps };
        (after, steps) = (id, steps + 1);
    }
}

#[tokio::test]
async fn what_an_open_problem_needs_is_kept_as_long_as_it_is_open() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &(three() + &line("Customer 3", "1004", 4, 1, "5.00", "260"))).await;
        books.work().await;
        // The account is archived after all was well: the record has messages of two syncs, and the problem names a third.
        panel::set_account_archived(&db, &books.ledger, "260", true).await.unwrap();
        books.import(&line("Customer 3", "1004", 4, 2, "5.00", "260")).await;
        books.work().await;
        books.sync().await;
        let all = books.number("SELECT count(*) FROM messages").await;
        age(&db, 500).await;
        // A sync of today, after which the problem names that one.
        books.sync().await;
        let young = books.number("SELECT count(*) FROM messages").await - all;
        assert_eq!(pass(&db, 600).await, 0, "nothing is that old");
        assert_eq!(books.number("SELECT count(*) FROM messages").await, all + young);

        let kept = "SELECT count(*) FROM messages m JOIN problems p ON p.entity = m.entity AND p.local_id = m.local_id WHERE p.resolved_at IS NULL";
        let needed = books.number(kept).await;
        assert!(needed >= 4, "the first sync's, the import's, the second's, today's: {needed}");
        assert_eq!(pass(&db, 400).await, 1);
        let rest = books.number("SELECT count(*) FROM messages").await;
        let last = books.number("SELECT count(*) FROM messages WHERE run_id = (SELECT run_id FROM problems WHERE resolved_at IS NULL)").await;
        assert_eq!(rest, needed + young - 1, "the record's, and today's, of which one is the record's");
        assert_eq!((books.number(kept).await, last), (needed, young));

        // However old, the sync that an open problem names keeps all of its messages.
        age(&db, 500).await;
        pass(&db, 400).await;
        assert_eq!(books.number("SELECT count(*) FROM messages").await, rest);

        panel::set_account_archived(&db, &books.ledger, "260", false).await.unwrap();
        books.sync().await;
        let fresh = books.number("SELECT count(*) FROM messages WHERE run_id = (SELECT MAX(id) FROM runs)").await;
        pass(&db, 400).await;
        assert_eq!(books.number("SELECT count(*) FROM messages").await, fresh, "resolved: nothing old is needed any more");
        assert_eq!(books.number("SELECT count(*) FROM runs").await, 5, "syncs stay");
    })
    .await;
}

#[tokio::test]
async fn it_goes_step_by_step_and_several_may_do_it_at_once() {
    on_each_database(|db| async move {
        let csv: String = (0..700).map(|n| line("Customer 1", &format!("{}", 2000 + n), 1, 1, "10.00", "200")).collect();
        let books = Books::open(&db, &csv).await;
        books.work().await;
        let kept = books.number("SELECT count(*) FROM messages").await;
        assert!(kept > 700);
        // For ever, unless it is set.
        age(&db, 1_000).await;
        let stop = CancellationToken::new();
        let forever = tokio::spawn(Engine::new(db.clone(), 1, stop.clone()).serve());
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(books.number("SELECT count(*) FROM messages").await, kept);

        let both: Vec<_> =
            (0..2).map(|_| tokio::spawn(Engine::new(db.clone(), 1, stop.clone()).keeping_messages(400).serve())).collect();
        let began = Instant::now();
        while books.number("SELECT count(*) FROM messages").await > 0 {
            assert!(began.elapsed() < Duration::from_secs(20));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        stop.cancel();
        forever.await.unwrap();
        for engine in both {
            engine.await.unwrap();
        }
    })
    .await;
}
