//! What a script sees of files that cannot be used, or not wholly: line, column and reason of each fault, and the
//! exit code.

use crate::harness::process::{Ended, Tieout};
use serde_json::{Value, json};
use std::{fs, path::Path};

const HEADER: &str =
    "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,Currency";
const GOOD: &str = "Quay Ltd,1,01/12/2010,31/12/2010,Rent,2,10.50,200,No VAT,GBP";

fn import(dir: &Path, bytes: &[u8]) -> Ended {
    let tieout = Tieout { data_dir: &dir.join("data"), url: None };
    let file = dir.join("sales.csv");
    fs::write(&file, bytes).unwrap();
    tieout.run(&["import", "sales", "--company", "AQE", file.to_str().unwrap(), "--json"])
}

fn with_company() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let added = Tieout { data_dir: &dir.path().join("data"), url: None }.run(&["company", "add", "Albion Quay Estates"]);
    assert_eq!(added.code, 0, "{added:?}");
    dir
}

#[test]
fn a_file_that_cannot_be_used_is_refused_whole_with_what_was_expected() {
    let dir = with_company();
    let text = |text: &str| text.as_bytes().to_vec();
    let mut too_large = format!("{HEADER}\n").into_bytes();
    let row = format!("{GOOD}\n");
    while too_large.len() <= 50 * 1024 * 1024 {
        too_large.extend_from_slice(row.as_bytes());
    }
    let utf16: Vec<u8> = format!("{HEADER}\n{GOOD}\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: Vec<(Vec<u8>, u64, &str)> = vec![
        (text(""), 1, "is empty; the header of Xero's sales-invoice template was expected"),
        (b"PK\x03\x04workbook".to_vec(), 1, "Excel workbook or another ZIP archive; save it as “CSV UTF-8"),
        (b"\xD0\xCF\x11\xE0workbook".to_vec(), 1, "old Excel workbook"),
        (b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(), 2, "not encoded in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), 1, "binary; a CSV file was expected"),
        (text("<!DOCTYPE html><p>Sign in"), 1, "web page or XML; a CSV file was expected"),
        (text("{\"invoices\": []}\n"), 1, "not the header of Xero's sales-invoice template"),
        (utf16.clone(), 1, "UTF-16"),
        ([b"\xFF\xFE".as_slice(), &utf16].concat(), 1, "UTF-16"),
        (format!("{HEADER}\n").into_bytes().into_iter().chain(b"Caf\xE9,1".iter().copied()).collect(), 2, "the byte E9"),
        (text(&format!("{GOOD}\n")), 1, "the columns ContactName, InvoiceNumber, InvoiceDate"),
        (text(&format!("{}\n{GOOD}\n", HEADER.replace("*Quantity", "*Qty"))), 1, "the column Quantity is missing"),
        (text(&format!("{HEADER},Discont\n{GOOD},\n")), 1, "no column “Discont”"),
        (text(&format!("{HEADER},Currency\n{GOOD},\n")), 1, "“Currency” twice"),
        (text(&format!("{}\n{}\n", HEADER.replace(',', ";"), GOOD.replace(',', ";"))), 1, "separated by semicolons"),
        (text(&format!("{HEADER}\n")), 1, "a header and no rows"),
        (text(&format!("{HEADER}\n{GOOD}\n{}", &GOOD[..30])), 3, "truncated: its last row has 4 of 10 columns"),
        (text(&format!("{HEADER}\n{GOOD}\nQuay Ltd,2,01/12/2010,31/12/2010,\"Rent")), 3, "truncated: a quoted text"),
        (too_large, 1, "larger than 50 MB"),
    ];
    for (bytes, line, expected) in cases {
        let refused = import(dir.path(), &bytes);
        let report = refused.json();
        assert_eq!(refused.code, 2, "{expected}: {report}");
        let reason = report["errors"][0]["reason"].as_str().unwrap();
        assert!(reason.contains(expected), "{expected}: {reason}");
        let nothing = json!({ "count": 0, "net": "0.00" });
        let whole = json!({
            "documents": 0, "stored": 0, "unchanged": 0, "refused": 0, "invoices": nothing, "credit_notes": nothing,
            "errors": [{ "line": line, "column": "", "reason": reason }],
        });
        assert_eq!(report, whole, "{expected}");
    }
    let status =
        Tieout { data_dir: &dir.path().join("data"), url: None }.run(&["import", "sales", "--company", "AQE", "/no/such.csv"]);
    assert!(status.code == 2 && status.stderr.contains("/no/such.csv"), "{status:?}");
}

#[test]
fn what_is_refused_has_line_column_and_reason_and_the_rest_is_stored() {
    let dir = with_company();
    let row = |changes: &[(usize, &str)]| {
        let mut fields: Vec<&str> = GOOD.split(',').collect();
        changes.iter().for_each(|(place, text)| fields[*place] = text);
        fields.join(",")
    };
    let rows = [
        row(&[]),
        row(&[(0, ""), (1, "2")]),
        row(&[(1, "3"), (2, "2010-12-01")]),
        row(&[(1, "4"), (5, "many")]),
        row(&[(1, "5"), (8, "Some VAT")]),
        row(&[(1, "6"), (9, "USD")]),
        row(&[(1, "C7"), (5, "-3")]),
        row(&[(1, "8"), (6, "0")]),
    ];
    let some = import(dir.path(), format!("\u{feff}{HEADER}\r\n{}\r\n", rows.join("\r\n")).as_bytes());
    let report = some.json();
    assert_eq!(some.code, 3, "{report}");
    let faults: Vec<(u64, &str)> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            assert_eq!(error.as_object().unwrap().len(), 3);
            assert!(!error["reason"].as_str().unwrap().is_empty());
            (error["line"].as_u64().unwrap(), error["column"].as_str().unwrap())
        })
        .collect();
    assert_eq!(faults, [(3, "ContactName"), (4, "InvoiceDate"), (5, "Quantity"), (6, "TaxType"), (7, "Currency")]);
    let expected = json!({
        "documents": 8, "stored": 3, "unchanged": 0, "refused": 5,
        "invoices": { "count": 2, "net": "21.00" }, "credit_notes": { "count": 1, "net": "-31.50" },
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&report[name], value, "{name}");
    }
    assert_eq!(report.as_object().map(|report| report.len()), Some(7));
    assert_eq!(report["errors"][0], json!({ "line": 3, "column": "ContactName", "reason": "is missing" }));

    // For people the same in sentences.
    let tieout = Tieout { data_dir: &dir.path().join("data"), url: None };
    let told = tieout.run(&["import", "sales", "--company", "AQE", dir.path().join("sales.csv").to_str().unwrap()]);
    assert!(told.code == 3 && told.stdout.contains("line 3: ContactName is missing"), "{told:?}");
    assert!(told.stdout.contains("8 documents, 0 stored, 3 unchanged, 5 refused"), "{told:?}");
    let status: Value = tieout.run(&["status", "--json"]).json();
    assert_eq!(status["companies"][0]["last_success"], Value::Null);
}
