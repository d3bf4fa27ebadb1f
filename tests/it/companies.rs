//! Companies as Settings looks after them: changed, archived and restored, and imported as a list.

mod archive;
mod edit;
mod list;
