//! The filter above the list. A GET form in the overview's grammar: the address is the filter.

use crate::{
    domain::{
        company::Facets,
        filter::{Filter, PAGE_SIZES, Sort, SortKey},
        integrations::{ADDRESS, address},
        provider::Provider,
        status::SyncStatus,
    },
    ui::components::{Choice, Choosable, MultiSelect, SearchField, Tone},
};
use leptos::prelude::*;

#[component]
pub fn Filters(filter: Filter, facets: Facets) -> impl IntoView {
    let statuses: Vec<_> = facets
        .statuses
        .iter()
        .map(|(status, count): &(SyncStatus, u64)| Choosable {
            word: status.as_str(),
            label: status.label(),
            icon: Some(status.as_str()),
            tone: Tone::from(*status).class(),
            count: *count,
            chosen: filter.statuses.contains(status),
        })
        .collect();
    let providers: Vec<_> = facets
        .providers
        .iter()
        .map(|(provider, count): &(Provider, u64)| Choosable {
            word: provider.as_str(),
            label: provider.label(),
            icon: None,
            tone: "",
            count: *count,
            chosen: filter.providers.contains(provider),
        })
        .collect();
    let sorts: Vec<_> = SortKey::ALL
        .into_iter()
        .flat_map(|key| [false, true].map(|reversed| Sort { key, reversed }))
        .map(|sort| (sort.to_word(), sort.label().to_string()))
        .collect();
    let rows = (filter.rows != PAGE_SIZES[0]).then(|| view! { <input type="hidden" name="rows" value=filter.rows/> });
    let plain = address(&Filter { sort: filter.sort, rows: filter.rows, ..Filter::default() });
    let clear = filter.narrows().then(|| view! { <a class="button quiet" href=plain>"Clear filters"</a> });
    // What is chosen in the lists is sent with the form: no script has a part in it.
    let plain_lists = RwSignal::new(false);
    view! {
        <form class="filters" method="get" action=ADDRESS role="search" aria-label="Integrations">
            {rows}
            <SearchField placeholder="Company or code" value=filter.search.clone() wide=true/>
            <Choice name="sort" label="Order" options=sorts value=filter.sort.to_word()/>
            <div class="row">
                <MultiSelect name="status" label="Status" choices=statuses scripted=plain_lists toggle=|_| () clear=|| ()/>
                <MultiSelect name="provider" label="Provider" choices=providers scripted=plain_lists toggle=|_| () clear=|| ()/>
                <button class="button">"Filter"</button>
                {clear}
            </div>
        </form>
    }
    .into_any()
}
