//! The command line as scripts see it: what it prints, and its exit codes.

use crate::harness::{databases, process::Tieout};
use serde_json::json;
use std::fs;
use tempfile::TempDir;
use tieout::server::{
    connectors::practice::panel,
    db::{Db, connections},
    services::companies,
};

const HEADER: &str = "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType";
const ROWS: &str = "Quay Ltd,1,01/12/2010,31/12/2010,Rent,2,10.50,200,20% (VAT on Income)\n\
    Quay Ltd,C2,02/12/2010,31/12/2010,Rent,-1,10.50,260,Zero Rated Income\n";
const REFUSED: &str = ",3,02/12/2010,31/12/2010,Rent,1,1,200,No VAT\n";

/// Runs a test's body beside each kind of database.
async fn on_each<F: Future<Output = ()>>(body: impl Fn(TempDir, String, Db) -> F) {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        body(tempfile::tempdir().unwrap(), database.url.clone(), database.db.clone()).await;
    }
}

#[tokio::test]
async fn from_an_empty_database_to_books_in_balance() {
    on_each(|dir, url, _db| async move {
        let tieout = Tieout { data_dir: dir.path(), url: Some(&url) };
        let file = dir.path().join("sales.csv");
        let file = file.to_str().unwrap();
        let added = tieout.run(&["company", "add", "Albion Quay Estates", "--json"]);
        assert_eq!(
            added.json(),
            json!({ "code": "AQE", "name": "Albion Quay Estates", "currency": "GBP", "time_zone": "Europe/London", "status": "not-connected" })
        );

        fs::write(file, format!("{HEADER}\n{ROWS}{REFUSED}")).unwrap();
        let import = ["import", "sales", "--company", "albion quay estates", file, "--json"];
        let some = tieout.run(&import);
        let report = |stored: u64, unchanged: u64| {
            json!({
                "documents": 3, "stored": stored, "unchanged": unchanged, "refused": 1,
                "invoices": { "count": 1, "net": "21.00" },
                "credit_notes": { "count": 1, "net": "-10.50" },
                "errors": [{ "line": 4, "column": "ContactName", "reason": "is missing" }],
            })
        };
        assert_eq!((some.code, some.json()), (3, report(2, 0)));
        let again = tieout.run(&import);
        assert_eq!((again.code, again.json()), (3, report(0, 2)));
        fs::write(file, format!("{HEADER}\n{ROWS}")).unwrap();
        assert_eq!(tieout.run(&import).code, 0);
        fs::write(file, format!("{HEADER}\n{REFUSED}")).unwrap();
        assert_eq!(tieout.run(&import).code, 2);
        fs::write(file, "PK\u{3}\u{4}").unwrap();
        let unusable = tieout.run(&import);
        assert_eq!((unusable.code, unusable.json()["documents"].clone()), (2, json!(0)));
        assert!(unusable.json()["errors"][0]["reason"].as_str().unwrap().contains("Excel"));

        let early = tieout.run(&["sync", "--company", "AQE", "--wait"]);
        assert_eq!(early.code, 2);
        assert!(early.stderr.contains("Not connected"), "{early:?}");
        let connected = tieout.run(&["connect", "--company", "AQE", "--provider", "practice"]);
        assert_eq!(connected.code, 0, "{connected:?}");
        let confirmed = tieout.run(&["connect", "--company", "AQE", "--provider", "practice", "--accept-matches", "--json"]);
        assert_eq!((confirmed.code, confirmed.json()["onboarded"].clone()), (0, json!(true)));
        let synced = tieout.run(&["sync", "--all", "--wait"]);
        assert_eq!(synced.code, 0, "{synced:?}");

        let tied = tieout.run(&["tie-out", "--company", "AQE", "--json"]);
        assert_eq!(tied.code, 0, "{tied:?}");
        let side = |count: i64, net: &str, gross: &str| json!({ "count": count, "net": net, "gross": gross });
        let both = |side: serde_json::Value| json!({ "local": side, "external": side, "in_balance": true });
        assert_eq!(
            tied.json(),
            json!({
                "invoices": both(side(1, "21.00", "25.20")),
                "bills": both(side(0, "0.00", "0.00")),
                "credit_notes": both(side(1, "-10.50", "-10.50")),
                "payments": both(side(0, "0.00", "0.00")),
            })
        );
        let status = tieout.run(&["status", "--json"]).json();
        assert_eq!(status["counts"].as_object().unwrap().len(), 7);
        assert_eq!(status["counts"]["synced"], 1);
        let company = &status["companies"][0];
        assert_eq!(
            (&company["name"], &company["status"], &company["open_errors"]),
            (&json!("Albion Quay Estates"), &json!("synced"), &json!(0))
        );
        assert!(company["last_success"].as_str().unwrap().ends_with('Z'));
        let check = tieout.run(&["check"]);
        assert_eq!(check.code, 0, "{check:?}");
    })
    .await;
}

#[tokio::test]
async fn what_a_sync_came_to_is_its_exit_code() {
    on_each(|dir, url, db| async move {
        let tieout = Tieout { data_dir: dir.path(), url: Some(&url) };
        let file = dir.path().join("sales.csv");
        fs::write(&file, format!("{HEADER}\n{ROWS}")).unwrap();
        tieout.run(&["company", "add", "Albion Quay Estates"]);
        tieout.run(&["import", "sales", "--company", "AQE", file.to_str().unwrap()]);
        tieout.run(&["connect", "--company", "AQE", "--provider", "practice", "--accept-matches"]);
        let company = companies::find(&db, "AQE").await.unwrap();
        let ledger = connections::of_company(&db, &company.id).await.unwrap().unwrap().organisation_id;

        panel::set_account_archived(&db, &ledger, "260", true).await.unwrap();
        let errors = tieout.run(&["sync", "--company", "AQE", "--wait", "--json"]);
        assert_eq!((errors.code, errors.json()["companies"][0]["status"].clone()), (3, json!("errors")), "{errors:?}");
        assert_eq!(tieout.run(&["status", "--json"]).json()["companies"][0]["open_errors"], 1);
        panel::set_offline(&db, &ledger, true).await.unwrap();
        let incomplete = tieout.run(&["sync", "--status", "errors", "--wait"]);
        assert_eq!(incomplete.code, 4, "{incomplete:?}");
        assert_eq!(tieout.run(&["tie-out", "--company", "AQE"]).code, 2, "nobody to compare with");
        panel::set_offline(&db, &ledger, false).await.unwrap();
        panel::set_account_archived(&db, &ledger, "260", false).await.unwrap();
        let synced = tieout.run(&["sync", "--all", "--wait"]);
        assert_eq!(synced.code, 0, "{synced:?}");
        assert_eq!(tieout.run(&["check"]).code, 0);
    })
    .await;
}

#[tokio::test]
async fn the_practice_companies_show_every_status() {
    let dir = tempfile::tempdir().unwrap();
    let tieout = Tieout { data_dir: &dir.path().join("data"), url: None };
    let made = tieout.run(&["demo", "--json"]);
    assert_eq!((made.code, made.json()["made"].clone(), made.stderr.as_str()), (0, json!(24), ""));
    let counts = tieout.run(&["status", "--json"]).json()["counts"].clone();
    for (status, n) in counts.as_object().unwrap() {
        assert!(n.as_u64().unwrap() > 0, "{status}: {counts}");
    }
    assert_eq!(tieout.run(&["demo", "--json"]).json()["made"], 0, "the same again makes nothing");
    for (companies, expected) in [("50", 26), ("3000", 2950)] {
        assert_eq!(tieout.run(&["demo", "--companies", companies, "--no-sync", "--json"]).json()["made"], expected);
    }
    assert_eq!(tieout.run(&["check"]).code, 0);

    let own = Tieout { data_dir: &dir.path().join("own"), url: None };
    own.run(&["company", "add", "Albion Quay Estates"]);
    let refused = own.run(&["demo"]);
    assert_eq!(refused.code, 2, "practice companies do not go among somebody's own");
    assert!(refused.stderr.contains("--data-dir"), "{refused:?}");
}

#[test]
fn companies_are_added_with_what_they_need() {
    let dir = tempfile::tempdir().unwrap();
    let tieout = Tieout { data_dir: &dir.path().join("data"), url: None };
    let add = |more: &[&str]| tieout.run(&[&["company", "add"], more].concat());
    assert_eq!(add(&["Albion Quay Estates"]).code, 0);
    assert_eq!(add(&["Albion Quay East", "--json"]).json()["code"], "AQE2");
    for (more, expected) in [
        (&["albion  QUAY estates"][..], "There is a company"),
        (&["Other", "--code", "aqe"], "is taken"),
        (&["Other", "--code", "a/b"], "is not a code"),
        (&["Other", "--currency", "pounds"], "is not a currency code"),
        (&["Other", "--time-zone", "Europe/Atlantis"], "is not a time zone"),
        (&[" "], "needs a name"),
    ] {
        let refused = add(more);
        assert!(refused.code == 2 && refused.stderr.contains(expected), "{more:?}: {refused:?}");
        assert_eq!(refused.stderr.lines().count(), 1, "one sentence: {refused:?}");
    }
    assert_eq!(tieout.run(&["company", "list", "--json"]).json().as_array().unwrap().len(), 2);
}

#[test]
fn settings_are_refused_by_name_and_help_teaches() {
    let dir = tempfile::tempdir().unwrap();
    let tieout = Tieout { data_dir: &dir.path().join("data"), url: None };
    let refusal = |change: &dyn Fn(&mut std::process::Command)| {
        let mut command = tieout.command();
        change(&mut command);
        let ended = crate::harness::process::ended(&mut command);
        assert_eq!(ended.code, 2, "{ended:?}");
        ended.stderr
    };
    assert!(
        refusal(&|command| {
            command.args(["status"]).env("TIEOUT_LISTN", "x");
        })
        .contains("TIEOUT_LISTN is not a setting")
    );
    let public = refusal(&|command| {
        command.args(["serve"]).env("TIEOUT_LISTEN", "0.0.0.0:3000");
    });
    assert!(public.contains("TIEOUT_LISTEN") && public.contains("tls_certificate"), "{public}");
    assert!(
        refusal(&|command| {
            command.args(["serve", "--listen", "3000"]);
        })
        .contains("--listen: “3000”")
    );
    assert_eq!(tieout.run(&["migrate"]).code, 0);
    fs::write(dir.path().join("data/tieout.toml"), "colour = 'blue'\n").unwrap();
    assert!(
        refusal(&|command| {
            command.arg("status");
        })
        .contains("tieout.toml: “colour” is not a setting")
    );

    // Each layer is asked in its turn: what is refused is the one that counts.
    fs::write(dir.path().join("data/tieout.toml"), "concurrency = 97\n").unwrap();
    assert!(refusal(&|command| _ = command.arg("serve")).contains("tieout.toml: concurrency: “97”"));
    let variable = |command: &mut std::process::Command| _ = command.arg("serve").env("TIEOUT_CONCURRENCY", "98");
    assert!(refusal(&variable).starts_with("tieout: TIEOUT_CONCURRENCY: “98”"));
    assert!(
        refusal(&|command| {
            variable(command);
            command.args(["--concurrency", "99"]);
        })
        .starts_with("tieout: --concurrency: “99”")
    );
    fs::remove_file(dir.path().join("data/tieout.toml")).unwrap();
    // A database that is not there is named by where its setting stands, never with its password.
    for (url, why) in [("sqlite:/no/such/folder/x.sqlite", "unable to open"), ("postgres://u:secret@127.0.0.1:1/x", "refused")] {
        let gone = refusal(&|command| _ = command.arg("status").env("TIEOUT_DATABASE_URL", url));
        assert!(gone.starts_with("tieout: TIEOUT_DATABASE_URL: ") && gone.contains(why) && !gone.contains("secret"), "{gone}");
    }
    assert_eq!(tieout.run(&["migrate", "--json"]).json(), json!({ "up_to_date": true }));

    for command in [
        &["--help"][..],
        &["serve", "--help"],
        &["demo", "--help"],
        &["company", "add", "--help"],
        &["company", "list", "--help"],
        &["check", "--help"],
        &["migrate", "--help"],
        &["connect", "--help"],
        &["import", "sales", "--help"],
        &["sync", "--help"],
        &["status", "--help"],
        &["tie-out", "--help"],
    ] {
        let help = tieout.run(command);
        assert!(help.code == 0 && help.stdout.contains("tieout ") && help.stdout.contains("xample"), "{command:?}: {help:?}");
        // Paragraphs are wrapped to the terminal, so none may end in the middle of a line.
        let ragged = help.stdout.lines().zip(help.stdout.lines().skip(1)).find(|(line, next)| {
            line.starts_with(|c: char| c.is_ascii_alphabetic())
                && line.len() < 60
                && next.starts_with(|c: char| c.is_ascii_lowercase())
        });
        assert_eq!(ragged, None, "{command:?}");
    }
}
