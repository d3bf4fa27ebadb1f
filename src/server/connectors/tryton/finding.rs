//! Looking records up by what they go by, for Tryton remembers no request: what may or may not have arrived is looked for.

use super::{
    client::Query,
    connector::TrytonConnector,
    contacts,
    documents::{self, MODEL, POSTED, Which},
    payments, value,
};
use crate::{
    domain::document::DocumentKind,
    server::connectors::{ConnectorError, Content, External, NaturalKey},
};
use serde_json::json;

impl TrytonConnector {
    pub(super) async fn look_up(&self, key: &NaturalKey) -> Result<Vec<External>, ConnectorError> {
        match key {
            NaturalKey::Contact { name } => {
                let query = Query::of(contacts::FIELDS).domain(json!([["name", "=", name]])).order(json!([["id", "ASC"]]));
                let found = self.client.search("party.party", &query).await?;
                Ok(found.iter().filter_map(contacts::external).collect())
            }
            NaturalKey::Document { kind, number, contact_id } => self.documents_called(*kind, number, contact_id).await,
            NaturalKey::Payment { document_id, paid_on, amount, reference, .. } => {
                let fields = [payments::OF_DOCUMENT, payments::FIELDS].concat();
                let mut domain = self.documents(Which::All, POSTED);
                domain.push(json!(["id", "=", document_id.parse().unwrap_or(0i64)]));
                let found = self.client.search(MODEL, &Query::of(&fields).domain(domain.into())).await?;
                let mut paid = self.payments_of(&found).await?;
                paid.retain(|one| match &one.content {
                    Content::Payment(paid) => (&paid.paid_on, paid.amount, &paid.reference) == (paid_on, *amount, reference),
                    _ => false,
                });
                Ok(paid)
            }
        }
    }

    async fn documents_called(
        &self,
        kind: DocumentKind,
        number: &str,
        contact_id: &str,
    ) -> Result<Vec<External>, ConnectorError> {
        let mut domain = self.documents(Which::of(kind), POSTED);
        domain.push(json!(["OR", ["reference", "=", number], ["number", "=", number]]));
        let fields = self.document_fields().await?;
        let query = Query::of(&fields).domain(domain.into()).order(json!([["id", "ASC"]]));
        let mut found = self.client.search(MODEL, &query).await?;
        found.retain(|record| documents::kind(record) == Some(kind) && documents::names(record, kind).0 == number);
        if !kind.number_is_ours() {
            found.retain(|record| value::id(record, "party").is_some_and(|party| party.to_string() == contact_id));
        }
        Ok(found.iter().filter_map(documents::external).collect())
    }
}
