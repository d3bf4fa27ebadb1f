//! Undoing what was booked: a payment is deleted by a word, credit that was applied is taken away. Either way it is no matter
//! who did it first: what is gone is gone.

use super::{
    allocations,
    answer::Untaken,
    batch::{Element, read},
    chart::refused,
    connector::XeroConnector,
    payments, value,
};
use crate::server::connectors::{ConnectorError, PaymentContent, PushOutcome};
use reqwest::Method;
use serde_json::json;

impl XeroConnector {
    /// `key`: that of the intent.
    pub(super) async fn take_back(&self, payment: &PaymentContent, id: &str, key: &str) -> PushOutcome {
        match &payment.credit {
            Some(credit) => {
                let path = format!("{}/{id}", allocations::path(credit));
                self.client.delete(&path).await.map(|_| id.to_owned()).map_err(in_words)
            }
            None => self.delete_payment(id, key).await,
        }
    }

    async fn delete_payment(&self, id: &str, key: &str) -> PushOutcome {
        let path = format!("{}/{id}", payments::RESOURCE);
        let there = self.client.read_one(&path, &[]).await?;
        let is_there = there.iter().flat_map(|body| value::list(body, payments::RESOURCE)).any(|one| !payments::is_deleted(one));
        if !is_there {
            return Ok(id.to_owned());
        }
        let sent = json!({ "Status": "DELETED" });
        let element = Element::new(sent.clone(), payments::ID, (payments::ID, id.to_owned()));
        let part = [Element { key: key.to_owned(), ..element }];
        let answer = self.send_part(&path, &Method::POST, &part, &sent).await.map_err(in_words)?;
        let outcome = read(payments::RESOURCE, &part, &answer).pop().map(|(_, outcome)| outcome);
        outcome.unwrap_or_else(|| Err(ConnectorError::UnknownOutcome("Xero did not say what became of a payment".into())))
    }
}

/// Why one record was not taken back.
fn in_words(why: Untaken) -> ConnectorError {
    match why {
        Untaken::Elements(said) => refused("refused", said.concat().join(" ")),
        Untaken::Whole { code, message } => refused(code, message),
        Untaken::Failed(error) => error,
    }
}
