//! The command line: everything the pages do, for shells and scripts. One file a command; each answers with what
//! is to be printed and the exit code.

mod answer;
mod backup;
mod check;
mod company;
mod connect;
mod deed;
mod demo;
mod import;
mod keys;
mod migrate_to;
mod pause;
mod people;
mod probe;
mod serve;
mod status;
mod sync;
mod tie_out;
mod waiting;

use super::{
    config::{Flags, SERVER_LOG, Settings},
    connectors::{outgoing, xero},
    startup,
};
use answer::{Answer, Failure};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use deed::Deed;
use std::{path::PathBuf, process::ExitCode};

const EXAMPLES: &str = "\
Examples:
  tieout serve                                      the page, at http://127.0.0.1:3000
  tieout demo                                       24 practice companies to look at
  tieout company add 'Albion Quay Estates'
  tieout import sales --company AQE sales.csv       documents from Xero's import template
  tieout connect --company AQE --provider practice --accept-matches
  tieout sync --company AQE --wait
  tieout tie-out --company AQE                      do both sides agree?

Settings come from tieout.toml in the data directory, then TIEOUT_* variables, then flags.";

/// Every accounting connection of every company on one page, the syncs behind it, and proof that both sides agree.
#[derive(Parser)]
#[command(name = "tieout", version, after_help = EXAMPLES, disable_help_subcommand = true)]
struct Cli {
    /// The settings file [default: tieout.toml in the data directory]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    config: Option<PathBuf>,
    /// Where the database and the settings file are [default: data]
    #[arg(long, global = true, value_name = "DIRECTORY", help_heading = "Settings")]
    data_dir: Option<String>,
    /// sqlite:PATH or postgres://USER@HOST/DATABASE [default: tieout.sqlite in the data directory]
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    database_url: Option<String>,
    /// What is written to standard error: error, warn, info, debug or trace
    #[arg(long, global = true, value_name = "FILTER", help_heading = "Settings")]
    log: Option<String>,
    /// Print JSON, for scripts
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    #[command(subcommand)]
    Company(company::Company),
    Connect(connect::Connect),
    Probe(probe::Probe),
    Pause(pause::Pause),
    Resume(pause::Resume),
    #[command(subcommand)]
    Import(import::Import),
    Sync(sync::Sync),
    Status(status::Status),
    TieOut(tie_out::TieOut),
    Check(check::Check),
    #[command(subcommand)]
    People(people::People),
    #[command(subcommand)]
    Keys(keys::Keys),
    Backup(backup::Backup),
    Restore(backup::Restore),
    /// Bring the database's tables up to date, as every other command does before it begins
    #[command(after_help = "\
Give it a moment of its own before a new version serves a large database, or to try out a database's URL.

Example: TIEOUT_DATABASE_URL=postgres://tieout@db/tieout tieout migrate")]
    Migrate,
    MigrateTo(migrate_to::MigrateTo),
}

/// Runs the command this process was started with.
pub async fn run() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.obey(Deed::of(&matches)).await {
        Ok(answer) => answer.give(),
        Err(failure) => failure.give(),
    }
}

impl Cli {
    async fn obey(self, deed: Option<Deed>) -> Result<Answer, Failure> {
        // A setting that cannot be is a mistake in how the command was given.
        let settings = Settings::load(&self.flags()).map_err(|error| Failure::Usage(format!("{error:#}")))?;
        let is_server = matches!(self.command, Command::Serve(_));
        startup::log(&settings, if is_server { SERVER_LOG } else { "warn" });
        outgoing::begin(settings.private_hosts.clone());
        xero::begin(settings.xero.clone(), &settings.xero_address);
        xero::limits::begin(xero::limits::Rules { minute: settings.xero_minute_limit, ..xero::limits::Rules::XERO });
        if is_server {
            startup::serve(settings).await?;
            return Ok(Answer::silent());
        }
        if let Command::MigrateTo(command) = self.command {
            return command.run(&settings, deed, self.json).await;
        }
        // Without its database nothing of the command can be done.
        let opened = match self.command {
            // What a missing key seals is what this command is for.
            Command::Keys(_) => startup::open_sealed(&settings).await,
            _ => startup::open(&settings).await,
        };
        let db = opened.map_err(|error| Failure::Usage(format!("{error:#}")))?;
        let answer = match self.command {
            Command::Serve(_) | Command::Migrate | Command::MigrateTo(_) if self.json => {
                Answer::json(&serde_json::json!({ "up_to_date": true }))
            }
            Command::Serve(_) | Command::Migrate | Command::MigrateTo(_) => {
                Ok(Answer::done("The database's tables are up to date."))
            }
            Command::Company(command) => command.run(&db, self.json).await,
            Command::Connect(command) => command.run(&db, &settings, self.json).await,
            Command::Probe(command) => command.run(&db, self.json).await,
            Command::Pause(command) => command.run(&db, self.json).await,
            Command::Resume(command) => command.run(&db, self.json).await,
            Command::Demo(command) => command.run(&db, settings.concurrency, self.json).await,
            Command::Import(command) => command.run(&db, self.json).await,
            Command::Sync(command) => command.run(&db, settings.concurrency, self.json).await,
            Command::Status(command) => command.run(&db, self.json).await,
            Command::TieOut(command) => command.run(&db, self.json).await,
            Command::Check(command) => command.run(&db, self.json).await,
            Command::People(command) => command.run(&db, &settings, self.json).await,
            Command::Keys(command) => command.run(&db, self.json).await,
            Command::Backup(command) => command.run(&db, self.json).await,
            Command::Restore(command) => command.run(&db, &settings.data_dir, self.json).await,
        };
        if let Some(deed) = deed {
            deed.write_down(&db, &answer).await;
        }
        db.close().await;
        answer
    }

    fn flags(&self) -> Flags {
        let mut flags = Flags { config: self.config.clone(), ..Flags::default() };
        let (listen, concurrency, keep_messages_days) = match &self.command {
            Command::Serve(serve) => (serve.listen.clone(), serve.concurrency.clone(), serve.keep_messages_days.clone()),
            _ => (None, None, None),
        };
        let given = [
            ("data_dir", self.data_dir.clone()),
            ("database_url", self.database_url.clone()),
            ("log", self.log.clone()),
            ("listen", listen),
            ("concurrency", concurrency),
            ("keep_messages_days", keep_messages_days),
        ];
        flags.values.extend(given.into_iter().filter_map(|(name, value)| Some((name, value?))));
        flags
    }
}
