//! Looking records up by what they go by, after an answer was lost or a number was taken; and by their ids, after Xero said
//! that they have changed.

use super::{
    allocations,
    connector::XeroConnector,
    contacts,
    documents::{self, CREDIT_NOTES, INVOICES, POSTED, shape, word},
    listing::AT_ONCE,
    paging::{Paged, all},
    payments, value,
};
use crate::{
    domain::document::DocumentKind,
    server::connectors::{ConnectorError, Content, Credit, Dataset, External, NaturalKey},
};

impl XeroConnector {
    pub(super) async fn look_up(&self, key: &NaturalKey) -> Result<Vec<External>, ConnectorError> {
        match key {
            NaturalKey::Contact { name } => self.contacts_called(name).await,
            NaturalKey::Document { kind, number, contact_id } => self.documents_called(*kind, number, contact_id).await,
            NaturalKey::Payment { document_id, paid_on, amount, credit: Some(credit), .. } => {
                let mut found = self.applied_of(credit).await?;
                found.retain(|one| match &one.content {
                    Content::Payment(paid) => (&paid.document_id, &paid.paid_on, paid.amount) == (document_id, paid_on, *amount),
                    _ => false,
                });
                Ok(found)
            }
            NaturalKey::Payment { document_id, paid_on, amount, reference, credit: None } => {
                let mut found = self.payments_of(document_id, paid_on, *amount).await?;
                found.retain(|one| match &one.content {
                    Content::Payment(paid) => {
                        !paid.removed
                            && (&paid.document_id, &paid.paid_on, paid.amount, &paid.reference)
                                == (document_id, paid_on, *amount, reference)
                    }
                    _ => false,
                });
                Ok(found)
            }
        }
    }

    pub(super) async fn named(&self, dataset: Dataset, ids: &[String]) -> Result<Vec<External>, ConnectorError> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            let shape = match dataset {
                Dataset::Contacts => {
                    found.extend(self.contacts_now(some).await?.values().filter_map(contacts::external));
                    continue;
                }
                Dataset::Invoices | Dataset::Bills => INVOICES,
                Dataset::CreditNotes => CREDIT_NOTES,
                _ => return Err(ConnectorError::Unsupported("reading these by their ids")),
            };
            let records: Vec<_> = self.documents_now(shape, some).await?.into_values().collect();
            let names = self.chart.names(&self.client, &records).await?;
            found.extend(records.iter().filter_map(|record| documents::external(record, &names)));
        }
        Ok(found)
    }

    /// Names are one of a kind among contacts in use, whatever their capitals.
    async fn contacts_called(&self, name: &str) -> Result<Vec<External>, ConnectorError> {
        let query = equal("Name", name).map(|clause| ("where", clause)).into_iter().collect();
        let paged = Paged { resource: contacts::RESOURCE, id: contacts::ID, query };
        let found = all(&self.client, &paged).await?;
        let wanted = name.trim().to_lowercase();
        let is_wanted = |one: &External| match &one.content {
            Content::Contact(contact) => !contact.archived && contact.name.to_lowercase() == wanted,
            _ => false,
        };
        Ok(found.iter().filter_map(contacts::external).filter(is_wanted).collect())
    }

    /// A supplier's number is one of a kind with that supplier only. What has none there goes by its id.
    async fn documents_called(
        &self,
        kind: DocumentKind,
        number: &str,
        contact_id: &str,
    ) -> Result<Vec<External>, ConnectorError> {
        let shape = shape(kind);
        // What came through the bank has two names for its kind, and no field of its own for what it goes by.
        let clauses = match kind.comes_in_only() {
            true => [None, None],
            false => [equal("Type", word(kind)), equal(shape.number, number)],
        };
        let mut query = vec![("unitdp", "4".to_owned())];
        if shape == INVOICES {
            query.push(("Statuses", POSTED.join(",")));
        }
        // A list has commas between its items.
        if shape == INVOICES && !number.contains(',') {
            query.push(("InvoiceNumbers", number.to_owned()));
        } else if clauses.iter().any(Option::is_some) {
            query.push(("where", clauses.into_iter().flatten().collect::<Vec<_>>().join(" AND ")));
        }
        let mut found = all(&self.client, &Paged { resource: shape.resource, id: shape.id, query }).await?;
        if found.is_empty() && is_id(number) {
            found.extend(self.documents_now(shape, &[number]).await?.into_values());
        }
        found.retain(|record| {
            documents::kind(record) == Some(kind)
                && documents::number(record, kind) == number
                && POSTED.contains(&value::text(record, "Status"))
                && (kind.number_is_ours() || value::text(record, "Contact.ContactID") == contact_id)
        });
        let names = self.chart.names(&self.client, &found).await?;
        Ok(found.iter().filter_map(|record| documents::external(record, &names)).collect())
    }

    /// What is applied of a credit; nothing of one that is not there.
    async fn applied_of(&self, credit: &Credit) -> Result<Vec<External>, ConnectorError> {
        let shape = shape(credit.kind);
        let found = self.documents_now(shape, &[&credit.id]).await?;
        let Some(record) = found.get(&credit.id) else { return Ok(Vec::new()) };
        let untold = || ConnectorError::Protocol("Xero did not say which allocations are which".into());
        allocations::of(record, credit.kind).ok_or_else(untold)
    }

    async fn payments_of(&self, document_id: &str, paid_on: &str, amount: i64) -> Result<Vec<External>, ConnectorError> {
        let day = paid_on.split('-').filter_map(|part| part.parse().ok()).collect::<Vec<u16>>();
        let mut clauses = Vec::new();
        if let [year, month, day] = day.as_slice() {
            clauses.push(format!("Date==DateTime({year},{month:02},{day:02})"));
        }
        // A refund names its credit note in one of two ways: all of that day are looked at.
        if amount >= 0 && is_id(document_id) {
            clauses.push(format!("Invoice.InvoiceID==Guid(\"{document_id}\")"));
        }
        let query = if clauses.is_empty() { Vec::new() } else { vec![("where", clauses.join(" AND "))] };
        let paged = Paged { resource: payments::RESOURCE, id: payments::ID, query };
        Ok(all(&self.client, &paged).await?.iter().filter_map(payments::external).collect())
    }
}

/// A condition that a field is a text. Xero does not say how a quotation mark or a backslash is written in one: where there
/// is any, all records are looked at instead.
fn equal(field: &str, text: &str) -> Option<String> {
    (!text.contains(['"', '\\'])).then(|| format!("{field}==\"{text}\""))
}

fn is_id(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_might_end_the_condition_is_not_put_into_one() {
        assert_eq!(equal("Name", "O'Neill & Co").as_deref(), Some("Name==\"O'Neill & Co\""));
        assert_eq!(equal("Name", "The \"Quay\""), None);
        assert_eq!(equal("Name", "a\\b"), None);
    }
}
