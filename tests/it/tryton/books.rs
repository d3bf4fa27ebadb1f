//! A company whose books are in the real Tryton: what the tests of the connector begin with.

use super::peer::{DATABASE, Peer, USER};
use serde_json::json;
use tieout::domain::tie_out::{EntityTieOut, TIED_OUT};
use tieout::{
    domain::{
        matching::{Pick, ReferenceKind},
        provider::Provider,
        run::{RunKind, RunScope},
        schedule::Schedule,
        status::SyncStatus,
    },
    server::{
        connectors::{
            self, Connector, Organisation,
            tryton::access::{self, Approval, Grant},
        },
        db::{
            Db,
            companies::Company,
            connections::{self, Connection},
            query::sql,
            status, tie_outs,
        },
        engine::Engine,
        services::{self, companies::Wanted, connections::Granted, onboarding, sync, tie_out},
    },
};
use tokio_util::sync::CancellationToken;

pub struct Books {
    pub db: Db,
    pub company: Company,
}

/// A key that somebody approved, and the one company it opens.
pub async fn approved(peer: &Peer) -> (Grant, Organisation) {
    let grant = access::request(&peer.address(), DATABASE, USER).await.unwrap();
    assert_eq!(peer.admin("approve", json!({})), 1);
    match access::organisations(&grant).await.unwrap() {
        Approval::Given(mut found) => (grant, found.remove(0)),
        Approval::Waiting => panic!("it was approved"),
    }
}

pub fn granted((grant, organisation): (Grant, Organisation)) -> Granted {
    Granted { provider: Provider::Tryton, organisation, secret: serde_json::to_string(&grant).unwrap() }
}

/// What a person matches: our names on the left, Tryton's on the right.
pub const MATCHES: [(ReferenceKind, &str, &str); 3] = [
    (ReferenceKind::TaxRate, "20% (VAT on Income)", "VAT 20%"),
    (ReferenceKind::Account, "200", "4000"),
    (ReferenceKind::Account, "260", "4100"),
];

impl Books {
    pub async fn add(db: &Db) -> Books {
        let wanted = Wanted {
            name: "Dockside Retail Parks".into(),
            code: String::new(),
            currency: "GBP".into(),
            time_zone: "Europe/London".into(),
        };
        Books { db: db.clone(), company: services::companies::add(db, &wanted).await.unwrap() }
    }

    pub async fn connect(&self, granted: Granted) {
        services::connections::connect(&self.db, &self.company, granted, "2000-01-01", Schedule::Off, "test").await.unwrap();
    }

    /// The picks of the matches above, as far as the company's documents need them.
    pub async fn picks(&self) -> Vec<Pick> {
        let report = onboarding::match_report(&self.db, &self.company.id).await.unwrap();
        let picks =
            MATCHES.iter().filter(|(kind, value, _)| report.items.iter().any(|item| item.kind == *kind && item.value == *value));
        let picks = picks.map(|(kind, value, code)| {
            let choice = report.choices.iter().find(|choice| choice.kind == *kind && choice.code == *code);
            Pick { kind: *kind, value: (*value).into(), external_id: choice.expect("Tryton has it").external_id.clone() }
        });
        picks.collect()
    }

    /// Connected and onboarded with these documents; the initial sync waits in the queue.
    pub async fn onboarded(db: &Db, peer: &Peer, csv: &str) -> Books {
        let books = Books::add(db).await;
        books.import(csv).await;
        books.connect(granted(approved(peer).await)).await;
        let picks = books.picks().await;
        let confirmed = onboarding::confirm(db, &books.company.id, true, &picks, "test").await.unwrap();
        assert!(matches!(confirmed, onboarding::Confirmed::Started(_)), "{confirmed:?}");
        books
    }

    pub async fn import(&self, csv: &str) {
        let file = format!("{}{csv}", crate::harness::books::HEADER).into_bytes();
        let report = services::import::run(&self.db, &self.company, "sales.csv", file, "test").await.unwrap();
        assert_eq!(report.errors, [], "the test's own file");
    }

    pub async fn connection(&self) -> Connection {
        connections::of_company(&self.db, &self.company.id).await.unwrap().unwrap()
    }

    pub async fn connector(&self) -> Box<dyn Connector> {
        connectors::open(&self.db, &self.connection().await).await.unwrap()
    }

    /// Works whatever is queued until nothing is.
    pub async fn work(&self) -> SyncStatus {
        loop {
            let queued = sql("SELECT id FROM runs WHERE state = 'queued'").all::<(String,)>(&self.db).await.unwrap();
            if queued.is_empty() {
                return self.status().await;
            }
            let ids = queued.into_iter().map(|(id,)| id).collect();
            Engine::new(self.db.clone(), 1, CancellationToken::new()).work_only(ids).await;
        }
    }

    pub async fn sync(&self) -> SyncStatus {
        sync::request(&self.db, &self.company.id, RunKind::Manual, RunScope::Full, "test").await.unwrap();
        self.work().await
    }

    pub async fn status(&self) -> SyncStatus {
        assert_eq!(status::check(&self.db).await.unwrap(), Vec::<String>::new());
        services::companies::find(&self.db, &self.company.code).await.unwrap().status()
    }

    /// Open problems: label, code, cause, advice.
    pub async fn problems(&self) -> Vec<(String, String, String, String)> {
        sql("SELECT label, code, cause, advice FROM problems WHERE resolved_at IS NULL ORDER BY label")
            .all(&self.db)
            .await
            .unwrap()
    }

    /// Messages of a level, newest run only: what was said.
    pub async fn said(&self, level: &str) -> Vec<String> {
        let said = sql(
            "SELECT text FROM messages WHERE level = $1 AND run_id = (SELECT id FROM runs ORDER BY queued_at DESC, id DESC LIMIT 1) ORDER BY id",
        );
        let said: Vec<(String,)> = said.bind(level).all(&self.db).await.unwrap();
        said.into_iter().map(|(text,)| text).collect()
    }

    pub async fn number(&self, text: &'static str) -> i64 {
        sql(text).one::<(i64,)>(&self.db).await.unwrap().0
    }

    /// Each entity on both sides, asked for anew; all must agree.
    pub async fn assert_in_balance(&self) -> Vec<EntityTieOut> {
        let (connection, connector) = (self.connection().await, self.connector().await);
        let scope =
            tie_outs::Scope { connection_id: &connection.id, company_id: &self.company.id, sync_from: &connection.sync_from };
        let mut all = Vec::new();
        for entity in TIED_OUT {
            let found = tie_out::compare(&self.db, connector.as_ref(), scope, entity).await.unwrap();
            assert!(found.in_balance(), "{found:?}");
            all.push(found);
        }
        all
    }
}
