//! Settings: defaults, then the file `tieout.toml`, then `TIEOUT_*` variables, then flags. A name nobody knows and a
//! value that cannot be are refused at the start, with where they stand: a typing error must not pass for a default.

mod values;

use anyhow::{Context, bail, ensure};
use ipnet::IpNet;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};
use url::{Host, Url};
pub use values::is_loopback;
use values::settings;

/// The name of the settings file in the data directory.
pub const FILE_NAME: &str = "tieout.toml";

/// The name of the file of keys in the data directory.
const KEY_FILE_NAME: &str = "secret.key";

/// The settings file as it is written on first use: every setting explained and none set.
pub const FILE_TEXT: &str = include_str!("tieout.toml");

/// The log of a server where nothing else is set; other commands write warnings only.
pub const SERVER_LOG: &str = "info,sqlx=warn";

/// Names of the settings: as they are in the file, in capitals after `TIEOUT_`, and with hyphens as flags.
const NAMES: [&str; 25] = [
    "data_dir",
    "database_url",
    "secret_key_file",
    "secret_key",
    "listen",
    "public_url",
    "tls_certificate",
    "tls_key",
    "trusted_proxies",
    "smtp_url",
    "mail_from",
    "oidc_issuer",
    "oidc_client_id",
    "oidc_client_secret",
    "oidc_name",
    "oidc_domains",
    "private_hosts",
    "xero_client_id",
    "xero_client_secret",
    "xero_webhook_key",
    "xero_address",
    "xero_minute_limit",
    "concurrency",
    "keep_messages_days",
    "log",
];

/// Variables of this prefix that are not settings: the tools', and the tests'.
const NOT_SETTINGS: [&str; 2] = ["TIEOUT_TOOLS", "TIEOUT_SHARED"];
const OF_TESTS: &str = "TIEOUT_TEST_";

/// Everything that can be set.
#[derive(Clone)]
pub struct Settings {
    pub data_dir: PathBuf,
    /// May hold a password: never shown.
    pub database_url: String,
    /// Where the database URL stands, for the sentence that says it cannot be opened.
    pub database_origin: String,
    /// Where the keys are that seal the access to accounting software.
    pub secret_key_file: PathBuf,
    /// Those keys themselves, instead of a file: never shown.
    pub secret_key: Option<Given>,
    pub web: Web,
    /// Where letters are sent from; `None`: an administrator copies links.
    pub mail: Option<Mail>,
    /// Who else may say who somebody is; `None`: nobody.
    pub oidc: Option<Oidc>,
    /// Hosts of accounting software that may be asked although they are inside a private network or this machine.
    pub private_hosts: Vec<Host>,
    /// The app this server is at Xero; `None`: nothing can be connected to Xero.
    pub xero: Option<Xero>,
    /// The key with which Xero signs what it tells by itself; `None`: nothing is taken from it.
    pub xero_webhook_key: Option<Secret>,
    /// Asked in place of Xero's own hosts, without a slash at its end; empty: Xero's own.
    pub xero_address: String,
    /// Requests of one organisation that Xero takes in a minute.
    pub xero_minute_limit: usize,
    /// Companies synced at once.
    pub concurrency: usize,
    /// Days for which messages are kept; 0: for ever.
    pub keep_messages_days: u32,
    /// What of the log is written, as tracing's filters have it. `None`: what suits the command.
    pub log: Option<String>,
}

/// How browsers reach the server. What is not loopback is behind TLS: its own, or a trusted proxy's.
#[derive(Clone, Debug)]
pub struct Web {
    pub listen: SocketAddr,
    /// Scheme, host and port that people type; `None`: whatever address of this machine they used.
    pub public_url: Option<Url>,
    pub tls: Option<Tls>,
    /// Whose word is taken on where a request comes from and whether it came encrypted.
    pub trusted_proxies: Vec<IpNet>,
}

/// Files in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Clone)]
pub struct Mail {
    /// As lettre reads it: `smtps://USER:PASSWORD@HOST`, or `smtp://…?tls=required`. May hold a password: never shown.
    pub smtp_url: Given,
    /// `Name <address>` or an address.
    pub from: Given,
}

/// OpenID Connect.
#[derive(Clone)]
pub struct Oidc {
    /// As it is written: services that end it with a slash and those that do not are told apart by it.
    pub issuer: String,
    pub client_id: String,
    /// Never shown. `None`: a public client, which PKCE alone protects.
    pub client_secret: Option<String>,
    /// What its button says.
    pub name: String,
    /// Domains of verified e-mail addresses that it is believed about, in small letters.
    pub domains: Vec<String>,
}

/// An app registered at Xero.
#[derive(Clone, Debug)]
pub struct Xero {
    pub client_id: String,
    /// `None`: an app that PKCE alone protects.
    pub client_secret: Option<Secret>,
    /// Asked in place of Xero's own hosts: an emulator's address, without a slash at its end. Empty: Xero's own.
    pub address: String,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Settings given as flags; the rest comes from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    /// By the name of the setting.
    pub values: BTreeMap<&'static str, String>,
}

/// A setting's text and where it stands, for the sentence that refuses it.
#[derive(Clone)]
pub struct Given {
    pub text: String,
    pub origin: String,
}

impl Settings {
    /// Reads all layers of this process.
    pub fn load(flags: &Flags) -> anyhow::Result<Settings> {
        let mut variables = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with("TIEOUT_")) else { continue };
            let value = value.into_string().ok().with_context(|| format!("{name} is not text in UTF-8"))?;
            variables.insert(name.to_owned(), value);
        }
        Settings::from_layers(flags, variables)
    }

    fn from_layers(flags: &Flags, mut variables: BTreeMap<String, String>) -> anyhow::Result<Settings> {
        variables.retain(|name, _| !NOT_SETTINGS.contains(&name.as_str()) && !name.starts_with(OF_TESTS));
        let named = variables.remove("TIEOUT_CONFIG").map(PathBuf::from);
        let named = flags.config.clone().or(named);
        let mut later = BTreeMap::new();
        for (variable, text) in variables {
            let name = known(&variable["TIEOUT_".len()..].to_lowercase())
                .with_context(|| format!("{variable} is not a setting; known are {}", listed("TIEOUT_", str::to_uppercase)))?;
            later.insert(name, Given { text, origin: variable });
        }
        for (name, text) in &flags.values {
            later.insert(name, Given { text: text.clone(), origin: format!("--{}", name.replace('_', "-")) });
        }
        let mut given = match named {
            Some(path) => {
                let text = std::fs::read_to_string(&path)
                    .with_context(|| format!("the settings file {} cannot be read", path.display()))?;
                read_file(&path, &text)?
            }
            None => {
                let folder = later.get("data_dir").map_or("data", |given| &given.text);
                let path = Path::new(folder).join(FILE_NAME);
                match std::fs::read_to_string(&path) {
                    Ok(text) => {
                        let given = read_file(&path, &text)?;
                        ensure!(
                            !given.contains_key("data_dir"),
                            "{}: data_dir says where this file is found, so it cannot stand in it; use TIEOUT_DATA_DIR",
                            path.display()
                        );
                        given
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
                    Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
                }
            }
        };
        given.extend(later);
        settings(given)
    }
}

fn known(name: &str) -> Option<&'static str> {
    NAMES.into_iter().find(|known| *known == name)
}

fn listed(prefix: &str, case: impl Fn(&str) -> String) -> String {
    NAMES.map(|name| format!("{prefix}{}", case(name))).join(", ")
}

fn read_file(path: &Path, text: &str) -> anyhow::Result<BTreeMap<&'static str, Given>> {
    let table: toml::Table = text.parse().with_context(|| format!("{} is not a TOML file", path.display()))?;
    let mut given = BTreeMap::new();
    for (name, value) in table {
        let known = known(&name)
            .with_context(|| format!("{}: “{name}” is not a setting; known are {}", path.display(), listed("", str::to_owned)))?;
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            other => bail!("{}: {name} is a {}; a text or a number is expected", path.display(), other.type_str()),
        };
        given.insert(known, Given { text, origin: format!("{}: {name}", path.display()) });
    }
    Ok(given)
}

/// A path as the URL of its database.
pub fn sqlite_url(path: &Path) -> String {
    let path = path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite:{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(flags: &[(&'static str, &str)], variables: &[(&str, &str)], file: &str) -> anyhow::Result<Settings> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("own.toml");
        std::fs::write(&path, file)?;
        let flags =
            Flags { config: Some(path), values: flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect() };
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::from_layers(&flags, variables)
    }

    fn refusal(flags: &[(&'static str, &str)], variables: &[(&str, &str)], file: &str) -> String {
        load(flags, variables, file).err().map(|error| format!("{error:#}")).expect("refused")
    }

    #[test]
    fn later_layers_win() {
        let file = "listen = '127.0.0.1:1'\nconcurrency = 2\ndata_dir = '/somewhere #1'";
        let settings = load(&[], &[], file).unwrap();
        assert_eq!((settings.web.listen.port(), settings.concurrency), (1, 2));
        assert_eq!(settings.database_url, "sqlite:/somewhere %231/tieout.sqlite");
        let variables = [("TIEOUT_LISTEN", "localhost:2"), ("TIEOUT_TOOLS", "x"), ("TIEOUT_TEST_X", "y")];
        assert_eq!(load(&[], &variables, file).unwrap().web.listen.to_string(), "127.0.0.1:2");
        assert_eq!(load(&[("listen", "[::1]:3")], &variables, file).unwrap().web.listen.port(), 3);
    }

    #[test]
    fn what_is_unknown_or_cannot_be_is_refused_by_name() {
        assert!(
            refusal(&[], &[("TIEOUT_LISTN", "x")], "").starts_with("TIEOUT_LISTN is not a setting; known are TIEOUT_DATA_DIR,")
        );
        assert!(refusal(&[], &[], "lissen = 'x'").contains("own.toml: “lissen” is not a setting"));
        assert!(refusal(&[], &[], "concurrency = true").contains("concurrency is a boolean"));
        assert!(refusal(&[], &[], "concurrency = 65").contains("own.toml: concurrency: “65” is not a number from 1 to 64"));
        assert!(refusal(&[], &[], "keep_messages_days = -1").contains("“-1” is not a number of days from 0 (for ever) to 36500"));
        assert!(refusal(&[], &[("TIEOUT_KEEP_MESSAGES_DAYS", "a year")], "").starts_with("TIEOUT_KEEP_MESSAGES_DAYS: “a year”"));
        assert!(refusal(&[], &[], "listen =").contains("is not a TOML file"));
        assert!(refusal(&[("listen", "here")], &[], "").starts_with("--listen: “here” is not an address"));
        assert!(refusal(&[], &[("TIEOUT_DATABASE_URL", "mysql://x")], "").starts_with("TIEOUT_DATABASE_URL: sqlite:PATH"));
        assert!(refusal(&[], &[("TIEOUT_LOG", "tieout=loud")], "").starts_with("TIEOUT_LOG: “tieout=loud”"));
    }

    #[test]
    fn the_written_file_sets_nothing_and_explains_every_setting() {
        assert!(read_file(Path::new(FILE_NAME), FILE_TEXT).unwrap().is_empty());
        let enabled: String =
            FILE_TEXT.lines().filter_map(|line| line.strip_prefix("#: ")).map(|line| format!("{line}\n")).collect();
        let explained = read_file(Path::new(FILE_NAME), &enabled).unwrap();
        let names: Vec<_> = NAMES.into_iter().filter(|name| *name != "data_dir" && !explained.contains_key(name)).collect();
        assert!(names.is_empty(), "{names:?}");
        let defaults = settings(BTreeMap::new()).unwrap();
        let written = settings(explained).unwrap();
        assert_eq!(
            (
                written.web.listen,
                written.concurrency,
                written.keep_messages_days,
                written.log,
                written.database_url,
                written.secret_key_file
            ),
            (
                defaults.web.listen,
                defaults.concurrency,
                400,
                Some(SERVER_LOG.to_owned()),
                defaults.database_url,
                defaults.secret_key_file
            )
        );
    }
}
