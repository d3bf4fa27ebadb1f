//! What letters say: plain text, and short.

use crate::server::services::{local_time::LocalTime, people::Kind};

/// A letter to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub subject: &'static str,
    pub text: String,
}

impl Letter {
    /// To somebody who is invited by a person of the name `by`.
    pub fn invitation(name: &str, by: &str, link: &str) -> Letter {
        let lasts = Kind::Password.lasts();
        Letter {
            subject: "Your invitation to Tieout",
            text: format!(
                "Hello {name},\n\n\
                {by} invites you to Tieout, which shows whether the books of your property group and its accounting software agree.\n\n\
                Choose a password here:\n{link}\n\n\
                The link can be used once, within {lasts}. Pass it on to nobody: whoever opens it first signs in as you.\n\n\
                If you expected no invitation, ask {by}, or leave this letter alone.\n"
            ),
        }
    }

    /// To somebody for whom an administrator of the name `by` made a link.
    pub fn new_password(name: &str, by: &str, link: &str) -> Letter {
        let lasts = Kind::Password.lasts();
        Letter {
            subject: "Choose a new password for Tieout",
            text: format!(
                "Hello {name},\n\n\
                {by} made you a link to choose a new password for Tieout:\n{link}\n\n\
                The link can be used once, within {lasts}. Pass it on to nobody: whoever opens it first signs in as you.\n\n\
                If you expected none, ask {by}. Until the link is used, your password stays as it is.\n"
            ),
        }
    }

    /// To somebody whose password was said to be forgotten, by them or by anybody else.
    pub fn forgotten(name: &str, link: &str) -> Letter {
        let lasts = Kind::Forgotten.lasts();
        Letter {
            subject: "Choose a new password for Tieout",
            text: format!(
                "Hello {name},\n\n\
                somebody, most likely you, asked for a link to choose a new password for Tieout:\n{link}\n\n\
                The link can be used once, within {lasts}. Pass it on to nobody: whoever opens it first signs in as you.\n\n\
                If it was not you, leave this letter alone: your password stays as it is.\n"
            ),
        }
    }

    /// To somebody whose password was set at the moment `at`, by a request that came from `from`. `site` is the address of
    /// the server.
    pub fn password_set(name: &str, site: &str, at: i64, from: &str) -> Letter {
        let moment = LocalTime::of("UTC").moment(at).text;
        Letter {
            subject: "Your password for Tieout was set",
            text: format!(
                "Hello {name},\n\n\
                the password of your account at {site} was set on {moment}, from the network address {from}.\n\n\
                If that was you, there is nothing to do. If not, choose another one at once and tell an administrator:\n\
                {site}/forgot-password\n"
            ),
        }
    }
}
