//! The contract of a connector, kept by the practice ledger on both databases: each rule, each error, each promise.

mod access;
mod batches;
mod contacts;
mod documents;
mod panel;
mod payments;
mod reading;

use std::collections::HashMap;
use tieout::domain::document::{DocumentKind, Line};
use tieout::server::connectors::{
    Connector, ConnectorError, ContactContent, Content, Dataset, DocumentContent, PaymentContent, PushItem, PushOutcome,
    practice::{PracticeConnector, open_ledger},
};
use tieout::server::db::{Db, new_id};

const INCOME_20: &str = "20% (VAT on Income)";
const ZERO_RATED: &str = "Zero Rated Income";

/// A new ledger, a client of it, and the ids of what its lines may use.
pub struct Practice {
    ledger_id: String,
    connector: PracticeConnector,
    accounts: HashMap<String, String>,
    rates: HashMap<String, String>,
    tracking: HashMap<String, String>,
}

impl Practice {
    pub async fn open(db: Db) -> Practice {
        let (ledger_id, access_key) = open_ledger(&db, "Albion Quay Estates", "GBP").await.unwrap();
        let connector = PracticeConnector::new(db, &ledger_id, access_key);
        let [accounts, rates, tracking] = [Dataset::Accounts, Dataset::TaxRates, Dataset::Tracking].map(async |dataset| {
            let items = connector.reference(dataset).await.unwrap();
            items.into_iter().map(|item| (item.code, item.external_id)).collect::<HashMap<_, _>>()
        });
        let (accounts, rates, tracking) = (accounts.await, rates.await, tracking.await);
        Practice { ledger_id, connector, accounts, rates, tracking }
    }

    /// One line on account 200: so many at so much, in pounds, with 20 % VAT.
    fn line(&self, quantity: i64, pounds: i64) -> Line {
        Line {
            description: "Rent".into(),
            quantity_e4: quantity * 10_000,
            unit_amount_e4: pounds * 10_000,
            account_code: self.accounts["200"].clone(),
            tax_type: self.rates[INCOME_20].clone(),
            ..Line::default()
        }
    }

    /// 2 at £50 plus VAT: £120 in all, below zero for a credit note.
    fn document(&self, kind: DocumentKind, number: &str, contact_id: &str) -> DocumentContent {
        let quantity = if kind.is_credit_note() { -2 } else { 2 };
        let mut line = self.line(quantity, 50);
        if matches!(kind, DocumentKind::Bill | DocumentKind::BillCreditNote) {
            line.account_code = self.accounts["469"].clone();
            line.tax_type = self.rates["20% (VAT on Expenses)"].clone();
        }
        DocumentContent {
            kind,
            number: number.into(),
            contact_id: contact_id.into(),
            reference: String::new(),
            issue_date: "2010-12-01".into(),
            due_date: "2010-12-31".into(),
            currency: "GBP".into(),
            voided: false,
            lines: vec![line],
        }
    }

    fn invoice(&self, number: &str, contact_id: &str) -> DocumentContent {
        self.document(DocumentKind::SalesInvoice, number, contact_id)
    }

    async fn add_contact(&self, name: &str) -> String {
        self.create(contact(name)).await.unwrap()
    }

    async fn add(&self, document: DocumentContent) -> PushOutcome {
        self.create(Content::Document(document)).await
    }

    async fn change(&self, id: &str, document: DocumentContent) -> PushOutcome {
        self.push_one(item(Some(id), Content::Document(document))).await
    }

    async fn pay(&self, document_id: &str, amount: i64) -> PushOutcome {
        self.create(payment(document_id, amount)).await
    }

    async fn create(&self, content: Content) -> PushOutcome {
        self.push_one(item(None, content)).await
    }

    async fn push_one(&self, item: PushItem) -> PushOutcome {
        let mut outcomes = self.connector.push(&[item]).await?;
        assert_eq!(outcomes.len(), 1);
        outcomes.remove(0)
    }

    /// All pages of a dataset.
    async fn pull_all(&self, dataset: Dataset) -> Vec<tieout::server::connectors::External> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = self.connector.pull(dataset, cursor.as_deref()).await.unwrap();
            all.extend(page.items);
            cursor = Some(page.cursor);
            if !page.more {
                return all;
            }
        }
    }

    /// The one document of a dataset, as the ledger tells it.
    async fn only_document(&self, dataset: Dataset) -> (DocumentContent, i64) {
        let all = self.pull_all(dataset).await;
        assert_eq!(all.len(), 1);
        match all[0].content.clone() {
            Content::Document(document) => (document, all[0].outstanding),
            other => panic!("{other:?} is no document"),
        }
    }
}

fn contact(name: &str) -> Content {
    Content::Contact(ContactContent { name: name.into(), ..ContactContent::default() })
}

fn payment(document_id: &str, amount: i64) -> Content {
    Content::Payment(PaymentContent {
        document_id: document_id.into(),
        paid_on: "2010-12-15".into(),
        amount,
        reference: "BACS".into(),
        ..PaymentContent::default()
    })
}

fn item(external_id: Option<&str>, content: Content) -> PushItem {
    PushItem { external_id: external_id.map(Into::into), idempotency_key: new_id(), content }
}

/// Code and field of a refused record. A refusal is always about the record.
fn refusal(outcome: PushOutcome) -> (String, Option<String>) {
    let error = outcome.expect_err("the ledger refuses it");
    assert!(error.is_about_the_record(), "{error:?}");
    match error {
        ConnectorError::Validation { code, field, .. } => (code, field),
        ConnectorError::Conflict { code, .. } => (code, None),
        other => panic!("{other:?}"),
    }
}

fn code(outcome: PushOutcome) -> String {
    refusal(outcome).0
}
