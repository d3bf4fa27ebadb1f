//! Requests to accounting software, at real servers on this machine: they go where whoever runs Tieout lets them and
//! nowhere else, and no answer takes more time or room than it may.

use crate::harness::process::{Ended, Tieout, ended};
use reqwest::Method;
use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tieout::server::connectors::{
    ConnectorError,
    outgoing::{Answer, Barred, Failure, Hosts, Limits, Reach},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use url::{Host, Url};

const MB: usize = 1024 * 1024;
const LIMITS: Limits = Limits { connecting: Duration::from_secs(5), answering: Duration::from_secs(10), size: MB };

/// A server, and how many have connected to it.
struct Little {
    address: SocketAddr,
    came: Arc<AtomicUsize>,
}

impl Little {
    /// Answers each with what `answer` writes, once the head of the request was read.
    async fn serve<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> Little
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let came = Arc::new(AtomicUsize::new(0));
        let counted = came.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).await;
                tokio::spawn(answer(stream));
            }
        });
        Little { address, came }
    }

    async fn saying(text: impl Into<String>) -> Little {
        let text: String = text.into();
        Little::serve(move |mut stream| {
            let text = text.clone();
            async move {
                let _ = stream.write_all(text.as_bytes()).await;
            }
        })
        .await
    }

    fn url(&self, scheme: &str, host: &str) -> String {
        format!("{scheme}://{host}:{}/", self.address.port())
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

fn reach(private_hosts: &[&str], limits: Limits) -> Reach {
    Reach::new(private_hosts.iter().map(|host| Host::parse(host).unwrap()).collect(), limits)
}

async fn ask(reach: &Reach, url: &str) -> Result<Answer, Failure> {
    reach.request(Method::GET, Url::parse(url).unwrap(), &Hosts::of(&[url]))?.answer().await
}

#[tokio::test]
async fn nobody_comes_where_nothing_was_named() {
    let little = Little::saying(FINE).await;
    let nowhere = reach(&[], LIMITS);
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
        let unencrypted = ask(&nowhere, &little.url("http", host)).await.unwrap_err();
        assert!(matches!(unencrypted, Failure::Barred(Barred::Unencrypted(_))), "{host}: {unencrypted:?}");
        let private = ask(&nowhere, &little.url("https", host)).await.unwrap_err();
        assert!(matches!(private, Failure::Barred(Barred::Private(_))), "{host}: {private:?}");
    }
    // Named is the number, not the name that leads to it.
    let number = reach(&["127.0.0.1"], LIMITS);
    for scheme in ["http", "https"] {
        assert!(matches!(ask(&number, &little.url(scheme, "localhost")).await, Err(Failure::Barred(_))));
    }
    assert_eq!(little.came(), 0);

    for (named, host) in [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "127.1"), ("localhost", "localhost")] {
        let answer = ask(&reach(&[named], LIMITS), &little.url("http", host)).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (200, &b"{}"[..]));
    }
    assert_eq!(little.came(), 3);
    // It is asked encrypted, and does not understand it.
    let tls = ask(&reach(&["localhost"], LIMITS), &little.url("https", "localhost")).await;
    assert!(matches!(tls, Err(Failure::Unreachable(_))), "{tls:?}");
    assert_eq!(little.came(), 4);
}

#[tokio::test]
async fn what_is_barred_is_told_as_such_and_changes_nothing() {
    let refused = ask(&reach(&[], LIMITS), "https://localhost/").await.unwrap_err();
    let said = "localhost is inside a private network, where nothing is asked. If it is yours, name it in private_hosts in \
        tieout.toml, and start Tieout again";
    assert_eq!(refused.clone().of_read("https://localhost"), ConnectorError::Barred(said.into()));
    assert_eq!(refused.of_write("https://localhost"), ConnectorError::Barred(said.into()));
}

#[tokio::test]
async fn a_connection_asks_its_own_host_only() {
    let little = Little::saying(FINE).await;
    let (all, url) = (reach(&["127.0.0.1", "localhost"], LIMITS), little.url("http", "127.0.0.1"));
    let asked = all.request(Method::GET, url.parse().unwrap(), &Hosts::of(&["http://localhost"])).map(drop);
    assert_eq!(asked, Err(Failure::Barred(Barred::Elsewhere("127.0.0.1".into()))));
    assert_eq!(little.came(), 0);
}

#[tokio::test]
async fn where_an_answer_points_to_is_not_asked() {
    let target = Little::saying(FINE).await;
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        // To a host that may be asked, and to one that may not.
        for to in [target.url("http", "127.0.0.1"), target.url("http", "localhost"), target.url("https", "[::1]")] {
            let head = format!("HTTP/1.1 {status}\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let pointing = Little::saying(head).await;
            let answer = ask(&reach(&["127.0.0.1"], LIMITS), &pointing.url("http", "127.0.0.1")).await.unwrap();
            assert_eq!(answer.status.as_str(), &status[..3]);
            assert_eq!((pointing.came(), target.came()), (1, 0), "{status} to {to}");
        }
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let here = reach(&["127.0.0.1"], LIMITS);
    let heads = [
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 500 No\r\nConnection: close\r\n\r\n",
    ];
    for head in heads {
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = sent.clone();
        let endless = Little::serve(move |mut stream| {
            let counted = counted.clone();
            async move {
                let _ = stream.write_all(head.as_bytes()).await;
                let chunk = [b"10000\r\n", [b'a'; 0x10000].as_slice(), b"\r\n"].concat();
                while stream.write_all(&chunk).await.is_ok() {
                    counted.fetch_add(chunk.len(), Ordering::SeqCst);
                }
            }
        })
        .await;
        let failure = ask(&here, &endless.url("http", "127.0.0.1")).await.unwrap_err();
        assert_eq!(failure, Failure::TooLong(MB));
        assert!(
            matches!(failure.clone().of_read("x"), ConnectorError::Protocol(text) if text == "x answered with more than 1 MB")
        );
        assert!(matches!(failure.of_write("x"), ConnectorError::UnknownOutcome(_)));
        // The rest is what fits between two sockets.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let sent = sent.load(Ordering::SeqCst);
        assert!(sent < 16 * MB, "{sent} bytes were taken");
    }
}

#[tokio::test]
async fn an_answer_is_read_up_to_the_limit_and_one_announced_longer_not_at_all() {
    let here = reach(&["127.0.0.1"], Limits { answering: Duration::from_secs(2), ..LIMITS });
    let whole = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {MB}\r\n\r\n{}", "a".repeat(MB));
    let answer = ask(&here, &Little::saying(whole).await.url("http", "127.0.0.1")).await.unwrap();
    assert_eq!(answer.body.len(), MB);
    for announced in [MB + 1, 10_000 * MB] {
        // Its body never comes.
        let silent = Little::serve(move |mut stream| async move {
            let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {announced}\r\n\r\n").as_bytes()).await;
            tokio::time::sleep(Duration::from_secs(60)).await;
        })
        .await;
        assert_eq!(ask(&here, &silent.url("http", "127.0.0.1")).await.unwrap_err(), Failure::TooLong(MB));
    }
}

#[tokio::test]
async fn an_answer_that_drips_ends_in_time() {
    let here = reach(&["127.0.0.1"], Limits { answering: Duration::from_secs(1), ..LIMITS });
    for head in ["HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "HTTP/1.1 200 OK\r\nX-", ""] {
        let dripping = Little::serve(move |mut stream| async move {
            let _ = stream.write_all(head.as_bytes()).await;
            // Without a head it never begins.
            while !head.is_empty() && stream.write_all(b"a").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            tokio::time::sleep(Duration::from_secs(60)).await;
        })
        .await;
        let began = Instant::now();
        let failure = ask(&here, &dripping.url("http", "127.0.0.1")).await.unwrap_err();
        let took = began.elapsed();
        assert_eq!(failure, Failure::TooLate(1), "{head:?}");
        assert!(took > Duration::from_millis(900) && took < Duration::from_secs(5), "{took:?}");
        assert!(matches!(failure.clone().of_read("x"), ConnectorError::Transient(_)));
        assert!(matches!(failure.of_write("x"), ConnectorError::UnknownOutcome(_)));
    }
}

const NOT_TRYTON: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setting_reaches_the_command_line_and_proxies_of_the_environment_do_not() {
    let (little, proxy) = (Little::saying(NOT_TRYTON).await, Little::saying(FINE).await);
    let dir = tempfile::tempdir().unwrap();
    let tieout = Tieout { data_dir: dir.path(), url: None };
    tieout.run(&["company", "add", "One"]);
    let connect = |named: &str, server: String| -> Ended {
        let mut command = tieout.command();
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            command.env(name, proxy.url("http", "127.0.0.1"));
        }
        command.env("TIEOUT_PRIVATE_HOSTS", named).args(["connect", "--company", "ONE", "--provider", "tryton"]);
        ended(command.args(["--server", &server, "--database", "main", "--user", "ann"]))
    };
    for (scheme, host, said) in [
        ("http", "127.0.0.1", "127.0.0.1 is asked over https:// only"),
        ("http", "books.example.com", "books.example.com is asked over https:// only"),
        ("https", "127.0.0.1", "127.0.0.1 is inside a private network"),
        ("https", "localhost", "localhost is inside a private network"),
    ] {
        let refused = connect("", little.url(scheme, host));
        assert!(refused.code == 2 && refused.stderr.contains(said) && refused.stderr.contains("private_hosts"), "{refused:?}");
    }
    assert_eq!((little.came(), proxy.came()), (0, 0));
    let asked = connect("localhost", little.url("http", "localhost"));
    assert!(asked.code == 2 && asked.stderr.contains("has no database “main”"), "{asked:?}");
    assert_eq!((little.came(), proxy.came()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_form_for_connecting_asks_named_hosts_only() {
    let little = Little::saying(NOT_TRYTON).await;
    let dir = tempfile::tempdir().unwrap();
    let tieout = Tieout { data_dir: dir.path(), url: None };
    tieout.run(&["company", "add", "One"]);
    let server = tieout.serve();
    let connect = |address: String| {
        let fields = [
            ("code", "ONE"),
            ("server", &address),
            ("database", "main"),
            ("user", "ann"),
            ("sync_from", "2024-01-01"),
            ("schedule", "off"),
        ];
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let answer =
            server.ask("POST", "/api/connect-tryton", &[("content-type", "application/x-www-form-urlencoded")], form.as_bytes());
        assert!((400..500).contains(&answer.status), "{answer:?}");
        answer.text()
    };
    assert!(connect(little.url("http", "localhost")).contains("localhost is asked over https:// only"));
    assert!(connect(little.url("https", "localhost")).contains("localhost is inside a private network"));
    assert!(connect("https://169.254.169.254/latest/meta-data".into()).contains("private_hosts in tieout.toml"));
    assert_eq!(little.came(), 0);
    assert!(connect(little.url("http", "127.0.0.1")).contains("has no database “main”"));
    assert_eq!(little.came(), 1);
}
