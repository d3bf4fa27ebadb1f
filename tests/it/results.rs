//! What a company's results and its log show: problems by cause and page by page, and messages of a run from the
//! newest to the oldest.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use tieout::server::db::sees::Sees;
use tieout::{
    domain::{
        matching::ReferenceKind,
        message::{Direction, Entity, Level, ProblemKind},
        message_filter::MessageFilter,
        results::{Choice, LinkStatus, Results, Subject},
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
        db::{Db, new_id, now_ms, query::sql},
        services::{message_log, results},
    },
};

/// What the page of that query string shows.
async fn read(books: &Books, query: &str) -> Results {
    results::results(&books.db, &Sees::Everything, &books.company, query).await.unwrap()
}

fn labels(results: &Results) -> Vec<&str> {
    let mut labels: Vec<_> = results.problems.iter().map(|problem| problem.label.as_str()).collect();
    labels.sort_unstable();
    labels
}

/// 57 invoices on an archived account, 5 on another one, and all of them tried.
async fn failing(db: &Db) -> Books {
    let mut csv: String = (0..57).map(|n| line("Customer 1", &format!("Y{n:02}"), 1, 1, "10.00", "200")).collect();
    csv.extend((0..5).map(|n| line("Customer 1", &format!("Z{n:02}"), 1, 1, "10.00", "260")));
    let books = Books::open(db, &csv).await;
    for account in ["200", "260"] {
        panel::set_account_archived(db, &books.ledger, account, true).await.unwrap();
    }
    books.work().await;
    assert_eq!(books.status().await, SyncStatus::Errors);
    books
}

const MANY: &str = "Account 200 is archived";
const FEW: &str = "Account 260 is archived";

#[tokio::test]
async fn problems_come_by_cause_and_page_by_page() {
    on_each_database(|db| async move {
        let books = failing(&db).await;
        let first = read(&books, "").await;
        let causes: Vec<_> = first.causes.iter().map(|group| (group.cause.as_str(), group.records.clone())).collect();
        assert_eq!(causes, [(MANY, vec![(Entity::Invoice, 57)]), (FEW, vec![(Entity::Invoice, 5)])]);
        assert_eq!((first.listed, first.problems.len(), first.failing, first.more_causes), (62, 50, 62, 0));
        assert!(first.causes[0].advice.contains("Restore"));
        let second = read(&books, "page=2").await;
        assert_eq!((second.asked.filter.page, second.problems.len()), (2, 12));
        let mut each: Vec<_> = first.problems.iter().chain(&second.problems).map(|problem| problem.label.clone()).collect();
        each.sort();
        each.dedup();
        assert_eq!(each.len(), 62, "each once");
        let beyond = read(&books, "page=99").await;
        assert_eq!((beyond.asked.filter.page, &beyond.problems), (2, &second.problems));
        assert_eq!(read(&books, "rows=all").await.problems.len(), 62);
        let narrowed = read(&books, "cause=Account+260+is+archived&page=7").await;
        assert_eq!((narrowed.listed, narrowed.asked.filter.page, narrowed.problems.len()), (5, 1, 5));
        assert_eq!((narrowed.failing, narrowed.causes.len()), (62, 2), "its own choice aside");
        assert!(narrowed.problems.iter().all(|problem| problem.cause == FEW && problem.advice.contains("Restore")));
        assert_eq!(read(&books, "cause=Something+else").await.listed, 0);

        panel::set_account_archived(&db, &books.ledger, "200", false).await.unwrap();
        books.sync().await;
        let rest = read(&books, "page=2").await;
        assert_eq!((rest.listed, rest.asked.filter.page, rest.runs.len()), (5, 1, 2));
        let resolved = read(&books, "state=resolved&rows=all").await;
        assert_eq!((resolved.listed, resolved.causes.len()), (57, 0), "what is resolved has no fix");
        assert!(resolved.problems.iter().all(|problem| problem.resolved.is_some() && problem.link == LinkStatus::Linked));
        assert_eq!(read(&books, "state=all").await.listed, 62);
    })
    .await;
}

#[tokio::test]
async fn the_filter_narrows_list_and_causes_alike() {
    on_each_database(|db| async move {
        let books = failing(&db).await;
        let row = &read(&books, "q=z03").await.problems[0];
        assert_eq!((row.label.as_str(), row.link, row.direction), ("Z03", LinkStatus::Not, Direction::Out));
        let (_, local_id) = row.address.as_deref().unwrap().rsplit_once('/').unwrap();
        assert_eq!(
            row.address.as_deref(),
            Some(format!("/companies/{}/records/invoice/{local_id}", books.company.code).as_str())
        );
        assert_eq!(labels(&read(&books, &format!("q={local_id}")).await), ["Z03"]);
        let found = read(&books, "q=Z0&rows=25").await;
        assert_eq!((labels(&found), found.causes.len()), (vec!["Z00", "Z01", "Z02", "Z03", "Z04"], 1));
        for (query, listed) in [
            ("entity=invoice", 62),
            ("entity=payment", 0),
            ("kind=failed", 62),
            ("kind=conflict", 0),
            ("link=linked", 62),
            ("link=unlinked", 0),
            ("since=1-day", 62),
            ("q=%25", 0),
            ("q=archived", 62),
            ("state=set-aside", 0),
        ] {
            let found = read(&books, query).await;
            assert_eq!((found.listed, found.notices.len()), (listed, 0), "{query}");
        }
        assert_eq!(read(&books, "colour=red").await.notices.len(), 1);
        assert!(results::results(&db, &Sees::Everything, &books.company, &"q=x&".repeat(4_000)).await.is_err());

        // Failed, then blocked, then left out; each of the latter is no error.
        for (label, kind) in [("Z00", "blocked"), ("Z01", "unlinked")] {
            sql("UPDATE problems SET kind = $2, cause = $2, last_seen = last_seen + 5000 WHERE label = $1")
                .bind(label)
                .bind(kind)
                .execute(&db)
                .await
                .unwrap();
        }
        let all = read(&books, "rows=all").await;
        let last: Vec<_> = all.problems[60..].iter().map(|problem| (problem.label.as_str(), problem.kind)).collect();
        assert_eq!(last, [("Z00", ProblemKind::Blocked), ("Z01", ProblemKind::Unlinked)]);
        assert_eq!((all.failing, all.blocked, all.listed), (60, 1, 62));
        assert_eq!(all.causes.iter().map(|group| group.cause.as_str()).collect::<Vec<_>>(), [MANY, FEW, "blocked", "unlinked"]);
        assert_eq!(labels(&read(&books, "link=unlinked").await), ["Z01"]);
    })
    .await;
}

#[tokio::test]
async fn what_is_set_aside_or_older_is_pointed_to() {
    on_each_database(|db| async move {
        let books = failing(&db).await;
        sql("UPDATE problems SET set_aside_at = 5, set_aside_by = 'Ann', set_aside_until = 86400000, note = 'Waits for the accountant' WHERE cause = $1")
            .bind(FEW)
            .execute(&db)
            .await
            .unwrap();
        let open = read(&books, "").await;
        assert_eq!((open.listed, open.set_aside, open.causes.len()), (57, false, 1));
        let aside = read(&books, "state=set-aside").await;
        assert_eq!(labels(&aside), ["Z00", "Z01", "Z02", "Z03", "Z04"]);
        let shown = aside.problems[0].set_aside.clone().unwrap();
        assert_eq!((shown.by.as_str(), shown.note.as_str()), ("Ann", "Waits for the accountant"));
        assert_eq!(shown.until.unwrap().text, "2 Jan 1970, 01:00");
        assert!(!aside.problems[0].is_open());
        sql("UPDATE problems SET set_aside_at = 5").execute(&db).await.unwrap();
        let nothing = read(&books, "").await;
        assert_eq!((nothing.listed, nothing.set_aside, nothing.older), (0, true, false));

        // A success after they were seen: they are not listed by default once they are open again.
        sql("UPDATE problems SET set_aside_at = NULL, last_seen = 10").execute(&db).await.unwrap();
        sql("UPDATE runs SET state = 'completed', scope = 'full', errors = 0, started_at = 20").execute(&db).await.unwrap();
        let older = read(&books, "").await;
        assert_eq!((older.listed, older.older), (0, true));
        let ever = read(&books, "since=ever").await;
        assert_eq!((ever.listed, ever.older), (62, false));
        sql("UPDATE problems SET last_seen = 20 WHERE label = 'Z00'").execute(&db).await.unwrap();
        assert_eq!(labels(&read(&books, "").await), ["Z00"]);
    })
    .await;
}

#[tokio::test]
async fn causes_say_what_mends_all_of_them() {
    on_each_database(|db| async move {
        let books = failing(&db).await;
        sql("UPDATE problems SET subject_kind = 'account', subject = '200' WHERE cause = $1")
            .bind(MANY)
            .execute(&db)
            .await
            .unwrap();
        sql("UPDATE problems SET subject_kind = '', subject = '' WHERE cause = $1").bind(FEW).execute(&db).await.unwrap();
        let found = read(&books, "").await;
        assert_eq!(found.causes[0].subject, Some(Subject { kind: ReferenceKind::Account, value: "200".into() }));
        assert_eq!(found.causes[1].subject, None);
        let accounts: Vec<_> = found.choices.iter().filter(|choice| choice.item.kind == ReferenceKind::Account).collect();
        assert!(!accounts.is_empty());
        let archived = sql("SELECT external_id FROM reference_items WHERE archived = 1").all::<(String,)>(&db).await.unwrap();
        assert!(
            !archived.is_empty() && archived.iter().all(|(id,)| accounts.iter().all(|choice| choice.item.external_id != *id))
        );

        // What stands for another value is not offered: it would be refused.
        let subject = found.causes[0].subject.clone().unwrap();
        let taken = accounts.iter().find(|choice| choice.fits(&subject)).unwrap().item.external_id.clone();
        sql("INSERT INTO mappings (company_id, kind, local_value, external_id) VALUES ($1, 'account', 'rent', $2)")
            .bind(&books.company.id)
            .bind(&taken)
            .execute(&db)
            .await
            .unwrap();
        let again = read(&books, "").await;
        let offered = |one: &&Choice| one.fits(&subject);
        assert!(again.choices.iter().filter(offered).all(|choice| choice.item.external_id != taken));
        assert_eq!(again.choices.iter().filter(offered).count() + 1, accounts.iter().filter(|one| one.fits(&subject)).count());

        // Ten more causes, of which each has one record and one has two kinds of them.
        for n in 0..10 {
            sql("UPDATE problems SET cause = $2 WHERE label = $1")
                .bind(format!("Y{n:02}"))
                .bind(format!("Cause {n}"))
                .execute(&db)
                .await
                .unwrap();
        }
        sql("UPDATE problems SET cause = 'Cause 3', entity = 'credit_note' WHERE label = 'Y10'").execute(&db).await.unwrap();
        let found = read(&books, "").await;
        let shown: Vec<_> =
            found.causes.iter().map(|group| (group.cause.as_str(), group.records.iter().map(|(_, n)| n).sum())).collect();
        let some: [(&str, u64); 4] = [(MANY, 46), (FEW, 5), ("Cause 3", 2), ("Cause 0", 1)];
        assert_eq!(shown[..4], some);
        assert_eq!(found.causes[2].records, [(Entity::CreditNote, 1), (Entity::Invoice, 1)]);
        assert_eq!((found.causes.len(), found.more_causes), (8, 4));
    })
    .await;
}

#[tokio::test]
async fn rows_unfold_into_their_latest_attempts() {
    on_each_database(|db| async move {
        let books = failing(&db).await;
        for _ in 0..11 {
            books.sync().await;
        }
        let (one, other) = {
            let found = read(&books, "q=Z0").await;
            (found.problems[0].clone(), found.problems[1].clone())
        };
        assert_eq!(one.times, 12);
        let found = read(&books, &format!("q=Z0&open={},{}", one.id, other.id)).await;
        assert_eq!(found.trails.len(), 2);
        let trail = found.trails.iter().find(|trail| trail.problem == one.id).unwrap();
        assert_eq!(trail.attempts.len(), 10);
        assert!(trail.attempts.is_sorted_by(|a, b| a.id > b.id), "the latest first");
        assert!(trail.attempts.iter().all(|attempt| attempt.level == Level::Error && attempt.text == FEW));
        assert!(trail.sent.contains(&one.label) && trail.received.contains("archived"), "{trail:?}");
        let elsewhere = read(&books, &format!("q=Y0&open={}", one.id)).await;
        assert_eq!(elsewhere.trails, [], "its row is not on the page");
    })
    .await;
}

#[tokio::test]
async fn the_latest_that_can_be_undone_is_shown_for_a_while() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        assert_eq!(read(&books, "").await.undoable, None);
        let act = async |kind: &str, ago_ms: i64, undone: Option<i64>| {
            sql("INSERT INTO actions (id, company_id, kind, made_by, at, summary, records, undone_at) VALUES ($1, $2, $3, 'web', $4, $3, 1, $5)")
                .bind(new_id())
                .bind(&books.company.id)
                .bind(kind)
                .bind(now_ms() - ago_ms)
                .bind(undone)
                .execute(&db)
                .await
                .unwrap();
        };
        act("unlink", 16 * 60_000, None).await;
        assert_eq!(read(&books, "").await.undoable, None);
        act("unlink", 60_000, None).await;
        act("link", 60_000, Some(1)).await;
        act("retry", 0, None).await;
        assert_eq!(read(&books, "").await.undoable.unwrap().summary, "unlink");
        act("set_aside", 0, None).await;
        assert_eq!(read(&books, "").await.undoable.unwrap().summary, "set_aside");
    })
    .await;
}

#[tokio::test]
async fn a_conflict_shows_both_sides_and_a_blocked_record_what_it_waits_for() {
    on_each_database(|db| async move {
        let books = failing(&db).await;
        let ours = r#"{"label":"Z00","contact":"Customer 1","gross":1200,"lines":1}"#;
        let theirs = r#"{"external_id":"X1","label":"Z00","contact":"Customer 1","gross":999}"#;
        sql("UPDATE problems SET kind = 'conflict', ours = $2, theirs = $3, decision = 'adopt' WHERE label = $1")
            .bind("Z00")
            .bind(ours)
            .bind(theirs)
            .execute(&db)
            .await
            .unwrap();
        sql("UPDATE problems SET kind = 'blocked', blocked_by = 'Customer 1', blocked_by_entity = 'contact', blocked_by_id = '7' WHERE label = 'Z01'")
            .execute(&db)
            .await
            .unwrap();
        sql("UPDATE problems SET external_id = local_id, ours = 'nonsense' WHERE label = 'Z02'").execute(&db).await.unwrap();
        let found = read(&books, "q=Z0").await;
        let of = |label: &str| found.problems.iter().find(|row| row.label == label).unwrap();
        let (ours, theirs) = of("Z00").sides.clone().unwrap();
        assert_eq!((ours.gross, theirs.gross, theirs.external_id.as_deref()), (Some(1200), Some(999), Some("X1")));
        assert!(of("Z00").adopting);
        let blocker = of("Z01").blocked_by.clone().unwrap();
        assert_eq!(blocker.address.unwrap(), format!("/companies/{}/records/contact/7", books.company.code));
        assert_eq!((of("Z02").address.clone(), of("Z02").sides.clone()), (None, None), "only the other side holds it");
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
