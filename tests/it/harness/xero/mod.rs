//! Xero as its clients see it, for tests: a server that keeps books after Xero's rules, refuses what Xero refuses in its
//! words, and goes wrong in every way a network and a busy service can, as often as a test asks and in the same places for the
//! same seed. It is a process of its own, so that it can be killed at any moment; nothing it answered for is lost then.
//!
//! ```ignore
//! let books = Peer::shared().organisation(&Setup::named("Albion Quay Estates"));
//! let granted = books.grant(CLIENT_ID);
//! books.set_faults(Faults::all(seed, 20));
//! …
//! assert_eq!(books.violations(), Vec::<String>::new());
//! ```

pub mod ask;
mod company;
pub mod faults;
pub mod hooks;
pub mod orders;
pub mod organisation;
pub mod server;
pub mod setup;

pub use company::{company, connect};
pub use orders::Granted;
pub use organisation::Organisation;
pub use server::{
    askers::Askers,
    books::{Counts, Kind, Write},
    limits::Limits,
};
pub use setup::Setup;

use orders::Order;
use organisation::order;
use std::{
    io::{BufRead, BufReader},
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};
use tieout::server::connectors::{
    outgoing,
    xero::limits::{self, Rules},
};
use url::Host;

/// An app without a secret, which proves itself with PKCE.
pub const CLIENT_ID: &str = "TIEOUTPKCE00000000000000000000AB";
/// An app with a secret.
pub const SECRET_CLIENT_ID: &str = "TIEOUTSECRET000000000000000000AB";
pub const CLIENT_SECRET: &str = "a-secret_of.the-client";

/// Where both may send people back to.
pub const REDIRECTS: [&str; 3] =
    ["http://localhost:3000/xero/back", "http://localhost/xero/back", "https://tieout.example.com/xero/back"];

pub struct Peer {
    dir: PathBuf,
    /// Where it listens, such as `127.0.0.1:40001`; the same after it was killed.
    pub address: String,
    /// `None` while it is killed.
    process: Option<Child>,
}

impl Peer {
    /// The one that all tests of this process share; each makes organisations of its own.
    pub fn shared() -> &'static Peer {
        static SHARED: OnceLock<Peer> = OnceLock::new();
        SHARED.get_or_init(Peer::own)
    }

    /// One that the test has for itself, and can kill.
    pub fn own() -> Peer {
        // Connectors of this process ask it, too.
        outgoing::begin(vec![Host::Ipv4(Ipv4Addr::LOCALHOST)]);
        // It takes as much as it is asked; a test that sets limits says so to its connectors, too.
        limits::begin(Rules { minute: 100_000, ..Rules::XERO });
        let dir = tempfile::Builder::new().prefix("tieout-xero-").tempdir().expect("a temporary directory is made").keep();
        let process = start(&dir);
        let address = std::fs::read_to_string(dir.join(server::ADDRESS)).expect("it says where it listens");
        let peer = Peer { dir, address, process: Some(process) };
        peer.app(CLIENT_ID, None, &REDIRECTS);
        peer.app(SECRET_CLIENT_ID, Some(CLIENT_SECRET), &REDIRECTS);
        peer
    }

    /// Ends it as a power cut does.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("it runs");
        process.kill().expect("it is killed");
        process.wait().expect("it ends");
    }

    /// Starts it again where it was, with what it held.
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "it runs");
        self.process = Some(start(&self.dir));
    }

    /// Its directory, with its journal.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes an app, which may send people back to these addresses.
    pub fn app(&self, client_id: &str, secret: Option<&str>, redirects: &[&str]) {
        let is_allowed = |address: &&str| address.starts_with("https://") || address.starts_with("http://localhost");
        assert!(redirects.iter().all(is_allowed), "Xero takes https and http://localhost only: {redirects:?}");
        let redirects = redirects.iter().map(|one| (*one).to_owned()).collect();
        let wanted = Order::App { client_id: client_id.to_owned(), secret: secret.map(str::to_owned), redirects };
        order(&self.address, &wanted)
    }

    /// Makes an organisation.
    pub fn organisation(&self, setup: &Setup) -> Organisation {
        let tenant_id = order(&self.address, &Order::Organisation(Box::new(setup.clone())));
        Organisation { server: self.address.clone(), tenant_id }
    }

    /// People whom the app sends to agree choose these organisations from now on.
    pub fn choose(&self, client_id: &str, organisations: &[&Organisation]) {
        self.set_choice(client_id, organisations, false);
    }

    /// People whom the app sends refuse from now on.
    pub fn refuse(&self, client_id: &str) {
        self.set_choice(client_id, &[], true);
    }

    fn set_choice(&self, client_id: &str, organisations: &[&Organisation], is_refused: bool) {
        let tenants = organisations.iter().map(|one| one.tenant_id.clone()).collect();
        order(&self.address, &Order::Choose { client_id: client_id.to_owned(), tenants, is_refused })
    }

    /// Notes from now on which processes ask.
    pub fn note_askers(&self) {
        order(&self.address, &Order::NoteAskers)
    }

    /// Which processes asked since.
    pub fn askers(&self) -> Askers {
        order::<Option<Askers>>(&self.address, &Order::Askers).expect("they are noted")
    }

    /// What clients did that the protocol does not have, in any organisation.
    pub fn violations(&self) -> Vec<String> {
        order(&self.address, &Order::Violations { tenant: None })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        match self.process.take() {
            // Its input ends, and with that it and its directory.
            Some(mut process) => {
                drop(process.stdin.take());
                let _ = process.wait();
            }
            None => drop(std::fs::remove_dir_all(&self.dir)),
        }
    }
}

/// This binary again, to serve in that directory; it listens when this returns.
fn start(dir: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this binary has a path"));
    command.args([server::ENTRY, "--exact", "--ignored", "--nocapture"]).env(server::DIRECTORY, dir);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("this binary starts again");
    let mut said = BufReader::new(process.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    let is_ready = said.any(|line| line.contains(server::READY));
    assert!(is_ready, "the peer does not start in {}", dir.display());
    // Its test harness says every minute that it still runs, and would end where nobody listens.
    std::thread::spawn(move || said.for_each(drop));
    process
}
