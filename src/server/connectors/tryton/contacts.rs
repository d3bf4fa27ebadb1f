//! Parties, as contacts.

use super::{
    client::Query,
    connector::TrytonConnector,
    sweep::{Sweep, Swept},
    value,
};
use crate::server::connectors::{ConnectorError, ContactContent, Content, External, Page};
use serde_json::{Value, json};

const PAGE: usize = 200;

pub(super) const FIELDS: &[&str] = &[
    "name",
    "active",
    "addresses.active",
    "addresses.invoice",
    "addresses.street",
    "addresses.postal_code",
    "addresses.city",
    "addresses.subdivision.name",
    "addresses.country.name",
    "contact_mechanisms.active",
    "contact_mechanisms.type",
    "contact_mechanisms.name",
    "contact_mechanisms.value",
];

/// The name of the contact mechanism that keeps a country Tryton's list does not have.
pub(super) const COUNTRY: &str = "Country";

impl TrytonConnector {
    pub(super) async fn changed_contacts(&self, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        let sweep = Sweep {
            model: "party.party",
            fields: FIELDS.to_vec(),
            // The company is a party too, and nobody it sells to or buys from.
            domain: json!(["id", "!=", self.own_party().await?]),
            parts: &[("party.address", "addresses"), ("party.contact_mechanism", "contact_mechanisms")],
            page: PAGE,
        };
        let Swept { records, cursor, more } = self.sweep(sweep, cursor).await?;
        Ok(Page { items: records.iter().filter_map(external).collect(), cursor, more })
    }

    async fn own_party(&self) -> Result<Option<i64>, ConnectorError> {
        let asked = self.own_party.get_or_try_init(|| async {
            let query = Query::of(&["party"]).domain(json!([["id", "=", self.company]]));
            let companies = self.client.search("company.company", &query).await?;
            Ok(companies.first().and_then(|company| value::id(company, "party")))
        });
        asked.await.copied()
    }
}

/// A party without a name cannot be told from others, and is left out.
pub(super) fn external(record: &Value) -> Option<External> {
    let content = content(record);
    if content.name.is_empty() {
        return None;
    }
    let external_id = value::id(record, "id")?.to_string();
    Some(External { external_id, content: Content::Contact(content), outstanding: 0, applied: None })
}

pub(super) fn content(record: &Value) -> ContactContent {
    let address = address(record);
    let mechanism = |fits: &dyn Fn(&Value) -> bool| {
        let all = value::list(record, "contact_mechanisms").iter().filter(|mechanism| value::truth(mechanism, "active"));
        all.filter(|mechanism| fits(mechanism)).map(|mechanism| value::text(mechanism, "value")).next().unwrap_or_default()
    };
    let country = match address.map_or("", |address| value::text(address, "country.name")) {
        "" => mechanism(&is_country),
        country => country,
    };
    ContactContent {
        name: value::text(record, "name").trim().to_owned(),
        email: mechanism(&|mechanism| value::text(mechanism, "type") == "email").to_owned(),
        address: address.map(address_text).unwrap_or_default(),
        country: country.to_owned(),
        archived: !value::truth(record, "active"),
    }
}

pub(super) fn is_country(mechanism: &Value) -> bool {
    value::text(mechanism, "type") == "other" && value::text(mechanism, "name") == COUNTRY
}

/// The one documents go to, or else the first.
pub(super) fn address(record: &Value) -> Option<&Value> {
    let live = || value::list(record, "addresses").iter().filter(|address| value::truth(address, "active"));
    live().find(|address| value::truth(address, "invoice")).or_else(|| live().next())
}

fn address_text(address: &Value) -> String {
    let town = [value::text(address, "postal_code"), value::text(address, "city")];
    let town = town.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let parts = [value::text(address, "street"), &town, value::text(address, "subdivision.name")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}
