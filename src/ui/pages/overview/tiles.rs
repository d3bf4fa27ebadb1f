//! The tiles: how many companies are in each status, and a filter by it. Toggle buttons of a GET form, so that
//! a click works before and without script; with Ctrl or Shift it adds to what is chosen.

use super::{board::State, changes};
use crate::{
    domain::{filter::Filter, status::SyncStatus},
    ui::components::{Icon, Tone},
};
use leptos::{ev::MouseEvent, prelude::*};

#[component]
pub fn Tiles(state: State) -> impl IntoView {
    let tiles: Vec<_> = SyncStatus::ALL.into_iter().enumerate().map(|(place, status)| tile(state, place, status)).collect();
    view! {
        <form class="tiles" method="get" action="/overview" aria-label="Companies by status">
            <Kept state narrowing=true/>
            {tiles}
        </form>
    }
}

fn tile(state: State, place: usize, status: SyncStatus) -> impl IntoView {
    let count = Memo::new(move |_| state.facets.with(|facets| facets.statuses.get(place).map_or(0, |(_, n)| *n)));
    let all = Memo::new(move |_| state.facets.with(|facets| facets.statuses.iter().map(|(_, n)| n).sum::<u64>().max(1)));
    let pressed = move || state.filter.with(|filter| filter.statuses.contains(&status));
    let click = move |event: MouseEvent| {
        event.prevent_default();
        let add = event.ctrl_key() || event.shift_key() || event.meta_key();
        changes::choose(
            state,
            state.filter.with_untracked(|filter| if add { filter.toggle(status) } else { filter.toggle_alone(status) }),
        );
    };
    view! {
        <button
            type="submit"
            name="status"
            // Without script, too, a second click clears.
            value=move || if state.filter.with(|filter| filter.statuses == [status]) { "" } else { status.as_str() }
            class=format!("tile {}", Tone::from(status).class())
            class:none=move || count.get() == 0
            aria-pressed=move || if pressed() { "true" } else { "false" }
            on:click=click
        >
            <Icon name=status.as_str()/>
            <span class="tally">{count}</span>
            " "
            <span class="name">{status.label()}</span>
            <progress class="share" aria-hidden="true" max=all value=count></progress>
        </button>
    }
}

/// What a form without script sends along so that the other choices stay. The filter bar has the search and
/// the provider among its own fields.
#[component]
pub fn Kept(state: State, narrowing: bool) -> impl IntoView {
    let filter = state.filter.get_untracked();
    let defaults = Filter::default();
    let providers = filter.providers.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(",");
    let field =
        |name: &'static str, value: String, sent: bool| sent.then(|| view! { <input type="hidden" name=name value=value/> });
    view! {
        {field("q", filter.search.clone(), narrowing && !filter.search.is_empty())}
        {field("provider", providers, narrowing && !filter.providers.is_empty())}
        {field("sort", filter.sort.to_word(), filter.sort != defaults.sort)}
        {field("rows", filter.rows.to_string(), filter.rows != defaults.rows)}
    }
}
