//! The filter bar: search, status, provider, order.

use super::{board::State, changes, tiles::Kept};
use crate::{
    domain::{
        filter::{Filter, MAX_SEARCH, Sort, SortKey},
        provider::Provider,
        status::SyncStatus,
    },
    ui::components::{Choosable, Icon, MultiSelect, Tone, drawing},
};
use leptos::{
    ev::{Event, SubmitEvent},
    prelude::*,
};

#[component]
pub fn Filters(state: State) -> impl IntoView {
    let State { filter, facets, scripted, .. } = state;
    let statuses = Signal::derive(move || {
        let counted = |(status, count): &(SyncStatus, u64)| Choosable {
            word: status.as_str(),
            label: status.label(),
            icon: Some(status.as_str()),
            tone: Tone::from(*status).class(),
            count: *count,
            chosen: filter.with(|filter| filter.statuses.contains(status)),
        };
        facets.with(|facets| facets.statuses.iter().map(counted).collect())
    });
    let providers = Signal::derive(move || {
        let counted = |(provider, count): &(Provider, u64)| Choosable {
            word: provider.as_str(),
            label: provider.label(),
            icon: None,
            tone: "",
            count: *count,
            chosen: filter.with(|filter| filter.providers.contains(provider)),
        };
        facets.with(|facets| facets.providers.iter().map(counted).collect())
    });
    let change = move |change: &dyn Fn(&mut Filter)| changes::choose(state, filter.with_untracked(|now| now.with(change)));
    let cleared = move || {
        let kept = filter.with(|filter| Filter { sort: filter.sort, rows: filter.rows, ..Filter::default() });
        kept.to_url()
    };
    let field = NodeRef::new();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        changes::search_now(state);
    };
    view! {
        <form class="filters" method="get" action="/overview" role="search" aria-label="Companies" on:submit=submit>
            <Kept state narrowing=false/>
            <span class="search">
                <Icon name="search"/>
                <input
                    class="input"
                    type="search"
                    data-key="/"
                    name="q"
                    aria-label="Search company or code"
                    placeholder="Search company or code"
                    autocomplete="off"
                    spellcheck="false"
                    maxlength=MAX_SEARCH
                    value=filter.with_untracked(|filter| filter.search.clone())
                    node_ref=field
                    prop:value=move || changes::shown_search(field, filter.with(|filter| filter.search.clone()))
                    on:input=move |event: Event| changes::search_soon(state, event_target_value(&event))
                />
            </span>
            <MultiSelect
                name="status"
                label="Status"
                choices=statuses
                scripted
                toggle=move |place| {
                    if let Some((status, _)) = facets.with_untracked(|facets| facets.statuses.get(place).copied()) {
                        changes::choose(state, filter.with_untracked(|filter| filter.toggle(status)));
                    }
                }
                clear=move || change(&|filter| filter.statuses.clear())
            />
            <MultiSelect
                name="provider"
                label="Provider"
                choices=providers
                scripted
                toggle=move |place| {
                    if let Some((provider, _)) = facets.with_untracked(|facets| facets.providers.get(place).copied()) {
                        change(&|filter| match filter.providers.iter().position(|one| *one == provider) {
                            Some(place) => drop(filter.providers.remove(place)),
                            None => filter.providers.push(provider),
                        });
                    }
                }
                clear=move || change(&|filter| filter.providers.clear())
            />
            <Order state/>
            <a class="clear" href=cleared hidden=move || !filter.with(Filter::narrows)>"Clear filters"</a>
        </form>
    }
}

/// The order of the list, as links in a list that opens.
#[component]
fn Order(state: State) -> impl IntoView {
    let filter = state.filter;
    let sorts = SortKey::ALL.into_iter().flat_map(|key| [false, true].map(|reversed| Sort { key, reversed }));
    let links: Vec<_> = sorts
        .map(|sort| {
            let address = move || filter.with(|filter| filter.with(|filter| filter.sort = sort)).to_url();
            let current = move || filter.with(|filter| filter.sort == sort).then_some("true");
            view! {
                <a href=address aria-current=current>
                    <svg class="icon tick" aria-hidden="true" inner_html=drawing("tick")></svg>
                    {sort.label()}
                </a>
            }
        })
        .collect();
    view! {
        <button type="button" class="button" popovertarget="choose-sort">
            {move || format!("Sort: {}", filter.with(|filter| filter.sort.label()))}
            <Icon name="down"/>
        </button>
        <div class="panel options" id="choose-sort" popover="auto" role="group" aria-label="Sort">{links}</div>
    }
}
