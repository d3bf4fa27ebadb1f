//! The one answer to "how is this company's connection?". Seven statuses, derived from stored facts by
//! one pure function and never set by hand.

use serde::{Deserialize, Serialize};

/// What a company's connection is like right now. Declared in the order in which the first that holds wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncStatus {
    NotConnected,
    NeedsReconnecting,
    IncompleteOnboarding,
    InProgress,
    IncompletePipeline,
    Errors,
    Synced,
}

/// Whether the accounting software still lets us in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorisation {
    /// Never connected, or disconnected since.
    None,
    Valid,
    Lost,
}

/// How the latest sync that says something about the whole company ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipeline {
    /// No sync has ended yet.
    Never,
    Completed,
    /// Failed or cancelled before its last stage.
    Stopped,
}

/// Everything a status depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusFacts {
    pub authorisation: Authorisation,
    /// Access was asked for and is not used yet: it waits for an approval, or for the choice of an organisation.
    pub authorising: bool,
    pub onboarded: bool,
    /// A run is queued or running.
    pub active_run: bool,
    pub pipeline: Pipeline,
    /// Open problems that are errors; blocked records are not counted.
    pub open_errors: u64,
}

impl SyncStatus {
    /// In the order people expect to read them: good first, then what waits, then what is wrong.
    pub const ALL: [SyncStatus; 7] = [
        SyncStatus::Synced,
        SyncStatus::InProgress,
        SyncStatus::NotConnected,
        SyncStatus::IncompleteOnboarding,
        SyncStatus::NeedsReconnecting,
        SyncStatus::Errors,
        SyncStatus::IncompletePipeline,
    ];

    /// The status the facts add up to; where two could hold, the first of the declaration order wins.
    pub fn derive(facts: StatusFacts) -> SyncStatus {
        match facts {
            StatusFacts { authorisation: Authorisation::None, authorising: false, .. } => SyncStatus::NotConnected,
            StatusFacts { authorisation: Authorisation::Lost, .. } => SyncStatus::NeedsReconnecting,
            StatusFacts { authorisation: Authorisation::None, .. } | StatusFacts { onboarded: false, .. } => {
                SyncStatus::IncompleteOnboarding
            }
            StatusFacts { active_run: true, .. } => SyncStatus::InProgress,
            StatusFacts { pipeline: Pipeline::Never | Pipeline::Stopped, .. } => SyncStatus::IncompletePipeline,
            StatusFacts { open_errors: 1.., .. } => SyncStatus::Errors,
            StatusFacts { open_errors: 0, .. } => SyncStatus::Synced,
        }
    }

    /// The word used in URLs, JSON and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            SyncStatus::Synced => "synced",
            SyncStatus::InProgress => "in-progress",
            SyncStatus::NotConnected => "not-connected",
            SyncStatus::IncompleteOnboarding => "incomplete-onboarding",
            SyncStatus::NeedsReconnecting => "needs-reconnecting",
            SyncStatus::Errors => "errors",
            SyncStatus::IncompletePipeline => "incomplete-pipeline",
        }
    }

    pub fn parse(word: &str) -> Option<SyncStatus> {
        SyncStatus::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            SyncStatus::Synced => "Successfully synced",
            SyncStatus::InProgress => "In progress",
            SyncStatus::NotConnected => "Not connected",
            SyncStatus::IncompleteOnboarding => "Incomplete onboarding",
            SyncStatus::NeedsReconnecting => "Needs reconnecting",
            SyncStatus::Errors => "Sync has errors",
            SyncStatus::IncompletePipeline => "Incomplete pipeline",
        }
    }

    /// What it means, in one sentence.
    pub fn definition(self) -> &'static str {
        match self {
            SyncStatus::Synced => "The last sync completed with no errors.",
            SyncStatus::InProgress => "A sync is running now, or waits for its turn.",
            SyncStatus::NotConnected => "No accounting software is connected.",
            SyncStatus::IncompleteOnboarding => "Connecting or onboarding is unfinished. Nothing is sent before it is confirmed.",
            SyncStatus::NeedsReconnecting => {
                "The accounting software no longer lets us in. Nothing is sent until someone reconnects."
            }
            SyncStatus::Errors => "The last sync completed, and some records need attention.",
            SyncStatus::IncompletePipeline => "The last sync stopped before it was complete. This is usually transient.",
        }
    }

    /// What a person does next.
    pub fn next_step(self) -> &'static str {
        match self {
            SyncStatus::Synced => "Nothing to do.",
            SyncStatus::InProgress => "Wait; this page updates by itself.",
            SyncStatus::NotConnected => "Connect accounting software in Integration settings.",
            SyncStatus::IncompleteOnboarding => "Complete onboarding in Integration settings.",
            SyncStatus::NeedsReconnecting => "Reconnect in Integration settings.",
            SyncStatus::Errors => "View results, and resolve each one.",
            SyncStatus::IncompletePipeline => "Start another sync. If it persists, read the message log.",
        }
    }

    /// Where that is done, below the company's address; `None` where there is nothing to do, or a button does it.
    /// `connected`: with an organisation, not only on the way to one.
    pub fn resolved_at(self, connected: bool) -> Option<&'static str> {
        match self {
            SyncStatus::NotConnected => Some("integration#connect"),
            SyncStatus::IncompleteOnboarding if connected => Some("onboarding"),
            SyncStatus::IncompleteOnboarding => Some("integration#connect"),
            SyncStatus::NeedsReconnecting => Some("integration#reconnect"),
            SyncStatus::Errors => Some("results"),
            SyncStatus::Synced | SyncStatus::InProgress | SyncStatus::IncompletePipeline => None,
        }
    }

    /// Larger needs a person sooner; the order of the sort "needs attention first".
    pub fn severity(self) -> i64 {
        match self {
            SyncStatus::Errors => 6,
            SyncStatus::NeedsReconnecting => 5,
            SyncStatus::IncompletePipeline => 4,
            SyncStatus::IncompleteOnboarding => 3,
            SyncStatus::NotConnected => 2,
            SyncStatus::InProgress => 1,
            SyncStatus::Synced => 0,
        }
    }

    /// The least severe of those that need attention.
    pub const LEAST_NEEDY: SyncStatus = SyncStatus::IncompletePipeline;

    /// Whether something went wrong that a person has to put right.
    pub fn needs_attention(self) -> bool {
        self.severity() >= SyncStatus::LEAST_NEEDY.severity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every combination of facts against the precedence, written down a second time as a list of rules.
    #[test]
    fn the_first_rule_that_holds_wins_over_the_whole_input_space() {
        let mut seen = std::collections::HashSet::new();
        let ways = [Authorisation::None, Authorisation::Valid, Authorisation::Lost];
        for (authorisation, authorising) in ways.into_iter().flat_map(|way| [(way, false), (way, true)]) {
            for onboarded in [false, true] {
                for active_run in [false, true] {
                    for pipeline in [Pipeline::Never, Pipeline::Completed, Pipeline::Stopped] {
                        for open_errors in [0, 1, 2, u64::MAX] {
                            let connected = authorisation != Authorisation::None;
                            let rules = [
                                (!connected && !authorising, SyncStatus::NotConnected),
                                (authorisation == Authorisation::Lost, SyncStatus::NeedsReconnecting),
                                (!connected || !onboarded, SyncStatus::IncompleteOnboarding),
                                (active_run, SyncStatus::InProgress),
                                (pipeline != Pipeline::Completed, SyncStatus::IncompletePipeline),
                                (open_errors > 0, SyncStatus::Errors),
                                (true, SyncStatus::Synced),
                            ];
                            let expected = rules.into_iter().find(|(holds, _)| *holds).map(|(_, status)| status);
                            let facts = StatusFacts { authorisation, authorising, onboarded, active_run, pipeline, open_errors };
                            assert_eq!(Some(SyncStatus::derive(facts)), expected, "{facts:?}");
                            seen.extend(expected);
                        }
                    }
                }
            }
        }
        assert_eq!(seen.len(), SyncStatus::ALL.len(), "every status can arise");
    }

    #[test]
    fn words_parse_back() {
        for status in SyncStatus::ALL {
            assert_eq!(SyncStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(SyncStatus::parse("fine"), None);
    }

    #[test]
    fn severities_differ() {
        let mut severities: Vec<_> = SyncStatus::ALL.map(SyncStatus::severity).into();
        severities.sort_unstable();
        severities.dedup();
        assert_eq!(severities.len(), 7);
    }
}
