//! What the log of a server that is told to log everything must not hold: whatever opens something, and who people are.

use super::{FORM, PASSWORD, cross_site::file, form, session_of};
use crate::{
    harness::{
        process::{Server, Tieout},
        wire::Wire,
    },
    people::code,
};

const EMAIL: &str = "ada.albion@example.com";

/// A person who does whatever needs a secret, and notes each.
struct Person<'a> {
    server: &'a Server,
    cookie: String,
    secrets: Vec<String>,
}

impl Person<'_> {
    /// Sends a form as browsers do; answers its body. What opens the next request is a secret too.
    fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Vec<u8> {
        let headers = [FORM, ("cookie", &self.cookie), ("user-agent", "Mozilla/5.0 (Secretive)")];
        let answer = Wire::to(self.server).ask("POST", path, &headers, &form(pairs));
        if let Some(cookie) = session_of(&answer) {
            self.cookie = cookie.to_owned();
            self.secrets.push(cookie.split_once('=').unwrap().1.to_owned());
        }
        answer.body
    }

    fn keep<'s>(&mut self, secret: &'s str) -> &'s str {
        self.secrets.push(secret.to_owned());
        secret
    }

    fn get(&self, path: &str) -> String {
        Wire::to(self.server).ask("GET", path, &[("cookie", &self.cookie), ("accept", "*/*")], b"").text()
    }
}

/// Through the door in all ways there are.
fn goes_in(person: &mut Person, tieout: &Tieout, set_up: &str) {
    person.keep(set_up);
    person.get(&format!("/api/look-at-link?kind=set-up&token={set_up}"));
    person.get(&format!("/set-up?token={set_up}"));
    let first = person.keep(PASSWORD);
    person.post("/api/set-up", &[("token", set_up), ("name", "Ada Albion"), ("email", EMAIL), ("password", first)]);
    assert!(person.get("/api/me").contains(EMAIL), "{}", person.get("/api/me"));
    let wrong = person.keep("wrong umbrella guess");
    person.post("/api/sign-in", &[("email", EMAIL), ("password", wrong)]);
    let next = person.keep("violet heron canal stamp");
    person.post("/api/change-password", &[("old", first), ("password", next)]);
    person.post("/api/sign-out", &[]);
    person.post("/api/sign-in", &[("email", EMAIL), ("password", next), ("to", "/account")]);
    assert!(person.get("/api/me").contains(EMAIL));
    // The second factor, its picture, its codes.
    person.post("/api/begin-second-factor", &[]);
    let account: serde_json::Value = serde_json::from_str(&person.get("/api/account")).unwrap();
    let secret = account["second_factor"]["Begun"]["secret"].as_str().unwrap().to_owned();
    person.keep(&secret.replace(' ', ""));
    let shown = [code(&secret, 0), code(&secret, 1)];
    let codes: Vec<String> = serde_json::from_slice(&person.post("/api/confirm-second-factor", &[("code", &shown[0])])).unwrap();
    codes.iter().chain(&shown).for_each(|one| _ = person.keep(one));
    for code in [&codes[0], &shown[1]] {
        person.post("/api/sign-out", &[]);
        person.post("/api/sign-in", &[("email", EMAIL), ("password", next)]);
        person.post("/api/second-factor", &[("code", code)]);
        assert!(person.get("/api/me").contains(EMAIL));
    }
    // Links that somebody else is given.
    let mail = "lee.lamp@example.org";
    person.keep(mail);
    let invited = person.post("/api/invite", &[("name", "Lee Lamp"), ("email", mail), ("role", "viewer"), ("sees", "all")]);
    let invited: String = serde_json::from_slice(&invited).unwrap();
    let token = person.keep(invited.split_once("token=").unwrap().1);
    let mut lee = Person { server: person.server, cookie: String::new(), secrets: Vec::new() };
    let chosen = lee.keep("amber goose viaduct pin");
    lee.get(&format!("/choose-password?token={token}"));
    lee.post("/api/choose-password", &[("token", token), ("password", chosen)]);
    assert!(lee.get("/api/me").contains(mail));
    let link = tieout.run(&["people", "link", mail, "--sign-in", "--json"]).json();
    let token = lee.keep(link["link"].as_str().unwrap().split_once("token=").unwrap().1);
    lee.get(&format!("/enter?token={token}"));
    lee.post("/api/enter", &[("token", token)]);
    // One that is no link, and cookies that are none.
    let guessed = lee.keep("guessed-token-guessed-token-guessed-token-1");
    lee.post("/api/enter", &[("token", guessed)]);
    lee.get(&format!("/sign-in?token={guessed}"));
    lee.cookie = format!("__Host-tieout={}", lee.keep("Zm9yZ2VkLWNvb2tpZS1oZXJl"));
    lee.get("/api/me");
    lee.cookie = format!("__Host-tieout={}", lee.keep("Q0NDQ0NDQ0NDQ0NDQ0NDQQ"));
    lee.get("/api/me");
    person.secrets.append(&mut lee.secrets);
}

/// And at work: accounts of tenants are nobody's business but their company's.
fn works(person: &mut Person) {
    let company = [("name", "Albion Quay Estates"), ("code", "AQE"), ("currency", "GBP"), ("time_zone", "UTC")];
    person.post("/api/add-company", &company);
    person.post("/api/connect-practice", &[("code", "AQE"), ("sync_from", ""), ("schedule", "off")]);
    let user = person.keep("secretive-user");
    let tryton = [("server", "http://127.0.0.1:1"), ("database", "books"), ("sync_from", ""), ("schedule", "off")];
    person.post("/api/connect-tryton", &[&tryton[..], &[("code", "AQE"), ("user", user)]].concat());
    let mail = person.keep("tenant@example.net");
    let head = "*ContactName,EmailAddress,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType\r\n";
    let rows = format!("{head}Tess Tenant,{mail},1,01/12/2010,31/12/2010,Rent,1,10,200,No VAT\r\n");
    let headers = [("content-type", "multipart/form-data; boundary=x"), ("cookie", &person.cookie)];
    let sent = Wire::to(person.server).ask("POST", "/companies/AQE/import", &headers, &file(&rows));
    assert_eq!(sent.status, 303, "{}", sent.text());
    person.post("/api/start-sync", &[("codes[0]", "AQE")]);
    // What is refused and what cannot be read is logged most readily.
    person.post(
        "/api/edit-contact",
        &[("code", "AQE"), ("id", "none"), ("version", "1"), ("name", "Tess Tenant"), ("email", mail)],
    );
    person.post("/api/invite", &[("name", "Twice"), ("email", EMAIL), ("role", "viewer"), ("sees", "all")]);
    person.get(&format!("/settings/audit.csv?q={}", EMAIL.replace('@', "%40")));
    person.get("/overview");
}

#[test]
fn the_log_holds_nothing_that_opens_anything_and_nobodys_address() {
    for level in ["debug", "trace"] {
        let dir = tempfile::tempdir().unwrap();
        let tieout = Tieout { data_dir: &dir.path().join("data"), url: None };
        let mut server = tieout.serve_logged(&[("TIEOUT_LOG", level)]);
        let set_up = server.shown_token();
        let mut person = Person { server: &server, cookie: String::new(), secrets: vec![EMAIL.to_owned()] };
        goes_in(&mut person, &tieout, &set_up);
        works(&mut person);
        let key = std::fs::read_to_string(dir.path().join("data/secret.key")).unwrap_or_default();
        person
            .secrets
            .extend(key.lines().map(str::trim).filter(|line| line.len() > 20 && !line.starts_with('#')).map(str::to_owned));
        std::thread::sleep(std::time::Duration::from_millis(500));
        let log = server.log();
        assert!(log.len() > 10_000 && log.contains(&level.to_uppercase()), "it logs: {log}");
        let secrets = person.secrets;
        assert!(secrets.len() > 30, "{secrets:?}");
        for secret in &secrets {
            let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            for written in [secret, &encoded] {
                let lines: Vec<&str> = log.lines().filter(|line| line.contains(written.as_str())).take(3).collect();
                assert!(lines.is_empty(), "at {level} “{secret}” is logged: {lines:#?}");
            }
        }
        assert!(!log.contains("Tess Tenant") && !log.contains("$argon2"), "at {level}");
    }
}
