//! `tieout import`

use super::answer::{ALL, Answer, Failure, NOTHING, SOME};
use crate::{
    domain::{
        import::{MAX_FILE_BYTES, Report, Tally},
        money::{decimal, grouped},
    },
    server::{
        db::{Db, companies::Company},
        services::{companies, import},
    },
};
use serde_json::json;
use std::{
    io::Read,
    path::{Path, PathBuf},
};

/// Errors shown to people; a script gets all of them.
const SHOWN: usize = 25;

/// Import documents from files
#[derive(clap::Subcommand)]
pub enum Import {
    Sales(Sales),
}

/// Import sales invoices and credit notes from a file in Xero's sales-invoice template
#[derive(clap::Args)]
#[command(after_help = "\
The file is CSV in UTF-8, one row a line item, dates written dd/mm/yyyy; rows with the same InvoiceNumber are one \
document, and quantities below nought make it a credit note. What cannot be used is reported with line, column and \
reason; put it right and import the same file again: what is stored already is left as it is, and a document that \
changed becomes a new version and is synced again.

Exit codes: 0 all stored, 3 some refused, 2 nothing stored

Example: tieout import sales --company AQE sales.csv --json")]
pub struct Sales {
    /// The company, by name or code
    #[arg(long, value_name = "NAME")]
    company: String,
    /// The file; - reads standard input
    file: PathBuf,
}

impl Import {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let Import::Sales(sales) = self;
        let company = companies::find(db, &sales.company).await?;
        let bytes = read(&sales.file).map_err(|error| Failure::Usage(format!("{}: {error}.", sales.file.display())))?;
        let name = sales.file.file_name().map_or_else(|| "-".into(), |name| name.to_string_lossy());
        let report = import::run(db, &company, &name, bytes, "command line").await?;
        let code = match (report.accepted(), report.refused) {
            (0, _) => NOTHING,
            (_, 0) => ALL,
            _ => SOME,
        };
        let answer = if json { Answer::json(&shape(&report))? } else { Answer::done(text(&name, &company, &report)) };
        Ok(answer.with_code(code))
    }
}

/// One byte more than allowed at most: the import itself refuses what is too large.
pub(super) fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_FILE_BYTES as u64 + 1;
    match path.to_str() {
        Some("-") => std::io::stdin().lock().take(most).read_to_end(&mut bytes)?,
        _ => std::fs::File::open(path)?.take(most).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

fn shape(report: &Report) -> serde_json::Value {
    let tally = |tally: Tally| json!({ "count": tally.count, "net": decimal(tally.net, &report.currency) });
    json!({
        "documents": report.documents,
        "stored": report.stored,
        "unchanged": report.unchanged,
        "refused": report.refused,
        "invoices": tally(report.invoices),
        "credit_notes": tally(report.credit_notes),
        "errors": report.errors,
    })
}

fn text(file: &str, company: &Company, report: &Report) -> String {
    let currency = &company.currency;
    let mut text = match report.documents {
        0 => format!("Nothing of {file} was stored for {} ({}):\n", company.name, company.code),
        documents => format!(
            "{file} for {} ({}): {documents} documents, {} stored, {} unchanged, {} refused\n\
            {} invoices, net {currency} {}; {} credit notes, net {currency} {}\n",
            company.name,
            company.code,
            report.stored,
            report.unchanged,
            report.refused,
            report.invoices.count,
            grouped(report.invoices.net, currency),
            report.credit_notes.count,
            grouped(report.credit_notes.net, currency),
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
