//! Plain types and pure functions that both the server and the browser use. Nothing here knows of a
//! database, a request or a document object model, so everything here can be tested by calling it.

pub mod action;
pub mod company;
pub mod connection;
pub mod contact;
pub mod document;
pub mod filter;
pub mod import;
pub mod integrations;
pub mod matching;
pub mod message;
pub mod message_filter;
pub mod money;
pub mod neighbour;
pub mod onboarding;
pub mod person;
pub mod practice;
pub mod provider;
pub mod record;
pub mod results;
pub mod results_filter;
pub mod run;
pub mod schedule;
pub mod status;
pub mod tax;
pub mod tie_out;
pub mod time;
