//! What people see. Pages are rendered by the server; islands are the parts that also live in the browser.

pub mod components;
pub mod live;
pub mod pages;
pub mod shell;
