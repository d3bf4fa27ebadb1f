//! The Xero connector where a whole Xero would only be in the way: one renewal of the access among many workers, and what
//! each kind of answer means. The server is a little one that says what it is told to.

mod allocations;
mod answers;
mod bank_credit;
mod batches;
mod connecting;
mod custom;
mod desk;
mod disconnecting;
mod emulator;
mod files;
mod limits;
mod lost;
mod prices;
mod refusals;
mod renewal;
mod shell;
mod webhooks;
mod whole;
