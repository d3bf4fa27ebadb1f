//! How the overview changes: by a choice, by a search, by the browser's back button, and by itself.

#[cfg(feature = "hydrate")]
mod browser;
mod toast;

#[cfg(feature = "hydrate")]
pub use browser::wake;
pub use toast::Toast;

use super::board::State;
use crate::domain::filter::Filter;
use leptos::{html::Input, prelude::*};

/// Shows another view: its address, then its rows.
pub fn choose(state: State, filter: Filter) {
    #[cfg(feature = "hydrate")]
    browser::go(state, filter, super::address::Step::New);
    #[cfg(not(feature = "hydrate"))]
    let _ = (state, filter);
}

/// Searches when the typing pauses.
pub fn search_soon(state: State, text: String) {
    #[cfg(feature = "hydrate")]
    browser::search_soon(state, text);
    #[cfg(not(feature = "hydrate"))]
    let _ = (state, text);
}

/// What the search field shows when the view changes to one that searches for `words`. What is being typed is left as
/// it is, and so are the blanks around it.
pub fn shown_search(field: NodeRef<Input>, words: String) -> String {
    #[cfg(feature = "hydrate")]
    if let Some(typed) = field.get_untracked().map(|field| field.value())
        && (browser::is_typing() || typed.trim() == words)
    {
        return typed;
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = field;
    words
}

/// Searches without waiting for a pause.
pub fn search_now(state: State) {
    #[cfg(feature = "hydrate")]
    browser::search_now(state);
    #[cfg(not(feature = "hydrate"))]
    let _ = state;
}

/// Reads the rows once more.
pub fn reload(state: State) {
    #[cfg(feature = "hydrate")]
    browser::load(state);
    #[cfg(not(feature = "hydrate"))]
    let _ = state;
}
