//! The use cases: what the pages, the command line and the engine do, without HTTP and without SQL.

pub mod schedule;
