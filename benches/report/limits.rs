//! How much of Xero's limits is used while work waits for them, and whether Xero ever has to refuse: syncs of one, ten and
//! five hundred organisations, spread over processes that share a Postgres, against a server that enforces the limits and
//! is a process of its own. Beside the syncs a person asks about an organisation now and then, from another process.

use crate::{
    harness::{
        cluster::{Cluster, Node},
        vault,
        xero::{CLIENT_ID, Limits, Organisation, Peer, Setup},
    },
    table::{Table, grouped},
};
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use std::{
    io::{BufRead, BufReader, Write},
    net::Ipv4Addr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tieout::server::{
    connectors::{
        Connector, ConnectorError, Purpose, outgoing,
        xero::{Tokens, XeroConnector, limits::Rules},
    },
    db::{Db, now_ms},
};
use tokio::runtime::Runtime;

const ORGANISATIONS: [usize; 3] = [1, 10, 500];
const PROCESSES: usize = 2;
const MINUTES: u64 = 3;
/// A person asks about one of the organisations so often, in each process.
const PERSON: Duration = Duration::from_secs(5);
/// In the environment of a process that is one of those; its task comes on a line.
const CLIENT: &str = "TIEOUT_BENCH_LIMITS";

#[derive(Serialize, Deserialize)]
struct Task {
    url: String,
    /// With these it works without a pause.
    syncs: Vec<Tokens>,
    /// About these somebody asks now and then.
    persons: Vec<Tokens>,
}

/// What a process saw.
#[derive(Default, Serialize, Deserialize)]
struct Seen {
    answers: u64,
    /// The longest that the person waited for an answer, milliseconds.
    longest_ms: u64,
}

pub fn measure(table: &mut Table) {
    let runtime = Runtime::new().expect("a runtime");
    let cluster = match Cluster::start_with("") {
        Ok(cluster) => cluster,
        Err(reason) => return table.add("requests to Xero", "left out", reason),
    };
    for count in ORGANISATIONS {
        let name = format!("bench_limits_{count}");
        runtime.block_on(async {
            cluster.make_database(&name).await;
            Db::open(&cluster.url(Node::Primary, &name), vault()).await.expect("the database opens").close().await;
        });
        let peer = Peer::own();
        let organisations: Vec<_> = (0..count).map(|n| organisation(&peer, n)).collect();
        let tokens: Vec<_> = organisations.iter().map(tokens).collect();
        let tasks = (0..PROCESSES).map(|process| Task {
            url: cluster.url(Node::Primary, &name),
            syncs: tokens.iter().skip(process).step_by(PROCESSES).cloned().collect(),
            persons: tokens.iter().skip((process + 1) % PROCESSES).step_by(PROCESSES).cloned().collect(),
        });
        let seen = run(tasks);
        let counts: Vec<_> = organisations.iter().map(Organisation::counts).collect();
        let (asked, refused) = counts.iter().fold((0, 0), |sum, one| (sum.0 + one.requests, sum.1 + one.limited));
        let plural = if count == 1 { "" } else { "s" };
        let allowed = (60 * count as u64).min(10_000) * MINUTES;
        table.add(
            format!("requests to Xero, {count} organisation{plural}, {PROCESSES} processes"),
            format!("{:.1} % of the minute used, {refused} refused", (asked - refused) as f64 / allowed as f64 * 100.0),
            format!(
                "95 %, none; {} of {} in {MINUTES} minutes, a person waited {} ms at most",
                grouped(asked),
                grouped(allowed),
                grouped(seen.longest_ms)
            ),
        );
        eprintln!("{} answers", seen.answers);
    }
}

/// Serves as one of the processes where this one was started as that.
pub fn serve_if_asked() -> bool {
    if std::env::var_os(CLIENT).is_none() {
        return false;
    }
    let mut task = String::new();
    std::io::stdin().read_line(&mut task).expect("a task comes");
    let task: Task = serde_json::from_str(&task).expect("a task");
    outgoing::begin(vec![url::Host::Ipv4(Ipv4Addr::LOCALHOST)]);
    let seen = Runtime::new().expect("a runtime").block_on(work(task));
    println!("{}", serde_json::to_string(&seen).expect("JSON"));
    true
}

fn organisation(peer: &Peer, n: usize) -> Organisation {
    let there = peer.organisation(&Setup::named(&format!("Quay {n}")));
    there.set_limits(Limits::of_xero());
    there
}

fn tokens(there: &Organisation) -> Tokens {
    there.tokens(there.grant(CLIENT_ID), now_ms() + 30 * 60 * 1000)
}

/// Lets processes do their tasks at the same time.
fn run(tasks: impl Iterator<Item = Task>) -> Seen {
    let start = |task: Task| {
        let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
        command.env(CLIENT, "1").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("this program starts again");
        let text = serde_json::to_string(&task).expect("JSON");
        writeln!(child.stdin.as_mut().expect("a pipe"), "{text}").expect("it reads");
        child
    };
    let children: Vec<Child> = tasks.map(start).collect();
    children.into_iter().fold(Seen::default(), |sum, mut child| {
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("it answers");
        child.wait().expect("it ends");
        let seen: Seen = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Seen { answers: sum.answers + seen.answers, longest_ms: sum.longest_ms.max(seen.longest_ms) }
    })
}

async fn work(task: Task) -> Seen {
    let db = Db::connect(&task.url, vault()).await.expect("the database opens");
    let until = Instant::now() + Duration::from_secs(60 * MINUTES);
    let open = |tokens: &Tokens, purpose| {
        let opened = XeroConnector::from_secret(&db, &tokens.secret(), &tokens.tenant_id, None);
        opened.expect("its own secret").with(purpose, Rules::XERO)
    };
    let syncs = join_all(task.syncs.iter().map(|tokens| sync(open(tokens, Purpose::FirstSync), until)));
    let person = async {
        let mut longest = Duration::ZERO;
        for tokens in task.persons.iter().cycle() {
            let began = Instant::now();
            if began + PERSON > until {
                break;
            }
            open(tokens, Purpose::Person).probe().await.expect("a person is answered");
            longest = longest.max(began.elapsed());
            tokio::time::sleep(PERSON).await;
        }
        longest
    };
    let (answers, longest) = tokio::join!(syncs, person);
    Seen { answers: answers.into_iter().sum(), longest_ms: longest.as_millis() as u64 }
}

/// Asks until then, as fast as it may.
async fn sync(connector: XeroConnector, until: Instant) -> u64 {
    let mut answers = 0;
    let asking = async {
        loop {
            match connector.probe().await {
                Ok(_) => answers += 1,
                Err(ConnectorError::RateLimited { retry_after }) => tokio::time::sleep(retry_after).await,
                Err(other) => panic!("{other}"),
            }
        }
    };
    let _ = tokio::time::timeout_at(until.into(), asking).await;
    answers
}
