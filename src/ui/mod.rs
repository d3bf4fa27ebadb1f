//! What people see. Pages are rendered by the server; islands are the parts that also live in the browser.

pub mod components;
pub mod live;
pub mod pages;
pub mod shell;

use crate::domain::person::Role;

/// The role of whoever looks; `None`: nobody is signed in. Known to the server only: what a browser shows was written by it.
pub fn role() -> Option<Role> {
    #[cfg(feature = "ssr")]
    return crate::api::viewer::role();
    #[cfg(not(feature = "ssr"))]
    None
}

/// Whether the server sends letters. Known to the server only, like the role.
pub fn sends_letters() -> bool {
    #[cfg(feature = "ssr")]
    return crate::api::letters::are_sent();
    #[cfg(not(feature = "ssr"))]
    false
}

/// The service that people may sign in through, by name. Known to the server only, and to pages to sign in on.
pub fn other_service() -> Option<String> {
    #[cfg(feature = "ssr")]
    return crate::api::viewer::other_service();
    #[cfg(not(feature = "ssr"))]
    None
}

/// Whether whoever looks has at least this role.
pub fn may(least: Role) -> bool {
    role().is_some_and(|role| role >= least)
}
