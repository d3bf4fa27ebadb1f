//! The top of the overview: how live it is, how many companies there are and need attention, and what can be
//! done from here.

use super::board::State;
use crate::ui::components::{Icon, LinkState, Notice, Tone};
use leptos::{either::Either, ev::MouseEvent, prelude::*};

#[component]
pub fn Head(state: State) -> impl IntoView {
    let State { facets, link, ticked, .. } = state;
    let companies = Memo::new(move |_| facets.with(|facets| facets.companies));
    let attention = Memo::new(move |_| facets.with(|facets| facets.standing.attention));
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
                    <LinkState link/>
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
                    // The number takes the icon's place, so that the neighbours stay in theirs.
                    {move || match selected() {
                        0 => Either::Left(view! { <Icon name="in-progress"/> }),
                        n => Either::Right(view! { <span class="selected">{n}</span> }),
                    }}
                    "Start sync"
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
