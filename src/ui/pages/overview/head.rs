//! The top of the overview: how live it is, how many companies there are and need attention, and what can be
//! done from here.

use super::board::State;
use crate::ui::{
    components::{Icon, Notice, Tone},
    live::Link,
};
use leptos::{ev::MouseEvent, prelude::*};

#[component]
pub fn Head(state: State) -> impl IntoView {
    let State { facets, link, ticked, .. } = state;
    let companies = Memo::new(move |_| facets.with(|facets| facets.companies));
    let attention = Memo::new(move |_| facets.with(|facets| facets.attention));
    let tone = move || match link.get() {
        Link::Live => Tone::Good.class(),
        Link::Reconnecting(_) => Tone::Warn.class(),
        Link::Waking | Link::Paused => Tone::Neutral.class(),
    };
    let words = move || match link.get() {
        Link::Waking => "Connecting …".to_owned(),
        Link::Live => "Live".to_owned(),
        Link::Paused => "Paused".to_owned(),
        Link::Reconnecting(0) => "Reconnecting …".to_owned(),
        Link::Reconnecting(seconds) => format!("Reconnecting in {seconds} s"),
    };
    let count = move |n: u64, one: &str, many: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {many}") };
    let selected = move || ticked.with(Vec::len);
    let nothing = move || state.scripted.get() && selected() == 0;
    let start = move |event: MouseEvent| {
        event.prevent_default();
        if selected() == 0 {
            state.said.set("Tick the companies to sync first.".into());
            return;
        }
        state.start(ticked.get_untracked());
        ticked.set(Vec::new());
    };
    view! {
        <header class="page-header">
            <div class="titles">
                <h1>"Sync overview"</h1>
                <p class="facts">
                    <span class="live scripted">
                        <span class=move || format!("dot {}", tone())></span>
                        {words}
                    </span>
                    <a class="unscripted" href=move || state.filter.with(|filter| filter.to_url())>"Refresh"</a>
                    <span>{move || count(companies.get(), "company", "companies")}</span>
                    <span>{move || count(attention.get(), "needs attention", "need attention")}</span>
                </p>
            </div>
            <div class="row">
                <a class="button" href="/companies/new"><Icon name="plus"/> "Add company"</a>
                <a class="button" href="/import"><Icon name="upload"/> "Import…"</a>
                <button
                    type="submit"
                    form="start-ticked"
                    class="button primary start"
                    aria-disabled=move || nothing().then_some("true")
                    title=move || nothing().then_some("Tick the companies to sync first.")
                    on:click=start
                >
                    <Icon name="in-progress"/>
                    "Start sync"
                    <span class="selected">{move || match selected() { 0 => String::new(), n => format!("({n})") }}</span>
                </button>
            </div>
        </header>
        <Notices state/>
    }
}

/// What of the address was not understood.
#[component]
fn Notices(state: State) -> impl IntoView {
    move || {
        let notices = state.notices.get();
        (!notices.is_empty()).then(|| {
            let lines: Vec<_> = notices.into_iter().map(|notice| view! { <p>{notice}</p> }).collect();
            view! { <Notice tone=Tone::Warn>{lines}</Notice> }
        })
    }
}
