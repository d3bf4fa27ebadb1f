//! Pages of a long log: filters, the part of the log a page looks through, and a message by itself.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use tieout::{
    domain::{
        message::{Direction, Entity, Level, LogPage},
        message_filter::MessageFilter,
    },
    server::{
        db::{Db, companies::Company, messages, messages::NewMessage, query::sql},
        services::{error::ServiceError, message_log},
    },
};

fn about(entity: Entity, local_id: &str, level: Level, text: &str) -> NewMessage {
    NewMessage {
        entity,
        local_id: Some(local_id.into()),
        external_id: None,
        label: local_id.into(),
        direction: if entity == Entity::Contact { Direction::In } else { Direction::Out },
        level,
        text: text.into(),
        advice: String::new(),
        sent: r#"{"b":1,"a":[2]}"#.into(),
        received: String::new(),
    }
}

async fn append(db: &Db, company: &Company, all: &[NewMessage]) -> String {
    let (run,): (String,) = sql("SELECT id FROM runs ORDER BY id LIMIT 1").one(db).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    messages::append(&mut tx, &company.id, &run, all, 1).await.unwrap();
    tx.commit().await.unwrap();
    run
}

async fn read(db: &Db, company: &Company, query: &str) -> LogPage {
    let (filter, notices) = MessageFilter::from_query(query);
    assert_eq!(notices, Vec::<String>::new());
    message_log::page(db, company, &filter).await.unwrap()
}

fn texts(log: &LogPage) -> Vec<&str> {
    log.messages.iter().map(|message| message.text.as_str()).collect()
}

#[tokio::test]
async fn each_filter_finds_its_messages_alone_and_with_others() {
    on_each_database(|db| async move {
        let books = Books::open(&db, "").await;
        books.work().await;
        let other = Books::open_named(&db, "Bramley Court", "").await;
        let run = append(
            &db,
            &books.company,
            &[
                about(Entity::Invoice, "i1", Level::Error, "refused"),
                about(Entity::Contact, "c1", Level::Info, "came in"),
                about(Entity::Invoice, "i1", Level::Info, "taken"),
                about(Entity::Invoice, "i2", Level::Warning, "without"),
                about(Entity::CreditNote, "i1", Level::Error, "not the invoice"),
            ],
        )
        .await;
        append(&db, &other.company, &[about(Entity::Invoice, "i1", Level::Error, "another company's")]).await;
        for (query, expected) in [
            ("entity=invoice", &["without", "taken", "refused"][..]),
            ("entity=invoice&record=i1", &["taken", "refused"]),
            ("entity=invoice&record=i1&level=error", &["refused"]),
            ("entity=invoice&record=i1&q=TAK", &["taken"]),
            ("level=error", &["not the invoice", "refused"]),
            ("level=error&entity=invoice", &["refused"]),
            ("level=warning", &["without"]),
            ("direction=in", &["came in"]),
            ("direction=out&level=info", &["taken"]),
            ("direction=in&entity=invoice", &[]),
        ] {
            let log = read(&db, &books.company, query).await;
            assert_eq!(texts(&log), expected, "{query}");
            assert_eq!((log.more, log.looked), (false, None), "{query}");
            // Of the run, each filter finds the same again: all are of one.
            let of_run = read(&db, &books.company, &format!("run={run}&{query}")).await;
            assert_eq!(texts(&of_run), expected, "run and {query}");
        }
        // What the engine itself wrote, of which there is some.
        let none = read(&db, &books.company, &format!("run={run}&direction=none&level=info")).await;
        assert!(none.messages.len() > 3 && none.messages.iter().all(|message| message.entity == Entity::Run));
        let foreign = message_log::page(&db, &other.company, &MessageFilter::of_run(&run)).await;
        assert!(matches!(foreign, Err(ServiceError::NotFound(_))), "a run of another company is none of its own");
    })
    .await;
}

/// So many messages, written at once, of which the oldest says `needle`.
async fn haystack(db: &Db, company: &Company, n: i64) {
    append(db, company, &[about(Entity::Invoice, "i1", Level::Info, "needle")]).await;
    let series = if db.is_postgres() {
        "SELECT n FROM generate_series(1, $1) AS series (n)"
    } else {
        "SELECT n FROM (WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < $1) SELECT n FROM series)"
    };
    // Ids of the far future, in their order.
    let digits = if db.is_postgres() { "to_char(n, 'FM000000000000')" } else { "printf('%012d', n)" };
    sql(format!(
        "INSERT INTO messages (id, company_id, run_id, at, entity, label, direction, level, text)
        SELECT 'ffffffff-ffff-7000-8000-' || {digits}, $2, (SELECT MIN(id) FROM runs), n, 'invoice', 'straw', 'out', 'info', 'straw'
        FROM ({series}) straw"
    ))
    .bind(n)
    .bind(&company.id)
    .execute(db)
    .await
    .unwrap();
}

#[tokio::test]
async fn a_page_looks_through_a_part_of_a_long_log_and_says_how_far() {
    on_each_database(|db| async move {
        let books = Books::open(&db, "").await;
        books.work().await;
        let window = messages::WINDOW as i64;
        haystack(&db, &books.company, window + 5_000).await;
        // Where an index answers, there is nothing to look through.
        let all = read(&db, &books.company, "entity=invoice").await;
        assert_eq!((all.messages.len(), all.more, all.looked), (50, true, None));
        let straw = read(&db, &books.company, "q=straw").await;
        assert_eq!((straw.messages.len(), straw.more, straw.looked), (50, true, None));

        let first = read(&db, &books.company, "q=needle").await;
        let looked = first.looked.expect("there is more to look through");
        assert_eq!((first.messages.len(), first.more, looked.messages), (0, false, messages::WINDOW as u64));
        assert_eq!(looked.before, format!("ffffffff-ffff-7000-8000-{:012}", 5_001));
        assert_eq!(looked.back_to.ms, 5_001);
        let second = read(&db, &books.company, &format!("q=needle&before={}", looked.before)).await;
        assert_eq!((texts(&second), second.looked.is_none()), (vec!["needle"], true));

        // Where they lie apart, fewer are looked at.
        let sparse = read(&db, &books.company, "entity=invoice&q=needle").await;
        assert_eq!(sparse.looked.map(|looked| looked.messages), Some(messages::SPARSE_WINDOW as u64));

        // Straw by straw there is no end of it, and no gap.
        let mut filter = MessageFilter { direction: Some(Direction::Out), ..MessageFilter::default() };
        let mut seen = 0;
        while seen < 300 {
            let page = message_log::page(&db, &books.company, &filter).await.unwrap();
            let place = |id: &str| id[24..].parse::<i64>().unwrap();
            assert_eq!(place(&page.messages[0].id), window + 5_000 - seen);
            seen += page.messages.len() as i64;
            filter.before = page.messages.last().map(|message| message.id.clone());
        }
    })
    .await;
}

#[tokio::test]
async fn a_message_stands_by_itself_among_those_of_its_record() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &(three() + &line("Customer 3", "1004", 4, 1, "5.00", "260"))).await;
        books.work().await;
        append(
            &db,
            &books.company,
            &[
                about(Entity::Invoice, "i1", Level::Error, "first"),
                about(Entity::Contact, "i1", Level::Info, "not the invoice"),
                about(Entity::Invoice, "i1", Level::Info, "second"),
            ],
        )
        .await;
        let first = read(&db, &books.company, "entity=invoice&record=i1&level=error").await.messages.remove(0);
        assert_eq!((first.local_id.as_deref(), first.sent.as_str()), (Some("i1"), r#"{"b":1,"a":[2]}"#));
        let view = message_log::message(&db, &books.company, &first.id).await.unwrap();
        assert_eq!((view.earlier, view.run.id.clone()), (None, first.run_id.clone()));
        assert_eq!(view.message.sent, "{\n  \"b\": 1,\n  \"a\": [\n    2\n  ]\n}");
        let second = message_log::message(&db, &books.company, &view.later.unwrap()).await.unwrap();
        assert_eq!((second.message.text.as_str(), second.earlier, second.later), ("second", Some(first.id.clone()), None));

        // What is about no record has those of its sync around it.
        let of_run = read(&db, &books.company, &format!("run={}&entity=run", first.run_id)).await;
        let begun = of_run.messages.last().unwrap();
        let view = message_log::message(&db, &books.company, &begun.id).await.unwrap();
        assert!(view.earlier.is_none() && view.later.is_some());

        let other = Books::open_named(&db, "Bramley Court", "").await;
        for (company, id) in [(&other.company, first.id.as_str()), (&books.company, "01981f5e-7c1a-7cc0-8a52-0123456789ab")] {
            let missing = message_log::message(&db, company, id).await.unwrap_err();
            assert!(
                matches!(&missing, ServiceError::NotFound(sentence) if sentence.contains("may have been removed")),
                "{missing:?}"
            );
        }
    })
    .await;
}
