//! What the accounting side said has changed, read by its ids: in a sync of what changed, before anything is sent. Where a
//! lot has changed, everything that changed is read instead, which asks for less.

use super::work::{Halt, Work};
use crate::{
    domain::message::{Entity, Level},
    server::{
        connectors::{Content, Dataset, External},
        db::{links, named_pulls},
    },
};
use std::collections::BTreeSet;

/// Records of one reading and one transaction.
const AT_ONCE: i64 = 40;

/// More of a dataset than this are not read by their ids. Credit notes are asked for one by one.
fn worth_naming(dataset: Dataset) -> i64 {
    if dataset == Dataset::CreditNotes { 5 } else { 3 * AT_ONCE }
}

/// What is read from its cursor in place of records of a dataset. The contacts of documents come first.
fn instead(dataset: Dataset) -> &'static [Dataset] {
    match dataset {
        Dataset::Invoices => &[Dataset::Contacts, Dataset::Invoices, Dataset::Bills],
        Dataset::CreditNotes => &[Dataset::Contacts, Dataset::CreditNotes],
        _ => &[Dataset::Contacts],
    }
}

impl Work {
    /// Reads what was named of a dataset, each with its contact. `true`: money may have moved, so payments are to be read
    /// too; nobody names those.
    pub async fn read_named(&mut self, dataset: Dataset) -> Result<bool, Halt> {
        if named_pulls::count_of(&self.db, &self.connection.id, dataset.as_str()).await? > worth_naming(dataset) {
            return self.read_instead(dataset).await;
        }
        let (mut after, mut has_money_moved) = (String::new(), false);
        loop {
            self.go_on()?;
            let named = named_pulls::page(&self.db, &self.connection.id, dataset.as_str(), &after, AT_ONCE).await?;
            let Some(last) = named.last() else { return Ok(has_money_moved) };
            after.clone_from(&last.external_id);
            let ids: Vec<String> = named.iter().map(|one| one.external_id.clone()).collect();
            let mut items = self.read(|| self.connector.read_named(dataset, &ids)).await?;
            items.sort_by(|one, other| one.external_id.cmp(&other.external_id));
            let contacts = self.contacts_unknown(&items).await?;
            let open = self.open_conflicts(instead(dataset)).await?;
            let mut tx = self.begin().await?;
            let mut messages = Vec::new();
            for item in contacts.iter().chain(&items) {
                messages.extend(self.take(&mut tx, item, &open).await?);
            }
            for item in &items {
                if let Content::Document(document) = &item.content {
                    let owed = links::owed(&mut tx, &self.connection.id, document.kind.entity(), &item.external_id).await?;
                    has_money_moved |= owed.is_some_and(|owed| owed != item.outstanding);
                }
            }
            named_pulls::were_read(&mut tx, &self.connection.id, dataset.as_str(), &named).await?;
            self.tally.received += messages.iter().filter(|message| message.level == Level::Info).count() as i64;
            self.log(&mut tx, &messages).await?;
            self.commit(tx).await?;
        }
    }

    /// The contacts of documents that have not come in, as they are there.
    async fn contacts_unknown(&self, items: &[External]) -> Result<Vec<External>, Halt> {
        let mut unknown = BTreeSet::new();
        for item in items {
            let Content::Document(document) = &item.content else { continue };
            let link = links::by_external(&self.db, &self.connection.id, Entity::Contact, &document.contact_id).await?;
            if link.is_none() {
                unknown.insert(document.contact_id.clone());
            }
        }
        if unknown.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<String> = unknown.into_iter().collect();
        self.read(|| self.connector.read_named(Dataset::Contacts, &ids)).await
    }

    async fn read_instead(&mut self, dataset: Dataset) -> Result<bool, Halt> {
        let namings = named_pulls::so_far(&self.db, &self.connection.id).await?;
        for one in instead(dataset) {
            self.pull(*one).await?;
        }
        let mut tx = self.begin().await?;
        named_pulls::were_covered(&mut tx, &self.connection.id, Some(dataset.as_str()), &namings).await?;
        self.commit_held(tx).await?;
        Ok(dataset != Dataset::Contacts)
    }

    /// What has been named so far.
    pub async fn named_so_far(&self) -> Result<Vec<String>, Halt> {
        Ok(named_pulls::so_far(&self.db, &self.connection.id).await?)
    }

    /// Everything that changed before those were named has been read.
    pub async fn read_all_named(&self, namings: &[String]) -> Result<(), Halt> {
        if namings.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        named_pulls::were_covered(&mut tx, &self.connection.id, None, namings).await?;
        self.commit_held(tx).await
    }
}
