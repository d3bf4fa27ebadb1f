//! Line icons. Each is drawn once a document, in a hidden sprite the shell writes, and used by name: a use
//! costs a few bytes of HTML and nothing of WebAssembly.

use leptos::prelude::*;

/// The drawings, by name. Those of the statuses are named as the status is in a URL.
pub const SPRITE: &str = concat!(
    r#"<svg hidden aria-hidden="true">"#,
    r#"<symbol id="i-synced" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/><path d="m8 12.4 2.8 2.8L16 9.6"/></symbol>"#,
    r#"<symbol id="i-in-progress" viewBox="0 0 24 24"><path d="M20 10.5A8.2 8.2 0 0 0 5.6 7L4 9M4 4v5h5M4 13.5A8.2 8.2 0 0 0 18.4 17l1.6-2m0 5v-5h-5"/></symbol>"#,
    r#"<symbol id="i-not-connected" viewBox="0 0 24 24"><path d="M9 3v5m6-5v5M6.5 8h11v3a5.5 5.5 0 0 1-11 0zM12 16.5V21"/></symbol>"#,
    r#"<symbol id="i-incomplete-onboarding" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9" stroke-dasharray="3.6 2.05"/><path d="M12 7.5V12l3 2"/></symbol>"#,
    r#"<symbol id="i-needs-reconnecting" viewBox="0 0 24 24"><circle cx="8" cy="15.7" r="4.5"/><path d="m11.2 12.5 8.3-8.3M16 7.7l3.2 3.2"/></symbol>"#,
    r#"<symbol id="i-errors" viewBox="0 0 24 24"><path d="M12 3.8 21.5 20h-19zM12 10v4.5m0 2.7v.1"/></symbol>"#,
    r#"<symbol id="i-incomplete-pipeline" viewBox="0 0 24 24"><path d="M3 9h6v6H3m6-8.5v11M21 9h-6v6h6m-6-8.5v11"/></symbol>"#,
    r#"<symbol id="i-search" viewBox="0 0 24 24"><circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/></symbol>"#,
    r#"<symbol id="i-down" viewBox="0 0 24 24"><path d="m7 10 5 5 5-5"/></symbol>"#,
    r#"<symbol id="i-dots" viewBox="0 0 24 24"><path stroke-width="2.75" d="M5 12h.01M12 12h.01M19 12h.01"/></symbol>"#,
    r#"<symbol id="i-tick" viewBox="0 0 24 24"><path d="m5 12.5 4.5 4.5L19 7.5"/></symbol>"#,
    r#"<symbol id="i-close" viewBox="0 0 24 24"><path d="m6 6 12 12M18 6 6 18"/></symbol>"#,
    r#"<symbol id="i-plus" viewBox="0 0 24 24"><path d="M12 5v14M5 12h14"/></symbol>"#,
    r#"<symbol id="i-upload" viewBox="0 0 24 24"><path d="M12 16V4m-5 5 5-5 5 5M4 15v5h16v-5"/></symbol>"#,
    r#"<symbol id="i-list" viewBox="0 0 24 24"><path d="M4 6h.01M4 12h.01M4 18h.01M9 6h11M9 12h11M9 18h11"/></symbol>"#,
    r#"<symbol id="i-settings" viewBox="0 0 24 24"><path d="M4 7h9m4 0h3M4 17h3m4 0h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/></symbol>"#,
    r#"<symbol id="i-info" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/><path d="M12 11v5m0-8.5v.1"/></symbol>"#,
    r#"<symbol id="i-up-arrow" viewBox="0 0 24 24"><path d="M12 19V5m-5 5 5-5 5 5"/></symbol>"#,
    r#"<symbol id="i-down-arrow" viewBox="0 0 24 24"><path d="M12 5v14m-5-5 5 5 5-5"/></symbol>"#,
    r#"<symbol id="i-building" viewBox="0 0 24 24"><path d="M5 21V4h9v17m0-12h5v12M3 21h18M8 8h3m-3 4h3m-3 4h3"/></symbol>"#,
    r#"<symbol id="i-pause" viewBox="0 0 24 24"><circle cx="12" cy="12" r="9"/><path d="M10 9v6m4-6v6"/></symbol>"#,
    "</svg>",
);

/// What stands inside an `<svg class="icon">` to show the drawing of that name.
pub fn drawing(name: &str) -> String {
    format!("<use href=\"#i-{name}\"/>")
}

/// `<Icon name="search"/>`; decoration only, so whatever it stands for must also be in words.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true" inner_html=drawing(name)></svg> }
}
