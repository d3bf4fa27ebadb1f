//! People: links that let somebody in once, passwords, sessions, and what those see who do not see all.

use crate::harness::{on_each_database, process::Tieout};
use tieout::{
    domain::person::Role,
    server::{
        db::{
            Db,
            audit::{self, Entry},
            companies as rows, groups, now_ms,
            query::sql,
            sees::Sees,
            sessions::{self, Session},
        },
        services::{
            audit as audit_log,
            companies::{self, Wanted as Company},
            error::ServiceError,
            people::{
                self, Kind, Wanted,
                second_factor::{self, State},
            },
        },
        vault::Vault,
    },
};
use totp_rs::{Builder, Secret};

fn token(link: &str) -> &str {
    link.split_once("token=").expect("a token").1
}

fn somebody(email: &str, role: Role, companies: Option<&[&str]>) -> Wanted {
    let companies = companies.map(|codes| codes.iter().map(|code| (*code).to_owned()).collect());
    Wanted { name: "Ada Albion".into(), email: email.into(), role, companies }
}

const GOOD: &str = "mauve otter ferry lamp";

#[tokio::test]
async fn the_first_administrator_comes_through_a_link_and_nobody_else() {
    on_each_database(|db| async move {
        // Two servers that start show one each.
        let links = [people::link_at_start(&db).await.unwrap().unwrap(), people::link_at_start(&db).await.unwrap().unwrap()];
        assert!(links[0].starts_with("/set-up?token="));
        let set_up =
            async |link: &str, password: &str| people::set_up(&db, token(link), "Ada", "Ada@Example.com", password).await;
        assert!(matches!(set_up("/set-up?token=guessed", GOOD).await, Err(ServiceError::Refused(_))));
        assert!(matches!(set_up(&links[0], "password1").await, Err(ServiceError::Invalid(_))));
        let person = set_up(&links[0], GOOD).await.unwrap();
        assert_eq!((person.role(), person.sees_all), (Role::Administrator, 1));
        for link in &links {
            assert!(matches!(set_up(link, GOOD).await, Err(ServiceError::Refused(_))), "used up");
        }
        assert_eq!(people::link_at_start(&db).await.unwrap(), None);
        assert_eq!(people::sign_in(&db, " ada@example.COM", GOOD, "1.2.3.4").await.unwrap().id, person.id);
        // Nothing that opens anything can be read out of the database.
        let kept: Vec<(String,)> = sql("SELECT id FROM entrances").all(&db).await.unwrap();
        assert!(kept.iter().all(|(id,)| !links.iter().any(|link| link.contains(id))));
    })
    .await;
}

#[tokio::test]
async fn a_link_lets_in_once_and_only_for_what_it_is() {
    on_each_database(|db| async move {
        let link = people::invite(&db, &somebody("ada@example.com", Role::Manager, None)).await.unwrap();
        let person = people::named(&db, "ADA@example.com").await.unwrap();
        assert!(people::enter(&db, token(&link), true).await.is_err(), "it is for a password");
        assert!(people::sign_in(&db, "ada@example.com", "", "x").await.is_err(), "there is no password yet");
        people::choose_password(&db, token(&link), GOOD).await.unwrap();
        assert!(people::choose_password(&db, token(&link), GOOD).await.is_err());
        // A later link makes the one before it useless.
        let first = people::link_for(&db, &person, Kind::Password).await.unwrap();
        let second = people::link_for(&db, &person, Kind::Password).await.unwrap();
        assert!(people::choose_password(&db, token(&first), GOOD).await.is_err());
        people::choose_password(&db, token(&second), "another ferry lamp otter").await.unwrap();
        assert!(people::sign_in(&db, "ada@example.com", GOOD, "x").await.is_err());
        // One whose time is over, and one of somebody who may not sign in any more.
        let late = people::link_for(&db, &person, Kind::Enter).await.unwrap();
        sql("UPDATE entrances SET expires_at = 1").execute(&db).await.unwrap();
        assert!(people::enter(&db, token(&late), true).await.is_err());
        let barred = people::link_for(&db, &person, Kind::Enter).await.unwrap();
        people::invite(&db, &somebody("root@example.com", Role::Administrator, None)).await.unwrap();
        people::disable(&db, &person.id).await.unwrap();
        assert!(people::enter(&db, token(&barred), true).await.is_err());
        assert!(people::sign_in(&db, "ada@example.com", "another ferry lamp otter", "x").await.is_err());
        people::enable(&db, &person.id).await.unwrap();
        people::enter(&db, token(&barred), true).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_and_the_rightful_user_is_not_locked_out() {
    on_each_database(|db| async move {
        let link = people::invite(&db, &somebody("ada@example.com", Role::Viewer, None)).await.unwrap();
        people::choose_password(&db, token(&link), GOOD).await.unwrap();
        let sentence = async |password: &str, address: &str| {
            people::sign_in(&db, "ada@example.com", password, address).await.map(|_| ()).map_err(|error| error.to_string())
        };
        for n in 0..5 {
            assert_eq!(
                sentence("wrong", "6.6.6.6").await.unwrap_err(),
                "The e-mail address or the password is not right.",
                "{n}"
            );
        }
        // Now even the right one has to wait there, and says so; elsewhere it opens. As if there had been a few more, for a hash
        // may take as long as the first wait.
        sql("UPDATE failed_sign_ins SET failures = failures + 5").execute(&db).await.unwrap();
        let told = sentence(GOOD, "6.6.6.6").await.unwrap_err();
        assert!(told.starts_with("Too many attempts failed. Try again in "), "{told}");
        sentence(GOOD, "1.2.3.4").await.unwrap();
        let people = ["nobody@example.com", "ada@example.com"];
        for (n, email) in people.into_iter().enumerate() {
            let error = people::sign_in(&db, email, "wrong", &format!("9.9.9.{n}")).await.unwrap_err();
            assert_eq!(error.to_string(), "The e-mail address or the password is not right.", "{email}");
        }
        sentence(GOOD, "1.2.3.5").await.unwrap();
        // Nor can one address go through all accounts there may be.
        let mut told_to_wait = false;
        for n in 0..60 {
            let error = people::sign_in(&db, &format!("guess{n}@example.com"), "wrong", "7.7.7.7").await.unwrap_err();
            told_to_wait |= error.to_string().starts_with("Too many attempts failed.");
        }
        assert!(told_to_wait);
    })
    .await;
}

#[tokio::test]
async fn somebody_is_always_left_to_look_after_people() {
    on_each_database(|db| async move {
        people::invite(&db, &somebody("ada@example.com", Role::Administrator, None)).await.unwrap();
        let ada = people::named(&db, "ada@example.com").await.unwrap();
        assert!(people::invite(&db, &somebody("Ada@Example.com", Role::Viewer, None)).await.is_err(), "the address is taken");
        assert!(people::disable(&db, &ada.id).await.is_err());
        assert!(people::change(&db, &ada.id, &somebody("ada@example.com", Role::Manager, None)).await.is_err());
        people::invite(&db, &somebody("lee@example.com", Role::Administrator, None)).await.unwrap();
        people::change(&db, &ada.id, &somebody("ada@example.com", Role::Manager, None)).await.unwrap();
        for wrong in ["", "ada", "ada@", "@example.com", "a b@example.com", "a@b@c", "a@b.c\r\nbcc: x@y.z"] {
            assert!(people::invite(&db, &somebody(wrong, Role::Viewer, None)).await.is_err(), "{wrong}");
        }
        assert!(people::invite(&db, &somebody("x@example.com", Role::Viewer, Some(&[]))).await.is_err());
        assert!(people::invite(&db, &somebody("x@example.com", Role::Viewer, Some(&["NONE"]))).await.is_err());
        assert!(people::named(&db, "x@example.com").await.is_err(), "nothing is half written");
    })
    .await;
}

/// What a person's device shows that was given the secret, so many half minutes from now.
pub fn code(secret: &str, later: u64) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let device = Builder::new().with_secret(secret).with_account_name("x").with_issuer(Some("x")).build().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    device.generate(now + 30 * later).to_string()
}

#[tokio::test]
async fn a_code_of_the_second_factor_opens_once() {
    on_each_database(|db| async move {
        people::invite(&db, &somebody("ada@example.com", Role::Viewer, None)).await.unwrap();
        let ada = people::named(&db, "ada@example.com").await.unwrap();
        assert!(second_factor::check(&db, &ada, "123456").await.is_err(), "there is none");
        assert!(second_factor::confirm(&db, &ada, "123456").await.is_err(), "none was begun");
        second_factor::begin(&db, &ada).await.unwrap();
        let State::Begun(enrolment) = second_factor::state(&db, &ada).await.unwrap() else { panic!("it is begun") };
        assert!(enrolment.address.starts_with("otpauth://totp/Tieout:ada%40example.com?"), "{}", enrolment.address);
        let kept: (String,) = sql("SELECT secret FROM second_factors").one(&db).await.unwrap();
        assert!(!kept.0.contains(&enrolment.secret.replace(' ', "")), "it is sealed");
        assert!(!second_factor::is_on(&db, &ada.id).await.unwrap(), "nobody is locked out by a picture never taken");
        assert!(second_factor::confirm(&db, &ada, "000000").await.is_err());
        let codes = second_factor::confirm(&db, &ada, &code(&enrolment.secret, 0)).await.unwrap();
        assert!(second_factor::is_on(&db, &ada.id).await.unwrap());
        assert!(second_factor::begin(&db, &ada).await.is_err() && second_factor::cancel(&db, &ada).await.is_err());
        assert!(second_factor::check(&db, &ada, &code(&enrolment.secret, 0)).await.is_err(), "used by the confirmation");
        second_factor::check(&db, &ada, &format!(" {} ", code(&enrolment.secret, 1))).await.unwrap();
        assert!(second_factor::check(&db, &ada, &code(&enrolment.secret, 1)).await.is_err());
        assert!(second_factor::check(&db, &ada, &code(&enrolment.secret, 0)).await.is_err(), "an earlier one neither");
        second_factor::check(&db, &ada, &codes[3].replace('-', "").to_uppercase()).await.unwrap();
        assert!(second_factor::check(&db, &ada, &codes[3]).await.is_err());
        assert!(matches!(second_factor::state(&db, &ada).await.unwrap(), State::On { codes_left: 7, .. }));
        // Guessing is slowed, a recovery code among the guesses too.
        for _ in 0..5 {
            let _ = second_factor::check(&db, &ada, "000000").await;
        }
        let error = second_factor::check(&db, &ada, &codes[0]).await.unwrap_err().to_string();
        assert!(error.starts_with("Too many attempts failed."), "{error}");
        second_factor::take_away(&db, &ada.id).await.unwrap();
        assert!(!second_factor::is_on(&db, &ada.id).await.unwrap());
        assert_eq!(sql("SELECT COUNT(*) FROM recovery_codes").one::<(i64,)>(&db).await.unwrap().0, 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_over_is_removed() {
    on_each_database(|db| async move {
        people::link_at_start(&db).await.unwrap().unwrap();
        let _ = people::sign_in(&db, "x@example.com", "wrong", "1.2.3.4").await;
        let kept = async || {
            let mut sum = 0;
            for table in ["entrances", "failed_sign_ins"] {
                sum += sql(format!("SELECT COUNT(*) FROM {table}")).one::<(i64,)>(&db).await.unwrap().0;
            }
            sum
        };
        people::tidy(&db).await.unwrap();
        assert_eq!(kept().await, 4, "nothing is over yet");
        sql("UPDATE entrances SET expires_at = 1").execute(&db).await.unwrap();
        sql("UPDATE failed_sign_ins SET last_at = 1").execute(&db).await.unwrap();
        people::tidy(&db).await.unwrap();
        assert_eq!(kept().await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_archived_company_stays_with_those_who_see_it() {
    on_each_database(|db| async move {
        add(&db, "Albion", "AQE").await;
        people::invite(&db, &somebody("lee@example.com", Role::Manager, Some(&["AQE"]))).await.unwrap();
        let lee = people::named(&db, "lee@example.com").await.unwrap();
        let (group, _) = groups::current(&db).await.unwrap().unwrap();
        let company = rows::by_code(&db, &group, "AQE").await.unwrap().unwrap();
        companies::archive(&db, &company.id).await.unwrap();
        assert!(Sees::of_person(&lee.id).includes(&db, &company.id).await.unwrap());
        let sees = Sees::of_person(&lee.id);
        assert_eq!(companies::listed(&db, &sees, "", true, 1).await.unwrap().total, 1);
        assert_eq!(companies::listed(&db, &sees, "", false, 1).await.unwrap().total, 0);
    })
    .await;
}

async fn add(db: &Db, name: &str, code: &str) {
    let wanted = Company { name: name.into(), code: code.into(), currency: "GBP".into(), time_zone: "UTC".into() };
    companies::add(db, &wanted).await.unwrap();
}

#[tokio::test]
async fn the_practice_group_is_entered_on_its_own_machine_only() {
    on_each_database(|db| async move {
        let link = people::link_at_start(&db).await.unwrap().unwrap();
        assert!(matches!(people::practise(&db, token(&link), false).await, Err(ServiceError::Refused(_))));
        let (companies,): (i64,) = sql("SELECT COUNT(*) FROM companies").one(&db).await.unwrap();
        assert_eq!(companies, 0, "nothing was made");
        people::practise(&db, token(&link), true).await.unwrap();
        let link = people::link_at_start(&db).await.unwrap().unwrap();
        assert!(matches!(people::enter(&db, token(&link), false).await, Err(ServiceError::Refused(_))));
        people::enter(&db, token(&link), true).await.expect("the link is not used up by it");
    })
    .await;
}

/// Through the server, as browsers do: a session is new at each sign-in, its cookie is for this host only, it ends where it
/// is ended, and what nobody gave out opens nothing.
#[test]
fn sessions_begin_and_end() {
    let dir = tempfile::tempdir().unwrap();
    let server = Tieout { data_dir: dir.path(), url: None }.serve();
    let one = server.sign_in("ada@example.com", &["--name", "Ada", "--role", "administrator"]);
    let other = server.sign_in("ada@example.com", &[]);
    assert_ne!(one, other);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let me = |cookie: &str| server.ask("GET", "/api/me", &[("cookie", cookie)], b"").status;
    assert_eq!((me(&one), me(&other)), (200, 200));
    for forged in
        ["__Host-tieout=", "__Host-tieout=AAAAAAAAAAAAAAAAAAAAAA", "__Host-tieout=../../etc", "tieout=x", "__Host-tieout=%00"]
    {
        assert_eq!(me(forged), 401, "{forged}");
    }
    // One that an attacker put there does not become the victim's.
    let tieout = Tieout { data_dir: dir.path(), url: None };
    let link =
        tieout.run(&["people", "link", "ada@example.com", "--sign-in", "--json"]).json()["link"].as_str().unwrap().to_owned();
    let body = format!("token={}", token(&link));
    let planted = "__Host-tieout=BBBBBBBBBBBBBBBBBBBBBA";
    let answer = server.ask("POST", "/api/enter", &[form, ("cookie", planted)], body.as_bytes());
    let set = answer.header("set-cookie");
    assert!(set.starts_with("__Host-tieout=") && !set.contains("BBBBBBBB"), "{set}");
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    assert_eq!(me(planted), 401);
    // Ended by its owner from elsewhere, then by signing out.
    assert_eq!(server.ask("POST", "/api/end-other-sessions", &[form, ("cookie", &one)], b"").status, 200);
    assert_eq!((me(&one), me(&other)), (200, 401));
    server.ask("POST", "/api/sign-out", &[form, ("cookie", &one)], b"");
    assert_eq!(me(&one), 401);
    // Whoever may not sign in any more is out at once.
    let lee = server.sign_in("lee@example.com", &["--name", "Lee", "--role", "viewer"]);
    let ada = server.sign_in("ada@example.com", &[]);
    let people = server.ask("GET", "/api/people", &[("cookie", &ada)], b"").text();
    let people: serde_json::Value = serde_json::from_str(&people).unwrap();
    let id = people.as_array().unwrap().iter().find(|one| one["email"] == "lee@example.com").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(me(&lee), 200);
    assert_eq!(
        server.ask("POST", "/api/disable-person", &[form, ("cookie", &ada)], format!("person={id}").as_bytes()).status,
        200
    );
    assert_eq!(me(&lee), 401);
    // All of it is in the audit log, and nothing of it could be used.
    let audit = server.ask("GET", "/settings/audit.csv", &[("cookie", &ada)], b"").text();
    for act in ["enter", "end-other-sessions", "sign-out", "disable-person"] {
        assert!(audit.contains(&format!(",{act},done,")), "{act}: {audit}");
    }
    assert!(!audit.contains(token(&link)), "{audit}");
}

/// A session is over when nobody used it for long, in any case after a week, and elsewhere with a new password.
#[tokio::test]
async fn sessions_end_by_themselves_and_with_the_password() {
    on_each_database(|db| async move {
        let link = people::invite(&db, &somebody("ada@example.com", Role::Viewer, None)).await.unwrap();
        people::choose_password(&db, token(&link), GOOD).await.unwrap();
        let ada = people::named(&db, "ada@example.com").await.unwrap();
        let now = now_ms();
        let put = async |id: &str, seen_at: i64, expires_at: i64| {
            let text = String::new;
            let (id, person_id, data) = (id.to_owned(), Some(ada.id.clone()), "{}".to_owned());
            let session = Session { id, person_id, data, created_at: now, seen_at, expires_at, address: text(), agent: text() };
            sessions::put(&db, &session).await.unwrap();
        };
        let open = async || {
            let listed = people::sessions(&db, &ada.id, "here").await.unwrap();
            let mut ids: Vec<String> = listed.into_iter().map(|session| session.id).collect();
            ids.sort();
            ids
        };
        put("here", now, now + people::LONGEST_MS).await;
        put("elsewhere", now, now + people::LONGEST_MS).await;
        put("left", now - people::IDLE_MS, now + people::LONGEST_MS).await;
        put("old", now, now).await;
        assert_eq!(open().await, ["elsewhere", "here"]);
        for id in ["left", "old"] {
            assert!(sessions::live(&db, id, now_ms(), now_ms() - people::IDLE_MS).await.unwrap().is_none(), "{id}");
        }
        assert!(people::change_password(&db, &ada, "not the old one", "another ferry lamp otter", "here").await.is_err());
        assert_eq!(open().await, ["elsewhere", "here"]);
        people::change_password(&db, &ada, GOOD, "another ferry lamp otter", "here").await.unwrap();
        assert_eq!(open().await, ["here"]);
        let link = people::link_for(&db, &ada, Kind::Password).await.unwrap();
        people::choose_password(&db, token(&link), GOOD).await.unwrap();
        assert!(open().await.is_empty());
    })
    .await;
}

/// What a page asks by itself keeps nobody signed in; what a person does does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_left_open_does_not_keep_its_session_alive() {
    let dir = tempfile::tempdir().unwrap();
    let server = tokio::task::block_in_place(|| Tieout { data_dir: dir.path(), url: None }.serve());
    let url = format!("sqlite:{}", dir.path().join("tieout.sqlite").display());
    let db = Db::connect(&url, Vault::of_chance().unwrap()).await.unwrap();
    let asks = |path: &str, accept: &str| tokio::task::block_in_place(|| server.get(path, &[("accept", accept)]).status);
    assert_eq!(asks("/overview", "text/html"), 302, "to the welcome page");
    let seen = async || sql("SELECT MAX(seen_at) FROM sessions").one::<(i64,)>(&db).await.unwrap().0;
    let before = now_ms() - 10 * 60_000;
    sql("UPDATE sessions SET seen_at = $1").bind(before).execute(&db).await.unwrap();
    assert_eq!((asks("/api/changes?cursor=0", "*/*"), asks("/settings/companies", "*/*")), (200, 200));
    assert_eq!(seen().await, before);
    assert_eq!(asks("/settings/companies", "text/html"), 200);
    assert!(seen().await > before);
    sql("UPDATE sessions SET seen_at = $1").bind(now_ms() - people::IDLE_MS).execute(&db).await.unwrap();
    assert_eq!(asks("/api/changes?cursor=0", "*/*"), 401);
}

/// A search looks through so many entries at a time and says where to go on; a download goes on by itself.
#[tokio::test]
async fn the_audit_log_is_searched_piece_by_piece() {
    on_each_database(|db| async move {
        let mut tx = db.begin().await.unwrap();
        for n in 0..10_050 {
            let person = if n % 5_000 == 5 { "Ada Albion" } else { "Lee Lane" };
            let entry =
                Entry { at: n / 3, person: person.into(), act: "sync".into(), outcome: "done".into(), ..Entry::default() };
            audit::append(&mut tx, &entry).await.unwrap();
        }
        tx.commit().await.unwrap();
        let page = async |text: &str, before: &str| audit_log::page(&db, text, before).await.unwrap();
        let (newest, next) = page("", "").await;
        assert_eq!((newest.len(), newest[0].at.ms), (100, 10_049 / 3));
        let (older, _) = page("", &next.unwrap()).await;
        assert!(older[0].at.ms <= newest[99].at.ms);
        let (found, next) = page("ada", "").await;
        assert_eq!(found.iter().map(|entry| entry.at.ms).collect::<Vec<_>>(), [10_005 / 3, 5_005 / 3], "of the newest 10,000");
        let (found, next) = page("ada", &next.unwrap()).await;
        assert_eq!((found[0].at.ms, found.len(), next), (5 / 3, 1, None));
        let mut download = audit_log::Download::begin(&db, "ada");
        let mut csv = Vec::new();
        while let Some(part) = download.part().await.unwrap() {
            csv.extend(part);
        }
        assert_eq!(String::from_utf8(csv).unwrap().lines().count(), 4, "a header and three entries");
        assert!(matches!(audit_log::page(&db, "", "nowhere").await, Err(ServiceError::Invalid(_))));
    })
    .await;
}
