//! People who use Tieout: what each may do, and which companies each may see.

use super::time::Moment;
use serde::{Deserialize, Serialize};

/// What a person may do. Each role may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Resolves, syncs and imports.
    Accountant,
    /// Connects, onboards, and looks after companies.
    Manager,
    /// Looks after people and settings.
    Administrator,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Accountant, Role::Manager, Role::Administrator];

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Accountant => "accountant",
            Role::Manager => "manager",
            Role::Administrator => "administrator",
        }
    }

    pub fn parse(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.as_str() == word)
    }

    pub fn label(self) -> &'static str {
        match self {
            Role::Viewer => "Viewer",
            Role::Accountant => "Accountant",
            Role::Manager => "Manager",
            Role::Administrator => "Administrator",
        }
    }

    /// What it may do, as a page says it.
    pub fn may(self) -> &'static str {
        match self {
            Role::Viewer => "looks at everything of its companies, and changes nothing",
            Role::Accountant => "resolves problems, starts syncs and imports documents as well",
            Role::Manager => "connects, onboards, and adds and archives companies as well",
            Role::Administrator => "looks after people and the settings of the group as well",
        }
    }
}

/// Who looks at a page, as the page needs to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub name: String,
    pub email: String,
    pub role: Role,
    pub sees_all: bool,
    pub has_password: bool,
}

/// A second factor that is being set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// In groups of four letters, to be typed into the device.
    pub secret: String,
    /// `otpauth://…`: the same for a device that opens addresses.
    pub address: String,
    /// The address as a QR code, in SVG.
    pub picture: String,
}

/// How it is with one's second factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SecondFactor {
    Off,
    Begun(Enrolment),
    On { since: Moment, codes_left: u64 },
}

/// A person as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedPerson {
    pub id: String,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub sees_all: bool,
    /// Codes of the companies chosen, in their order; empty where all are seen.
    pub companies: Vec<String>,
    /// Has chosen a password.
    pub joined: bool,
    /// Is asked for a code of a device.
    pub second_factor: bool,
    /// Has signed in through another service, whose account of theirs is noted.
    pub linked: bool,
    pub disabled: Option<Moment>,
    /// When they last did something.
    pub seen: Option<Moment>,
    pub is_me: bool,
}

/// A session, to be ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedSession {
    pub id: String,
    pub began: Moment,
    pub seen: Moment,
    pub address: String,
    /// The browser, in a few words.
    pub agent: String,
    pub is_this: bool,
}

/// An API token, without what its program holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedToken {
    pub id: String,
    pub name: String,
    pub role: Role,
    /// Whatever its person sees.
    pub sees_all: bool,
    /// Codes of the companies chosen, in their order; empty where all are seen.
    pub companies: Vec<String>,
    pub expires: Moment,
    pub used: Option<Moment>,
    /// The address of its last use.
    pub used_from: String,
}

/// What somebody did, or was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub at: Moment,
    /// Name and address, as they were then.
    pub person: String,
    /// The name of the function.
    pub act: String,
    pub refused: bool,
    /// The company's code, where it was about one.
    pub company: String,
    pub detail: String,
    /// Where it came from.
    pub address: String,
}

/// A browser in a few words, by what it calls itself: `Firefox on Windows`. What is not known stays as it is.
pub fn browser(agent: &str) -> String {
    let known = |names: &[(&str, &'static str)]| names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name);
    // Most name others too, to be taken for them: the rarer name is the true one.
    let browser =
        known(&[("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = known(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) if agent.is_empty() => "Unknown".to_owned(),
        (None, _) => agent.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
                "Chrome on Linux",
            ),
            ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on macOS"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", "Unknown"),
        ] {
            assert_eq!(browser(agent), expected);
        }
    }

    #[test]
    fn roles_grow() {
        assert!(Role::ALL.is_sorted());
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("root"), None);
    }
}
