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
            (Provider::Tryton, _) => in_tryton(organisation, entity, external_id),
            (Provider::Practice, _) => None,
        }
    }
}

/// The page of a record in Tryton's web client, which its server serves where it is installed. A payment is found on
/// its document.
fn in_tryton(organisation: &str, entity: Entity, external_id: &str) -> Option<String> {
    let (place, _company) = organisation.rsplit_once('/')?;
    let (server, database) = place.rsplit_once('/')?;
    let (model, id) = match entity {
        Entity::Contact => ("party.party", external_id),
        Entity::Invoice | Entity::Bill | Entity::CreditNote => ("account.invoice", external_id),
        Entity::Payment => ("account.invoice", external_id.split('/').next()?),
        _ => return None,
    };
    // An id of Tryton's is a number; anything else would lead elsewhere.
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) || !server.starts_with("http") {
        return None;
    }
    let database: String = form_urlencoded::byte_serialize(database.as_bytes()).collect();
    Some(format!("{server}/#{database}/model/{model}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tryton_records_have_pages_in_its_web_client() {
        let url = |entity, id: &str| Provider::Tryton.record_url("AQE", "https://books.example.com/main/1", entity, id);
        let page = |path: &str| Some(format!("https://books.example.com/#main/model/{path}"));
        assert_eq!(url(Entity::Invoice, "12"), page("account.invoice/12"));
        assert_eq!(url(Entity::Contact, "3"), page("party.party/3"));
        assert_eq!(url(Entity::Payment, "12/345"), page("account.invoice/12"));
        assert_eq!(url(Entity::Account, "7"), None);
        assert_eq!(url(Entity::Invoice, "javascript:alert(1)"), None);
        assert_eq!(Provider::Tryton.record_url("AQE", "nowhere", Entity::Invoice, "12"), None);
    }
}
