//! `tieout connect`

use super::answer::{ALL, Answer, Failure, SOME};
use crate::{
    domain::{connection::Access, matching::MatchReport, provider::Provider, schedule::Schedule},
    server::{
        db::{Db, connections as rows},
        services::{
            companies, connections,
            onboarding::{self, Confirmed},
        },
    },
};
use serde_json::json;

/// Connect a company to accounting software
#[derive(clap::Args)]
#[command(after_help = "\
A practice ledger is opened for the company, with a usual UK chart of accounts and tax rates. Until its onboarding is \
confirmed nothing is sent. --accept-matches confirms it, and asks for the first sync, where every account, tax rate \
and tracking option the documents use has the same code or name there; it may also be given later, with the same \
command.

Exit codes: 0 connected, 3 connected and something has no match yet

Example: tieout connect --company AQE --provider practice --accept-matches")]
pub struct Connect {
    /// The company, by name or code
    #[arg(long, value_name = "NAME")]
    company: String,
    /// The accounting software: practice, the ledger built into Tieout
    #[arg(long, value_parser = parse_provider)]
    provider: Provider,
    /// Accept all exact matches and confirm onboarding
    #[arg(long)]
    accept_matches: bool,
    /// Leave documents dated before this day alone
    #[arg(long, value_name = "YYYY-MM-DD")]
    sync_from: Option<String>,
    /// When to sync by itself: off, hourly (in business hours, and once overnight) or nightly
    #[arg(long, default_value = "nightly", value_parser = parse_schedule)]
    schedule: Schedule,
}

fn parse_provider(word: &str) -> Result<Provider, String> {
    Provider::parse(word).ok_or_else(|| format!("known is {}", Provider::ALL.map(Provider::as_str).join(", ")))
}

fn parse_schedule(word: &str) -> Result<Schedule, String> {
    Schedule::parse(word).ok_or_else(|| format!("known are {}", Schedule::ALL.map(Schedule::as_str).join(", ")))
}

impl Connect {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let company = companies::find(db, &self.company).await?;
        let present = rows::of_company(db, &company.id).await?;
        let waits = present.is_some_and(|present| present.access() == Access::Valid && present.onboarded_at.is_none());
        if !(waits && self.accept_matches) {
            match self.provider {
                Provider::Practice => {
                    connections::connect_practice(db, &company, self.sync_from.as_deref(), self.schedule, "command line").await?
                }
                Provider::Tryton => return Err(anyhow::anyhow!("Tryton is connected on the company's integration page").into()),
            }
        }
        let mut missing = None;
        if self.accept_matches
            && let Confirmed::Incomplete(report) = onboarding::confirm(db, &company.id, true, &[], "command line").await?
        {
            missing = Some(report);
        }
        let onboarded = self.accept_matches && missing.is_none();
        let code = if missing.is_some() { SOME } else { ALL };
        if json {
            let missing: Vec<_> = missing.iter().flat_map(MatchReport::missing).collect();
            let shape: Vec<_> = missing.iter().map(|item| json!({ "kind": item.kind.as_str(), "value": item.value })).collect();
            let shape = json!({
                "company": company.name,
                "provider": self.provider.as_str(),
                "onboarded": onboarded,
                "missing": shape,
            });
            return Ok(Answer::json(&shape)?.with_code(code));
        }
        let (name, code_word) = (&company.name, &company.code);
        let text = match missing.as_ref().map(MatchReport::missing_sentence) {
            _ if onboarded => {
                format!(
                    "{name} is connected and onboarded; its first sync is queued. Follow it with: tieout sync --company {code_word} --wait"
                )
            }
            Some(sentence) => format!(
                "{name} is connected; onboarding is unfinished. {} Match them on the company's onboarding page.",
                sentence.unwrap_or_default()
            ),
            None => format!(
                "{name} is connected; onboarding is next, on the company's pages or with: \
                tieout connect --company {code_word} --provider {} --accept-matches",
                self.provider.as_str()
            ),
        };
        Ok(Answer::done(text).with_code(code))
    }
}
