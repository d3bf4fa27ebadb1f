//! Any order of what people do here and there, with syncs in between: stored and derived never part, nothing is there
//! twice, and once everything is put right it all ends in balance.

use crate::harness::{
    books::{Books, line},
    databases, drop_database,
};
use proptest::prelude::*;
use tieout::{
    domain::{action::Decision, results_filter::ProblemState, status::SyncStatus},
    server::{
        connectors::practice::panel,
        db::{actions, query::sql, status},
        services::resolve::{self, Selection},
    },
};

#[derive(Clone, Debug)]
enum Step {
    Sync,
    Import(u8, u8),
    Archive(bool),
    Lock(bool),
    Refer(u8, u8),
    Edit(u8),
    Retry(u8),
    Unlink(u8),
    UnlinkContact(u8),
    Link,
    Undo,
    Aside(u8),
    TakeUp,
    Decide(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Sync),
        2 => (0u8..6, 1u8..4).prop_map(|(number, amount)| Step::Import(number, amount)),
        1 => any::<bool>().prop_map(Step::Archive),
        1 => any::<bool>().prop_map(Step::Lock),
        1 => (0u8..6, 0u8..3).prop_map(|(number, reference)| Step::Refer(number, reference)),
        1 => (0u8..6).prop_map(Step::Edit),
        2 => (0u8..6).prop_map(Step::Retry),
        2 => (0u8..6).prop_map(Step::Unlink),
        1 => (0u8..2).prop_map(Step::UnlinkContact),
        2 => Just(Step::Link),
        2 => Just(Step::Undo),
        1 => (0u8..6).prop_map(Step::Aside),
        1 => Just(Step::TakeUp),
        2 => (0u8..6, 0u8..4).prop_map(|(which, how)| Step::Decide(which, how)),
    ]
}

impl Books {
    async fn any_problem(&self, n: u8) -> Option<String> {
        let rows = self.open_rows().await;
        rows.get(usize::from(n) % rows.len().max(1)).map(|row| row.id.clone())
    }

    async fn take(&self, step: &Step, at: usize) {
        let (db, company) = (&self.db, &self.company);
        // Refusals are answers too.
        match step {
            Step::Sync => {
                self.sync().await;
            }
            Step::Import(number, amount) => {
                let contact = format!("Customer {}", number % 2);
                self.import(&line(&contact, &format!("10{number}"), 1 + u32::from(*number), i32::from(*amount), "7.50", "200"))
                    .await;
            }
            Step::Archive(archived) => panel::set_account_archived(db, &self.ledger, "200", *archived).await.unwrap(),
            Step::Lock(locked) => panel::lock_period(db, &self.ledger, locked.then_some("2010-12-03")).await.unwrap(),
            Step::Refer(number, reference) => {
                let _ = panel::set_reference(db, &self.ledger, &format!("10{number}"), &format!("PO {reference}")).await;
            }
            Step::Edit(number) => {
                let number = format!("10{number}");
                let there = sql("SELECT id FROM documents WHERE number = $1").bind(&number);
                if there.optional::<(String,)>(db).await.unwrap().is_some() {
                    self.edit(&number, |facts| facts.reference = format!("edit {at}")).await;
                }
            }
            Step::Retry(n) => {
                if let Some(id) = self.any_problem(*n).await {
                    let _ = resolve::retry(db, company, &Selection::Problems(vec![id]), "Ann").await;
                }
            }
            Step::Unlink(n) => {
                if let Some(id) = self.any_problem(*n).await {
                    let _ = resolve::unlink(db, company, &Selection::Problems(vec![id]), "Ann").await;
                }
            }
            Step::UnlinkContact(n) => {
                let contact = sql("SELECT id FROM contacts WHERE name = $1").bind(format!("Customer {n}"));
                if let Some((id,)) = contact.optional::<(String,)>(db).await.unwrap() {
                    let chosen = Selection::Record(tieout::domain::message::Entity::Contact, id);
                    let _ = resolve::unlink(db, company, &chosen, "Ann").await;
                }
            }
            Step::Link => {
                let _ = resolve::link(db, company, &self.all(ProblemState::All), "Ann").await;
            }
            Step::Undo => {
                if let Some(action) = actions::latest_undoable(db, &company.id, 0).await.unwrap() {
                    let _ = resolve::undo(db, company, &action.id, "Ann").await;
                }
            }
            Step::Aside(n) => {
                if let Some(id) = self.any_problem(*n).await {
                    let _ = resolve::set_aside(db, company, &Selection::Problems(vec![id]), "later", "", "Ann").await;
                }
            }
            Step::TakeUp => {
                let _ = resolve::take_up(db, company, &self.all(ProblemState::SetAside), "Ann").await;
            }
            Step::Decide(n, how) => {
                if let Some(id) = self.any_problem(*n).await {
                    let decision = match how {
                        0 => Decision::Adopt,
                        1 => Decision::SendAsNew(format!("N{at}")),
                        2 => Decision::Keep,
                        _ => Decision::Unlink,
                    };
                    let _ = resolve::decide(db, company, &id, decision, "Ann").await;
                }
            }
        }
        assert_eq!(status::check(db).await.unwrap(), Vec::<String>::new(), "after {step:?}");
    }

    /// Everything is put right: what is left must come out even.
    async fn put_right(&self) {
        let (db, company) = (&self.db, &self.company);
        panel::set_account_archived(db, &self.ledger, "200", false).await.unwrap();
        panel::lock_period(db, &self.ledger, None).await.unwrap();
        let _ = resolve::link(db, company, &self.all(ProblemState::All), "Ann").await;
        for _ in 0..3 {
            self.work().await;
            self.sync().await;
            for row in self.open_rows().await.iter().filter(|row| row.kind == "conflict") {
                let _ = resolve::decide(db, company, &row.id, Decision::Adopt, "Ann").await;
            }
        }
        self.work().await;
        assert_eq!(self.sync().await, SyncStatus::Synced, "{:?}", self.open_rows().await);
        for found in self.tie_out().await {
            assert!(found.in_balance(), "{found:?}");
        }
        self.assert_nothing_twice().await;
        let (here, there) = (
            self.number("SELECT count(*) FROM documents WHERE state = 'approved'").await,
            self.number("SELECT count(*) FROM practice_documents WHERE state = 'authorised'").await,
        );
        assert_eq!(here, there);
    }
}

#[test]
fn any_order_of_actions_and_syncs_ends_in_balance() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases: 12, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(steps in prop::collection::vec(step(), 5..30))| {
        runtime.block_on(async {
            for database in databases().await {
                let csv = line("Customer 0", "100", 1, 1, "7.50", "200") + &line("Customer 1", "101", 2, 1, "7.50", "200");
                let books = Books::open(&database.db, &csv).await;
                for (at, step) in steps.iter().enumerate() {
                    books.take(step, at).await;
                }
                books.put_right().await;
                database.db.close().await;
                if database.kind == "Postgres" {
                    drop_database(&database.url).await;
                }
            }
        });
    });
}
