//! `tieout backup` and `tieout restore`

use super::answer::{Answer, Failure, SOME};
use crate::server::{
    db::Db,
    services::backup::{self, Copied},
};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Copy everything into one file, while servers run, and prove that the file is whole
#[derive(clap::Args)]
#[command(after_help = "\
The file is a SQLite database, whichever kind it was made of. The keys that seal access to accounting software are not in
it: keep a copy of secret.key (or TIEOUT_SECRET_KEY) in another place.

Exit codes: 0 complete, 3 complete and `tieout check` finds differences in it, 2 nothing was written

Example: tieout backup tieout-2026-11-25.sqlite")]
pub struct Backup {
    /// The file to write; it must not exist
    file: PathBuf,
}

/// Fill an empty database, of either kind, from a backup
#[derive(clap::Args)]
#[command(after_help = "\
The backup may be of any earlier version. Give the server the keys its secrets are sealed with, or reconnect afterwards.

Example: TIEOUT_DATABASE_URL=postgres://tieout@db/tieout tieout restore tieout-2026-11-25.sqlite")]
pub struct Restore {
    /// A file that `tieout backup` wrote
    file: PathBuf,
}

impl Backup {
    pub async fn run(self, db: &Db, json: bool) -> Result<Answer, Failure> {
        let copied = backup::backup(db, &self.file).await?;
        answer(&copied, json, format!("{} holds {} rows and was checked.", self.file.display(), copied.rows))
    }
}

impl Restore {
    pub async fn run(self, db: &Db, data_dir: &Path, json: bool) -> Result<Answer, Failure> {
        let copied = backup::restore(db, &self.file, data_dir).await?;
        answer(&copied, json, format!("Restored {} rows from {}, and checked them.", copied.rows, self.file.display()))
    }
}

fn answer(copied: &Copied, as_json: bool, sentence: String) -> Result<Answer, Failure> {
    let code = if copied.findings.is_empty() { 0 } else { SOME };
    let answer = if as_json {
        Answer::json(&json!({ "rows": copied.rows, "findings": copied.findings }))?
    } else if copied.findings.is_empty() {
        Answer::done(sentence)
    } else {
        Answer::done(format!("{sentence}\n{}\n{} differences", copied.findings.join("\n"), copied.findings.len()))
    };
    Ok(answer.with_code(code))
}
