//! Conflicts of every origin, each shown with both sides and decided by a person.

use super::Open;
use crate::harness::{
    books::{Books, line, three},
    on_each_database,
};
use tieout::{
    domain::{
        action::Decision,
        document::{DocumentKind, Line},
        results::ConflictSide,
        status::SyncStatus,
    },
    server::{
        connectors::{ContactContent, Content, DocumentContent, PushItem, practice::panel},
        db::{new_id, query::sql},
        services::{
            error::ServiceError,
            resolve::{self, Selection},
        },
    },
};

impl Open {
    fn sides(&self) -> (ConflictSide, ConflictSide) {
        (serde_json::from_str(&self.ours).unwrap(), serde_json::from_str(&self.theirs).unwrap())
    }
}

impl Books {
    async fn push_there(&self, external_id: Option<&str>, content: Content) -> String {
        let item = PushItem { external_id: external_id.map(Into::into), idempotency_key: new_id(), content };
        self.connector().await.push(&[item]).await.unwrap().remove(0).unwrap()
    }

    async fn there(&self, table: &str, column: &str, name: &str) -> String {
        let text = format!("SELECT id FROM {table} WHERE ledger_id = $1 AND {column} = $2");
        sql(text).bind(&self.ledger).bind(name).one::<(String,)>(&self.db).await.unwrap().0
    }

    /// An invoice of somebody else that is there under this number; answers its id.
    async fn invoice_there(&self, number: &str, contact: &str, pounds: i64) -> String {
        let known = sql("SELECT id FROM practice_contacts WHERE ledger_id = $1 AND name = $2").bind(&self.ledger).bind(contact);
        let contact_id = match known.optional::<(String,)>(&self.db).await.unwrap() {
            Some((id,)) => id,
            None => {
                let contact = ContactContent { name: contact.into(), ..ContactContent::default() };
                self.push_there(None, Content::Contact(contact)).await
            }
        };
        let line = Line {
            description: "Rent".into(),
            quantity_e4: 10_000,
            unit_amount_e4: pounds * 10_000,
            account_code: self.there("practice_accounts", "code", "200").await,
            tax_type: self.there("practice_tax_rates", "name", "No VAT").await,
            ..Line::default()
        };
        let document = DocumentContent {
            kind: DocumentKind::SalesInvoice,
            number: number.into(),
            contact_id,
            reference: String::new(),
            issue_date: "2010-12-10".into(),
            due_date: "2010-12-31".into(),
            currency: "GBP".into(),
            voided: false,
            lines: vec![line],
        };
        self.push_there(None, Content::Document(document)).await
    }

    /// `1001` is somebody else's invoice there before ours is sent.
    async fn number_in_use(db: &tieout::server::db::Db) -> Books {
        let books = Books::open(db, &three()).await;
        books.invoice_there("1001", "Somebody", 70).await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        books
    }
}

#[tokio::test]
async fn a_number_in_use_shows_both_sides_and_theirs_is_taken_over() {
    on_each_database(|db| async move {
        let books = Books::number_in_use(&db).await;
        let row = books.row("1001").await;
        assert_eq!((row.kind.as_str(), row.code.as_str()), ("conflict", "number-taken"));
        let (ours, theirs) = row.sides();
        assert_eq!((ours.contact.as_deref(), ours.gross, ours.lines), (Some("Customer 1"), Some(15_000), Some(1)));
        assert_eq!(
            (theirs.contact.as_deref(), theirs.gross, theirs.external_id.as_deref()),
            (Some("Somebody"), Some(7_000), row.external_id.as_deref())
        );
        panel::record_payment(&db, &books.ledger, "1001", panel::PaymentAmount::Exactly(1_000), "2010-12-20", "P").await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Errors);

        let said = books.decide("1001", Decision::Adopt).await.unwrap();
        assert_eq!(said, "Chose to take over invoice 1001. The one there becomes ours. A sync has started.");
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        let (gross, paid, version): (i64, i64, i64) =
            sql("SELECT gross, paid, version FROM documents WHERE number = '1001'").one(&db).await.unwrap();
        assert_eq!((gross, paid, version), (7_000, 1_000, 2), "with the money that came in there");
        books.assert_in_balance(2, 1).await;
        assert_eq!(books.sync().await, SyncStatus::Synced);
        assert_eq!(books.number("SELECT sent + received FROM runs ORDER BY id DESC LIMIT 1").await, 0);
    })
    .await;
}

#[tokio::test]
async fn ours_goes_out_under_a_number_of_its_own() {
    on_each_database(|db| async move {
        let books = Books::number_in_use(&db).await;
        for (number, why) in [("", "new number"), ("1002", "taken here")] {
            match books.decide("1001", Decision::SendAsNew(number.into())).await {
                Err(ServiceError::Invalid(sentence)) => assert!(sentence.contains(why), "{sentence}"),
                other => panic!("{number:?}: {other:?}"),
            }
        }
        assert!(matches!(books.decide("1001", Decision::Keep).await, Err(ServiceError::Refused(_))), "it is another record");
        books.decide("1001", Decision::SendAsNew("1001-A".into())).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        // The other one comes in as what it is.
        books.assert_in_balance(3, 1).await;
        books.assert_nothing_twice().await;
    })
    .await;
}

#[tokio::test]
async fn both_are_left_out_and_the_conflict_is_back_when_they_are_linked_again() {
    on_each_database(|db| async move {
        let books = Books::number_in_use(&db).await;
        let id = books.row("1001").await.id;
        books.decide("1001", Decision::Unlink).await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.reason().await, "In balance to the cent · 1 unlinked");
        books.assert_in_balance(1, 1).await;
        books.undo_latest().await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        assert_eq!(books.row("1001").await.kind, "conflict", "ours did not go over the one there");
        assert_eq!(books.number("SELECT count(*) FROM practice_documents WHERE number = '1001' AND gross = 7000").await, 1);
        let late = resolve::decide(&db, &books.company, &id, Decision::Adopt, "Ann").await;
        assert!(matches!(late, Err(ServiceError::Refused(_))));
    })
    .await;
}

#[tokio::test]
async fn what_is_gone_or_changed_there_is_not_taken_over() {
    on_each_database(|db| async move {
        let books = Books::number_in_use(&db).await;
        books.decide("1001", Decision::Adopt).await.unwrap();
        panel::set_reference(&db, &books.ledger, "1001", "PO 7").await.unwrap();
        books.work().await;
        let row = books.row("1001").await;
        assert!(row.kind == "conflict" && row.detail.contains("changed there after"), "{row:?}");
        assert_eq!(row.sides().1.reference.as_deref(), Some("PO 7"), "what is there now is shown");
        assert_eq!(books.number("SELECT gross FROM documents WHERE number = '1001'").await, 15_000);

        books.decide("1001", Decision::Adopt).await.unwrap();
        panel::void_document(&db, &books.ledger, "1001").await.unwrap();
        books.work().await;
        let row = books.row("1001").await;
        assert!(row.kind == "conflict" && row.detail.contains("not there any more"), "{row:?}");
        // It stands until somebody says so.
        assert_eq!(books.sync().await, SyncStatus::Errors);
        assert_eq!(books.retry(&["1001"]).await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(2, 1).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_changed_here_and_voided_there_can_be_taken_over() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        panel::void_document(&db, &books.ledger, "1002").await.unwrap();
        books.import(&three().replace("9.99", "10.99")).await;
        books.work().await;
        assert_eq!(books.row("1002").await.sides().1.state.as_deref(), Some("void"));
        books.decide("1002", Decision::Adopt).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        let void = "SELECT count(*) FROM documents WHERE number = '1002' AND state = 'void' AND net = 2997 AND pending = 0";
        assert_eq!(books.number(void).await, 1);
        books.assert_in_balance(1, 1).await;
        // It is settled: nothing comes of it later.
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
    })
    .await;
}

#[tokio::test]
async fn a_change_on_both_sides_is_decided_for_either() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        let differ = async |reference: &str, amount: &str| {
            panel::set_reference(&db, &books.ledger, "1002", reference).await.unwrap();
            books.import(&three().replace("9.99", amount)).await;
            books.work().await;
            assert_eq!(books.status().await, SyncStatus::Errors);
            let row = books.row("1002").await;
            assert_eq!(
                (row.kind.as_str(), row.code.as_str(), row.direction.as_str()),
                ("conflict", "changed-on-both-sides", "in")
            );
            let (ours, theirs) = row.sides();
            assert_eq!((ours.reference.as_deref(), theirs.reference.as_deref()), (Some(""), Some(reference)));
        };
        differ("PO 7", "10.99").await;
        // Trying again sends nothing over what is there.
        assert_eq!(books.retry(&["1002"]).await, SyncStatus::Errors);
        assert_eq!(books.number("SELECT count(*) FROM practice_documents WHERE number = '1002' AND net = 2997").await, 1);
        books.decide("1002", Decision::Adopt).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(
            books.number("SELECT count(*) FROM documents WHERE number = '1002' AND reference = 'PO 7' AND net = 2997").await,
            1
        );

        differ("PO 8", "11.99").await;
        books.decide("1002", Decision::Keep).await.unwrap();
        books.work().await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(
            books.number("SELECT count(*) FROM practice_documents WHERE number = '1002' AND net = 3597 AND reference = ''").await,
            1
        );

        differ("PO 9", "12.99").await;
        books.decide("1002", Decision::SendAsNew("1002-B".into())).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(3, 1).await;
        books.assert_nothing_twice().await;

        // Put back there, nothing stands in the way of ours.
        let number = "1002-B";
        panel::set_reference(&db, &books.ledger, number, "PO 1").await.unwrap();
        books.edit(number, |facts| facts.due_date = "2011-01-31".into()).await;
        assert_eq!(books.sync().await, SyncStatus::Errors);
        panel::set_reference(&db, &books.ledger, number, "").await.unwrap();
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(
            books.number("SELECT count(*) FROM practice_documents WHERE number = '1002-B' AND due_date = '2011-01-31'").await,
            1
        );
    })
    .await;
}

#[tokio::test]
async fn a_number_refused_on_demand_is_looked_up_at_once() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        // Somebody else's, and the very same one, there since our last sync.
        books.invoice_there("2001", "Customer 2", 70).await;
        books.invoice_there("2002", "Customer 2", 24).await;
        books
            .import(&(line("Customer 1", "2001", 5, 1, "10.00", "200") + &line("Customer 2", "2002", 5, 1, "20.00", "200")))
            .await;
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Errors);
        let rows = books.open_rows().await;
        assert_eq!(
            rows.iter().map(|row| (row.label.as_str(), row.kind.as_str())).collect::<Vec<_>>(),
            [("2001", "conflict"), ("2002", "conflict")]
        );
        assert_eq!(rows[0].sides().1.contact.as_deref(), Some("Customer 2"));
        books.decide("2001", Decision::SendAsNew("2003".into())).await.unwrap();
        books.decide("2002", Decision::Adopt).await.unwrap();
        books.work().await;
        assert_eq!(books.status().await, SyncStatus::Synced, "{:?}", books.problems().await);
        books.assert_in_balance(5, 1).await;
        books.assert_nothing_twice().await;
    })
    .await;
}

#[tokio::test]
async fn a_contact_renamed_there_to_anothers_name() {
    on_each_database(|db| async move {
        let books = Books::open(&db, &three()).await;
        books.work().await;
        // Here somebody else has that name, who has not gone there.
        sql("INSERT INTO contacts (id, company_id, name, name_key, pending, updated_at) VALUES ($1, $2, 'Gamma', 'gamma', 0, 1)")
            .bind(new_id())
            .bind(&books.company.id)
            .execute(&db)
            .await
            .unwrap();
        let one = books.there("practice_contacts", "name", "Customer 1").await;
        let gamma = ContactContent { name: "Gamma".into(), ..ContactContent::default() };
        books.push_there(Some(&one), Content::Contact(gamma)).await;
        assert_eq!(books.sync().await, SyncStatus::Errors);
        let row = books.row("Gamma").await;
        assert_eq!((row.code.as_str(), row.sides().0.label.as_str()), ("renamed-there", "Customer 1"));
        books.decide("Gamma", Decision::Adopt).await.unwrap();
        books.work().await;
        assert!(books.row("Gamma").await.detail.contains("rename that one first"));
        // Ours is kept: the name goes back there.
        books.decide("Gamma", Decision::Keep).await.unwrap();
        books.work().await;
        assert_eq!(books.sync().await, SyncStatus::Synced, "{:?}", books.problems().await);
        assert_eq!(books.number("SELECT count(*) FROM practice_contacts WHERE name = 'Customer 1'").await, 1);
        let gone = resolve::retry(&db, &books.company, &Selection::Problems(vec![row.id]), "Ann").await;
        assert!(matches!(gone, Err(ServiceError::Refused(_))));
    })
    .await;
}
