//! Documents on their way to Tryton: each is drafted, compared with ours to the minor unit, and posted. What cannot be
//! posted leaves no draft behind; one that stayed after a broken connection is removed before its document goes again.

use super::{
    client::Query,
    connector::TrytonConnector,
    documents::{self, MODEL, POSTED, Which, description},
    lines::{self, Terms, id, refused},
    send_contacts::made_id,
    value,
};
use crate::{
    domain::{
        document::{DocumentKind, Totals},
        money::{decimal, minor_digits},
    },
    server::connectors::{ConnectorError, Content, DocumentContent, PushItem, PushOutcome},
};
use serde_json::{Value, json};
use std::collections::HashMap;

const NAMES: &[&str] = &["type", "state", "number", "reference", "description", "party", "total_amount"];
const TOTALS: &[&str] = &["state", "currency.code", "untaxed_amount", "tax_amount", "total_amount"];

/// What has to be known of the other records before new documents are made.
#[derive(Debug, Default)]
pub struct Surroundings {
    parties: HashMap<i64, Value>,
    /// Documents in the books that have one of the numbers, by any party.
    held: Vec<Value>,
}

impl TrytonConnector {
    /// Reads what the new documents among these refer to, and removes drafts of theirs from before.
    pub(super) async fn surroundings(&self, items: &[PushItem]) -> Result<Surroundings, ConnectorError> {
        let new: Vec<&DocumentContent> = items
            .iter()
            .filter_map(|item| match (&item.content, &item.external_id) {
                (Content::Document(document), None) => Some(document),
                _ => None,
            })
            .collect();
        if new.is_empty() {
            return Ok(Surroundings::default());
        }
        let ids: Vec<i64> = new.iter().filter_map(|document| document.contact_id.parse().ok()).collect();
        let fields = [
            "name",
            "active",
            "replaced_by.name",
            "account_receivable",
            "account_payable",
            "addresses.active",
            "addresses.invoice",
        ];
        let parties = self.client.search("party.party", &Query::of(&fields).domain(json!([["id", "in", ids]]))).await?;
        let numbers: Vec<&str> = new.iter().map(|document| document.number.as_str()).collect();
        let states = [POSTED, &["draft", "validated"]].concat();
        let mut domain = self.documents(Which::All, &states);
        domain.push(json!(["OR", ["reference", "in", numbers], ["number", "in", numbers]]));
        let found = self.client.search(MODEL, &Query::of(NAMES).domain(domain.into())).await?;
        let (held, unposted): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|record| POSTED.contains(&value::text(record, "state")));
        for draft in unposted.iter().filter(|draft| is_leftover(draft, &new)) {
            if let Some(id) = value::id(draft, "id") {
                self.discard(MODEL, id).await;
            }
        }
        let parties = parties.into_iter().filter_map(|party| Some((value::id(&party, "id")?, party)));
        Ok(Surroundings { parties: parties.collect(), held })
    }

    pub(super) async fn create_document(&self, document: &DocumentContent, surroundings: &Surroundings) -> PushOutcome {
        if document.voided {
            return Err(refused("void", "A document that was never sent cannot be cancelled there".into()));
        }
        if let Some(held) = surroundings.held.iter().find(|held| has_number(held, document)) {
            let message = format!("{} number must be unique: '{}' is in use already", document.kind.label(), document.number);
            tracing::debug!(held = value::id(held, "id"), "a document with this number is there already");
            return Err(ConnectorError::Conflict { code: "number-taken".into(), message });
        }
        let draft = self.draft(document, surroundings).await?;
        let ours = document.totals();
        let made = self.quiet.create(MODEL, draft, TOTALS).await?;
        let external_id = made_id(&made)?;
        let key = id(&external_id)?;
        let theirs = documents::totals(&made);
        if theirs != ours {
            self.discard(MODEL, key).await;
            return Err(refused("amounts-differ", differing(document, ours, theirs)));
        }
        match self.quiet.press(MODEL, key, "post", TOTALS).await {
            Ok(posted) if POSTED.contains(&value::text(&posted, "state")) => Ok(external_id),
            Ok(_) => {
                self.discard(MODEL, key).await;
                Err(refused("not-posted", "Tryton did not post the document, and did not say why".into()))
            }
            // It may be posted all the same: it is looked for before it is sent again.
            Err(error @ ConnectorError::UnknownOutcome(_)) => Err(error),
            Err(error) => {
                self.discard(MODEL, key).await;
                let journal = self.setup().await?.journal(document.kind.number_is_ours()).ok();
                Err(self.explained(error, journal, &document.issue_date).await)
            }
        }
    }

    /// What is posted stays as it is in Tryton; it can only be cancelled.
    pub(super) async fn change_document(&self, external_id: &str, document: &DocumentContent) -> PushOutcome {
        let key = id(external_id)?;
        let query = Query::of(&["state"]).domain(json!([["company", "=", self.company], ["id", "=", key]]));
        let found = self.client.search(MODEL, &query).await?;
        let held = found.first().ok_or_else(|| refused("document-gone", "The document is not there any more".into()))?;
        let is_cancelled = value::text(held, "state") == "cancelled";
        match (document.voided, is_cancelled) {
            (true, true) => Ok(external_id.to_owned()),
            (true, false) => {
                let cancelled = self.quiet.press(MODEL, key, "cancel", &["state"]).await?;
                if value::text(&cancelled, "state") != "cancelled" {
                    return Err(refused("not-cancelled", "Tryton did not cancel the document: is it paid there?".into()));
                }
                Ok(external_id.to_owned())
            }
            (false, _) => Err(refused("not-modifiable", "A document that is posted in Tryton cannot be changed".into())),
        }
    }

    async fn draft(&self, document: &DocumentContent, surroundings: &Surroundings) -> Result<Value, ConnectorError> {
        let setup = self.setup().await?;
        let is_sale = document.kind.number_is_ours();
        let party_id = id(&document.contact_id)?;
        let party = surroundings.parties.get(&party_id).ok_or_else(|| {
            refused("contact-gone", "An existing contact with the specified id could not be found in Tryton".into())
        })?;
        check_party(party)?;
        let currency = setup.currencies.get(&document.currency).copied().ok_or_else(|| {
            refused("currency-unknown", format!("Tryton has no currency '{}': add it there", document.currency))
        })?;
        let own = value::id(party, if is_sale { "account_receivable" } else { "account_payable" });
        let account = own.map_or_else(|| setup.party_account(is_sale), Ok)?;
        let day = |day: &str| value::write_day(day).ok_or_else(|| refused("date", format!("'{day}' is not a valid date")));
        let due = if document.due_date.is_empty() { &document.issue_date } else { &document.due_date };
        let terms = Terms {
            company: self.company,
            currency,
            minor_digits: minor_digits(&document.currency),
            taxes: &setup.taxes,
            roots: &setup.roots,
        };
        let lines::Outgoing { lines, taxes } = lines::write(&document.lines, &terms)?;
        Ok(json!({
            "company": self.company,
            "type": if is_sale { "out" } else { "in" },
            "party": party_id,
            "invoice_address": self.address_of(party_id, party).await?,
            "account": account,
            "journal": setup.journal(is_sale)?,
            "currency": currency,
            "invoice_date": day(&document.issue_date)?,
            "payment_term_date": day(due)?,
            "reference": document.number,
            "description": description(document.kind, &document.number, &document.reference),
            "lines": [["create", lines]],
            "taxes": [["create", taxes]],
        }))
    }

    async fn address_of(&self, party_id: i64, party: &Value) -> Result<i64, ConnectorError> {
        if let Some(address) = super::contacts::address(party).and_then(|address| value::id(address, "id")) {
            return Ok(address);
        }
        // Every document has one there, if only an empty one.
        let made = self.quiet.create("party.address", json!({ "party": party_id, "invoice": true }), &[]).await;
        let made = made.map_err(|error| match error {
            // An address too many does no harm.
            ConnectorError::UnknownOutcome(text) => ConnectorError::Transient(text),
            other => other,
        })?;
        id(&made_id(&made)?)
    }

    /// Removes a draft. One that stays is removed before its document is sent again.
    pub(super) async fn discard(&self, model: &str, id: i64) {
        if let Err(error) = self.quiet.delete(model, id).await {
            tracing::warn!(%error, model, id, "a draft stayed in Tryton");
        }
    }
}

/// Whether a draft is one of ours, of one of these documents: its description says so.
fn is_leftover(draft: &Value, new: &[&DocumentContent]) -> bool {
    let said = value::text(draft, "description");
    new.iter().any(|document| {
        value::text(draft, "reference") == document.number
            && is_of_side(draft, document.kind)
            && said == description(document.kind, &document.number, &document.reference)
    })
}

fn is_of_side(record: &Value, kind: DocumentKind) -> bool {
    (value::text(record, "type") == "out") == kind.number_is_ours()
}

/// Whether a document there goes by this one's number: any customer's, or this supplier's.
pub fn has_number(held: &Value, document: &DocumentContent) -> bool {
    documents::kind(held) == Some(document.kind)
        && documents::names(held, document.kind).0 == document.number
        && (document.kind.number_is_ours()
            || value::id(held, "party").map(|id| id.to_string()) == Some(document.contact_id.clone()))
}

fn check_party(party: &Value) -> Result<(), ConnectorError> {
    let name = value::text(party, "name");
    let survivor = value::text(party, "replaced_by.name");
    if !survivor.is_empty() {
        return Err(refused("contact-merged", format!("The contact '{name}' has been replaced by '{survivor}' in Tryton")));
    }
    if !value::truth(party, "active") {
        let message = format!("The contact '{name}' has been archived. The contact must be un-archived before it can be used");
        return Err(refused("contact-archived", message));
    }
    Ok(())
}

fn differing(document: &DocumentContent, ours: Totals, theirs: Totals) -> String {
    let said = |totals: Totals| {
        let amount = |minor| decimal(minor, &document.currency);
        format!("{} net and {} tax", amount(totals.net), amount(totals.tax))
    };
    format!("Tryton works the document out to {}, and not to {}", said(theirs), said(ours))
}
