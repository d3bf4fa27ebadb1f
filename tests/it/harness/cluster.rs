//! A Postgres cluster of a test's own: it can crash and come back, and it has a replica that takes its place. Whatever it
//! has said is stored is on the replica too, as it must be where nothing may be lost.

use super::{
    postgres::{Account, Place, administer, initdb, run},
    vault,
};
use std::{
    path::{Path, PathBuf},
    process::ChildStdin,
};
use tieout::server::db::Db;

/// One of the two servers of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    Primary,
    Replica,
}

impl Node {
    fn folder(self) -> &'static str {
        match self {
            Node::Primary => "data",
            Node::Replica => "replica",
        }
    }

    fn port(self) -> u16 {
        match self {
            Node::Primary => 5432,
            Node::Replica => 5433,
        }
    }
}

/// Stopped and removed when the test's process is gone.
pub struct Cluster {
    dir: PathBuf,
    programs: PathBuf,
    account: Account,
    /// Settings of its servers besides those of the place.
    settings: &'static str,
    _watchdog: ChildStdin,
}

impl Cluster {
    /// A running primary without databases; `Err` says why there can be none on this machine, which CI does not accept.
    pub fn start() -> Result<Cluster, String> {
        // The machine itself does not fail here.
        Cluster::start_with("-c fsync=off")
    }

    pub fn start_with(settings: &'static str) -> Result<Cluster, String> {
        let made = Place::make().and_then(|Place { programs, account, dir, watchdog }| {
            initdb(&account, &programs, &dir.join(Node::Primary.folder()))?;
            let cluster = Cluster { dir, programs, account, settings, _watchdog: watchdog };
            cluster.start_node(Node::Primary)?;
            Ok(cluster)
        });
        assert!(made.is_ok() || std::env::var("CI").as_deref() != Ok("true"), "Postgres is required in CI: {:?}", made.err());
        made
    }

    /// A database with all tables and no rows.
    pub async fn make_database(&self, name: &str) {
        administer(&self.url(Node::Primary, "postgres"), format!("CREATE DATABASE {name}")).await;
        Db::open(&self.url(Node::Primary, name), vault()).await.expect("the Postgres migrations run").close().await;
    }

    /// Where a node is listening.
    pub fn socket(&self, node: Node) -> PathBuf {
        self.dir.join(format!(".s.PGSQL.{}", node.port()))
    }

    pub fn url(&self, node: Node, database: &str) -> String {
        format!("postgres://tieout@localhost:{}/{database}?host={}", node.port(), self.dir.display())
    }

    /// Copies the primary into a replica, which then follows it; from now on nothing is stored before it is there too.
    pub async fn add_replica(&self) {
        let mut copy = self.account.command(self.programs.join("pg_basebackup"));
        let from = format!("host={} port={} user=tieout", self.dir.display(), Node::Primary.port());
        let to = self.dir.join(Node::Replica.folder());
        run(copy.args(["-R", "-X", "stream", "-c", "fast", "-d", &from, "-D"]).arg(to)).expect("the primary is copied");
        self.start_node(Node::Replica).expect("the replica starts");
        let url = self.url(Node::Primary, "postgres");
        administer(&url, "ALTER SYSTEM SET synchronous_standby_names = '*'".into()).await;
        administer(&url, "SELECT pg_reload_conf()".into()).await;
    }

    /// Ends a node as a crash does.
    pub fn crash(&self, node: Node) {
        self.control(node, &["-m", "immediate", "stop"]).expect("the node stops");
    }

    /// Starts a node that crashed; it makes good what it had not written.
    pub fn start_node(&self, node: Node) -> Result<(), String> {
        let settings = format!(
            "-p {} -c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=200 -c wal_retrieve_retry_interval=500ms {}",
            node.port(),
            self.dir.display(),
            self.settings
        );
        self.control(node, &["-w", "-o", &settings, "start"])
    }

    /// Makes the replica the one that is written to.
    pub fn promote(&self) {
        self.control(Node::Replica, &["-w", "promote"]).expect("the replica is promoted");
    }

    fn control(&self, node: Node, arguments: &[&str]) -> Result<(), String> {
        let (data, log) = (self.dir.join(node.folder()), self.dir.join(format!("{}.log", node.folder())));
        let mut command = self.account.command(self.programs.join("pg_ctl"));
        run(command.arg("-D").arg(data).arg("-l").arg(&log).args(arguments)).map(drop).map_err(|error| with_log(error, &log))
    }
}

fn with_log(error: String, log: &Path) -> String {
    format!("{error}\n{}", std::fs::read_to_string(log).unwrap_or_default())
}
