//! The Tryton connector against the real server, and what came of it read back by Tryton's own client library.

mod books;
mod connecting;
mod faults;
mod life;
mod peer;
mod records;
