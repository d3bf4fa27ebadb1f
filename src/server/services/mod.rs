//! Use cases, one file each: what a page, the command line or the engine asks for. No HTTP and no SQL here.

pub mod audit;
pub mod backup;
pub mod companies;
pub mod connections;
pub mod demo;
pub mod error;
pub mod import;
pub mod integration;
pub mod integrations;
pub mod keys;
pub mod local_time;
pub mod message_log;
pub mod moving;
pub mod onboarding;
pub mod overview;
pub mod people;
pub mod records;
pub mod resolve;
pub mod results;
pub mod run_report;
pub mod schedule;
pub mod spreadsheet;
pub mod start;
pub mod sync;
pub mod tie_out;
pub mod webhooks;
