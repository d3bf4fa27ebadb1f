//! What Xero tells by itself: which records of which organisations have changed, and nothing of what is in them. That it is
//! Xero which tells it shows in a signature over the bytes as they came, with a key that only Xero and this server know.

use crate::server::{
    config::Secret,
    connectors::{Dataset, Notice},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use uuid::Uuid;

/// The header that has the signature.
pub const SIGNATURE: &str = "x-xero-signature";

/// Whether whoever sent a body knows the key. The comparison takes the same time wherever the two differ.
pub fn is_signed(key: &Secret, body: &[u8], signature: &[u8]) -> bool {
    // Any key is one: longer ones are shortened by digesting them.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.0.as_bytes()) else { return false };
    mac.update(body);
    STANDARD.decode(signature).is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
}

/// What a body tells of. Kinds of records that are nothing of ours are passed over, and so is what names no record: with its
/// signature it came from Xero, and asking Xero to send it again would bring the same.
pub fn notices(body: &[u8]) -> Vec<Notice> {
    let Ok(said) = serde_json::from_slice::<Value>(body) else {
        tracing::warn!("Xero sent a webhook that is no JSON");
        return Vec::new();
    };
    super::value::list(&said, "events").iter().filter_map(notice).collect()
}

fn notice(event: &Value) -> Option<Notice> {
    let text = |field| super::value::text(event, field);
    let dataset = match text("eventCategory") {
        "CONTACT" => Dataset::Contacts,
        // Bills too: which of the two it is does not stand in it.
        "INVOICE" => Dataset::Invoices,
        "CREDITNOTE" => Dataset::CreditNotes,
        _ => return None,
    };
    // Written as everywhere else, and nothing that could stand for something else in an address.
    let id = |field| Uuid::try_parse(text(field)).ok().map(|id| id.to_string());
    Some(Notice { organisation_id: id("tenantId")?, dataset, external_id: id("resourceId")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Of RFC 4231, the second case.
    #[test]
    fn a_signature_is_over_the_bytes_as_they_came() {
        let (body, signed) = (b"what do ya want for nothing?", "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
        assert!(is_signed(&Secret("Jefe".into()), body, signed.as_bytes()));
        for (key, body, signature) in [
            ("Jefe", &b"what do ya want for nothing? "[..], signed),
            ("jefe", &body[..], signed),
            ("", &body[..], signed),
            ("Jefe", &body[..], ""),
            ("Jefe", &body[..], &signed[..20]),
            ("Jefe", &body[..], "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM"),
        ] {
            assert!(!is_signed(&Secret(key.into()), body, signature.as_bytes()), "{key:?} {signature:?}");
        }
    }

    #[test]
    fn only_what_names_a_record_of_ours_is_taken() {
        let (tenant, record) = ("C2CC9B6E-9458-4c7d-93cc-f02b81b0594f", "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777");
        let event = |category: &str, tenant: &str, record: &str| {
            json!({ "resourceId": record, "eventCategory": category, "eventType": "UPDATE", "tenantId": tenant,
                "tenantType": "ORGANISATION", "eventDateUtc": "2024-06-21T01:15:39.902" })
        };
        let body = json!({ "events": [
            event("CONTACT", tenant, record), event("INVOICE", tenant, record), event("CREDITNOTE", tenant, record),
            event("SUBSCRIPTION", tenant, record), event("contact", tenant, record), event("CONTACT", "", record),
            event("CONTACT", tenant, "../Organisation"), json!(7), json!({}),
        ], "firstEventSequence": 1, "lastEventSequence": 9, "entropy": "S0m3r4Nd0mt3xt" });
        let taken = notices(body.to_string().as_bytes());
        assert_eq!(
            taken.iter().map(|one| one.dataset).collect::<Vec<_>>(),
            [Dataset::Contacts, Dataset::Invoices, Dataset::CreditNotes]
        );
        assert!(taken.iter().all(|one| one.organisation_id == tenant.to_lowercase() && one.external_id == record));
        for nothing in ["", "{}", "[]", "{\"events\":7}", "{\"events\":[]}", "{\"events\":[{\"resourceId\":1"] {
            assert_eq!(notices(nothing.as_bytes()), [], "{nothing}");
        }
    }
}
