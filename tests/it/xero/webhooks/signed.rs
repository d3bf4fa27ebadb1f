//! Only what Xero signed is taken, and of that only what is about a company here.

use super::{KEY, Stage, id};
use crate::harness::{
    databases,
    process::Tieout,
    xero::{
        Organisation,
        hooks::{Hooks, PATH, Post, shown},
        server::events::Event,
    },
};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_xero_signed_is_taken() {
    let database = databases().await.remove(0);
    let mut stage = Stage::open(&database).await;
    let runs = stage.runs().await.len();
    for (post, is_right) in stage.hooks.intent_to_receive() {
        let answer = post.send(&stage.server);
        assert_eq!((answer.status, answer.text().as_str()), (if is_right { 200 } else { 401 }, ""));
    }
    stage.there.make_contact("Customer 9");
    let post = stage.hooks.since(&stage.there, 10).remove(0);
    let said: Value = serde_json::from_slice(&post.body).unwrap();
    let again = |body: Vec<u8>| Post { body, ..post.clone() };
    let other = Hooks::signed_with("another key");
    let refused = [
        // The same, said otherwise.
        again(serde_json::to_vec_pretty(&said).unwrap()),
        again([post.body.as_slice(), b"\n"].concat()),
        again(Vec::new()),
        other.signed(post.body.clone()),
        Post { signature: String::new(), ..post.clone() },
        Post { signature: post.signature.replace('=', ""), ..post.clone() },
        Post { signature: "%".into(), ..post.clone() },
    ];
    for one in &refused {
        let answer = one.send(&stage.server);
        assert_eq!((answer.status, answer.text().as_str()), (401, ""), "{one:?}");
    }
    let unsigned = |headers: &[(&str, &str)]| stage.server.ask_as_nobody("POST", PATH, headers, &post.body);
    assert_eq!((unsigned(&[]).status, unsigned(&[]).text().as_str()), (401, ""));
    // An administrator's session makes no difference.
    assert_eq!(unsigned(&[("cookie", stage.server.cookie())]).status, 401);
    let too_long = stage.hooks.signed(vec![b' '; 1024 * 1024 + 1]).send(&stage.server);
    assert_eq!(too_long.status, 413, "{too_long:?}");
    assert_eq!(stage.server.ask_as_nobody("GET", PATH, &[], b"").status, 405);

    // Signed, and about nothing of ours: a company elsewhere, a kind of record that is nothing of ours, and no sense at all.
    let elsewhere = Organisation { tenant_id: id(7), ..stage.there.clone() };
    let of_elsewhere = Event { category: "CONTACT".into(), resource_id: id(1), is_new: true, at: 0, data: None };
    let nothing = [vec![shown(&elsewhere, &of_elsewhere)], vec![stage.told_of("SUBSCRIPTION", &id(1))]];
    for events in nothing {
        let post = stage.hooks.post(events);
        stage.taken(&post);
    }
    for body in ["", "{", "[]", "{\"events\":[1,null,{\"tenantId\":[]}]}", "\u{0}"] {
        let post = stage.hooks.signed(body.as_bytes().to_vec());
        stage.taken(&post);
    }
    assert_eq!((stage.waiting().await, stage.runs().await.len()), (0, runs));
    stage.taken(&post);
    stage.settled().await;
    assert_eq!(stage.number("SELECT count(*) FROM contacts WHERE name = 'Customer 9'").await, 1);
    let log = stage.server.log();
    assert!(!log.contains(KEY) && !log.contains(&post.signature), "it is in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_nobody_is_listened_to() {
    let dir = tempfile::tempdir().unwrap();
    let server = Tieout { data_dir: dir.path(), url: None }.serve();
    for (post, _) in Hooks::signed_with("").intent_to_receive() {
        let answer = post.send(&server);
        assert_eq!((answer.status, answer.text().as_str()), (404, ""));
    }
}
