//! Letters, through real servers and a server for letters: who gets one, what opens by it, and what happens where none can
//! be sent.

use crate::harness::{
    on_each_database,
    post_office::{Manner, PostOffice},
    process::{Answer, Server, Tieout},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};
use tieout::{
    domain::person::Role,
    server::{
        db::{Db, now_ms, query::sql},
        services::people::{self, Kind, Wanted},
        vault::Vault,
    },
};

const GOOD: &str = "mauve otter ferry lamp";
const ANOTHER: &str = "another ferry lamp otter";
/// Of Tieout at the server for letters.
const SECRET: &str = "pelican+quartz";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const BROWSER: (&str, &str) = ("accept", "text/html");

/// A server that sends its letters to a post office, with all it says in a log.
struct Sending {
    dir: tempfile::TempDir,
    server: Server,
    office: PostOffice,
}

impl Sending {
    fn begin() -> Sending {
        let dir = tempfile::tempdir().unwrap();
        let office = PostOffice::open();
        let secret: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let settings = format!(
            "smtp_url = 'smtp://tieout:{secret}@{}'\nmail_from = 'Tieout <tieout@example.com>'\npublic_url = 'http://localhost:3000'\n",
            office.address
        );
        std::fs::write(dir.path().join("tieout.toml"), settings).unwrap();
        let server = Tieout { data_dir: dir.path(), url: None }.serve_logged(&[("TIEOUT_LOG", "trace")]);
        Sending { dir, server, office }
    }

    fn post(&self, endpoint: &str, body: &str) -> Answer {
        self.server.ask("POST", &format!("/api/{endpoint}"), &[FORM], body.as_bytes())
    }

    /// By the browser of somebody who is not signed in.
    fn post_as_nobody(&self, endpoint: &str, body: &str) -> Answer {
        self.server.ask_as_nobody("POST", &format!("/api/{endpoint}"), &[FORM, BROWSER], body.as_bytes())
    }

    fn invite(&self, name: &str, email: &str) -> Answer {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        self.post("invite", &format!("name={}&email={}&role=viewer", encoded(name), encoded(email)))
    }

    fn forgot(&self, email: &str) -> Answer {
        self.post_as_nobody("forgot-password", &format!("email={email}"))
    }

    fn choose(&self, token: &str, password: &str) -> u16 {
        let body = format!("token={token}&password={password}");
        self.server.ask_as_nobody("POST", "/api/choose-password", &[FORM], body.as_bytes()).status
    }

    /// Somebody who was let in by a link that an administrator copied.
    fn add(&self, email: &str) {
        let tieout = Tieout { data_dir: self.dir.path(), url: None };
        assert_eq!(tieout.run(&["people", "invite", email, "--name", "Somebody"]).code, 0);
    }

    fn log(&self) -> String {
        self.server.log()
    }
}

/// Everything of an answer that the moment it was given at does not change.
fn lasting(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
    (answer.status, headers, answer.text())
}

#[test]
fn an_invitation_arrives_and_lets_in_once() {
    let sending = Sending::begin();
    let answer = sending.invite("Ada Älbion", "Ada@example.com");
    assert_eq!((answer.status, answer.text().as_str()), (200, "null"), "who invites does not hold the link");
    let letter = sending.office.letter(0);
    assert_eq!(sending.office.passwords(), [format!("tieout {SECRET}")]);
    assert_eq!(letter.to, ["Ada@example.com"]);
    assert_eq!((letter.header("From"), letter.header("Subject")), ("Tieout <tieout@example.com>", "Your invitation to Tieout"));
    assert_eq!(letter.header("Content-Type"), "text/plain; charset=utf-8");
    for part in [
        "Hello Ada Älbion,\n",
        "Tester invites you",
        "\nhttp://localhost:3000/choose-password?token=",
        "once, within 7 days",
        "If you expected no invitation",
    ] {
        assert!(letter.text.contains(part), "{part}: {}", letter.text);
    }
    assert_eq!(sending.choose(letter.token(), "password"), 422, "a bad password uses no link up");
    assert_eq!(sending.choose(letter.token(), GOOD), 200);
    assert_eq!(sending.choose(letter.token(), ANOTHER), 409);
    let told = sending.office.letter(1);
    assert_eq!((told.to[0].as_str(), told.header("Subject")), ("Ada@example.com", "Your password for Tieout was set"));
    assert!(told.text.contains("from the network address 127.0.0.1.") && !told.text.contains(GOOD), "{}", told.text);
    // A new link, asked for on the page.
    let headers = [FORM, BROWSER];
    let answer = sending.server.ask("POST", "/api/link-for-person", &headers, b"person=ada@example.com");
    assert_eq!(answer.header("location"), "/settings/people");
    let said = answer.header("set-cookie").to_owned();
    assert!(said.contains("A+link+was+sent+to+Ada%40example.com%3B+it+can+be+used+once%2C+within+7+days."), "{said}");
    let letter = sending.office.letter(2);
    assert!(letter.text.contains("Tester made you a link") && !said.contains(letter.token()), "{}", letter.text);
    // The command line is for whoever has the machine, and goes on printing links.
    let tieout = Tieout { data_dir: sending.dir.path(), url: None };
    let printed = tieout.run(&["people", "link", "ada@example.com"]).stdout;
    assert!(printed.contains("http://localhost:3000/choose-password?token="), "{printed}");
    assert_eq!(sending.choose(letter.token(), GOOD), 409, "a later link of the kind takes its place");
}

#[test]
fn nobody_learns_who_has_an_account() {
    let sending = Sending::begin();
    sending.add("known@example.com");
    sending.add("barred@example.com");
    assert_eq!(sending.post("disable-person", &format!("person={}", id(&sending, "barred@example.com"))).status, 200);
    let emails = ["nobody@example.com", "barred@example.com", "", "%00%0d%0a", "practice@localhost", "KNOWN@example.com"];
    let answers = emails.map(|email| lasting(&sending.forgot(email)));
    assert_eq!((answers[0].0, answers[0].2.as_str()), (302, "null"));
    for (email, answer) in emails.iter().zip(&answers) {
        assert_eq!(answer, &answers[0], "{email:?}");
    }
    let letter = sending.office.letter(0);
    assert_eq!(letter.to, ["known@example.com"]);
    assert!(letter.text.contains("most likely you") && letter.text.contains("once, within an hour"), "{}", letter.text);
    assert_eq!(sending.choose(letter.token(), GOOD), 200);
    assert!(sending.office.letter(1).text.contains("was set"), "the others got none");
    sending.office.set(Manner::RefusesLetters);
    assert_eq!(lasting(&sending.forgot("known@example.com")), answers[0], "the letter fails");
    let began = Instant::now();
    while !sending.log().contains("the server for letters answered 554") {
        assert!(began.elapsed() < Duration::from_secs(10), "{}", sending.log());
        thread::sleep(Duration::from_millis(50));
    }
}

fn id(sending: &Sending, email: &str) -> String {
    let people: serde_json::Value = serde_json::from_slice(&sending.server.get("/api/people", &[]).body).unwrap();
    let person = people.as_array().unwrap().iter().find(|person| person["email"] == email).expect("is there");
    person["id"].as_str().unwrap().to_owned()
}

#[test]
fn nobody_is_flooded_with_letters() {
    let sending = Sending::begin();
    for email in ["ada@example.com", "lee@example.com"] {
        sending.add(email);
    }
    for _ in 0..5 {
        assert_eq!(sending.forgot("ada@example.com").status, 302);
    }
    sending.office.letter(2);
    sending.forgot("lee@example.com");
    sending.office.letter(3);
    let to: Vec<String> = sending.office.letters().into_iter().flat_map(|letter| letter.to).collect();
    assert_eq!(to.iter().filter(|to| *to == "ada@example.com").count(), 3, "{to:?}");
    assert_eq!(to.len(), 4, "{to:?}");
    // The letters overtake one another; the last of the links is the one that opens.
    let letters = sending.office.letters().into_iter().filter(|letter| letter.to == ["ada@example.com"]);
    let mut answers: Vec<u16> = letters.map(|letter| sending.choose(letter.token(), GOOD)).collect();
    answers.sort_unstable();
    assert_eq!(answers, [200, 409, 409]);
}

#[test]
fn a_letter_that_cannot_be_sent_loses_no_link_and_tells_no_secret() {
    let sending = Sending::begin();
    for (place, manner) in [Manner::RefusesPasswords, Manner::RefusesLetters].into_iter().enumerate() {
        sending.office.set(manner);
        let answer = sending.invite("Ada", &format!("ada{place}@example.com"));
        let link: String = serde_json::from_slice(&answer.body).expect("the link itself");
        let (place, token) = link.split_once("token=").expect("a token");
        assert_eq!(place, "http://localhost:3000/choose-password?");
        assert_eq!(sending.choose(token, GOOD), 200);
        assert!(!sending.log().contains(token), "{manner:?}");
    }
    let headers = [FORM, BROWSER];
    let answer = sending.server.ask("POST", "/api/link-for-person", &headers, b"person=ada0@example.com");
    let said = answer.header("set-cookie");
    assert!(said.contains("The+letter+could+not+be+sent.+Give+Ada+this+link%3B"), "{said}");
    assert!(said.contains("http%3A%2F%2Flocalhost%3A3000%2Fchoose-password%3Ftoken%3D"), "{said}");
    let log = sending.log();
    for code in ["535", "554"] {
        assert!(log.contains(&format!("the server for letters answered {code}")), "{log}");
    }
    let in_base64 = STANDARD.encode(format!("\0tieout\0{SECRET}"));
    let encoded = SECRET.replace('+', "%2B");
    assert!(![SECRET, &in_base64, &encoded].iter().any(|secret| log.contains(secret)), "{log}");
    assert!(sending.office.letters().is_empty());
}

#[test]
fn a_server_that_hangs_keeps_nobody_waiting() {
    let sending = Sending::begin();
    sending.add("ada@example.com");
    sending.office.set(Manner::Hangs);
    let soon = |began: Instant| assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    let began = Instant::now();
    assert_eq!(sending.forgot("ada@example.com").status, 302);
    soon(began);
    let began = Instant::now();
    assert_eq!(sending.post("change-password", &format!("password={GOOD}")).status, 200);
    soon(began);
    // Whoever invites waits for a while, and then has the link.
    let began = Instant::now();
    let answer = sending.invite("Lee", "lee@example.com");
    assert!(answer.text().contains("/choose-password?token="), "{answer:?}");
    assert!((9..15).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[test]
fn names_and_addresses_add_nothing_to_a_letter() {
    let sending = Sending::begin();
    for email in [
        "ada@example.com\r\nRCPT TO:<eve@example.com>",
        "ada@example.com>,<eve@example.com",
        "ada@example.com\nBcc: eve@example.com",
    ] {
        assert_eq!(sending.invite("Ada", email).status, 422, "{email}");
    }
    let name = "Ada\r\nBcc: eve@example.com\r\n\r\n.\r\nMAIL FROM:<eve@example.com>";
    assert_eq!(sending.invite(name, "ada@example.com").text(), "null");
    let letter = sending.office.letter(0);
    assert_eq!(letter.to, ["ada@example.com"]);
    assert!(!letter.head.iter().any(|line| line.to_lowercase().starts_with("bcc")), "{:?}", letter.head);
    assert!(letter.text.starts_with("Hello Ada Bcc: eve@example.com . MAIL FROM:<eve@example.com>,\n"), "{}", letter.text);
    assert_eq!(sending.office.letters().len(), 1);
}

#[test]
fn a_server_that_could_send_no_letter_does_not_start() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |url: &str, from: &str| {
        let tieout = Tieout { data_dir: &dir.path().join("data"), url: None };
        let mut command = tieout.command();
        let set = [("TIEOUT_SMTP_URL", url), ("TIEOUT_MAIL_FROM", from), ("TIEOUT_PUBLIC_URL", "http://localhost:3000")];
        let ended = crate::harness::process::ended(command.args(["serve", "--listen", "127.0.0.1:0"]).envs(set));
        assert!(ended.code != 0 && !ended.stderr.contains(SECRET) && ended.stdout.is_empty(), "{ended:?}");
        ended.stderr
    };
    let sentence = refused(&format!("smtp://tieout:{SECRET}@mail.example.com"), "tieout@example.com");
    assert!(sentence.contains("TIEOUT_SMTP_URL: letters and password would travel to mail.example.com"), "{sentence}");
    let sentence = refused(&format!("smtps://tieout:{SECRET}@mail.example.com"), "nobody");
    assert!(sentence.contains("TIEOUT_MAIL_FROM: “nobody” is not a sender"), "{sentence}");
}

#[test]
fn without_a_server_for_letters_administrators_copy_links() {
    let dir = tempfile::tempdir().unwrap();
    let server = Tieout { data_dir: dir.path(), url: None }.serve();
    let page = |path: &str| server.ask_as_nobody("GET", path, &[BROWSER], b"").text();
    assert!(!page("/sign-in").contains("/forgot-password"));
    assert!(page("/forgot-password").contains("An administrator makes you a link"));
    let answer = server.ask_as_nobody("POST", "/api/forgot-password", &[FORM], b"email=tester%40example.com");
    assert_eq!(answer.status, 409, "{}", answer.text());
    let answer = server.ask("POST", "/api/invite", &[FORM], b"name=Ada&email=ada%40example.com&role=viewer");
    assert!(answer.text().contains("/choose-password?token="), "{}", answer.text());
}

fn token(link: &str) -> &str {
    link.split_once("token=").expect("a token").1
}

async fn invited(db: &Db, email: &str) -> String {
    let wanted = Wanted { name: "Ada Albion".into(), email: email.into(), role: Role::Viewer, companies: None };
    people::invite(db, &wanted).await.unwrap()
}

#[tokio::test]
async fn whoever_asks_for_a_link_of_another_takes_nothing_from_them() {
    on_each_database(|db| async move {
        let invitation = invited(&db, "ada@example.com").await;
        let asked = async |address: &str| people::forgotten(&db, "ADA@example.com", address).await.unwrap().map(|(_, link)| link);
        let first = asked("6.6.6.6").await.unwrap();
        let second = asked("6.6.6.7").await.unwrap();
        let kept: Vec<(String, i64)> = sql("SELECT kind, expires_at FROM entrances ORDER BY kind").all(&db).await.unwrap();
        assert_eq!(kept.len(), 2, "one of a kind: {kept:?}");
        let (kind, until) = &kept[0];
        assert!(kind == "forgotten" && (3_590_000..=3_600_000).contains(&(until - now_ms())), "{kept:?}");
        assert!(people::choose_password(&db, token(&first), GOOD).await.is_err());
        assert!(people::enter(&db, token(&second), true).await.is_err(), "it is for a password");
        let person = people::look(&db, token(&invitation), Kind::Password).await.unwrap().expect("the invitation stands");
        people::choose_password(&db, token(&second), GOOD).await.unwrap();
        for link in [&invitation, &second] {
            assert!(people::choose_password(&db, token(link), ANOTHER).await.is_err(), "what was chosen stays");
        }
        // An hour later it is over.
        let late = asked("6.6.6.8").await.unwrap();
        sql("UPDATE entrances SET expires_at = expires_at - 3600000").execute(&db).await.unwrap();
        assert!(people::choose_password(&db, token(&late), ANOTHER).await.is_err());
        // A password of one's own choice, and another address, make useless what was sent before.
        for what in ["password", "address"] {
            sql("DELETE FROM failed_sign_ins").execute(&db).await.unwrap();
            let link = asked("6.6.6.9").await.unwrap();
            let given = people::link_for(&db, &person, Kind::Password).await.unwrap();
            if what == "password" {
                let person = people::named(&db, &person.id).await.unwrap();
                people::change_password(&db, &person, GOOD, ANOTHER, "here").await.unwrap();
            } else {
                let wanted =
                    Wanted { name: "Ada".into(), email: "other@example.com".into(), role: Role::Viewer, companies: None };
                people::change(&db, &person.id, &wanted).await.unwrap();
            }
            for link in [link, given] {
                assert!(people::choose_password(&db, token(&link), GOOD).await.is_err(), "{what}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn links_are_asked_for_now_and_then() {
    on_each_database(|db| async move {
        let link = invited(&db, "ada@example.com").await;
        people::choose_password(&db, token(&link), GOOD).await.unwrap();
        let asked = async |email: &str, address: &str| people::forgotten(&db, email, address).await.unwrap().is_some();
        for n in 0..5 {
            assert_eq!(asked("ada@example.com", &format!("6.6.6.{n}")).await, n < 3, "{n}");
        }
        // It is no failed sign-in, and no failed sign-in counts here.
        people::sign_in(&db, "ada@example.com", GOOD, "6.6.6.0").await.unwrap();
        invited(&db, "lee@example.com").await;
        let lee = people::named(&db, "lee@example.com").await.unwrap();
        for key in [format!("Asked about {}", lee.id), "Asked from 6.6.6.0".to_owned()] {
            for _ in 0..5 {
                let _ = people::sign_in(&db, &key, "wrong", "9.9.9.9").await;
            }
        }
        assert!(asked("lee@example.com", "6.6.6.0").await);
        // Who went on asking in vain has postponed nothing: an hour after the last letter there is another.
        sql("UPDATE failed_sign_ins SET last_at = last_at - 3600000").execute(&db).await.unwrap();
        assert!(asked("ada@example.com", "6.6.6.0").await);
        // One address asks twenty times, about nobody and about somebody.
        for n in 0..19 {
            assert!(!asked(&format!("guess{n}@example.com"), "7.7.7.7").await);
        }
        assert!(asked("ada@example.com", "7.7.7.7").await);
        assert!(!asked("lee@example.com", "7.7.7.7").await);
        assert!(asked("lee@example.com", "7.7.7.8").await);
    })
    .await;
}

#[tokio::test]
async fn many_who_ask_at_once_are_all_counted() {
    on_each_database(|db| async move {
        invited(&db, "ada@example.com").await;
        let asking = (0..12).map(|n| {
            let db = db.clone();
            tokio::spawn(async move { people::forgotten(&db, "ada@example.com", &format!("6.6.6.{n}")).await.unwrap().is_some() })
        });
        let mut sent = 0;
        for one in asking.collect::<Vec<_>>() {
            sent += usize::from(one.await.unwrap());
        }
        assert_eq!(sent, 3);
    })
    .await;
}

/// Links in letters are over when they say so, through the server too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_in_a_letter_does_not_last() {
    let sending = tokio::task::block_in_place(Sending::begin);
    tokio::task::block_in_place(|| sending.invite("Ada", "ada@example.com"));
    let letter = sending.office.letter(0);
    let db = database(sending.dir.path()).await;
    sql("UPDATE entrances SET expires_at = expires_at - 604800000 WHERE kind = 'password'").execute(&db).await.unwrap();
    assert_eq!(tokio::task::block_in_place(|| sending.choose(letter.token(), GOOD)), 409);
}

async fn database(dir: &Path) -> Db {
    let url = format!("sqlite:{}", dir.join("tieout.sqlite").display());
    Db::connect(&url, Vault::of_chance().unwrap()).await.unwrap()
}
