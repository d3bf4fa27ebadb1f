//! Files of sales documents into the store: the real ones with the counts and totals of their table, the same file
//! again, changes, and what is refused.

use crate::harness::{on_each_database, real_files};
use std::time::Instant;
use tieout::{
    domain::import::{ImportState, Report, Tally},
    server::{
        db::{Db, companies::Company, imports, query::sql},
        services::{
            companies::{Wanted, add},
            import,
        },
    },
};

const HEADER: &str = "*ContactName,EmailAddress,POCountry,*InvoiceNumber,Reference,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,Currency";

async fn company(db: &Db, name: &str) -> Company {
    let wanted = Wanted { name: name.into(), currency: "GBP".into(), time_zone: "Europe/London".into(), ..Wanted::default() };
    add(db, &wanted).await.unwrap()
}

async fn import(db: &Db, company: &Company, rows: &[&str]) -> Report {
    let file = format!("{HEADER}\r\n{}\r\n", rows.join("\r\n"));
    import::run(db, company, "sales.csv", file.into_bytes(), "test").await.unwrap()
}

async fn count(db: &Db, table: &'static str) -> i64 {
    let (count,) = sql(format!("SELECT COUNT(*) FROM {table}")).one::<(i64,)>(db).await.unwrap();
    count
}

fn row(contact: &str, number: &str, quantity: &str) -> String {
    format!("{contact},,United Kingdom,{number},,01/12/2010,31/12/2010,Rent,{quantity},10.50,200,20% (VAT on Income),GBP")
}

/// File, documents, refused, invoices, credit notes, lines stored and contacts, as the table beside the files has them.
const TABLE: [(&str, u64, u64, Tally, Tally, i64, i64); 5] = [
    ("albion-quay-estates", 236, 40, tally(164, 5480305), tally(32, -125739), 2864, 123),
    ("bramley-court-holdings", 240, 37, tally(164, 9308996), tally(39, -168281), 3469, 114),
    ("castle-street-property-trust", 270, 30, tally(201, 5653475), tally(39, -300565), 3562, 112),
    ("dockside-retail-parks", 208, 25, tally(142, 4527105), tally(41, -323552), 2943, 115),
    ("eastgate-commercial", 224, 38, tally(151, 5289036), tally(35, -95896), 2869, 123),
];

const fn tally(count: u64, net: i64) -> Tally {
    Tally { count, net }
}

#[tokio::test]
async fn the_real_files_go_in_to_the_penny_and_once_only() {
    let Some(folder) = real_files() else { return };
    on_each_database(|db| {
        let folder = folder.clone();
        async move {
            for (name, documents, refused, invoices, credit_notes, lines, contacts) in TABLE {
                let company = company(&db, name).await;
                let bytes = std::fs::read(folder.join(name).with_extension("csv")).unwrap();
                let began = Instant::now();
                let report = import::run(&db, &company, name, bytes.clone(), "test").await.unwrap();
                eprintln!("{name}: {} ms", began.elapsed().as_millis());
                assert!(began.elapsed().as_secs() < 5, "{name} took {:?}", began.elapsed());
                assert_eq!(
                    (report.documents, report.stored, report.refused),
                    (documents, documents - refused, refused),
                    "{name}"
                );
                assert_eq!((report.invoices, report.credit_notes), (invoices, credit_notes), "{name}");
                assert_eq!(report.errors.iter().filter(|error| error.column == "ContactName").count() as u64, refused);
                let stored: (i64, i64, i64) =
                    sql("SELECT COUNT(*), CAST(SUM(net) AS BIGINT), CAST(SUM(gross - net - tax) AS BIGINT)
                    FROM documents WHERE company_id = $1")
                    .bind(&company.id)
                    .one(&db)
                    .await
                    .unwrap();
                assert_eq!(stored, ((documents - refused) as i64, invoices.net + credit_notes.net, 0), "{name}");
                let (held,): (i64,) =
                    sql("SELECT COUNT(*) FROM document_lines l JOIN documents d ON d.id = l.document_id WHERE d.company_id = $1")
                        .bind(&company.id)
                        .one(&db)
                        .await
                        .unwrap();
                let (known,): (i64,) =
                    sql("SELECT COUNT(*) FROM contacts WHERE company_id = $1").bind(&company.id).one(&db).await.unwrap();
                assert_eq!((held, known), (lines, contacts), "{name}");

                let again = import::run(&db, &company, name, bytes, "test").await.unwrap();
                assert_eq!((again.stored, again.unchanged, again.refused), (0, documents - refused, refused), "{name}");
                assert_eq!((again.invoices, again.credit_notes), (invoices, credit_notes), "{name}");
            }
            let (changed,): (i64,) = sql("SELECT COUNT(*) FROM contacts WHERE version > 1").one(&db).await.unwrap();
            assert_eq!(changed, 0, "the same file again leaves its contacts alone");
            assert_eq!(count(&db, "document_versions").await, count(&db, "documents").await);
        }
    })
    .await;
}

#[tokio::test]
async fn a_changed_document_is_a_new_version() {
    on_each_database(|db| async move {
        let company = company(&db, "Albion Quay Estates").await;
        let (one, two) = (row("Quay Ltd", "1", "2"), row("Quay Ltd", "2", "1"));
        import(&db, &company, &[&one, &two, &two]).await;
        sql("UPDATE documents SET pending = 0").execute(&db).await.unwrap();
        sql("UPDATE contacts SET pending = 0").execute(&db).await.unwrap();

        let report = import(&db, &company, &[&row("Quay Ltd", "1", "3"), &two, &two]).await;
        assert_eq!((report.stored, report.unchanged, report.refused), (1, 1, 0));
        assert_eq!(report.invoices, tally(2, 5250), "what the file holds, stored or not");
        let documents: Vec<(String, i64, i64, i64)> =
            sql("SELECT number, version, pending, net FROM documents ORDER BY number").all(&db).await.unwrap();
        assert_eq!(documents, [("1".into(), 2, 1, 3150), ("2".into(), 1, 0, 2100)]);
        let versions: Vec<(i64, String)> =
            sql("SELECT v.version, v.content FROM document_versions v JOIN documents d ON d.id = v.document_id
            WHERE d.number = '1' ORDER BY v.version")
            .all(&db)
            .await
            .unwrap();
        assert_eq!(versions.iter().map(|(version, _)| *version).collect::<Vec<_>>(), [1, 2]);
        assert!(versions[0].1.contains("\"quantity_e4\":20000") && versions[1].1.contains("\"quantity_e4\":30000"));
        assert_eq!(count(&db, "document_lines").await, 3);
        let (pending,): (i64,) = sql("SELECT CAST(SUM(pending) AS BIGINT) FROM contacts").one(&db).await.unwrap();
        assert_eq!(pending, 0, "the contact did not change");
    })
    .await;
}

#[tokio::test]
async fn a_number_may_be_an_invoice_and_a_credit_note() {
    on_each_database(|db| async move {
        let company = company(&db, "Albion Quay Estates").await;
        import(&db, &company, &[&row("Quay Ltd", "1", "2")]).await;
        let report = import(&db, &company, &[&row("Quay Ltd", "1", "-2")]).await;
        assert_eq!((report.stored, report.credit_notes), (1, tally(1, -2100)));
        let kinds: Vec<(String, i64)> = sql("SELECT kind, gross FROM documents ORDER BY gross").all(&db).await.unwrap();
        assert_eq!(kinds, [("sales_credit_note".into(), -2520), ("sales_invoice".into(), 2520)]);
    })
    .await;
}

#[tokio::test]
async fn contacts_are_one_by_name_and_the_first_to_tell_decides() {
    on_each_database(|db| async move {
        let company = company(&db, "Albion Quay Estates").await;
        let rows = [
            "Quay  Ltd,,France,1,,01/12/2010,31/12/2010,Rent,1,1,200,No VAT,",
            "QUAY LTD,a@quay.example,Spain,2,,01/12/2010,31/12/2010,Rent,1,1,200,No VAT,",
        ];
        for expected_version in [1, 1] {
            import(&db, &company, &rows).await;
            let contacts: Vec<(String, String, String, i64)> =
                sql("SELECT name_key, email, country, version FROM contacts").all(&db).await.unwrap();
            assert_eq!(contacts, [("quay ltd".into(), "a@quay.example".into(), "France".into(), expected_version)]);
        }
        import(&db, &company, &["Quay Ltd,b@quay.example,,3,,01/12/2010,31/12/2010,Rent,1,1,200,No VAT,"]).await;
        let contacts: Vec<(String, String, i64)> = sql("SELECT email, country, version FROM contacts").all(&db).await.unwrap();
        assert_eq!(contacts, [("b@quay.example".into(), "France".into(), 2)], "what is not said is not erased");
    })
    .await;
}

#[tokio::test]
async fn what_is_refused_leaves_the_rest() {
    on_each_database(|db| async move {
        let company = company(&db, "Albion Quay Estates").await;
        let report = import(
            &db,
            &company,
            &[
                &row("Quay Ltd", "1", "2"),
                &row("", "2", "1"),
                &row("", "2", "x"),
                &row("Quay Ltd", "", "1"),
                &row("Quay Ltd", "1", "1"),
            ],
        )
        .await;
        assert_eq!((report.documents, report.stored, report.refused), (3, 1, 2));
        let errors: Vec<String> = report.errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            errors,
            ["line 3: ContactName is missing", "line 4: Quantity “x” is not a number", "line 5: InvoiceNumber is missing"]
        );
        sql("UPDATE documents SET state = 'void'").execute(&db).await.unwrap();
        let report = import(&db, &company, &[&row("Quay Ltd", "1", "9")]).await;
        assert_eq!((report.stored, report.refused), (0, 1));
        assert!(report.errors[0].reason.contains("voided"));
    })
    .await;
}

#[tokio::test]
async fn tax_rates_of_the_accounting_side_come_first() {
    on_each_database(|db| async move {
        let company = company(&db, "Albion Quay Estates").await;
        sql("INSERT INTO reference_items (company_id, kind, external_id, code, name, rate_e4) VALUES ($1, 'tax_rate', 't', 'T', 'House rate', 100000)")
            .bind(&company.id).execute(&db).await.unwrap();
        let report = import(&db, &company, &["Quay Ltd,,,1,,01/12/2010,31/12/2010,Rent,1,10,200,House Rate,"]).await;
        assert_eq!(report.stored, 1);
        let (tax,): (i64,) = sql("SELECT tax FROM documents").one(&db).await.unwrap();
        assert_eq!(tax, 100);
    })
    .await;
}

#[tokio::test]
async fn an_unusable_file_is_refused_whole_and_a_page_can_follow() {
    on_each_database(|db| async move {
        let company = company(&db, "Albion Quay Estates").await;
        let start = |bytes: Vec<u8>| import::start(&db, company.clone(), "sales.csv".into(), bytes, "test".into());
        let refused = start(b"PK\x03\x04".to_vec()).await.unwrap();
        let stored = start(format!("{HEADER}\n{}\n", row("Quay Ltd", "1", "1")).into_bytes()).await.unwrap();
        let ended = async |id: &str| loop {
            let progress = imports::of_company(&db, &company.id, id).await.unwrap().unwrap();
            if progress.state != ImportState::Running {
                return progress;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        };
        let progress = ended(&refused).await;
        let report = progress.report.unwrap();
        assert_eq!((progress.state, report.documents, report.errors.len()), (ImportState::Refused, 0, 1));
        assert!(report.errors[0].reason.contains("Excel"));
        let progress = ended(&stored).await;
        assert_eq!((progress.state, progress.done, progress.total), (ImportState::Done, 1, 1));
        assert_eq!(progress.report.unwrap().stored, 1);
        assert_eq!(imports::latest(&db, &company.id, 1).await.unwrap()[0].id, stored);
    })
    .await;
}
