//! `tieout pause` and `tieout resume`

use super::answer::{Answer, Failure};
use crate::server::{
    db::Db,
    services::{companies, connections::pause},
};
use serde_json::json;
use std::time::{Duration, Instant};

/// Who pauses, as pages name it.
const BY: &str = "the command line";

/// How long a command goes on with it at a time; it stays until all is done.
const STRETCH: Duration = Duration::from_secs(60);

/// Keep connections from syncing until they are resumed
#[derive(clap::Args)]
#[command(after_help = "\
Nothing of what is paused starts: no schedule, no changes, no hand. A sync under way is finished; what changes here waits. \
--all pauses every connection that is not paused, and `tieout resume --all` takes up exactly these.

Examples:
  tieout pause --company AQE
  tieout pause --all")]
pub struct Pause {
    #[command(flatten)]
    which: Which,
}

/// Let paused connections sync again
#[derive(clap::Args)]
#[command(after_help = "\
What waited meanwhile is sent. --all resumes what `tieout pause --all` paused, and nothing that was paused by itself.

Examples:
  tieout resume --company AQE
  tieout resume --all")]
pub struct Resume {
    #[command(flatten)]
    which: Which,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// One company, by name or code
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
    /// Every company
    #[arg(long)]
    all: bool,
}

impl Pause {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        match self.which.company {
            Some(name) => {
                let company = companies::find(db, &name).await?;
                pause::pause(db, &company, BY).await?;
                answer(json, json!({ "paused": company.code }), format!("{} is paused.", company.name))
            }
            None => {
                let done = pause::pause_everything(db, BY).await?;
                finish(db, done).await?;
                answer(
                    json,
                    json!({ "paused": "all" }),
                    "Everything is paused. Take it up again with: tieout resume --all".into(),
                )
            }
        }
    }
}

impl Resume {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        match self.which.company {
            Some(name) => {
                let company = companies::find(db, &name).await?;
                pause::resume(db, &company, BY).await?;
                answer(json, json!({ "resumed": company.code }), format!("{} is resumed.", company.name))
            }
            None => {
                let done = pause::resume_everything(db, BY).await?;
                finish(db, done).await?;
                let words = "What was paused together is resumed. What was paused by itself stays paused.";
                answer(json, json!({ "resumed": "all" }), words.into())
            }
        }
    }
}

/// Takes the steps that are left: there may be no server to do so.
async fn finish(db: &Db, mut done: bool) -> Result<(), Failure> {
    while !done {
        done = pause::go_on(db, Instant::now() + STRETCH).await?;
    }
    Ok(())
}

fn answer(json: bool, shape: serde_json::Value, text: String) -> Result<Answer, Failure> {
    if json { Answer::json(&shape) } else { Ok(Answer::done(text)) }
}
