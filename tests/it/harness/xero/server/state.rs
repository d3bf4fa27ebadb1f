//! Everything the server holds, in memory and in the journal.

use super::{
    askers::Askers,
    books::{Books, BooksChange},
    identity::{Identity, IdentityChange},
    journal::Journal,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::Path,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Change {
    /// Of an organisation, by its tenant id.
    Books(String, BooksChange),
    Identity(IdentityChange),
}

pub struct State {
    pub books: BTreeMap<String, Books>,
    pub identity: Identity,
    /// Requests that are being worked on, by tenant id.
    pub in_flight: HashMap<String, usize>,
    /// Tenant ids of organisations whose requests wait; it is not in the journal.
    pub held: Vec<String>,
    /// When each app asked in the last minute, while its requests are limited.
    pub app_recent: HashMap<String, Vec<i64>>,
    /// Who asks, once a test wants to know; it is not in the journal.
    pub askers: Option<Askers>,
    journal: Journal,
}

impl State {
    /// What the directory's journal says.
    pub fn open(dir: &Path) -> io::Result<State> {
        let (journal, changes) = Journal::open(dir)?;
        let mut state = State {
            books: BTreeMap::new(),
            identity: Identity::default(),
            in_flight: HashMap::new(),
            held: Vec::new(),
            app_recent: HashMap::new(),
            askers: None,
            journal,
        };
        changes.iter().for_each(|change| state.apply(change));
        Ok(state)
    }

    /// Writes changes down, all or none of them, and makes them.
    pub fn commit(&mut self, changes: &[Change]) {
        if !changes.is_empty() {
            self.journal.append(changes);
            changes.iter().for_each(|change| self.apply(change));
        }
    }

    pub fn commit_to(&mut self, tenant: &str, changes: Vec<BooksChange>) {
        let changes: Vec<Change> = changes.into_iter().map(|change| Change::Books(tenant.to_owned(), change)).collect();
        self.commit(&changes);
    }

    /// The books of an organisation that is there.
    pub fn of(&self, tenant: &str) -> &Books {
        self.books.get(tenant).unwrap_or_else(|| panic!("there is no organisation {tenant}"))
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Books(tenant, BooksChange::Setup(setup)) if !self.books.contains_key(tenant) => {
                self.books.insert(tenant.clone(), Books::new((**setup).clone()));
            }
            Change::Books(tenant, change) => {
                self.books.get_mut(tenant).expect("an organisation is made before it is changed").apply(change);
            }
            Change::Identity(change) => self.identity.apply(change),
        }
    }
}

/// A new id, of a record or of anything that has to be told from all others.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
