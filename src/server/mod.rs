//! Everything only the server has. The `ssr` gate is here, once.

pub mod cli;
pub mod config;
pub mod connectors;
pub mod db;
pub mod engine;
pub mod http;
pub mod mail;
pub mod oidc;
mod process;
pub mod services;
pub mod startup;
pub mod state;
pub mod token;
pub mod vault;
pub mod viewer;
