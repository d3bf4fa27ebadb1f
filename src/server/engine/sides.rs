//! Both sides of a conflict, laid next to each other so that a person can choose.

use super::push::content_hash;
use super::work::{Halt, Work};
use crate::{
    domain::{
        document::{DocumentState, Totals},
        message::Entity,
        results::ConflictSide,
    },
    server::{
        connectors::{Content, External},
        db::{Tx, holdings, incoming, query::On},
    },
};

/// What a content says, as far as a person compares it. `contact` is the contact's name.
pub fn side(content: &Content, contact: Option<String>) -> ConflictSide {
    match content {
        Content::Contact(held) => contact_side(&held.name, &held.email, &held.address, &held.country, held.archived),
        Content::Document(held) => {
            let Totals { net, tax, gross } = held.totals();
            let state = if held.voided { DocumentState::Void } else { DocumentState::Approved };
            ConflictSide {
                label: held.number.clone(),
                contact,
                reference: Some(held.reference.clone()),
                issue_date: Some(held.issue_date.clone()),
                due_date: Some(held.due_date.clone()),
                currency: Some(held.currency.clone()),
                net: Some(net),
                tax: Some(tax),
                gross: Some(gross),
                lines: u32::try_from(held.lines.len()).ok(),
                state: Some(state.as_str().into()),
                ..ConflictSide::default()
            }
        }
        Content::Payment(held) => ConflictSide {
            label: held.reference.clone(),
            reference: Some(held.reference.clone()),
            issue_date: Some(held.paid_on.clone()),
            gross: Some(held.amount),
            ..ConflictSide::default()
        },
    }
}

fn contact_side(name: &str, email: &str, address: &str, country: &str, archived: bool) -> ConflictSide {
    ConflictSide {
        label: name.into(),
        email: Some(email.into()),
        address: Some(address.into()),
        country: Some(country.into()),
        state: Some(if archived { "archived" } else { "active" }.into()),
        ..ConflictSide::default()
    }
}

impl Work {
    /// The other side's record.
    pub(super) async fn theirs<'a>(&self, on: impl Into<On<'a>>, found: &External) -> Result<ConflictSide, Halt> {
        let (contact_id, contact) = match &found.content {
            Content::Document(document) => {
                let name = incoming::linked_contact_name(on, &self.connection.id, &document.contact_id).await?;
                (Some(document.contact_id.clone()), name)
            }
            _ => (None, None),
        };
        Ok(ConflictSide {
            external_id: Some(found.external_id.clone()),
            contact_id,
            fingerprint: content_hash(&found.content)?,
            ..side(&found.content, contact)
        })
    }

    /// What we hold of a record the other side changed; `None` where it is not here.
    pub(super) async fn ours(&self, tx: &mut Tx, entity: Entity, local_id: &str) -> Result<Option<ConflictSide>, Halt> {
        let company_id = &self.run.company_id;
        Ok(match entity {
            Entity::Contact => holdings::contact(tx, company_id, local_id).await?.map(|held| {
                let details = held.details;
                contact_side(&details.name, &details.email, &details.address, &details.country, held.archived != 0)
            }),
            Entity::Invoice | Entity::Bill | Entity::CreditNote => {
                holdings::document(tx, company_id, local_id).await?.map(|held| {
                    let facts = held.facts;
                    let Totals { net, tax, gross } = Totals::of(&facts.lines);
                    ConflictSide {
                        label: facts.number,
                        contact: Some(facts.contact),
                        reference: Some(facts.reference),
                        issue_date: Some(facts.issue_date),
                        due_date: Some(facts.due_date),
                        currency: Some(facts.currency),
                        net: Some(net),
                        tax: Some(tax),
                        gross: Some(gross),
                        lines: u32::try_from(facts.lines.len()).ok(),
                        state: Some(held.state.as_str().into()),
                        ..ConflictSide::default()
                    }
                })
            }
            _ => None,
        })
    }
}
