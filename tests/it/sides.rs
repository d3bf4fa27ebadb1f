//! What the two sides do to each other's records: made there, changed there, changed on both, called the same.

use crate::harness::{
    books::{Books, line, three},
    on_each_database, trigger,
};
use tieout::{
    domain::{
        document::{DocumentKind, Line},
        message::Entity,
        run::{RunKind, RunScope},
        status::SyncStatus,
    },
    server::{
        connectors::{ContactContent, Content, DocumentContent, PushItem, practice::panel},
        db::{new_id, query::sql},
        services::sync,
    },
};

impl Books {
    /// What another program does in the ledger; answers the record's id there.
    async fn put(&self, external_id: Option<&str>, content: Content) -> String {
        let item = PushItem { external_id: external_id.map(Into::into), idempotency_key: new_id(), content };
        self.connector().await.push(&[item]).await.unwrap().remove(0).unwrap()
    }

    async fn put_contact(&self, external_id: Option<&str>, name: &str, email: &str) -> String {
        let contact = ContactContent { name: name.into(), email: email.into(), ..ContactContent::default() };
        self.put(external_id, Content::Contact(contact)).await
    }

    /// What the ledger calls something.
    async fn id_there(&self, table: &str, column: &str, name: &str) -> String {
        let text = format!("SELECT id FROM {table} WHERE ledger_id = $1 AND {column} = $2");
        sql(text).bind(&self.ledger).bind(name).one::<(String,)>(&self.db).await.unwrap().0
    }

    async fn document(&self, kind: DocumentKind, number: &str, contact_id: &str, account: &str, rate: &str) -> DocumentContent {
        let quantity = if kind.is_credit_note() { -1 } else { 1 };
        let line = Line {
            description: "Repairs".into(),
            quantity_e4: quantity * 10_000,
            unit_amount_e4: 700_000,
            account_code: self.id_there("practice_accounts", "code", account).await,
            tax_type: self.id_there("practice_tax_rates", "name", rate).await,
            ..Line::default()
        };
        DocumentContent {
            kind,
            number: number.into(),
            contact_id: contact_id.into(),
            reference: String::new(),
            issue_date: "2010-12-10".into(),
            due_date: "2010-12-31".into(),
            currency: "GBP".into(),
            voided: false,
            lines: vec![line],
        }
    }

    /// How often each kind of document is here, and how much of it.
    async fn held(&self) -> Vec<(String, i64, i64)> {
        sql("SELECT kind, count(*), CAST(SUM(gross) AS BIGINT) FROM documents WHERE state = 'approved' GROUP BY kind ORDER BY kind")
            .all(&self.db)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn what_is_made_there_comes_in_with_its_contact() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        let (ann, ben) = (books.put_contact(None, "Ann", "").await, books.put_contact(None, "Ben", "").await);
        for (kind, number, contact, account, rate) in [
            (DocumentKind::SalesInvoice, "9001", &ann, "200", "20% (VAT on Income)"),
            (DocumentKind::SalesCreditNote, "9001", &ann, "200", "No VAT"),
            // Two suppliers may use one number.
            (DocumentKind::Bill, "7", &ann, "469", "20% (VAT on Expenses)"),
            (DocumentKind::Bill, "7", &ben, "469", "Zero Rated Expenses"),
            (DocumentKind::BillCreditNote, "7", &ben, "469", "No VAT"),
        ] {
            let document = books.document(kind, number, contact, account, rate).await;
            books.put(None, Content::Document(document)).await;
        }
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        let expected = [
            ("bill".to_owned(), 2, 8_400 + 7_000),
            ("bill_credit_note".to_owned(), 1, -7_000),
            ("sales_credit_note".to_owned(), 2, -1_500 - 7_000),
            ("sales_invoice".to_owned(), 3, 15_000 + 3_596 + 8_400),
        ];
        assert_eq!(books.held().await, expected);
        assert_eq!(books.number("SELECT count(*) FROM contacts").await, 4);
        assert_eq!(books.number("SELECT count(*) FROM documents WHERE pending = 1").await, 0);
        books.assert_in_balance(3, 3).await;
        let bills = books.tie_out().await.into_iter().find(|found| found.entity == Entity::Bill).unwrap();
        assert_eq!((bills.local, bills.local.gross), (bills.external, 15_400));

        // A bill changed there: its lines come in as a new version.
        let id = sql("SELECT external_id FROM links WHERE entity = 'bill' ORDER BY local_id LIMIT 1");
        let (id,): (String,) = id.one(&db).await.unwrap();
        let (contact,): (String,) =
            sql("SELECT contact_id FROM practice_documents WHERE id = $1").bind(&id).one(&db).await.unwrap();
        let mut changed = books.document(DocumentKind::Bill, "7", &contact, "473", "No VAT").await;
        changed.lines[0].unit_amount_e4 = 10_000;
        books.put(Some(&id), Content::Document(changed)).await;
        assert_eq!(books.sync().await, SyncStatus::Synced);
        let (version, gross): (i64, i64) =
            sql("SELECT version, gross FROM documents WHERE kind = 'bill' AND gross = 100").one(&db).await.unwrap();
        assert_eq!((version, gross), (2, 100));
        books.assert_in_balance(3, 3).await;
    })
    .await;
}

#[tokio::test]
async fn contacts_changed_there_are_changed_here() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let one = books.id_there("practice_contacts", "name", "Customer 1").await;
        books.put_contact(Some(&one), "Customer One Ltd", "one@quay.example").await;
        panel::set_contact_archived(&db, &books.ledger, "Customer 2", true).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced);
        let contacts: Vec<(String, String, i64, i64, i64)> =
            sql("SELECT name, email, archived, version, pending FROM contacts ORDER BY name").all(&db).await.unwrap();
        let expected = [("Customer 2", "", 1, 2, 0), ("Customer One Ltd", "one@quay.example", 0, 2, 0)];
        let expected = expected
            .map(|(name, email, archived, version, pending)| (name.to_owned(), email.to_owned(), archived, version, pending));
        assert_eq!(contacts, expected);
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(books.number("SELECT sent + received FROM runs ORDER BY id DESC LIMIT 1").await, 0, "not sent back");

        // Renamed there to what somebody else is called here, who has not gone there yet.
        panel::lock_period(&db, &books.ledger, Some("2010-12-31")).await.unwrap();
        sql("UPDATE contacts SET name = 'Gamma', name_key = 'gamma' WHERE name = 'Customer 2'").execute(&db).await.unwrap();
        books.put_contact(Some(&one), "Gamma", "").await;
        assert_eq!(books.sync().await, SyncStatus::Errors);
        let problems = books.problems().await;
        assert!(problems.len() == 1 && problems[0].1 == "conflict" && problems[0].2.contains("“Gamma”"), "{problems:?}");
        books.put_contact(Some(&one), "Customer 1", "").await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
    })
    .await;
}

#[tokio::test]
async fn a_document_changed_on_both_sides_waits_for_a_person() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        panel::set_reference(&db, &books.ledger, "1002", "PO 7").await.unwrap();
        books.import(&three().replace("9.99", "10.99")).await;
        // The change here goes out at once, and must not overwrite the one there before anybody saw it.
        books.work().await;
        assert_eq!(books.number("SELECT count(*) FROM runs WHERE kind = 'on_demand'").await, 1);
        assert_eq!(books.status().await, SyncStatus::Errors);
        let problems = books.problems().await;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!((problems[0].0.as_str(), problems[0].1.as_str()), ("1002", "conflict"));
        assert_eq!(
            books
                .number("SELECT count(*) FROM practice_documents WHERE number = '1002' AND reference = 'PO 7' AND net = 2997")
                .await,
            1
        );
        // Again: still nobody has decided.
        assert_eq!(books.sync().await, SyncStatus::Errors);
        assert_eq!(books.problems().await.len(), 1);

        // A person decides for this side by changing it once more.
        books.import(&three().replace("9.99", "11.99")).await;
        books.work().await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.number("SELECT count(*) FROM practice_documents WHERE number = '1002' AND net = 3597").await, 1);
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

#[tokio::test]
async fn documents_wait_for_a_contact_that_cannot_go() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        // Made on both sides since the last sync: the changes go out before anything comes in.
        books.put_contact(None, "Customer 9", "nine@quay.example").await;
        books.import(&line("Customer 9", "1009", 9, 1, "1.00", "200")).await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let problems = books.problems().await;
        let kinds: Vec<_> = problems.iter().map(|(label, kind, ..)| (label.as_str(), kind.as_str())).collect();
        assert_eq!(kinds, [("1009", "blocked"), ("Customer 9", "failed")]);
        assert_eq!(problems[0].2, "Waits for contact Customer 9");
        assert_eq!(books.stored().await.open_errors, 1);
        // A full sync sees that it is the same one.
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.number("SELECT count(*) FROM practice_contacts").await, 3);
        books.assert_in_balance(3, 1).await;
    })
    .await;
}

/// What was blocked counts as not tried: it goes with the change that frees the other record.
#[tokio::test]
async fn a_document_that_waited_goes_with_its_contact() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        books.put_contact(None, "Customer 9", "").await;
        books.import(&line("Customer 9", "1009", 9, 1, "1.00", "200")).await;
        books.work().await;
        assert_eq!(books.problems().await.len(), 2, "the contact's and the document's");
        sql("UPDATE contacts SET name = 'Customer Nine', name_key = 'customer nine', version = version + 1 WHERE name = 'Customer 9'")
            .execute(&db)
            .await
            .unwrap();
        sync::request(&db, &books.company.id, RunKind::OnDemand, RunScope::Changed, "test").await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.number("SELECT count(*) FROM practice_documents WHERE number = '1009'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_page_that_could_not_be_stored_is_read_again() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let ann = books.put_contact(None, "Ann", "").await;
        let document = books.document(DocumentKind::SalesInvoice, "9001", &ann, "200", "No VAT").await;
        books.put(None, Content::Document(document)).await;
        trigger::refuse(&db, "no_document", "BEFORE INSERT ON documents", "NEW.number = '9001'").await;
        assert_eq!(books.sync().await, SyncStatus::IncompletePipeline);
        trigger::lift(&db, "no_document", "documents").await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.number("SELECT count(*) FROM documents WHERE number = '9001'").await, 1);
        books.assert_in_balance(3, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_number_that_another_contact_has_there_is_no_match_though_the_sum_is_the_same() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let two = books.id_there("practice_contacts", "name", "Customer 2").await;
        let theirs = books.document(DocumentKind::SalesInvoice, "2001", &two, "200", "20% (VAT on Income)").await;
        books.put(None, Content::Document(theirs)).await;
        books.import(&line("Customer 1", "2001", 10, 1, "70.00", "200")).await;
        books.work().await;
        let problems = books.problems().await;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!((problems[0].0.as_str(), problems[0].1.as_str()), ("2001", "conflict"));
        assert_eq!(books.number("SELECT count(*) FROM links WHERE entity = 'invoice' AND external_id IS NOT NULL").await, 2);
    })
    .await;
}

/// Looked up by its new number, which another one has there: that one is left as it is.
#[tokio::test]
async fn a_change_whose_outcome_is_unknown_is_looked_up_among_its_own_alone() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let two = books.id_there("practice_contacts", "name", "Customer 2").await;
        let theirs = books.document(DocumentKind::SalesInvoice, "2001", &two, "200", "20% (VAT on Income)").await;
        books.put(None, Content::Document(theirs)).await;
        sql("UPDATE documents SET number = '2001', version = 2, pending = 1 WHERE number = '1001'").execute(&db).await.unwrap();
        let sent = "UPDATE links SET intent_key = 'lost', intent_hash = 'lost' WHERE local_id = (SELECT id FROM documents WHERE number = '2001')";
        assert_eq!(sql(sent).execute(&db).await.unwrap(), 1);
        assert_eq!(books.sync().await, SyncStatus::Errors);
        let problems = books.problems().await;
        let kinds: Vec<_> = problems.iter().map(|(label, kind, ..)| (label.as_str(), kind.as_str())).collect();
        assert!(kinds.contains(&("2001", "conflict")), "{problems:?}");
        let untouched = "SELECT count(*) FROM practice_documents WHERE number = '2001' AND net = 7000";
        assert_eq!(books.number(untouched).await, 1, "the other one is as it was");
        let linked = "SELECT count(*) FROM links l JOIN practice_documents p ON p.id = l.external_id JOIN documents d ON d.id = l.local_id
            WHERE d.number = '2001' AND p.number = '1001'";
        assert_eq!(books.number(linked).await, 1, "and ours is linked to its own");
    })
    .await;
}
