//! Connecting with this server's app from a shell: the command says which page to open and waits, a person agrees in a
//! browser that comes back to the running server, and the command goes on; the same for access that was lost.

use crate::harness::{
    databases,
    process::{Ended, Server, Tieout},
    xero::{Organisation, Peer, Setup, ask},
};
use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};
use tieout::{
    domain::{connection::Access, status::SyncStatus},
    server::{db::connections, services::companies::find},
};

const PAGE: &str = "/companies/AQE/integration";

/// A person with a browser, signed in to the server.
struct Person<'s> {
    server: &'s Server,
    peer: &'s Peer,
    host: &'s str,
}

impl Person<'_> {
    fn get(&self, path: &str) -> crate::harness::process::Answer {
        self.server.get(path, &[("accept", "text/html"), ("host", self.host)])
    }

    /// Opens the page, goes on to Xero, agrees, and is sent back.
    fn agrees(&self) {
        let page = self.get(PAGE).text();
        let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let away = format!("http://{}/identity/", self.peer.address);
        let link = links.map(|link| link.replace("&amp;", "&")).find(|link| link.starts_with(&away));
        let link = link.unwrap_or_else(|| panic!("it leads nowhere: {page}"));
        let target = link.strip_prefix(&format!("http://{}", self.peer.address)).unwrap();
        let sent_back = ask::ask(&self.peer.address, "GET", target, &[], b"").unwrap();
        let back = sent_back.header("location").to_owned();
        let back = back.strip_prefix(&format!("http://{}", self.host)).unwrap_or_else(|| panic!("sent to {back}: {sent_back:?}"));
        assert_eq!(self.get(back).status, 303);
    }
}

/// Runs a command that waits for somebody; `then` is done once it says what it waits for.
fn waits(command: &mut Command, then: impl FnOnce(&str)) -> Ended {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    stderr.read_line(&mut first).unwrap();
    if first.contains("Waiting until somebody has agreed") {
        then(&first);
    }
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    Ended { code: output.status.code().unwrap(), stdout, stderr: first + &rest }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_waits_for_the_person_and_goes_on() {
    for database in databases().await {
        eprintln!("on {}", database.kind);
        let (peer, dir) = (Peer::shared(), tempfile::tempdir().unwrap());
        let [there, other] = ["Albion Quay Estates", "Bramley Court"].map(|name| peer.organisation(&Setup::named(name)));
        let (id, base) = (format!("WAITS{}", database.kind), there.base());
        let tieout = Tieout { data_dir: dir.path(), url: Some(&database.url) };
        assert_eq!(tieout.run(&["company", "add", "Albion Quay Estates", "--code", "AQE"]).code, 0);
        let settings = [("TIEOUT_XERO_CLIENT_ID", id.as_str()), ("TIEOUT_XERO_ADDRESS", base.as_str())];
        let server = tieout.serve_logged(&settings);
        let host = server.address.replace("127.0.0.1", "localhost");
        peer.app(&id, None, &[&format!("http://{host}/xero/back")]);
        let choose = |organisations: &[&Organisation]| peer.choose(&id, organisations);
        choose(&[&there, &other]);
        let person = Person { server: &server, peer, host: &host };
        let page = format!("http://{host}{PAGE}");
        let connect = |more: &[&str]| {
            let mut command = tieout.command();
            command.envs(settings).env("TIEOUT_LISTEN", &server.address);
            command.args(["connect", "--company", "AQE", "--provider", "xero"]).args(more);
            command
        };

        let told = waits(&mut connect(&["--no-wait"]), |_| panic!("it waits"));
        assert!(told.code == 4 && told.stdout.contains(&page), "{told:?}");
        let told = waits(&mut connect(&["--no-wait", "--json"]), |_| panic!("it waits"));
        assert_eq!((told.code, told.json()["waiting"].as_bool()), (4, Some(true)));
        let several = waits(&mut connect(&["--accept-matches"]), |said| {
            assert!(said.contains(&page), "{said}");
            person.agrees();
        });
        assert_eq!(several.code, 2, "{several:?}");
        assert!(several.stderr.contains("--organisation: ") && several.stderr.contains("Bramley Court"), "{several:?}");
        let connected =
            waits(&mut connect(&["--accept-matches", "--organisation", "Albion Quay Estates"]), |_| panic!("it waits"));
        assert!(connected.code == 0 && connected.stdout.contains("connected and onboarded"), "{connected:?}");
        let stored = || async {
            let company = find(&database.db, "AQE").await.unwrap();
            let connection = connections::of_company(&database.db, &company.id).await.unwrap().unwrap();
            (company.status(), connection.access(), connection.organisation_id)
        };
        assert_eq!(stored().await.2, there.tenant_id);
        assert_eq!(tieout.run(&["sync", "--company", "AQE", "--wait"]).code, 0);
        let again = waits(&mut connect(&[]), |_| panic!("it waits"));
        assert!(again.code == 2 && again.stderr.contains("Already connected"), "{again:?}");

        // Taken away there, and taken up again with the same organisation only.
        there.revoke();
        tieout.run(&["probe", "--company", "AQE"]);
        assert_eq!(stored().await.0, SyncStatus::NeedsReconnecting);
        choose(&[&other]);
        let another = waits(&mut connect(&[]), |_| person.agrees());
        assert!(another.code == 2 && another.stderr.contains("Bramley Court is another organisation"), "{another:?}");
        assert_eq!(stored().await.1, Access::Lost);
        choose(&[&there, &other]);
        let back = waits(&mut connect(&[]), |_| person.agrees());
        assert!(back.code == 0 && back.stdout.contains("is reconnected to the same organisation"), "{back:?}");
        assert_eq!((stored().await.1, stored().await.2), (Access::Valid, there.tenant_id.clone()));
        assert_eq!(there.violations(), Vec::<String>::new());
    }
}
