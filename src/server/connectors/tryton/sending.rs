//! Sending: one record after the other, each by itself, so that a bad one leaves the others alone. What is not about the
//! record but about the connection ends the batch; the records after it were not tried.

use super::{connector::TrytonConnector, send_documents::Surroundings};
use crate::server::connectors::{ConnectorError, Content, PushItem, PushOutcome};

impl TrytonConnector {
    pub(super) async fn send(&self, items: &[PushItem]) -> Result<Vec<PushOutcome>, ConnectorError> {
        let surroundings = self.surroundings(items).await?;
        // Tryton numbers customers' documents in the order of their days.
        let mut order: Vec<usize> = (0..items.len()).collect();
        order.sort_by_key(|place| match &items[*place].content {
            Content::Document(document) => document.issue_date.as_str(),
            _ => "",
        });
        let mut outcomes: Vec<Option<PushOutcome>> = vec![None; items.len()];
        let mut stopped: Option<ConnectorError> = None;
        for place in order {
            let outcome = match &stopped {
                Some(why) => Err(why.clone()),
                None => self.send_one(&items[place], &surroundings).await,
            };
            if let (Err(error), None) = (&outcome, &stopped)
                && !error.is_about_the_record()
            {
                stopped = Some(match error {
                    // Unknown is what became of this one only.
                    ConnectorError::UnknownOutcome(text) => ConnectorError::Transient(format!("Not tried, because: {text}")),
                    other => other.clone(),
                });
            }
            outcomes[place] = Some(outcome);
        }
        // Every place of the order is one of the items, once.
        Ok(outcomes.into_iter().flatten().collect())
    }

    async fn send_one(&self, item: &PushItem, surroundings: &Surroundings) -> PushOutcome {
        let external_id = item.external_id.as_deref();
        match (&item.content, external_id) {
            (Content::Contact(contact), None) => self.create_contact(contact).await,
            (Content::Contact(contact), Some(id)) => self.update_contact(id, contact).await,
            (Content::Document(document), None) => self.create_document(document, surroundings).await,
            (Content::Document(document), Some(id)) => self.change_document(id, document).await,
            (Content::Payment(payment), _) if payment.credit.is_some() => {
                Err(super::lines::refused("no-allocations", "Credit is applied to documents in Tryton itself".into()))
            }
            (Content::Payment(payment), Some(_)) if payment.removed => Err(super::lines::refused(
                "taken-back-there",
                "A payment that is booked in Tryton is taken back in Tryton".into(),
            )),
            (Content::Payment(payment), None) => self.pay(payment).await,
            (Content::Payment(_), Some(_)) => {
                Err(super::lines::refused("payment-fixed", "A payment that is booked in Tryton cannot be changed".into()))
            }
        }
    }
}
