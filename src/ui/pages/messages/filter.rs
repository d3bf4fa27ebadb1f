//! What narrows the log. A GET form: the address is the filter.

use crate::{
    domain::{
        message::{Direction, Entity, Level, LogPage},
        message_filter::{MAX_SEARCH, MessageFilter},
        record,
    },
    ui::components::{Choice, Field, Icon},
};
use leptos::prelude::*;

#[component]
pub fn LogFilter(code: String, filter: MessageFilter, log: LogPage) -> impl IntoView {
    let all = |words: &str| vec![(String::new(), words.to_string())];
    let named = log.messages.first().map(|message| message.label.clone()).filter(|label| !label.is_empty());
    let mut runs = all("All syncs");
    runs.extend(log.runs.into_iter().map(|run| (run.id, format!("{}: {}", run.at.text, run.kind.label().to_lowercase()))));
    let mut directions = all("Either way");
    directions.extend(Direction::ALL.iter().map(|direction| (direction.as_str().into(), direction.label().into())));
    let mut levels = all("All levels");
    levels.extend(Level::ALL.iter().map(|level| (level.as_str().into(), level.label().into())));
    let chosen = |word: Option<&str>| word.unwrap_or_default().to_string();
    let whole = MessageFilter::default().address(&code);
    let clear = filter.narrows().then(|| view! { <a class="button quiet" href=whole.clone()>"Clear"</a> });
    view! {
        <form class="filters" method="get" action=whole role="search" aria-label="Filter of the log">
            <Choice name="run" label="Sync" options=runs value=chosen(filter.run.as_deref())/>
            <OfRecord code filter=filter.clone() named/>
            <Choice name="direction" label="Direction" options=directions value=chosen(filter.direction.map(Direction::as_str))/>
            <Choice name="level" label="Level" options=levels value=chosen(filter.level.map(Level::as_str))/>
            <Field name="q" label="Text" value=filter.text.clone() kind="search" maxlength=MAX_SEARCH as u32/>
            {filter.follow.then(|| view! { <input type="hidden" name="follow" value="1"/> })}
            <div class="row">
                <button class="button">"Filter"</button>
                {clear}
            </div>
        </form>
    }
    .into_any()
}

/// A kind of record to choose; or the one record that was chosen elsewhere, which stays until it is let go.
#[component]
fn OfRecord(code: String, filter: MessageFilter, named: Option<String>) -> impl IntoView {
    let Some((entity, id)) = filter.entity.zip(filter.record.clone()) else {
        let mut entities = vec![(String::new(), "All records".to_string())];
        entities.extend(Entity::ALL.iter().map(|entity| (entity.as_str().into(), entity.label().into())));
        let value = filter.entity.map_or("", Entity::as_str);
        return view! { <Choice name="entity" label="Record" options=entities value=value/> }.into_any();
    };
    let words = format!("{} {}", entity.label(), named.unwrap_or_else(|| id.clone()));
    let page = record::address(&code, entity, &id);
    let others = MessageFilter { entity: None, record: None, before: None, ..filter }.address(&code);
    view! {
        <div class="field one-record" role="group" aria-labelledby="one-record">
            <span class="label" id="one-record">"Record"</span>
            <p class="row">
                {match page {
                    Some(href) => view! { <a href=href>{words}</a> }.into_any(),
                    None => view! { <span>{words}</span> }.into_any(),
                }}
                <a class="button quiet small square" href=others aria-label="All records" title="All records"><Icon name="close"/></a>
            </p>
            <input type="hidden" name="entity" value=entity.as_str()/>
            <input type="hidden" name="record" value=id/>
        </div>
    }
    .into_any()
}
