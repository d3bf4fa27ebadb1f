//! The accounting software a company can be connected to. Only what has a connector is listed.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// The embedded practice ledger.
    Practice,
}

impl Provider {
    pub const ALL: [Provider; 1] = [Provider::Practice];

    pub fn as_str(self) -> &'static str {
        match self {
            Provider::Practice => "practice",
        }
    }

    pub fn parse(word: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|provider| provider.as_str() == word)
    }

    pub fn label(self) -> &'static str {
        match self {
            Provider::Practice => "Practice ledger",
        }
    }
}
