//! Connecting to software whose access somebody has to approve, and looking after connections.

use super::ApiError;
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::domain::person::Role;

#[cfg(feature = "ssr")]
use crate::{
    domain::{
        connection::{EARLIEST_SYNC_FROM, TrytonPlace},
        schedule::Schedule,
    },
    server::config::Secret,
    server::services::{
        connections::{
            self,
            authorise::{self, Looked},
            custom::{self, Credentials, Used},
            pause,
            probe::{self, Probed},
        },
        error::ServiceError,
    },
};

/// Longer than any address, name or id.
#[cfg(feature = "ssr")]
const LONGEST: usize = 400;

#[cfg(feature = "ssr")]
fn check(texts: &[&str]) -> Result<(), ApiError> {
    if texts.iter().any(|text| text.len() > LONGEST) {
        return Err(ServiceError::Invalid(format!("A text has more than {LONGEST} characters.")).into());
    }
    Ok(())
}

/// Asks a Tryton server for access in the name of one of its users.
#[server(endpoint = "connect-tryton")]
pub async fn connect_tryton(
    code: String,
    server: String,
    database: String,
    user: String,
    sync_from: String,
    schedule: String,
) -> Result<(), ApiError> {
    check(&[&server, &database, &user])?;
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    let schedule = super::integration::parse_schedule(&schedule)?;
    let place = TrytonPlace { server, database, user };
    let asked = authorise::ask_tryton(&db, &company, &place, &sync_from, schedule, &super::viewer::by()?).await;
    match asked {
        Ok(()) => {
            super::flash::say("Access was asked for. Approve it in Tryton next.");
            super::flash::go_to(&format!("/companies/{}/integration", company.code));
            Ok(())
        }
        // Back to the form with what was entered in it.
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Refused(_))) if super::flash::is_plain_form() => {
            let TrytonPlace { server, database, user } = place;
            let fields = [
                ("software", "tryton"),
                ("server", &server),
                ("database", &database),
                ("user", &user),
                ("from", &sync_from),
                ("schedule", schedule.as_str()),
            ];
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            super::flash::complain(&error.to_string(), &format!("/companies/{}/integration?{query}#connect", company.code));
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Begins to connect the company with an organisation in Xero: the page leads on to where somebody agrees.
#[server(endpoint = "connect-xero")]
pub async fn connect_xero(code: String, sync_from: String, schedule: String) -> Result<(), ApiError> {
    check(&[&sync_from])?;
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    let schedule = super::integration::parse_schedule(&schedule)?;
    let (origin, by) = (super::viewer::origin()?, super::viewer::by()?);
    connections::xero::ask(&db, &company, &origin, &sync_from, schedule, &by).await?;
    super::flash::say("Go on to Xero, and agree there.");
    super::flash::go_to(&format!("/companies/{}/integration", company.code));
    Ok(())
}

/// Connects the company with the organisation of a custom connection at Xero, or takes up access to its organisation with
/// that. `sync_from` and `schedule` are for a company that is not connected yet.
#[server(endpoint = "connect-xero-custom")]
pub async fn connect_xero_custom(
    code: String,
    client_id: String,
    client_secret: String,
    #[server(default)] sync_from: String,
    #[server(default)] schedule: String,
) -> Result<(), ApiError> {
    check(&[&client_id, &client_secret, &sync_from])?;
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    let parsed = if schedule.is_empty() { Schedule::Nightly } else { super::integration::parse_schedule(&schedule)? };
    let sync_from = if sync_from.is_empty() { EARLIEST_SYNC_FROM.to_owned() } else { sync_from };
    let credentials = Credentials { client_id, client_secret: Secret(client_secret) };
    let page = format!("/companies/{}/integration", company.code);
    match custom::use_credentials(&db, &company, &credentials, &sync_from, parsed, &super::viewer::by()?).await {
        Ok(Used::Connected(name)) => super::flash::say(&format!("Connected to {name}. Check the matches, then confirm.")),
        Ok(Used::Reconnected) => super::flash::say("Reconnected to the same organisation. Start a sync to catch up."),
        // Back to the form with what was entered in it, but for the secret.
        Err(error @ (ServiceError::Invalid(_) | ServiceError::Refused(_))) if super::flash::is_plain_form() => {
            let fields = [
                ("software", "xero"),
                ("way", "custom"),
                ("client_id", credentials.client_id.trim()),
                ("from", &sync_from),
                ("schedule", parsed.as_str()),
            ];
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
            super::flash::complain(&error.to_string(), &format!("{page}?{query}#connect"));
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }
    super::flash::go_to(&page);
    Ok(())
}

/// Looks whether access was given by now.
#[server(endpoint = "check-access")]
pub async fn check_access(code: String) -> Result<(), ApiError> {
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    match authorise::look(&db, &company.id).await? {
        Looked::Waiting => super::flash::say("Not approved yet."),
        Looked::Given => super::flash::say("Access was given. Choose the organisation."),
        Looked::Reconnected => super::flash::say("Reconnected to the same organisation. Start a sync to catch up."),
        Looked::Trouble(why) => return Err(ServiceError::Refused(why).into()),
    }
    Ok(())
}

/// Gives up access that was asked for.
#[server(endpoint = "cancel-access")]
pub async fn cancel_access(code: String) -> Result<(), ApiError> {
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    authorise::cancel(&db, &company.id).await?;
    super::flash::say("Access is not waited for any more.");
    Ok(())
}

/// Connects the company with one of the organisations the access opens.
#[server(endpoint = "choose-organisation")]
pub async fn choose_organisation(
    code: String,
    #[server(default)] organisation: String,
    sync_from: String,
    schedule: String,
) -> Result<(), ApiError> {
    check(&[&organisation, &sync_from])?;
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    let schedule = super::integration::parse_schedule(&schedule)?;
    let name = authorise::choose(&db, &company, &organisation, &sync_from, schedule, &super::viewer::by()?).await?;
    super::flash::say(&format!("Connected to {name}. Check the matches, then confirm."));
    Ok(())
}

/// Asks the accounting side whether it still lets us in.
#[server(endpoint = "probe")]
pub async fn probe(code: String) -> Result<(), ApiError> {
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    match probe::probe(&db, &company.id).await? {
        Probed::Well => super::flash::say("The accounting software lets us in."),
        Probed::Lost(why) => return Err(ServiceError::Refused(format!("Access is lost: {why}")).into()),
        Probed::Unclear(why) => return Err(ServiceError::Refused(format!("It could not be told now: {why}")).into()),
    }
    Ok(())
}

#[server(endpoint = "pause")]
pub async fn pause(code: String) -> Result<(), ApiError> {
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    pause::pause(&db, &company, &super::viewer::by()?).await?;
    super::flash::say("Paused. Nothing is sent or received until somebody resumes it.");
    Ok(())
}

#[server(endpoint = "resume")]
pub async fn resume(code: String) -> Result<(), ApiError> {
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    pause::resume(&db, &company, &super::viewer::by()?).await?;
    super::flash::say("Resumed. What waited is sent now.");
    Ok(())
}

/// Pauses every connection that is not paused.
#[server(endpoint = "pause-everything")]
pub async fn pause_everything() -> Result<(), ApiError> {
    let done = pause::pause_everything(&super::viewer::may_for_all(Role::Manager)?, &super::viewer::by()?).await?;
    super::flash::say(if done { "Everything is paused." } else { "Everything is being paused; this page says how far it is." });
    Ok(())
}

/// Resumes what was paused together, and nothing else.
#[server(endpoint = "resume-everything")]
pub async fn resume_everything() -> Result<(), ApiError> {
    let done = pause::resume_everything(&super::viewer::may_for_all(Role::Manager)?, &super::viewer::by()?).await?;
    super::flash::say(match done {
        true => "What was paused together is resumed. What was paused by itself stays paused.",
        false => "It is being resumed; this page says how far it is.",
    });
    Ok(())
}

/// Moves the day from which documents count, and asks for a full sync that reads everything anew.
#[server(endpoint = "sync-from")]
pub async fn sync_from(code: String, day: String) -> Result<(), ApiError> {
    check(&[&day])?;
    let (db, company) = super::viewer::company(Role::Manager, &code).await?;
    connections::resync_from(&db, &company.id, &day, &super::viewer::by()?).await?;
    super::flash::say(&format!("A full sync from {day} on was asked for."));
    Ok(())
}
