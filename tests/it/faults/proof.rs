//! What has to be true in the end.

use super::{Pair, World};
use crate::harness::xero::orders::Held;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tieout::{
    domain::{document::Line, status::SyncStatus},
    server::db::{query::sql, status},
};

/// A document as both sides can be asked for it, amounts in minor units.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    number: String,
    contact: String,
    reference: String,
    issued: String,
    gross: i64,
    /// Description, account and net of each line.
    lines: Vec<(String, String, i64)>,
}

impl World {
    pub(super) fn prove(&self) {
        self.runtime.block_on(async {
            assert_eq!(status::check(&self.db).await.unwrap(), Vec::<String>::new());
            for pair in &self.companies {
                pair.prove().await;
            }
        });
    }
}

impl Pair {
    pub async fn prove(&self) {
        let stored = self.books.stored().await;
        assert_eq!(stored.status(), SyncStatus::Synced, "{stored:?} {:?}", self.runs().await);
        assert_eq!(self.there.violations(), Vec::<String>::new(), "what we send is what Xero's API has");
        self.is_the_same_once().await;
        self.is_kept().await;
        for found in self.books.tie_out().await {
            assert!(found.in_balance(), "{found:?}");
        }
        let unsettled = "SELECT count(*) FROM links WHERE intent_key IS NOT NULL AND state = 'linked'";
        assert_eq!(self.books.number(unsettled).await, 0, "every outcome is known");
    }

    /// Every linked document is there once and says the same, and nothing is there that nobody meant.
    async fn is_the_same_once(&self) {
        let held = self.there.held();
        let documents: Vec<&Value> = held.invoices.iter().chain(&held.credit_notes).collect();
        let living = |one: &&&Value| !matches!(one["Status"].as_str(), Some("VOIDED" | "DELETED"));
        let mut numbers = BTreeSet::new();
        for one in documents.iter().filter(living) {
            assert!(numbers.insert((one["Type"].to_string(), number(one))), "{} is there twice", number(one));
        }
        let by_id: BTreeMap<&str, &Value> = documents.iter().map(|one| (external_id(one), *one)).collect();
        let links: Vec<(String, Option<String>, String)> = sql("SELECT local_id, external_id, state FROM links
            WHERE company_id = $1 AND entity IN ('invoice', 'credit_note')")
        .bind(&self.books.company.id)
        .all(&self.books.db)
        .await
        .unwrap();
        for (local_id, external_id, _) in links.iter().filter(|(.., state)| state == "linked") {
            let there = external_id.as_deref().and_then(|id| by_id.get(id));
            let there = there.unwrap_or_else(|| panic!("{local_id} is linked to {external_id:?}, which is not there"));
            let (ours, state) = self.ours(local_id).await;
            match state.as_str() {
                "void" => assert!(!living(&there), "{ours:?} is void here"),
                _ => assert_eq!(theirs(there), ours),
            }
        }
        let known: BTreeSet<&str> = links.iter().filter_map(|(_, external_id, _)| external_id.as_deref()).collect();
        for one in documents.iter().filter(living) {
            assert!(known.contains(external_id(one)), "{} is there, and nobody here knows of it", number(one));
        }
    }

    async fn ours(&self, id: &str) -> (Shown, String) {
        let (number, contact, reference, issued, gross, state): (String, String, String, String, i64, String) =
            sql("SELECT d.number, c.name, d.reference, d.issue_date, d.gross, d.state FROM documents d
                JOIN contacts c ON c.id = d.contact_id WHERE d.id = $1")
            .bind(id)
            .one(&self.books.db)
            .await
            .unwrap();
        let lines = sql("SELECT description, account_code, net FROM document_lines WHERE document_id = $1 ORDER BY position");
        let lines = lines.bind(id).all(&self.books.db).await.unwrap();
        (Shown { number, contact, reference, issued, gross, lines }, state)
    }

    /// Nothing that people were told is stored is missing: as it is now, or as a version before.
    async fn is_kept(&self) {
        let versions: Vec<(String, String, String)> = sql("SELECT d.id, d.number, v.content FROM documents d
            JOIN document_versions v ON v.document_id = d.id WHERE d.company_id = $1")
        .bind(&self.books.company.id)
        .all(&self.books.db)
        .await
        .unwrap();
        let versions: Vec<(String, String, Value)> =
            versions.into_iter().map(|(id, number, text)| (id, number, serde_json::from_str(&text).unwrap())).collect();
        for (number, gross) in &self.stored {
            let is_it = |(_, one, content): &(String, String, Value)| one == number && gross_of(content) == *gross;
            assert!(versions.iter().any(is_it), "{number} of {gross} was stored");
        }
        for (id, reference) in &self.edited {
            let is_it = |(one, _, content): &(String, String, Value)| one == id && content["reference"] == reference.as_str();
            assert!(versions.iter().any(is_it), "{reference} of {id} was saved");
        }
        for payment in &self.paid {
            let found = sql("SELECT count(*) FROM payments WHERE id = $1").bind(payment).one::<(i64,)>(&self.books.db).await;
            assert_eq!(found.unwrap().0, 1, "a payment noted here");
        }
        for (id, linked) in self.linked.iter().filter(|(_, linked)| !**linked) {
            let state =
                sql("SELECT state FROM links WHERE local_id = $1").bind(id).one::<(String,)>(&self.books.db).await.unwrap().0;
            assert_eq!(state == "linked", *linked, "{id} was left out");
        }
    }
}

/// What a version's lines come to.
fn gross_of(content: &Value) -> i64 {
    let lines: Vec<Line> = serde_json::from_value(content["lines"].clone()).unwrap();
    tieout::domain::document::Totals::of(&lines).gross
}

fn external_id(one: &Value) -> &str {
    one["InvoiceID"].as_str().or(one["CreditNoteID"].as_str()).expect("an id")
}

/// Id, number and gross in minor units of every document, by their numbers.
pub fn headers(held: &Held) -> Vec<(String, String, i64)> {
    let documents = held.invoices.iter().chain(&held.credit_notes);
    let mut all: Vec<_> = documents.map(|one| (external_id(one).to_owned(), number(one), theirs(one).gross)).collect();
    all.sort_by(|one, other| one.1.cmp(&other.1));
    all
}

fn number(one: &Value) -> String {
    one["InvoiceNumber"].as_str().or(one["CreditNoteNumber"].as_str()).expect("a number").to_owned()
}

/// Xero's amounts are positive on credit notes, ours are not.
fn theirs(one: &Value) -> Shown {
    let sign = if one["CreditNoteID"].is_string() { -1 } else { 1 };
    let minor = |value: &Value| sign * (value.as_f64().expect("an amount") * 100.0).round() as i64;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines = one["LineItems"].as_array().expect("lines");
    let lines = lines.iter().map(|line| (text(&line["Description"]), text(&line["AccountCode"]), minor(&line["LineAmount"])));
    Shown {
        number: number(one),
        contact: text(&one["Contact"]["Name"]),
        reference: text(&one["Reference"]),
        issued: text(&one["DateString"]).chars().take(10).collect(),
        gross: minor(&one["Total"]),
        lines: lines.collect(),
    }
}
