//! Letters, and how they are sent: through the one server that is set. What they say is in [`letters`].

mod letters;

pub use letters::Letter;

use super::{
    config::{Given, Mail},
    db::{new_id, people::Person},
    http::is_loopback,
};
use anyhow::{Context, bail, ensure};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp,
};
use std::{error::Error, sync::Arc, time::Duration};
use url::Url;

/// The longest that sending a letter may take, from the connection to the server's last word.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks programs that answer letters by themselves not to answer this one (RFC 3834).
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// Sends letters.
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// Refuses settings by which no letter could be sent, or one that anybody on the way could read. What is refused is
    /// named and not shown: it may hold a password.
    pub fn new(Mail { smtp_url, from }: &Mail) -> anyhow::Result<Mailer> {
        refuse_readable(smtp_url)?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&smtp_url.text);
        let transport = transport.with_context(|| format!("{}: no server can be reached by it", smtp_url.origin))?;
        let Ok(sender) = from.text.parse() else {
            bail!("{}: “{}” is not a sender; Tieout <tieout@example.com> is one", from.origin, from.text);
        };
        Ok(Mailer { transport: transport.timeout(Some(PATIENCE)).build(), from: sender })
    }

    /// Sends a letter; it is with the server when this returns.
    pub async fn send(&self, to: &Person, letter: &Letter) -> anyhow::Result<()> {
        let message = self.message(&to.name, &to.email, letter)?;
        match tokio::time::timeout(PATIENCE, self.transport.send(message)).await {
            Ok(sent) => sent.map(drop).map_err(|error| anyhow::anyhow!(cause(&error))),
            Err(_) => bail!("the server for letters did not take it within {} s", PATIENCE.as_secs()),
        }
    }

    /// Sends a letter that nobody waits for. Why one could not be sent is in the log.
    pub fn send_later(self: &Arc<Mailer>, to: Person, letter: Letter) {
        let mailer = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = mailer.send(&to, &letter).await {
                not_sent(&to, &error);
            }
        });
    }

    fn message(&self, name: &str, email: &str, letter: &Letter) -> anyhow::Result<Message> {
        // None is kept with a line break in it; one that was would be refused by the library with a panic.
        let name = name.split(char::is_control).collect::<Vec<_>>().join(" ");
        let address: Address = email.parse().context("the address is none that letters can be sent to")?;
        let id = format!("<{}@{}>", new_id(), self.from.email.domain());
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(name), address))
            .subject(letter.subject)
            .message_id(Some(id))
            .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN);
        message.body(letter.text.clone()).context("the letter cannot be written")
    }
}

/// Notes in the log why somebody has not got a letter.
pub fn not_sent(to: &Person, error: &anyhow::Error) {
    tracing::error!(person = to.id, cause = format!("{error:#}"), "a letter could not be sent");
}

/// Letters hold links that open accounts, and the server is given a password: both travel encrypted, or not at all.
fn refuse_readable(Given { text, origin }: &Given) -> anyhow::Result<()> {
    let expected = || {
        format!("{origin}: smtps://USER:PASSWORD@HOST is expected, or smtp://USER:PASSWORD@HOST:587?tls=required for STARTTLS")
    };
    let url = Url::parse(text).ok().with_context(expected)?;
    let host = url.host_str().with_context(expected)?;
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value);
    match (url.scheme(), tls.as_deref()) {
        ("smtps", _) | ("smtp", Some("required")) => Ok(()),
        ("smtp", Some("opportunistic")) => {
            ensure!(
                url.password().is_none() || is_loopback(host),
                "{origin}: with tls=opportunistic anybody on the way can have the password sent in the clear: set tls=required"
            );
            Ok(())
        }
        ("smtp", None) => {
            ensure!(
                is_loopback(host),
                "{origin}: letters and password would travel to {host} for all to read: begin it with smtps://, or add ?tls=required"
            );
            Ok(())
        }
        _ => bail!(expected()),
    }
}

/// Why it was not sent, without a word of the server's: it may repeat what it was given, a password or a link.
fn cause(error: &smtp::Error) -> String {
    if let Some(code) = error.status() {
        return format!("the server for letters answered {code}");
    }
    if error.is_response() {
        return "the server for letters answered what is not SMTP".to_owned();
    }
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    format!("the server for letters cannot be used{source}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer(smtp_url: &str, from: &str) -> Result<Mailer, String> {
        let given = |text: &str, origin: &str| Given { text: text.into(), origin: origin.into() };
        let mail = Mail { smtp_url: given(smtp_url, "TIEOUT_SMTP_URL"), from: given(from, "mail_from") };
        Mailer::new(&mail).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn letters_travel_encrypted_or_stay_on_this_machine() {
        for url in [
            "smtps://mail.example.com",
            "smtps://ada:secret@mail.example.com:465",
            "smtp://ada:secret@mail.example.com:587?tls=required",
            "smtp://mail.example.com?tls=opportunistic",
            "smtp://127.0.0.1:2525",
            "smtp://ada:secret@localhost",
            "smtp://ada:secret@localhost?tls=opportunistic",
        ] {
            assert_eq!(mailer(url, "Tieout <tieout@example.com>").err(), None, "{url}");
        }
        for url in [
            "smtp://ada:secret@mail.example.com",
            "smtp://ada:secret@127.0.0.1.example.com",
            "smtp://ada:secret@mail.example.com?tls=opportunistic",
            "smtp://ada:secret@mail.example.com?tls=no",
            "https://ada:secret@mail.example.com",
            "smtps:ada:secret",
            "ada:secret@mail.example.com",
            "smtps://ada:secret@mail.example.com:port",
            "smtps://ada:secret%ff@mail.example.com",
        ] {
            let sentence = mailer(url, "tieout@example.com").err().unwrap_or_else(|| panic!("{url} is taken"));
            assert!(sentence.starts_with("TIEOUT_SMTP_URL: ") && !sentence.contains("secret"), "{sentence}");
        }
        let sentence = mailer("smtps://ada:secret@mail.example.com", "Tieout").err().expect("no sender");
        assert_eq!(sentence, "mail_from: “Tieout” is not a sender; Tieout <tieout@example.com> is one");
    }

    #[test]
    fn a_name_adds_no_line_to_the_head() {
        let mailer = mailer("smtps://mail.example.com", "Tieout <tieout@example.com>").unwrap();
        let letter = Letter::forgotten("x", "https://tieout.example.com/choose-password?token=x");
        for name in
            ["Ada\r\nBcc: eve@example.com", "Ada\nBcc: eve@example.com\n\nAnother letter", "\"Ada\" <eve@example.com>, x", "Ádá"]
        {
            let bytes = mailer.message(name, "ada@example.com", &letter).unwrap().formatted();
            let text = String::from_utf8(bytes).unwrap();
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            let names: Vec<&str> = head
                .lines()
                .filter(|line| !line.starts_with([' ', '\t']))
                .filter_map(|line| Some(line.split_once(':')?.0))
                .collect();
            assert_eq!(
                names,
                ["From", "To", "Subject", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding", "Date"],
                "{head}"
            );
            let message = mailer.message(name, "ada@example.com", &letter).unwrap();
            let to: Vec<&str> = message.envelope().to().iter().map(AsRef::as_ref).collect();
            assert_eq!(to, ["ada@example.com"], "{name}");
        }
        for email in ["ada@example.com\r\nRCPT TO:<eve@example.com>", "ada", "ada@example.com, eve@example.com"] {
            assert!(mailer.message("Ada", email, &letter).is_err(), "{email}");
        }
    }
}
