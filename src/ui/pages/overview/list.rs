//! The list of companies, or why there is none.

use super::{
    board::{Shown, State},
    row::Row,
};
use crate::{
    domain::filter::{Filter, Sort, SortKey},
    ui::components::{Empty, Icon},
};
use leptos::{either::EitherOf3, ev::Event, prelude::*};

#[component]
pub fn List(state: State) -> impl IntoView {
    let kind = Memo::new(move |_| {
        if !state.rows.with(Vec::is_empty) {
            0
        } else if state.facets.with(|facets| facets.companies) == 0 {
            1
        } else {
            2
        }
    });
    move || match kind.get() {
        0 => EitherOf3::A(view! { <Table state/> }),
        1 => EitherOf3::B(view! {
            <Empty
                icon="building"
                title="No company yet"
                text="Add the first company of the group, then connect its accounting software."
            >
                <a class="button primary" href="/companies/new">"Add company"</a>
            </Empty>
        }),
        _ => EitherOf3::C(view! {
            <Empty icon="search" title="Nothing matches" text="No company matches these filters together.">
                <a class="button" href=move || {
                    state.filter.with(|filter| Filter { sort: filter.sort, rows: filter.rows, ..Filter::default() }.to_url())
                }>"Clear filters"</a>
            </Empty>
        }),
    }
}

#[component]
fn Table(state: State) -> impl IntoView {
    let State { rows, ticked, .. } = state;
    let all = move || rows.with(|rows| !rows.is_empty() && ticked.with(Vec::len) == rows.len());
    let tick_all = move |event: Event| {
        let codes = rows.with_untracked(|rows| rows.iter().map(|row| row.code.clone()).collect());
        ticked.set(if event_target_checked(&event) { codes } else { Vec::new() });
    };
    view! {
        <div class="table-box">
            <table class="table companies">
                <thead>
                    <tr>
                        <th class="tick">
                            <input type="checkbox" class="scripted" aria-label="Select all on this page" prop:checked=all on:change=tick_all/>
                        </th>
                        <Heading state words="Company" key=SortKey::Name/>
                        <th scope="col">"Connected to"</th>
                        <Heading state words="Status" key=SortKey::Status/>
                        <Heading state words="Last successful sync" key=SortKey::LastSuccess/>
                        <Heading state words="Last run" key=SortKey::LastRun/>
                        <th scope="col" class="number">"Open errors"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || rows.get() key=|shown| shown.code.clone() children=move |shown: Shown| view! { <Row state shown/> }/>
                </tbody>
            </table>
        </div>
    }
}

/// A heading that sorts by its column, and the other way round when it already does.
#[component]
fn Heading(state: State, words: &'static str, key: SortKey) -> impl IntoView {
    let filter = state.filter;
    let now = move || filter.with(|filter| filter.sort);
    let next = move || {
        let reversed = now() == Sort { key, reversed: false };
        filter.with(|filter| filter.with(|filter| filter.sort = Sort { key, reversed })).to_url()
    };
    // Needs attention first is downwards in severity.
    let descends = move || now().reversed != (key == SortKey::Status);
    let sorted = move || (now().key == key).then(|| if descends() { "descending" } else { "ascending" });
    view! {
        <th scope="col" aria-sort=sorted>
            <a href=next>
                {words}
                {move || (now().key == key).then(|| if descends() {
                    view! { <Icon name="down-arrow"/> }
                } else {
                    view! { <Icon name="up-arrow"/> }
                })}
            </a>
        </th>
    }
}
