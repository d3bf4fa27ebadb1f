//! Whether the page is live.

use super::Tone;
use crate::ui::live::Link;
use leptos::prelude::*;

/// `Live`, or what keeps the page from being so.
#[component]
pub fn LinkState(#[prop(into)] link: Signal<Link>) -> impl IntoView {
    let tone = move || match link.get() {
        Link::Live => Tone::Good.class(),
        Link::Reconnecting(_) | Link::SignedOut => Tone::Warn.class(),
        Link::Waking | Link::Paused => Tone::Neutral.class(),
    };
    let words = move || match link.get() {
        Link::Waking => "Connecting …".to_owned(),
        Link::Live => "Live".to_owned(),
        Link::Paused => "Paused".to_owned(),
        Link::SignedOut => "Signed out: reload to sign in".to_owned(),
        Link::Reconnecting(0) => "Reconnecting …".to_owned(),
        Link::Reconnecting(seconds) => format!("Reconnecting in {seconds} s"),
    };
    view! {
        <span class="live scripted">
            <span class=move || format!("dot {}", tone())></span>
            {words}
        </span>
    }
}
