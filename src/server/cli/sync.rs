//! `tieout sync`

use super::answer::{ALL, Answer, Failure, INCOMPLETE, SOME, table};
use super::status::parse_status;
use super::waiting::wait_until_ended;
use crate::{
    domain::{
        run::{RunKind, RunScope},
        status::SyncStatus,
    },
    server::{
        db::{Db, companies as rows, companies::Company},
        services::{companies, error::ServiceError, sync},
    },
};
use serde_json::json;

/// Sync companies with their accounting software
#[derive(clap::Args)]
#[command(after_help = "\
Without --wait the syncs are only asked for, and a running server works them. With --wait the command stays until they \
have ended, and works them itself where no server does.

Exit codes with --wait: 0 all synced, 3 some with errors, 4 some incomplete. Companies without a connection, or \
whose onboarding is unfinished, cannot sync: --all and --status name them and pass them over.

Examples:
  tieout sync --company AQE --wait
  tieout sync --status errors
  tieout sync --all --wait --json")]
pub struct Sync {
    #[command(flatten)]
    which: Which,
    /// Stay until the syncs have ended
    #[arg(long)]
    wait: bool,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// One company, by name or code
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
    /// Every company in this status
    #[arg(long, value_parser = parse_status)]
    status: Option<SyncStatus>,
    /// Every company
    #[arg(long)]
    all: bool,
}

/// A company and what became of the wish to sync it.
struct Asked {
    company: Company,
    refused: Option<String>,
}

impl Sync {
    pub async fn run(self, db: &Db, concurrency: usize, json: bool) -> Result<Answer, Failure> {
        let companies = match &self.which.company {
            Some(name) => vec![companies::find(db, name).await?],
            None => companies::all(db, self.which.status).await?,
        };
        let mut asked = Vec::with_capacity(companies.len());
        for company in companies {
            let refused = match sync::request(db, &company.id, RunKind::Manual, RunScope::Full, "command line").await {
                Ok(_) => None,
                Err(ServiceError::Refused(sentence)) if self.which.company.is_none() => Some(sentence),
                Err(error) => return Err(error.into()),
            };
            asked.push(Asked { company, refused });
        }
        if self.wait {
            let ids = asked.iter().filter(|one| one.refused.is_none()).map(|one| one.company.id.clone()).collect();
            wait_until_ended(db, ids, concurrency).await?;
        }
        for one in &mut asked {
            if let Some(now) = rows::by_id(db, &one.company.id).await? {
                one.company = now;
            }
        }
        let code = if self.wait { asked.iter().map(Asked::code).max().unwrap_or(ALL) } else { ALL };
        let answer = if json { Answer::json(&shape(&asked))? } else { Answer::done(text(&asked, self.wait)) };
        Ok(answer.with_code(code))
    }
}

impl Asked {
    /// What this company adds to the exit code. Where somebody has yet to connect or to confirm, nothing failed.
    fn code(&self) -> u8 {
        match self.company.status() {
            SyncStatus::NotConnected | SyncStatus::IncompleteOnboarding | SyncStatus::Synced => ALL,
            SyncStatus::Errors => SOME,
            SyncStatus::NeedsReconnecting | SyncStatus::IncompletePipeline | SyncStatus::InProgress => INCOMPLETE,
        }
    }
}

fn shape(asked: &[Asked]) -> serde_json::Value {
    let companies: Vec<_> = asked
        .iter()
        .map(|Asked { company, refused }| {
            json!({
                "code": company.code,
                "name": company.name,
                "status": company.status().as_str(),
                "open_errors": company.open_errors,
                "refused": refused,
            })
        })
        .collect();
    json!({ "companies": companies })
}

fn text(asked: &[Asked], waited: bool) -> String {
    if asked.is_empty() {
        return "No company to sync.".into();
    }
    let rows: Vec<[String; 3]> = asked
        .iter()
        .map(|Asked { company, refused }| {
            let outcome = match refused {
                Some(sentence) => format!("not started. {sentence}"),
                None => match company.reason.as_str() {
                    "" => company.status().label().to_owned(),
                    reason => format!("{}. {reason}", company.status().label()),
                },
            };
            [company.code.clone(), company.name.clone(), outcome]
        })
        .collect();
    let started = asked.iter().filter(|one| one.refused.is_none()).count();
    let note = match waited {
        true => String::new(),
        false => format!("\n{started} asked for; a running server works them (tieout serve), or use --wait."),
    };
    table(["Code", "Name", "Outcome"], &rows, &[]) + &note
}
