//! Contacts, both ways. Ours has its address line by line; Xero's has four lines, a town, a region and a postal code, which
//! it prints below each other. The address documents go to is the one of the kind POBOX.

use super::{
    connector::XeroConnector,
    paging::{Cursor, Paged, sweep},
    value,
};
use crate::server::connectors::{ConnectorError, ContactContent, Content, External, Page};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

pub const RESOURCE: &str = "Contacts";
pub const ID: &str = "ContactID";

/// Of an address, in the order in which they are printed.
const PARTS: [&str; 7] = ["AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "City", "Region", "PostalCode"];

const MAILING: &str = "POBOX";

/// Archived ones too: one that is left out would look as if nothing had happened to it.
pub fn paged() -> Paged {
    Paged { resource: RESOURCE, id: ID, query: vec![("includeArchived", "true".into())] }
}

impl XeroConnector {
    pub(super) async fn changed_contacts(&self, cursor: Option<&str>) -> Result<Page, ConnectorError> {
        let swept = sweep(&self.client, &paged(), Cursor::read(cursor)?).await?;
        let items = swept.records.iter().filter_map(external).collect();
        Ok(Page { items, cursor: swept.cursor.text(), more: swept.more })
    }

    /// Those of these ids that are there, as they are there.
    pub(super) async fn contacts_now(&self, ids: &[&str]) -> Result<HashMap<String, Value>, ConnectorError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let query = vec![("includeArchived", "true".to_owned()), ("IDs", ids.join(","))];
        let found = super::paging::all(&self.client, &Paged { resource: RESOURCE, id: ID, query }).await?;
        Ok(found.into_iter().map(|record| (value::text(&record, ID).to_owned(), record)).collect())
    }
}

/// One without a name cannot be told from others, and is left out.
pub fn external(record: &Value) -> Option<External> {
    let (external_id, content) = (value::text(record, ID), content(record));
    let is_whole = !external_id.is_empty() && !content.name.is_empty();
    is_whole.then(|| External {
        external_id: external_id.to_owned(),
        content: Content::Contact(content),
        outstanding: 0,
        applied: None,
    })
}

fn content(record: &Value) -> ContactContent {
    let address = address(record);
    let part = |part: &str| address.map_or("", |address| value::text(address, part)).trim();
    ContactContent {
        name: value::text(record, "Name").trim().to_owned(),
        email: value::text(record, "EmailAddress").trim().to_owned(),
        address: PARTS.map(part).into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"),
        country: part("Country").to_owned(),
        // Removed on a person's demand, or merged into another: nobody is to use it either.
        archived: !matches!(value::text(record, "ContactStatus"), "" | "ACTIVE"),
    }
}

/// The one documents go to, or else any that says something.
fn address(record: &Value) -> Option<&Value> {
    let says = |address: &&Value| PARTS.iter().chain(&["Country"]).any(|part| !value::text(address, part).trim().is_empty());
    let of_kind = |address: &&Value| value::text(address, "AddressType") == MAILING;
    let all = || value::list(record, "Addresses").iter().filter(says);
    all().find(of_kind).or_else(|| all().next())
}

/// What is sent of a contact: all of a new one, and what differs of one that is there. `None`: nothing does.
pub fn write(contact: &ContactContent, external_id: Option<&str>, now: Option<&Value>) -> Option<Value> {
    let held = now.map(content).unwrap_or_default();
    let mut sent = Map::new();
    let mut put = |field: &str, ours: Value, is_same: bool| {
        if now.is_none() || !is_same {
            sent.insert(field.to_owned(), ours);
        }
    };
    put("Name", contact.name.as_str().into(), contact.name == held.name);
    put("EmailAddress", contact.email.as_str().into(), contact.email == held.email);
    let is_same = (&contact.address, &contact.country) == (&held.address, &held.country);
    put("Addresses", json!([write_address(contact)]), is_same);
    if external_id.is_some() {
        let status = if contact.archived { "ARCHIVED" } else { "ACTIVE" };
        put("ContactStatus", status.into(), contact.archived == held.archived);
    }
    if let Some(id) = external_id.filter(|_| !sent.is_empty()) {
        sent.insert(ID.to_owned(), id.into());
    }
    (!sent.is_empty()).then_some(Value::Object(sent))
}

fn write_address(contact: &ContactContent) -> Value {
    let mut address = json!({ "AddressType": MAILING, "Country": contact.country });
    let mut lines = contact.address.lines().map(str::trim).filter(|line| !line.is_empty());
    for part in &PARTS[..PARTS.len() - 1] {
        address[part] = lines.next().unwrap_or_default().into();
    }
    // More lines than there is room for share the last one.
    address[PARTS[PARTS.len() - 1]] = lines.collect::<Vec<_>>().join(", ").into();
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn contact(address: &str, country: &str) -> ContactContent {
        ContactContent {
            name: "Ann".into(),
            email: "ann@example.com".into(),
            address: address.into(),
            country: country.into(),
            archived: false,
        }
    }

    #[test]
    fn of_one_that_is_there_only_what_differs_is_sent() {
        let there = json!({ "ContactID": "c", "Name": "Ann", "EmailAddress": "ann@example.com", "ContactStatus": "ACTIVE",
            "Addresses": [{ "AddressType": "STREET", "City": "Leeds" },
                { "AddressType": "POBOX", "AddressLine1": "1 Quay", "City": "Hull", "PostalCode": "HU1", "Country": "UK" }] });
        let same = contact("1 Quay\nHull\nHU1", "UK");
        assert_eq!(write(&same, Some("c"), Some(&there)), None);
        let renamed = ContactContent { name: "Anne".into(), ..same.clone() };
        assert_eq!(write(&renamed, Some("c"), Some(&there)), Some(json!({ "ContactID": "c", "Name": "Anne" })));
        let gone = ContactContent { archived: true, ..same.clone() };
        assert_eq!(write(&gone, Some("c"), Some(&there)), Some(json!({ "ContactID": "c", "ContactStatus": "ARCHIVED" })));
        // One that cannot be seen any more: all of it goes, and Xero says what it thinks of that.
        let all = write(&same, Some("c"), None).unwrap();
        assert_eq!((&all["ContactID"], &all["Name"], &all["ContactStatus"]), (&"c".into(), &"Ann".into(), &"ACTIVE".into()));
    }

    #[test]
    fn an_address_that_says_nothing_gives_way_to_one_that_does() {
        let there = json!({ "ContactID": "c", "Name": " Ann ", "ContactStatus": "GDPRREQUEST",
            "Addresses": [{ "AddressType": "POBOX", "City": " " }, { "AddressType": "STREET", "City": "Leeds" }] });
        let read = content(&there);
        assert_eq!((read.name.as_str(), read.address.as_str(), read.archived), ("Ann", "Leeds", true));
        assert_eq!(external(&json!({ "ContactID": "c", "Name": " " })), None);
    }

    #[test]
    fn lines_beyond_the_last_share_it() {
        let sent = write(&contact("1\n2\n3\n4\n5\n6\n7\n8", ""), None, None).unwrap();
        assert_eq!(sent["Addresses"][0]["PostalCode"], "7, 8");
        assert_eq!(sent["Addresses"][0]["City"], "5");
        assert_eq!(sent.get("ContactStatus"), None, "a new contact is in use");
    }

    proptest! {
        #[test]
        fn what_is_sent_reads_back(lines in prop::collection::vec("[A-Za-z0-9][A-Za-z0-9 ]{0,20}[a-z]", 0..=7), country in "[A-Za-z]{0,12}") {
            let ours = contact(&lines.join("\n"), &country);
            let mut there: Value = serde_json::from_str(&write(&ours, None, None).unwrap().to_string()).unwrap();
            there["ContactID"] = "c".into();
            there["ContactStatus"] = "ACTIVE".into();
            prop_assert_eq!(content(&there), ours);
        }
    }
}
