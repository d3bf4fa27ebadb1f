//! `tieout company import`

use super::super::{
    answer::{ALL, Answer, Failure, NOTHING, SOME},
    import::read,
};
use crate::{
    domain::import::CompanyReport,
    server::{db::Db, services::companies::import},
};
use std::path::PathBuf;

/// Errors shown to people; a script gets all of them.
const SHOWN: usize = 25;

/// Import a list of companies from a CSV file
#[derive(clap::Args)]
#[command(after_help = "\
The file is CSV in UTF-8 with the columns Name, Code, Currency and Time zone, one row a company. An empty code is made \
from the initials of the name. What cannot be used is reported with line, column and reason; put it right and import \
the same file again: what is there already is left as it is.

Exit codes: 0 all stored, 3 some refused, 2 nothing stored

Example: tieout company import companies.csv --json")]
pub struct Import {
    /// The file; - reads standard input
    file: PathBuf,
}

impl Import {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let bytes = read(&self.file).map_err(|error| Failure::Usage(format!("{}: {error}.", self.file.display())))?;
        let name = self.file.file_name().map_or_else(|| "-".into(), |name| name.to_string_lossy());
        let report = import::run(db, &name, bytes).await?;
        let code = match (report.accepted(), report.refused) {
            (0, _) => NOTHING,
            (_, 0) => ALL,
            _ => SOME,
        };
        let answer = if json { Answer::json(&report)? } else { Answer::done(text(&name, &report)) };
        Ok(answer.with_code(code))
    }
}

fn text(file: &str, report: &CompanyReport) -> String {
    let mut text = match report.companies {
        0 => format!("Nothing of {file} was stored:\n"),
        companies => format!(
            "{file}: {companies} companies, {} stored, {} unchanged, {} refused\n",
            report.stored, report.unchanged, report.refused
        ),
    };
    for error in report.errors.iter().take(SHOWN) {
        text += &format!("  {error}\n");
    }
    let more = report.errors.len().saturating_sub(SHOWN) as u64 + report.errors_left_out;
    if more > 0 {
        text += &format!("  … and {more} more; --json lists them\n");
    }
    if report.refused > 0 {
        text += "Put these right in the file and import it again: what is stored already is left as it is.\n";
    }
    text
}
