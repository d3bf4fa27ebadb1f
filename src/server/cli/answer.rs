//! How a command ends: what it prints, and its exit code.

use crate::server::services::error::ServiceError;
use std::{fmt::Display, io::Write, process::ExitCode};

/// Everything went as asked.
pub const ALL: u8 = 0;
/// The command was given wrongly, or nothing of it could be done.
pub const NOTHING: u8 = 2;
/// Done, and some of it needs a person.
pub const SOME: u8 = 3;
/// Some of it did not come to its end.
pub const INCOMPLETE: u8 = 4;

/// Goes to standard output.
pub struct Answer {
    text: String,
    pub code: u8,
}

impl Answer {
    pub fn done(text: impl Into<String>) -> Answer {
        Answer { text: text.into(), code: ALL }
    }

    pub fn silent() -> Answer {
        Answer::done("")
    }

    pub fn json(value: &impl serde::Serialize) -> Result<Answer, Failure> {
        serde_json::to_string_pretty(value).map(Answer::done).map_err(|error| Failure::Internal(error.into()))
    }

    pub fn with_code(self, code: u8) -> Answer {
        Answer { code, ..self }
    }

    pub fn give(self) -> ExitCode {
        let text = self.text.trim_end();
        if !text.is_empty() {
            // A reader that has seen enough (head) closes its end; that is no failure of the command.
            let _ = writeln!(std::io::stdout(), "{text}");
        }
        ExitCode::from(self.code)
    }
}

/// One sentence on standard error.
pub enum Failure {
    /// The person can do something about it; the sentence says what.
    Usage(String),
    Internal(anyhow::Error),
}

impl Failure {
    pub fn give(self) -> ExitCode {
        match self {
            Failure::Usage(sentence) => {
                eprintln!("tieout: {sentence}");
                ExitCode::from(NOTHING)
            }
            Failure::Internal(error) => {
                eprintln!("tieout: {error:#}");
                ExitCode::FAILURE
            }
        }
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Internal(cause) => Failure::Internal(cause),
            refusal => Failure::Usage(refusal.to_string()),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::Internal(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Failure::Internal(error.into())
    }
}

/// Rows under their headings, each column as wide as its widest text; columns of numbers are set right.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]], numbers: &[usize]) -> String {
    let width = |column: usize| {
        let texts = rows.iter().map(|row| row[column].chars().count());
        texts.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |texts: [&dyn Display; N]| {
        let cells: Vec<String> = (0..N)
            .map(|column| {
                let (text, width) = (texts[column].to_string(), widths[column]);
                if numbers.contains(&column) { format!("{text:>width$}") } else { format!("{text:width$}") }
            })
            .collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(std::array::from_fn(|column| &headings[column] as &dyn Display));
    for row in rows {
        text += &line(std::array::from_fn(|column| &row[column] as &dyn Display));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_text() {
        let rows = [["Quay".to_owned(), "7".to_owned()], ["É".to_owned(), "12345".to_owned()]];
        assert_eq!(table(["Name", "No."], &rows, &[1]), "Name    No.\nQuay      7\nÉ     12345\n");
    }
}
