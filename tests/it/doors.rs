//! Every way in: each server function and each route there is, tried by nobody, by somebody with too small a role, and by
//! somebody who does not see the company. A new function fails here until it is written down who may use it.

use crate::harness::process::{Answer, Server, Tieout};
use leptos::server_fn::axum::server_fn_paths;
use std::collections::BTreeMap;
use tieout::domain::person::Role;

/// What a function is about.
#[derive(Clone, Copy, PartialEq, Debug)]
enum About {
    /// One company, named by its code.
    Company,
    /// The group as a whole: only for those who see all of it.
    Group,
    /// Whatever whoever asks may see.
    Seen,
    /// Whoever asks.
    Oneself,
}
use About::{Company, Group, Oneself, Seen};
use Role::{Accountant, Administrator, Manager, Viewer};

/// Who may use which function, and what it is about.
const WHO_MAY: [(&str, Role, About); 79] = [
    ("connect-xero", Manager, Company),
    ("connect-xero-custom", Manager, Company),
    ("connect-tryton", Manager, Company),
    ("check-access", Manager, Company),
    ("cancel-access", Manager, Company),
    ("choose-organisation", Manager, Company),
    ("probe", Manager, Company),
    ("pause", Manager, Company),
    ("resume", Manager, Company),
    ("pause-everything", Manager, Group),
    ("resume-everything", Manager, Group),
    ("sync-from", Manager, Company),
    ("company-imports", Viewer, Company),
    ("choose-company", Viewer, Seen),
    ("company-integration", Viewer, Company),
    ("connect-practice", Manager, Company),
    ("disconnect", Manager, Company),
    ("reconnect", Manager, Company),
    ("set-schedule", Manager, Company),
    ("company-messages", Viewer, Company),
    ("company-message", Viewer, Company),
    ("company-onboarding", Viewer, Company),
    ("save-matches", Manager, Company),
    ("save-contact-matches", Manager, Company),
    ("confirm-onboarding", Manager, Company),
    ("read-lists", Manager, Company),
    ("overview", Viewer, Seen),
    ("changes", Viewer, Seen),
    ("quick-links", Viewer, Seen),
    ("sign-out", Viewer, Oneself),
    ("me", Viewer, Oneself),
    ("account", Viewer, Oneself),
    ("change-password", Viewer, Oneself),
    ("end-session", Viewer, Oneself),
    ("end-other-sessions", Viewer, Oneself),
    ("people", Administrator, Group),
    ("person", Administrator, Group),
    ("audit", Administrator, Group),
    ("invite", Administrator, Group),
    ("link-for-person", Administrator, Group),
    ("change-person", Administrator, Group),
    ("disable-person", Administrator, Group),
    ("enable-person", Administrator, Group),
    ("end-sessions-of", Administrator, Group),
    ("practice-account", Manager, Company),
    ("practice-tax-rate", Manager, Company),
    ("practice-contact", Manager, Company),
    ("practice-lock", Manager, Company),
    ("practice-revoke", Manager, Company),
    ("practice-offline", Manager, Company),
    ("practice-delay", Manager, Company),
    ("practice-rate-limit", Manager, Company),
    ("practice-payment", Manager, Company),
    ("practice-void", Manager, Company),
    ("practice-reference", Manager, Company),
    ("company-record", Viewer, Company),
    ("edit-document", Accountant, Company),
    ("replace-in-document", Accountant, Company),
    ("edit-contact", Accountant, Company),
    ("apply-credit", Accountant, Company),
    ("take-payment-back", Accountant, Company),
    ("retry-records", Accountant, Company),
    ("unlink-records", Accountant, Company),
    ("company-unlink", Viewer, Company),
    ("link-records", Accountant, Company),
    ("undo-action", Accountant, Company),
    ("set-aside", Accountant, Company),
    ("take-up", Accountant, Company),
    ("decide-conflict", Accountant, Company),
    ("remap", Accountant, Company),
    ("company-results", Viewer, Company),
    ("company-run", Viewer, Company),
    ("integrations", Viewer, Seen),
    ("lost", Viewer, Seen),
    ("companies", Viewer, Seen),
    ("company-settings", Viewer, Company),
    ("edit-company", Manager, Company),
    ("archive-company", Manager, Company),
    ("restore-company", Manager, Company),
];
const MORE: [(&str, Role, About); 14] = [
    ("make-token", Viewer, Oneself),
    ("take-token-back", Viewer, Oneself),
    ("take-token-back-of", Administrator, Group),
    ("company-import", Manager, Group),
    ("explore-practice", Administrator, Group),
    ("start-empty", Administrator, Group),
    ("add-company", Manager, Group),
    ("start-sync", Accountant, Seen),
    ("begin-second-factor", Viewer, Oneself),
    ("cancel-second-factor", Viewer, Oneself),
    ("confirm-second-factor", Viewer, Oneself),
    ("remove-second-factor", Viewer, Oneself),
    ("remove-second-factor-of", Administrator, Group),
    ("forget-subject", Administrator, Group),
];

/// For whoever comes: they let somebody in.
const OPEN: [&str; 10] = [
    "sign-in",
    "second-factor",
    "set-up",
    "practise",
    "enter",
    "choose-password",
    "look-at-link",
    "forgot-password",
    "begin-oidc",
    "way-out",
];

/// An argument of every name there is: each function takes its own out of these.
pub const ARGUMENTS: &str = "code=AQE&codes%5B0%5D=AQE&id=x&ids%5B0%5D=x&kind=account&entity=invoice&entries%5B0%5D%5Bitem%5D=x\
    &act=save&page=1&shown=x&version=1\
    &edit%5Bnumber%5D=x&edit%5Bcontact%5D=x&edit%5Bissue_date%5D=2026-01-01&edit%5Bdue_date%5D=2026-01-01&lines_page=1\
    &from=x&by=x&name=x&email=x%40example.com&role=viewer&sees=all&companies=&person=x&session=x&old=x&password=x&token=x\
    &client_id=x&client_secret=x&server=x&database=x&user=x&sync_from=2026-01-01&schedule=off&organisation=x&day=2026-01-01&text=x&before=&ledger=\
    &query=&document=x&account=x&tax_rate=x&contact=x&archived=true&until=&offline=false&delay_ms=1&per_minute=1&amount=1\
    &paid_on=2026-01-01&reference=x&whole=&filter=&record=&confirmed=&action=x&note=x&problem=x&decision=keep&number=x\
    &value=x&external_id=x&new_code=&currency=GBP&time_zone=UTC&group=x&cursor=0&company=&address=&country=&to=&days=1";

fn ask(server: &Server, method: &str, endpoint: &str, cookie: Option<&str>) -> Answer {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let (path, body) = match method {
        "GET" => (format!("/api/{endpoint}?{ARGUMENTS}"), ""),
        _ => (format!("/api/{endpoint}"), ARGUMENTS),
    };
    match cookie {
        Some(cookie) => server.ask(method, &path, &[form, ("cookie", cookie)], body.as_bytes()),
        None => server.ask_as_nobody(method, &path, &[form], body.as_bytes()),
    }
}

fn two_companies() -> (tempfile::TempDir, Server) {
    let dir = tempfile::tempdir().unwrap();
    let tieout = Tieout { data_dir: dir.path(), url: None };
    for (name, code) in [("Albion Quay Estates", "AQE"), ("Bramley Court Holdings", "BCH")] {
        assert_eq!(tieout.run(&["company", "add", name, "--code", code]).code, 0);
    }
    let server = tieout.serve();
    (dir, server)
}

fn invited(server: &Server, role: Role, companies: Option<&str>) -> String {
    let email = format!("{}{}@example.com", role.as_str(), companies.unwrap_or_default().to_lowercase());
    let mut arguments = vec!["--name", "Somebody", "--role", role.as_str()];
    arguments.extend(companies.iter().flat_map(|codes| ["--companies", *codes]));
    server.sign_in(&email, &arguments)
}

#[test]
fn every_server_function_says_who_may() {
    let (_dir, server) = two_companies();
    let roles: BTreeMap<Role, String> = Role::ALL.into_iter().map(|role| (role, invited(&server, role, None))).collect();
    let elsewhere = invited(&server, Manager, Some("BCH"));
    let who_may: BTreeMap<&str, (Role, About)> =
        WHO_MAY.iter().chain(&MORE).map(|(endpoint, role, about)| (*endpoint, (*role, *about))).collect();
    let mut seen = 0;
    for (path, method) in server_fn_paths() {
        let (endpoint, method) = (path.strip_prefix("/api/").expect("all are below /api/"), method.as_str());
        if OPEN.contains(&endpoint) {
            continue;
        }
        seen += 1;
        let (least, about) = *who_may.get(endpoint).unwrap_or_else(|| panic!("{endpoint}: write down who may use it"));
        let answer = ask(&server, method, endpoint, None);
        assert_eq!(answer.status, 401, "{endpoint} by nobody: {}", answer.text());
        for (role, cookie) in roles.range(..least) {
            let answer = ask(&server, method, endpoint, Some(cookie));
            assert_eq!(answer.status, 403, "{endpoint} by {role:?}: {}", answer.text());
        }
        if about == Oneself {
            continue;
        }
        let answer = ask(&server, method, endpoint, Some(&elsewhere));
        match about {
            Company => assert_eq!(answer.status, 404, "{endpoint} about another's company: {}", answer.text()),
            Group => assert_eq!(answer.status, 403, "{endpoint} by one who does not see all: {}", answer.text()),
            Seen => {
                assert_eq!(answer.status, 200, "{endpoint}: {}", answer.text());
                let text = answer.text().replace("\"code\":\"AQE\",\"refused\":\"there is no company with this code.\"", "");
                assert!(!text.contains("AQE") && !text.contains("Albion"), "{endpoint} tells of another's company: {text}");
            }
            Oneself => unreachable!("passed over"),
        }
        // A function that has the role and may not be stopped by anything else is not refused for want of it.
        if !matches!(endpoint, "archive-company" | "disconnect") {
            let answer = ask(&server, method, endpoint, Some(&roles[&least]));
            assert!(
                ![401, 403].contains(&answer.status) && answer.status < 500,
                "{endpoint}: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
    assert_eq!(seen, who_may.len(), "a function that is written down is gone");
}

/// Pages and files: (address, least role, about a company).
const PAGES: [(&str, Role, About); 21] = [
    ("/xero/back?state=AQE.x&code=x", Manager, Company),
    ("/overview", Viewer, Seen),
    ("/import", Viewer, Seen),
    ("/companies/AQE/results", Viewer, Company),
    ("/companies/AQE/records/invoice/x", Viewer, Company),
    ("/companies/AQE/unlink", Viewer, Company),
    ("/companies/AQE/messages", Viewer, Company),
    ("/companies/AQE/messages/x", Viewer, Company),
    ("/companies/AQE/messages.csv", Viewer, Company),
    ("/companies/AQE/messages.ndjson", Viewer, Company),
    ("/companies/AQE/runs/x", Viewer, Company),
    ("/companies/AQE/integration", Viewer, Company),
    ("/companies/AQE/onboarding", Viewer, Company),
    ("/companies/AQE/import", Viewer, Company),
    ("/companies/AQE/settings", Viewer, Company),
    ("/settings/integrations", Viewer, Seen),
    ("/settings/companies", Viewer, Seen),
    ("/settings/people", Administrator, Group),
    ("/settings/people/x", Administrator, Group),
    ("/settings/audit", Administrator, Group),
    ("/settings/audit.csv", Administrator, Group),
];

#[test]
fn every_page_says_who_may() {
    let (_dir, server) = two_companies();
    let viewer = invited(&server, Viewer, None);
    let elsewhere = invited(&server, Manager, Some("BCH"));
    let browser = ("accept", "text/html");
    for (page, least, about) in PAGES {
        let answer = server.ask_as_nobody("GET", page, &[], b"");
        assert_eq!(answer.status, 401, "{page}");
        let answer = server.ask_as_nobody("GET", page, &[browser], b"");
        assert_eq!((answer.status, answer.header("location").starts_with("/sign-in?to=%2F")), (303, true), "{page}");
        if least > Viewer {
            assert_eq!(server.ask("GET", page, &[browser, ("cookie", &viewer)], b"").status, 403, "{page}");
        }
        let answer = server.ask("GET", page, &[browser, ("cookie", &elsewhere)], b"");
        match about {
            Company => assert_eq!(answer.status, 404, "{page}"),
            Group => assert_eq!(answer.status, 403, "{page}"),
            _ => {
                assert_eq!(answer.status, 200, "{page}");
                assert!(!answer.text().contains("AQE") && !answer.text().contains("Albion"), "{page}");
            }
        }
    }
    // Files that are sent.
    let file = [("content-type", "multipart/form-data; boundary=x")];
    for (place, cookie, status) in [
        ("/companies/AQE/import", None, 401),
        ("/companies/AQE/import", Some(&viewer), 403),
        ("/companies/AQE/import", Some(&elsewhere), 404),
        ("/settings/companies/import", None, 401),
        ("/settings/companies/import", Some(&viewer), 403),
        ("/settings/companies/import", Some(&elsewhere), 403),
    ] {
        let answer = match cookie {
            Some(cookie) => server.ask("POST", place, &[file[0], ("cookie", cookie)], b"--x--\r\n"),
            None => server.ask_as_nobody("POST", place, &file, b"--x--\r\n"),
        };
        assert_eq!(answer.status, status, "{place}: {}", answer.text());
    }
    // What accounting software tells is signed; without a key nobody is listened to, whoever they are.
    let administrator = invited(&server, Administrator, None);
    let by_others = [("cookie", administrator.as_str()), ("origin", "https://evil.example"), ("host", "evil.example")];
    for header in by_others.iter().map(Some).chain([None]) {
        let answer = server.ask_as_nobody("POST", "/webhooks/xero", header.map_or(&[], std::slice::from_ref), b"{}");
        assert_eq!((answer.status, answer.text().as_str()), (404, ""), "{header:?}");
    }
}
