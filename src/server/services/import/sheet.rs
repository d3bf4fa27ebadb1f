//! A file as a whole: is it one we can use, and which of its rows make up which document? Only places are
//! kept beside the text, so that a file of 50 MB needs little more than itself.

use super::csv::{Fault, read_record};
use super::template::{Column, Header};
use crate::domain::import::{ImportError, MAX_FILE_BYTES};
use std::{borrow::Cow, collections::HashMap};

/// Where a row begins.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// A file is too short for these to overflow.
    at: u32,
    line: u32,
    document: u32,
}

/// A usable file, its rows grouped by document in the order in which the documents first appear.
#[derive(Debug)]
pub struct Sheet {
    text: String,
    pub header: Header,
    rows: Vec<Place>,
    /// For each document, its first place in `rows`.
    documents: Vec<u32>,
}

/// One row of a document, read.
pub struct SheetRow<'a> {
    pub line: u64,
    pub fields: Vec<Cow<'a, str>>,
    pub fault: Option<Fault>,
}

impl Sheet {
    /// Takes a file in, or says why all of it has to be refused and what was expected.
    pub fn read(bytes: Vec<u8>) -> Result<Sheet, ImportError> {
        let text = text_of(bytes)?;
        let mut fields = Vec::new();
        let (mut at, mut line) = (0, 1);
        let mut header: Option<Header> = None;
        let mut rows: Vec<Place> = Vec::new();
        let mut numbers: HashMap<Cow<str>, u32> = HashMap::new();
        let mut count = 0;
        while at < text.len() {
            let record = read_record(&text, at, &mut fields);
            if record.fault == Some(Fault::Unterminated) {
                return Err(refusal(
                    line,
                    "The file is truncated: a quoted text that begins on this line never ends. Export it again.",
                ));
            }
            let is_empty = fields.iter().all(|field| field.trim().is_empty());
            match &header {
                Some(header)
                    if is_empty
                        && fields.len() > 1
                        && fields.len() < header.width
                        && record.next >= text.len()
                        && record.lines == 0 =>
                {
                    return Err(truncated(line, fields.len(), header.width));
                }
                _ if is_empty => {}
                None => header = Some(Header::read(&fields).map_err(|reason| refusal(line, reason))?),
                Some(header) => {
                    let is_odd = record.fault.is_some() || fields.len() != header.width;
                    if is_odd && record.lines > 1 {
                        let end = line + record.lines - 1;
                        let reason = format!(
                            "A quotation mark on this line swallows the rows down to line {end}: write quotation marks inside a text twice."
                        );
                        return Err(refusal(line, reason));
                    }
                    if fields.len() < header.width && record.next >= text.len() {
                        return Err(truncated(line, fields.len(), header.width));
                    }
                    let document = match header.place(Column::InvoiceNumber).and_then(|place| fields.get(place)).map(trimmed) {
                        Some(number) if !number.is_empty() => *numbers.entry(number).or_insert(count),
                        // A row without a number belongs to no other, and is reported by itself.
                        _ => count,
                    };
                    count = count.max(document + 1);
                    rows.push(Place { at: at as u32, line: line as u32, document });
                }
            }
            at = record.next;
            line += record.lines;
        }
        let header =
            header.ok_or_else(|| refusal(1, "The file is empty; the header of Xero's sales-invoice template was expected."))?;
        if rows.is_empty() {
            return Err(refusal(1, "The file has a header and no rows."));
        }
        drop(fields);
        drop(numbers);
        rows.sort_by_key(|row| row.document);
        let mut documents = Vec::with_capacity(count as usize);
        for (place, row) in rows.iter().enumerate() {
            if row.document as usize == documents.len() {
                documents.push(place as u32);
            }
        }
        Ok(Sheet { text, header, rows, documents })
    }

    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    pub fn document_count(&self) -> usize {
        self.documents.len()
    }

    /// The rows of a document, in the order of the file.
    pub fn rows_of(&self, document: usize) -> impl ExactSizeIterator<Item = SheetRow<'_>> {
        let end = self.documents.get(document + 1).map_or(self.rows.len(), |place| *place as usize);
        self.rows[self.documents[document] as usize..end].iter().map(|row| {
            let mut fields = Vec::with_capacity(self.header.width);
            let record = read_record(&self.text, row.at as usize, &mut fields);
            SheetRow { line: row.line.into(), fields, fault: record.fault }
        })
    }
}

fn refusal(line: u64, reason: impl Into<String>) -> ImportError {
    ImportError { line, column: String::new(), reason: reason.into() }
}

fn truncated(line: u64, fields: usize, width: usize) -> ImportError {
    refusal(line, format!("The file is truncated: its last row has {fields} of {width} columns. Export it again."))
}

/// Still borrowed from the file wherever the field was.
fn trimmed<'a>(field: &Cow<'a, str>) -> Cow<'a, str> {
    match field {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// The bytes as text without a byte order mark, or why they are not the text of a CSV file.
pub fn text_of(bytes: Vec<u8>) -> Result<String, ImportError> {
    let refuse = |reason: &str| Err(refusal(1, reason));
    if bytes.len() > MAX_FILE_BYTES {
        return refuse("The file is larger than 50 MB; split it between two documents.");
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return refuse("The file is an Excel workbook or another ZIP archive; save it as “CSV UTF-8 (Comma delimited)”.");
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return refuse("The file is an old Excel workbook; save it as “CSV UTF-8 (Comma delimited)”.");
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || looks_like_utf16(&bytes) {
        return refuse("The file is encoded in UTF-16 (Excel's “Unicode Text”); save it as “CSV UTF-8 (Comma delimited)”.");
    }
    if bytes.contains(&0) {
        return refuse("The file is binary; a CSV file was expected.");
    }
    let mut text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() as u64;
            let byte = error.as_bytes()[valid];
            let reason = format!(
                "The file is not encoded in UTF-8: this line has the byte {byte:02X}. It is probably Windows-1252 (Excel's plain “CSV”); save it as “CSV UTF-8 (Comma delimited)”."
            );
            return Err(refusal(line, reason));
        }
    };
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    if text.trim_start().starts_with('<') {
        return refuse("The file is a web page or XML; a CSV file was expected.");
    }
    Ok(text)
}

/// Without a byte order mark: every other byte of what begins a file of Latin letters is nought.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(64)];
    let nought = |odd: usize| start.iter().skip(odd).step_by(2).all(|byte| *byte == 0);
    start.len() >= 4 && (nought(0) != nought(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,Currency";

    fn refused(bytes: impl Into<Vec<u8>>) -> (u64, String) {
        let error = Sheet::read(bytes.into()).unwrap_err();
        (error.line, error.reason)
    }

    fn with_header(rows: &str) -> Vec<u8> {
        format!("{HEADER}\r\n{rows}").into_bytes()
    }

    #[test]
    fn rows_of_a_document_may_be_apart() {
        let sheet = Sheet::read(with_header(
            "\u{feff}A,1,,,,,,,,\r\nB,2,,,,,,,,\r\n\r\nA, 1 ,,,,,,,,\r\n,,,,,,,,,\r\nC,,,,,,,,,\r\nD,,,,,,,,,\r\n,,\r\n",
        ))
        .unwrap();
        let lines = |document| sheet.rows_of(document).map(|row| row.line).collect::<Vec<_>>();
        assert_eq!((sheet.document_count(), sheet.row_count()), (4, 5));
        assert_eq!([lines(0), lines(1), lines(2), lines(3)], [vec![2, 5], vec![3], vec![7], vec![8]]);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_header() {
        assert!(Sheet::read(format!("\u{feff}{HEADER}\nA,1,,,,,,,,").into_bytes()).is_ok());
    }

    #[test]
    fn what_is_no_csv_file_is_refused_by_name() {
        for (bytes, expected) in [
            (&b"PK\x03\x04..."[..], "Excel workbook"),
            (b"\xD0\xCF\x11\xE0....", "old Excel workbook"),
            (b"\xFF\xFEC\0o\0", "UTF-16"),
            (b"C\0o\0n\0t\0", "UTF-16"),
            (b"\0C\0o\0n\0t", "UTF-16"),
            (b"Con\0tact", "binary"),
            (b"\n <!DOCTYPE html>", "web page"),
            (b"", "is empty"),
            (b"\n\n", "is empty"),
            (b"a;b;c\n", "separated by semicolons"),
        ] {
            let (line, reason) = refused(bytes);
            assert!(line >= 1 && reason.contains(expected), "{reason}");
        }
        assert!(refused(with_header("")).1.contains("no rows"));
        let (line, reason) = refused([with_header("A,1,,,,,,,,\r\n"), b"Caf\xe9,2".to_vec()].concat());
        assert!(line == 3 && reason.contains("E9") && reason.contains("Windows-1252"), "{line} {reason}");
        assert!(refused(vec![b'a'; MAX_FILE_BYTES + 1]).1.contains("larger than 50 MB"));
    }

    #[test]
    fn a_truncated_file_is_refused() {
        for rows in [
            "A,1,,,,,,,,\nB,2,,,",
            "A,1,,,,,,,,\nB,2,,,\n",
            "A,1,,,,,,,,\nB,2,,,,,,,,\"GB",
            "A,1,,,,,,,,\n,,,,",
            "A,1,,,,,,,,\nB",
        ] {
            let (line, reason) = refused(with_header(rows));
            assert!(line == 3 && reason.contains("truncated"), "{rows:?}: {line} {reason}");
        }
        assert!(Sheet::read(with_header("A,1,,,,,,,,")).is_ok(), "a last line end may be missing");
        assert!(Sheet::read(with_header("A,1,,\nB,2,,,,,,,,")).is_ok(), "not the last row: its document is refused");
    }

    #[test]
    fn a_stray_quotation_mark_takes_no_rows_with_it() {
        let rows = "A,1,,,\"3 inch,1,1,200,x,\nA,1,,,\"b, c\",1,1,200,x,\nA,1,,,z,1,1,200,x,\n";
        let (line, reason) = refused(with_header(rows));
        assert!(line == 2 && reason.contains("down to line 3"), "{line} {reason}");
    }
}
