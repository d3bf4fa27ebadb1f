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
    /// Xero, through its Accounting API.
    Xero,
}

/// A company's books in the accounting software.
#[derive(Clone, Copy)]
pub struct Books<'a> {
    /// The accounting side's id of them.
    pub organisation: &'a str,
    /// How it names them in addresses, where it does.
    pub short_code: Option<&'a str>,
}

impl Provider {
    pub const ALL: [Provider; 3] = [Provider::Practice, Provider::Tryton, Provider::Xero];

    pub fn as_str(self) -> &'static str {
        match self {
            Provider::Practice => "practice",
            Provider::Tryton => "tryton",
            Provider::Xero => "xero",
        }
    }

    pub fn parse(word: &str) -> Option<Provider> {
        Provider::ALL.into_iter().find(|provider| provider.as_str() == word)
    }

    pub fn label(self) -> &'static str {
        match self {
            Provider::Practice => "Practice ledger",
            Provider::Tryton => "Tryton",
            Provider::Xero => "Xero",
        }
    }

    /// Whether credit can be applied to documents from here.
    pub fn applies_credit(self) -> bool {
        self == Provider::Xero
    }

    /// Whether a payment that is there can be taken back from here.
    pub fn takes_payments_back(self) -> bool {
        matches!(self, Provider::Practice | Provider::Xero)
    }

    /// Where a person finds a record in the accounting software: an address for a browser. `code` is the company's here.
    /// `None` where the software has no page of it.
    pub fn record_url(self, code: &str, books: Books<'_>, entity: Entity, external_id: &str) -> Option<String> {
        let organisation = books.organisation;
        match (self, entity) {
            // It lives in this server, one ledger a company: its panel is its screen.
            (Provider::Practice, Entity::Invoice | Entity::Bill | Entity::CreditNote) if !organisation.is_empty() => {
                let id: String = form_urlencoded::byte_serialize(external_id.as_bytes()).collect();
                Some(format!("/companies/{code}/integration?document={id}#there-{id}"))
            }
            (Provider::Tryton, _) => in_tryton(organisation, entity, external_id),
            (Provider::Xero, _) => in_xero(books.short_code, entity, external_id),
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

/// The page of a record in Xero, as <https://developer.xero.com/documentation/api-guides/deep-link-xero> has it. With the
/// organisation's short code it opens in that one, whichever the person looked at last.
fn in_xero(short_code: Option<&str>, entity: Entity, external_id: &str) -> Option<String> {
    let page = match entity {
        Entity::Contact => "Contacts/View/",
        Entity::Invoice => "AccountsReceivable/View.aspx?InvoiceID=",
        Entity::Bill => "AccountsPayable/Edit.aspx?InvoiceID=",
        Entity::CreditNote => "AccountsPayable/ViewCreditNote.aspx?creditNoteID=",
        Entity::Payment => "Bank/ViewTransaction.aspx?bankTransactionID=",
        _ => return None,
    };
    // Anything but an id of Xero's would lead elsewhere.
    if !is_uuid(external_id) {
        return None;
    }
    Some(match short_code {
        Some(code) => {
            let code: String = form_urlencoded::byte_serialize(code.as_bytes()).collect();
            format!("https://go.xero.com/organisationlogin/default.aspx?shortcode={code}&redirecturl=/{page}{external_id}")
        }
        None => format!("https://go.xero.com/{page}{external_id}"),
    })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn books(organisation: &str) -> Books<'_> {
        Books { organisation, short_code: None }
    }

    #[test]
    fn tryton_records_have_pages_in_its_web_client() {
        let url = |entity, id: &str| Provider::Tryton.record_url("AQE", books("https://books.example.com/main/1"), entity, id);
        let page = |path: &str| Some(format!("https://books.example.com/#main/model/{path}"));
        assert_eq!(url(Entity::Invoice, "12"), page("account.invoice/12"));
        assert_eq!(url(Entity::Contact, "3"), page("party.party/3"));
        assert_eq!(url(Entity::Payment, "12/345"), page("account.invoice/12"));
        assert_eq!(url(Entity::Account, "7"), None);
        assert_eq!(url(Entity::Invoice, "javascript:alert(1)"), None);
        assert_eq!(Provider::Tryton.record_url("AQE", books("nowhere"), Entity::Invoice, "12"), None);
    }

    #[test]
    fn xero_records_have_pages_and_only_ids_of_xero_lead_there() {
        let url = |entity, id: &str| Provider::Xero.record_url("AQE", books("any"), entity, id);
        let id = "0f1c2d3e-4a5b-6c7d-8e9f-A0B1C2D3E4F5";
        let page = |path: &str| Some(format!("https://go.xero.com/{path}{id}"));
        assert_eq!(url(Entity::Invoice, id), page("AccountsReceivable/View.aspx?InvoiceID="));
        assert_eq!(url(Entity::Bill, id), page("AccountsPayable/Edit.aspx?InvoiceID="));
        assert_eq!(url(Entity::Contact, id), page("Contacts/View/"));
        assert_eq!(url(Entity::CreditNote, id), page("AccountsPayable/ViewCreditNote.aspx?creditNoteID="));
        assert_eq!(url(Entity::Payment, id), page("Bank/ViewTransaction.aspx?bankTransactionID="));
        let coded = Provider::Xero.record_url("AQE", Books { short_code: Some("!a&b"), ..books("any") }, Entity::Invoice, id);
        let redirect = "organisationlogin/default.aspx?shortcode=%21a%26b&redirecturl=/AccountsReceivable/View.aspx?InvoiceID=";
        assert_eq!(coded, page(redirect));
        for other in ["", "12", "../../evil", "0f1c2d3e-4a5b-6c7d-8e9f-a0b1c2d3e4f", "0f1c2d3e-4a5b-6c7d-8e9f-a0b1c2d3e4fé"] {
            assert_eq!(url(Entity::Invoice, other), None, "{other}");
        }
    }
}
