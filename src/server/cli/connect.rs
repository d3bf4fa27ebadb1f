//! `tieout connect`

mod xero;

use super::answer::{ALL, Answer, Failure, INCOMPLETE, SOME};
use crate::{
    domain::{
        connection::{Access, EARLIEST_SYNC_FROM, TrytonPlace},
        matching::MatchReport,
        provider::Provider,
        schedule::Schedule,
    },
    server::{
        config::Settings,
        db::{Db, authorisations, companies::Company, connections as rows},
        services::{
            companies,
            connections::{
                self,
                authorise::{self, Looked},
            },
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

Tryton is asked for access in the name of one of its users, and somebody approves that in Tryton: user menu, \
Preferences, Applications. Then the same command again connects; with several companies there, --organisation names one.

At Xero a person agrees in a browser, which comes back to the running server: the command says where to begin, waits for \
that, and connects. With a custom connection no browser is needed: --client-id, and --client-secret-file with a file or - \
for standard input.

Exit codes: 0 connected, 3 connected and something has no match yet, 4 waiting for somebody who approves it

Examples:
  tieout connect --company AQE --provider practice --accept-matches
  tieout connect --company AQE --provider tryton --server https://books.example.com --database main --user admin
  tieout connect --company AQE --provider xero --organisation 'Albion Quay Estates' --accept-matches
  tieout connect --company AQE --provider xero --client-id 0A1B2C --client-secret-file - < secret")]
pub struct Connect {
    /// The company, by name or code
    #[arg(long, value_name = "NAME")]
    company: String,
    /// The accounting software: practice, the ledger built into Tieout; tryton; or xero
    #[arg(long, value_parser = parse_provider)]
    provider: Provider,
    /// The address of the Tryton server
    #[arg(long, value_name = "URL", default_value = "", hide_default_value = true)]
    server: String,
    /// The database there
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    database: String,
    /// The user in whose name access is asked for
    #[arg(long, value_name = "LOGIN", default_value = "", hide_default_value = true)]
    user: String,
    /// The organisation, by its name or id, where the access opens several
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
    /// The client id of a custom connection at Xero
    #[arg(long, value_name = "ID", requires = "client_secret_file")]
    client_id: Option<String>,
    /// The file with its client secret; -: standard input
    #[arg(long, value_name = "FILE", requires = "client_id")]
    client_secret_file: Option<String>,
    /// Do not wait until somebody has agreed at Xero
    #[arg(long)]
    no_wait: bool,
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

/// Who did it, where that is noted.
const BY: &str = "command line";

fn parse_provider(word: &str) -> Result<Provider, String> {
    Provider::parse(word).ok_or_else(|| format!("known is {}", Provider::ALL.map(Provider::as_str).join(", ")))
}

fn parse_schedule(word: &str) -> Result<Schedule, String> {
    Schedule::parse(word).ok_or_else(|| format!("known are {}", Schedule::ALL.map(Schedule::as_str).join(", ")))
}

impl Connect {
    pub async fn run(self, db: &Db, settings: &Settings, json: bool) -> Result<Answer, Failure> {
        if self.client_id.is_some() && self.provider != Provider::Xero {
            return Err(Failure::Usage("--client-id is for --provider xero.".into()));
        }
        let company = companies::find(db, &self.company).await?;
        let present = rows::of_company(db, &company.id).await?;
        let waits = present.is_some_and(|present| present.access() == Access::Valid && present.onboarded_at.is_none());
        if !(waits && self.accept_matches) {
            match self.provider {
                Provider::Practice => {
                    connections::connect_practice(db, &company, self.sync_from.as_deref(), self.schedule, BY).await?
                }
                Provider::Xero => {
                    if let Some(ended) = self.xero(db, settings, &company, json).await? {
                        return Ok(ended);
                    }
                }
                Provider::Tryton => {
                    if let Some(waits) = self.tryton(db, &company, json).await? {
                        return Ok(waits);
                    }
                }
            }
        }
        let mut missing = None;
        if self.accept_matches
            && let Confirmed::Incomplete(report) = onboarding::confirm(db, &company.id, true, &[], BY).await?
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

impl Connect {
    /// Asks for access, or uses it where it was given; `None` once it is connected.
    async fn tryton(&self, db: &Db, company: &Company, json: bool) -> Result<Option<Answer>, Failure> {
        let sync_from = self.sync_from.as_deref().unwrap_or(EARLIEST_SYNC_FROM);
        let waits = |text: String| self.waits(company, json, &text).map(Some);
        if authorisations::of_company(db, &company.id).await?.is_none() {
            let place = TrytonPlace { server: self.server.clone(), database: self.database.clone(), user: self.user.clone() };
            authorise::ask_tryton(db, company, &place, sync_from, self.schedule, BY).await?;
            return waits(format!(
                "Access was asked for. Approve it in Tryton as {}: user menu, Preferences, Applications. Then give the same command again.",
                self.user
            ));
        }
        match authorise::look(db, &company.id).await? {
            Looked::Waiting => return waits("Not approved yet: user menu, Preferences, Applications in Tryton.".into()),
            Looked::Trouble(why) => return Err(Failure::Usage(why)),
            Looked::Reconnected => return Ok(None),
            Looked::Given => {}
        }
        self.choose(db, company).await?;
        Ok(None)
    }

    /// Somebody has to do something first, which the text says.
    fn waits(&self, company: &Company, json: bool, text: &str) -> Result<Answer, Failure> {
        let shape = json!({ "company": company.name, "provider": self.provider.as_str(), "waiting": true });
        let answer = if json { Answer::json(&shape)? } else { Answer::done(text) };
        Ok(answer.with_code(INCOMPLETE))
    }

    /// Connects with the organisation that was named, or the only one the access opens for this company.
    async fn choose(&self, db: &Db, company: &Company) -> Result<(), Failure> {
        let sync_from = self.sync_from.as_deref().unwrap_or(EARLIEST_SYNC_FROM);
        let asked = authorisations::of_company(db, &company.id).await?;
        let asked = asked.ok_or_else(|| Failure::Usage("The access was used or given up meanwhile.".into()))?;
        let choices = authorise::choices(db, company, &asked).await?;
        let chosen = match &self.organisation {
            Some(named) => choices.iter().find(|choice| choice.id == *named || choice.name == *named),
            None => match choices.iter().filter(|choice| choice.blocked.is_none()).collect::<Vec<_>>().as_slice() {
                [only] => Some(*only),
                _ => None,
            },
        };
        let Some(chosen) = chosen else {
            let names: Vec<String> = choices
                .iter()
                .map(|choice| match &choice.blocked {
                    Some(why) => format!("{} ({why})", choice.name),
                    None => choice.name.clone(),
                })
                .collect();
            return Err(Failure::Usage(format!("Name the organisation with --organisation: {}.", names.join(", "))));
        };
        authorise::choose(db, company, &chosen.id, sync_from, self.schedule, BY).await?;
        Ok(())
    }
}
