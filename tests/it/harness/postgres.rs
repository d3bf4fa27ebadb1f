//! The throw-away Postgres cluster: `initdb` and `pg_ctl` in a temporary directory, reached through a socket in
//! that directory, so that no port is taken. A watchdog process stops and removes it when this process is gone,
//! whether the tests passed, failed or were killed.

use super::{TestDatabase, vault};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{
    ffi::OsStr,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};
use tempfile::TempDir;
use tieout::server::db::Db;
use tokio::sync::OnceCell;

pub const KIND: &str = "Postgres";

/// The database every other one is copied from: migrated once, and nobody is connected to it.
const TEMPLATE: &str = "tieout_template";

/// Started by the first test that asks; `Err` says why there is none.
static CLUSTER: OnceCell<Result<Cluster, String>> = OnceCell::const_new();
static DATABASES: AtomicUsize = AtomicUsize::new(0);

struct Cluster {
    dir: PathBuf,
    /// Closed by the end of this process, which is what the watchdog waits for.
    _watchdog: ChildStdin,
}

/// A copy of the template, or why there can be none.
pub async fn fresh() -> Result<TestDatabase, String> {
    let cluster = CLUSTER.get_or_init(start).await.as_ref().map_err(Clone::clone)?;
    let name = format!("tieout_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    administer(&cluster.url("postgres"), format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
    let url = cluster.url(&name);
    let db = Db::open(&url, vault()).await.expect("a copied Postgres database opens");
    Ok(TestDatabase { db, url, kind: KIND, _dir: None })
}

/// Gives the space back early; what a failed test leaves goes with the cluster.
pub async fn drop_database(url: &str) {
    let cluster = CLUSTER.get().and_then(|cluster| cluster.as_ref().ok()).expect("the database's cluster runs");
    let name = url.split(['/', '?']).nth(3).expect("the URL names a database");
    administer(&cluster.url("postgres"), format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

pub(super) async fn administer(url: &str, statement: String) {
    let mut connection = PgConnection::connect(url).await.expect("the throw-away cluster lets us in");
    sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.expect("databases are made and dropped");
    connection.close().await.expect("the connection closes");
}

impl Cluster {
    fn url(&self, database: &str) -> String {
        format!("postgres://tieout@localhost/{database}?host={}", self.dir.display())
    }
}

async fn start() -> Result<Cluster, String> {
    let Place { programs, account, dir, watchdog } = Place::make()?;
    let data = dir.join("data");
    initdb(&account, &programs, &data)?;
    let settings = format!(
        "-c listen_addresses='' -c unix_socket_directories='{}' -c max_connections=300 -c fsync=off -c synchronous_commit=off -c full_page_writes=off",
        dir.display()
    );
    let mut pg_ctl = account.command(programs.join("pg_ctl"));
    run(pg_ctl.arg("-D").arg(&data).arg("-l").arg(dir.join("log")).args(["-w", "-o", &settings, "start"]))?;

    let cluster = Cluster { dir, _watchdog: watchdog };
    administer(&cluster.url("postgres"), format!("CREATE DATABASE {TEMPLATE}")).await;
    let db = Db::open(&cluster.url(TEMPLATE), vault()).await.expect("the Postgres migrations run");
    db.close().await;
    Ok(cluster)
}

/// Where a cluster lives and what runs it.
pub(super) struct Place {
    pub programs: PathBuf,
    pub account: Account,
    pub dir: PathBuf,
    /// Closed by the end of this process, which is what the watchdog waits for.
    pub watchdog: ChildStdin,
}

impl Place {
    pub(super) fn make() -> Result<Place, String> {
        let programs = programs().ok_or("no initdb on PATH or in /usr/lib/postgresql/*/bin")?;
        let account = Account::unprivileged()?;
        let dir = tempfile::Builder::new().prefix("tieout-pg-").tempdir().map_err(|error| error.to_string())?;
        account.own(dir.path())?;
        let dir = TempDir::keep(dir);
        // First of all, so that whatever fails from here on is cleared away.
        let watchdog = watch(&account, &programs, &dir)?;
        Ok(Place { programs, account, dir, watchdog })
    }
}

/// A collation that is not byte order, so that a query which relies on byte order without saying so is found.
pub(super) fn initdb(account: &Account, programs: &Path, data: &Path) -> Result<String, String> {
    let initdb = |locale: &[&str]| {
        let options = ["-U", "tieout", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D"];
        run(account.command(programs.join("initdb")).args(options).arg(data).args(locale))
    };
    initdb(&["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-GB"]).or_else(|_| initdb(&["--locale=C"]))
}

/// The folder that holds `initdb` and what belongs to it: where the first on PATH leads, else the newest Debian has.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A link to it may stand alone.
    let on_path = std::env::split_paths(&path).find_map(|folder| folder.join("initdb").canonicalize().ok());
    on_path.and_then(|initdb| Some(initdb.parent()?.to_owned())).or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
        let newest = versions.max_by_key(|version| version.file_name().to_str().and_then(|name| name.parse::<u32>().ok()))?;
        Some(newest.path().join("bin")).filter(|folder| folder.join("initdb").exists())
    })
}

/// Who runs the cluster: Postgres refuses to be root.
pub(super) struct Account(Option<&'static str>);

impl Account {
    fn unprivileged() -> Result<Account, String> {
        if id("")? != 0 {
            return Ok(Account(None));
        }
        let names = ["postgres", "nobody"];
        let known = names.into_iter().find(|name| id(name).is_ok());
        known
            .map(|name| Account(Some(name)))
            .ok_or_else(|| "root cannot run Postgres, and there is no user postgres or nobody".into())
    }

    fn own(&self, dir: &Path) -> Result<(), String> {
        let Some(name) = self.0 else { return Ok(()) };
        chown(dir, Some(id(name)?), None).map_err(|error| error.to_string())
    }

    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        match self.0 {
            None => Command::new(program),
            Some(name) => {
                let mut command = Command::new("runuser");
                command.args(["-u", name, "--"]).arg(program);
                command
            }
        }
    }
}

/// The number of a user, or of the one we are.
fn id(name: &str) -> Result<u32, String> {
    let mut command = Command::new("id");
    command.arg("-u").args(Some(name).filter(|name| !name.is_empty()));
    let text = run(&mut command)?;
    text.trim().parse().map_err(|_| format!("id answered {text:?}"))
}

/// A process that waits for its input to end, then stops the cluster, with its replica where it has one, and removes its
/// directory.
fn watch(account: &Account, programs: &Path, dir: &Path) -> Result<ChildStdin, String> {
    let script = r#"cat >/dev/null; for data in "$2"/*/; do "$1/pg_ctl" -D "$data" -m immediate stop; done; rm -rf "$2""#;
    let mut command = account.command("sh");
    command.args(["-c", script, "sh"]).arg(programs).arg(dir);
    // A group of its own: Ctrl-C ends the tests and leaves the watchdog its work.
    command.process_group(0).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("cannot start the watchdog: {error}"))?;
    Ok(child.stdin.take().expect("the watchdog's input is a pipe"))
}

/// Runs a command to its end; an error carries what it wrote.
pub(super) fn run(command: &mut Command) -> Result<String, String> {
    let name = format!("{:?}", command.get_program());
    let output = command.current_dir("/").stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}
