//! Tryton 8.2, through the REST interface of its server. Written from what that server answers: nothing of it is
//! linked or copied.
//!
//! [`access`] asks for a key and says which companies it opens. [`client`] is the wire, [`value`] reads and writes
//! Tryton's JSON. [`reference`], [`contacts`], [`documents`] with their [`lines`] and [`note`]s, [`payments`] and
//! [`periods`] are what is read, [`cursor`] and [`sweep`] how what changed is; [`finding`] and [`totals`] look up and
//! add up. [`sending`] and its parts write, with what [`setup`] knows. [`TrytonConnector`] is how the engine sees a
//! company there.

pub mod access;
mod client;
mod connector;
mod contacts;
mod cursor;
mod documents;
mod finding;
mod lines;
mod note;
mod payments;
mod periods;
mod reference;
mod send_contacts;
mod send_documents;
mod send_payments;
mod sending;
mod setup;
mod sweep;
mod totals;
mod value;

pub use connector::TrytonConnector;
