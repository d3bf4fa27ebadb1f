//! Sessions that somebody planted, guessed, stole from the database, or used again after their end.

use super::{FORM, PASSWORD, Target, dump, form, session_of};
use crate::{
    harness::process::{Answer, Server},
    people::code,
};

fn me(server: &Server, cookie: &str) -> u16 {
    server.ask_as_nobody("GET", "/api/me", &[("cookie", cookie)], b"").status
}

fn post(server: &Server, path: &str, cookie: &str, pairs: &[(&str, &str)]) -> Answer {
    server.ask_as_nobody("POST", path, &[FORM, ("cookie", cookie)], &form(pairs))
}

/// What a cookie says besides its name and value, in any order.
fn attributes(answer: &Answer) -> Vec<String> {
    let set: Vec<_> = answer.headers.iter().filter(|(name, _)| name == "set-cookie").collect();
    let [(_, set)] = set.as_slice() else { panic!("one cookie is set: {answer:?}") };
    let mut attributes: Vec<String> = set.split("; ").skip(1).map(|part| part.split('=').next().unwrap().to_owned()).collect();
    attributes.sort();
    for part in ["SameSite=Lax", "Path=/"] {
        assert!(set.split("; ").any(|one| one == part), "{set}");
    }
    attributes
}

/// An attacker who has put a cookie of their own into the victim's browser is not signed in by the victim's signing in.
#[test]
fn no_session_is_fixed() {
    let mut target = Target::new();
    let server = &target.server;
    post(server, "/api/change-password", &target.administrator, &[("password", PASSWORD)]);
    let sign_in = [("email", "root@example.com"), ("password", PASSWORD)];
    // Made up; and one that the server gave the attacker for an account of their own.
    for planted in ["__Host-tieout=AAAAAAAAAAAAAAAAAAAAAA", &target.elsewhere] {
        let answer = post(server, "/api/sign-in", planted, &sign_in);
        let given = session_of(&answer).unwrap_or_else(|| panic!("{answer:?}"));
        assert_ne!(given, planted);
        assert_eq!(attributes(&answer), ["HttpOnly", "Max-Age", "Path", "SameSite", "Secure"].map(|name| name.to_owned()));
        assert_eq!((me(server, planted), me(server, given)), (401, 200));
        assert!(server.ask_as_nobody("GET", "/api/me", &[("cookie", given)], b"").text().contains("root@example.com"));
    }
    // The second factor is one more step, with one more id.
    post(server, "/api/begin-second-factor", &target.administrator, &[]);
    let account = server.ask_as_nobody("GET", "/api/account", &[("cookie", &target.administrator)], b"").text();
    let account: serde_json::Value = serde_json::from_str(&account).unwrap();
    let secret = account["second_factor"]["Begun"]["secret"].as_str().unwrap_or_else(|| panic!("{account}")).to_owned();
    let confirmed = post(server, "/api/confirm-second-factor", &target.administrator, &[("code", &code(&secret, 0))]);
    let recovery: Vec<String> = serde_json::from_slice(&confirmed.body).unwrap();
    let planted = "__Host-tieout=BBBBBBBBBBBBBBBBBBBBBA";
    let answer = post(server, "/api/sign-in", planted, &sign_in);
    let half = session_of(&answer).unwrap().to_owned();
    assert_eq!((me(server, planted), me(server, &half)), (401, 401), "half way in is not in");
    assert_eq!(post(server, "/api/second-factor", planted, &[("code", &recovery[0])]).status, 401);
    let answer = post(server, "/api/second-factor", &half, &[("code", &recovery[0])]);
    let whole = session_of(&answer).unwrap_or_else(|| panic!("{answer:?}"));
    assert_eq!((me(server, planted), me(server, &half), me(server, whole)), (401, 401, 200));
    assert_eq!(post(server, "/api/second-factor", &half, &[("code", &recovery[1])]).status, 401, "the step is over");
    target.stands();
}

#[test]
fn no_cookie_is_forged() {
    let mut target = Target::new();
    let server = &target.server;
    let (name, value) = target.administrator.split_once('=').unwrap();
    let kept = dump(target.dir.path())["sessions"].join("\n");
    assert!(!kept.contains(value), "what the browser holds is kept nowhere");
    // Each quoted text of the table, among them what the sessions are kept under.
    let stolen = kept.split('\'').filter(|text| text.len() == 43).map(|hash| format!("{name}={hash}"));
    let stolen: Vec<String> = stolen.collect();
    assert!(stolen.len() >= 2, "{kept}");
    let mut last = value.to_owned();
    let other_end = if last.pop() == Some('A') { "B" } else { "A" };
    let forged = [
        format!("{name}="),
        name.to_owned(),
        format!("tieout={value}"),
        format!("__Secure-tieout={value}"),
        format!("__host-tieout={value}"),
        format!("{name}2={value}"),
        format!("{name}={last}"),
        format!("{name}={value}=="),
        format!("{name}={value}.signature"),
        format!("{name}={value}%00"),
        format!("{name}={value}A"),
        format!("{name}={}", value.to_ascii_lowercase()),
        format!("{name}={last}{other_end}A"),
        format!("{name}={}", "A".repeat(22)),
        format!("{name}={}", "A".repeat(20_000)),
        format!("{name}=' OR 1=1 --"),
        format!("{name}=%27%20OR%201%3D1"),
        format!("{name}={{\"person\":\"x\"}}"),
        format!("{name}=../../../etc/passwd"),
        format!("{name}=\u{1F4A9}"),
        "=".repeat(500),
        ";".repeat(500),
    ];
    for cookie in forged.iter().chain(&stolen) {
        let answer = server.ask_as_nobody("GET", "/api/me", &[("cookie", cookie)], b"");
        assert!([400, 401, 431].contains(&answer.status), "{cookie}: {}", answer.status);
        target.tells_nothing(cookie, &answer);
        assert_eq!(session_of(&answer), None, "{cookie}");
    }
    // Two of one name: the answer is that of one of them, and never a session of both.
    let (mine, other) = (&target.administrator, &target.elsewhere);
    for pair in [format!("{mine}; {other}"), format!("{other}; {mine}")] {
        let text = server.ask_as_nobody("GET", "/api/me", &[("cookie", &pair)], b"").text();
        assert_ne!(text.contains("root@example.com"), text.contains("elsewhere@example.com"), "{text}");
    }
    target.stands();
}

#[test]
fn what_is_over_stays_over() {
    let mut target = Target::new();
    let server = &target.server;
    let cookie = server.sign_in("root@example.com", &[]);
    let answer = post(server, "/api/sign-out", &cookie, &[]);
    assert_eq!((answer.status, session_of(&answer)), (200, None));
    for _ in 0..3 {
        assert_eq!(me(server, &cookie), 401);
    }
    for path in ["/api/sign-out", "/api/end-other-sessions", "/api/start-sync", "/companies/AQE/import"] {
        assert_eq!(post(server, path, &cookie, &[]).status, 401, "{path}");
    }
    // A link that was used opens nothing a second time, nor does its hash.
    let token = target.tieout().run(&["people", "link", "root@example.com", "--sign-in", "--json"]).json();
    let token = token["link"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
    let kept = dump(target.dir.path())["entrances"].join("\n");
    assert!(!kept.contains(&token));
    let hashes: Vec<&str> = kept.split('\'').filter(|text| text.len() == 43).collect();
    assert!(!hashes.is_empty());
    for hash in hashes {
        assert_eq!(session_of(&post(server, "/api/enter", "", &[("token", hash)])), None);
    }
    assert!(session_of(&post(server, "/api/enter", "", &[("token", &token)])).is_some());
    assert_eq!(session_of(&post(server, "/api/enter", "", &[("token", &token)])), None);
    assert_eq!(session_of(&post(server, "/api/choose-password", "", &[("token", &token), ("password", PASSWORD)])), None);
    target.stands();
}
