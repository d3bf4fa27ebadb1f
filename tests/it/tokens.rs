//! API tokens: what a program may do with one, and what it never may.

use crate::harness::{
    on_each_database,
    process::{Answer, Server, Tieout},
};
use tieout::{
    domain::person::Role,
    server::{
        db::{Db, groups, now_ms, query::sql, sees::Sees},
        services::{
            companies::{self, Wanted as Company},
            error::ServiceError,
            people::{
                self, Wanted,
                tokens::{self, WantedToken},
            },
        },
    },
};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn add(db: &Db, name: &str, code: &str) {
    let wanted = Company { name: name.into(), code: code.into(), currency: "GBP".into(), time_zone: "UTC".into() };
    companies::add(db, &wanted).await.unwrap();
}

fn wanted(role: Role, companies: &[&str]) -> WantedToken {
    WantedToken { name: "Nightly".into(), role, companies: companies.iter().map(|code| (*code).to_owned()).collect(), days: 30 }
}

fn somebody(role: Role, companies: Option<&[&str]>) -> Wanted {
    let companies = companies.map(|codes| codes.iter().map(|code| (*code).to_owned()).collect());
    Wanted { name: "Lee".into(), email: "lee@example.com".into(), role, companies }
}

#[tokio::test]
async fn a_token_never_does_or_sees_more_than_its_person() {
    on_each_database(|db| async move {
        add(&db, "Albion", "AQE").await;
        add(&db, "Bramley", "BCH").await;
        add(&db, "Corran", "CW").await;
        people::invite(&db, &somebody(Role::Accountant, Some(&["AQE", "BCH"]))).await.unwrap();
        let lee = people::named(&db, "lee@example.com").await.unwrap();
        let sees = Sees::of_person(&lee.id);
        let make = async |wanted: &WantedToken| tokens::make(&db, &lee, &sees, wanted).await;
        assert!(matches!(make(&wanted(Role::Manager, &[])).await, Err(ServiceError::Invalid(_))), "a higher role");
        let other = make(&wanted(Role::Viewer, &["CW"])).await;
        let missing = make(&wanted(Role::Viewer, &["NONE"])).await;
        let (Err(ServiceError::Invalid(other)), Err(ServiceError::Invalid(missing))) = (other, missing) else {
            panic!("companies that are not seen are refused")
        };
        assert_eq!(other.replace("CW", "NONE"), missing, "and nothing tells them from those that are not there");
        for days in [0, -1, 367, i64::MAX] {
            let refused = make(&WantedToken { days, ..wanted(Role::Viewer, &[]) }).await;
            assert!(matches!(refused, Err(ServiceError::Invalid(_))), "{days} days");
        }
        assert!(matches!(
            make(&WantedToken { name: " ".into(), ..wanted(Role::Viewer, &[]) }).await,
            Err(ServiceError::Invalid(_))
        ));

        let held = make(&wanted(Role::Accountant, &["AQE", "BCH", "aqe"])).await.unwrap();
        assert!(held.starts_with("tieout_") && held.len() > 40);
        let kept: Vec<(String,)> = sql("SELECT hash FROM api_tokens").all(&db).await.unwrap();
        assert!(kept.iter().all(|(hash,)| !held.contains(hash)), "what is kept opens nothing");
        let token = tokens::find(&db, &held, "192.0.2.7").await.unwrap().unwrap();
        assert!(tokens::find(&db, &held[..held.len() - 1], "192.0.2.7").await.unwrap().is_none());
        assert!(tokens::find(&db, "", "192.0.2.7").await.unwrap().is_none());

        // What is taken from the person is taken from the token.
        people::change(&db, &lee.id, &somebody(Role::Viewer, Some(&["BCH", "CW"]))).await.unwrap();
        let lee = people::named(&db, "lee@example.com").await.unwrap();
        let listed = tokens::listed(&db, &lee).await.unwrap();
        assert_eq!((listed[0].role, listed[0].companies.clone()), (Role::Viewer, vec!["BCH".to_owned()]));
        assert_eq!(listed[0].used_from, "192.0.2.7");

        // Its time over, it is gone.
        sql("UPDATE api_tokens SET expires_at = $1").bind(now_ms() - 1).execute(&db).await.unwrap();
        assert!(tokens::find(&db, &held, "192.0.2.7").await.unwrap().is_none());
        people::tidy(&db).await.unwrap();
        let (left,): (i64,) = sql("SELECT COUNT(*) FROM token_companies").one(&db).await.unwrap();
        assert_eq!((left, tokens::listed(&db, &lee).await.unwrap().len()), (0, 0));
        assert!(matches!(tokens::take_back(&db, &lee.id, &token.id).await, Err(ServiceError::NotFound(_))));
    })
    .await;
}

#[tokio::test]
async fn the_companies_of_a_token_are_the_only_ones_counted_and_listed() {
    on_each_database(|db| async move {
        add(&db, "Albion", "AQE").await;
        add(&db, "Bramley", "BCH").await;
        people::invite(&db, &somebody(Role::Manager, None)).await.unwrap();
        let lee = people::named(&db, "lee@example.com").await.unwrap();
        let held = tokens::make(&db, &lee, &Sees::Everything, &wanted(Role::Viewer, &["BCH"])).await.unwrap();
        let token = tokens::find(&db, &held, "").await.unwrap().unwrap();
        let sees = Sees::Chosen(tieout::server::db::sees::Choice::Token(token.id));
        assert_eq!(companies::listed(&db, &sees, "", false, 1).await.unwrap().total, 1);
        let (group_id, _) = groups::current(&db).await.unwrap().unwrap();
        let seen = tieout::server::db::sees::Seen { group_id, sees };
        let counts = tieout::server::db::status::counts(&db, &seen).await.unwrap();
        assert_eq!(counts.iter().map(|(_, _, n)| n).sum::<i64>(), 1);
    })
    .await;
}

fn with(server: &Server, held: &str, method: &str, path: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {held}");
    server.ask_as_nobody(method, path, &[FORM, ("authorization", &bearer)], body.as_bytes())
}

/// Through the server: a token opens functions and exports within its role and companies, never the account, and not once it
/// is taken back.
#[test]
fn a_program_uses_one() {
    let dir = tempfile::tempdir().unwrap();
    let tieout = Tieout { data_dir: dir.path(), url: None };
    for (name, code) in [("Albion Quay Estates", "AQE"), ("Bramley Court Holdings", "BCH")] {
        assert_eq!(tieout.run(&["company", "add", name, "--code", code]).code, 0);
    }
    let server = tieout.serve();
    let make = |body: &str| {
        let answer = server.ask("POST", "/api/make-token", &[FORM], body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_str::<String>(&answer.text()).unwrap()
    };
    let held = make("name=Nightly&role=accountant&companies=BCH&days=30");
    let overview = with(&server, &held, "GET", "/api/companies", "");
    assert_eq!(overview.status, 200);
    assert!(overview.text().contains("BCH") && !overview.text().contains("AQE"), "{}", overview.text());
    assert_eq!(with(&server, &held, "GET", "/companies/BCH/messages.csv", "").status, 200);
    assert_eq!(with(&server, &held, "GET", "/companies/AQE/messages.csv", "").status, 404);
    assert_eq!(with(&server, &held, "POST", "/api/pause", "code=BCH").status, 403, "an accountant's token");
    assert_eq!(with(&server, &held, "POST", "/api/pause-everything", "").status, 403);
    let me = with(&server, &held, "GET", "/api/me", "");
    assert!(me.text().contains("\"accountant\"") && me.text().contains("\"sees_all\":false"), "{}", me.text());

    // Its person's account is the person's business, whatever the role.
    let administrators = make("name=All&role=administrator&companies=&days=1");
    assert_eq!(with(&server, &administrators, "GET", "/api/people", "").status, 200);
    for (method, path) in [
        ("GET", "/api/account"),
        ("POST", "/api/make-token"),
        ("POST", "/api/take-token-back"),
        ("POST", "/api/change-password"),
        ("POST", "/api/begin-second-factor"),
        ("POST", "/api/end-other-sessions"),
        ("POST", "/api/sign-out"),
    ] {
        let answer = with(&server, &administrators, method, path, "name=x&role=viewer&days=1&token=x&password=x");
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
    }
    // One that is not known opens nothing, a session beside it or not.
    let bearer = ("authorization", "Bearer tieout_x");
    assert_eq!(server.ask("GET", "/api/me", &[bearer], b"").status, 401);
    assert_eq!(server.ask("GET", "/api/me", &[("authorization", "Basic eDp5")], b"").status, 200, "a proxy's own");

    let log = server.get("/api/audit?text=pause", &[]).text();
    assert!(log.contains("by the token “Nightly”") && log.contains("\"refused\":true"), "{log}");
    assert!(!log.contains(&held));
    let account: serde_json::Value = serde_json::from_str(&server.get("/api/account", &[]).text()).unwrap();
    let id = account["tokens"][1]["id"].as_str().unwrap();
    assert_eq!(
        (account["tokens"][1]["name"].as_str(), account["tokens"][1]["used_from"].as_str()),
        (Some("Nightly"), Some("127.0.0.1"))
    );
    assert_eq!(server.ask("POST", "/api/take-token-back", &[FORM], format!("token={id}").as_bytes()).status, 200);
    assert_eq!(with(&server, &held, "GET", "/api/companies", "").status, 401);
}
