//! Badges: a word with an icon on a soft ground.

use super::{Icon, Tone};
use crate::domain::status::SyncStatus;
use leptos::prelude::*;

/// `<Badge tone=Tone::Good icon="tick">"Linked"</Badge>`
#[component]
pub fn Badge(tone: Tone, #[prop(optional)] icon: Option<&'static str>, children: Children) -> impl IntoView {
    view! { <span class=format!("badge {}", tone.class())>{icon.map(|name| view! { <Icon name/> })} {children()}</span> }
}

/// A status as icon, word and colour; what it means and what to do next show when it is pointed at, focused
/// or tapped. `id` must be unique on the page.
#[component]
pub fn StatusBadge(status: SyncStatus, #[prop(into)] id: String) -> impl IntoView {
    view! {
        <span class="explained">
            <button type="button" class=format!("badge {}", Tone::from(status).class()) aria-describedby=id.clone()>
                <Icon name=status.as_str()/>
                {status.label()}
            </button>
            <span role="tooltip" id=id>{status.definition()} " " <b>{status.next_step()}</b></span>
        </span>
    }
}
