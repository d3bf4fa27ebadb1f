//! Tryton 8.2, through the REST interface of its server. Written from what that server answers: nothing of it is
//! linked or copied.
//!
//! [`access`] asks for a key and says which companies it opens, [`client`] is the wire, [`value`] reads and writes
//! Tryton's JSON, [`cursor`] and [`sweep`] read what changed. [`reference`] and [`contacts`] are what is read.
//! [`TrytonConnector`] is how the engine sees a company there.

pub mod access;
mod client;
mod connector;
mod contacts;
mod cursor;
mod reference;
mod sweep;
mod value;

pub use connector::TrytonConnector;
