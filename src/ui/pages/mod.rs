//! One page a route.

mod company;
pub mod messages;
pub mod results;
