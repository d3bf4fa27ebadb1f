//! Documents: every rule of their head and their lines, and the arithmetic.

use super::{INCOME_20, Practice, ZERO_RATED, code, refusal};
use crate::harness::on_each_database;
use tieout::domain::document::{DocumentKind, Line, Totals};
use tieout::server::connectors::{Connector, ConnectorError, Dataset, DocumentContent, practice::panel};
use tieout::server::db::query::sql;

#[tokio::test]
async fn the_ledger_works_out_net_and_tax_itself() {
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let ann = practice.add_contact("Ann").await;
        let mut sent = practice.invoice("536367", &ann);
        sent.lines = vec![practice.line(32, 0), practice.line(3, 100)];
        sent.lines[0].unit_amount_e4 = 16_900;
        sent.lines[0].tracking = practice.tracking["Region: United Kingdom"].clone();
        sent.lines[1].discount_e4 = 100_000;
        sent.lines[1].tax_type = practice.rates[ZERO_RATED].clone();
        // What the sender worked out is not asked for.
        sent.lines[0].net = 1;
        practice.add(sent.clone()).await.unwrap();

        let (held, outstanding) = practice.only_document(Dataset::Invoices).await;
        assert_eq!(held.totals(), Totals { net: 5_408 + 27_000, tax: 1_082, gross: 5_408 + 27_000 + 1_082 });
        assert_eq!(outstanding, held.totals().gross);
        assert_eq!((held.lines[0].net, held.lines[0].tax), (5_408, 1_082));
        assert_eq!((held.lines[0].account_code.as_str(), held.lines[0].tax_type.as_str()), ("200", INCOME_20));
        assert_eq!((held.lines[0].tracking.as_str(), held.lines[1].tracking.as_str()), ("Region: United Kingdom", ""));
        assert_eq!((held.contact_id, held.due_date, held.voided), (ann, sent.due_date, false));
    })
    .await;
}

#[tokio::test]
async fn numbers_are_unique_where_they_are_ours_and_with_their_supplier_where_not() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let (ann, ben) = (practice.add_contact("Ann").await, practice.add_contact("Ben").await);
        let first = practice.add(practice.invoice("1", &ann)).await.unwrap();
        let twin = practice.add(practice.invoice("1", &ben)).await;
        assert!(matches!(&twin, Err(ConnectorError::Conflict { code, .. }) if code == "number_taken"), "{twin:?}");
        practice.add(practice.document(DocumentKind::SalesCreditNote, "1", &ann)).await.unwrap();
        practice.add(practice.document(DocumentKind::Bill, "1", &ann)).await.unwrap();
        practice.add(practice.document(DocumentKind::Bill, "1", &ben)).await.unwrap();
        assert_eq!(code(practice.add(practice.document(DocumentKind::Bill, "1", &ben)).await), "number_taken");
        assert_eq!(code(practice.add(practice.invoice(" ", &ann)).await), "number_empty");
        // A voided document gives its number back.
        panel::void_document(&db, &practice.ledger_id, &first).await.unwrap();
        practice.add(practice.invoice("1", &ben)).await.unwrap();
    })
    .await;
}

/// Spoils an invoice in one way.
type Spoil = fn(&Practice, &mut DocumentContent);

#[tokio::test]
async fn each_rule_of_head_and_lines_refuses_with_its_code() {
    let rules: [(&str, Option<&str>, Spoil); 24] = [
        ("contact_unknown", Some("contact_id"), |_, document| document.contact_id = "nobody".into()),
        ("currency_not_kept", Some("currency"), |_, document| document.currency = "EUR".into()),
        ("date_invalid", Some("date"), |_, document| document.issue_date = "01/12/2010".into()),
        ("date_invalid", Some("date"), |_, document| document.due_date = "2010-02-30".into()),
        ("date_invalid", Some("date"), |_, document| document.due_date = "20101231".into()),
        ("due_before_issue", Some("due_date"), |_, document| document.due_date = "2010-11-30".into()),
        ("too_long", Some("reference"), |_, document| document.reference = "x".repeat(256)),
        ("no_lines", Some("lines"), |_, document| document.lines.clear()),
        ("description_empty", Some("lines[0].description"), |_, document| document.lines[0].description = " ".into()),
        ("account_unknown", Some("lines[0].account_code"), |_, document| document.lines[0].account_code = "999".into()),
        ("account_takes_no_lines", Some("lines[0].account_code"), |practice, document| {
            document.lines[0].account_code = practice.accounts["610"].clone()
        }),
        ("account_takes_no_lines", Some("lines[0].account_code"), |practice, document| {
            document.lines[0].account_code = practice.accounts["090"].clone()
        }),
        ("tax_rate_unknown", Some("lines[0].tax_type"), |_, document| document.lines[0].tax_type = INCOME_20.into()),
        ("tax_rate_not_allowed", Some("lines[0].tax_type"), |practice, document| {
            document.lines[0].tax_type = practice.rates["20% (VAT on Expenses)"].clone()
        }),
        ("tax_rate_not_allowed", Some("lines[1].tax_type"), |practice, document| {
            let mut line = practice.line(1, 1);
            line.account_code = practice.accounts["469"].clone();
            document.lines.push(line);
        }),
        ("tracking_unknown", Some("lines[0].tracking"), |_, document| document.lines[0].tracking = "Region: Mars".into()),
        ("tracking_twice", Some("lines[0].tracking"), |practice, document| {
            let [uk, france] = ["Region: United Kingdom", "Region: France"].map(|option| practice.tracking[option].as_str());
            document.lines[0].tracking = format!("{uk}; {france}");
        }),
        ("discount_out_of_range", Some("lines[0].discount"), |_, document| document.lines[0].discount_e4 = 1_000_001),
        ("discount_out_of_range", Some("lines[0].discount"), |_, document| document.lines[0].discount_e4 = -1),
        ("amount_too_large", Some("lines[0].amount"), |_, document| {
            document.lines[0] = Line { quantity_e4: i64::MAX, unit_amount_e4: i64::MAX, ..document.lines[0].clone() }
        }),
        ("amount_too_large", Some("amount"), |_, document| document.lines[0].unit_amount_e4 = 1_000_000_000_000 * 10_000),
        ("total_negative", Some("lines"), |_, document| document.lines[0].quantity_e4 = -10_000),
        ("total_positive", Some("lines"), |_, document| document.kind = DocumentKind::SalesCreditNote),
        ("not_modifiable", None, |_, document| document.voided = true),
    ];
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let ann = practice.add_contact("Ann").await;
        for (code, field, spoil) in rules {
            let mut document = practice.invoice("1", &ann);
            spoil(&practice, &mut document);
            assert_eq!(refusal(practice.add(document).await), (code.to_owned(), field.map(Into::into)), "{code}");
        }
        assert!(practice.pull_all(Dataset::Invoices).await.is_empty(), "refused documents leave nothing");
        practice.add(practice.invoice("1", &ann)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn archived_accounts_and_rates_take_no_lines() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let (ledger, ann) = (&practice.ledger_id, practice.add_contact("Ann").await);
        let before = practice.add(practice.invoice("1", &ann)).await.unwrap();
        panel::set_account_archived(&db, ledger, "200", true).await.unwrap();
        let refused = practice.add(practice.invoice("2", &ann)).await;
        let Err(ConnectorError::Validation { code: refused, message, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!((refused.as_str(), message.as_str()), ("account_archived", "Account code '200' has been archived or deleted"));
        // What was booked before is still read, and cannot be booked again.
        assert_eq!(practice.only_document(Dataset::Invoices).await.0.lines[0].account_code, "200");
        assert_eq!(code(practice.change(&before, practice.invoice("1", &ann)).await), "account_archived");
        let archived = practice.connector.reference(Dataset::Accounts).await.unwrap();
        assert_eq!(
            archived.iter().filter(|account| account.archived).map(|account| account.code.as_str()).collect::<Vec<_>>(),
            ["200"]
        );
        panel::set_account_archived(&db, ledger, "200", false).await.unwrap();

        panel::set_tax_rate_archived(&db, ledger, INCOME_20, true).await.unwrap();
        assert_eq!(code(practice.add(practice.invoice("2", &ann)).await), "tax_rate_archived");
        panel::set_tax_rate_archived(&db, ledger, INCOME_20, false).await.unwrap();
        practice.add(practice.invoice("2", &ann)).await.unwrap();

        // The panel has no button for tracking, so it is archived behind its back.
        sql("UPDATE practice_tracking SET archived = 1 WHERE option = 'France'").execute(&db).await.unwrap();
        let mut tracked = practice.invoice("3", &ann);
        tracked.lines[0].tracking = practice.tracking["Region: France"].clone();
        assert_eq!(code(practice.add(tracked).await), "tracking_archived");

        let system = panel::set_account_archived(&db, ledger, "610", true).await;
        assert!(matches!(system, Err(panel::PanelError::Refused(_))), "{system:?}");
        assert!(matches!(panel::set_account_archived(&db, ledger, "1", true).await, Err(panel::PanelError::NotFound(_))));
        assert!(matches!(panel::set_tax_rate_archived(&db, ledger, "1", true).await, Err(panel::PanelError::NotFound(_))));
    })
    .await;
}

#[tokio::test]
async fn a_locked_period_takes_and_changes_nothing() {
    on_each_database(|db| async move {
        let practice = Practice::open(db.clone()).await;
        let (ledger, ann) = (&practice.ledger_id, practice.add_contact("Ann").await);
        let invoice = practice.add(practice.invoice("1", &ann)).await.unwrap();
        panel::lock_period(&db, ledger, Some("2010-12-01")).await.unwrap();
        let refused = practice.add(practice.invoice("2", &ann)).await;
        let Err(ConnectorError::Validation { code: refused, message, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(refused, "period_locked");
        assert!(message.ends_with("before the period lock date, currently set at 1 December 2010"), "{message}");
        // Redating it does not get a document out of the period.
        let later = DocumentContent { issue_date: "2010-12-02".into(), ..practice.invoice("1", &ann) };
        assert_eq!(code(practice.change(&invoice, later.clone()).await), "period_locked");
        let voided = DocumentContent { voided: true, ..practice.invoice("1", &ann) };
        assert_eq!(code(practice.change(&invoice, voided).await), "period_locked");
        practice.add(DocumentContent { number: "3".into(), ..later }).await.unwrap();
        panel::lock_period(&db, ledger, None).await.unwrap();
        practice.add(practice.invoice("2", &ann)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_changed_document_has_its_new_lines_and_number_only() {
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let ann = practice.add_contact("Ann").await;
        let id = practice.add(practice.invoice("1", &ann)).await.unwrap();
        let mut changed = practice.invoice("2", &ann);
        changed.lines = vec![practice.line(1, 10), practice.line(1, 20), practice.line(1, 30)];
        assert_eq!(practice.change(&id, changed).await, Ok(id.clone()));
        let (held, outstanding) = practice.only_document(Dataset::Invoices).await;
        assert_eq!((held.number.as_str(), held.lines.len(), outstanding), ("2", 3, 7_200));
        practice.add(practice.invoice("1", &ann)).await.unwrap();
        assert_eq!(code(practice.change(&id, practice.invoice("1", &ann)).await), "number_taken");
        assert_eq!(code(practice.change("none", practice.invoice("9", &ann)).await), "document_unknown");
        let credit = practice.document(DocumentKind::SalesCreditNote, "2", &ann);
        assert_eq!(code(practice.change(&id, credit).await), "kind_changed");
    })
    .await;
}

#[tokio::test]
async fn a_voided_document_is_final() {
    on_each_database(|db| async move {
        let practice = Practice::open(db).await;
        let ann = practice.add_contact("Ann").await;
        let id = practice.add(practice.invoice("1", &ann)).await.unwrap();
        let voided = DocumentContent { voided: true, ..practice.invoice("1", &ann) };
        assert_eq!(practice.change(&id, voided.clone()).await, Ok(id.clone()));
        assert_eq!(practice.change(&id, voided).await, Ok(id.clone()), "voiding twice is no error");
        let (held, outstanding) = practice.only_document(Dataset::Invoices).await;
        assert_eq!((held.voided, outstanding, held.number.as_str()), (true, 0, "1"));
        assert_eq!(code(practice.change(&id, practice.invoice("1", &ann)).await), "not_modifiable");
        assert_eq!(code(practice.pay(&id, 1).await), "payment_not_authorised");
    })
    .await;
}
