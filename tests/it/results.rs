//! What a company's results and its log show: problems by cause and page by page, and messages of a run from the
//! newest to the oldest.

use crate::harness::{
    books::{Books, line},
    on_each_database,
};
use tieout::{
    domain::{
        message::{Entity, Level},
        message_filter::MessageFilter,
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
        db::query::sql,
        services::{message_log, results},
    },
};

#[tokio::test]
async fn problems_come_by_cause_and_page_by_page() {
    on_each_database(|db| async move {
        let mut csv: String = (0..57).map(|n| line("Customer 1", &format!("A{n:02}"), 1, 1, "10.00", "200")).collect();
        csv.extend((0..5).map(|n| line("Customer 1", &format!("B{n:02}"), 1, 1, "10.00", "260")));
        let books = Books::open(&db, &csv).await;
        for account in ["200", "260"] {
            panel::set_account_archived(&db, &books.ledger, account, true).await.unwrap();
        }
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let read = async |cause: Option<&str>, page| results::results(&db, &books.company, cause, page).await.unwrap();
        let first = read(None, 1).await;
        let causes: Vec<_> = first.causes.iter().map(|group| (group.entity, group.cause.as_str(), group.records)).collect();
        let (many, few) = ("Account 200 is archived", "Account 260 is archived");
        assert_eq!(causes, [(Entity::Invoice, many, 57), (Entity::Invoice, few, 5)]);
        assert_eq!((first.listed, first.pages(), first.problems.len()), (62, 2, 50));
        let second = read(None, 2).await;
        assert_eq!((second.page, second.problems.len()), (2, 12));
        let mut labels: Vec<_> = first.problems.iter().chain(&second.problems).map(|problem| problem.label.clone()).collect();
        labels.sort();
        labels.dedup();
        assert_eq!(labels.len(), 62, "each once");
        let beyond = read(None, 99).await;
        assert_eq!((beyond.page, &beyond.problems), (2, &second.problems));
        let narrowed = read(Some(few), 7).await;
        assert_eq!((narrowed.listed, narrowed.page, narrowed.problems.len()), (5, 1, 5));
        assert!(narrowed.problems.iter().all(|problem| problem.cause == few && problem.advice.contains("Restore")));
        assert_eq!(read(Some("Something else"), 1).await.listed, 0);

        panel::set_account_archived(&db, &books.ledger, "200", false).await.unwrap();
        books.sync().await;
        let rest = read(None, 2).await;
        assert_eq!((rest.listed, rest.page, rest.runs.len()), (5, 1, 2));
    })
    .await;
}

#[tokio::test]
async fn the_log_goes_back_page_by_page_and_run_by_run() {
    on_each_database(|db| async move {
        let csv: String = (0..70).map(|n| line("Customer 1", &format!("{}", 2000 + n), 1, 1, "10.00", "200")).collect();
        let books = Books::open(&db, &csv).await;
        books.work().await;
        books.sync().await;
        let all: Vec<(String, String)> = sql("SELECT id, run_id FROM messages ORDER BY id DESC").all(&db).await.unwrap();
        let mut filter = MessageFilter::default();
        let mut seen = Vec::new();
        loop {
            let log = message_log::page(&db, &books.company, &filter).await.unwrap();
            seen.extend(log.messages.iter().map(|message| (message.id.clone(), message.run_id.clone())));
            assert_eq!(log.runs.len(), 2);
            if !log.more {
                break;
            }
            assert_eq!(log.messages.len(), 50);
            filter.before = log.messages.last().map(|message| message.id.clone());
        }
        assert_eq!(seen, all);

        let last = all[0].1.clone();
        let of_run = MessageFilter { run: Some(last.clone()), level: Some(Level::Info), ..MessageFilter::default() };
        let log = message_log::page(&db, &books.company, &of_run).await.unwrap();
        assert_eq!(log.messages.len(), all.iter().filter(|(_, run)| *run == last).count());
        let unknown = MessageFilter { run: Some("none".into()), ..MessageFilter::default() };
        assert!(message_log::page(&db, &books.company, &unknown).await.is_err());
    })
    .await;
}
