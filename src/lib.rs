//! One crate, compiled twice: to WebAssembly for the browser (`hydrate`) and natively for the server (`ssr`).

// A page is one type, as deep as its markup.
#![recursion_limit = "256"]

pub mod api;
pub mod app;
pub mod domain;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;

/// What the page's script calls once the WebAssembly is loaded; the script then wakes each island by name.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // A panic's message costs size, so only development builds carry it to the console.
    #[cfg(debug_assertions)]
    std::panic::set_hook(Box::new(|info| leptos::logging::error!("{info}")));
    leptos::mount::hydrate_islands();
}
