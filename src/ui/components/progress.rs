//! A bar for work whose end is known, or not known yet.

use super::Tone;
use leptos::prelude::*;

/// `label` names what progresses to screen readers; a `total` of 0 is not known yet.
#[component]
pub fn ProgressBar(#[prop(into)] label: String, done: u64, total: u64) -> impl IntoView {
    let known = total > 0;
    view! {
        <progress
            class=format!("progress {}", Tone::Info.class())
            aria-label=label
            max=known.then_some(total)
            value=known.then_some(done.min(total))
        ></progress>
    }
}
