//! Xero, through its Accounting API. Written from Xero's own description of it and from what its servers answer.
//!
//! [`app`] is what this server is at Xero, [`place`] where Xero is. [`tokens`] let us in for half an hour; [`access`] holds
//! them and [`renewal`] gets the next ones, [`granting`] the first ones from a person or for a custom connection;
//! [`identity`] is the host that gives them. [`client`] is the wire, [`gate`] lets requests out within the [`limits`] that all processes keep
//! together ([`budget`] of an organisation, [`app_gate`] of all of them), [`answer`] what
//! an answer means, [`value`] reads and writes Xero's JSON. [`chart`] and [`reference`], [`contacts`], [`documents`] with
//! their [`lines`], [`payments`] and [`allocations`] are what is read, [`paging`] how; [`finding`] and [`listing`] look up and
//! add up; [`webhook`] is what Xero tells by itself. [`sending`] puts what goes out into batches and [`batch`] sends one,
//! [`taking_back`] undoes what was sent. [`XeroConnector`] is how the engine sees an
//! organisation there.

mod access;
mod allocations;
mod answer;
pub mod app;
mod app_gate;
mod batch;
mod budget;
mod chart;
mod client;
mod connector;
mod contacts;
mod documents;
mod finding;
mod gate;
pub mod granting;
mod identity;
pub mod limits;
mod lines;
mod listing;
mod paging;
mod payments;
mod place;
mod reference;
mod renewal;
mod sending;
mod taking_back;
mod tokens;
mod value;
pub mod webhook;

pub use app::{App, begin};
pub use connector::XeroConnector;
pub use tokens::Tokens;
