//! The page of one record: what it tells, and that a change on it is checked, kept as a version, sent, and never made
//! on top of somebody else's.

use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use tieout::{
    domain::{
        document::Totals,
        matching::ReferenceKind,
        message::{Entity, Level, ProblemKind},
        record::{
            edit::{ContactEdit, DocumentEdit, Replace, kept_query},
            view::{ContactView, Content, DocumentView, LinkState, RecordView},
        },
        run::{RunKind, RunScope},
        status::SyncStatus,
    },
    server::{
        connectors::practice::panel,
        db::{Db, query::sql},
        services::{
            self,
            error::ServiceError,
            records::{self, Asked},
            sync,
        },
    },
};

async fn id_of(db: &Db, number: &str) -> String {
    sql("SELECT id FROM documents WHERE number = $1").bind(number).one::<(String,)>(db).await.unwrap().0
}

async fn contact_of(db: &Db, name: &str) -> String {
    sql("SELECT id FROM contacts WHERE name = $1").bind(name).one::<(String,)>(db).await.unwrap().0
}

impl Books {
    async fn record(&self, entity: Entity, id: &str, query: &str) -> RecordView {
        records::record(&self.db, &self.company, entity, id, &Asked::from_query(query)).await.unwrap()
    }

    async fn invoice_page(&self, number: &str) -> (RecordView, DocumentView) {
        let record = self.record(Entity::Invoice, &id_of(&self.db, number).await, "edit=1").await;
        let Content::Document(document) = record.content.clone() else { panic!("{number} is no document") };
        (record, *document)
    }

    /// Changes an invoice's form as it is now, and sends it.
    async fn change(&self, number: &str, change: impl Fn(&mut DocumentEdit)) -> Result<String, ServiceError> {
        let (record, document) = self.invoice_page(number).await;
        let mut edit = document.form.unwrap().edit;
        change(&mut edit);
        let (id, version) = (&record.id, record.link.version);
        records::edit_document(&self.db, &self.company, Entity::Invoice, id, version, &edit, "ann").await
    }

    async fn contact_page(&self, name: &str, query: &str) -> (RecordView, ContactView) {
        let record = self.record(Entity::Contact, &contact_of(&self.db, name).await, query).await;
        let Content::Contact(contact) = record.content.clone() else { panic!("{name} is no contact") };
        (record, *contact)
    }
}

fn refused(outcome: Result<String, ServiceError>) -> String {
    match outcome.unwrap_err() {
        ServiceError::Invalid(sentence) | ServiceError::Refused(sentence) => sentence,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_account_that_is_archived_there_is_changed_here_and_the_invoice_goes_out() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        panel::set_account_archived(&db, &books.ledger, "200", true).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let (record, document) = books.invoice_page("1001").await;
        let problem = record.problem.unwrap();
        assert_eq!((problem.kind, problem.cause.as_str()), (ProblemKind::Failed, "Account 200 is archived"));
        assert!(problem.advice.contains("Restore") && problem.detail.contains("'200'"), "{problem:?}");
        assert_eq!(
            (record.link.state, record.link.standing.as_str()),
            (LinkState::NotSent, "Version 1 was tried and not taken.")
        );
        assert_eq!(document.totals, Totals { net: 12_500, tax: 2_500, gross: 15_000 });
        let form = document.form.unwrap();
        assert!(form.choices.accounts.iter().any(|(value, words)| value == "260" && words == "260 Other Revenue"));
        assert!(form.choices.accounts.iter().all(|(value, _)| value != "200"), "what is archived is no choice");
        assert!(form.choices.tax_rates.iter().any(|(value, _)| value == "Zero Rated Income"));
        assert_eq!(form.contacts, ["Customer 1", "Customer 2"]);

        let saved = books.change("1001", |edit| edit.lines[0].account = "260".into()).await.unwrap();
        assert_eq!(saved, "Saved as version 2. It is being sent now.");
        books.work().await;
        let (record, document) = books.invoice_page("1001").await;
        assert_eq!((record.problem, record.link.state), (None, LinkState::Linked));
        assert_eq!((record.link.synced_version, record.link.standing.as_str()), (2, "Both sides hold version 2."));
        let there = record.link.external_id.unwrap();
        assert_eq!(record.link.url, Some(format!("/companies/AQE/integration?document={there}#there-{there}")));
        assert_eq!((document.lines[0].account_code.as_str(), document.totals.gross), ("260", 15_000));
        let told: Vec<_> =
            record.versions.iter().map(|version| (version.version, version.by.as_str(), version.is_there)).collect();
        assert_eq!(told, [(2, "ann", true), (1, "test", false)]);
        let changes = record.versions[0].changes.as_ref().unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!(
            (changes[0].what.as_str(), changes[0].before.as_str(), changes[0].after.as_str()),
            ("Line 1, account", "200", "260")
        );
        assert_eq!(record.versions[1].changes, None);
        let levels: Vec<_> = record.attempts.iter().map(|attempt| attempt.level).collect();
        assert_eq!(levels, [Level::Info, Level::Error], "the latest first, of this record alone");
        assert_eq!(record.actions.len(), 1);
        assert_eq!(
            (record.actions[0].summary.as_str(), record.actions[0].by.as_str()),
            ("Changed invoice 1001: line 1, account", "ann")
        );
        let booked = books.number(
            "SELECT count(*) FROM practice_lines l JOIN practice_documents d ON d.id = l.document_id
            JOIN practice_accounts a ON a.id = l.account_id WHERE d.number = '1001' AND a.code = '260'",
        );
        assert_eq!(booked.await, 1);
        assert_eq!(books.problems().await.len(), 2, "the others still wait for their account");
    })
    .await;
}

#[tokio::test]
async fn a_stale_form_is_refused_and_its_entries_come_back() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let (record, document) = books.invoice_page("1001").await;
        let mut mine = document.form.unwrap().edit;
        books.change("1001", |edit| edit.reference = "Theirs".into()).await.unwrap();
        books.work().await;
        mine.reference = "Mine".into();
        mine.due_date = "2011-02-28".into();
        let stale = records::edit_document(&db, &books.company, Entity::Invoice, &record.id, 1, &mine, "ben").await;
        let sentence = refused(stale);
        assert!(sentence.starts_with("Invoice 1001 has changed meanwhile: ann made version 2 on "), "{sentence}");
        assert!(sentence.contains("your form began with version 1") && sentence.chars().count() <= 300, "{sentence}");
        let kept = records::kept_of_document(&db, &books.company, Entity::Invoice, &record.id, 1, mine).await.unwrap();
        let keys: Vec<_> = kept.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["due_date", "reference"], "what was not touched is not kept");
        let again = books.record(Entity::Invoice, &record.id, &kept_query(kept, 1)).await;
        let Content::Document(document) = again.content else { panic!() };
        let form = document.form.unwrap();
        assert_eq!((form.version, form.unsaved, form.errors.len()), (2, true, 0));
        assert_eq!((form.edit.reference.as_str(), form.edit.due_date.as_str()), ("Mine", "2011-02-28"));
        assert_eq!(document.reference, "Theirs");
        let saved = records::edit_document(&db, &books.company, Entity::Invoice, &record.id, 2, &form.edit, "ben").await.unwrap();
        assert!(saved.starts_with("Saved as version 3."), "{saved}");
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

#[tokio::test]
async fn entries_are_checked_and_what_changes_nothing_makes_no_version() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let nothing = books.change("1001", |_| {}).await.unwrap();
        assert_eq!(nothing, "Nothing was changed: Invoice 1001 stays at version 1.");
        let breaks = books.change("1001", |edit| edit.lines[0].description = "Rent\r\n".into()).await.unwrap();
        assert!(breaks.starts_with("Nothing was changed"), "{breaks}");
        let wrong = async |change: fn(&mut DocumentEdit)| refused(books.change("1001", change).await);
        assert_eq!(wrong(|edit| edit.number = "1002".into()).await, "Another invoice has the number 1002 here.");
        let unknown = wrong(|edit| edit.contact = "Cust 9".into()).await;
        assert_eq!(unknown, "There is no contact “Cust 9” here. Names that begin alike: Customer 1, Customer 2.");
        assert!(wrong(|edit| edit.issue_date = "2011-01-01".into()).await.contains("is before the issue date 2011-01-01"));
        assert!(wrong(|edit| edit.lines[0].account = "999".into()).await.contains("“999” is no account of the accounting side"));
        assert!(
            wrong(|edit| edit.lines[0].tax_rate = "19%".into()).await.contains("“19%” is no tax rate of the accounting side")
        );
        panel::set_contact_archived(&db, &books.ledger, "Customer 2", true).await.unwrap();
        books.sync().await;
        assert!(wrong(|edit| edit.contact = "customer  2".into()).await.starts_with("Customer 2 is archived"));
        assert_eq!(books.number("SELECT count(*) FROM document_versions").await, 3);
        assert_eq!(books.number("SELECT count(*) FROM actions").await, 0);

        let id = id_of(&db, "1001").await;
        let errors = books.record(Entity::Invoice, &id, "edit=1&contact=Cust&line-1-account=999").await;
        let Content::Document(document) = errors.content else { panic!() };
        let fields: Vec<_> = document.form.unwrap().errors.into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["line-1-account", "contact"], "the form says it at its fields");

        panel::void_document(&db, &books.ledger, "1002").await.unwrap();
        books.sync().await;
        let (record, voided) = books.invoice_page("1002").await;
        assert_eq!((voided.form, voided.paid), (None, 0));
        let edit = DocumentEdit { number: "1".into(), ..DocumentEdit::default() };
        let refused_of_void = records::edit_document(&db, &books.company, Entity::Invoice, &record.id, 2, &edit, "ann").await;
        assert!(refused(refused_of_void).starts_with("It was voided"));
        assert_eq!(record.versions[0].changes.as_deref(), Some(&[][..]), "only its state changed");
    })
    .await;
}

#[tokio::test]
async fn a_tax_rate_is_replaced_on_all_lines_and_both_sides_agree_to_the_cent() {
    on_each_database(|db| async move {
        let csv =
            line("Customer 1", "1001", 1, 3, "9.99", "200") + &line("Customer 1", "1001", 1, 1, "0.05", "200") + &three()[0..0];
        let books = Books::open(&db, &csv).await;
        books.work().await;
        let id = id_of(&db, "1001").await;
        let replace = |by: &str| Replace { kind: ReferenceKind::TaxRate, from: "20% (VAT on Income)".into(), by: by.into() };
        let run = async |version, replace| {
            records::replace_in_document(&db, &books.company, Entity::Invoice, &id, version, replace, "ann").await
        };
        assert_eq!(refused(run(1, replace("")).await), "Choose the tax rate that takes the place of 20% (VAT on Income).");
        assert!(run(1, replace("5% (VAT on Income)")).await.unwrap().starts_with("Saved as version 2."));
        books.work().await;
        let (record, document) = books.invoice_page("1001").await;
        // 5 % of 29.97 and of 0.05, each rounded on its line.
        assert_eq!(document.totals, Totals { net: 3_002, tax: 150, gross: 3_152 });
        let told: Vec<_> = record.versions[0].changes.as_ref().unwrap().iter().map(|change| change.what.as_str()).collect();
        assert_eq!(told, ["Lines 1–2, tax rate", "Line 1, tax", "Line 2, tax"]);
        assert_eq!(record.link.standing, "Both sides hold version 2.");
        assert!(refused(run(1, replace("No VAT")).await).contains("has changed meanwhile"));

        panel::record_payment(&db, &books.ledger, "1001", panel::PaymentAmount::Exactly(3_100), "2026-01-31", "BACS 7")
            .await
            .unwrap();
        books.sync().await;
        let (_, document) = books.invoice_page("1001").await;
        assert_eq!((document.paid, document.outstanding(), document.payments.len()), (3_100, 52, 1));
        let to_nothing = Replace { kind: ReferenceKind::TaxRate, from: "5% (VAT on Income)".into(), by: "No VAT".into() };
        assert!(refused(run(2, to_nothing).await).contains("the total would be 30.02, and 31.00 is paid already"));
        let payment = books.record(Entity::Payment, &document.payments[0].id, "").await;
        assert_eq!((payment.label.as_str(), payment.link.state, payment.attempts.len()), ("BACS 7", LinkState::Linked, 1));
        let Content::Payment(shown) = payment.content else { panic!() };
        assert_eq!((shown.document_id, shown.amount), (id.clone(), 3_100));
        assert_eq!(books.status().await, SyncStatus::Synced);
        books.assert_in_balance(1, 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_document_moves_to_another_contact_and_a_contact_is_renamed() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        books.change("1002", |edit| edit.contact = "customer 1".into()).await.unwrap();
        books.work().await;
        let (record, document) = books.invoice_page("1002").await;
        assert_eq!((document.contact.as_str(), record.problem), ("Customer 1", None));
        let (_, contact) = books.contact_page("Customer 1", "").await;
        let listed: Vec<_> = contact.documents.iter().map(|document| document.number.as_str()).collect();
        assert_eq!((listed, contact.document_count), (vec!["C1003", "1002", "1001"], 3), "those issued last first");

        let (record, contact) = books.contact_page("Customer 1", "edit=1").await;
        let edit = async |version, name: &str, email: &str| {
            let facts = ContactEdit { name: name.into(), email: email.into(), ..ContactEdit::of(&contact.facts) };
            records::edit_contact(&db, &books.company, &record.id, version, &facts, "ann").await
        };
        let version = record.link.version;
        assert!(refused(edit(version, "Customer 2", "").await).contains("Another contact is called “Customer 2” here"));
        assert!(refused(edit(version, "", "x").await).starts_with("The name is missing. An e-mail address"));
        assert!(edit(version, "Customer 1", "").await.unwrap().starts_with("Nothing was changed"));
        assert!(edit(version, "Quay Ltd", "rent@quay.example").await.unwrap().ends_with("It is being sent now."));
        assert!(refused(edit(version, "Quay", "").await).contains("has changed meanwhile"));
        books.work().await;
        let there =
            sql("SELECT name, email FROM practice_contacts WHERE name LIKE 'Q%'").one::<(String, String)>(&db).await.unwrap();
        assert_eq!(there, ("Quay Ltd".to_owned(), "rent@quay.example".to_owned()));
        let (record, _) = books.contact_page("Quay Ltd", "").await;
        let told: Vec<_> = record.versions[0].changes.as_ref().unwrap().iter().map(|change| change.what.as_str()).collect();
        assert_eq!((told, record.versions[0].by.as_str()), (vec!["Name", "E-mail"], "ann"));
        assert_eq!(record.versions.last().map(|version| (version.version, version.by.as_str())), Some((1, "test")));

        // Archived there: that comes in as a version of the accounting side's.
        panel::set_contact_archived(&db, &books.ledger, "Quay Ltd", true).await.unwrap();
        books.sync().await;
        let (record, contact) = books.contact_page("Quay Ltd", "").await;
        assert!(contact.facts.archived);
        assert_eq!(record.versions[0].by, books.connection().await.organisation_name);
        assert_eq!(record.versions[0].changes.as_ref().unwrap()[0].what, "State");
        // A document of a contact that was renamed meanwhile is not other for it.
        assert!(books.change("1001", |_| {}).await.unwrap().starts_with("Nothing was changed"));
    })
    .await;
}

#[tokio::test]
async fn records_of_others_and_ids_that_never_were_are_not_found() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        let others = Books::open_named(&db, "Bramley Court", &line("Customer 9", "9001", 1, 1, "1.00", "200")).await;
        let theirs = id_of(&db, "9001").await;
        let their_contact = contact_of(&db, "Customer 9").await;
        let asked = Asked::from_query("edit=1");
        let credit_note = id_of(&db, "C1003").await;
        for (entity, id) in [
            (Entity::Invoice, theirs.as_str()),
            (Entity::Contact, &their_contact),
            (Entity::Invoice, "none"),
            (Entity::Payment, "none"),
            (Entity::Invoice, &credit_note),
            (Entity::Run, "none"),
        ] {
            let outcome = records::record(&db, &books.company, entity, id, &asked).await;
            assert!(matches!(outcome, Err(ServiceError::NotFound(_))), "{entity:?} {id}: {outcome:?}");
        }
        let edit = DocumentEdit { number: "1".into(), ..DocumentEdit::default() };
        let outcome = records::edit_document(&db, &books.company, Entity::Invoice, &theirs, 1, &edit, "ann").await;
        assert!(matches!(outcome, Err(ServiceError::NotFound(_))), "{outcome:?}");
        let outcome = records::edit_contact(&db, &books.company, &their_contact, 1, &ContactEdit::default(), "ann").await;
        assert!(matches!(outcome, Err(ServiceError::NotFound(_))), "{outcome:?}");
        assert!(records::record(&db, &others.company, Entity::Invoice, &theirs, &asked).await.is_ok());
        // What people call a record finds it as well, in its own company.
        assert_eq!(others.record(Entity::Invoice, "9001", "").await.id, theirs);
        assert_eq!(others.record(Entity::Contact, "customer  9", "").await.id, their_contact);
        assert!(records::record(&db, &books.company, Entity::Invoice, "9001", &asked).await.is_err());
        assert!(records::record(&db, &others.company, Entity::CreditNote, "9001", &asked).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn long_documents_and_long_histories_come_page_by_page() {
    on_each_database(|db| async move {
        let csv: String = (0..120).map(|_| line("Customer 1", "1001", 1, 1, "1.00", "200")).collect();
        let more: String = (0..60).map(|n| line("Customer 1", &format!("{}", 2000 + n), 2, 1, "1.00", "200")).collect();
        let books = Books::connect(&db, &(csv + &more), None).await;
        let id = id_of(&db, "1001").await;
        let read = async |query: &str| {
            let Content::Document(document) = books.record(Entity::Invoice, &id, query).await.content else { panic!() };
            *document
        };
        let last = read("edit=1&lines=3").await;
        assert_eq!((last.lines_page, last.lines.len(), last.line_count), (3, 20, 120));
        let form = last.form.unwrap();
        assert_eq!((form.edit.lines.len(), form.edit.lines[0].position), (20, 101));
        assert_eq!(read("lines=99").await.lines_page, 3);
        // Only the lines of the page are entered; the others stay.
        let mut edit = form.edit;
        edit.lines[19].description = "Last".into();
        records::edit_document(&db, &books.company, Entity::Invoice, &id, 1, &edit, "ann").await.unwrap();
        for version in 2..14 {
            edit.reference = format!("Edit {version}");
            let saved = records::edit_document(&db, &books.company, Entity::Invoice, &id, version, &edit, "ann").await.unwrap();
            assert_eq!(
                saved,
                format!(
                    "Saved as version {}. It is not sent yet. {}",
                    version + 1,
                    sync::refusal(SyncStatus::IncompleteOnboarding).unwrap()
                )
            );
        }
        let record = books.record(Entity::Invoice, &id, "").await;
        assert_eq!((record.versions.len(), record.versions[0].version, record.versions_before), (10, 14, Some(4)));
        assert_eq!(
            record.versions[9].changes.as_ref().unwrap()[0].before,
            "Edit 3",
            "also the last one is told against its own before"
        );
        let older = books.record(Entity::Invoice, &id, "versions=4").await;
        assert_eq!((older.versions.len(), older.versions_before), (4, None));
        let told = older.versions[2].changes.as_ref().unwrap();
        assert_eq!((told.len(), told[0].what.as_str()), (1, "Line 120, description"));

        let (_, contact) = books.contact_page("Customer 1", "page=2").await;
        assert_eq!((contact.document_count, contact.page, contact.documents.len()), (61, 2, 11));
        let (_, beyond) = books.contact_page("Customer 1", "page=9").await;
        assert_eq!(beyond.page, 2);
    })
    .await;
}

#[tokio::test]
async fn a_change_says_why_it_is_not_sent() {
    on_each_database(|db| async move {
        let wanted = services::companies::Wanted {
            name: "Albion Quay Estates".into(),
            code: String::new(),
            currency: "GBP".into(),
            time_zone: "Europe/London".into(),
        };
        let company = services::companies::add(&db, &wanted).await.unwrap();
        let books = Books { db: db.clone(), company, ledger: String::new() };
        books.import(&three()).await;
        // Nobody has told what accounts there are: any can be written.
        let saved = books.change("1001", |edit| edit.lines[0].account = "RENT".into()).await.unwrap();
        assert_eq!(saved, "Saved as version 2. The company is connected to no accounting software: nothing is sent.");
        let (record, _) = books.invoice_page("1001").await;
        assert_eq!((record.link.organisation, record.link.external_id), (None, None));
    })
    .await;
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let id = id_of(&db, "1001").await;
        sql("UPDATE links SET state = 'unlinked' WHERE local_id = $1").bind(&id).execute(&db).await.unwrap();
        let saved = books.change("1001", |edit| edit.reference = "May".into()).await.unwrap();
        assert_eq!(saved, "Saved as version 2. It is left out of syncs until it is linked again.");
        sync::request(&db, &books.company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        books.work().await;
        let (record, _) = books.invoice_page("1001").await;
        assert_eq!((record.link.state, record.link.synced_version), (LinkState::Unlinked, 1));
    })
    .await;
}

#[tokio::test]
async fn a_problem_with_a_known_subject_offers_what_can_take_its_place() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        panel::set_account_archived(&db, &books.ledger, "200", true).await.unwrap();
        books.work().await;
        sql("UPDATE problems SET subject_kind = 'account', subject = '200', blocked_by = 'Customer 1', blocked_by_entity = 'contact', blocked_by_id = 'x'")
            .execute(&db)
            .await
            .unwrap();
        let (record, document) = books.invoice_page("1001").await;
        let remedy = document.remedy.unwrap();
        assert_eq!((remedy.kind, remedy.from.as_str(), remedy.lines, remedy.version), (ReferenceKind::Account, "200", 1, 1));
        assert!(remedy.choices.iter().any(|(value, _)| value == "260") && remedy.choices.iter().all(|(value, _)| value != "200"));
        let waits_for = record.problem.unwrap().blocked_by.unwrap();
        assert_eq!(waits_for, ("Customer 1".to_owned(), Some("/companies/AQE/records/contact/x".to_owned())));
    })
    .await;
}

#[tokio::test]
async fn contacts_older_than_their_versions_get_their_first() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        sql("DELETE FROM contact_versions").execute(&db).await.unwrap();
        sql("UPDATE contacts SET archived = 1, email = 'a\"b@quay.example', version = 3 WHERE name = 'Customer 2'")
            .execute(&db)
            .await
            .unwrap();
        let text = match db.is_postgres() {
            true => include_str!("../../migrations/postgres/0007_record_pages.sql"),
            false => include_str!("../../migrations/sqlite/0007_record_pages.sql"),
        };
        let backfill = &text[text.find("INSERT INTO contact_versions").unwrap()..];
        sql(backfill).execute(&db).await.unwrap();
        let (record, _) = books.contact_page("Customer 2", "").await;
        assert_eq!(record.versions.len(), 1);
        assert_eq!((record.versions[0].version, record.versions[0].by.as_str()), (3, ""));
        let facts = ContactEdit { name: "Quay".into(), ..ContactEdit::default() };
        records::edit_contact(&db, &books.company, &record.id, 3, &facts, "ann").await.unwrap();
        let (record, contact) = books.contact_page("Quay", "").await;
        assert!(contact.facts.archived, "archiving is the accounting software's");
        let told = record.versions[0].changes.as_ref().unwrap();
        assert_eq!(
            told.iter().map(|change| change.before.as_str()).take(2).collect::<Vec<_>>(),
            ["Customer 2", "a\"b@quay.example"]
        );
    })
    .await;
}
