//! Contacts on their way to Tryton, as parties.

use super::client::Query;
use super::{
    connector::TrytonConnector,
    contacts::{self, COUNTRY, address, is_country},
    lines::{id, refused},
    value,
};
use crate::server::connectors::{ConnectorError, ContactContent, PushOutcome};
use serde_json::{Value, json};

const MODEL: &str = "party.party";

impl TrytonConnector {
    /// Tryton gives it a code of its own.
    pub(super) async fn create_contact(&self, contact: &ContactContent) -> PushOutcome {
        let (country, unlisted) = self.country(contact).await?;
        let mut mechanisms = Vec::new();
        if !contact.email.is_empty() {
            mechanisms.push(json!({ "type": "email", "value": contact.email }));
        }
        mechanisms.extend(unlisted.map(|name| json!({ "type": "other", "name": COUNTRY, "value": name })));
        let party = json!({
            "name": contact.name,
            "addresses": [["create", [{ "street": contact.address, "country": country, "invoice": true }]]],
            "contact_mechanisms": [["create", mechanisms]],
        });
        let made = self.quiet.create(MODEL, party, &[]).await?;
        made_id(&made)
    }

    /// Name, address, country and email become ours; what else the party has stays.
    pub(super) async fn update_contact(&self, external_id: &str, contact: &ContactContent) -> PushOutcome {
        let party = id(external_id)?;
        let query = Query::of(contacts::FIELDS).domain(json!([["id", "=", party]]));
        let found = self.client.search(MODEL, &query).await?;
        let held = found.first().ok_or_else(|| refused("contact-gone", "The contact is not there any more".into()))?;
        let before = contacts::content(held);
        let mut changes = json!({});
        if before.name != contact.name {
            changes["name"] = contact.name.as_str().into();
        }
        let (country, unlisted) = self.country(contact).await?;
        if (&before.address, &before.country) != (&contact.address, &contact.country) {
            let mut told = json!({ "country": country });
            if before.address != contact.address {
                told["street"] = contact.address.as_str().into();
                // All of the address stands in the street.
                for part in ["postal_code", "city", "subdivision"] {
                    told[part] = Value::Null;
                }
            }
            changes["addresses"] = match address(held).and_then(|address| value::id(address, "id")) {
                Some(address) => json!([["write", [address], told]]),
                None => json!([["create", [told]]]),
            };
        }
        let mechanisms = value::list(held, "contact_mechanisms");
        let of = |fits: fn(&Value) -> bool| mechanisms.iter().find(|one| value::truth(one, "active") && fits(one));
        let mut told = Vec::new();
        if before.email != contact.email {
            let email = json!({ "type": "email", "value": contact.email });
            told.extend(put(of(is_email), (!contact.email.is_empty()).then_some(email)));
        }
        if before.country != contact.country {
            let country = unlisted.map(|name| json!({ "type": "other", "name": COUNTRY, "value": name }));
            told.extend(put(of(is_country), country));
        }
        if !told.is_empty() {
            changes["contact_mechanisms"] = told.into();
        }
        if changes.as_object().is_some_and(|changes| !changes.is_empty()) {
            self.quiet.update(MODEL, party, changes, &[]).await?;
        }
        Ok(external_id.to_owned())
    }

    /// The country in Tryton's list; or, where it is not in there, its name.
    async fn country<'a>(&self, contact: &'a ContactContent) -> Result<(Option<i64>, Option<&'a str>), ConnectorError> {
        let name = contact.country.as_str();
        if name.is_empty() {
            return Ok((None, None));
        }
        let listed = self.setup().await?.countries.get(name).copied();
        Ok((listed, listed.is_none().then_some(name)))
    }
}

fn is_email(mechanism: &Value) -> bool {
    value::text(mechanism, "type") == "email"
}

/// One record of a list in the place of another, of none, or none in its place.
fn put(held: Option<&Value>, wanted: Option<Value>) -> Option<Value> {
    let held = held.and_then(|held| value::id(held, "id"));
    Some(match (held, wanted) {
        (Some(held), Some(wanted)) => json!(["write", [held], wanted]),
        (Some(held), None) => json!(["delete", [held]]),
        (None, Some(wanted)) => json!(["create", [wanted]]),
        (None, None) => return None,
    })
}

/// The id of a record that was just made. An answer without one tells that it was made, and not which it is.
pub fn made_id(made: &Value) -> PushOutcome {
    let id = value::id(made, "id").map(|id| id.to_string());
    id.ok_or_else(|| ConnectorError::UnknownOutcome("Tryton made the record and did not say which it is".into()))
}
