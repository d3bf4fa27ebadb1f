//! What each kind of answer means: to a read, which may be asked again, and to a write, which may have been done.

use super::desk::{Desk, Laid, TENANT, said};
use serde_json::json;
use std::time::Duration;
use tieout::server::connectors::{Connector, ConnectorError, ContactContent, Content, Dataset, PushItem};

pub fn contact(name: &str) -> PushItem {
    let content = Content::Contact(ContactContent { name: name.into(), ..ContactContent::default() });
    PushItem { external_id: None, idempotency_key: format!("intent of {name}"), content }
}

/// What a read and a write make of an answer.
async fn both(desk: &Desk, answer: Laid) -> (ConnectorError, ConnectorError) {
    desk.lay([answer.clone()]);
    let read = desk.connector().await.probe().await.unwrap_err();
    desk.lay([answer]);
    let mut written = desk.connector().await.push(&[contact("Ann")]).await.unwrap();
    (read, written.remove(0).unwrap_err())
}

#[tokio::test]
async fn each_answer_means_one_thing_to_a_read_and_to_a_write() {
    use ConnectorError::{NeedsReconnect, Protocol, RateLimited, Transient, UnknownOutcome};
    let desk = Desk::open().await;
    let html = (502, vec![("content-type", "text/html")], "<html><h1>Bad gateway</h1></html>".to_owned());
    let (read, written) = both(&desk, html).await;
    assert!(matches!((&read, &written), (Transient(_), UnknownOutcome(_))), "{read:?} {written:?}");

    let offline = said(503, json!({ "Title": "Service Unavailable", "Status": 503, "Detail": "The organisation is offline" }));
    let (read, written) = both(&desk, offline).await;
    assert!(matches!((&read, &written), (Transient(_), UnknownOutcome(_))), "{read:?} {written:?}");
    assert!(read.to_string().contains("(The organisation is offline)"), "{read}");

    let (read, written) = both(&desk, said(500, json!({ "ErrorNumber": 500, "Message": "An error occurred" }))).await;
    assert!(matches!((&read, &written), (Transient(_), UnknownOutcome(_))), "{read:?} {written:?}");

    for body in ["{\"Organisations\": [{\"Name\": \"Quay", "", "<html>", "{]"] {
        let (read, written) = both(&desk, (200, vec![], body.to_owned())).await;
        assert!(matches!((&read, &written), (Protocol(_), UnknownOutcome(_))), "{body}: {read:?} {written:?}");
    }

    for (headers, pause) in [
        (vec![("x-rate-limit-problem", "minute"), ("retry-after", "13")], 13),
        (vec![("x-rate-limit-problem", "DayLimit"), ("retry-after", "66975")], 66_975),
        (vec![("x-rate-limit-problem", "Daily limit")], 3_600),
        (vec![("x-rate-limit-problem", "minute")], 60),
        (vec![], 60),
    ] {
        let (read, written) = both(&desk, (429, headers, String::new())).await;
        let expected = RateLimited { retry_after: Duration::from_secs(pause) };
        assert_eq!((&read, &written), (&expected, &expected));
    }

    let forbidden = said(403, json!({ "Title": "Forbidden", "Status": 403, "Detail": "AuthenticationUnsuccessful" }));
    let (read, written) = both(&desk, forbidden).await;
    assert!(matches!((&read, &written), (NeedsReconnect(_), NeedsReconnect(_))), "{read:?} {written:?}");
    assert!(read.to_string().contains("no longer lets us in (AuthenticationUnsuccessful)"), "{read}");

    for status in [301, 404, 418] {
        let (read, _) = both(&desk, said(status, json!({}))).await;
        assert!(matches!(&read, Protocol(_)), "{read:?}");
    }

    // It belongs to another request of which nothing is known: it is looked up.
    let other = said(
        400,
        json!({ "Type": "ValidationException",
        "Message": "The request body does not match the one first sent with this Idempotency-Key" }),
    );
    let (_, written) = both(&desk, other).await;
    assert!(matches!(&written, UnknownOutcome(why) if why.contains("Idempotency-Key")), "{written:?}");
}

#[tokio::test]
async fn a_refused_token_without_a_connection_to_keep_another_is_a_matter_for_a_person() {
    let desk = Desk::open().await;
    desk.lets_in(&[]);
    let error = desk.connector().await.probe().await.unwrap_err();
    assert!(matches!(&error, ConnectorError::NeedsReconnect(_)), "{error:?}");
    assert_eq!(desk.asked(), 0, "no token is used up for it");
}

#[tokio::test]
async fn the_later_lock_and_the_organisation_are_told() {
    let desk = Desk::open().await;
    let organisation = desk.connector().await.probe().await.unwrap();
    assert_eq!((organisation.id.as_str(), organisation.currency.as_str()), (TENANT, "GBP"));
    assert_eq!(organisation.locked_until.as_deref(), Some("2019-12-31"));
}

fn page(number: u32, ids: &[&str]) -> Laid {
    let contacts: Vec<_> =
        ids.iter().map(|id| json!({ "ContactID": id, "Name": id, "UpdatedDateUTC": "/Date(1577750400000+0000)/" })).collect();
    let pagination = json!({ "page": number, "pageSize": 2, "pageCount": 3, "itemCount": 6 });
    said(200, json!({ "Contacts": contacts, "pagination": pagination }))
}

/// Reads to the end, or to what stops it; at most so many pages.
async fn read_all(desk: &Desk, pages: usize) -> Result<Vec<String>, ConnectorError> {
    let connector = desk.connector().await;
    let (mut cursor, mut ids) = (None::<String>, Vec::new());
    for _ in 0..pages {
        let page = connector.pull(Dataset::Contacts, cursor.as_deref()).await?;
        ids.extend(page.items.into_iter().map(|item| item.external_id));
        cursor = Some(page.cursor);
        if !page.more {
            return Ok(ids);
        }
    }
    panic!("it does not end: {ids:?}")
}

#[tokio::test]
async fn a_list_is_read_to_its_end_and_one_that_turns_in_a_circle_is_left() {
    let desk = Desk::open().await;
    desk.lay([page(1, &["a", "b"]), page(2, &["c", "d"]), page(3, &["e"])]);
    assert_eq!(read_all(&desk, 3).await.unwrap(), ["a", "b", "c", "d", "e"]);
    let came = desk.came();
    let asked: Vec<&str> = came.iter().map(|came| came.query.as_str()).collect();
    assert_eq!(asked[1], "includeArchived=true&page=2&pageSize=1000&order=ContactID");

    // The same page for ever, with and without saying so.
    desk.lay((0..9).map(|_| page(1, &["a", "b"])));
    assert!(matches!(read_all(&desk, 4).await, Err(ConnectorError::Protocol(_))));
    desk.lay((1..9).map(|number| page(number, &["a", "b"])));
    assert!(matches!(read_all(&desk, 4).await, Err(ConnectorError::Protocol(_))));

    // Only once: it is asked for again, from the first one on.
    desk.lay([page(1, &["a", "b"]), page(2, &["a", "b"]), page(1, &["a", "b"]), page(2, &["c", "d"]), page(3, &["e"])]);
    assert_eq!(read_all(&desk, 3).await.unwrap(), ["a", "b", "c", "d", "e"]);

    // Without a count of pages it ends with an empty one.
    let bare = |ids: &[&str]| {
        let contacts: Vec<_> = ids.iter().map(|id| json!({ "ContactID": id, "Name": id })).collect();
        said(200, json!({ "Contacts": contacts }))
    };
    desk.lay([bare(&["a"]), bare(&["b"]), bare(&[])]);
    assert_eq!(read_all(&desk, 3).await.unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn what_changed_since_is_asked_for_with_some_minutes_before() {
    let desk = Desk::open().await;
    let connector = desk.connector().await;
    desk.lay([said(
        200,
        json!({ "pagination": { "page": 1, "pageCount": 1 },
        "Contacts": [{ "ContactID": "a", "Name": "Ann", "UpdatedDateUTC": "/Date(1577750400999+0000)/" }] }),
    )]);
    let first = connector.pull(Dataset::Contacts, None).await.unwrap();
    assert!(!first.more);
    assert_eq!(desk.came()[0].since, None);
    let second = connector.pull(Dataset::Contacts, Some(&first.cursor)).await.unwrap();
    assert_eq!((second.items.len(), second.cursor, second.more), (0, first.cursor, false));
    // Five minutes before the newest change, whole seconds of it.
    assert_eq!(desk.came()[0].since.as_deref(), Some("2019-12-30T23:55:00"));
    let error = connector.pull(Dataset::Contacts, Some("12")).await.unwrap_err();
    assert!(matches!(error, ConnectorError::Protocol(_)));
}
