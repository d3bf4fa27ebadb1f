//! The one integration test binary: linking once is quicker than linking a binary a file. Tests run on real
//! databases; see `harness`.

mod backup;
mod cli;
mod cli_settings;
mod companies;
mod connections;
mod downloads;
mod engine;
mod files;
mod harness;
mod import;
mod log_pages;
mod messages;
mod onboarding;
mod overview;
mod pausing;
mod practice;
mod probing;
mod processes;
mod records;
mod resolve;
mod results;
mod retention;
mod runs;
mod schedule;
mod secrets;
mod serve;
mod sides;
mod stages;
mod status;
mod statuses;
mod store;
mod tie_out;
mod tracking;
mod tryton;
