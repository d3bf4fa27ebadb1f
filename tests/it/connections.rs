//! A company's connection from the first to the last step a person takes: connect, match, confirm, lose access,
//! reconnect, disconnect, schedule. Each step is seen in the status people see.

use crate::harness::on_each_database;
use tieout::{
    domain::{
        connection::Access,
        matching::{ContactMatches, LEAVE_OUT, Match, Pick, ReferenceKind},
        run::{RunKind, RunScope},
        schedule::Schedule,
        status::SyncStatus,
    },
    server::{
        connectors::practice::{PracticeConnector, open_ledger, panel},
        db::{
            Db,
            companies::{self, Company},
            connections::{self, Connection},
            reference, runs, secrets, status,
        },
        engine::Engine,
        services::{
            companies::{Wanted, add},
            connections::{
                connect_ledger, connect_practice, disconnect, practice_ledgers, read_lists, reconnect_ledger, reconnect_practice,
                resume, resync_from, set_schedule,
            },
            error::ServiceError,
            import,
            onboarding::{Confirmed, confirm, match_report, save_matches},
            sync,
        },
    },
};
use tokio_util::sync::CancellationToken;

const HEADER: &str = "*ContactName,EmailAddress,POCountry,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,TrackingName1,TrackingOption1,Currency";

async fn company(db: &Db, rows: &[&str]) -> Company {
    let wanted = Wanted {
        name: "Albion Quay Estates".into(),
        currency: "GBP".into(),
        time_zone: "Europe/London".into(),
        ..Wanted::default()
    };
    let company = add(db, &wanted).await.unwrap();
    if !rows.is_empty() {
        let file = format!("{HEADER}\r\n{}\r\n", rows.join("\r\n"));
        let report = import::run(db, &company, "sales.csv", file.into_bytes(), "test").await.unwrap();
        assert_eq!(report.errors, [], "the test's own file");
    }
    company
}

fn row(contact: &str, number: &str, account: &str, tax: &str, region: &str) -> String {
    let category = if region.is_empty() { "" } else { "Region" };
    format!("{contact},,,{number},,01/12/2010,31/12/2010,Rent,1,10.50,{account},{tax},{category},{region},GBP")
}

async fn connect(db: &Db, company: &Company) -> Connection {
    connect_practice(db, company, None, Schedule::Nightly, "test").await.unwrap();
    connection(db, company).await
}

async fn connection(db: &Db, company: &Company) -> Connection {
    connections::of_company(db, &company.id).await.unwrap().unwrap()
}

async fn shown(db: &Db, company: &Company) -> SyncStatus {
    assert_eq!(status::check(db).await.unwrap(), [] as [String; 0], "stored and derived are equal");
    companies::by_id(db, &company.id).await.unwrap().unwrap().status()
}

/// Works what is queued, to its end.
async fn work(db: &Db, run_id: String) {
    Engine::new(db.clone(), 1, CancellationToken::new()).work_only(vec![run_id]).await;
}

async fn onboard(db: &Db, company: &Company) -> String {
    match confirm(db, &company.id, true, &[], "test").await.unwrap() {
        Confirmed::Started(requested) => requested.run_id,
        Confirmed::Incomplete(report) => panic!("{:?}", report.missing_sentence()),
    }
}

fn pick(kind: ReferenceKind, value: &str, external_id: &str) -> Pick {
    Pick { kind, value: value.into(), external_id: external_id.into() }
}

#[tokio::test]
async fn exact_matches_are_accepted_and_the_initial_sync_starts() {
    on_each_database(|db| async move {
        let rows = [row("Ann", "INV-1", "200", "20% (VAT on Income)", ""), row("Bob", "INV-2", "200", "Zero Rated Income", "")];
        let company = company(&db, &rows.each_ref().map(String::as_str)).await;
        assert_eq!(shown(&db, &company).await, SyncStatus::NotConnected);

        connect(&db, &company).await;
        assert_eq!(shown(&db, &company).await, SyncStatus::IncompleteOnboarding);
        let report = match_report(&db, &company.id).await.unwrap();
        let values: Vec<_> = report.items.iter().map(|item| (item.kind, item.value.as_str(), item.documents)).collect();
        assert_eq!(
            values,
            [
                (ReferenceKind::TaxRate, "20% (VAT on Income)", 1),
                (ReferenceKind::TaxRate, "Zero Rated Income", 1),
                (ReferenceKind::Account, "200", 2),
            ]
        );
        assert!(report.items.iter().all(|item| matches!(item.matched, Match::Exact(_))), "{report:?}");
        assert_eq!(report.contacts, ContactMatches { matched: 0, to_create: 2 });
        let refused = sync::request(&db, &company.id, RunKind::Manual, RunScope::Full, "test").await;
        assert!(matches!(refused, Err(ServiceError::Refused(_))), "nothing is sent before the confirmation");

        let run_id = onboard(&db, &company).await;
        assert_eq!(shown(&db, &company).await, SyncStatus::InProgress);
        let run = runs::by_id(&db, &run_id).await.unwrap().unwrap();
        assert_eq!((run.kind.as_str(), run.scope.as_str()), ("initial", "full"));
        assert_eq!(reference::mappings(&db, &company.id).await.unwrap().len(), 3);
        let connection = connection(&db, &company).await;
        assert!(connection.onboarded_at.is_some() && connection.next_sync_at.is_some());
        let again = confirm(&db, &company.id, true, &[], "test").await;
        assert!(matches!(again, Err(ServiceError::Refused(_))));

        work(&db, run_id).await;
        assert_eq!(shown(&db, &company).await, SyncStatus::Synced);
        let refused = connect_practice(&db, &company, None, Schedule::Off, "test").await;
        assert!(matches!(refused, Err(ServiceError::Refused(_))), "one connection a company");
    })
    .await;
}

#[tokio::test]
async fn what_has_no_match_keeps_onboarding_open_until_a_person_chooses() {
    on_each_database(|db| async move {
        let rows = [row("Ann", "INV-1", "200", "20% (VAT on Income)", "Mars"), row("Ann", "INV-2", "rent", "20% full VAT", "")];
        let company = company(&db, &rows.each_ref().map(String::as_str)).await;
        connect(&db, &company).await;

        let Confirmed::Incomplete(report) = confirm(&db, &company.id, true, &[], "test").await.unwrap() else {
            panic!("confirmed without a match for an account")
        };
        assert_eq!(
            report.missing_sentence().as_deref(),
            Some("Without a match: tax rate “20% full VAT”, account “rent”, tracking option “Region: Mars”.")
        );
        assert_eq!(shown(&db, &company).await, SyncStatus::IncompleteOnboarding);
        assert_eq!(runs::latest(&db, &company.id, 5).await.unwrap().len(), 0);
        // The exact ones were accepted with it, and stay so.
        assert_eq!(reference::mappings(&db, &company.id).await.unwrap().len(), 2);

        let choice = |kind, code: &str| {
            report.choices.iter().find(|item| item.kind == kind && item.code == code).unwrap().external_id.clone()
        };
        let (sales, other) = (choice(ReferenceKind::Account, "200"), choice(ReferenceKind::Account, "260"));
        let no_vat = choice(ReferenceKind::TaxRate, "Zero Rated Income");
        for (refused, why) in [
            (pick(ReferenceKind::Account, "rent", &sales), "an account there is matched once"),
            (pick(ReferenceKind::Account, "rent", &no_vat), "a tax rate is no account"),
            (pick(ReferenceKind::Account, "999", &other), "no document uses it"),
            (pick(ReferenceKind::Account, "rent", LEAVE_OUT), "amounts need their accounts"),
        ] {
            let answer = save_matches(&db, &company.id, &[refused]).await;
            assert!(matches!(answer, Err(ServiceError::Invalid(_))), "{why}: {answer:?}");
        }
        save_matches(&db, &company.id, &[pick(ReferenceKind::Account, "rent", &other)]).await.unwrap();
        save_matches(&db, &company.id, &[pick(ReferenceKind::Account, "rent", "")]).await.unwrap();
        let report = match_report(&db, &company.id).await.unwrap();
        assert_eq!(report.missing().count(), 3, "a choice can be taken back");

        save_matches(&db, &company.id, &[pick(ReferenceKind::Account, "rent", &other)]).await.unwrap();
        let mars = || pick(ReferenceKind::Tracking, "Region: Mars", LEAVE_OUT);
        save_matches(&db, &company.id, &[mars()]).await.unwrap();
        assert_eq!(
            match_report(&db, &company.id).await.unwrap().of(ReferenceKind::Tracking).next().unwrap().matched,
            Match::LeftOut
        );
        save_matches(&db, &company.id, &[pick(ReferenceKind::Tracking, "Region: Mars", "")]).await.unwrap();
        let rate = pick(ReferenceKind::TaxRate, "20% full VAT", &no_vat);
        assert!(matches!(confirm(&db, &company.id, true, &[rate], "test").await.unwrap(), Confirmed::Incomplete(_)));
        let last = [mars()];
        assert!(matches!(confirm(&db, &company.id, true, &last, "test").await.unwrap(), Confirmed::Started(_)));
        assert_eq!(shown(&db, &company).await, SyncStatus::InProgress);
    })
    .await;
}

#[tokio::test]
async fn matches_count_only_when_accepted_and_an_empty_company_needs_none() {
    on_each_database(|db| async move {
        let used = company(&db, &[&row("Ann", "INV-1", "200", "Zero Rated Income", "")]).await;
        connect(&db, &used).await;
        assert!(matches!(confirm(&db, &used.id, false, &[], "test").await.unwrap(), Confirmed::Incomplete(_)));
        assert_eq!(reference::mappings(&db, &used.id).await.unwrap(), []);

        let wanted = Wanted { name: "Empty".into(), currency: "GBP".into(), time_zone: "UTC".into(), ..Wanted::default() };
        let empty = add(&db, &wanted).await.unwrap();
        connect(&db, &empty).await;
        assert!(match_report(&db, &empty.id).await.unwrap().is_empty());
        assert!(matches!(confirm(&db, &empty.id, false, &[], "test").await.unwrap(), Confirmed::Started(_)));
        assert_eq!(shown(&db, &empty).await, SyncStatus::InProgress);
    })
    .await;
}

#[tokio::test]
async fn what_is_added_there_can_be_matched_after_reading_the_lists_again() {
    on_each_database(|db| async move {
        let company = company(&db, &[&row("Ann", "INV-1", "200", "Zero Rated Income", "")]).await;
        let connection = connect(&db, &company).await;
        panel::set_account_archived(&db, &connection.organisation_id, "200", true).await.unwrap();
        read_lists(&db, &company.id).await.unwrap();
        let report = match_report(&db, &company.id).await.unwrap();
        assert_eq!(report.missing().map(|item| item.value.as_str()).collect::<Vec<_>>(), ["200"]);
        panel::set_account_archived(&db, &connection.organisation_id, "200", false).await.unwrap();
        read_lists(&db, &company.id).await.unwrap();
        assert_eq!(match_report(&db, &company.id).await.unwrap().missing().count(), 0);
    })
    .await;
}

#[tokio::test]
async fn reconnecting_leads_back_to_the_same_organisation_and_no_other() {
    on_each_database(|db| async move {
        let company = company(&db, &[]).await;
        let before = connect(&db, &company).await;
        let run = onboard(&db, &company).await;
        work(&db, run).await;

        panel::revoke_access(&db, &before.organisation_id).await.unwrap();
        let run = sync::request(&db, &company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        work(&db, run.run_id).await;
        assert_eq!(shown(&db, &company).await, SyncStatus::NeedsReconnecting);
        assert_eq!(connection(&db, &company).await.next_sync_at, None, "nothing is due without access");

        let (other, key) = open_ledger(&db, "Somebody else", "GBP").await.unwrap();
        let answer = resume(&db, &company.id, &PracticeConnector::new(db.clone(), &other, &key), &key).await;
        assert!(matches!(answer, Err(ServiceError::Refused(_))), "{answer:?}");
        assert_eq!(shown(&db, &company).await, SyncStatus::NeedsReconnecting);

        reconnect_practice(&db, &company.id).await.unwrap();
        let after = connection(&db, &company).await;
        assert_eq!((after.access(), after.lost_reason), (Access::Valid, None));
        assert_eq!(after.organisation_id, before.organisation_id);
        assert!(after.onboarded_at.is_some() && after.next_sync_at.is_some());
        let run = sync::request(&db, &company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        work(&db, run.run_id).await;
        assert_eq!(shown(&db, &company).await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn disconnecting_keeps_the_pairing_and_forgets_the_key() {
    on_each_database(|db| async move {
        let company = company(&db, &[]).await;
        let before = connect(&db, &company).await;
        let run = onboard(&db, &company).await;
        disconnect(&db, &company.id).await.unwrap();
        assert_eq!(shown(&db, &company).await, SyncStatus::NotConnected);
        assert_eq!(secrets::of_connection(&db, db.vault(), &before.id).await.unwrap(), None);
        assert_eq!(runs::by_id(&db, &run).await.unwrap().unwrap().state, "cancelled");
        assert!(matches!(disconnect(&db, &company.id).await, Err(ServiceError::Refused(_))));
        let another = connect_practice(&db, &company, None, Schedule::Off, "test").await;
        assert!(matches!(another, Err(ServiceError::Refused(_))), "the pairing stays");

        reconnect_practice(&db, &company.id).await.unwrap();
        let after = connection(&db, &company).await;
        assert_eq!((&after.id, &after.organisation_id), (&before.id, &before.organisation_id));
        assert_eq!(shown(&db, &company).await, SyncStatus::IncompletePipeline, "the initial sync was cancelled");
    })
    .await;
}

#[tokio::test]
async fn a_schedule_is_due_once_onboarded_and_never_when_off() {
    on_each_database(|db| async move {
        let company = company(&db, &[]).await;
        assert!(matches!(set_schedule(&db, &company.id, Schedule::Hourly).await, Err(ServiceError::Refused(_))));
        let bad = connect_practice(&db, &company, Some("31/12/2010"), Schedule::Off, "test").await;
        assert!(matches!(bad, Err(ServiceError::Invalid(_))));
        connect(&db, &company).await;
        set_schedule(&db, &company.id, Schedule::Hourly).await.unwrap();
        assert_eq!(connection(&db, &company).await.next_sync_at, None, "onboarding comes first");
        onboard(&db, &company).await;
        let hourly = connection(&db, &company).await;
        assert_eq!(hourly.schedule(), Schedule::Hourly);
        assert!(hourly.next_sync_at.is_some());
        set_schedule(&db, &company.id, Schedule::Off).await.unwrap();
        assert_eq!(connection(&db, &company).await.next_sync_at, None);
    })
    .await;
}

fn named(name: &str) -> Wanted {
    Wanted { name: name.into(), currency: "GBP".into(), time_zone: "Europe/London".into(), ..Wanted::default() }
}

#[tokio::test]
async fn one_organisation_serves_one_company_and_a_second_use_says_which_has_it() {
    on_each_database(|db| async move {
        let first = company(&db, &[]).await;
        let second = add(&db, &named("Bramley Court")).await.unwrap();
        let held = connect(&db, &first).await;
        let key = secrets::of_connection(&db, db.vault(), &held.id).await.unwrap();
        let taken = connect_ledger(&db, &second, &held.organisation_id, "2000-01-01", Schedule::Off, "test").await;
        let Err(ServiceError::Refused(why)) = taken else { panic!("{taken:?}") };
        assert!(why.contains("Albion Quay Estates (AQE) already"), "{why}");
        assert_eq!(connections::of_company(&db, &second.id).await.unwrap(), None);
        assert_eq!(shown(&db, &second).await, SyncStatus::NotConnected);
        assert_eq!(secrets::of_connection(&db, db.vault(), &held.id).await.unwrap(), key);
        read_lists(&db, &first.id).await.unwrap();

        // A ledger nobody uses is offered, and taken up; given up it stays with its company.
        let (spare, _) = open_ledger(&db, "Spare", "GBP").await.unwrap();
        open_ledger(&db, "Euros", "EUR").await.unwrap();
        assert_eq!(practice_ledgers(&db, "GBP").await.unwrap(), [(spare.clone(), "Spare".to_owned())]);
        connect_ledger(&db, &second, &spare, "2000-01-01", Schedule::Off, "test").await.unwrap();
        assert_eq!(practice_ledgers(&db, "GBP").await.unwrap(), []);
        disconnect(&db, &second.id).await.unwrap();
        assert_eq!(practice_ledgers(&db, "GBP").await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn two_companies_that_reach_for_one_organisation_at_once_leave_it_with_one() {
    on_each_database(|db| async move {
        let (spare, _) = open_ledger(&db, "Spare", "GBP").await.unwrap();
        let mut tasks = Vec::new();
        for n in 0..4 {
            let company = add(&db, &named(&format!("Company {n}"))).await.unwrap();
            let (db, spare) = (db.clone(), spare.clone());
            tasks.push(tokio::spawn(
                async move { connect_ledger(&db, &company, &spare, "2000-01-01", Schedule::Off, "test").await },
            ));
        }
        let mut connected = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => connected += 1,
                Err(ServiceError::Refused(why)) => assert!(why.contains("already"), "{why}"),
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(connected, 1);
        assert_eq!(status::check(&db).await.unwrap(), [] as [String; 0]);
    })
    .await;
}

#[tokio::test]
async fn reconnecting_with_anothers_ledger_is_refused_and_takes_nothing_from_it() {
    on_each_database(|db| async move {
        let (one, two) = (company(&db, &[]).await, add(&db, &named("Bramley Court")).await.unwrap());
        let (mine, theirs) = (connect(&db, &one).await, connect(&db, &two).await);
        panel::revoke_access(&db, &mine.organisation_id).await.unwrap();
        let refused = reconnect_ledger(&db, &one.id, &theirs.organisation_id).await;
        let Err(ServiceError::Refused(why)) = refused else { panic!("{refused:?}") };
        assert_eq!(
            why,
            "Bramley Court is another organisation. Albion Quay Estates is paired with Albion Quay Estates: reconnect to that one."
        );
        assert_eq!(connection(&db, &one).await, mine, "nothing changed");
        read_lists(&db, &two.id).await.unwrap();
        reconnect_ledger(&db, &one.id, &mine.organisation_id).await.unwrap();
        read_lists(&db, &one.id).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn another_day_brings_documents_into_scope_and_leaves_others_alone() {
    on_each_database(|db| async move {
        let rows = [
            row("Ann", "OLD", "200", "20% (VAT on Income)", "").replace("01/12/2010", "01/03/2009"),
            row("Ann", "NEW", "200", "20% (VAT on Income)", ""),
        ];
        let company = company(&db, &rows.each_ref().map(String::as_str)).await;
        connect_practice(&db, &company, Some("2010-01-01"), Schedule::Off, "test").await.unwrap();
        let early = resync_from(&db, &company.id, "2009-01-01", "test").await;
        assert!(matches!(early, Err(ServiceError::Refused(_))), "onboarding comes first");
        let run = onboard(&db, &company).await;
        work(&db, run).await;
        let there = "SELECT count(*) FROM practice_documents";
        let number = |text: &'static str| {
            let db = db.clone();
            async move { tieout::server::db::query::sql(text).one::<(i64,)>(&db).await.unwrap().0 }
        };
        assert_eq!(number(there).await, 1);
        for bad in ["2009-02-30", "1999-12-31", "2999-01-01", "yesterday"] {
            assert!(matches!(resync_from(&db, &company.id, bad, "test").await, Err(ServiceError::Invalid(_))), "{bad}");
        }
        assert_eq!(connection(&db, &company).await.sync_from, "2010-01-01");

        let asked = resync_from(&db, &company.id, "2009-01-01", "test").await.unwrap();
        assert_eq!(number("SELECT count(*) FROM cursors").await, 0, "everything is read anew");
        assert_eq!(number("SELECT count(*) FROM links WHERE external_id IS NOT NULL").await, 2, "links are kept");
        work(&db, asked.run_id).await;
        assert_eq!((number(there).await, shown(&db, &company).await), (2, SyncStatus::Synced));

        // A later day: what is the matter with what is dated before it is nobody's business any more.
        let ledger = connection(&db, &company).await.organisation_id;
        panel::void_document(&db, &ledger, "OLD").await.unwrap();
        let run = sync::request(&db, &company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        work(&db, run.run_id).await;
        let asked = resync_from(&db, &company.id, "2010-06-01", "test").await.unwrap();
        work(&db, asked.run_id).await;
        assert_eq!((number(there).await, shown(&db, &company).await), (2, SyncStatus::Synced));
        assert_eq!(number("SELECT count(*) FROM problems WHERE resolved_at IS NULL").await, 0);
    })
    .await;
}
