//! Badges: a word with an icon on a soft ground.

use super::{Icon, Tone, icon::drawing};
use crate::domain::status::SyncStatus;
use leptos::prelude::*;

/// `<Badge tone=Tone::Good icon="tick">"Linked"</Badge>`
#[component]
pub fn Badge(tone: Tone, #[prop(optional)] icon: Option<&'static str>, children: Children) -> impl IntoView {
    view! { <span class=format!("badge {}", tone.class())>{icon.map(|name| view! { <Icon name/> })} {children()}</span> }
}

/// A status as icon, word and colour; what it means and what to do next show when it is pointed at, focused
/// or tapped. `id` must be unique on the page. A status that changes changes in place.
#[component]
pub fn StatusBadge(
    #[prop(into)] status: Signal<SyncStatus>,
    #[prop(into)] id: String,
    /// The readable reason in full, where the page has room for its beginning only.
    #[prop(optional, into)]
    reason: Signal<String>,
) -> impl IntoView {
    view! {
        <span class="explained">
            <button type="button" class=move || format!("badge {}", Tone::from(status.get()).class()) aria-describedby=id.clone()>
                <svg
                    class="icon"
                    class:turning=move || status.get() == SyncStatus::InProgress
                    aria-hidden="true"
                    inner_html=move || drawing(status.get().as_str())
                ></svg>
                {move || status.get().label()}
            </button>
            <span role="tooltip" id=id>
                {move || status.get().definition()}
                <span hidden=move || reason.with(String::is_empty)>{reason}</span>
                <b>{move || status.get().next_step()}</b>
            </span>
        </span>
    }
}
