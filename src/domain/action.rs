//! What people do about records: each is recorded with who did it and to which records, and some can be undone.

use super::run::words;
use serde::{Deserialize, Serialize};

words! {
    ActionKind {
        Retry = "retry", "Retried";
        /// Left out of syncs.
        Unlink = "unlink", "Unlinked";
        Link = "link", "Linked again";
        SetAside = "set_aside", "Set aside";
        TakeUp = "take_up", "Taken up again";
        /// A conflict: the other side's record becomes ours.
        Adopt = "adopt", "Adopted";
        /// A conflict: ours goes out under a number or name of its own.
        SendAsNew = "send_as_new", "Sent as new";
        /// A conflict: ours takes the place of the other side's.
        Keep = "keep", "Kept ours";
        Remap = "remap", "Mapped";
        Edit = "edit", "Edited";
    }
}

impl ActionKind {
    pub fn can_be_undone(self) -> bool {
        matches!(self, ActionKind::Unlink | ActionKind::Link | ActionKind::SetAside | ActionKind::TakeUp)
    }
}

/// What was chosen for a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Link to the record there and take its content as ours.
    Adopt,
    /// Send ours as a record of its own, under this number (documents) or name (contacts).
    SendAsNew(String),
    /// Send ours over the record there it is linked to.
    Keep,
    /// Leave the record out of syncs.
    Unlink,
}
