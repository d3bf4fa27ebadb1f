//! The address bar, which always says what the page shows.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Whether a view is one to come back to with the browser's back button.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A choice.
    New,
    /// One more letter of a search.
    Same,
}

pub fn write(url: &str, step: Step) {
    // Browsers refuse too many changes in a short time; the page is right all the same.
    if let Ok(history) = window().history() {
        let _ = match step {
            Step::New => history.push_state_with_url(&JsValue::NULL, "", Some(url)),
            Step::Same => history.replace_state_with_url(&JsValue::NULL, "", Some(url)),
        };
    }
}

/// The query string, without `?`.
pub fn query() -> String {
    window().location().search().unwrap_or_default().trim_start_matches('?').to_owned()
}
