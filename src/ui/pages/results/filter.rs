//! The filter above the list. A GET form: the address is the filter. With script a choice sends it by itself.

use super::address::Here;
use crate::{
    domain::{
        message::{Entity, ProblemKind},
        results_filter::{LinkState, ProblemState, ResultsFilter, Since},
    },
    ui::components::{Choice, SearchField},
};
use leptos::prelude::*;

type Options = Vec<(String, String)>;

/// What a problem can be about.
const ENTITIES: [Entity; 5] = [Entity::Contact, Entity::Invoice, Entity::Bill, Entity::CreditNote, Entity::Payment];

fn option(word: &str, label: &str) -> (String, String) {
    (word.into(), label.into())
}

/// The usual span first, by an empty word, so that it stays the usual one when the rest of the filter changes.
fn spans(filter: &ResultsFilter) -> Options {
    let usual = ResultsFilter { since: None, ..filter.clone() }.since();
    let others = Since::ALL.iter().filter(|since| **since != usual).map(|since| option(since.as_str(), since.label()));
    std::iter::once(option("", usual.label())).chain(others).collect()
}

#[component]
pub fn ResultsFilters(here: Here) -> impl IntoView {
    let filter = here.filter().clone();
    let since = filter.since.filter(|since| ResultsFilter { since: None, ..filter.clone() }.since() != *since);
    let all = |words: &str, options: Options| std::iter::once(option("", words)).chain(options).collect::<Options>();
    let states = ProblemState::ALL.iter().map(|state| option(state.as_str(), state.label())).collect::<Options>();
    let links = LinkState::ALL.iter().map(|link| option(link.as_str(), link.label())).collect::<Options>();
    let entities = all("All records", ENTITIES.iter().map(|entity| option(entity.as_str(), entity.label())).collect());
    let kinds = all("All kinds", ProblemKind::ALL.iter().map(|kind| option(kind.as_str(), kind.label())).collect());
    let word = |word: Option<&str>| word.unwrap_or_default().to_string();
    let kept = here.kept().into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    let clear = filter.narrows().then(|| view! { <a class="button quiet" href=here.plain()>"Clear"</a> });
    view! {
        <form
            class="filters results-filter"
            method="get"
            action=format!("/companies/{}/results", here.code)
            role="search"
            aria-label="Filter of the results"
            data-submits=""
        >
            {kept}
            <SearchField placeholder="Number, name or id" value=filter.text.clone() wide=true/>
            <Choice name="since" label="Last attempt" options=spans(&filter) value=word(since.map(Since::as_str))/>
            <Choice name="state" label="State" options=states value=filter.state.as_str()/>
            <Choice name="entity" label="Record" options=entities value=word(filter.entity.map(Entity::as_str))/>
            <Choice name="kind" label="Problem" options=kinds value=word(filter.kind.map(ProblemKind::as_str))/>
            <Choice name="link" label="Link" options=links value=filter.link.as_str()/>
            <div class="row">
                <button class="button">"Filter"</button>
                {clear}
                <a class="button quiet" href=here.again()>"Refresh"</a>
            </div>
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_span_is_the_empty_word() {
        let open = spans(&ResultsFilter::default());
        assert_eq!(open[0], option("", "Since the last successful sync"));
        assert_eq!(open.len(), Since::ALL.len());
        let resolved = spans(&ResultsFilter::default().with(|filter| filter.state = ProblemState::Resolved));
        assert_eq!(resolved[0], option("", "At any time"));
        assert!(resolved.contains(&option("last-success", "Since the last successful sync")));
    }
}
