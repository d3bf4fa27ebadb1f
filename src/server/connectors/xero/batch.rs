//! One request with many records, and what became of each. Xero answers in the order in which it was asked; that it did is
//! checked by what each record goes by.

use super::{answer::Untaken, answer::messages, chart::refused, connector::XeroConnector, value};
use crate::server::connectors::{ConnectorError, PushOutcome};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::PoisonError;

/// Bytes of a request: Xero takes half a megabyte more.
const MOST_BYTES: usize = 3_000_000;

/// A record as it is sent.
#[derive(Clone, Debug)]
pub struct Element {
    /// Among the items of the push.
    pub place: usize,
    /// The key of its intent.
    pub key: String,
    pub sent: Value,
    /// The field of its id.
    pub id: &'static str,
    /// A field of the answer and what it says where it is about this record.
    pub expected: (&'static str, String),
    pub is_new: bool,
    pub is_document: bool,
}

impl Element {
    pub fn new(sent: Value, id: &'static str, expected: (&'static str, String)) -> Element {
        Element { place: 0, key: String::new(), sent, id, expected, is_new: false, is_document: false }
    }
}

pub struct Batch {
    /// Where it is sent.
    pub path: String,
    /// What its elements are called.
    pub resource: &'static str,
    pub method: Method,
    pub elements: Vec<Element>,
}

/// Places among the items, with what became of them.
pub(super) type Outcomes = Vec<(usize, PushOutcome)>;

impl XeroConnector {
    /// Sends a batch, in parts where it is too large or is refused as a whole: then one record of it is to blame, and the
    /// others are not to wait for it. What is not about the records ends it, and what comes after it was not tried.
    pub(super) async fn send_batch(&self, batch: Batch, stopped: &mut Option<ConnectorError>) -> Outcomes {
        let Batch { path, resource, method, elements } = batch;
        let mut outcomes = Vec::with_capacity(elements.len());
        let mut parts = vec![elements];
        while let Some(part) = parts.pop() {
            if let Some(why) = stopped {
                outcomes.extend(all(&part, &not_tried(why)));
                continue;
            }
            let body = json!({ resource: part.iter().map(|element| &element.sent).collect::<Vec<_>>() });
            if part.len() > 1 && body.to_string().len() > MOST_BYTES {
                parts.extend(halves(part));
                continue;
            }
            match self.send_part(&path, &method, &part, &body).await {
                Ok(answer) => outcomes.extend(read(resource, &part, &answer)),
                Err(Untaken::Elements(said)) if said.len() == part.len() => outcomes.extend(refusals(&part, &said)),
                Err(Untaken::Elements(said)) => {
                    let message = said.concat().join(" ");
                    split(part, "refused", &message, &mut parts, &mut outcomes);
                }
                Err(Untaken::Whole { code, message }) => split(part, code, &message, &mut parts, &mut outcomes),
                Err(Untaken::Failed(error)) => {
                    outcomes.extend(all(&part, &error));
                    *stopped = Some(error);
                }
            }
        }
        outcomes
    }

    pub(super) async fn send_part(&self, path: &str, method: &Method, part: &[Element], body: &Value) -> Result<Value, Untaken> {
        let key = request_key(method, path, part, body);
        let times = self.sent.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied().unwrap_or_default();
        let written = if times == 0 { key.clone() } else { format!("{key}-{times}") };
        let answer = self.client.write(method.clone(), path, &written, body).await;
        if matches!(answer, Err(Untaken::Failed(ConnectorError::UnknownOutcome(_)))) {
            self.sent.lock().unwrap_or_else(PoisonError::into_inner).insert(key, times + 1);
        }
        answer
    }
}

/// By what Xero knows a request again: the same for the same intents with the same content.
fn request_key(method: &Method, path: &str, part: &[Element], body: &Value) -> String {
    let mut digest = Sha256::new();
    digest.update(format!("{method} {path}\n"));
    for element in part {
        digest.update(format!("{}\n", element.key));
    }
    digest.update(body.to_string());
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn all(part: &[Element], error: &ConnectorError) -> Outcomes {
    part.iter().map(|element| (element.place, Err(error.clone()))).collect()
}

/// Unknown is what became of those before only.
pub(super) fn not_tried(why: &ConnectorError) -> ConnectorError {
    match why {
        ConnectorError::UnknownOutcome(text) | ConnectorError::Protocol(text) => {
            ConnectorError::Transient(format!("Not tried, because: {text}"))
        }
        other => other.clone(),
    }
}

/// The second one first: the last is taken next.
fn halves(mut part: Vec<Element>) -> [Vec<Element>; 2] {
    let second = part.split_off(part.len() / 2);
    [second, part]
}

fn split(part: Vec<Element>, code: &str, message: &str, parts: &mut Vec<Vec<Element>>, outcomes: &mut Outcomes) {
    match part.as_slice() {
        [element] => outcomes.push((element.place, Err(refusal(element, code, message)))),
        _ => parts.extend(halves(part)),
    }
}

/// Of a batch of which nothing was applied.
fn refusals(part: &[Element], said: &[Vec<String>]) -> Outcomes {
    let outcome = |(element, messages): (&Element, &Vec<String>)| {
        let error = if messages.is_empty() {
            ConnectorError::Transient("Nothing of the batch was taken, because of another record in it".into())
        } else {
            refusal(element, "refused", &messages.join(" "))
        };
        (element.place, Err(error))
    };
    part.iter().zip(said).map(outcome).collect()
}

pub(super) fn read(resource: &str, part: &[Element], answer: &Value) -> Outcomes {
    let answers = value::list(answer, resource);
    if answers.len() != part.len() {
        let text = format!("Xero took {} {resource} and said of {} what became of them", part.len(), answers.len());
        return all(part, &ConnectorError::UnknownOutcome(text));
    }
    part.iter().zip(answers).map(|(element, answer)| (element.place, outcome(element, answer))).collect()
}

fn outcome(element: &Element, answer: &Value) -> PushOutcome {
    let (field, expected) = &element.expected;
    let said = value::text(answer, field).trim();
    if !said.is_empty() && !said.eq_ignore_ascii_case(expected.trim()) {
        let text = format!("Xero answered about “{said}” where it was asked about “{expected}”");
        return Err(ConnectorError::UnknownOutcome(text));
    }
    let messages = messages(answer);
    let is_refused = value::text(answer, "StatusAttributeString") == "ERROR"
        || value::truth(answer, "HasErrors")
        || value::truth(answer, "HasValidationErrors");
    if is_refused || !messages.is_empty() {
        let message = if messages.is_empty() { "Xero refused it and does not say why".into() } else { messages.join(" ") };
        return Err(refusal(element, "refused", &message));
    }
    let id = value::text(answer, element.id);
    if id.bytes().all(|byte| matches!(byte, b'0' | b'-')) {
        return Err(ConnectorError::UnknownOutcome("Xero took a record and did not say as which".into()));
    }
    Ok(id.to_owned())
}

/// What Xero has against a record, as the engine tells it apart: that a number is taken is looked into.
fn refusal(element: &Element, code: &str, message: &str) -> ConnectorError {
    let said = message.to_lowercase();
    let is_taken = said.contains("must be unique") && (said.contains('#') || said.contains("number"));
    // Said of a document that is new, it can only be about the one that has its number.
    let is_other = element.is_new && said.contains("not of valid status for modification");
    if element.is_document && (is_taken || is_other) {
        return ConnectorError::Conflict { code: "number-taken".into(), message: message.to_owned() };
    }
    refused(code, message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invoice(place: usize, number: &str) -> Element {
        let sent = json!({ "InvoiceNumber": number });
        let element = Element::new(sent, "InvoiceID", ("InvoiceNumber", number.into()));
        Element { place, key: format!("key-{number}"), is_new: true, is_document: true, ..element }
    }

    fn refused_with(message: &str) -> ConnectorError {
        ConnectorError::Validation { code: "refused".into(), field: None, message: message.into() }
    }

    #[test]
    fn each_record_has_its_own_outcome() {
        let part = [invoice(4, "1"), invoice(2, "2"), invoice(9, "3"), invoice(7, "4")];
        let answer = json!({ "Invoices": [
            { "InvoiceID": "0a", "InvoiceNumber": "1", "StatusAttributeString": "OK" },
            { "InvoiceID": "00000000-0000-0000-0000-000000000000", "InvoiceNumber": "2", "StatusAttributeString": "ERROR",
              "ValidationErrors": [{ "Message": "Account code '9' is not a valid code for this document." }, { "Message": "Too late." }] },
            { "InvoiceNumber": "3", "HasErrors": true, "ValidationErrors": [{ "Message": "Invoice # must be unique." }] },
            { "InvoiceID": "0d", "StatusAttributeString": "WARNING", "Warnings": [{ "Message": "Check it." }] },
        ] });
        let taken = ConnectorError::Conflict { code: "number-taken".into(), message: "Invoice # must be unique.".into() };
        assert_eq!(
            read("Invoices", &part, &answer),
            [
                (4, Ok("0a".into())),
                (2, Err(refused_with("Account code '9' is not a valid code for this document. Too late."))),
                (9, Err(taken)),
                (7, Ok("0d".into())),
            ]
        );
    }

    #[test]
    fn an_answer_about_others_leaves_it_open_what_became_of_a_record() {
        let part = [invoice(0, "1"), invoice(1, "2")];
        let swapped =
            json!({ "Invoices": [{ "InvoiceID": "b", "InvoiceNumber": "2" }, { "InvoiceID": "a", "InvoiceNumber": "1" }] });
        let short = json!({ "Invoices": [{ "InvoiceID": "a", "InvoiceNumber": "1" }] });
        let nameless = json!({ "Invoices": [{ "InvoiceNumber": "1" }, {}] });
        for answer in [swapped, short, nameless, json!([]), Value::Null] {
            for (_, outcome) in read("Invoices", &part, &answer) {
                assert!(matches!(outcome, Err(ConnectorError::UnknownOutcome(_))), "{answer}: {outcome:?}");
            }
        }
    }

    #[test]
    fn what_is_refused_as_a_whole_is_halved_until_one_is_to_blame() {
        let (mut parts, mut outcomes) = (Vec::new(), Vec::new());
        split(vec![invoice(0, "1"), invoice(1, "2"), invoice(2, "3")], "refused", "Bad", &mut parts, &mut outcomes);
        let sizes: Vec<usize> = parts.iter().map(Vec::len).collect();
        assert_eq!((sizes, parts[1][0].place, outcomes.len()), (vec![2, 1], 0, 0));
        split(parts.pop().unwrap(), "refused", "Bad", &mut parts, &mut outcomes);
        assert_eq!(outcomes, [(0, Err(refused_with("Bad")))]);
    }

    #[test]
    fn a_request_is_known_by_its_intents_and_what_they_carry() {
        let key = |part: &[Element]| {
            let body = json!(part.iter().map(|element| &element.sent).collect::<Vec<_>>());
            request_key(&Method::PUT, "Invoices", part, &body)
        };
        let two = [invoice(0, "1"), invoice(1, "2")];
        assert_eq!(key(&two), key(&[invoice(5, "1"), invoice(6, "2")]));
        assert!(key(&two).len() <= 120);
        let other = Element { key: "other".into(), ..invoice(1, "2") };
        let changed = Element { sent: json!({ "InvoiceNumber": "2", "Reference": "x" }), ..invoice(1, "2") };
        let keys = [key(&two), key(&two[..1]), key(&[invoice(0, "1"), other]), key(&[invoice(0, "1"), changed])];
        let different: std::collections::BTreeSet<&String> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
    }

    #[test]
    fn a_status_that_forbids_changes_is_a_taken_number_where_the_document_is_new() {
        let said = "Invoice not of valid status for modification";
        assert!(matches!(refusal(&invoice(0, "1"), "refused", said), ConnectorError::Conflict { .. }));
        let known = Element { is_new: false, ..invoice(0, "1") };
        assert!(matches!(refusal(&known, "refused", said), ConnectorError::Validation { .. }));
        let contact = Element { is_document: false, ..invoice(0, "1") };
        let name = "The contact name Ann is already assigned to another contact. The contact name must be unique (number 1)";
        assert!(matches!(refusal(&contact, "refused", name), ConnectorError::Validation { .. }));
    }
}
