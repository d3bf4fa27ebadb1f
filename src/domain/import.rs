//! What became of an imported file: how much of it was taken, and where the rest has to be put right.

use super::run::words;
use serde::{Deserialize, Serialize};

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 50 * 1024 * 1024;

/// Errors a report lists. A file with more is the wrong file, or wrong throughout in the same way.
pub const MAX_ERRORS: usize = 5_000;

words! {
    ImportState {
        Running = "running", "Running";
        Done = "done", "Done";
        /// Nothing of the file could be used.
        Refused = "refused", "Refused";
    }
}

/// Documents of one kind, and their net in minor units. Credit notes are negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub count: u64,
    pub net: i64,
}

/// One thing that is wrong in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportError {
    /// As an editor counts them: the header is line 1.
    pub line: u64,
    /// The template's name of the column; empty where the whole row or file is meant.
    pub column: String,
    /// What follows the column's name in a sentence, or a sentence of its own.
    pub reason: String,
}

impl std::fmt::Display for ImportError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let space = if self.column.is_empty() { "" } else { " " };
        write!(f, "line {}: {}{space}{}", self.line, self.column, self.reason)
    }
}

/// `documents` is always the sum of stored, unchanged and refused; `invoices` and `credit_notes` are what the
/// file held and was accepted, stored or unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub currency: String,
    pub documents: u64,
    pub stored: u64,
    pub unchanged: u64,
    pub refused: u64,
    pub invoices: Tally,
    pub credit_notes: Tally,
    pub errors: Vec<ImportError>,
    /// Errors beyond [`MAX_ERRORS`].
    #[serde(default)]
    pub errors_left_out: u64,
}

impl Report {
    /// The report of a file that cannot be used at all.
    pub fn unusable(currency: &str, error: ImportError) -> Report {
        Report { currency: currency.into(), errors: vec![error], ..Report::default() }
    }

    pub fn accepted(&self) -> u64 {
        self.stored + self.unchanged
    }

    /// Keeps an error as long as there is room for it.
    pub fn add_error(&mut self, error: ImportError) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        } else {
            self.errors_left_out += 1;
        }
    }
}

/// What became of an imported list of companies; `companies` is always the sum of the three after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyReport {
    pub companies: u64,
    pub stored: u64,
    pub unchanged: u64,
    pub refused: u64,
    pub errors: Vec<ImportError>,
    /// Errors beyond [`MAX_ERRORS`].
    #[serde(default)]
    pub errors_left_out: u64,
}

impl CompanyReport {
    /// The report of a file that cannot be used at all.
    pub fn unusable(error: ImportError) -> CompanyReport {
        CompanyReport { errors: vec![error], ..CompanyReport::default() }
    }

    pub fn accepted(&self) -> u64 {
        self.stored + self.unchanged
    }

    /// A row that is not taken, as long as there is room for it.
    pub fn refuse(&mut self, error: ImportError) {
        self.companies += 1;
        self.refused += 1;
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        } else {
            self.errors_left_out += 1;
        }
    }
}

/// An import as a page follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProgress<R = Report> {
    pub id: String,
    pub file_name: String,
    pub state: ImportState,
    /// Rows dealt with, of the file's rows; a total of 0 is not known yet.
    pub done: u64,
    pub total: u64,
    pub started_at: i64,
    /// There once it has ended.
    pub report: Option<R>,
}
