//! The last steps of every way in, whichever it was: a session of one's own, by way of the second factor where there is one.

use super::session;
use crate::server::{
    db::{Db, people::Person},
    services::{error::ServiceResult, people::second_factor},
    viewer::Trail,
};
use axum::http::HeaderMap;
use tower_sessions::Session;

/// The request of somebody who is being let in.
pub struct Coming<'a> {
    pub session: &'a Session,
    pub trail: &'a Trail,
    /// Where it comes from.
    pub address: &'a str,
    pub headers: &'a HeaderMap,
}

impl Coming<'_> {
    /// Signs somebody in, in a new session.
    pub async fn let_in(&self, person: &Person) -> ServiceResult<()> {
        self.trail.by(person);
        Ok(session::begin(self.session, &person.id, self.address, self.headers).await?)
    }

    /// The same of somebody who was not asked for a second factor yet; answers the page to go on to: `to`, or first the one
    /// that asks for it.
    pub async fn let_in_or_ask<'a>(&self, db: &Db, person: &Person, to: &'a str) -> ServiceResult<&'a str> {
        if second_factor::is_on(db, &person.id).await? {
            session::keep_half_way(self.session, &person.id, place(to)).await?;
            self.trail.by(person);
            self.trail.says("A code is asked for.");
            return Ok("/second-factor");
        }
        self.let_in(person).await?;
        Ok(place(to))
    }
}

/// Back to where somebody wanted to go: a page of this server and nothing else.
pub fn place(to: &str) -> &str {
    let is_ours = to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && !to.chars().any(char::is_control);
    if is_ours && to.len() <= 2_000 { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (to, place_) in [
            ("/overview?status=errors", "/overview?status=errors"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/a\r\nset-cookie: x", "/"),
        ] {
            assert_eq!(place(to), place_, "{to}");
        }
    }
}
