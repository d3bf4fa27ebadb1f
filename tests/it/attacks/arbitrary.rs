//! Every server function and every route for files, driven with bytes that mean nothing, with forms made of their real
//! arguments and any values, and with any JSON: whatever comes, the answer is not a fault of the server. The cases are the
//! same in every run; one that fails is made as small as it gets and printed.

use super::{FORM, Target, cross_site::UPLOADS, form};
use crate::{doors::ARGUMENTS, harness::wire::Wire};
use leptos::server_fn::axum::server_fn_paths;
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// For each function.
const CASES: u32 = 40;

/// Of all cases, so that what fails once fails again.
const SEED: [u8; 32] = *b"whatever is sent breaks nothing!";

/// These end the session under way or take the company away that others are tried with; so they are tried last.
const LAST: [&str; 3] = ["/api/disconnect", "/api/archive-company", "/api/sign-out"];

/// What is sent: below the path, and in the body.
#[derive(Clone, Debug)]
struct Sent {
    query: Vec<u8>,
    kind: &'static str,
    body: Vec<u8>,
    /// By a browser's own form, whose answer is another page.
    as_form: bool,
    by_administrator: bool,
}

/// The names of all arguments there are, without the places in lists.
fn names() -> Vec<String> {
    let mut names: Vec<String> = form_urlencoded::parse(ARGUMENTS.as_bytes()).map(|(name, _)| name.into_owned()).collect();
    names.sort();
    names.dedup();
    names
}

fn value() -> impl Strategy<Value = String> {
    let telling = [
        "",
        "AQE",
        "BCH",
        "aqe",
        "0",
        "-1",
        "1",
        "9223372036854775807",
        "-9223372036854775808",
        "99999999999999999999999",
        "1e999",
        "NaN",
        "0.1",
        "-0",
        "true",
        "2026-02-30",
        "0000-00-00",
        "9999-12-31",
        "-9999-01-01",
        "2026-01-01",
        "daily 06:00",
        "every 999999999999 h",
        "account",
        "tax-rate",
        "invoice",
        "credit-note",
        "contact",
        "payment",
        "viewer",
        "administrator",
        "practice",
        "save",
        "keep",
        "\0",
        "\u{feff}",
        "\u{202e}",
        "%",
        "_",
        "\\",
        "'",
        "\"",
        "' OR 1=1 --",
        "\u{1F4A9}",
        "İ",
        "ß",
        "=1+1",
        "../..",
        "http://127.0.0.1:1",
    ];
    prop_oneof![
        4 => select(telling.to_vec()).prop_map(str::to_owned),
        2 => any::<String>(),
        2 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_map(|number| number.to_string()),
        1 => ("[a-z0-9-]{0,8}", 1_usize..2_000).prop_map(|(text, times)| text.repeat(times)),
        // A filter as pages have them in their address.
        1 => vec((select(vec!["q", "status", "page", "before", "level", "run", "since", "sort", "kind", "cause", "state"]), any::<String>()), 0..4)
            .prop_map(|pairs| String::from_utf8(form(&pairs.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())).unwrap()),
    ]
}

/// A name as it is, or with whatever makes a list or a structure of it.
fn name() -> impl Strategy<Value = String> {
    let more = [
        "",
        "",
        "",
        "",
        "[0]",
        "[]",
        "[0][item]",
        "[x]",
        "[99999999999999999999]",
        "[0][0][0][0][0][0][0][0]",
        "[",
        "[lines][0][text]",
    ];
    (select(names()), select(more.to_vec())).prop_map(|(name, more)| format!("{name}{more}"))
}

/// All arguments there are, so that each function finds its own, and some of them changed.
fn filled() -> impl Strategy<Value = Vec<(String, String)>> {
    let given: Vec<(String, String)> = form_urlencoded::parse(ARGUMENTS.as_bytes()).into_owned().collect();
    vec((0..given.len(), value()), 0..12).prop_map(move |changes| {
        let mut pairs = given.clone();
        for (place, value) in changes {
            pairs[place].1 = value;
        }
        pairs
    })
}

fn pairs() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => filled(), 1 => vec((name(), value()), 0..20)]
        .prop_map(|pairs| form(&pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>()))
}

fn json() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        value().prop_map(Into::into),
    ];
    let tree = leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            vec((select(names()), inner), 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    });
    tree.prop_map(|tree| tree.to_string().into_bytes())
}

fn sent() -> impl Strategy<Value = Sent> {
    let bytes = || vec(any::<u8>(), 0..300);
    let body = prop_oneof![
        4 => pairs().prop_map(|body| (FORM.1, body)),
        1 => bytes().prop_map(|body| (FORM.1, body)),
        1 => json().prop_map(|body| ("application/json", body)),
        1 => bytes().prop_map(|body| ("application/json", body)),
        1 => bytes().prop_map(|body| ("multipart/form-data; boundary=x", [b"--x\r\n".as_slice(), &body].concat())),
        1 => (select(vec!["", "text/plain", "application/cbor", "application/octet-stream", "x"]), bytes()),
    ];
    // What cannot stand in the first line of a request would never reach a function.
    let query = prop_oneof![3 => pairs(), 1 => bytes()];
    let query =
        query.prop_map(|query| query.into_iter().filter(|byte| byte.is_ascii_graphic() && *byte != b'#').take(20_000).collect());
    (query, body, any::<bool>(), prop::bool::weighted(0.75)).prop_map(|(query, (kind, body), as_form, by_administrator)| Sent {
        query,
        kind,
        body,
        as_form,
        by_administrator,
    })
}

fn tries(target: &Target, wire: &std::cell::RefCell<Wire>, path: &str, method: &str) {
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &SEED);
    let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, seed);
    let tried = runner.run(&sent(), |sent| {
        let cookie = if sent.by_administrator { &target.administrator } else { &target.elsewhere };
        let accept = ("accept", if sent.as_form { "text/html" } else { "*/*" });
        let asked = format!("{path}?{}", String::from_utf8_lossy(&sent.query));
        let answer =
            wire.borrow_mut().ask(method, &asked, &[("content-type", sent.kind), accept, ("cookie", cookie)], &sent.body);
        prop_assert!(answer.status < 500, "{method} {asked}: {} {}", answer.status, answer.text());
        target.tells_nothing(path, &answer);
        if !sent.by_administrator {
            target.tells_nothing_elsewhere(path, &answer);
        }
        Ok(())
    });
    tried.unwrap_or_else(|error| panic!("{path}: {error}\n{}", target.server.log()));
}

#[test]
fn whatever_is_sent_breaks_nothing() {
    let mut target = Target::new();
    let wire = std::cell::RefCell::new(Wire::to(&target.server));
    let functions = server_fn_paths().map(|(path, method)| (path, method.to_string()));
    let mut functions: Vec<_> = functions.chain(UPLOADS.map(|path| (path, "POST".to_owned()))).collect();
    functions.sort_by_key(|(path, _)| LAST.iter().position(|last| last == path));
    assert!(functions.len() > 90);
    for (path, method) in &functions {
        tries(&target, &wire, path, method);
        if *path == LAST[1] {
            // Whether or not it was archived by chance.
            let restored = [FORM, ("cookie", target.administrator.as_str())];
            wire.borrow_mut().ask("POST", "/api/restore-company", &restored, b"code=AQE");
        }
    }
    drop(wire);
    // Signing out was tried, and did what it is for.
    target.administrator = target.server.sign_in("root@example.com", &[]);
    target.stands();
}
