//! What a colour says; always beside an icon or a word, never alone.

use crate::domain::{
    message::{Level, ProblemKind},
    status::SyncStatus,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    Good,
    Info,
    /// Set-up that is not finished.
    Setup,
    Warn,
    Bad,
    /// Stopped half way.
    Alert,
}

impl Tone {
    /// The class that sets the colours; see style/tokens.css.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "tone-neutral",
            Tone::Good => "tone-good",
            Tone::Info => "tone-info",
            Tone::Setup => "tone-setup",
            Tone::Warn => "tone-warn",
            Tone::Bad => "tone-bad",
            Tone::Alert => "tone-alert",
        }
    }
}

impl From<SyncStatus> for Tone {
    fn from(status: SyncStatus) -> Tone {
        match status {
            SyncStatus::Synced => Tone::Good,
            SyncStatus::InProgress => Tone::Info,
            SyncStatus::NotConnected => Tone::Neutral,
            SyncStatus::IncompleteOnboarding => Tone::Setup,
            SyncStatus::NeedsReconnecting => Tone::Warn,
            SyncStatus::Errors => Tone::Bad,
            SyncStatus::IncompletePipeline => Tone::Alert,
        }
    }
}

impl From<ProblemKind> for Tone {
    fn from(kind: ProblemKind) -> Tone {
        match kind {
            ProblemKind::Failed | ProblemKind::Difference => Tone::Bad,
            ProblemKind::Conflict => Tone::Warn,
            ProblemKind::Blocked | ProblemKind::Unlinked => Tone::Neutral,
        }
    }
}

impl From<Level> for Tone {
    fn from(level: Level) -> Tone {
        match level {
            Level::Info => Tone::Neutral,
            Level::Warning => Tone::Warn,
            Level::Error => Tone::Bad,
        }
    }
}
