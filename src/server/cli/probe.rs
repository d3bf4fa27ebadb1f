//! `tieout probe`

use super::answer::{ALL, Answer, Failure, INCOMPLETE, SOME};
use crate::server::{
    db::Db,
    services::{
        companies,
        connections::probe::{self, Probed},
    },
};
use serde_json::json;

/// Ask whether a company's accounting software still lets Tieout in
#[derive(clap::Args)]
#[command(after_help = "\
Servers ask once a day by themselves. Where access is lost the company needs reconnecting from then on.

Exit codes: 0 it lets us in, 3 access is lost, 4 it could not be told now

Example: tieout probe --company AQE")]
pub struct Probe {
    /// The company, by name or code
    #[arg(long, value_name = "NAME")]
    company: String,
}

impl Probe {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let company = companies::find(db, &self.company).await?;
        let (word, reason, code) = match probe::probe(db, &company.id).await? {
            Probed::Well => ("well", None, ALL),
            Probed::Lost(reason) => ("lost", Some(reason), SOME),
            Probed::Unclear(reason) => ("unclear", Some(reason), INCOMPLETE),
        };
        let text = match (&reason, word) {
            (None, _) => format!("{}: the accounting software lets us in.", company.name),
            (Some(reason), "lost") => format!("{}: access is lost. {reason}", company.name),
            (Some(reason), _) => format!("{}: it could not be told now. {reason}", company.name),
        };
        let shape = json!({ "company": company.code, "access": word, "reason": reason });
        let answer = if json { Answer::json(&shape)? } else { Answer::done(text) };
        Ok(answer.with_code(code))
    }
}
