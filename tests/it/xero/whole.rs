//! A company in Xero from its first sync on, with a Xero that keeps books.

use crate::harness::{
    books::{HEADER, line, three},
    databases,
    xero::{self, Organisation, Peer, Setup, faults::Faults},
};
use serde_json::json;
use tieout::{
    domain::{
        document::DocumentKind,
        message::Entity,
        run::{RunKind, RunScope},
        status::SyncStatus,
        tie_out::TIED_OUT,
    },
    server::{
        connectors::{
            self, ConnectorError, ContactContent, Content, Dataset, DocumentContent, NaturalKey, PaymentContent, PushItem,
        },
        db::{Db, companies::Company, connections, query::sql, tie_outs},
        engine::Engine,
        services::{
            companies::{Wanted, add, find},
            connections::probe::{self, Probed},
            import, onboarding, records, sync,
            tie_out::{self, TieOutError},
        },
    },
};
use tokio_util::sync::CancellationToken;

pub struct Stage {
    pub db: Db,
    pub company: Company,
    pub there: Organisation,
}

impl Stage {
    pub async fn open(db: &Db, name: &str, csv: &str) -> Stage {
        Stage::open_in(db, &Setup::named(name), csv).await
    }

    /// In an organisation that starts so.
    pub async fn open_in(db: &Db, setup: &Setup, csv: &str) -> Stage {
        let (there, name) = (Peer::shared().organisation(setup), setup.name.as_str());
        let wanted = Wanted { name: name.into(), currency: "GBP".into(), time_zone: "Europe/London".into(), ..Wanted::default() };
        let company = add(db, &wanted).await.unwrap();
        xero::connect(db, &company, &there).await;
        let stage = Stage { db: db.clone(), company, there };
        if !csv.is_empty() {
            stage.import(csv).await;
        }
        let confirmed = onboarding::confirm(db, &stage.company.id, true, &[], "test").await.unwrap();
        assert!(matches!(confirmed, onboarding::Confirmed::Started(_)), "{confirmed:?}");
        stage
    }

    pub async fn import(&self, csv: &str) {
        let file = format!("{HEADER}{csv}").into_bytes();
        let report = import::run(&self.db, &self.company, "sales.csv", file, "test").await.unwrap();
        assert_eq!(report.errors, [], "the test's own file");
    }

    pub async fn work(&self) -> SyncStatus {
        loop {
            let queued = sql("SELECT id FROM runs WHERE state = 'queued'").all::<(String,)>(&self.db).await.unwrap();
            if queued.is_empty() {
                return find(&self.db, &self.company.code).await.unwrap().status();
            }
            let ids = queued.into_iter().map(|(id,)| id).collect();
            Engine::new(self.db.clone(), 4, CancellationToken::new()).work_only(ids).await;
        }
    }

    pub async fn sync(&self) -> SyncStatus {
        sync::request(&self.db, &self.company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        self.work().await
    }

    /// Records that went and came in the last sync.
    pub async fn moved(&self) -> i64 {
        self.number("SELECT received + sent FROM runs ORDER BY queued_at DESC, id DESC LIMIT 1").await
    }

    pub async fn problems(&self) -> Vec<(String, String, String)> {
        sql("SELECT label, code, detail FROM problems WHERE resolved_at IS NULL ORDER BY label").all(&self.db).await.unwrap()
    }

    pub async fn number(&self, text: &'static str) -> i64 {
        sql(text).one::<(i64,)>(&self.db).await.unwrap().0
    }

    pub async fn said(&self) -> Vec<(String, String)> {
        sql("SELECT level, text FROM messages ORDER BY id").all(&self.db).await.unwrap()
    }

    pub async fn assert_in_balance(&self) {
        let connection = connections::of_company(&self.db, &self.company.id).await.unwrap().unwrap();
        let connector = connectors::open(&self.db, &connection).await.unwrap();
        let scope =
            tie_outs::Scope { connection_id: &connection.id, company_id: &self.company.id, sync_from: &connection.sync_from };
        for entity in TIED_OUT {
            let mut found = tie_out::compare(&self.db, connector.as_ref(), scope, entity).await;
            // All tests share the HTTP client, whose connections end with the test that made them: then another one is made.
            for _ in 0..5 {
                if !matches!(&found, Err(TieOutError::Connector(ConnectorError::Transient(_)))) {
                    break;
                }
                found = tie_out::compare(&self.db, connector.as_ref(), scope, entity).await;
            }
            let found = found.unwrap();
            assert!(found.in_balance(), "{found:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_agree_after_everything() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
        assert_eq!((stage.work().await, stage.problems().await), (SyncStatus::Synced, vec![]), "{:?}", stage.said().await);
        stage.assert_in_balance().await;
        assert_eq!(stage.there.violations(), Vec::<String>::new());

        // A record leads to its page there, in its own organisation, once that was asked what it is called.
        let (id, there): (String, String) =
            sql("SELECT l.local_id, l.external_id FROM links l JOIN documents d ON d.id = l.local_id
            WHERE d.number = '1001'")
            .one(&stage.db)
            .await
            .unwrap();
        assert_eq!(probe::probe(&stage.db, &stage.company.id).await.unwrap(), Probed::Well);
        let record = records::record(&stage.db, &stage.company, Entity::Invoice, &id, &records::Asked::default()).await.unwrap();
        let page = "https://go.xero.com/organisationlogin/default.aspx?shortcode=%21peer&redirecturl=/AccountsReceivable/View.aspx?InvoiceID=";
        assert_eq!(record.link.url, Some(format!("{page}{there}")));

        // What went comes back as it is.
        assert_eq!(stage.sync().await, SyncStatus::Synced);
        assert_eq!(stage.moved().await, 0, "{:?}", stage.said().await);
        assert_eq!(stage.number("SELECT max(version) FROM documents").await, 1);
        assert_eq!(stage.number("SELECT max(version) FROM contacts").await, 1);

        // What is made there comes here.
        stage.there.make_contact("Customer 9");
        let invoice = stage.there.make_invoice("ACCREC", "INV-9", "Customer 9", "2010-12-09", 99.5);
        let bill = stage.there.make_invoice("ACCPAY", "B-1", "Supplier 1", "2010-12-10", 40.0);
        stage.there.make_credit_note("ACCRECCREDIT", "CN-9", "Customer 9", "2010-12-11", 10.0);
        stage.there.make_invoice("ACCPAY", "", "Supplier 1", "2010-12-12", 41.0);
        stage.there.pay(&invoice, "2010-12-20", 50.0);
        stage.there.pay(&bill, "2010-12-20", 40.0);
        assert_eq!((stage.sync().await, stage.problems().await), (SyncStatus::Synced, vec![]), "{:?}", stage.said().await);
        assert_eq!(stage.number("SELECT count(*) FROM payments").await, 2);
        stage.assert_in_balance().await;

        // Voided there, and a contact changed.
        let other = stage.there.make_invoice("ACCREC", "INV-10", "Customer 9", "2010-12-09", 1.5);
        assert_eq!(stage.sync().await, SyncStatus::Synced);
        stage.there.void_invoice(&other);
        stage.import(&line("Customer 1", "1001", 1, 11, "12.50", "200")).await;
        assert_eq!((stage.sync().await, stage.problems().await), (SyncStatus::Synced, vec![]), "{:?}", stage.said().await);
        stage.assert_in_balance().await;

        // Refused there, in Xero's words.
        stage.there.change(|setup| setup.account_mut("260").is_archived = true);
        stage
            .import(&(line("Customer 1", "1010", 1, 1, "12.50", "260") + &line("Customer 1", "1011", 1, 1, "12.50", "200")))
            .await;
        assert_eq!(stage.sync().await, SyncStatus::Errors);
        let said = "Account code '260' has been archived or deleted. Please remove the code or restore the account.";
        assert_eq!(stage.problems().await, [("1010".into(), "account-archived".into(), said.into())]);
        assert_eq!(stage.there.violations(), Vec::<String>::new());
    }
}

/// Xero changes some things without moving the moment a record was changed at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changed_unseen_is_found_when_everything_is_read_again() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
        assert_eq!((stage.work().await, stage.sync().await), (SyncStatus::Synced, SyncStatus::Synced));
        let held = stage.there.held();
        let id = held.invoices.iter().find(|one| one["InvoiceNumber"] == "1001").unwrap()["InvoiceID"].as_str().unwrap();
        // Its change carries a moment long past.
        stage.there.set_skew(-30 * DAY_MS);
        stage.there.edit_invoice(id, json!({ "Reference": "Berth 7" }));
        stage.there.set_skew(0);
        let reference = "SELECT count(*) FROM documents WHERE reference = 'Berth 7'";
        let age = async |days: i64| {
            let older = sql("UPDATE cursors SET whole_at = whole_at - $1").bind(days * DAY_MS);
            older.execute(&stage.db).await.unwrap();
        };
        age(6).await;
        assert_eq!((stage.sync().await, stage.number(reference).await), (SyncStatus::Synced, 0));
        age(2).await;
        assert_eq!((stage.sync().await, stage.number(reference).await), (SyncStatus::Synced, 1), "{:?}", stage.said().await);
        let again = "SELECT count(*) FROM messages WHERE text LIKE 'Reads every % again, for changes that were not reported'";
        assert_eq!(stage.number(again).await, 5, "{:?}", stage.said().await);
        // And not again before another week is over.
        assert_eq!((stage.sync().await, stage.number(again).await), (SyncStatus::Synced, 5));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn amid_faults_both_sides_agree_in_the_end_and_nothing_is_there_twice() {
    let database = databases().await.remove(0);
    for seed in 1..=12u64 {
        let csv: String = (0..60)
            .map(|n| line(&format!("Customer {}", n % 7), &format!("S{seed}-{n:02}"), 1 + n % 28, 1, "3.33", "200"))
            .collect();
        let stage = Stage::open(&database.db, &format!("Company {seed}"), &csv).await;
        use crate::harness::xero::faults::Fault;
        stage.there.set_faults(Faults::all(seed, 15).with(Fault::LimitedHours, 0));
        let mut status = stage.work().await;
        let mut syncs = 1;
        while status != SyncStatus::Synced && syncs < 40 {
            status = stage.sync().await;
            syncs += 1;
        }
        eprintln!("seed {seed}: {syncs} syncs, {:?}, {:?}", stage.there.counts(), stage.problems().await);
        assert_eq!(status, SyncStatus::Synced, "seed {seed}: {:?}", stage.said().await);
        stage.there.set_faults(Faults::none());
        stage.assert_in_balance().await;
        let held = stage.there.held();
        assert_eq!((held.invoices.len(), held.contacts.len()), (60, 7), "seed {seed}");
        assert_eq!(stage.there.violations(), Vec::<String>::new());
    }
}

fn item(external_id: Option<&str>, content: Content) -> PushItem {
    PushItem { external_id: external_id.map(str::to_owned), idempotency_key: format!("{external_id:?} {content:?}"), content }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_voids_and_contacts_go_there_and_are_found() {
    let database = databases().await.remove(0);
    let stage = Stage::open(&database.db, "Albion Quay Estates", &three()).await;
    assert_eq!(stage.work().await, SyncStatus::Synced);
    let connection = connections::of_company(&stage.db, &stage.company.id).await.unwrap().unwrap();
    let connector = connectors::open(&stage.db, &connection).await.unwrap();
    let held = stage.there.held();
    let id = |records: &[serde_json::Value], field: &str, name: &str, id: &str| {
        records.iter().find(|one| one[field] == name).unwrap_or_else(|| panic!("no {name}"))[id].as_str().unwrap().to_owned()
    };
    let one = id(&held.invoices, "InvoiceNumber", "1001", "InvoiceID");
    let two = id(&held.invoices, "InvoiceNumber", "1002", "InvoiceID");
    let note = id(&held.credit_notes, "CreditNoteNumber", "C1003", "CreditNoteID");
    let customer = id(&held.contacts, "Name", "Customer 2", "ContactID");

    let payment = |document_id: &str, amount| PaymentContent {
        document_id: document_id.into(),
        paid_on: "2010-12-20".into(),
        amount,
        reference: "BACS".into(),
        ..PaymentContent::default()
    };
    let paid = [payment(&one, 10_000), payment(&note, -1_500), payment(&one, 900_000)];
    let items: Vec<_> = paid.iter().map(|paid| item(None, Content::Payment(paid.clone()))).collect();
    let outcomes = connector.push(&items).await.unwrap();
    assert!(outcomes[0].is_ok() && outcomes[1].is_ok(), "{outcomes:?}");
    assert!(
        matches!(&outcomes[2], Err(ConnectorError::Validation { message, .. }) if message.contains("exceeds the amount outstanding")),
        "{outcomes:?}"
    );
    let pulled = connector.pull(Dataset::Payments, None).await.unwrap();
    for (paid, outcome) in paid[..2].iter().zip(&outcomes) {
        let PaymentContent { document_id, paid_on, amount, reference, .. } = paid.clone();
        let found = connector.find(&NaturalKey::Payment { document_id, paid_on, amount, reference, credit: None }).await.unwrap();
        assert_eq!(found.len(), 1, "{paid:?}");
        assert_eq!((&found[0].external_id, &found[0].content), (outcome.as_ref().unwrap(), &Content::Payment(paid.clone())));
        assert!(pulled.items.contains(&found[0]), "{pulled:?}");
    }
    let (all, _) = connector.headers(Entity::Payment, "2000-01-01", None).await.unwrap();
    let (some, _) = connector.headers(Entity::Payment, "2010-12-02", None).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(
        some.iter().map(|header| (header.label.as_str(), header.totals.gross)).collect::<Vec<_>>(),
        [("for C1003", -1_500)]
    );

    let document = async |kind, number: &str, contact_id: &str| {
        let key = NaturalKey::Document { kind, number: number.into(), contact_id: contact_id.into() };
        connector.find(&key).await.unwrap()
    };
    let found = document(DocumentKind::SalesInvoice, "1002", "").await;
    let [invoice] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(document(DocumentKind::SalesCreditNote, "C1003", "").await[0].external_id, note);
    let Content::Document(content) = &invoice.content else { panic!("{invoice:?}") };
    let voided = Content::Document(DocumentContent { voided: true, ..content.clone() });
    for _ in 0..2 {
        assert_eq!(connector.push(&[item(Some(&two), voided.clone())]).await.unwrap(), [Ok(two.clone())]);
    }
    assert_eq!(document(DocumentKind::SalesInvoice, "1002", "").await, []);
    let supplier = stage.there.make_contact("The \"Quay\"");
    let bill = stage.there.make_invoice("ACCPAY", "B,1", "The \"Quay\"", "2010-12-10", 40.0);
    assert_eq!(document(DocumentKind::Bill, "B,1", &supplier).await[0].external_id, bill);
    assert_eq!(document(DocumentKind::Bill, "B,1", &customer).await, []);
    let nameless = stage.there.make_invoice("ACCPAY", "", "The \"Quay\"", "2010-12-10", 41.0);
    assert_eq!(document(DocumentKind::Bill, &nameless, &supplier).await[0].external_id, nameless);
    let named = connector.find(&NaturalKey::Contact { name: "The \"Quay\"".into() }).await.unwrap();
    assert_eq!((named.len(), named[0].external_id.as_str()), (1, supplier.as_str()));

    let contact = ContactContent {
        name: "Customer 2".into(),
        email: "two@example.com".into(),
        address: "1 Quay\nHull".into(),
        country: "United Kingdom".into(),
        archived: false,
    };
    let archived = ContactContent { archived: true, ..contact.clone() };
    for content in [contact.clone(), archived.clone()] {
        assert_eq!(
            connector.push(&[item(Some(&customer), Content::Contact(content.clone()))]).await.unwrap(),
            [Ok(customer.clone())]
        );
        let pulled = connector.pull(Dataset::Contacts, None).await.unwrap();
        let there = pulled.items.iter().find(|one| one.external_id == customer).unwrap();
        assert_eq!(there.content, Content::Contact(content));
    }
    let taken = item(None, Content::Contact(ContactContent { name: "Customer 1".into(), ..ContactContent::default() }));
    let outcome = connector.push(&[taken]).await.unwrap().remove(0);
    assert!(matches!(&outcome, Err(ConnectorError::Validation { message, .. }) if message.contains("unique")), "{outcome:?}");
    assert_eq!(stage.there.violations(), Vec::<String>::new());
}
