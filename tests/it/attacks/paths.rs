//! Addresses that lead out of where they should: to files of the machine, to other companies, to nowhere.

use super::{Target, assert_unchanged};
use crate::harness::wire::Wire;

/// Ways up, written in every way that something on the way might undo.
const WAYS_UP: [&str; 17] = [
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "..\\",
    "..%5c",
    "%2e%2e%5c",
    "%252e%252e%252f",
    "..%252f",
    "..%c0%af",
    "%c0%ae%c0%ae/",
    "..%ef%bc%8f",
    "....//",
    "..;/",
    "../.%00/",
    "./../",
    "/%2e%2e//",
];

/// What somebody would want to read.
const WANTED: [&str; 5] = ["etc/passwd", "tieout.sqlite", "tieout.toml", "secret.key", "Cargo.toml"];

/// Where an address could begin.
const FROM: [&str; 10] = [
    "/",
    "/pkg/",
    "/companies/",
    "/companies/AQE/messages/",
    "/companies/AQE/runs/",
    "/companies/AQE/records/invoice/",
    "/companies/AQE/import?id=",
    "/settings/people/",
    "/settings/companies/import?id=",
    "/api/company-imports?code=AQE&id=",
];

fn addresses() -> Vec<String> {
    let mut addresses = Vec::new();
    for from in FROM {
        for (place, way) in WAYS_UP.iter().enumerate() {
            addresses.push(format!("{from}{}{}", way.repeat(8), WANTED[place % WANTED.len()]));
        }
        for wanted in WANTED {
            addresses.extend(["/", "file:///", "%2f", "//", "\\"].map(|root| format!("{from}{root}{wanted}")));
        }
        let long = "a/".repeat(15_000);
        addresses.extend(
            ["%00", "%00.css", "%", "%zz", "%ff%fe", "%0d%0ax:y", "~", "*", ".git/config", ".env", &long]
                .map(|end| format!("{from}{end}")),
        );
    }
    for code in ["%2e%2e", "AQE%00", "AQE%2f..%2fBCH", "..%2fBCH", "%27%20OR%201=1--", "%25", "_", "A_E", &"A".repeat(5_000)] {
        let pages = ["results", "messages", "messages.csv", "messages.ndjson", "integration", "settings", "import", "unlink"];
        addresses.extend(pages.map(|page| format!("/companies/{code}/{page}")));
    }
    addresses
}

#[test]
fn no_address_leads_to_a_file_of_the_machine() {
    let mut target = Target::new();
    let before = target.kept();
    let mut wire = Wire::to(&target.server);
    let pages = ["accept", "text/html"];
    for address in addresses() {
        for cookie in ["", &target.administrator, &target.elsewhere] {
            let answer = wire.ask("GET", &address, &[(pages[0], pages[1]), ("cookie", cookie)], b"");
            assert!(answer.status < 500, "{address}: {} {}", answer.status, answer.text());
            target.tells_nothing(&address, &answer);
            let text = answer.text();
            for word in ["SQLite format 3", "root:x:", "[package]", "secret_key", "# Settings"] {
                assert!(!text.contains(word), "{address} leads to {word}");
            }
            if cookie != target.administrator {
                target.tells_nothing_elsewhere(&address, &answer);
            }
            let place = answer.header("location");
            assert!(place.is_empty() || place.starts_with('/') && !place.starts_with("//"), "{address} leads to {place}");
        }
    }
    assert_unchanged(&before, &target.kept());
    target.stands();
}

/// What belongs to one company is not found below another's address, by those who see only that one.
#[test]
fn no_id_opens_another_companys_records() {
    let mut target = Target::new();
    let kept = target.kept();
    let ids = |table: &str| -> Vec<String> {
        let of = |row: &String| row.split('\'').nth(1).map(str::to_owned);
        kept[table].iter().filter_map(of).collect()
    };
    let mut wire = Wire::to(&target.server);
    let mut tried = 0;
    for (table, addresses) in [
        ("documents", ["/companies/BCH/records/invoice/{}", "/api/company-record?code=BCH&entity=invoice&query=&id={}"]),
        ("contacts", ["/companies/BCH/records/contact/{}", "/api/company-record?code=BCH&entity=contact&query=&id={}"]),
        ("messages", ["/companies/BCH/messages/{}", "/api/company-message?code=BCH&id={}"]),
        ("runs", ["/companies/BCH/runs/{}", "/api/company-run?code=BCH&id={}"]),
        ("imports", ["/companies/BCH/import?id={}", "/api/company-imports?code=BCH&id={}"]),
    ] {
        for id in ids(table) {
            for address in addresses {
                let address = address.replace("{}", &id);
                for cookie in [&target.elsewhere, &target.administrator] {
                    let answer = wire.ask("GET", &address, &[("accept", "text/html"), ("cookie", cookie)], b"");
                    assert!(answer.status == 404 || table == "imports" && answer.status < 500, "{address}: {}", answer.status);
                    let told = answer.text();
                    assert!(!told.contains(super::HIDDEN[1]) && !told.contains("sales.csv"), "{address}: {told}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 20, "there was something to find: {tried}");
    target.stands();
}
