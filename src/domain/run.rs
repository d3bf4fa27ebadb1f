//! One sync of one company: why it was started, how far it is, how it ended.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word used in the database, in URLs and in JSON.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            pub fn parse(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)+ _ => None }
            }

            /// What people read.
            pub fn label(self) -> &'static str {
                match self { $($name::$variant => $label),+ }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What made a run start.
    RunKind {
        Manual = "manual", "Started by hand";
        Scheduled = "scheduled", "Started by schedule";
        OnDemand = "on_demand", "Started by a change";
        Initial = "initial", "Initial sync";
    }
}

words! {
    /// What a run covers.
    RunScope {
        /// Everything, both ways, with the tie-out.
        Full = "full", "Full sync";
        /// Only what changed here and was not tried since, and what the accounting side said has changed there.
        Changed = "changed", "Changed records";
    }
}

words! {
    RunState {
        Queued = "queued", "Waiting to start";
        Running = "running", "Running";
        Completed = "completed", "Completed";
        Failed = "failed", "Stopped";
        Cancelled = "cancelled", "Cancelled";
    }
}

words! {
    /// The steps of a run, in their order.
    Stage {
        Reference = "reference", "Reference data";
        Contacts = "contacts", "Contacts";
        Invoices = "invoices", "Invoices and bills";
        CreditNotes = "credit_notes", "Credit notes";
        Payments = "payments", "Payments";
        TieOut = "tie_out", "Tie-out";
    }
}

/// How far an active run is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub state: RunState,
    pub stage: Option<Stage>,
    /// Records done of the stage's total; a total of 0 is not known yet.
    pub done: u64,
    pub total: u64,
    /// Epoch milliseconds; while it waits to start, when it was queued.
    pub since: i64,
    /// A rate limit makes it wait until then, epoch milliseconds.
    pub waiting_until: Option<i64>,
}

/// How long something is waited for, from seconds: `45 s`, `12 min`, `3 h 20 min`.
pub fn wait_words(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match (minutes / 60, minutes % 60) {
        (0, _) if seconds < 120 => format!("{} s", seconds.max(1)),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_in_the_unit_people_would_choose() {
        let told =
            [(0, "1 s"), (45, "45 s"), (119, "119 s"), (121, "3 min"), (3_540, "59 min"), (3_600, "1 h"), (12_000, "3 h 20 min")];
        for (seconds, words) in told {
            assert_eq!(wait_words(seconds), words);
        }
    }
}
