//! The command line looking after companies and connections: what it prints, and its exit codes.

use crate::harness::{databases, process::Tieout};
use serde_json::json;
use std::fs;
use tieout::server::{
    connectors::practice::panel,
    db::connections,
    services::companies::{self, find_archived},
};

#[tokio::test]
async fn companies_are_imported_changed_archived_and_restored() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let dir = tempfile::tempdir().unwrap();
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        let file = dir.path().join("companies.csv");
        let import = ["company", "import", file.to_str().unwrap(), "--json"];
        fs::write(&file, "Name,Code,Currency,Time zone\nAlbion Quay,,GBP,Europe/London\nBad,,pounds,UTC\n").unwrap();
        let some = tieout.run(&import);
        assert_eq!((some.code, some.json()["stored"].clone(), some.json()["errors"][0]["line"].clone()), (3, json!(1), json!(3)));
        fs::write(&file, "Name,Code,Currency,Time zone\nAlbion Quay,,GBP,Europe/London\n").unwrap();
        let same = tieout.run(&import);
        assert_eq!((same.code, same.json()["unchanged"].clone()), (0, json!(1)));
        fs::write(&file, "Name,Code\nAlbion Quay,AQ\n").unwrap();
        assert_eq!(tieout.run(&import).code, 2);
        assert_eq!(tieout.run(&["company", "import", "/nowhere.csv"]).code, 2);

        let edited = tieout.run(&["company", "edit", "AQ", "--code", "QUAY", "--time-zone", "Europe/Dublin", "--json"]);
        assert_eq!(
            (edited.json()["code"].clone(), edited.json()["name"].clone()),
            (json!("QUAY"), json!("Albion Quay")),
            "{edited:?}"
        );
        assert_eq!(tieout.run(&["company", "edit", "QUAY", "--currency", "pounds"]).code, 2);
        assert_eq!(tieout.run(&["company", "archive", "QUAY"]).code, 0);
        assert_eq!(tieout.run(&["company", "list", "--json"]).json(), json!([]));
        assert_eq!(tieout.run(&["company", "list", "--archived", "--json"]).json()[0]["code"], "QUAY");
        assert_eq!(tieout.run(&["status", "--json"]).json()["companies"], json!([]));
        assert_eq!(tieout.run(&["company", "archive", "QUAY"]).code, 2);
        assert!(find_archived(&database.db, "QUAY").await.is_ok());
        let restored = tieout.run(&["company", "restore", "albion quay"]);
        assert_eq!(restored.code, 0, "{restored:?}");
        assert_eq!(tieout.run(&["check"]).code, 0);
    }
}

#[tokio::test]
async fn connections_are_checked_paused_and_resumed() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let dir = tempfile::tempdir().unwrap();
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        for (code, name) in [("ONE", "One"), ("TWO", "Two")] {
            tieout.run(&["company", "add", name, "--code", code]);
            tieout.run(&["connect", "--company", code, "--provider", "practice", "--accept-matches"]);
        }
        tieout.run(&["sync", "--all", "--wait"]);
        assert_eq!(tieout.run(&["probe", "--company", "ONE"]).code, 0);
        let company = companies::find(&database.db, "ONE").await.unwrap();
        let ledger = connections::of_company(&database.db, &company.id).await.unwrap().unwrap().organisation_id;
        panel::set_offline(&database.db, &ledger, true).await.unwrap();
        assert_eq!(tieout.run(&["probe", "--company", "ONE"]).code, 4);
        panel::set_offline(&database.db, &ledger, false).await.unwrap();

        assert_eq!(tieout.run(&["pause", "--company", "TWO"]).code, 0);
        assert_eq!(tieout.run(&["pause", "--all"]).code, 0);
        let refused = tieout.run(&["sync", "--company", "ONE"]);
        assert!(refused.code == 2 && refused.stderr.contains("Paused"), "{refused:?}");
        assert_eq!(tieout.run(&["pause", "--all"]).code, 2, "once at a time");
        assert_eq!(tieout.run(&["resume", "--all"]).code, 0);
        assert_eq!(tieout.run(&["sync", "--company", "ONE", "--wait"]).code, 0);
        assert_eq!(tieout.run(&["sync", "--company", "TWO"]).code, 2, "it was paused by itself");
        assert_eq!(tieout.run(&["resume", "--company", "TWO"]).code, 0);
        assert_eq!(tieout.run(&["pause"]).code, 2, "which?");

        panel::revoke_access(&database.db, &ledger).await.unwrap();
        let lost = tieout.run(&["probe", "--company", "ONE", "--json"]);
        assert_eq!((lost.code, lost.json()["access"].clone()), (3, json!("lost")));
        assert_eq!(tieout.run(&["check"]).code, 0);
    }
}

#[tokio::test]
async fn tryton_that_cannot_be_asked_is_said() {
    for database in databases().await {
        let dir = tempfile::tempdir().unwrap();
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        tieout.run(&["company", "add", "One"]);
        let connect = |server: &'static str| {
            tieout.run(&[
                "connect",
                "--company",
                "ONE",
                "--provider",
                "tryton",
                "--server",
                server,
                "--database",
                "main",
                "--user",
                "ann",
            ])
        };
        for (server, said) in [
            ("ftp://books", "must begin with https://"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1 cannot be reached"),
            ("http://books.example.com", "is asked over https:// only"),
            ("https://10.0.0.5", "name it in private_hosts in tieout.toml"),
        ] {
            let refused = connect(server);
            assert!(refused.code == 2 && refused.stderr.contains(said), "{refused:?}");
        }
        assert_eq!(tieout.run(&["status", "--json"]).json()["counts"]["not-connected"], 1);
    }
}
