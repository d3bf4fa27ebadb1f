//! `tieout connect`

use super::answer::{Answer, Failure, SOME};
use crate::{
    domain::{provider::Provider, schedule::Schedule},
    server::{
        db::Db,
        services::{companies, connections, onboarding},
    },
};
use serde_json::json;

/// Connect a company to accounting software
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  tieout connect --company AQE --provider practice --accept-matches
  tieout connect --company AQE --provider practice --schedule hourly --sync-from 2026-01-01

Without --accept-matches onboarding stays open, to be confirmed on the company's integration page.")]
pub struct Connect {
    /// Name or code
    #[arg(long)]
    company: String,
    #[arg(long, value_parser = ["practice"])]
    provider: String,
    /// Confirm onboarding where every account and tax rate in use has an exact match
    #[arg(long)]
    accept_matches: bool,
    /// When it syncs by itself
    #[arg(long, default_value = "nightly", value_parser = ["off", "hourly", "nightly"])]
    schedule: String,
    /// Leave alone what is dated before this day, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    sync_from: Option<String>,
}

impl Connect {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let company = companies::find(db, &self.company).await?;
        // The parser let nothing else through.
        let schedule = Schedule::parse(&self.schedule).unwrap_or(Schedule::Nightly);
        connections::connect_practice(db, &company, self.sync_from.as_deref(), schedule).await?;
        let missing = match self.accept_matches {
            false => None,
            true => match onboarding::confirm(db, &company.id, true, &[], "command line").await? {
                onboarding::Confirmed::Started(_) => Some(String::new()),
                onboarding::Confirmed::Incomplete(report) => Some(report.missing_sentence().unwrap_or_default()),
            },
        };
        let onboarded = missing.as_deref() == Some("");
        let code = if self.accept_matches && !onboarded { SOME } else { super::answer::ALL };
        let (name, company_code) = (&company.name, &company.code);
        let answer = if json {
            Answer::json(&json!({
                "company": name,
                "provider": Provider::Practice.as_str(),
                "onboarded": onboarded,
                "missing": missing.filter(|sentence| !sentence.is_empty()),
            }))?
        } else {
            Answer::done(match missing.as_deref() {
                Some("") => format!(
                    "Connected {name} to a new practice ledger; its initial sync waits for a server, or for: tieout sync --company {company_code} --wait"
                ),
                Some(missing) => format!(
                    "Connected {name}, but onboarding is not complete. {missing} Match them at /companies/{company_code}/integration."
                ),
                None => format!("Connected {name}. Confirm its onboarding at /companies/{company_code}/integration."),
            })
        };
        Ok(answer.with_code(code))
    }
}
