//! The one integration test binary: linking once is quicker than linking a binary a file. Tests run on real
//! databases; see `harness`.

mod cli;
mod connections;
mod engine;
mod files;
mod harness;
mod import;
mod messages;
mod overview;
mod practice;
mod processes;
mod resolve;
mod results;
mod runs;
mod schedule;
mod serve;
mod sides;
mod status;
mod statuses;
mod store;
mod tie_out;
mod tracking;
