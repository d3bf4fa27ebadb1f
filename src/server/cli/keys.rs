//! `tieout keys`: the keys that seal what lets Tieout into accounting software.

use super::answer::{Answer, Failure};
use crate::server::{db::Db, services::keys};
use clap::Subcommand;
use serde_json::json;

/// The keys that seal what lets Tieout into accounting software
#[derive(Subcommand)]
#[command(after_help = "\
The keys are in the file secret.key of the data directory, or in TIEOUT_SECRET_KEY. The first seals, all open. Keep a
copy apart from the database's backups, and give every server on the same database the same keys.")]
pub enum Keys {
    /// Show the ids of the keys and how many connections each seals; never the keys
    List,
    /// Make a new key, and seal everything with it; servers may go on running
    #[command(after_help = "\
The key that was used before stays in the file until the next rotation, for a server may be sealing with it just now.
Where the keys come from TIEOUT_SECRET_KEY: put a new one (openssl rand -base64 32) first and the old one after a comma,
start the servers anew, run `tieout keys reseal`, and take the old one away.")]
    Rotate,
    /// Seal with the first key everything that another one seals
    Reseal,
    /// Give up what a lost key seals: those connections need to be reconnected, and keep their records and links
    Abandon {
        /// The id of the key, as `tieout keys list` shows it
        id: String,
    },
}

impl Keys {
    pub async fn run(self, db: &Db, as_json: bool) -> Result<Answer, Failure> {
        match self {
            Keys::List => {
                let keys = keys::list(db).await?;
                if as_json {
                    let shape: Vec<_> = keys
                        .iter()
                        .map(|key| json!({ "id": key.id, "seals": key.seals, "present": key.present, "first": key.first }))
                        .collect();
                    return Answer::json(&json!({ "keys": shape }));
                }
                let lines: Vec<String> = keys
                    .iter()
                    .map(|key| {
                        let role = match (key.present, key.first) {
                            (false, _) => "  MISSING: nothing it seals can be opened",
                            (_, true) => "  seals from now on",
                            _ => "",
                        };
                        format!("{}  {} connections{role}", key.id, key.seals)
                    })
                    .collect();
                Ok(Answer::done(lines.join("\n")))
            }
            Keys::Rotate => resealed(keys::rotate(db).await?, as_json),
            Keys::Reseal => resealed(keys::reseal(db).await?, as_json),
            Keys::Abandon { id } => {
                let n = keys::abandon(db, &id).await?;
                if as_json {
                    return Answer::json(&json!({ "given_up": n }));
                }
                Ok(Answer::done(format!("The access of {n} connections was given up: reconnect each on its integration page.")))
            }
        }
    }
}

fn resealed(done: keys::Resealed, as_json: bool) -> Result<Answer, Failure> {
    if as_json {
        return Answer::json(&json!({ "resealed": done.secrets, "key": done.key }));
    }
    Ok(Answer::done(format!("Sealed {} connections anew; the key {} seals from now on.", done.secrets, done.key)))
}
