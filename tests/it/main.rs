//! The one integration test binary: linking once is quicker than linking a binary a file. Tests run on real
//! databases; see `harness`.

mod cli;
mod connections;
mod engine;
mod harness;
mod import;
mod practice;
mod serve;
mod status;
mod store;
