//! Custom connections: made from a shell and on the page, renewed by one worker at a time with nothing but their own id and
//! secret, lost when those are changed, and taken up again with the same organisation only.

use super::desk::{keep, kept};
use crate::harness::{
    books::{HEADER, three},
    databases, on_each_database,
    process::{Answer, Ended, SECRET_KEY, Tieout},
    xero::{Organisation, Peer, Setup},
};
use std::{
    io::Write,
    process::{Command, Stdio},
};
use tieout::{
    domain::{provider::Provider, schedule::Schedule, status::SyncStatus},
    server::{
        connectors::{self, xero::granting},
        db::{Db, connections, query::sql},
        services::{
            companies::{Wanted, add, find},
            connections::{Granted, connect},
        },
        vault::Vault,
    },
};

const PAGE: &str = "/companies/AQE/integration";
const FORM: [(&str, &str); 2] = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html")];

/// Runs a command with something on its standard input.
fn fed(command: &mut Command, input: &str) -> Ended {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The app that an organisation has for itself.
fn app_of(peer: &Peer, id: &str, secret: &str, there: &Organisation) {
    peer.app(id, Some(secret), &[]);
    peer.choose(id, &[there]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_shell_nobody_has_to_sign_in() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let (peer, dir) = (Peer::shared(), tempfile::tempdir().unwrap());
        let there = peer.organisation(&Setup::named("Albion Quay Estates"));
        let other = peer.organisation(&Setup::named("Bramley Court"));
        let id = format!("SHELL{}", database.kind);
        app_of(peer, &id, "hush-1", &there);
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        let mut said = Vec::new();
        let mut run = |arguments: &[&str], input: &str| {
            let ended = fed(tieout.command().env("TIEOUT_XERO_ADDRESS", there.base()).args(arguments), input);
            said.push(format!("{}{}", ended.stdout, ended.stderr));
            ended
        };
        assert_eq!(run(&["company", "add", "Albion Quay Estates", "--code", "AQE"], "").code, 0);
        let sales = dir.path().join("sales.csv");
        std::fs::write(&sales, format!("{HEADER}{}", three())).unwrap();
        assert_eq!(run(&["import", "sales", "--company", "AQE", sales.to_str().unwrap()], "").code, 0);

        let connect = ["connect", "--company", "AQE", "--provider", "xero", "--accept-matches", "--client-id", &id];
        assert_eq!(run(&connect, "").code, 2, "a secret is needed");
        let with = |file| [&connect[..], &["--client-secret-file", file]].concat();
        let refused = run(&with("-"), "hush-0\n");
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.contains("does not take this client id with this secret"), "{}", refused.stderr);
        assert!(run(&with("/nowhere/secret"), "").stderr.contains("cannot be read from /nowhere/secret"));
        let file = dir.path().join("secret");
        std::fs::write(&file, "hush-1\n").unwrap();
        let connected = run(&with(file.to_str().unwrap()), "");
        assert!(connected.code == 0 && connected.stdout.contains("connected and onboarded"), "{connected:?}");
        for command in ["sync --company AQE --wait", "tie-out --company AQE"] {
            let ended = run(&command.split(' ').collect::<Vec<_>>(), "");
            assert_eq!(ended.code, 0, "{ended:?}");
        }
        assert_eq!((there.held().invoices.len(), there.violations()), (2, Vec::new()));

        // The next token is asked for like the first.
        let before = there.counts().refreshes;
        there.expire_tokens();
        assert_eq!(run(&["probe", "--company", "AQE"], "").code, 0);
        assert_eq!(there.counts().refreshes, before + 1);

        // Another secret there: a person has to give it.
        app_of(peer, &id, "hush-2", &there);
        there.expire_tokens();
        let lost = run(&["probe", "--company", "AQE"], "");
        let lost_because = format!("{}{}", lost.stdout, lost.stderr);
        assert!(lost_because.contains("no longer takes the id and the secret of the custom connection"), "{lost:?}");
        let company = || async { find(&database.db, "AQE").await.unwrap().status() };
        assert_eq!(company().await, SyncStatus::NeedsReconnecting);
        assert_eq!(run(&with(file.to_str().unwrap()), "").code, 2);
        peer.choose(&id, &[&other]);
        let another = run(&with("-"), "hush-2");
        assert!(another.code == 2 && another.stderr.contains("Bramley Court is another organisation"), "{another:?}");
        peer.choose(&id, &[&other, &there]);
        assert!(run(&with("-"), "hush-2").stderr.contains("open several organisations"));
        peer.choose(&id, &[]);
        assert!(run(&with("-"), "hush-2").stderr.contains("opens no organisation yet"));
        assert_eq!(company().await, SyncStatus::NeedsReconnecting);
        peer.choose(&id, &[&there]);
        let back = run(&with("-"), "hush-2");
        assert!(back.code == 0 && back.stdout.contains("is reconnected to the same organisation"), "{back:?}");
        assert_eq!(run(&["sync", "--company", "AQE", "--wait"], "").code, 0);
        assert_eq!(company().await, SyncStatus::Synced);

        let kept = "SELECT secret FROM connection_secrets UNION ALL SELECT act || detail FROM audit_log
            UNION ALL SELECT text || advice || sent || received FROM messages";
        let kept: Vec<(String,)> = sql(kept).all(&database.db).await.unwrap();
        assert!(kept.len() > 5);
        let told = kept.into_iter().map(|(text,)| text).chain(said);
        assert!(told.into_iter().all(|text| !text.contains("hush-") && !text.contains("access-")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_workers_ask_for_one_token() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let (peer, db) = (Peer::shared(), &database.db);
        let there = peer.organisation(&Setup::named("Albion Quay Estates"));
        let id = format!("MANY{}", database.kind);
        app_of(peer, &id, "hush", &there);
        let wanted = Wanted {
            name: "Albion Quay Estates".into(),
            currency: "GBP".into(),
            time_zone: "Europe/London".into(),
            ..Wanted::default()
        };
        let company = add(db, &wanted).await.unwrap();
        let tokens = granting::custom(&there.base(), &id, "hush").await.unwrap();
        assert!(tokens.is_custom() && tokens.refresh_token.is_empty());
        let tenants = granting::tenants(&tokens).await.unwrap();
        let tokens = granting::for_tenant(&tokens, &tenants[0]);
        let connector = connectors::with_secret(db, Provider::Xero, &there.tenant_id, tokens.secret()).unwrap();
        let organisation = connector.probe().await.unwrap();
        let granted = Granted { provider: Provider::Xero, organisation, secret: tokens.secret() };
        connect(db, &company, granted, "2009-01-01", Schedule::Off, "test").await.unwrap();
        let connection = connections::of_company(db, &company.id).await.unwrap().unwrap();

        // Some find it ended by our clock, some by Xero's word.
        for is_ended_here in [true, false] {
            let held = kept(db, &connection).await;
            there.expire_tokens();
            let expires_at = if is_ended_here { 0 } else { held.expires_at };
            keep(db, &connection, &connectors::xero::Tokens { expires_at, ..held }).await;
            let before = there.counts().refreshes;
            let mut workers = Vec::new();
            for _ in 0..3 {
                let process = Db::connect(&database.url, Vault::of_text(SECRET_KEY).unwrap()).await.unwrap();
                for _ in 0..3 {
                    let (process, connection) = (process.clone(), connection.clone());
                    workers.push(tokio::spawn(async move {
                        let connector = connectors::open(&process, &connection).await.unwrap();
                        connector.probe().await.map(|organisation| organisation.name)
                    }));
                }
            }
            for worker in workers {
                assert_eq!(worker.await.unwrap(), Ok("Albion Quay Estates".into()));
            }
            assert_eq!(there.counts().refreshes, before + 1, "ended here: {is_ended_here}");
            let now = kept(db, &connection).await;
            assert_eq!((now.refresh_token.as_str(), now.client_secret.as_str()), ("", "hush"), "stored as it is");
        }
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
async fn on_the_page_the_secret_goes_in_and_never_comes_back() {
    let (peer, dir) = (Peer::shared(), tempfile::tempdir().unwrap());
    let there = peer.organisation(&Setup::named("Albion Quay Estates"));
    app_of(peer, "PAGE", "hush-page", &there);
    let tieout = Tieout { data_dir: dir.path(), url: None };
    assert_eq!(tieout.run(&["company", "add", "Albion Quay Estates", "--code", "AQE"]).code, 0);
    let base = there.base();
    let server = tieout.serve_logged(&[("TIEOUT_XERO_ADDRESS", base.as_str()), ("TIEOUT_LOG", "debug,sqlx=warn")]);
    let referer = format!("http://{}{PAGE}", server.address);
    let post = |fields: &str| {
        server.ask("POST", "/api/connect-xero-custom", &[&FORM[..], &[("referer", &referer)]].concat(), fields.as_bytes())
    };
    let page = |path: &str| server.get(path, &[("accept", "text/html")]).text();
    let first = page(&format!("{PAGE}?software=xero"));
    assert!(first.contains("xero_client_id") && first.contains("/xero/back") && first.contains("Custom connection"), "{first}");

    let scope = "code=AQE&sync_from=2010-06-01&schedule=off";
    for (id, secret, why) in [("PAGE", "hush-wrong", "-Xero does not take"), ("PAGE", "", "-Enter the client id")] {
        let answer = post(&format!("{scope}&client_id={id}&client_secret={secret}"));
        assert!([302, 303].contains(&answer.status), "{answer:?}");
        assert!(said(&answer).starts_with(why), "{}", said(&answer));
        let back = answer.header("location").to_owned();
        assert!(back.contains("client_id=PAGE") && !back.contains("hush"), "{back}");
        let again = page(&back);
        assert!(again.contains("value=\"PAGE\"") && again.contains("2010-06-01") && !again.contains("hush"), "{again}");
    }
    let connected = post(&format!("{scope}&client_id=+PAGE&client_secret=hush-page"));
    assert_eq!(said(&connected), "+Connected to Albion Quay Estates. Check the matches, then confirm.");
    let shown = page(PAGE);
    assert!(shown.contains("value=\"PAGE\"") && !shown.contains("hush"), "{shown}");

    // Given up, it is connected again with the same form; the organisation's own app stays.
    let form = [FORM[0], FORM[1], ("referer", &referer)];
    assert!(said(&server.ask("POST", "/api/disconnect", &form, b"code=AQE")).starts_with("+Disconnected."));
    assert!(page(PAGE).contains("/api/connect-xero-custom"));
    let back = post("code=AQE&client_id=PAGE&client_secret=hush-page");
    assert_eq!(said(&back), "+Reconnected to the same organisation. Start a sync to catch up.");
    assert!(!server.log().contains("hush"));
}

/// A custom connection is for what it was made for, and asks for nothing that needs a person.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_custom_connection_that_may_too_little_says_so() {
    on_each_database(|db| async move {
        let desk = super::desk::Desk::open().await;
        desk.lay_for_tokens(&[(400, "{\"error\":\"invalid_scope\"}"), (503, "")]);
        let error = granting::custom(&desk.address, "X", "hush").await.unwrap_err().to_string();
        assert!(error.contains("It needs the scopes accounting.invoices") && !error.contains("offline_access"), "{error}");
        let error = granting::custom(&desk.address, "X", "hush").await.unwrap_err();
        assert!(matches!(&error, connectors::ConnectorError::Transient(_)), "{error:?}");
        drop(db);
    })
    .await;
}
