//! A file of companies as a whole: is it one we can use, and which of its rows?

use super::super::{Checked, check_code, check_currency, check_name, zone_name};
use crate::{
    domain::import::ImportError,
    server::{
        db::companies::name_key,
        services::{
            error::{ServiceError, ServiceResult},
            import::{
                csv::{Fault, read_record},
                text_of,
            },
        },
    },
};
use std::{borrow::Cow, collections::HashMap};

pub const NAME: &str = "Name";
pub const CODE: &str = "Code";
pub const CURRENCY: &str = "Currency";
pub const TIME_ZONE: &str = "Time zone";
const COLUMNS: [&str; 4] = [NAME, CODE, CURRENCY, TIME_ZONE];

/// The most bytes a list may have; a hundred thousand companies take less.
const MOST_BYTES: usize = 20 * 1024 * 1024;

/// A row that can be used.
pub struct Row {
    pub line: u64,
    pub company: Checked,
}

/// A usable file.
pub struct List {
    pub rows: Vec<Row>,
    /// Rows that cannot be used, whatever is stored.
    pub refused: Vec<ImportError>,
}

impl List {
    /// Takes a file in, or says why all of it has to be refused and what was expected.
    pub fn read(bytes: Vec<u8>) -> Result<List, ImportError> {
        if bytes.len() > MOST_BYTES {
            return Err(refusal(1, "", "The file is larger than 20 MB; split it in two."));
        }
        let text = text_of(bytes)?;
        let mut list = List { rows: Vec::new(), refused: Vec::new() };
        let mut seen = Seen::default();
        let mut header: Option<Header> = None;
        let mut fields = Vec::new();
        let (mut at, mut line) = (0, 1);
        while at < text.len() {
            let record = read_record(&text, at, &mut fields);
            let is_last = record.next >= text.len();
            if record.fault == Some(Fault::Unterminated) {
                let reason = "The file is truncated: a quoted text that begins on this line never ends. Export it again.";
                return Err(refusal(line, "", reason));
            }
            match &header {
                _ if fields.iter().all(|field| field.trim().is_empty()) => {}
                None => header = Some(Header::read(&fields).map_err(|reason| refusal(line, "", reason))?),
                Some(header) if fields.len() < header.width && is_last && record.lines == 0 => {
                    let (has, width) = (fields.len(), header.width);
                    let reason = format!("The file is truncated: its last row has {has} of {width} columns. Export it again.");
                    return Err(refusal(line, "", reason));
                }
                Some(header) => match header.row(line, &fields, record.fault) {
                    Ok(row) => match seen.before(&row) {
                        None => list.rows.push(row),
                        Some(error) => list.refused.push(error),
                    },
                    Err(error) => list.refused.push(error),
                },
            }
            at = record.next;
            line += record.lines;
        }
        if header.is_none() {
            return Err(refusal(1, "", format!("The file is empty; a header with {} was expected.", expected())));
        }
        if list.rows.is_empty() && list.refused.is_empty() {
            return Err(refusal(1, "", "The file has a header and no rows."));
        }
        Ok(list)
    }
}

fn refusal(line: u64, column: &str, reason: impl Into<String>) -> ImportError {
    ImportError { line, column: column.into(), reason: reason.into() }
}

fn expected() -> String {
    format!("the columns {}", COLUMNS.join(", "))
}

/// Where the columns are.
struct Header {
    places: [usize; 4],
    width: usize,
}

impl Header {
    /// Names in any order and any case; all of them, and no others: a name that is mistaken would be a column left out.
    fn read(fields: &[Cow<str>]) -> Result<Header, String> {
        let plain = |name: &str| name.trim().trim_start_matches('*').to_lowercase().replace(['_', '-'], " ");
        let names: Vec<String> = fields.iter().map(|name| plain(name)).collect();
        if let [only] = names.as_slice()
            && only.contains(';')
        {
            return Err("The columns are separated by semicolons; save the file with commas.".into());
        }
        let mut places = [0; 4];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            let mut found = names.iter().enumerate().filter(|(_, name)| **name == column.to_lowercase());
            match (found.next(), found.next()) {
                (Some((at, _)), None) => *place = at,
                (None, _) => return Err(format!("The header has no column {column}; {} are expected.", expected())),
                (Some(_), Some(_)) => return Err(format!("The header has the column {column} twice.")),
            }
        }
        match names.iter().position(|name| COLUMNS.iter().all(|column| *name != column.to_lowercase())) {
            Some(place) => {
                Err(format!("The header has a column “{}”; {} are expected and no others.", fields[place].trim(), expected()))
            }
            None => Ok(Header { places, width: fields.len() }),
        }
    }

    fn row(&self, line: u64, fields: &[Cow<str>], fault: Option<Fault>) -> Result<Row, ImportError> {
        if fault.is_some() || fields.len() != self.width {
            let reason = format!(
                "The row has {} of {} columns: write a text that holds commas or quotation marks in quotation marks.",
                fields.len(),
                self.width
            );
            return Err(refusal(line, "", reason));
        }
        let [name, code, currency, time_zone] = self.places.map(|place| fields[place].trim());
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let (code, currency) = (code.to_uppercase(), currency.to_ascii_uppercase());
        let told = |column: &str, checked: ServiceResult<()>| checked.map_err(|error| of_column(line, column, error));
        told(NAME, check_name(&name))?;
        if !code.is_empty() {
            told(CODE, check_code(&code))?;
        }
        told(CURRENCY, check_currency(&currency))?;
        let time_zone = zone_name(time_zone).map_err(|error| of_column(line, TIME_ZONE, error))?;
        Ok(Row { line, company: Checked { name, code, currency, time_zone } })
    }
}

/// The sentence of a check, in a table that has the column beside it.
fn of_column(line: u64, column: &str, error: ServiceError) -> ImportError {
    refusal(line, column, format!("cannot be taken. {error}"))
}

/// Names and codes of rows before.
#[derive(Default)]
struct Seen {
    names: HashMap<String, u64>,
    codes: HashMap<String, u64>,
}

impl Seen {
    /// What makes a row one too many.
    fn before(&mut self, row: &Row) -> Option<ImportError> {
        let company = &row.company;
        if let Some(line) = self.names.get(&name_key(&company.name)) {
            return Some(refusal(row.line, NAME, format!("is the same as on line {line}: each company is listed once.")));
        }
        if let Some(line) = self.codes.get(&company.code) {
            return Some(refusal(row.line, CODE, format!("is the same as on line {line}: each company has its own.")));
        }
        self.names.insert(name_key(&company.name), row.line);
        if !company.code.is_empty() {
            self.codes.insert(company.code.clone(), row.line);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Name,Code,Currency,Time zone\n";

    fn refused(bytes: impl Into<Vec<u8>>) -> (u64, String) {
        match List::read(bytes.into()) {
            Ok(_) => panic!("it was taken"),
            Err(error) => (error.line, error.reason),
        }
    }

    fn read(rows: &str) -> List {
        List::read(format!("{HEADER}{rows}").into_bytes()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn columns_may_stand_in_any_order_and_case() {
        let file = "\u{feff}time_zone,CURRENCY,*Name,code\r\nEurope/London,gbp, Albion  Quay ,aqe\r\n\r\nutc,EUR,\"B, C\",";
        let list = List::read(file.as_bytes().to_vec()).unwrap_or_else(|error| panic!("{error}"));
        let rows: Vec<_> = list.rows.iter().map(|row| (row.line, row.company.name.as_str(), row.company.code.as_str())).collect();
        assert_eq!(rows, [(2, "Albion Quay", "AQE"), (4, "B, C", "")]);
        assert_eq!(list.rows[0].company.currency, "GBP");
        assert!(list.refused.is_empty());
    }

    #[test]
    fn a_file_that_is_no_list_is_refused_whole() {
        for (bytes, line, expected) in [
            (&b""[..], 1, "is empty"),
            (HEADER.as_bytes(), 1, "no rows"),
            (b"Name;Code;Currency;Time zone\n", 1, "separated by semicolons"),
            (b"Name,Code,Currency\n", 1, "no column Time zone"),
            (b"Name,Code,Currency,Time zone,Town\n", 1, "\u{201c}Town\u{201d}"),
            (b"Name,Code,Currency,Time zone,name\n", 1, "Name twice"),
            (b"Name,Code,Currency,Time zone\nA,B,GBP", 2, "truncated"),
            (b"Name,Code,Currency,Time zone\nA,B,GBP,\"UTC", 2, "truncated"),
            (b"\xFF\xFEN\0a\0", 1, "UTF-16"),
            (b"PK\x03\x04...", 1, "Excel workbook"),
            (b"Name,Code,Currency,Time zone\nCaf\xe9,B,GBP,UTC\n", 2, "Windows-1252"),
        ] {
            let (at, reason) = refused(bytes);
            assert!(at == line && reason.contains(expected), "{at}: {reason}");
        }
        assert!(refused(vec![b'a'; MOST_BYTES + 1]).1.contains("larger than 20 MB"));
    }

    #[test]
    fn a_row_that_cannot_be_names_its_column() {
        let list = read(
            "A,A,GBP,UTC\n,B,GBP,UTC\nC,c/d,GBP,UTC\nD,D,pounds,UTC\nE,E,GBP,Mars\nF,GBP,UTC\n\"G\"x,G,GBP,UTC\na,H,GBP,UTC\nI,a,GBP,UTC\nJ,J,GBP,UTC\n",
        );
        assert_eq!(list.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 11]);
        let refused: Vec<_> = list.refused.iter().map(|error| (error.line, error.column.as_str())).collect();
        assert_eq!(refused, [(3, NAME), (4, CODE), (5, CURRENCY), (6, TIME_ZONE), (7, ""), (8, ""), (9, NAME), (10, CODE)]);
        assert!(list.refused[6].reason.contains("line 2"));
    }
}
