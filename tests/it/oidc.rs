//! Signing in through another service: the server's real process, a little provider beside it, and the redirects between
//! them followed by hand, as a browser would or as an attacker would not.

use crate::harness::{
    on_each_database,
    openid::{CLIENT_ID, CLIENT_SECRET, Provider, Way},
    process::{Answer, Server, Tieout},
};
use serde_json::Value;
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};
use tieout::{
    domain::person::Role,
    server::services::{
        error::ServiceError,
        people::{self, Voucher, Wanted},
    },
};
use totp_rs::{Builder, Secret};

/// The server answers to this machine by any port, so its public address need not be the one it listens on.
const PUBLIC: &str = "http://localhost:1";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const BROWSER: (&str, &str) = ("accept", "text/html");

struct Stage {
    _dir: tempfile::TempDir,
    server: Server,
    provider: Provider,
}

/// A sign-in on its way: the session it was begun in, and where the browser is sent.
struct Begun {
    cookie: String,
    address: String,
}

/// A server with somebody invited who has no password, and the provider that knows her.
fn stage() -> Stage {
    let dir = tempfile::tempdir().unwrap();
    let provider = Provider::start(&format!("{PUBLIC}/sign-in/back"));
    let settings = format!(
        "public_url = '{PUBLIC}'\noidc_issuer = '{}'\noidc_client_id = '{CLIENT_ID}'\noidc_client_secret = '{CLIENT_SECRET}'\n\
        oidc_name = 'Example Login'\noidc_domains = 'Example.com, example.org'\nlog = 'debug'\n",
        provider.issuer
    );
    fs::write(dir.path().join("tieout.toml"), settings).unwrap();
    let tieout = Tieout { data_dir: dir.path(), url: None };
    let invited = tieout.run(&["people", "invite", "Ada@example.com", "--name", "Ada Albion", "--role", "viewer"]);
    assert_eq!(invited.code, 0, "{invited:?}");
    let server = tieout.serve_logged(&[]);
    Stage { _dir: dir, server, provider }
}

/// The session that an answer gives to the browser.
fn session_of(answer: &Answer) -> Option<String> {
    let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str());
    let cookie = set.filter_map(|value| value.split(';').next()).find(|pair| pair.starts_with("__Host-tieout="))?;
    Some(cookie.to_owned()).filter(|cookie| cookie != "__Host-tieout=")
}

/// What the next page says went wrong.
fn complaint(answer: &Answer) -> String {
    let set = answer.headers.iter().find(|(name, value)| name == "set-cookie" && value.starts_with("tieout-notice="));
    let (_, value) = set.unwrap_or_else(|| panic!("nothing is said: {answer:?}"));
    let value = value.trim_start_matches("tieout-notice=").split(';').next().unwrap();
    let (said, _) = form_urlencoded::parse(value.as_bytes()).next().unwrap();
    said.strip_prefix('-').unwrap_or_else(|| panic!("good news: {said}")).to_owned()
}

impl Stage {
    fn begins(&self, to: &str) -> Answer {
        let page = self.sign_in_page();
        self.server.ask_as_nobody("POST", "/api/begin-oidc", &[FORM, BROWSER, ("referer", &page)], format!("to={to}").as_bytes())
    }

    fn sign_in_page(&self) -> String {
        format!("http://{}/sign-in", self.server.address)
    }

    fn begin(&self) -> Begun {
        let answer = self.begins("%2Faccount");
        assert_eq!((answer.status, answer.header("location")), (302, "/sign-in/leave"), "{answer:?}");
        let cookie = session_of(&answer).expect("a session");
        let page = self.server.ask_as_nobody("GET", "/sign-in/leave", &[BROWSER, ("cookie", &cookie)], b"").text();
        let address = page.split("content=\"0;url=").nth(1).and_then(|rest| rest.split('"').next());
        let address = address.unwrap_or_else(|| panic!("it leads nowhere: {page}")).replace("&amp;", "&");
        assert!(address.starts_with(&self.provider.issuer) && page.contains("Go on to Example Login"), "{page}");
        Begun { cookie, address }
    }

    /// At the provider: where it sends the browser back to, on this server.
    fn visit(&self, address: &str) -> String {
        let path = address.strip_prefix(&self.provider.issuer).expect("it is the provider's");
        let host = self.provider.issuer.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let place = answer.lines().find_map(|line| line.strip_prefix("location: "));
        let place = place.unwrap_or_else(|| panic!("the provider answers {answer}"));
        place.strip_prefix(PUBLIC).unwrap_or_else(|| panic!("it sends to {place}")).to_owned()
    }

    fn back(&self, place: &str, cookie: Option<&str>) -> Answer {
        let cookie = cookie.map(|cookie| ("cookie", cookie));
        let headers: Vec<_> = [BROWSER].into_iter().chain(cookie).collect();
        self.server.ask_as_nobody("GET", place, &headers, b"")
    }

    /// The whole way.
    fn sign_in(&self) -> Answer {
        let begun = self.begin();
        self.back(&self.visit(&begun.address), Some(&begun.cookie))
    }

    /// The whole way, to its refusal.
    fn refusal(&self) -> String {
        let answer = self.sign_in();
        assert_eq!((answer.status, answer.header("location")), (303, "/sign-in"), "{answer:?}");
        assert_eq!(session_of(&answer), None);
        complaint(&answer)
    }

    fn me(&self, cookie: &str) -> Value {
        let answer = self.server.ask("GET", "/api/me", &[("cookie", cookie)], b"");
        if answer.status == 200 { serde_json::from_slice(&answer.body).unwrap() } else { answer.status.into() }
    }

    fn audit(&self) -> String {
        self.server.get("/settings/audit.csv", &[]).text()
    }

    fn with(&self, way: Way) {
        self.provider.change().way = way;
    }

    fn post(&self, function: &str, form: &str, cookie: &str) -> Answer {
        self.server.ask("POST", &format!("/api/{function}"), &[FORM, ("cookie", cookie)], form.as_bytes())
    }

    fn id_of(&self, email: &str) -> (String, Value) {
        let people: Value = serde_json::from_slice(&self.server.get("/api/people", &[]).body).unwrap();
        let person = people.as_array().unwrap().iter().find(|person| person["email"] == email).expect("they are there").clone();
        (person["id"].as_str().unwrap().to_owned(), person)
    }
}

#[test]
fn somebody_invited_signs_in_without_a_password() {
    let stage = stage();
    let page = stage.server.ask_as_nobody("GET", "/sign-in?to=%2Faccount", &[BROWSER], b"").text();
    assert!(page.contains("Sign in with Example Login") && page.contains("action=\"/api/begin-oidc\""), "{page}");
    assert_eq!(stage.provider.change().asked.get("discovery"), None, "it is not asked before somebody wants in");
    let begun = stage.begin();
    assert_eq!(stage.me(&begun.cookie), 401, "half way in is not in");
    let answer = stage.back(&stage.visit(&begun.address), Some(&begun.cookie));
    assert_eq!((answer.status, answer.header("location")), (303, "/account"), "{answer:?}");
    let cookie = session_of(&answer).expect("a session");
    assert_ne!(cookie, begun.cookie, "the session is a new one");
    assert_eq!((stage.me(&cookie)["email"].as_str(), stage.me(&begun.cookie)), (Some("Ada@example.com"), 401.into()));
    // Capital letters, and where tokens say less; what the service says of itself is asked for once.
    stage.provider.change().account.email = "ADA@EXAMPLE.com".into();
    stage.with(Way::ThinToken);
    assert!(session_of(&stage.sign_in()).is_some());
    assert_eq!(stage.provider.change().asked["discovery"], 1);
    // With new keys of the service.
    stage.provider.change().change_keys();
    stage.with(Way::Right);
    assert!(session_of(&stage.sign_in()).is_some());
    assert_eq!(stage.provider.change().asked["jwks"], 2);
    let audit = stage.audit();
    assert!(audit.contains("Ada Albion <Ada@example.com>,/sign-in/back,done,"), "{audit}");
    // Where none is set there is no button and no way.
    let dir = tempfile::tempdir().unwrap();
    let server = Tieout { data_dir: dir.path(), url: None }.serve();
    assert!(!server.ask_as_nobody("GET", "/sign-in", &[BROWSER], b"").text().contains("Sign in with"));
    assert_eq!(server.ask_as_nobody("POST", "/api/begin-oidc", &[FORM], b"").status, 404);
    let answer = server.ask_as_nobody("GET", "/sign-in/back?code=x&state=y", &[BROWSER], b"");
    assert_eq!((answer.status, session_of(&answer)), (303, None));
}

#[test]
fn nothing_wrong_is_believed() {
    let stage = stage();
    const UNTRUSTED: &str = "What Example Login answered cannot be trusted";
    const SILENT: &str = "Example Login does not answer; sign in with your password or try again.";
    for (way, sentence) in [
        (Way::WrongNonce, UNTRUSTED),
        (Way::NoNonce, UNTRUSTED),
        (Way::WrongAudience, UNTRUSTED),
        (Way::WrongIssuer, UNTRUSTED),
        (Way::Expired, UNTRUSTED),
        (Way::ForeignSignature, UNTRUSTED),
        (Way::Unsigned, UNTRUSTED),
        (Way::SharedSecret, UNTRUSTED),
        (Way::NoIdToken, UNTRUSTED),
        (Way::ThinTokenOfAnother, UNTRUSTED),
        (Way::Cancelled, "The sign-in at Example Login was cancelled."),
        (Way::Failing, "Example Login did not sign you in. Try again."),
        (Way::Broken, SILENT),
        (Way::Giant, SILENT),
    ] {
        stage.with(way);
        let said = stage.refusal();
        assert!(said.starts_with(sentence), "{way:?}: {said}");
        let audit = stage.audit();
        let newest = audit.lines().find(|line| line.contains(",/sign-in/back,")).expect("an entry").to_owned();
        assert!(newest.contains("nobody,/sign-in/back,refused,") && newest.contains(sentence), "{way:?}: {newest}");
    }
    stage.with(Way::Slow);
    let began = Instant::now();
    assert_eq!(stage.refusal(), SILENT);
    assert!(began.elapsed() < Duration::from_secs(14), "{:?}", began.elapsed());
    // Each of these failed for the reason named, and not because nothing works.
    stage.with(Way::Right);
    assert!(session_of(&stage.sign_in()).is_some());
}

#[test]
fn a_service_that_is_down_or_describes_itself_wrongly_stops_nobody_else() {
    let stage = stage();
    for (way, sentence) in [
        (Way::Down, "Example Login does not answer; sign in with your password or try again."),
        (Way::OtherIssuer, "What Example Login answered cannot be trusted"),
        (Way::Unencrypted, "What Example Login answered cannot be trusted"),
    ] {
        stage.with(way);
        let answer = stage.begins("");
        assert_eq!((answer.status, answer.header("location")), (303, stage.sign_in_page().as_str()), "{way:?} {answer:?}");
        assert!(complaint(&answer).starts_with(sentence), "{way:?}: {}", complaint(&answer));
        assert_eq!(session_of(&answer), None);
    }
    assert!(stage.audit().contains("nobody,begin-oidc,refused,"), "{}", stage.audit());
    // The secret is not sent anywhere without encryption.
    stage.with(Way::OutwardTokens);
    assert!(stage.refusal().starts_with("What Example Login answered cannot be trusted"));
    assert_eq!(stage.provider.change().asked.get("token"), None);
    assert_eq!(stage.server.ask_as_nobody("GET", "/sign-in", &[BROWSER], b"").status, 200);
}

#[test]
fn only_those_invited_come_in_and_only_with_a_verified_address_of_a_known_domain() {
    let stage = stage();
    let as_ = |email: Value, is_verified: Value| {
        let mut provider = stage.provider.change();
        (provider.account.email, provider.account.is_verified) = (email, is_verified);
    };
    for (email, is_verified, sentence) in [
        ("ada@example.com", Value::from(false), "Example Login has not verified your e-mail address."),
        ("ada@example.com", Value::Null, "Example Login has not verified your e-mail address."),
        ("ada@evil.example", true.into(), "Addresses of this domain are not let in through Example Login."),
        ("ada@sub.example.com", true.into(), "Addresses of this domain are not let in through Example Login."),
        ("ada@example.com@evil.example", true.into(), "Addresses of this domain are not let in through Example Login."),
        ("ada", true.into(), "Addresses of this domain are not let in through Example Login."),
        ("lee@example.com", true.into(), "Nobody with the address lee@example.com may sign in here."),
        ("evil@evil.example@example.com", true.into(), "Nobody with the address evil@evil.example@example.com may"),
    ] {
        as_(email.into(), is_verified);
        let said = stage.refusal();
        assert!(said.starts_with(sentence), "{email}: {said}");
        let audit = stage.audit();
        assert!(
            audit.contains(&format!("/sign-in/back,refused,,\"{email}: {sentence}"))
                || audit.contains(&format!("/sign-in/back,refused,,{email}: {sentence}")),
            "{email}: {audit}"
        );
    }
    as_(Value::Null, Value::Null);
    assert!(stage.refusal().starts_with("Example Login has not verified"));
    let (ada, _) = stage.id_of("Ada@example.com");
    stage.post("disable-person", &format!("person={ada}"), stage.server.cookie());
    as_("ada@example.com".into(), true.into());
    assert!(stage.refusal().starts_with("Nobody with the address ada@example.com may sign in here."));
    stage.post("enable-person", &format!("person={ada}"), stage.server.cookie());
    assert!(session_of(&stage.sign_in()).is_some());
    assert_eq!(stage.server.get("/api/people", &[]).text().matches("\"id\"").count(), 2, "nobody was added");
}

#[test]
fn a_reassigned_address_opens_nothing_until_an_administrator_says_so() {
    let stage = stage();
    assert_eq!(stage.id_of("Ada@example.com").1["linked"], false);
    assert!(session_of(&stage.sign_in()).is_some());
    stage.provider.change().account.subject = "another".to_owned();
    assert!(stage.refusal().starts_with("This is another account at Example Login than the one that belongs to ada@example.com"));
    let (ada, person) = stage.id_of("Ada@example.com");
    assert_eq!(person["linked"], true);
    let administrator = stage.server.cookie();
    let page = stage.server.get(&format!("/settings/people/{ada}"), &[BROWSER]).text();
    assert!(page.contains("action=\"/api/forget-subject\""), "{page}");
    assert_eq!(stage.post("forget-subject", &format!("person={ada}"), administrator).status, 200);
    assert_eq!(stage.post("forget-subject", &format!("person={ada}"), administrator).status, 409, "there is none");
    assert!(session_of(&stage.sign_in()).is_some());
    stage.provider.change().account.subject = "248289761001".to_owned();
    assert!(stage.refusal().starts_with("This is another account at Example Login"), "the one before opens no more");
    assert!(stage.audit().contains(",forget-subject,done,,Ada@example.com,"), "{}", stage.audit());
}

#[test]
fn what_comes_back_must_belong_to_the_browser_that_left() {
    let stage = stage();
    const UNKNOWN: &str = "This sign-in was not begun here, or took too long. Try again.";
    let refused = |place: &str, cookie: Option<&str>| {
        let answer = stage.back(place, cookie);
        assert_eq!((answer.status, answer.header("location"), session_of(&answer)), (303, "/sign-in", None));
        complaint(&answer)
    };
    let attackers = stage.begin();
    let place = stage.visit(&attackers.address);
    // Login CSRF: an address of the attacker's, in a browser that left for nowhere, that left by itself, that is signed in.
    let victims = stage.begin();
    let signed_in = stage.server.sign_in("lee@example.com", &["--name", "Lee", "--role", "viewer"]);
    for cookie in [None, Some(victims.cookie.as_str()), Some(signed_in.as_str()), Some("__Host-tieout=AAAAAAAAAAAAAAAAAAAAAA")] {
        assert_eq!(refused(&place, cookie), UNKNOWN, "{cookie:?}");
    }
    assert_eq!(stage.me(&signed_in)["email"], "lee@example.com", "whoever is signed in stays so");
    // A code that was taken from somebody else, in a sign-in of one's own: PKCE and the nonce are not theirs.
    let state = |place: &str| place.split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let victims_state = state(&victims.address);
    let injected = place.replace(&state(&place), &victims_state);
    assert_eq!(refused(&injected, Some(&victims.cookie)), "Example Login did not confirm this sign-in. Try again.");
    assert_eq!(refused(&injected, Some(&victims.cookie)), UNKNOWN, "a state is good once");
    // The same return twice, the second time by whoever found it in a history.
    let begun = stage.begin();
    let place = stage.visit(&begun.address);
    let answer = stage.back(&place, Some(&begun.cookie));
    let cookie = session_of(&answer).expect("a session");
    for replayed in [&begun.cookie, &cookie] {
        assert_eq!(refused(&place, Some(replayed)), UNKNOWN);
    }
    assert_eq!(stage.me(&cookie)["email"], "Ada@example.com");
    for nonsense in ["", "?state=", "?state=&code=", "?code=x", &format!("?state={}&code=x&error=", "x".repeat(5_000))] {
        assert_eq!(refused(&format!("/sign-in/back{nonsense}"), Some(&cookie)), UNKNOWN, "{nonsense}");
    }
    // However often one comes back at the same moment, one session begins.
    let begun = stage.begin();
    let place = stage.visit(&begun.address);
    let began = std::thread::scope(|threads| {
        let tries: Vec<_> = (0..8).map(|_| threads.spawn(|| stage.back(&place, Some(&begun.cookie)))).collect();
        tries.into_iter().map(|one| one.join().unwrap()).filter(|answer| session_of(answer).is_some()).count()
    });
    assert_eq!(began, 1);
    // Nowhere else afterwards.
    let answer = stage.begins("%2F%2Fevil.example");
    let cookie = session_of(&answer).unwrap();
    let page = stage.back("/sign-in/leave", Some(&cookie)).text();
    let address = page.split("content=\"0;url=").nth(1).and_then(|rest| rest.split('"').next()).unwrap().replace("&amp;", "&");
    assert_eq!(stage.back(&stage.visit(&address), Some(&cookie)).header("location"), "/");
}

#[test]
fn the_second_factor_is_asked_for_all_the_same() {
    let stage = stage();
    let cookie = session_of(&stage.sign_in()).unwrap();
    stage.post("begin-second-factor", "", &cookie);
    let account: Value = serde_json::from_slice(&stage.server.get("/api/account", &[("cookie", &cookie)]).body).unwrap();
    let secret = account["second_factor"]["Begun"]["secret"].as_str().expect("a secret").replace(' ', "");
    let code = |later: u64| {
        let secret = Secret::try_from_base32(&secret).unwrap();
        let device = Builder::new().with_secret(secret).with_account_name("x").with_issuer(Some("x")).build().unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        device.generate(now + 30 * later).to_string()
    };
    assert_eq!(stage.post("confirm-second-factor", &format!("code={}", code(0)), &cookie).status, 200);
    let answer = stage.sign_in();
    assert_eq!((answer.status, answer.header("location")), (303, "/second-factor"));
    let half_way = session_of(&answer).expect("a session half way");
    assert_eq!(stage.me(&half_way), 401);
    let answer = stage.post("second-factor", &format!("code={}", code(1)), &half_way);
    let cookie = session_of(&answer).unwrap_or_else(|| panic!("{answer:?}"));
    assert_eq!((answer.header("location"), stage.me(&cookie)["email"].as_str()), ("/account", Some("Ada@example.com")));
}

#[test]
fn secrets_are_in_no_log_and_no_answer() {
    let stage = stage();
    let begun = stage.begin();
    let place = stage.visit(&begun.address);
    let answer = stage.back(&place, Some(&begun.cookie));
    for way in [Way::WrongNonce, Way::Broken, Way::Failing] {
        stage.with(way);
        stage.refusal();
    }
    let cookie = session_of(&answer).unwrap();
    let token = |cookie: &str| cookie.split('=').nth(1).unwrap().to_owned();
    let code = place.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let log = stage.server.log();
    assert!(log.contains("a sign-in through another service failed") && log.contains("DEBUG"), "the log is written: {log}");
    let encoded: String = form_urlencoded::byte_serialize(CLIENT_SECRET.as_bytes()).collect();
    for secret in [CLIENT_SECRET, &encoded, &token(&begun.cookie), &token(&cookie), code, "Basic ", "access-1"] {
        assert!(!log.contains(secret), "“{secret}” is in the log");
    }
    let pages = format!("{:?} {answer:?} {}", begun.address, stage.back("/sign-in", None).text());
    assert!(!pages.contains(CLIENT_SECRET) && !pages.contains(&encoded));
}

#[tokio::test]
async fn each_account_there_is_one_person_here() {
    on_each_database(|db| async move {
        for email in ["ada@example.com", "lee@example.com", "kim@example.com"] {
            let wanted = Wanted { name: "Somebody".into(), email: email.into(), role: Role::Viewer, companies: None };
            people::invite(&db, &wanted).await.unwrap();
        }
        let vouched = async |issuer: &str, subject: &str, email: &str| {
            let [issuer, subject, email] = [issuer, subject, email].map(str::to_owned);
            people::vouched(&db, &Voucher { by: "Example".into(), issuer, subject, email }).await
        };
        let ada = vouched("https://a.example", "1", "ada@example.com").await.unwrap();
        assert_eq!(vouched("https://a.example", "1", "Ada@Example.com").await.unwrap().id, ada.id);
        assert!(matches!(vouched("https://a.example", "2", "ada@example.com").await, Err(ServiceError::SignedOut(_))));
        // An account that belongs to somebody here does not become another's with a new address.
        assert!(matches!(vouched("https://a.example", "1", "lee@example.com").await, Err(ServiceError::SignedOut(_))));
        // What another service calls somebody says nothing.
        vouched("https://b.example", "2", "ada@example.com").await.unwrap();
        vouched("https://b.example", "1", "lee@example.com").await.unwrap();
        // A sign that a computer takes for a k where small letters are made of capitals.
        assert!(vouched("https://a.example", "3", "\u{212a}im@example.com").await.is_err());
        people::forget_subject(&db, &ada).await.unwrap();
        assert!(matches!(people::forget_subject(&db, &ada).await, Err(ServiceError::Refused(_))));
        vouched("https://a.example", "2", "ada@example.com").await.unwrap();
    })
    .await;
}
