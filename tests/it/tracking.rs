//! What documents are tracked by goes along, or a person has said that it stays behind: an amount without its
//! property is missing from that property's report, and no total tells.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use tieout::{
    domain::{
        matching::{LEAVE_OUT, Pick, ReferenceKind},
        message::{Entity, Level},
        message_filter::MessageFilter,
        status::SyncStatus,
    },
    server::{
        db::{Db, query::sql},
        services::{
            message_log,
            onboarding::{Confirmed, confirm, match_report, save_matches},
        },
    },
};

/// An invoice tracked by this region.
fn tracked(number: &str, region: &str) -> String {
    line("Customer 1", number, 5, 1, "10.00", "200").replace(",,,,,,GBP", &format!(",,Region,{region},,,GBP"))
}

fn tracking(value: &str, external_id: &str) -> Pick {
    Pick { kind: ReferenceKind::Tracking, value: value.into(), external_id: external_id.into() }
}

/// What the ledger keeps with the lines of a document.
async fn kept(db: &Db, number: &str) -> Vec<String> {
    let rows: Vec<(String,)> = sql("SELECT COALESCE(t.category || ': ' || t.option, '') FROM practice_documents d
        JOIN practice_lines l ON l.document_id = d.id LEFT JOIN practice_tracking t ON t.id = l.tracking
        WHERE d.number = $1 ORDER BY l.position")
    .bind(number)
    .all(db)
    .await
    .unwrap();
    rows.into_iter().map(|(name,)| name).collect()
}

#[tokio::test]
async fn a_tracking_option_goes_along_or_a_person_chose_to_leave_it_out() {
    on_each_database(|db| async move {
        let csv = three() + &tracked("1010", "France") + &tracked("1011", "FRANCE") + &tracked("1012", "Mars");
        let books = Books::connect(&db, &csv, None).await;
        let company = &books.company.id;
        let Confirmed::Incomplete(report) = confirm(&db, company, true, &[], "test").await.unwrap() else {
            panic!("confirmed without a word about Mars")
        };
        assert_eq!(report.missing_sentence().as_deref(), Some("Without a match: tracking option “Region: Mars”."));
        confirm(&db, company, true, &[tracking("Region: Mars", LEAVE_OUT)], "test").await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        assert_eq!(kept(&db, "1010").await, ["Region: France"]);
        assert_eq!(kept(&db, "1011").await, ["Region: France"], "capitals make no difference");
        assert_eq!(kept(&db, "1012").await, [""]);
        let warnings = MessageFilter { level: Some(Level::Warning), ..MessageFilter::default() };
        let log = message_log::page(&db, &books.company, &warnings).await.unwrap();
        let texts: Vec<_> = log.messages.iter().map(|message| (message.entity, message.text.as_str())).collect();
        assert_eq!(texts, [(Entity::Invoice, "Sent invoice 1012 without tracking option Region: Mars")]);
        assert!(log.messages[0].advice.contains("Integration settings"));
    })
    .await;
}

#[tokio::test]
async fn an_option_nobody_decided_about_holds_its_document_back() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        books.import(&(tracked("1020", "Venus") + &tracked("1021", "France"))).await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let problems = books.problems().await;
        assert_eq!(problems.len(), 1, "{problems:?}");
        let (label, kind, cause, _) = &problems[0];
        assert_eq!((label.as_str(), kind.as_str()), ("1020", "failed"));
        assert_eq!(cause, "Tracking option Region: Venus has no match there");
        assert_eq!(kept(&db, "1021").await, ["Region: France"], "one that fails stops no other");
        assert_eq!(kept(&db, "1020").await, [] as [&str; 0]);

        // The way out that the advice names: match it, and sync again.
        let report = match_report(&db, &books.company.id).await.unwrap();
        assert_eq!(report.missing().map(|item| item.value.as_str()).collect::<Vec<_>>(), ["Region: Venus"]);
        let italy = report.choices.iter().find(|choice| choice.code == "Region: Italy").unwrap();
        save_matches(&db, &books.company.id, &[tracking("Region: Venus", &italy.external_id)]).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(kept(&db, "1020").await, ["Region: Italy"]);
        books.assert_in_balance(4, 1).await;

        // What is matched with Venus is not Italy's any more; another decision is needed for that.
        books.import(&tracked("1022", "Italy")).await;
        books.work().await;
        assert_eq!(books.problems().await[0].2, "Tracking option Region: Italy has no match there");
        save_matches(&db, &books.company.id, &[tracking("Region: Italy", LEAVE_OUT)]).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);

        sql("UPDATE practice_tracking SET archived = 1 WHERE option = 'France'").execute(&db).await.unwrap();
        books.import(&tracked("1023", "France")).await;
        books.work().await;
        assert_eq!(books.problems().await[0].2, "Tracking option Region: France is archived");
        sql("UPDATE practice_tracking SET archived = 0").execute(&db).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);
    })
    .await;
}
