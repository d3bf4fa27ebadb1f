//! `tieout migrate-to`

use super::{
    answer::{Answer, Failure, INCOMPLETE, SOME},
    deed::Deed,
};
use crate::server::{
    config::Settings,
    db::Db,
    services::moving::{self, Moved},
    vault::Vault,
};
use serde_json::json;

/// Move everything from SQLite into an empty database, such as one of Postgres, and compare every row
#[derive(clap::Args)]
#[command(after_help = "\
Stop the server first: nobody may use the SQLite database meanwhile, and nothing in it is changed. Whatever ends the move
before its end, the same command goes on where it was.

Exit codes: 0 everything is there, 2 refused and nothing was moved, 3 everything is there and `tieout check` finds
differences, 4 a row is not the same on both sides

Example: tieout migrate-to postgres://tieout@db/tieout")]
pub struct MigrateTo {
    /// postgres://USER@HOST/DATABASE, or sqlite:PATH
    #[arg(value_name = "URL")]
    target: String,
}

impl MigrateTo {
    pub async fn run(self, settings: &Settings, deed: Option<Deed>, as_json: bool) -> Result<Answer, Failure> {
        let alone = open_alone(settings).await?;
        let usage = |error: anyhow::Error| Failure::Usage(format!("the database to move to: {error:#}"));
        // Nothing is sealed or opened here: secrets move as they are.
        let vault = Vault::of_chance().map_err(anyhow::Error::from)?;
        let target = Db::open(&self.target, vault).await.map_err(usage)?;
        let moved = moving::move_over(&alone, &target).await;
        let answer = match moved {
            Ok(moved) => answer(&moved, settings, as_json),
            Err(error) => Err(error.into()),
        };
        // Where it was refused, the log that is there is somebody else's.
        if let (Some(deed), Ok(Answer { code: 0 | SOME, .. })) = (deed, &answer) {
            deed.write_down(&target, &answer).await;
        }
        target.close().await;
        alone.close().await;
        answer
    }
}

/// The database of the settings, for as long as it takes closed to everybody else.
async fn open_alone(settings: &Settings) -> Result<Db, Failure> {
    let usage = |sentence: &str| Failure::Usage(format!("{}: {sentence}", settings.database_origin));
    if !settings.database_url.starts_with("sqlite:") {
        return Err(usage("migrate-to moves a SQLite database; from Postgres, tieout backup and tieout restore lead elsewhere."));
    }
    match Db::open_alone(&settings.database_url).await {
        Ok(Some(alone)) => Ok(alone),
        Ok(None) => Err(usage("a server or a command is using the database: stop it, and try again.")),
        Err(error) => Err(usage(&format!("{error:#}"))),
    }
}

fn answer(moved: &Moved, settings: &Settings, as_json: bool) -> Result<Answer, Failure> {
    let code = match (&moved.difference, moved.findings.is_empty()) {
        (Some(_), _) => INCOMPLETE,
        (None, false) => SOME,
        (None, true) => 0,
    };
    if as_json {
        let shape = json!({
            "tables": moved.tables, "rows": moved.rows, "moved_before": moved.before, "began_anew": moved.anew,
            "difference": moved.difference, "findings": moved.findings,
        });
        return Ok(Answer::json(&shape)?.with_code(code));
    }
    let mut lines = Vec::new();
    if moved.anew {
        lines.push("The SQLite database has changed since the move was begun, so it began anew.".to_owned());
    } else if moved.before > 0 {
        lines.push(format!("{} rows had been moved before.", moved.before));
    }
    match &moved.difference {
        Some(difference) => lines.push(format!(
            "Not the same on both sides: {difference}.\nMove into another, empty database; this one cannot be used."
        )),
        None => lines.extend(moved_over(moved, settings)),
    }
    Ok(Answer::done(lines.join("\n")).with_code(code))
}

/// What to do next.
fn moved_over(moved: &Moved, settings: &Settings) -> Vec<String> {
    let mut lines = vec![format!("{} rows of {} tables are there; every one was compared.", moved.rows, moved.tables)];
    if moved.findings.is_empty() {
        lines.push("Every stored status and count equals what its facts add up to.".to_owned());
    } else {
        lines.push(format!("{}\n{} differences", moved.findings.join("\n"), moved.findings.len()));
    }
    let keys = match &settings.secret_key {
        Some(_) => "the keys it has now".to_owned(),
        None => format!("the keys in {}", settings.secret_key_file.display()),
    };
    lines.push(format!(
        "Set TIEOUT_DATABASE_URL (database_url in tieout.toml) to the new database, and start the server with {keys}: they are \
        needed as before. Keep the SQLite database until you have looked around in the new one."
    ));
    lines
}
