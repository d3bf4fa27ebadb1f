//! Many records in one request: a bad one leaves the others alone, and a request that had no answer is known again or is
//! another one, as it has to be.

use super::{
    answers::contact,
    desk::{Desk, Laid, said},
};
use serde_json::{Value, json};
use tieout::server::connectors::{Connector, ConnectorError, PushItem, PushOutcome};

fn items(names: &[&str]) -> Vec<PushItem> {
    names.iter().map(|name| contact(name)).collect()
}

/// All of these taken.
fn taken(names: &[&str]) -> Laid {
    let contacts: Vec<_> = names.iter().map(|name| json!({ "ContactID": format!("id-{name}"), "Name": name })).collect();
    said(200, json!({ "Contacts": contacts }))
}

fn whole_refusal() -> Laid {
    said(400, json!({ "ErrorNumber": 17, "Type": "PostDataInvalidException", "Message": "JSON for post data was invalid" }))
}

fn refused(outcome: &PushOutcome) -> Option<&str> {
    match outcome {
        Err(ConnectorError::Validation { message, .. }) => Some(message),
        _ => None,
    }
}

fn names(body: &Value) -> Vec<&str> {
    body["Contacts"].as_array().unwrap().iter().map(|contact| contact["Name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn one_that_spoils_a_batch_is_found_and_the_others_go() {
    let desk = Desk::open().await;
    desk.lay([whole_refusal(), whole_refusal(), taken(&["A"]), whole_refusal(), taken(&["C", "D"])]);
    let outcomes = desk.connector().await.push(&items(&["A", "B", "C", "D"])).await.unwrap();
    assert_eq!(outcomes[0], Ok("id-A".into()));
    assert_eq!(refused(&outcomes[1]), Some("JSON for post data was invalid"));
    assert_eq!(outcomes[2..], [Ok("id-C".into()), Ok("id-D".into())]);
    let came = desk.came();
    let sent: Vec<_> = came.iter().map(|came| names(&came.body).concat()).collect();
    assert_eq!(sent, ["ABCD", "AB", "A", "B", "CD"]);
    let keys: std::collections::BTreeSet<_> = came.iter().map(|came| came.key.clone().unwrap()).collect();
    assert_eq!(keys.len(), 5, "each is a request of its own");
    assert!(came.iter().all(|came| (came.method.as_str(), came.query.as_str()) == ("PUT", "summarizeErrors=false")));
}

#[tokio::test]
async fn a_refusal_that_names_its_records_is_told_of_those_and_the_others_were_not_taken() {
    let desk = Desk::open().await;
    let message =
        "The contact name B is already assigned to another contact. The contact name must be unique across all active contacts.";
    desk.lay([said(
        400,
        json!({ "ErrorNumber": 10, "Type": "ValidationException", "Message": "A validation exception occurred",
        "Elements": [{ "Name": "A", "ValidationErrors": [] }, { "Name": "B", "ValidationErrors": [{ "Message": message }] }] }),
    )]);
    let outcomes = desk.connector().await.push(&items(&["A", "B"])).await.unwrap();
    assert!(matches!(outcomes[0], Err(ConnectorError::Transient(_))), "{outcomes:?}");
    assert_eq!(refused(&outcomes[1]), Some(message));
}

#[tokio::test]
async fn what_stops_a_batch_leaves_the_rest_untried() {
    let desk = Desk::open().await;
    desk.lay([whole_refusal(), said(503, json!({}))]);
    let outcomes = desk.connector().await.push(&items(&["A", "B"])).await.unwrap();
    assert!(matches!(outcomes[0], Err(ConnectorError::UnknownOutcome(_))), "{outcomes:?}");
    assert!(matches!(&outcomes[1], Err(ConnectorError::Transient(why)) if why.starts_with("Not tried")), "{outcomes:?}");
    assert_eq!(desk.came().len(), 2);
}

#[tokio::test]
async fn a_request_is_known_again_until_it_had_no_answer() {
    let desk = Desk::open().await;
    let (one, other) = (desk.connector().await, desk.connector().await);
    let keys = |desk: &Desk| -> Vec<String> { desk.came().into_iter().filter_map(|came| came.key).collect() };
    let limited = || (429, vec![("retry-after", "1")], String::new());
    desk.lay([limited(), taken(&["A"])]);
    assert!(matches!(one.push(&items(&["A"])).await.unwrap()[0], Err(ConnectorError::RateLimited { .. })));
    assert_eq!(one.push(&items(&["A"])).await.unwrap(), [Ok("id-A".into())]);
    let limited_keys = keys(&desk);
    assert_eq!(limited_keys[0], limited_keys[1], "nothing was applied: it is the same request");
    assert!(limited_keys[0].len() <= 128);

    // Xero remembers its own failures for six minutes: after one, the same content is another request.
    desk.lay([said(500, json!({})), said(500, json!({})), taken(&["A"])]);
    for _ in 0..2 {
        assert!(matches!(one.push(&items(&["A"])).await.unwrap()[0], Err(ConnectorError::UnknownOutcome(_))));
    }
    assert_eq!(one.push(&items(&["A"])).await.unwrap(), [Ok("id-A".into())]);
    let failed_keys = keys(&desk);
    assert_eq!(failed_keys[0], limited_keys[0]);
    assert!(failed_keys[0] != failed_keys[1] && failed_keys[1] != failed_keys[2] && failed_keys[0] != failed_keys[2]);

    // Another worker begins with what it knows: the intent.
    desk.lay([taken(&["A"])]);
    other.push(&items(&["A"])).await.unwrap();
    assert_eq!(keys(&desk), [limited_keys[0].as_str()]);
}
