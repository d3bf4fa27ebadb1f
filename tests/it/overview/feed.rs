//! The change feed: whoever asks with the cursor of the answer before has seen every company as it is in the end,
//! however many change at once and whoever commits first.

use super::{Seeded, changes, companies_of_all_kinds, connect, group_of, more_companies, page, refresh};
use crate::harness::on_each_database;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tieout::{
    domain::{company::CompanyRow, status::SyncStatus},
    server::db::{Db, groups, status},
};

/// A page that is open: what it knows, and how far it has read.
struct Follower {
    cursor: i64,
    rows: HashMap<String, CompanyRow>,
}

impl Follower {
    /// Asks once; whether there was anything new.
    async fn ask(&mut self, db: &Db) -> bool {
        let answer = changes(db, self.cursor).await;
        assert!(answer.cursor >= self.cursor, "the cursor never goes back");
        assert!(!answer.rows.is_empty() || !answer.more);
        let is_new = answer.cursor > self.cursor;
        self.cursor = answer.cursor;
        for row in answer.rows {
            self.rows.insert(row.code.clone(), row);
        }
        is_new
    }

    /// Asks until the answer is empty.
    async fn catch_up(&mut self, db: &Db) {
        while self.ask(db).await {}
        let last = changes(db, self.cursor).await;
        assert_eq!((last.cursor, last.rows.len(), last.facets.is_none()), (self.cursor, 0, true));
    }
}

fn numbered(codes: std::ops::Range<usize>) -> Vec<(String, String)> {
    codes.map(|n| (format!("N{n:04}"), format!("Company {n}"))).collect()
}

#[tokio::test]
async fn what_changed_comes_once_and_then_nothing() {
    on_each_database(|db| async move {
        let mut seeded = Seeded(5);
        let (_, all) = companies_of_all_kinds(&db, &mut seeded, 40).await;
        let first = page(&db, "rows=100").await;
        let mut open =
            Follower { cursor: first.cursor, rows: first.rows.into_iter().map(|row| (row.code.clone(), row)).collect() };
        assert!(!open.ask(&db).await, "nothing changed since the page was read");

        let waiting: Vec<_> = all.iter().filter(|one| one.status == SyncStatus::NotConnected && one.provider.is_none()).collect();
        let unconnected =
            waiting.iter().find(|one| open.rows[&one.code].organisation.is_none() && one.last_run.is_none()).unwrap();
        connect(&db, &unconnected.id).await;
        let answer = changes(&db, open.cursor).await;
        assert_eq!(answer.rows.iter().map(|row| &row.code).collect::<Vec<_>>(), [&unconnected.code]);
        assert_eq!(answer.rows[0].status, SyncStatus::IncompleteOnboarding);
        let counted = |status| answer.facets.as_ref().unwrap().statuses.iter().find(|(one, _)| *one == status).unwrap().1;
        assert_eq!(counted(SyncStatus::NotConnected), waiting.len() as u64 - 1);
        open.catch_up(&db).await;

        let whole = page(&db, "rows=100").await;
        assert!(whole.rows.iter().all(|row| open.rows[&row.code] == *row));
        // A cursor of another database, as after a restore: everything is new.
        let restored = changes(&db, open.cursor + 1_000).await;
        assert_eq!((restored.rows.len(), restored.cursor), (40, open.cursor));
    })
    .await;
}

#[tokio::test]
async fn more_changes_than_one_answer_holds_are_all_told() {
    on_each_database(|db| async move {
        let (group, _) = group_of(&db, &numbered(0..10)).await;
        let mut open = Follower { cursor: 0, rows: HashMap::new() };
        open.catch_up(&db).await;
        assert_eq!(open.rows.len(), 10);
        // Many in one transaction, as the practice group is made.
        let mut tx = db.begin().await.unwrap();
        let ids = more_companies(&mut tx, &group, &numbered(10..640)).await;
        tx.commit().await.unwrap();
        let answer = changes(&db, open.cursor).await;
        assert!(answer.more && answer.rows.len() == 200);
        open.catch_up(&db).await;
        assert_eq!(open.rows.len(), 640);

        // Some change again between two answers: what moved to the end of the feed comes there.
        let mut late = Follower { cursor: 0, rows: HashMap::new() };
        for id in ids.iter().step_by(7) {
            connect(&db, id).await;
            if late.rows.len() < 500 {
                late.ask(&db).await;
            }
        }
        late.catch_up(&db).await;
        let connected = late.rows.values().filter(|row| row.status == SyncStatus::IncompleteOnboarding).count();
        assert_eq!((late.rows.len(), connected), (640, 90));
    })
    .await;
}

/// Each company changes once, in a transaction that stays open for a while after it took its place in the feed. A
/// number that became visible before a smaller one would let a cursor pass the smaller one for good.
#[tokio::test]
async fn writers_that_commit_in_any_order_hide_nothing() {
    on_each_database(|db| async move {
        let (_, ids) = group_of(&db, &numbered(0..120)).await;
        let mut open = Follower { cursor: 0, rows: HashMap::new() };
        open.catch_up(&db).await;
        open.rows.clear();
        let ended = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = ids
            .chunks(10)
            .enumerate()
            .map(|(writer, ids)| {
                let (db, ids) = (db.clone(), ids.to_vec());
                tokio::spawn(async move {
                    let mut seeded = Seeded(writer as u64);
                    for id in ids {
                        let mut tx = db.begin().await.unwrap();
                        status::touch(&mut tx, &id).await.unwrap();
                        tokio::time::sleep(Duration::from_millis(seeded.below(4))).await;
                        tx.commit().await.unwrap();
                        tokio::time::sleep(Duration::from_millis(seeded.below(4))).await;
                    }
                })
            })
            .collect();
        let writing = tokio::spawn({
            let ended = Arc::clone(&ended);
            async move {
                for writer in writers {
                    writer.await.unwrap();
                }
                ended.store(true, Ordering::SeqCst);
            }
        });
        let mut answers = 0;
        while !ended.load(Ordering::SeqCst) {
            answers += usize::from(open.ask(&db).await);
        }
        writing.await.unwrap();
        open.catch_up(&db).await;
        assert!(answers > 10, "the page was read while they wrote: {answers}");
        assert_eq!(open.rows.len(), 120, "every change was told");
    })
    .await;
}

/// On Postgres it is the group's row that keeps numbers in the order of their commits.
#[tokio::test]
async fn a_number_is_taken_only_when_the_one_before_it_is_visible() {
    on_each_database(|db| async move {
        let (group, ids) = group_of(&db, &numbered(0..2)).await;
        let before = groups::change_seq(&db, &group).await.unwrap();
        let mut first = db.begin().await.unwrap();
        status::touch(&mut first, &ids[0]).await.unwrap();
        let second = tokio::spawn({
            let (db, id) = (db.clone(), ids[1].clone());
            async move { refresh(db.begin().await.unwrap(), &id).await }
        });
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert!(!second.is_finished(), "it waits for the one before it");
        assert_eq!(groups::change_seq(&db, &group).await.unwrap(), before);
        assert_eq!(changes(&db, before).await.rows.len(), 0);
        first.commit().await.unwrap();
        second.await.unwrap();
        let answer = changes(&db, before).await;
        assert_eq!(answer.rows.iter().map(|row| row.code.as_str()).collect::<Vec<_>>(), ["N0000", "N0001"]);
        assert_eq!(answer.cursor, before + 2);
    })
    .await;
}
