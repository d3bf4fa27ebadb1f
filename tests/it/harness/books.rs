//! A company with documents, connected to a practice ledger: what tests of syncs begin with.

use tieout::{
    domain::{
        message::Entity,
        run::{RunKind, RunScope},
        schedule::Schedule,
        status::SyncStatus,
        tie_out::{EntityTieOut, TIED_OUT},
    },
    server::{
        connectors::{self, Connector},
        db::{
            Db,
            companies::Company,
            connections::{self, Connection},
            query::sql,
            status, tie_outs,
        },
        engine::Engine,
        services::{self, companies::Wanted, import, onboarding, sync, tie_out},
    },
};
use tokio_util::sync::CancellationToken;

pub const HEADER: &str = "*ContactName,EmailAddress,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,POPostalCode,POCountry,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,Total,InventoryItemCode,*Description,*Quantity,*UnitAmount,Discount,*AccountCode,*TaxType,TaxAmount,TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency,BrandingTheme\r\n";

/// One invoice of one line: contact, number, day of December 2010, quantity, unit amount, account.
pub fn line(contact: &str, number: &str, day: u32, quantity: i32, amount: &str, account: &str) -> String {
    format!(
        "{contact},,,,,,,,,United Kingdom,{number},,{day:02}/12/2010,31/12/2010,,,Rent,{quantity},{amount},,{account},20% (VAT on Income),,,,,,GBP,\r\n"
    )
}

pub struct Books {
    pub db: Db,
    pub company: Company,
    pub ledger: String,
}

impl Books {
    /// A company with these documents, connected and onboarded; its initial sync waits in the queue.
    pub async fn open(db: &Db, csv: &str) -> Books {
        Books::open_named(db, "Albion Quay Estates", csv).await
    }

    pub async fn open_named(db: &Db, name: &str, csv: &str) -> Books {
        let books = Books::connect_named(db, name, csv, None).await;
        onboarding::confirm(db, &books.company.id, true, &[], "test").await.unwrap();
        books
    }

    /// The same before onboarding is confirmed. Documents dated before `sync_from` are left alone.
    pub async fn connect(db: &Db, csv: &str, sync_from: Option<&str>) -> Books {
        Books::connect_named(db, "Albion Quay Estates", csv, sync_from).await
    }

    pub async fn connect_named(db: &Db, name: &str, csv: &str, sync_from: Option<&str>) -> Books {
        let wanted = Wanted { name: name.into(), code: String::new(), currency: "GBP".into(), time_zone: "Europe/London".into() };
        let company = services::companies::add(db, &wanted).await.unwrap();
        services::connections::connect_practice(db, &company, sync_from, Schedule::Off, "test").await.unwrap();
        let ledger = connections::of_company(db, &company.id).await.unwrap().unwrap().organisation_id;
        let books = Books { db: db.clone(), company, ledger };
        if !csv.is_empty() {
            books.import(csv).await;
        }
        books
    }

    /// Imports rows; all of them must be good.
    pub async fn import(&self, csv: &str) {
        let file = format!("{HEADER}{csv}").into_bytes();
        let report = import::run(&self.db, &self.company, "sales.csv", file, "test").await.unwrap();
        assert_eq!(report.errors, [], "the test's own file");
    }

    pub async fn connection(&self) -> Connection {
        connections::of_company(&self.db, &self.company.id).await.unwrap().unwrap()
    }

    /// Another client of the ledger, with the access that was granted to us.
    pub async fn connector(&self) -> Box<dyn Connector> {
        connectors::open(&self.db, &self.connection().await).await.unwrap()
    }

    /// Works whatever is queued until nothing is.
    pub async fn work(&self) {
        loop {
            let queued = sql("SELECT id FROM runs WHERE state = 'queued'").all::<(String,)>(&self.db).await.unwrap();
            if queued.is_empty() {
                return;
            }
            let ids = queued.into_iter().map(|(id,)| id).collect();
            Engine::new(self.db.clone(), 4, CancellationToken::new()).work_only(ids).await;
        }
    }

    pub async fn sync(&self) -> SyncStatus {
        sync::request(&self.db, &self.company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        self.work().await;
        self.status().await
    }

    pub async fn status(&self) -> SyncStatus {
        assert_eq!(status::check(&self.db).await.unwrap(), Vec::<String>::new());
        self.stored().await.status()
    }

    pub async fn stored(&self) -> Company {
        services::companies::find(&self.db, &self.company.code).await.unwrap()
    }

    pub async fn problems(&self) -> Vec<(String, String, String, i64)> {
        sql("SELECT label, kind, cause, times FROM problems WHERE resolved_at IS NULL ORDER BY label")
            .all(&self.db)
            .await
            .unwrap()
    }

    pub async fn number(&self, text: &'static str) -> i64 {
        sql(text).one::<(i64,)>(&self.db).await.unwrap().0
    }

    /// Each entity on both sides, asked for anew.
    pub async fn tie_out(&self) -> Vec<EntityTieOut> {
        let (connection, connector) = (self.connection().await, self.connector().await);
        let scope =
            tie_outs::Scope { connection_id: &connection.id, company_id: &self.company.id, sync_from: &connection.sync_from };
        let mut all = Vec::new();
        for entity in TIED_OUT {
            all.push(tie_out::compare(&self.db, connector.as_ref(), scope, entity).await.unwrap());
        }
        all
    }

    pub async fn assert_in_balance(&self, invoices: i64, credit_notes: i64) {
        for found in self.tie_out().await {
            assert!(found.in_balance(), "{found:?}");
            match found.entity {
                Entity::Invoice => assert_eq!(found.external.count, invoices),
                Entity::CreditNote => assert_eq!(found.external.count, credit_notes),
                _ => {}
            }
        }
    }
}

/// Two invoices and a credit note of two customers.
pub fn three() -> String {
    line("Customer 1", "1001", 1, 10, "12.50", "200")
        + &line("Customer 2", "1002", 2, 3, "9.99", "200")
        + &line("Customer 1", "C1003", 3, -1, "12.50", "200")
}
