//! Contacts before the first sync: linked, created or archived, as people decide or by default; and what is there afterwards.

use super::{page, plan};
use crate::harness::{
    books::{Books, line},
    on_each_database,
};
use tieout::{
    domain::{
        matching::contacts::ContactChoice,
        onboarding::{ContactRow, ContactsPage, Entry, Step, StepPage},
        status::SyncStatus,
    },
    server::{
        connectors::{ContactContent, Content, PushItem, practice::panel},
        db::{new_id, query::sql},
        services::{
            connections::read_lists,
            error::ServiceError,
            onboarding::{Confirmed, Saved, accept_same_names, confirm, confirm_shown, create_others, save_contacts},
        },
    },
};

/// Somebody makes contacts in the ledger; answers their ids.
async fn make_there(books: &Books, contacts: &[(&str, &str)]) -> Vec<String> {
    let items = contacts.iter().map(|(name, email)| PushItem {
        external_id: None,
        idempotency_key: new_id(),
        content: Content::Contact(ContactContent { name: (*name).into(), email: (*email).into(), ..ContactContent::default() }),
    });
    let items: Vec<PushItem> = items.collect();
    let made = books.connector().await.push(&items).await.unwrap().into_iter().map(Result::unwrap).collect();
    read_lists(&books.db, &books.company.id).await.unwrap();
    made
}

async fn contacts(books: &Books, query: &str) -> ContactsPage {
    match page(books, &format!("step=contacts&{query}")).await.page {
        StepPage::Contacts(contacts) => contacts,
        other => panic!("{other:?}"),
    }
}

async fn row(books: &Books, name: &str) -> ContactRow {
    contacts(books, "").await.rows.into_iter().find(|row| row.name == name).unwrap()
}

fn word(choice: Option<&ContactChoice>) -> String {
    choice.map(ContactChoice::word).unwrap_or_default()
}

/// Decides about a contact on a page that shows what is stored now.
async fn decide(books: &Books, name: &str, choice: ContactChoice, by: &str) -> Saved {
    let row = row(books, name).await;
    let was = word(row.stored.as_ref());
    let entry = Entry { item: row.id, choice: choice.word(), shown: was.clone(), was };
    save_contacts(&books.db, &books.company.id, &[entry], by).await.unwrap()
}

/// Names and addresses of the ledger's contacts.
async fn there(books: &Books) -> Vec<(String, String)> {
    sql("SELECT name, email FROM practice_contacts ORDER BY name").all(&books.db).await.unwrap()
}

/// Four customers; the documents of the last are older than what is synced.
fn sales() -> String {
    ["Marlow Bakery", "Fable Books", "New Shop"]
        .iter()
        .enumerate()
        .map(|(n, name)| line(name, &format!("100{n}"), 6, 1, "10.00", "200"))
        .collect::<String>()
        + &line("Old Mill", "0900", 1, 1, "10.00", "200")
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, email)| ((*name).into(), (*email).into())).collect()
}

#[tokio::test]
async fn the_confirmation_does_what_was_decided_and_makes_nothing_twice() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &sales(), Some("2010-12-05")).await;
        let company = books.company.id.as_str();
        let made = [("Marlow Bakery Limited", "till@marlow.example"), ("fable  books", "desk@fable.example"), ("Only There", "")];
        let made = make_there(&books, &made).await;

        let shown = contacts(&books, "").await;
        let choices: Vec<_> = shown.rows.iter().map(|row| (row.name.as_str(), row.choice.clone(), row.going_out)).collect();
        assert_eq!(
            choices,
            [
                ("Fable Books", ContactChoice::Link(made[1].clone()), 1),
                ("Marlow Bakery", ContactChoice::Create, 1),
                ("New Shop", ContactChoice::Create, 1),
                ("Old Mill", ContactChoice::Create, 0),
            ]
        );
        let likely = &shown.rows[1].options[0];
        assert_eq!((likely.name.as_str(), likely.reason.as_str()), ("Marlow Bakery Limited", "nearly the same name"));
        assert_eq!(
            (shown.tally.same_name, shown.tally.others, shown.tally.only_there),
            (1, 3, 2),
            "what goes by default: {:?}",
            shown.tally
        );

        let refused = decide(&books, "New Shop", ContactChoice::Archive, "Ann").await.refused;
        assert_eq!(refused, ["“New Shop” cannot be archived: a document that goes out is addressed to it."]);
        let refused = decide(&books, "Fable Books", ContactChoice::Create, "Ann").await.refused;
        assert!(refused[0].starts_with("“Fable Books” is there under the same name"), "{refused:?}");
        assert_eq!(decide(&books, "Marlow Bakery", ContactChoice::Link(made[0].clone()), "Ann").await.stored, 1);
        let twice = decide(&books, "New Shop", ContactChoice::Link(made[0].clone()), "Ben").await;
        assert_eq!(
            twice.refused,
            ["“Marlow Bakery Limited” there is linked to Marlow Bakery already, so not to “New Shop”: each contact there is used once."]
        );
        assert_eq!(decide(&books, "Old Mill", ContactChoice::Archive, "Ben").await.stored, 1);
        let archived = contacts(&books, "show=archive").await;
        assert_eq!((archived.listed, archived.rows[0].name.as_str()), (1, "Old Mill"));

        let plan = plan(&books).await;
        let tally = plan.contacts;
        assert_eq!((tally.will_be_linked(), tally.will_be_created(), tally.archived, tally.renamed), (2, 1, 1, 1));
        assert_eq!(plan.going_out.iter().map(|(_, n)| n).sum::<u64>(), 3);
        // Nothing was sent so far.
        assert_eq!(there(&books).await.len(), 3);
        assert_eq!(books.number("SELECT count(*) FROM practice_documents").await, 0);
        assert_eq!(books.number("SELECT count(*) FROM links").await, 0);

        assert!(matches!(confirm(&db, company, true, &[], "Ann").await.unwrap(), Confirmed::Started(_)));
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        // The one that was linked goes by our name, and what we did not know of it is kept.
        let expected = [
            ("Fable Books", "desk@fable.example"),
            ("Marlow Bakery", "till@marlow.example"),
            ("New Shop", ""),
            ("Only There", ""),
        ];
        assert_eq!(there(&books).await, owned(&expected));
        let (email,): (String,) = sql("SELECT email FROM contacts WHERE name = 'Marlow Bakery'").one(&db).await.unwrap();
        assert_eq!(email, "till@marlow.example");
        books.assert_in_balance(3, 0).await;
        assert_eq!(books.number("SELECT count(*) FROM contacts WHERE archived = 1 AND name = 'Old Mill'").await, 1);
        let late = save_contacts(&db, company, &[], "Ben").await;
        assert!(matches!(late, Err(ServiceError::Refused(_))), "{late:?}");

        // Once a document needs it, the archived one is taken back and goes along.
        books.import(&line("Old Mill", "1010", 7, 1, "10.00", "200")).await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert!(there(&books).await.iter().any(|(name, _)| name == "Old Mill"));
        assert_eq!(books.number("SELECT count(*) FROM contacts WHERE archived = 1").await, 0);
        books.assert_in_balance(4, 0).await;
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(there(&books).await.len(), 5);
    })
    .await;
}

#[tokio::test]
async fn two_people_at_the_contacts_do_not_overwrite_each_other() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &sales(), Some("2010-12-05")).await;
        let company = books.company.id.as_str();
        let made = make_there(&books, &[("Marlow Limited", ""), ("Fable Limited", "")]).await;
        let (marlow, fable) = (row(&books, "Marlow Bakery").await.id, row(&books, "Fable Books").await.id);
        let entry = |id: &str, was: &str, choice: &str| Entry {
            item: id.into(),
            choice: choice.into(),
            was: was.into(),
            shown: was.into(),
        };
        let (to_marlow, to_fable) = (format!("link:{}", made[0]), format!("link:{}", made[1]));
        let save = async |entries: &[Entry], by: &str| save_contacts(&db, company, entries, by).await.unwrap();
        assert_eq!(save(&[entry(&marlow, "", &to_marlow)], "Ann").await.stored, 1);
        let ben = save(&[entry(&marlow, "", "create"), entry(&fable, "", &to_fable)], "Ben").await;
        assert_eq!(ben.overtaken, ["“Marlow Bakery”, for which Ann chose to link it to Marlow Limited"]);
        assert_eq!(ben.stored, 1);
        // They exchange those they are linked to, in one form.
        let swap = [entry(&marlow, &to_marlow, &to_fable), entry(&fable, &to_fable, &to_marlow)];
        assert_eq!(save(&swap, "Ann").await.stored, 2);
        assert_eq!(row(&books, "Fable Books").await.choice.word(), to_marlow);
        let odd = save_contacts(&db, company, &[entry(&marlow, &to_fable, "merge")], "Ann").await;
        assert!(matches!(odd, Err(ServiceError::Invalid(_))), "{odd:?}");
        let gone = save(&[entry(&marlow, &to_fable, "link:gone")], "Ann").await;
        assert_eq!(gone.refused, ["The contact chosen for “Marlow Bakery” is not there any more: read the lists again."]);
        assert_eq!(save(&[entry("nobody", "", "create")], "Ann").await.refused.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn all_of_the_same_name_are_linked_at_once_and_all_others_created() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &sales(), None).await;
        let company = books.company.id.as_str();
        let made = make_there(&books, &[("MARLOW BAKERY", ""), ("Old Mill", ""), ("New Shop Ltd", "")]).await;
        // What somebody decided stays.
        decide(&books, "Marlow Bakery", ContactChoice::Link(made[2].clone()), "Ann").await;
        assert_eq!(accept_same_names(&db, company, "Ben").await.unwrap(), 1);
        assert_eq!(create_others(&db, company, "Ben").await.unwrap(), 2);
        assert_eq!(row(&books, "Marlow Bakery").await.choice, ContactChoice::Link(made[2].clone()));
        assert_eq!(row(&books, "Old Mill").await.decided.unwrap().by, "Ben");
        assert_eq!(contacts(&books, "show=create").await.listed, 2);
        assert_eq!(contacts(&books, "q=OLD").await.listed, 1);
        assert_eq!(page(&books, "").await.progress(Step::Contacts).decided, 4);

        // One that is gone there is to be decided anew.
        panel::set_contact_archived(&db, &books.ledger, "Old Mill", true).await.unwrap();
        assert_eq!(read_lists(&db, company).await.unwrap(), 1);
        let mill = row(&books, "Old Mill").await;
        assert_eq!((mill.stored, mill.choice), (None, ContactChoice::Create));
    })
    .await;
}

#[tokio::test]
async fn another_one_is_found_by_part_of_its_name_or_address() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &sales(), None).await;
        make_there(&books, &[("Bäckerei Müller", "post@muller.example"), ("100% Bread", ""), ("Fable Books", "")]).await;
        let id = row(&books, "Marlow Bakery").await.id;
        let find = async |text: &str| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("item", &id).append_pair("find", text);
            let found = contacts(&books, &query.finish()).await.finder.unwrap();
            found.hits.into_iter().map(|hit| (hit.label, hit.taken_by)).collect::<Vec<_>>()
        };
        assert_eq!(find("MÜLLER").await, [("Bäckerei Müller".to_owned(), None)]);
        assert_eq!(find("muller.example").await.len(), 1);
        assert_eq!(find("0%").await, [("100% Bread".to_owned(), None)], "a character like any other");
        assert_eq!(find("fable").await, [("Fable Books".to_owned(), Some("Fable Books".to_owned()))]);
        assert_eq!(find("nothing like it").await, []);
        assert_eq!(contacts(&books, "item=nobody").await.finder, None);
    })
    .await;
}

#[tokio::test]
async fn what_was_to_be_archived_and_is_needed_after_all_is_decided_again() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &sales(), Some("2010-12-05")).await;
        decide(&books, "Old Mill", ContactChoice::Archive, "Ann").await;
        books.import(&line("Old Mill", "1010", 7, 1, "10.00", "200")).await;
        assert_eq!(plan(&books).await.contacts.archived_in_use, 1);
        let refused = confirm(&db, &books.company.id, true, &[], "Ben").await;
        let Err(ServiceError::Refused(why)) = refused else { panic!("{refused:?}") };
        assert!(why.starts_with("1 contact is to be archived, but documents"), "{why}");
        assert_eq!(books.number("SELECT count(*) FROM links").await, 0, "nothing half done");
        decide(&books, "Old Mill", ContactChoice::Create, "Ben").await;
        assert!(matches!(confirm(&db, &books.company.id, true, &[], "Ben").await.unwrap(), Confirmed::Started(_)));
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(4, 0).await;
    })
    .await;
}

#[tokio::test]
async fn one_that_is_archived_here_is_left_alone_there() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &sales(), Some("2010-12-05")).await;
        make_there(&books, &[("Old Mill", "mill@old.example")]).await;
        decide(&books, "Old Mill", ContactChoice::Archive, "Ann").await;
        confirm(&db, &books.company.id, true, &[], "Ann").await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        assert_eq!(books.sync().await, SyncStatus::Synced);
        let mill: (String, i64) =
            sql("SELECT email, archived FROM practice_contacts WHERE name = 'Old Mill'").one(&db).await.unwrap();
        assert_eq!(mill, ("mill@old.example".to_owned(), 0));
        assert_eq!(books.number("SELECT archived FROM contacts WHERE name = 'Old Mill'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn nothing_else_is_confirmed_than_what_was_shown() {
    on_each_database(|db| async move {
        let books = Books::connect(&db, &sales(), Some("2010-12-05")).await;
        let company = books.company.id.as_str();
        let shown = plan(&books).await.fingerprint;
        assert_eq!(plan(&books).await.fingerprint, shown);
        decide(&books, "Old Mill", ContactChoice::Archive, "Ann").await;
        let refused = confirm_shown(&db, company, &shown, "Ben").await;
        assert!(matches!(refused, Err(ServiceError::Refused(_))), "{refused:?}");
        assert_eq!(books.number("SELECT count(*) FROM runs").await, 0);
        let shown = plan(&books).await.fingerprint;
        assert!(matches!(confirm_shown(&db, company, &shown, "Ben").await.unwrap(), Confirmed::Started(_)));
    })
    .await;
}
