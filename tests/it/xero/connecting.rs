//! Connecting to Xero as people do it, with the server's real process: away to agree, back with a code, an organisation
//! chosen; access lost, taken up again with the same organisation only, and given up there too.

use super::desk::{Desk, QUAY_BOOKS, TENANT, Tenant, kept};
use crate::harness::{
    databases,
    process::{Answer, Server, Tieout},
};
use serde_json::Value;
use tieout::{
    domain::{connection::Access, status::SyncStatus},
    server::{
        db::{
            Db, authorisations,
            connections::{self, Connection},
            query::sql,
            secrets,
        },
        services::companies::find,
    },
};

const OTHER: Tenant = ("5e5e5e5e-0000-4000-8000-00000000feed", "0d0d0d0d-0000-4000-8000-00000000dddd", "Quai Ouest", "EUR");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const BROWSER: (&str, &str) = ("accept", "text/html");
const PAGE: &str = "/companies/AQE/integration";

struct Stage {
    server: Server,
    desk: Desk,
    db: Db,
    /// As Xero has to know this server: by name.
    host: String,
}

impl Stage {
    fn get(&self, path: &str) -> Answer {
        self.server.get(path, &[BROWSER, ("host", &self.host)])
    }

    fn post(&self, path: &str, fields: &str) -> Answer {
        let referer = format!("http://{}{PAGE}", self.host);
        let headers = [FORM, BROWSER, ("host", self.host.as_str()), ("referer", referer.as_str())];
        self.server.ask("POST", path, &headers, fields.as_bytes())
    }

    /// The page of Xero's that the company's page leads to.
    fn way_out(&self) -> String {
        let page = self.get(PAGE).text();
        let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let link = links.map(|link| link.replace("&amp;", "&")).find(|link| link.starts_with(&self.desk.address));
        link.unwrap_or_else(|| panic!("it leads nowhere: {page}"))
    }

    /// A person goes there, agrees, and comes back.
    fn agree(&self) -> (Answer, String) {
        let (code, state) = self.desk.agree(&self.way_out(), &format!("http://{}/xero/back", self.host));
        let back = format!("/xero/back?code={code}&scope=x&state={state}");
        (self.get(&back), back)
    }

    async fn connection(&self) -> Option<Connection> {
        let company = find(&self.db, "AQE").await.unwrap();
        connections::of_company(&self.db, &company.id).await.unwrap()
    }

    async fn status(&self) -> SyncStatus {
        find(&self.db, "AQE").await.unwrap().status()
    }
}

/// What the next page says: good news or bad.
fn said(answer: &Answer) -> String {
    let set = answer.headers.iter().find(|(name, value)| name == "set-cookie" && value.starts_with("tieout-notice="));
    let (_, value) = set.unwrap_or_else(|| panic!("nothing is said: {answer:?}"));
    let value = value.trim_start_matches("tieout-notice=").split(';').next().unwrap();
    form_urlencoded::parse(value.as_bytes()).next().unwrap().0.into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_is_connected_lost_taken_up_again_and_given_up() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let (dir, desk) = (tempfile::tempdir().unwrap(), Desk::open().await);
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        for (name, code) in [("Albion Quay Estates", "AQE"), ("Bramley Court", "BCH")] {
            assert_eq!(tieout.run(&["company", "add", name, "--code", code]).code, 0);
        }
        let settings = [
            ("TIEOUT_XERO_CLIENT_ID", "tieout"),
            ("TIEOUT_XERO_CLIENT_SECRET", "hush"),
            ("TIEOUT_XERO_ADDRESS", desk.address.as_str()),
            ("TIEOUT_LOG", "debug,sqlx=warn"),
        ];
        let server = tieout.serve_logged(&settings);
        let host = server.address.replace("127.0.0.1", "localhost");
        let stage = Stage { server, desk, db: database.db.clone(), host };
        connects(&stage).await;
        loses_and_takes_up(&stage).await;
        gives_up(&stage).await;
        let log = stage.server.log();
        for secret in ["access-", "refresh-", "hush", "c0de-"] {
            assert!(!log.contains(secret), "{secret} is in the log");
        }
    }
}

async fn connects(stage: &Stage) {
    let redirect = format!("http://{}/xero/back", stage.host);
    assert!(stage.get(&format!("{PAGE}?software=xero")).text().contains(&redirect));
    // By its number nobody could come back to their session.
    let scope = "code=AQE&sync_from=2010-01-01&schedule=nightly";
    let by_number = stage.server.ask("POST", "/api/connect-xero", &[FORM], scope.as_bytes());
    assert!(
        by_number.status == 409 && by_number.text().contains(&format!("open Tieout at http://{}", stage.host)),
        "{by_number:?}"
    );
    assert_eq!(stage.status().await, SyncStatus::NotConnected);

    assert_eq!(said(&stage.post("/api/connect-xero", scope)), "+Go on to Xero, and agree there.");
    assert_eq!(stage.status().await, SyncStatus::IncompleteOnboarding);
    let unknown = "-This was not begun here, or was given up meanwhile: connect again.";
    for state in ["AQE.x", "BCH.x"] {
        assert_eq!(said(&stage.get(&format!("/xero/back?code=x&state={state}"))), unknown);
    }
    assert_eq!(stage.get("/xero/back?code=x&state=x").status, 404);
    assert_eq!(stage.desk.asked(), 0, "Xero is not asked about what was not begun here");

    stage.desk.opens(&[OTHER, QUAY_BOOKS]);
    let (back, again) = stage.agree();
    assert_eq!(
        (back.status, back.header("location"), said(&back).as_str()),
        (303, PAGE, "+Access was given. Choose the organisation.")
    );
    assert_eq!(said(&stage.get(&again)), unknown, "a code is brought back once");
    let page = stage.get(PAGE).text();
    assert!(page.contains("Quay Books") && page.contains("Keeps its books in EUR"), "{page}");

    // Whoever takes their time to choose gets the next pair.
    let company = find(&stage.db, "AQE").await.unwrap();
    let secret = secrets::of_authorisation(&stage.db, stage.db.vault(), &company.id).await.unwrap().unwrap();
    let mut waiting: Value = serde_json::from_str(&secret).unwrap();
    waiting["Back"]["tokens"]["expires_at"] = 0.into();
    let sealed = secrets::seal_of_authorisation(stage.db.vault(), &company.id, &waiting.to_string()).unwrap();
    let mut tx = stage.db.begin().await.unwrap();
    authorisations::set_secret(&mut tx, &company.id, &sealed).await.unwrap();
    tx.commit().await.unwrap();
    let chosen = stage.post("/api/choose-organisation", &format!("{scope}&organisation={TENANT}"));
    assert_eq!(said(&chosen), "+Connected to Quay Books. Check the matches, then confirm.");
    let connection = stage.connection().await.unwrap();
    assert_eq!((connection.organisation_id.as_str(), connection.access()), (TENANT, Access::Valid));
    let tokens = kept(&stage.db, &connection).await;
    assert_eq!((tokens.refresh_token.as_str(), tokens.connection_id.as_str()), ("refresh-2", QUAY_BOOKS.1));
    let stored: (String,) = sql("SELECT secret FROM connection_secrets").one(&stage.db).await.unwrap();
    assert!(!stored.0.contains("refresh-2") && !stored.0.contains("hush"));
}

async fn loses_and_takes_up(stage: &Stage) {
    stage.desk.lets_in(&[]);
    stage.desk.takes(&[]);
    let lost = said(&stage.post("/api/probe", "code=AQE"));
    assert!(lost.starts_with("-Access is lost: Xero no longer renews the access"), "{lost}");
    assert_eq!(stage.status().await, SyncStatus::NeedsReconnecting);

    // Another organisation is named, and nothing changes.
    stage.desk.opens(&[OTHER]);
    stage.post("/api/reconnect", "code=AQE");
    let another = said(&stage.agree().0);
    assert!(another.starts_with("-Quai Ouest is another organisation.") && another.contains("Quay Books"), "{another}");
    assert_eq!(stage.connection().await.unwrap().access(), Access::Lost);

    stage.post("/api/cancel-access", "code=AQE");
    stage.post("/api/reconnect", "code=AQE");
    let (_, state) = stage.desk.agree(&stage.way_out(), &format!("http://{}/xero/back", stage.host));
    let denied = stage.get(&format!("/xero/back?error=access_denied&state={state}"));
    assert_eq!(said(&denied), "-Access was not given in Xero.");
    stage.desk.opens(&[OTHER, QUAY_BOOKS]);
    assert_eq!(said(&stage.agree().0), "+Reconnected to the same organisation. Start a sync to catch up.");
    let connection = stage.connection().await.unwrap();
    assert_eq!((connection.organisation_id.as_str(), connection.access()), (TENANT, Access::Valid));
}

async fn gives_up(stage: &Stage) {
    assert!(said(&stage.post("/api/disconnect", "code=AQE")).starts_with("+Disconnected."));
    assert_eq!(stage.connection().await.unwrap().access(), Access::Disconnected);
    // What else the same person let us into stays.
    assert_eq!((stage.desk.tenants(), stage.desk.revoked()), (vec![OTHER], 0));
    stage.desk.opens(&[QUAY_BOOKS]);
    stage.post("/api/reconnect", "code=AQE");
    assert!(said(&stage.agree().0).starts_with("+Reconnected"));
    stage.post("/api/disconnect", "code=AQE");
    assert_eq!((stage.desk.tenants(), stage.desk.revoked()), (vec![], 1));
}
