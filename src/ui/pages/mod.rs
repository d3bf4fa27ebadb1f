//! One page a route.

mod company;
pub mod messages;
pub mod results;
//! One file a route. Pages run on the server only; what lives in the browser are the islands they hold.

pub mod overview;
pub mod welcome;
