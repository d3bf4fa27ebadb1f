//! People who come all the time, each with one request after the other, as through a proxy in front of the servers: it hands a
//! request to the next of them, and to the one after it only where a connection was refused, so before a byte was sent. They
//! look, and they do what is answered for; whatever is answered otherwise than with what they came for ends their visit with
//! an error.

use super::{
    books::{HEADER, line},
    process::{Answer, exchange},
};
use serde_json::Value;
use std::{
    io::ErrorKind,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};
use tieout::server::{
    db::{Db, query::sql},
    services::{self, companies::Wanted, import},
};

/// Kinds of visitors; there are as many of each.
const KINDS: usize = 3;

/// What stands in front of the servers.
struct Front {
    /// Of the servers; one that starts anew stays at its address.
    addresses: Vec<String>,
    cookie: String,
    /// In the names of what is added, which nobody has used.
    turn: usize,
    stop: AtomicBool,
    answered: AtomicUsize,
}

/// Everybody who comes.
pub struct Visitors {
    front: Arc<Front>,
    threads: Vec<JoinHandle<Result<Visit, String>>>,
}

/// What one visitor was answered for.
#[derive(Debug)]
pub struct Visit {
    pub answered: usize,
    did: Did,
}

#[derive(Debug)]
enum Did {
    Looked,
    /// Companies, by their names.
    Added(Vec<String>),
    /// E-mail addresses that a contact was given, by its id.
    Edited(String, Vec<String>),
}

/// A company without a connection, whose contacts visitors edit: nothing is synced because of it.
#[derive(Clone)]
struct Desk {
    code: String,
    /// Ids.
    contacts: Vec<String>,
}

impl Visitors {
    /// `of_each`: how many look, add companies and edit contacts. `cookie`: of an administrator. `turn`: which people come
    /// to this database.
    pub async fn come(db: &Db, turn: usize, addresses: Vec<String>, cookie: &str, of_each: usize) -> Visitors {
        let desk = Desk::open(db, turn, of_each).await;
        let front =
            Front { addresses, cookie: cookie.to_owned(), turn, stop: AtomicBool::new(false), answered: AtomicUsize::new(0) };
        let front = Arc::new(front);
        let visit = |n: usize| {
            let (front, desk) = (front.clone(), desk.clone());
            std::thread::spawn(move || match n % KINDS {
                0 => front.looks(n),
                1 => front.adds(n),
                _ => front.edits(n, &desk.code, &desk.contacts[n / KINDS]),
            })
        };
        let threads = (0..of_each * KINDS).map(visit).collect();
        Visitors { front, threads }
    }

    /// How many requests were answered so far.
    pub fn answered(&self) -> usize {
        self.front.answered.load(Ordering::Relaxed)
    }

    /// Everybody ends with the request that is under way, or with none where every server refuses; then each thing that was
    /// answered for is in the store once, and nothing else.
    pub async fn leave(self, db: &Db) -> Vec<Visit> {
        self.front.stop.store(true, Ordering::Relaxed);
        let (threads, turn) = (self.threads, self.front.turn);
        let visits = tokio::task::spawn_blocking(|| -> Vec<Result<Visit, String>> {
            threads.into_iter().map(|visitor| visitor.join().expect("a visitor")).collect()
        });
        let visits = visits.await.expect("nobody panics");
        assert!(visits.iter().all(|visit| visit.as_ref().is_ok_and(|visit| visit.answered > 0)), "{visits:#?}");
        let visits: Vec<Visit> = visits.into_iter().flatten().collect();
        let mut names = Vec::new();
        for visit in &visits {
            match &visit.did {
                Did::Looked => {}
                Did::Added(added) => names.extend(added.iter().cloned()),
                Did::Edited(id, emails) => assert_eq!(emails_of(db, id).await, *emails, "each edit once, in its order"),
            }
        }
        let stored = sql("SELECT name FROM companies WHERE name LIKE $1 ORDER BY name").bind(format!("Added {turn}-%"));
        let stored: Vec<(String,)> = stored.all(db).await.expect("companies");
        names.sort_unstable();
        assert_eq!(stored.into_iter().map(|(name,)| name).collect::<Vec<_>>(), names, "each company once");
        visits
    }
}

impl Front {
    /// An answer of the first server, beginning with that one, that does not refuse the connection; `None`: all refuse.
    fn ask(&self, first: usize, method: &str, path: &str, body: &str) -> Result<Option<Answer>, String> {
        let form = ("content-type", "application/x-www-form-urlencoded");
        let headers = [form, ("accept", "text/html, application/json"), ("cookie", &self.cookie)];
        for place in 0..self.addresses.len() {
            let address = &self.addresses[(first + place) % self.addresses.len()];
            match exchange(address, method, path, &headers, body.as_bytes()) {
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(format!("{method} {path} at {address}: {error}")),
                Ok(answer) => {
                    self.answered.fetch_add(1, Ordering::Relaxed);
                    return Ok(Some(answer));
                }
            }
        }
        Ok(None)
    }

    /// One request after the other, by their numbers; each answer has to be one of those that were come for.
    fn visit(
        &self,
        first: usize,
        method: &str,
        request: impl Fn(usize) -> (String, String),
        is_right: impl Fn(&Answer) -> bool,
    ) -> Result<usize, String> {
        let mut answered = 0;
        while !self.stop.load(Ordering::Relaxed) {
            let (path, body) = request(answered);
            let Some(answer) = self.ask(first + answered, method, &path, &body)? else { break };
            if !is_right(&answer) {
                return Err(format!("{method} {path} {body}: {} {}", answer.status, answer.text()));
            }
            answered += 1;
        }
        Ok(answered)
    }

    fn looks(&self, n: usize) -> Result<Visit, String> {
        let is_whole = |answer: &Answer| answer.status == 200 && answer.text().contains("</html>");
        let answered = self.visit(n, "GET", |_| ("/overview".to_owned(), String::new()), is_whole)?;
        Ok(Visit { answered, did: Did::Looked })
    }

    fn adds(&self, n: usize) -> Result<Visit, String> {
        let name = |turn: usize| format!("Added {}-{n}-{turn}", self.turn);
        let request = |turn: usize| {
            let fields = [("name", &name(turn)[..]), ("code", ""), ("currency", "GBP"), ("time_zone", "Europe/London")];
            ("/api/add-company".to_owned(), form(&fields))
        };
        let answered = self.visit(n, "POST", request, is_done)?;
        Ok(Visit { answered, did: Did::Added((0..answered).map(name).collect()) })
    }

    /// Each edit says which version it changes: one that was lost or done twice would have the next refused.
    fn edits(&self, n: usize, code: &str, contact: &str) -> Result<Visit, String> {
        let email = |turn: usize| format!("{turn}@example.com");
        let request = |turn: usize| {
            let (version, name) = ((turn + 1).to_string(), Desk::contact(n / KINDS));
            let fields = [("code", code), ("id", contact), ("version", &version), ("name", &name), ("email", &email(turn))];
            ("/api/edit-contact".to_owned(), form(&fields))
        };
        let answered = self.visit(n, "POST", request, is_done)?;
        Ok(Visit { answered, did: Did::Edited(contact.to_owned(), (0..answered).map(email).collect()) })
    }
}

impl Desk {
    fn contact(n: usize) -> String {
        format!("Contact {n}")
    }

    async fn open(db: &Db, turn: usize, contacts: usize) -> Desk {
        let wanted = Wanted {
            name: format!("Desk {turn}"),
            code: String::new(),
            currency: "GBP".into(),
            time_zone: "Europe/London".into(),
        };
        let company = services::companies::add(db, &wanted).await.expect("the company is added");
        let rows: String = (0..contacts).map(|n| line(&Desk::contact(n), &format!("{n}"), 1, 1, "9.00", "200")).collect();
        let report = import::run(db, &company, "sales.csv", format!("{HEADER}{rows}").into_bytes(), "test").await;
        assert_eq!(report.expect("the file is read").errors, []);
        let ids = sql("SELECT id FROM contacts WHERE company_id = $1 ORDER BY name").bind(&company.id);
        let ids: Vec<(String,)> = ids.all(db).await.expect("contacts");
        Desk { code: company.code, contacts: ids.into_iter().map(|(id,)| id).collect() }
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn is_done(answer: &Answer) -> bool {
    (200..400).contains(&answer.status)
}

/// Those a contact was given since the first version, in order.
async fn emails_of(db: &Db, contact: &str) -> Vec<String> {
    let versions =
        sql("SELECT content FROM contact_versions WHERE contact_id = $1 AND version > 1 ORDER BY version").bind(contact);
    let versions: Vec<(String,)> = versions.all(db).await.expect("versions");
    let email = |(content,): (String,)| {
        let content: Value = serde_json::from_str(&content).expect("JSON");
        content["email"].as_str().expect("an address").to_owned()
    };
    versions.into_iter().map(email).collect()
}
