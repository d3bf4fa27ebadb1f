//! Starting syncs.

use super::ApiError;
use crate::domain::company::SyncStarted;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::domain::person::Role;

/// Companies one call may start.
pub const MOST_AT_ONCE: usize = 100;

/// Starts a sync of each company named by its code, and says of each whether it was. A form posted without
/// script (fields `codes[]`) goes back to its page, which says the same in a sentence.
#[server(endpoint = "start-sync")]
pub async fn start_sync(#[server(default)] codes: Vec<String>) -> Result<Vec<SyncStarted>, ApiError> {
    use crate::server::services::start;
    if codes.is_empty() {
        return Err(ApiError::Invalid("No company is selected: tick at least one.".into()));
    }
    if codes.len() > MOST_AT_ONCE {
        return Err(ApiError::Invalid(format!("Select at most {MOST_AT_ONCE} companies at a time.")));
    }
    let (db, sees) = super::viewer::may(Role::Accountant)?;
    let started = start::start(&db, &sees, &codes, &super::viewer::by()?).await?;
    super::flash::say(&sentence(&started));
    Ok(started)
}

/// `2 syncs started. QUAY: not connected.`
#[cfg(feature = "ssr")]
fn sentence(started: &[SyncStarted]) -> String {
    let done = started.iter().filter(|one| one.refused.is_none()).count();
    let refused = started.iter().filter_map(|one| Some(format!(" {}: {}", one.code, one.refused.as_deref()?)));
    let head = match done {
        0 => "No sync was started.".to_owned(),
        1 => "1 sync started.".to_owned(),
        n => format!("{n} syncs started."),
    };
    refused.fold(head, |text, one| text + &one)
}
