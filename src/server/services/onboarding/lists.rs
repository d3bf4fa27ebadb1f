//! What the accounting side holds, read in full before anything is matched.

use crate::{
    domain::matching::ReferenceKind,
    server::{
        connectors::{Connector, ConnectorError, Content, Dataset},
        db::{
            Tx,
            external_contacts::{self, ExternalContact},
            now_ms,
            reference::{self, StoredItem},
        },
    },
};
use std::collections::BTreeMap;

/// Its accounts, tax rates, tracking options, and the contacts that are in use.
pub struct Lists {
    reference: Vec<(ReferenceKind, Vec<StoredItem>)>,
    contacts: BTreeMap<String, ExternalContact>,
}

impl Lists {
    pub async fn read(connector: &dyn Connector) -> Result<Lists, ConnectorError> {
        let mut lists = Lists { reference: Vec::new(), contacts: BTreeMap::new() };
        for kind in ReferenceKind::ALL {
            let items = connector.reference(dataset(*kind)).await?.into_iter().map(|item| StoredItem {
                kind: kind.as_str().into(),
                external_id: item.external_id,
                code: item.code,
                name: item.name,
                rate_e4: item.rate_e4,
                archived: item.archived.into(),
            });
            lists.reference.push((*kind, items.collect()));
        }
        let mut cursor: Option<String> = None;
        loop {
            let page = connector.pull(Dataset::Contacts, cursor.as_deref()).await?;
            for item in page.items {
                let Content::Contact(contact) = item.content else { continue };
                // One that changes while pages are read is told of again: the later word counts. Without a name there is
                // nothing to know it by.
                if contact.archived || contact.name.trim().is_empty() {
                    lists.contacts.remove(&item.external_id);
                } else {
                    let known =
                        ExternalContact { external_id: item.external_id.clone(), name: contact.name, email: contact.email };
                    lists.contacts.insert(item.external_id, known);
                }
            }
            cursor = Some(page.cursor);
            if !page.more {
                return Ok(lists);
            }
        }
    }

    /// Contacts are kept until onboarding is confirmed; from then on syncs look after them. Answers how many decisions were
    /// taken back because their contact there is gone.
    pub async fn store(&self, tx: &mut Tx, company_id: &str, with_contacts: bool) -> sqlx::Result<u64> {
        let now = now_ms();
        for (kind, items) in &self.reference {
            reference::replace(tx, company_id, *kind, items, now).await?;
        }
        if with_contacts { external_contacts::replace(tx, company_id, self.contacts.values(), now).await } else { Ok(0) }
    }
}

fn dataset(kind: ReferenceKind) -> Dataset {
    match kind {
        ReferenceKind::TaxRate => Dataset::TaxRates,
        ReferenceKind::Account => Dataset::Accounts,
        ReferenceKind::Tracking => Dataset::Tracking,
    }
}
