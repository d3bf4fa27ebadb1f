//! What the page has to say without moving anything: a line at the lower edge.

use super::{super::board::State, reload};
use crate::ui::components::{Icon, Tone, drawing};
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
    let bad = move || failed() || !state.refused.with(Vec::is_empty);
    // The list no longer is what its filter asks for. It changes when the viewer says so, not under the hand.
    let stale = move || state.matched.get() != state.facets.with(|facets| facets.matching);
    let text = move || match state.failed.get() {
        Some(reason) => format!("The list cannot be loaded. {reason}"),
        None if bad() => format!("Not started. {}", refused()),
        None => "The list has changed.".into(),
    };
    let tone = move || if bad() { Tone::Bad } else { Tone::Info }.class();
    view! {
        <div class="toast-place" role="status">
            <div class=move || format!("notice toast {}", tone()) hidden=move || !bad() && !stale()>
                <svg class="icon" aria-hidden="true" inner_html=move || drawing(if bad() { "errors" } else { "info" })></svg>
                <p class="what">{text}</p>
                <button
                    type="button"
                    class="button small"
                    hidden=move || bad() && !failed()
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
