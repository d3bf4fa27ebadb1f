//! A sentence the page has to say.

use super::{Icon, Tone};
use leptos::prelude::*;

/// `<Notice tone=Tone::Warn>"“fine” is not a status; it was ignored."</Notice>`. With `urgent`, screen readers
/// are told at once.
#[component]
pub fn Notice(tone: Tone, #[prop(optional)] urgent: bool, children: Children) -> impl IntoView {
    let icon = match tone {
        Tone::Good => "synced",
        Tone::Warn | Tone::Bad | Tone::Alert => "errors",
        Tone::Neutral | Tone::Info | Tone::Setup => "info",
    };
    view! {
        <div class=format!("notice {}", tone.class()) role=if urgent { "alert" } else { "status" }>
            <Icon name=icon/>
            <div class="what">{children()}</div>
        </div>
    }
}
