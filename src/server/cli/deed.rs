//! What a command did, for the audit log: whoever may run commands may do everything, and it is written down all the same.

use super::answer::{Answer, Failure, NOTHING};
use crate::server::db::{
    Db,
    audit::{self, Entry},
    now_ms,
};
use clap::ArgMatches;

/// Commands that change nothing, or nothing of the group's.
const LOOKS: [&str; 9] = ["serve", "migrate", "status", "tie-out", "check", "backup", "company list", "people list", "keys list"];

/// Arguments that say what a command was about. None of them is a secret, as an address of a database may be.
const TELLING: [&str; 10] = ["company", "email", "name", "code", "role", "companies", "provider", "status", "all", "file"];

/// What a command is about to do.
pub struct Deed {
    act: String,
    detail: String,
}

impl Deed {
    /// `None`: nothing that would be written down.
    pub fn of(matches: &ArgMatches) -> Option<Deed> {
        let (mut words, mut matches) = (Vec::new(), matches);
        while let Some((word, inner)) = matches.subcommand() {
            words.push(word);
            matches = inner;
        }
        let act = words.join(" ");
        if act.is_empty() || LOOKS.contains(&act.as_str()) {
            return None;
        }
        let told = TELLING.iter().filter_map(|name| {
            let values = matches.try_get_raw(name).ok().flatten()?;
            let is_given = matches.value_source(name) == Some(clap::parser::ValueSource::CommandLine);
            let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
            is_given.then(|| format!("{name} {}", values.join(",")))
        });
        Some(Deed { act: format!("tieout {act}"), detail: told.collect::<Vec<_>>().join(", ") })
    }

    pub async fn write_down(self, db: &Db, ended: &Result<Answer, Failure>) {
        let refused = match ended {
            Ok(answer) => answer.code == NOTHING,
            Err(_) => true,
        };
        let entry = Entry {
            id: String::new(),
            at: now_ms(),
            person_id: None,
            person: "the command line".into(),
            act: self.act,
            outcome: if refused { "refused" } else { "done" }.into(),
            company_id: None,
            company_code: String::new(),
            detail: self.detail,
            address: String::new(),
        };
        if let Err(error) = audit::append(db, &entry).await {
            tracing::error!(%error, act = entry.act, "the audit log cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::cli::Cli;
    use clap::CommandFactory;

    fn deed(arguments: &[&str]) -> Option<(String, String)> {
        let matches = Cli::command().try_get_matches_from([&["tieout"], arguments].concat()).unwrap();
        Deed::of(&matches).map(|deed| (deed.act, deed.detail))
    }

    #[test]
    fn what_changes_something_is_told_without_secrets() {
        let url = "postgres://tieout:secret@db/tieout";
        let (act, detail) =
            deed(&["--database-url", url, "people", "invite", "ada@example.com", "--name", "Ada", "--role", "manager"]).unwrap();
        assert_eq!((act.as_str(), detail.as_str()), ("tieout people invite", "email ada@example.com, name Ada, role manager"));
        assert_eq!(deed(&["pause", "--all"]), Some(("tieout pause".into(), "all true".into())));
        assert_eq!(deed(&["people", "list"]), None);
        assert_eq!(deed(&["serve"]), None);
        assert_eq!(deed(&["company", "list"]), None);
    }
}
