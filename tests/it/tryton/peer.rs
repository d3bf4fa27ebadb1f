//! The real Tryton server, on a copy of the books that `tools/tryton.sh` makes once. It ends with whoever started it.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};
use tempfile::TempDir;
use tieout::server::connectors::outgoing;
use url::Host;

pub const DATABASE: &str = "peer";
pub const USER: &str = "tieout";

/// Where `tools/tryton.sh` put it, or why it could not.
static PREPARED: OnceLock<Result<PathBuf, String>> = OnceLock::new();

pub struct Peer {
    prepared: PathBuf,
    dir: TempDir,
    port: u16,
    /// `None` while it is stopped.
    server: Option<Child>,
}

impl Peer {
    /// A server with books nobody has used. Where Tryton cannot be installed the test says so and is left out, which CI
    /// does not accept.
    pub fn start() -> Option<Peer> {
        let prepared = match PREPARED.get_or_init(prepare) {
            Ok(prepared) => prepared.clone(),
            Err(reason) if std::env::var("CI").as_deref() == Ok("true") => panic!("Tryton is required in CI: {reason}"),
            Err(reason) => {
                eprintln!("LEFT OUT: the tests against the real Tryton, because {reason}");
                return None;
            }
        };
        // Connectors of this process ask it, too.
        outgoing::begin(vec![Host::Ipv4(Ipv4Addr::LOCALHOST)]);
        let dir = tempfile::Builder::new().prefix("tieout-tryton-").tempdir().unwrap();
        std::fs::copy(prepared.join("peer.sqlite"), dir.path().join("peer.sqlite")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut peer = Peer { prepared, dir, port, server: None };
        peer.start_again();
        Some(peer)
    }

    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Serves the same books again.
    pub fn start_again(&mut self) {
        assert!(self.server.is_none(), "it runs");
        let mut command = self.python();
        command.arg("serve").arg(self.dir.path()).arg(self.port.to_string());
        let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "{}", self.log());
        self.server = Some(server);
    }

    /// Pulls the plug: requests that are being worked on get no answer.
    pub fn stop(&mut self) {
        let mut server = self.server.take().expect("it runs");
        // Its input ends, and with that it.
        drop(server.stdin.take());
        server.wait().unwrap();
    }

    /// Does something there as its administrator, with Tryton's own client library.
    pub fn admin(&self, command: &str, arguments: Value) -> Value {
        let output = self.python().args(["do", &self.port.to_string(), command, &arguments.to_string()]).output().unwrap();
        assert!(output.status.success(), "{command} {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn python(&self) -> Command {
        let mut command = Command::new(self.prepared.join("V/bin/python"));
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tryton/peer.py"));
        command
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("trytond.log")).unwrap_or_default()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(60).collect();
            eprintln!("the end of Tryton's log:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
        }
        if self.server.is_some() {
            self.stop();
        }
    }
}

fn prepare() -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/tryton.sh");
    let output = Command::new(script).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())),
        Some(75) => Err("PyPI cannot be reached".into()),
        _ => Err(said.trim().to_owned()),
    }
}
