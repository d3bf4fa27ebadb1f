//! Webhooks as Xero sends them: what has changed in its organisations, some changes a post, each post signed over its bytes
//! and sent again as it was until it is taken. When they are sent is for the test to say.

use super::{Organisation, server::events::Event};
use crate::harness::{
    process::{Answer, Server},
    wire::Wire,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::HashMap;

pub const PATH: &str = "/webhooks/xero";
pub const SIGNATURE: &str = "x-xero-signature";

/// An app's webhooks.
pub struct Hooks {
    key: String,
    /// Of the last event that was sent.
    sequence: u64,
    /// How many events of each organisation were told, by tenant id.
    told: HashMap<String, usize>,
}

/// A request as it leaves, the first time and each time after.
#[derive(Clone, Debug)]
pub struct Post {
    pub body: Vec<u8>,
    pub signature: String,
}

impl Hooks {
    pub fn signed_with(key: &str) -> Hooks {
        Hooks { key: key.to_owned(), sequence: 0, told: HashMap::new() }
    }

    /// What has changed in an organisation since it was asked about last, so many changes a post.
    pub fn since(&mut self, there: &Organisation, a_post: usize) -> Vec<Post> {
        let all = there.events();
        let told = self.told.insert(there.tenant_id.clone(), all.len()).unwrap_or(0);
        let new: Vec<Value> = all[told..].iter().map(|event| shown(there, event)).collect();
        new.chunks(a_post).map(|some| self.post(some.to_vec())).collect()
    }

    /// A post of these events.
    pub fn post(&mut self, events: Vec<Value>) -> Post {
        let first = self.sequence + 1;
        self.sequence += events.len() as u64;
        let body = json!({
            "events": events, "firstEventSequence": first.min(self.sequence), "lastEventSequence": self.sequence,
            "entropy": entropy(first),
        });
        self.signed(body.to_string().into_bytes())
    }

    pub fn signed(&self, body: Vec<u8>) -> Post {
        let signature = sign(&self.key, &body);
        Post { body, signature }
    }

    /// The intent to receive: nothing, several times, and whether each is signed as it should be.
    pub fn intent_to_receive(&mut self) -> Vec<(Post, bool)> {
        let post = |hooks: &mut Hooks, is_right: bool| {
            let post = hooks.post(Vec::new());
            let signature = if is_right { post.signature } else { sign("another key", &post.body) };
            (Post { signature, ..post }, is_right)
        };
        [true, false, true, false].map(|is_right| post(self, is_right)).into()
    }
}

impl Post {
    pub fn send(&self, server: &Server) -> Answer {
        let headers = [("content-type", "application/json"), (SIGNATURE, self.signature.as_str())];
        Wire::to(server).ask("POST", PATH, &headers, &self.body)
    }
}

/// An event as a post has it, of a record of that organisation or of any that is said to be one of it.
pub fn shown(there: &Organisation, event: &Event) -> Value {
    let Event { category, resource_id, is_new, at, data } = event;
    let resource = match category.as_str() {
        "CONTACT" => "Contacts",
        "CREDITNOTE" => "CreditNotes",
        _ => "Invoices",
    };
    let at = jiff::Timestamp::from_millisecond(*at).expect("a moment of books").to_zoned(jiff::tz::TimeZone::UTC);
    let mut shown = json!({
        "resourceUrl": format!("https://api.xero.com/api.xro/2.0/{resource}/{resource_id}"),
        "resourceId": resource_id, "tenantId": there.tenant_id, "tenantType": "ORGANISATION",
        "eventCategory": category, "eventType": if *is_new { "CREATE" } else { "UPDATE" },
        "eventDateUtc": at.strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
    });
    if let Some((kind, status)) = data {
        shown["data"] = json!({ "Type": kind, "Status": status });
    }
    shown
}

fn sign(key: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("any key is one");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Twenty letters, others for each post and the same in each run.
fn entropy(sequence: u64) -> String {
    let mut state = sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let letter = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'A' + u8::try_from((state >> 33) % 26).expect("less than 26"))
    };
    (0..20).map(letter).collect()
}
