//! Everything only the server has. The `ssr` gate is here, once.

pub mod connectors;
pub mod db;
pub mod engine;
pub mod http;
pub mod services;
