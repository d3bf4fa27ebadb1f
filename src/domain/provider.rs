//! The accounting software a company can be connected to. Only what has a connector is listed.

use super::message::Entity;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// The embedded practice ledger.
    Practice,
    /// Tryton 8.2, through its REST interface.
    Tryton,
}

impl Provider {
    pub const ALL: [Provider; 2] = [Provider::Practice, Provider::Tryton];

    pub fn as_str(self) -> &'static str {
        match self {
            Provider::Practice => "practice",
            Provider::Tryton => "tryton",
        }
    }

    pub fn parse(word: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|provider| provider.as_str() == word)
    }

    pub fn label(self) -> &'static str {
        match self {
            Provider::Practice => "Practice ledger",
            Provider::Tryton => "Tryton",
        }
    }
    /// Where a person finds a record in the accounting software: an address for a browser. `code` is the company's here,
    /// `organisation` the accounting side's id of its books. `None` where the software has no page of it.
    pub fn record_url(self, code: &str, organisation: &str, entity: Entity, external_id: &str) -> Option<String> {
        match (self, entity) {
            // It lives in this server, one ledger a company: its panel is its screen.
            (Provider::Practice, Entity::Invoice | Entity::Bill | Entity::CreditNote) if !organisation.is_empty() => {
                let id: String = form_urlencoded::byte_serialize(external_id.as_bytes()).collect();
                Some(format!("/companies/{code}/integration?document={id}#there-{id}"))
            }
            (Provider::Practice | Provider::Tryton, _) => None,
        }
    }
}
