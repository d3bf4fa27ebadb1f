//! Records left out of syncs: with what belongs to them, on both sides of the tie-out, and back again.

use super::pay_here;
use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use tieout::{
    domain::{message::Entity, results_filter::ProblemState, status::SyncStatus},
    server::{
        connectors::{ContactContent, Content, DocumentContent, PushItem, practice::panel},
        db::{new_id, query::sql, status},
        services::{
            error::ServiceError,
            resolve::{self, Selection},
        },
    },
};

impl Books {
    async fn id_of(&self, table: &str, column: &str, name: &str) -> String {
        let text = format!("SELECT id FROM {table} WHERE company_id = $1 AND {column} = $2");
        sql(text).bind(&self.company.id).bind(name).one::<(String,)>(&self.db).await.unwrap().0
    }

    async fn contact(&self, name: &str) -> Selection {
        Selection::Record(Entity::Contact, self.id_of("contacts", "name", name).await)
    }

    async fn invoice(&self, number: &str) -> Selection {
        Selection::Record(Entity::Invoice, self.id_of("documents", "number", number).await)
    }
}

#[tokio::test]
async fn a_contact_takes_its_documents_and_their_payments_along() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &(three() + &line("Customer 1", "1005", 5, 1, "20.00", "200"))).await;
        pay_here(&books, "1001", 4_000).await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        let chosen = books.contact("Customer 1").await;
        let preview = resolve::preview(&db, &books.company, &chosen).await.unwrap();
        let counts: Vec<_> = preview.counts.iter().map(|count| (count.entity, count.chosen, count.with_them)).collect();
        let expected = [(Entity::Contact, 1, 0), (Entity::Invoice, 0, 2), (Entity::CreditNote, 0, 1), (Entity::Payment, 0, 1)];
        assert_eq!(counts, expected);
        assert_eq!(preview.records.len(), 5);
        assert!(preview.records[0].chosen && preview.records[1..].iter().all(|record| !record.chosen));
        assert_eq!(books.number("SELECT count(*) FROM actions").await, 0, "a preview leaves nothing behind");

        let done = resolve::unlink(&db, &books.company, &chosen, "Ann").await.unwrap();
        assert_eq!(done.records, 5);
        assert!(done.sentence.starts_with("Unlinked 1 contact, 2 invoices, 1 credit note and 1 payment"), "{}", done.sentence);
        let again = resolve::unlink(&db, &books.company, &chosen, "Ann").await;
        assert!(matches!(again, Err(ServiceError::Refused(_))), "{again:?}");
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(books.reason().await, "In balance to the cent · 5 unlinked");
        books.assert_in_balance(1, 0).await;
        for row in books.open_rows().await {
            assert_eq!((row.kind.as_str(), row.cause.as_str()), ("unlinked", "Left out of syncs by Ann"));
        }

        // What happens to them there does not matter, and what is added to them on either side is left out too.
        panel::record_payment(&db, &books.ledger, "1005", panel::PaymentAmount::Outstanding, "2010-12-20", "BACS").await.unwrap();
        panel::set_reference(&db, &books.ledger, "1001", "PO 9").await.unwrap();
        books.import(&line("Customer 1", "1006", 6, 1, "30.00", "200")).await;
        pay_here(&books, "1005", 100).await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.reason().await, "In balance to the cent · 8 unlinked");
        assert_eq!(books.number("SELECT count(*) FROM practice_documents WHERE number = '1006'").await, 0);
        books.assert_in_balance(1, 0).await;
        sql("DELETE FROM payments WHERE amount = 100").execute(&db).await.unwrap();
        sql("UPDATE documents SET paid = paid - 100 WHERE number = '1005'").execute(&db).await.unwrap();
        for table in ["links", "problems", "action_records"] {
            let text = format!(
                "DELETE FROM {table} WHERE entity = 'payment' AND local_id NOT IN (SELECT id FROM payments)
                AND local_id NOT IN (SELECT id FROM practice_payments)"
            );
            sql(text).execute(&db).await.unwrap();
        }

        // Back again: with all that went along, and with what both sides did meanwhile.
        let done = resolve::link(&db, &books.company, &chosen, "Ann").await.unwrap();
        assert_eq!(done.records, 7, "{}", done.sentence);
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.reason().await, "In balance to the cent");
        assert_eq!(books.number("SELECT count(*) FROM documents WHERE number = '1001' AND reference = 'PO 9'").await, 1);
        assert_eq!(books.number("SELECT paid FROM documents WHERE number = '1005'").await, 2_400);
        books.assert_in_balance(4, 1).await;
        books.assert_nothing_twice().await;
    })
    .await;
}

#[tokio::test]
async fn what_fails_is_left_out_and_comes_back_by_undo() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        panel::lock_period(&db, &books.ledger, Some("2010-12-01")).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        // Never sent, so nothing of it is there.
        books.unlink(&["1001"]).await;
        assert_eq!(books.status().await, SyncStatus::Synced);
        assert_eq!(books.reason().await, "All sent; the next full sync proves the balance · 1 unlinked");
        assert_eq!(books.sync().await, SyncStatus::Synced);
        books.assert_in_balance(1, 1).await;
        assert_eq!(books.undo_latest().await, "Undone: 1 record linked again. A sync has started.");
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        assert_eq!(books.row("1001").await.code, "period-locked");

        // Undone only where it is still as it was left: linked and left out again is another matter.
        panel::lock_period(&db, &books.ledger, None).await.unwrap();
        let (one, two) = (books.invoice("1001").await, books.invoice("1002").await);
        books.sync().await;
        for chosen in [&one, &two] {
            resolve::unlink(&db, &books.company, chosen, "Ann").await.unwrap();
        }
        let (first,): (String,) =
            sql("SELECT id FROM actions WHERE kind = 'unlink' AND undone_at IS NULL ORDER BY id LIMIT 1").one(&db).await.unwrap();
        resolve::link(&db, &books.company, &one, "Ann").await.unwrap();
        books.work().await;
        let late = resolve::undo(&db, &books.company, &first, "Ben").await;
        assert!(matches!(late, Err(ServiceError::Refused(_))), "{late:?}");
        // The link can be undone, and then that is what was left last.
        assert_eq!(books.undo_latest().await, "Undone: 1 record left out of syncs again.");
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(books.reason().await, "In balance to the cent · 2 unlinked");
        resolve::link(&db, &books.company, &books.all(ProblemState::All), "Ann").await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

#[tokio::test]
async fn a_document_needs_its_contact_and_a_record_that_is_only_there_can_be_left_out() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        resolve::unlink(&db, &books.company, &books.contact("Customer 1").await, "Ann").await.unwrap();
        // One of its two documents comes back, and with it the contact; the other stays out.
        let done = resolve::link(&db, &books.company, &books.invoice("1001").await, "Ann").await.unwrap();
        assert_eq!(done.records, 2, "{}", done.sentence);
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(2, 0).await;

        // A difference: somebody put it there behind our backs.
        sql("INSERT INTO practice_documents (id, ledger_id, kind, number, number_scope, contact_id, issue_date, due_date, currency, net, tax, gross, state, seq)
            SELECT 'x', ledger_id, kind, 'X1', number_scope, contact_id, issue_date, due_date, currency, 0, 0, 0, state, 1
            FROM practice_documents WHERE number = '1001'")
        .execute(&db)
        .await
        .unwrap();
        assert_eq!(books.sync().await, SyncStatus::Errors);
        books.unlink(&["X1"]).await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(2, 0).await;
        assert_eq!(books.undo_latest().await, "Undone: 1 record linked again. A sync has started.");
        books.work().await;
        // It can be read, so it comes in now.
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.number("SELECT count(*) FROM documents WHERE number = 'X1'").await, 1);
        books.assert_in_balance(3, 0).await;
    })
    .await;
}

#[tokio::test]
async fn new_documents_of_a_contact_left_out_there_are_left_out_too() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let push = async |content: Content| {
            let item = PushItem { external_id: None, idempotency_key: new_id(), content };
            books.connector().await.push(&[item]).await.unwrap().remove(0).unwrap()
        };
        let contact = ContactContent { name: "Somebody".into(), ..ContactContent::default() };
        let contact_id = push(Content::Contact(contact)).await;
        assert_eq!(books.sync().await, SyncStatus::Synced);
        resolve::unlink(&db, &books.company, &books.contact("Somebody").await, "Ann").await.unwrap();
        let named = async |table: &str, column: &str, name: &str| {
            let text = format!("SELECT id FROM {table} WHERE ledger_id = $1 AND {column} = $2");
            sql(text).bind(&books.ledger).bind(name).one::<(String,)>(&db).await.unwrap().0
        };
        let line = tieout::domain::document::Line {
            description: "Rent".into(),
            quantity_e4: 10_000,
            unit_amount_e4: 500_000,
            account_code: named("practice_accounts", "code", "200").await,
            tax_type: named("practice_tax_rates", "name", "No VAT").await,
            ..Default::default()
        };
        push(Content::Document(DocumentContent {
            kind: tieout::domain::document::DocumentKind::SalesInvoice,
            number: "9001".into(),
            contact_id,
            reference: String::new(),
            issue_date: "2010-12-10".into(),
            due_date: "2010-12-31".into(),
            currency: "GBP".into(),
            voided: false,
            lines: vec![line],
        }))
        .await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.reason().await, "In balance to the cent · 2 unlinked");
        assert_eq!(books.row("9001").await.cause, "Left out of syncs with its contact");
        panel::record_payment(&db, &books.ledger, "9001", panel::PaymentAmount::Exactly(100), "2010-12-20", "P").await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(2, 1).await;
        let done = resolve::link(&db, &books.company, &books.all(ProblemState::All), "Ann").await.unwrap();
        assert_eq!(done.records, 3, "{}", done.sentence);
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(3, 1).await;
        assert_eq!(books.number("SELECT paid FROM documents WHERE number = '9001'").await, 100);
    })
    .await;
}

/// A link that is left out and the problem that says so are one.
#[tokio::test]
async fn the_check_tells_when_what_belongs_together_parts() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        resolve::unlink(&db, &books.company, &books.invoice("1001").await, "Ann").await.unwrap();
        assert_eq!(status::check(&db).await.unwrap(), Vec::<String>::new());
        sql("UPDATE links SET state = 'linked' WHERE state = 'unlinked'").execute(&db).await.unwrap();
        assert_eq!(status::check(&db).await.unwrap().len(), 1);
        sql("UPDATE links SET state = 'unlinked'").execute(&db).await.unwrap();
        assert_eq!(status::check(&db).await.unwrap().len(), 1);
    })
    .await;
}
