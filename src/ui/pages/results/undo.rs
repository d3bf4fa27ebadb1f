//! What was done a moment ago, and the way back.

use crate::{
    domain::{results::Undoable, time::ago},
    ui::components::Icon,
};
use leptos::prelude::*;

#[component]
pub fn Undo(code: String, undoable: Undoable, now: i64) -> impl IntoView {
    let Undoable { id, summary, at } = undoable;
    view! {
        <section class="notice tone-info undo" aria-label="What was done last">
            <Icon name="info"/>
            <p class="what">{summary} <span class="second">{ago(at.ms, now)}</span></p>
            <form method="post" action="/api/undo-action">
                <input type="hidden" name="code" value=code/>
                <input type="hidden" name="action" value=id/>
                <button class="button small">"Undo"</button>
            </form>
        </section>
    }
    .into_any()
}
