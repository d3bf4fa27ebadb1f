//! What Xero tells by itself, with the server's real process: signed, in posts, twice, in any order, too much of it, while a
//! sync runs, while the company is paused, and while the database cannot take it.

mod coming;
mod signed;
mod waiting;

use crate::harness::{
    TestDatabase,
    books::{Books, three},
    process::{Server, Tieout},
    xero::{
        self, Organisation, Peer,
        hooks::{Hooks, Post, shown},
        server::events::Event,
    },
};
use serde_json::Value;
use std::{
    future::Future,
    time::{Duration, Instant},
};
use tieout::{
    domain::status::SyncStatus,
    server::db::{Db, query::sql, status},
};

const KEY: &str = "v3ry/s3cret+webhook=key==";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Xero waits no longer for an answer.
const ANSWERED: Duration = Duration::from_secs(5);

struct Stage {
    server: Server,
    db: Db,
    books: Books,
    there: Organisation,
    hooks: Hooks,
    _dir: tempfile::TempDir,
}

impl Stage {
    /// A company in Xero after its first sync, and a server that Xero tells nothing yet.
    async fn open(database: &TestDatabase) -> Stage {
        eprintln!("on {}", database.kind);
        let (books, there) = xero::company(&database.db, Peer::shared(), "Albion Quay Estates", &three()).await;
        let dir = tempfile::tempdir().unwrap();
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        let server = tieout.serve_logged(&[("TIEOUT_XERO_WEBHOOK_KEY", KEY), ("TIEOUT_LOG", "debug,sqlx=warn")]);
        let mut stage = Stage { server, db: database.db.clone(), books, there, hooks: Hooks::signed_with(KEY), _dir: dir };
        stage.settled().await;
        assert_eq!(stage.books.status().await, SyncStatus::Synced);
        // Of what Tieout sent Xero tells, too.
        stage.tell(5).await;
        assert_eq!(
            stage.number("SELECT count(*) FROM messages WHERE direction = 'in'").await,
            0,
            "what went comes back as it is"
        );
        stage
    }

    async fn number(&self, text: &'static str) -> i64 {
        sql(text).one::<(i64,)>(&self.db).await.unwrap().0
    }

    async fn waiting(&self) -> i64 {
        self.number("SELECT count(*) FROM named_pulls").await
    }

    /// Runs that Xero's telling began, in their order.
    async fn runs(&self) -> Vec<(String, String)> {
        let told = "SELECT kind, scope FROM runs WHERE kind = 'on_demand' OR requested_by = 'Xero' ORDER BY id";
        sql(told).all(&self.db).await.unwrap()
    }

    async fn until<F: Future<Output = bool>>(&self, what: &str, is_so: impl Fn() -> F) {
        let began = Instant::now();
        while !is_so().await {
            assert!(began.elapsed() < PATIENCE, "{what}: {}", self.server.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Nothing is queued or running any more.
    async fn settled(&self) {
        let active = "SELECT count(*) FROM runs WHERE state IN ('queued', 'running')";
        self.until("it does not come to rest", || async { self.number(active).await == 0 }).await;
    }

    fn taken(&self, post: &Post) {
        let (began, answer) = (Instant::now(), post.send(&self.server));
        assert_eq!((answer.status, answer.text().as_str()), (200, ""));
        assert!(began.elapsed() < ANSWERED, "{:?}", began.elapsed());
    }

    /// Tells what has changed there, and waits for what comes of it.
    async fn tell(&mut self, a_post: usize) {
        for post in self.hooks.since(&self.there, a_post) {
            self.taken(&post);
        }
        self.settled().await;
        assert_eq!(self.waiting().await, 0);
        assert_eq!(status::check(&self.db).await.unwrap(), Vec::<String>::new());
    }

    fn told_of(&self, category: &str, id: &str) -> Value {
        let (category, resource_id) = (category.to_owned(), id.to_owned());
        shown(&self.there, &Event { category, resource_id, is_new: false, at: 0, data: None })
    }
}

/// An id that no record has.
fn id(n: usize) -> String {
    format!("aaaaaaaa-0000-4000-8000-{n:012}")
}
