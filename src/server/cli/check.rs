//! `tieout check`

use super::answer::{Answer, Failure, SOME};
use crate::server::db::{Db, status};
use serde_json::json;

/// Prove that every stored status and count equals what its facts add up to
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 everything agrees, 3 something differs

Example: tieout check --json")]
pub struct Check {}

impl Check {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let findings = status::check(db).await?;
        let code = if findings.is_empty() { 0 } else { SOME };
        let answer = match (json, findings.is_empty()) {
            (true, agrees) => Answer::json(&json!({ "agrees": agrees, "findings": findings }))?,
            (false, true) => Answer::done("Every stored status and count equals what its facts add up to."),
            (false, false) => Answer::done(format!("{}\n{} differences", findings.join("\n"), findings.len())),
        };
        Ok(answer.with_code(code))
    }
}
