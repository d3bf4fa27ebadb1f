//! Letters that server functions have sent. Where nothing is set that could send them, links are shown instead.

use super::{
    ApiError, flash,
    viewer::{origin, part},
};
use crate::server::{
    db::{now_ms, people::Person},
    http::Origin,
    mail::{Letter, Mailer, not_sent},
    services::people::Kind,
    state::Site,
};
use std::sync::Arc;

/// What sends letters; `None`: nothing is set that could.
pub fn mailer() -> Result<Option<Arc<Mailer>>, ApiError> {
    Ok(part::<Arc<Site>>()?.mailer.clone())
}

/// Whether letters can be sent.
pub fn are_sent() -> bool {
    mailer().is_ok_and(|mailer| mailer.is_some())
}

/// Sends somebody the link through which they choose a password. Where that cannot be, it is shown once to whoever asked, and
/// answered, to be given to them.
pub(super) async fn hand_over(
    person: &Person,
    link: &str,
    letter: impl FnOnce(&str) -> Letter,
) -> Result<Option<String>, ApiError> {
    let link = format!("{}{link}", origin()?);
    let lasts = Kind::Password.lasts();
    flash::go_to("/settings/people");
    let mut is_unsent = false;
    if let Some(mailer) = mailer()? {
        match mailer.send(person, &letter(&link)).await {
            Ok(()) => {
                flash::say(&format!("A link was sent to {}; it can be used once, within {lasts}.", person.email));
                return Ok(None);
            }
            Err(error) => not_sent(person, &error),
        }
        is_unsent = true;
    }
    let sentence = format!("Give {} this link; it can be used once, within {lasts}: {link}", person.name);
    if is_unsent && flash::is_plain_form() {
        flash::complain(&format!("The letter could not be sent. {sentence}"), "/settings/people");
    } else {
        flash::say(&sentence);
    }
    Ok(Some(link))
}

/// Tells somebody that their password was set: it may not have been them. Nothing waits for it, nor fails with it.
pub(super) fn tell_of_password(person: &Person) {
    let (Ok(Some(mailer)), Ok(site), Ok(Origin(from))) = (mailer(), origin(), part::<Origin>()) else { return };
    mailer.send_later(person.clone(), Letter::password_set(&person.name, &site, now_ms(), &from));
}
