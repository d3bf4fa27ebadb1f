//! One page a route. Pages run on the server only; what lives in the browser are the islands they hold.

pub mod companies;
mod company;
pub mod company_new;
pub mod import;
pub mod integration;
pub mod integrations;
pub mod messages;
pub mod onboarding;
pub mod overview;
pub mod people;
pub mod record;
pub mod results;
pub mod run;
mod settings;
pub mod unlink;
pub mod welcome;
