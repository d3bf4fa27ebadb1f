//! The onboarding wizard: what its pages show, what is saved on them by several people at once, and what the confirmation
//! makes of it.

mod contacts;
mod scale;

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use tieout::{
    domain::{
        matching::{LEAVE_OUT, Match, ReferenceKind},
        onboarding::{Entry, ItemsPage, Onboarding, Plan, Step, StepPage},
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
        db::reference,
        services::{
            connections::{disconnect, read_lists},
            error::ServiceError,
            onboarding::{Confirmed, accept_exact, confirm, onboarding, save},
        },
    },
};

/// The page an address asks for.
pub async fn page(books: &Books, query: &str) -> Onboarding {
    onboarding(&books.db, &books.company, query).await.unwrap()
}

fn items(page: Onboarding) -> ItemsPage {
    match page.page {
        StepPage::Items(items) => items,
        other => panic!("{other:?}"),
    }
}

pub async fn plan(books: &Books) -> Plan {
    match page(books, "step=confirm").await.page {
        StepPage::Confirm(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

fn entry(item: &str, was: &str, choice: &str) -> Entry {
    Entry { item: item.into(), choice: choice.into(), was: was.into(), shown: was.into() }
}

/// Documents whose accounts are called otherwise there.
fn odd_accounts() -> String {
    three() + &line("Customer 3", "1004", 4, 1, "5.00", "rent") + &line("Customer 3", "1005", 5, 1, "5.00", "fees")
}

async fn account(books: &Books, code: &str) -> String {
    let items = reference::items(&books.db, &books.company.id).await.unwrap();
    items.into_iter().find(|item| item.kind == "account" && item.code == code).unwrap().external_id
}

async fn matched(books: &Books, value: &str) -> Match {
    let items = items(page(books, "step=accounts").await);
    items.rows.into_iter().find(|row| row.value == value).unwrap().matched
}

#[tokio::test]
async fn the_first_unfinished_step_is_shown_with_what_each_value_most_likely_is() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &odd_accounts(), None).await;
        let first = page(&books, "").await;
        assert_eq!(first.step(), Step::TaxRates);
        let progress: Vec<_> = first.steps.iter().map(|(step, one)| (*step, one.all, one.missing, one.exact)).collect();
        assert_eq!(
            progress,
            [
                (Step::TaxRates, 1, 0, 1),
                (Step::Accounts, 3, 2, 1),
                (Step::Tracking, 0, 0, 0),
                (Step::Contacts, 3, 0, 0),
                (Step::Confirm, 0, 0, 0)
            ]
        );
        assert!(first.lists_read.is_some());
        let rates = items(first);
        assert_eq!(rates.rows[0].rate.as_deref(), Some("20%"));
        assert_eq!(rates.rows[0].suggestions[0].reason, "same rate 20%");

        assert_eq!(accept_exact(&db, &books.company.id, ReferenceKind::TaxRate, "Ann").await.unwrap(), 1);
        let accounts = page(&books, "").await;
        assert_eq!(accounts.step(), Step::Accounts, "where it was left, for everybody");
        let rows = items(accounts).rows;
        let rent = rows.iter().find(|row| row.value == "rent").unwrap();
        assert_eq!((rent.suggestions[0].item.code.as_str(), rent.suggestions[0].reason.as_str()), ("469", "same name"));
        assert_eq!(rent.example.as_ref().unwrap().number, "1004");
        assert_eq!(rows.iter().find(|row| row.value == "200").unwrap().documents, 3);

        let plan = plan(&books).await;
        let missing: Vec<_> = plan.missing.iter().map(|(step, value)| (*step, value.as_str())).collect();
        assert_eq!(missing, [(Step::Accounts, "fees"), (Step::Accounts, "rent")]);
        assert!(plan.blocked());
        let (_, notices) = (page(&books, "step=accounts&colour=red").await, page(&books, "colour=red").await.notices);
        assert_eq!(notices, ["“colour” is not a part of this address; it was ignored."]);
    })
    .await;
}

#[tokio::test]
async fn two_people_at_one_step_do_not_overwrite_each_other() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &odd_accounts(), None).await;
        let company = books.company.id.as_str();
        let (a260, a270, a210) = (account(&books, "260").await, account(&books, "270").await, account(&books, "210").await);
        let save = async |entries: &[Entry], by: &str| save(&db, company, ReferenceKind::Account, entries, by).await.unwrap();

        // Both saw the page with nothing chosen.
        let ann = save(&[entry("rent", "", &a260), entry("fees", "", "")], "Ann").await;
        assert_eq!((ann.stored, ann.is_whole()), (1, true));
        let ben = save(&[entry("rent", "", &a270), entry("fees", "", &a210)], "Ben").await;
        assert_eq!(ben.overtaken, ["“rent”, for which Ann chose 260 Other Revenue"]);
        assert_eq!((ben.stored, ben.refused.len()), (1, 0), "his other choice is kept");
        assert_eq!(matched(&books, "rent").await.item().unwrap().code, "260");
        assert_eq!(matched(&books, "fees").await.item().unwrap().code, "210");

        // The same choice by both is no conflict, and what was left as it was is none either.
        let same = save(&[entry("rent", "", &a260), entry("fees", "", "")], "Ben").await;
        assert_eq!((same.stored, same.is_whole()), (0, true));
        // A choice that was taken back is a change like any other.
        save(&[entry("rent", &a260, "")], "Ann").await;
        let late = save(&[entry("rent", &a260, &a270)], "Ben").await;
        assert_eq!(late.overtaken, ["“rent”, for which Ann chose nothing"]);
        assert_eq!(matched(&books, "rent").await, Match::None);
        let decided =
            items(page(&books, "step=accounts").await).rows.into_iter().find(|row| row.value == "fees").unwrap().decided;
        assert_eq!(decided.unwrap().by, "Ben");
    })
    .await;
}

#[tokio::test]
async fn each_account_there_stands_for_one_here_and_two_can_change_places() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &odd_accounts(), None).await;
        let company = books.company.id.as_str();
        let (a260, a270) = (account(&books, "260").await, account(&books, "270").await);
        let save = async |entries: &[Entry]| save(&db, company, ReferenceKind::Account, entries, "Ann").await.unwrap();
        let twice = save(&[entry("rent", "", &a260), entry("fees", "", &a260)]).await;
        assert_eq!(twice.stored, 1);
        assert_eq!(
            twice.refused,
            ["“260 Other Revenue” cannot stand for both “rent” and “fees”: each account there is matched once."]
        );
        save(&[entry("fees", "", &a270)]).await;
        let swapped = save(&[entry("rent", &a260, &a270), entry("fees", &a270, &a260)]).await;
        assert_eq!((swapped.stored, swapped.is_whole()), (2, true));
        assert_eq!(matched(&books, "rent").await.item().unwrap().code, "270");
        // One that cannot be keeps what it had, which is not free for the other then.
        let gone = save(&[entry("rent", &a270, "gone"), entry("fees", &a260, &a270)]).await;
        assert_eq!((gone.stored, gone.refused.len()), (0, 2), "{gone:?}");
        for refused in [entry("999", "", &a260), entry("rent", &a270, LEAVE_OUT)] {
            let saved = save(std::slice::from_ref(&refused)).await;
            assert_eq!((saved.stored, saved.refused.len()), (0, 1), "{refused:?}");
        }
        let shown = items(page(&books, "step=accounts&item=rent&find=other").await).finder.unwrap();
        assert_eq!((shown.hits[0].label.as_str(), shown.hits[0].taken_by.as_deref()), ("260 Other Revenue", Some("fees")));
    })
    .await;
}

#[tokio::test]
async fn a_rate_that_documents_were_not_taxed_at_is_warned_about() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &three(), None).await;
        let items_there = reference::items(&db, &books.company.id).await.unwrap();
        let zero = items_there.into_iter().find(|item| item.code == "Zero Rated Income").unwrap().external_id;
        let kind = ReferenceKind::TaxRate;
        save(&db, &books.company.id, kind, &[entry("20% (VAT on Income)", "", &zero)], "Ann").await.unwrap();
        let row = items(page(&books, "step=tax-rates").await).rows.remove(0);
        let warning =
            "Documents with “20% (VAT on Income)” are taxed at 20%, but Zero Rated Income is 0% there: their tax will not agree.";
        assert_eq!(row.warning.as_deref(), Some(warning));
        assert_eq!(plan(&books).await.warnings, [warning]);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_go_out_needs_no_match() {
    on_each_database(|db| async move {
        // Dated before the day from which is synced.
        let old = line("Customer 9", "0900", 1, 1, "5.00", "ancient");
        let books = Books::connect(&db, &(old + &line("Customer 1", "1001", 6, 1, "5.00", "200")), Some("2010-12-05")).await;
        let accounts = items(page(&books, "step=accounts").await);
        assert_eq!(accounts.rows.iter().map(|row| row.value.as_str()).collect::<Vec<_>>(), ["200"]);
        let plan = plan(&books).await;
        assert_eq!((plan.older, plan.first_day.as_deref(), plan.sync_from.as_str()), (1, Some("6 Dec 2010"), "5 Dec 2010"));
        assert!(!plan.blocked());
        assert!(matches!(confirm(&db, &books.company.id, true, &[], "Ann").await.unwrap(), Confirmed::Started(_)));
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn an_empty_company_has_nothing_to_match_and_a_second_confirmation_is_told_of_the_first() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, "", None).await;
        let page_ = page(&books, "").await;
        assert_eq!(page_.step(), Step::Confirm);
        assert!(plan(&books).await.empty);
        assert!(matches!(confirm(&db, &books.company.id, true, &[], "Ann").await.unwrap(), Confirmed::Started(_)));
        let Err(ServiceError::Refused(why)) = confirm(&db, &books.company.id, true, &[], "Ben").await else {
            panic!("confirmed twice")
        };
        assert!(why.starts_with("Onboarding was confirmed already, by Ann on "), "{why}");
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
    })
    .await;
}

#[tokio::test]
async fn afterwards_the_same_pages_change_matches() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let matches = page(&books, "step=contacts").await;
        assert_eq!(matches.steps.len(), 3);
        assert_eq!(matches.notices, ["Onboarding is confirmed: the step Contacts is over. Matches can still be changed."]);
        assert_eq!((matches.step(), matches.confirmed.unwrap().by.as_str()), (Step::TaxRates, "test"));
        // Something new that has no match is where one lands.
        books.import(&line("Customer 3", "1004", 4, 1, "5.00", "rent")).await;
        books.work().await;
        let missing = page(&books, "").await;
        assert_eq!((missing.step(), missing.progress(Step::Accounts).missing), (Step::Accounts, 1));
        let rent = account(&books, "469").await;
        save(&db, &books.company.id, ReferenceKind::Account, &[entry("rent", "", &rent)], "Ann").await.unwrap();
        assert_eq!(matched(&books, "rent").await.item().unwrap().code, "469");
    })
    .await;
}

#[tokio::test]
async fn without_access_the_page_says_what_to_do_first() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &three(), None).await;
        panel::revoke_access(&db, &books.ledger).await.unwrap();
        let read = read_lists(&db, &books.company.id).await;
        assert!(matches!(read, Err(ServiceError::Refused(_))), "{read:?}");
        disconnect(&db, &books.company.id).await.unwrap();
        let shown = onboarding(&db, &books.company, "").await;
        let Err(ServiceError::Refused(why)) = shown else { panic!("{shown:?}") };
        assert_eq!(why, "Albion Quay Estates is not connected: connect accounting software first.");
        let saved = save(&db, &books.company.id, ReferenceKind::Account, &[], "Ann").await;
        assert!(matches!(saved, Err(ServiceError::Refused(_))));
    })
    .await;
}
