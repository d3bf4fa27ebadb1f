//! The real sales files, each synced to Xero, read back and compared to the penny: every document, every line.

use super::whole::Stage;
use crate::harness::{
    one_database, real_files,
    xero::{Setup, setup::TrackingOption},
};
use serde_json::Value;
use std::collections::HashMap;
use tieout::{
    domain::{document::Line, status::SyncStatus},
    server::{
        connectors::{self, Connector, Content, Dataset, DocumentContent},
        db::{connections, query::sql},
        services::import,
    },
};

/// File, invoices and their net amount, credit notes and theirs: from the files' own description.
const FILES: [(&str, usize, i64, usize, i64); 5] = [
    ("albion-quay-estates", 164, 5_480_305, 32, -125_739),
    ("bramley-court-holdings", 164, 9_308_996, 39, -168_281),
    ("castle-street-property-trust", 201, 5_653_475, 39, -300_565),
    ("dockside-retail-parks", 142, 4_527_105, 41, -323_552),
    ("eastgate-commercial", 151, 5_289_036, 35, -95_896),
];

/// Where their customers are, beside those every organisation here has.
const REGIONS: [&str; 13] = [
    "Australia",
    "Austria",
    "Bahrain",
    "Belgium",
    "Channel Islands",
    "Cyprus",
    "Denmark",
    "Israel",
    "Italy",
    "Lithuania",
    "Portugal",
    "Spain",
    "Switzerland",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_real_files_go_to_xero_and_come_back_to_the_penny() {
    let Some(folder) = real_files() else { return };
    let database = one_database().await;
    for (name, invoices, net, notes, credited) in FILES {
        let mut setup = Setup::named(name);
        let more = REGIONS.map(|name| TrackingOption { id: String::new(), name: name.into(), is_archived: false });
        setup.tracking[0].options.extend(more);
        // Some of the items are kept there, and most are not.
        setup.items = ["85123A", "22423", "22910"].map(str::to_owned).into();
        let stage = Stage::open_in(&database.db, &setup, "").await;
        let file = std::fs::read(folder.join(format!("{name}.csv"))).unwrap();
        import::run(&stage.db, &stage.company, "sales.csv", file, "test").await.unwrap();
        assert_eq!(
            (stage.work().await, stage.sync().await),
            (SyncStatus::Synced, SyncStatus::Synced),
            "{:?}",
            stage.problems().await
        );

        let held = stage.there.held();
        let sum = |records: &[Value]| records.iter().map(|one| pence(&one["SubTotal"])).sum::<i64>();
        assert_eq!((held.invoices.len(), sum(&held.invoices)), (invoices, net), "{name}");
        assert_eq!((held.credit_notes.len(), -sum(&held.credit_notes)), (notes, credited), "{name}");
        stage.assert_in_balance().await;

        let connection = connections::of_company(&stage.db, &stage.company.id).await.unwrap().unwrap();
        let connector = connectors::open(&stage.db, &connection).await.unwrap();
        let mut there = HashMap::new();
        for dataset in [Dataset::Invoices, Dataset::CreditNotes] {
            for document in all(connector.as_ref(), dataset).await {
                assert!(there.insert(document.number.clone(), document).is_none());
            }
        }
        let here = here(&stage).await;
        assert_eq!((here.len(), there.len()), (invoices + notes, invoices + notes), "{name}");
        for (number, lines) in &here {
            assert_eq!(&there[number].lines, lines, "{name}: {number}");
        }
        // Nothing is left to be done.
        assert_eq!((stage.sync().await, stage.moved().await), (SyncStatus::Synced, 0), "{name}");
        assert_eq!(stage.there.violations(), Vec::<String>::new());
    }
}

fn pence(amount: &Value) -> i64 {
    (amount.as_f64().expect("an amount") * 100.0).round() as i64
}

async fn all(connector: &dyn Connector, dataset: Dataset) -> Vec<DocumentContent> {
    let (mut cursor, mut found) = (None, Vec::new());
    loop {
        let page = connector.pull(dataset, cursor.as_deref()).await.unwrap();
        found.extend(page.items.into_iter().filter_map(|item| match item.content {
            Content::Document(document) => Some(document),
            _ => None,
        }));
        if !page.more {
            return found;
        }
        cursor = Some(page.cursor);
    }
}

/// The lines of every document here, by its number.
async fn here(stage: &Stage) -> HashMap<String, Vec<Line>> {
    type Row = (String, String, String, i64, i64, i64, String, String, String, i64, i64);
    let rows: Vec<Row> = sql("SELECT d.number, l.item_code, l.description, l.quantity_e4, l.unit_amount_e4, l.discount_e4,
            l.account_code, l.tax_type, l.tracking, l.net, l.tax
        FROM documents d JOIN document_lines l ON l.document_id = d.id WHERE d.company_id = $1 ORDER BY d.id, l.position")
    .bind(&stage.company.id)
    .all(&stage.db)
    .await
    .unwrap();
    let mut here = HashMap::<String, Vec<Line>>::new();
    for (number, item_code, description, quantity_e4, unit_amount_e4, discount_e4, account_code, tax_type, tracking, net, tax) in
        rows
    {
        let line =
            Line { item_code, description, quantity_e4, unit_amount_e4, discount_e4, account_code, tax_type, tracking, net, tax };
        here.entry(number).or_default().push(line);
    }
    here
}
