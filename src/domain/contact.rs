//! Contacts: whom a company's documents are addressed to.

use serde::{Deserialize, Serialize};

/// What a contact says. Versions keep it as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactFacts {
    pub name: String,
    pub email: String,
    /// Line by line, without the country.
    pub address: String,
    pub country: String,
    pub archived: bool,
}
