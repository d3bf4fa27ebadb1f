//! Matching what a company's documents use with what the accounting software holds: the onboarding of a connection.

use super::run::words;
use serde::{Deserialize, Serialize};

words! {
    /// The kinds of reference data, in the order in which they are matched.
    ReferenceKind {
        TaxRate = "tax_rate", "Tax rate";
        Account = "account", "Account";
        Tracking = "tracking", "Tracking option";
    }
}
