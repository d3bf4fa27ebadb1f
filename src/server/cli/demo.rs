//! `tieout demo`

use super::{
    answer::{Answer, Failure},
    waiting,
};
use crate::server::{
    db::Db,
    services::{demo, people},
};
use serde_json::json;
use std::collections::HashSet;

/// Make a group of practice companies whose syncs show every status
#[derive(clap::Args)]
#[command(after_help = "\
Their books are practice ledgers in this database: some with an archived account, a locked period, access revoked, \
offline or slow. Start `tieout serve` and open the link it shows. The same command again makes nothing twice, and goes on \
where it was interrupted.

Example: tieout demo && tieout serve")]
pub struct Demo {
    /// How many companies; those beyond 24 have no books and are not connected
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    companies: u32,
    /// Leave the first syncs in the queue for a server
    #[arg(long)]
    no_sync: bool,
}

impl Demo {
    pub async fn run(self, db: &Db, concurrency: usize, json: bool) -> Result<Answer, Failure> {
        let made = demo::seed(db, self.companies as usize).await?;
        people::practice_person(db).await?;
        if !self.no_sync {
            let quick: HashSet<String> = demo::quick_to_sync(db).await?.into_iter().collect();
            waiting::wait_until_ended(db, quick, concurrency).await?;
        }
        if json {
            return Answer::json(&json!({ "made": made }));
        }
        Ok(Answer::done(format!("Made {made} practice companies. Next: tieout serve, which shows a link that lets you in")))
    }
}
