//! What every request may need.

use super::db::Db;

/// Handed to routes as their state, and to pages and server functions as a context, where its `Db` is one too.
#[derive(Clone)]
pub struct App {
    pub db: Db,
}
