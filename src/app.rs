//! The document every page is rendered into, and the routes.

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    components::{Route, Router, Routes},
    path,
};

/// The whole HTML document. `options.output_name` carries the content hash, so a new build is a new URL.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let stylesheet = options.css_path();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#14171a"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=stylesheet/>
                <HydrationScripts options islands=true/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title text="Tieout"/>
        <Router>
            <main>
                <Routes fallback=|| "Nothing here.">
                    <Route path=path!("/") view=Hello/>
                </Routes>
            </main>
        </Router>
    }
}

#[component]
fn Hello() -> impl IntoView {
    view! {
        <h1>"Tieout"</h1>
        <Ticker/>
    }
}

/// Proves the whole pipeline: rendered by the server, then counted up in the browser.
#[island]
fn Ticker() -> impl IntoView {
    let (seconds, set_seconds) = signal(0_u32);
    #[cfg(feature = "hydrate")]
    {
        let interval = gloo_timers::callback::Interval::new(1_000, move || set_seconds.update(|n| *n += 1));
        let interval = StoredValue::new_local(interval);
        on_cleanup(move || interval.dispose());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = set_seconds;
    view! { <p>"Awake for " <output>{seconds}</output> " s"</p> }
}
