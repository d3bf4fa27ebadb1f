//! The app this server is at Xero. It is a setting of the process and no part of a connection: its secret lies nowhere
//! else.

pub use crate::server::config::Xero as App;
use std::sync::OnceLock;

static OF_PROCESS: OnceLock<Option<App>> = OnceLock::new();
static ADDRESS: OnceLock<String> = OnceLock::new();

/// Says which app this process is, and what is asked in place of Xero's own hosts (empty: those). Once, before Xero is asked
/// anything: what is said later counts for nothing.
pub fn begin(app: Option<App>, address: &str) {
    let _ = OF_PROCESS.set(app);
    let _ = ADDRESS.set(address.to_owned());
}

/// What is asked in place of Xero's own hosts; empty: those.
pub fn address() -> &'static str {
    ADDRESS.get_or_init(String::new)
}

/// `None`: nothing can be connected to Xero here.
pub fn of_process() -> Option<&'static App> {
    OF_PROCESS.get_or_init(|| None).as_ref()
}

/// The secret of the app that access was given to. One that is set for another app would be shown to nobody but Xero, and
/// help with nothing.
pub(super) fn secret_of(client_id: &str) -> Option<&'static str> {
    let app = of_process().filter(|app| app.client_id == client_id)?;
    app.client_secret.as_ref().map(|secret| secret.0.as_str())
}
