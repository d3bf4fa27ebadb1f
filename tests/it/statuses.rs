//! Each of the seven statuses, brought about and resolved over HTTP by what a person can do on the pages: the
//! forms of the integration page and of the practice ledger's panel.

use crate::harness::{
    databases,
    process::{Server, Tieout},
};
use serde_json::Value;
use std::time::{Duration, Instant};
use tieout::server::{connectors::practice::panel, db::query::sql};

const FILE: &str = "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType\n\
    Quay Ltd,1,01/12/2010,31/12/2010,Rent,2,10.50,200,20% (VAT on Income)\n\
    Quay Ltd,C2,02/12/2010,31/12/2010,Rent,-1,10.50,260,Zero Rated Income\n";

/// A person at the pages of one company.
struct Person {
    server: Server,
}

impl Person {
    /// Sends a form, as a browser without script does.
    fn post(&self, to: &str, fields: &[(&str, &str)]) {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let page = format!("http://{}/companies/AQE/integration", self.server.address);
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "text/html"),
            ("referer", page.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        let answer = self.server.ask("POST", &format!("/api/{to}"), &headers, body.finish().as_bytes());
        assert_eq!(answer.status, 302, "{to} {fields:?}: {}", answer.text());
        let place = answer.header("location").to_owned();
        assert!(!place.contains("error"), "{to} {fields:?}: {place}");
    }

    fn act(&self, to: &str, fields: &[(&str, &str)]) {
        self.post(to, &[&[("code", "AQE")], fields].concat());
    }

    /// The row of the company as the overview has it.
    fn row(&self) -> Value {
        let page: Value = serde_json::from_slice(&self.server.get("/api/overview?query=", &[]).body).unwrap();
        page["rows"][0].clone()
    }

    fn status(&self) -> String {
        self.row()["status"].as_str().unwrap().to_owned()
    }

    /// Waits for a status that comes about by itself, and answers the row.
    fn becomes(&self, status: &str) -> Value {
        let began = Instant::now();
        while self.status() != status {
            assert!(began.elapsed() < Duration::from_secs(30), "not {status}: {}", self.row());
            std::thread::sleep(Duration::from_millis(20));
        }
        let row = self.row();
        let page = self.server.get(&format!("/overview?status={status}"), &[]).text();
        assert!(page.contains("Albion Quay Estates"), "{status} is on the page");
        row
    }

    fn sync(&self) {
        self.post("start-sync", &[("codes[]", "AQE")]);
    }

    fn reason(row: &Value) -> &str {
        row["reason"].as_str().unwrap()
    }
}

#[tokio::test]
async fn each_status_is_brought_about_and_resolved_by_hand() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let dir = tempfile::tempdir().unwrap();
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        let person = Person { server: tieout.serve() };

        person.post("start-empty", &[("group", "Harbour")]);
        let company = [("name", "Albion Quay Estates"), ("code", ""), ("currency", "GBP"), ("time_zone", "Europe/London")];
        person.post("add-company", &company);
        assert_eq!(person.status(), "not-connected");
        let file = dir.path().join("sales.csv");
        std::fs::write(&file, FILE).unwrap();
        assert_eq!(tieout.run(&["import", "sales", "--company", "AQE", file.to_str().unwrap()]).code, 0);

        person.act("connect-practice", &[("sync_from", ""), ("schedule", "nightly")]);
        assert_eq!(person.status(), "incomplete-onboarding");
        person.act("practice-delay", &[("delay_ms", "1500")]);
        person.act("confirm-onboarding", &[]);
        let row = person.becomes("in-progress");
        assert!(row["progress"].is_object() && row["sync_blocked"].is_string(), "{row}");
        person.act("practice-delay", &[("delay_ms", "0")]);
        assert!(person.becomes("synced")["last_success"]["ms"].is_i64());

        // Sync has errors: an archived account, a locked period, an archived contact.
        let changed = FILE.replace("10.50", "11.50");
        std::fs::write(&file, &changed).unwrap();
        person.act("practice-account", &[("account", "260"), ("archived", "true")]);
        person.act("practice-lock", &[("until", "2010-12-01")]);
        assert_eq!(tieout.run(&["import", "sales", "--company", "AQE", file.to_str().unwrap()]).code, 0);
        let row = person.becomes("errors");
        assert_eq!(row["open_errors"], 2, "{row}");
        let results = person.server.get("/companies/AQE/results", &[]).text();
        for told in
            ["Account 260 is archived", "The books are locked up to 1 December 2010", "Restore the account", "unlock the period"]
        {
            assert!(results.contains(told), "{told}");
        }
        person.act("practice-lock", &[("until", "")]);
        person.sync();
        let row = person.becomes("errors");
        person.act("practice-account", &[("account", "260"), ("archived", "false")]);
        assert!(Person::reason(&row).contains("260"), "{row}");
        person.sync();
        person.becomes("synced");
        std::fs::write(&file, FILE).unwrap();
        person.act("practice-contact", &[("contact", "Quay Ltd"), ("archived", "true")]);
        person.act("practice-tax-rate", &[("tax_rate", "Zero Rated Income"), ("archived", "true")]);
        assert_eq!(tieout.run(&["import", "sales", "--company", "AQE", file.to_str().unwrap()]).code, 0);
        person.becomes("errors");
        person.act("practice-contact", &[("contact", "Quay Ltd"), ("archived", "false")]);
        person.act("practice-tax-rate", &[("tax_rate", "Zero Rated Income"), ("archived", "false")]);
        person.sync();
        person.becomes("synced");

        person.act("practice-revoke", &[]);
        person.sync();
        let row = person.becomes("needs-reconnecting");
        assert!(Person::reason(&row).ends_with("Reconnect") && row["open_errors"] == 0, "{row}");
        person.act("reconnect", &[]);
        person.sync();
        person.becomes("synced");

        person.act("practice-offline", &[("offline", "true")]);
        person.sync();
        let row = person.becomes("incomplete-pipeline");
        assert!(Person::reason(&row).contains("offline"), "{row}");
        person.act("practice-offline", &[("offline", "false")]);
        person.sync();
        person.becomes("synced");

        // Money that comes in there, and a limit that makes us wait, are no errors.
        person.act("practice-payment", &[("document", "1"), ("amount", ""), ("paid_on", "2010-12-20"), ("reference", "BACS")]);
        person.act("practice-rate-limit", &[("per_minute", "3")]);
        person.sync();
        let began = Instant::now();
        while person.row()["progress"]["waiting_until"].is_null() {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", person.row());
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(person.status(), "in-progress");
        drop(person);

        // What the killed server held is taken up by the next one at once, and the limit is gone.
        let (ledger,): (String,) = sql("SELECT organisation_id FROM connections").one(&database.db).await.unwrap();
        panel::set_rate_limit(&database.db, &ledger, 0).await.unwrap();
        let person = Person { server: tieout.serve() };
        person.becomes("synced");
        let tied = tieout.run(&["tie-out", "--company", "AQE", "--json"]);
        assert_eq!((tied.code, &tied.json()["payments"]["external"]["gross"]), (0, &serde_json::json!("25.20")), "{tied:?}");

        person.act("disconnect", &[]);
        assert_eq!(person.status(), "not-connected");
        person.act("reconnect", &[]);
        person.becomes("synced");
        assert_eq!(tieout.run(&["check"]).code, 0);
    }
}
