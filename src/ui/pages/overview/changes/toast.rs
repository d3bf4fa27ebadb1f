//! What the page has to say without moving anything: a line at the lower edge.

use super::{super::board::State, reload};
use crate::ui::components::{Icon, Tone};
use leptos::prelude::*;

#[component]
pub fn Toast(state: State) -> impl IntoView {
    let names = move |code: &str| {
        state.rows.with(|rows| {
            let shown = rows.iter().find(|shown| shown.code == code);
            shown.map_or_else(|| code.to_owned(), |shown| shown.row.with(|row| row.name.clone()))
        })
    };
    let refused = move || {
        state.refused.with(|refused| {
            refused.iter().map(|one| format!("{}: {}", names(&one.code), one.reason)).collect::<Vec<_>>().join(" ")
        })
    };
    let failed = move || state.failed.with(Option::is_some);
    // The list no longer is what its filter asks for. It changes when the viewer says so, not under the hand.
    let stale = move || state.matched.get() != state.facets.with(|facets| facets.matching);
    let text = move || match state.failed.get() {
        Some(reason) => format!("The list cannot be loaded. {reason}"),
        None if state.refused.with(Vec::is_empty) => "The list has changed.".into(),
        None => format!("Not started. {}", refused()),
    };
    let shown = move || failed() || stale() || !state.refused.with(Vec::is_empty);
    let tone = move || if failed() || !state.refused.with(Vec::is_empty) { Tone::Bad } else { Tone::Info }.class();
    view! {
        <div class="toast-place" role="status">
            <div class=move || format!("notice toast {}", tone()) hidden=move || !shown()>
                <Icon name="info"/>
                <p class="what">{text}</p>
                <button
                    type="button"
                    class="button small"
                    hidden=move || !failed() && !state.refused.with(Vec::is_empty)
                    on:click=move |_| reload(state)
                >
                    {move || if failed() { "Try again" } else { "Update list" }}
                </button>
                <button
                    type="button"
                    class="button small quiet square"
                    aria-label="Dismiss"
                    on:click=move |_| {
                        state.failed.set(None);
                        state.refused.set(Vec::new());
                        state.matched.set(state.facets.with_untracked(|facets| facets.matching));
                    }
                >
                    <Icon name="close"/>
                </button>
            </div>
        </div>
    }
}
