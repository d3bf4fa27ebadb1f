//! A company in the list. Its cells change in place; the row stays where it is.

use super::{
    board::{Shown, State},
    row_menu::RowMenu,
};
use crate::{
    domain::{
        company::CompanyRow,
        neighbour::results_of,
        run::RunState,
        time::{Moment, ago},
    },
    ui::components::SyncState,
};
use leptos::{ev::Event, prelude::*};

#[component]
pub fn Row(state: State, shown: Shown) -> impl IntoView {
    let Shown { code, row } = shown;
    let row = RwSignal::from(row);
    let clock = state.clock;
    let starting = {
        let (code, starting) = (code.clone(), state.live.with_value(|live| live.starting.clone()));
        Memo::new(move |_| starting.with(|codes| codes.contains(&code)))
    };
    let errors = Memo::new(move |_| row.with(|row| row.open_errors));
    let name = Signal::derive(move || row.with(|row| row.name.clone()));
    // The list and the place in it go along, so that the results lead on to the next company of the list.
    let results = move || state.filter.with(|filter| row.with(|row| results_of(row, filter)));

    let is_ticked = {
        let code = code.clone();
        move || state.ticked.with(|ticked| ticked.contains(&code))
    };
    let tick = {
        let code = code.clone();
        move |event: Event| {
            state.ticked.update(|ticked| {
                ticked.retain(|one| *one != code);
                if event_target_checked(&event) {
                    ticked.push(code.clone());
                }
            });
        }
    };
    view! {
        <tr>
            <td class="tick">
                <input
                    type="checkbox"
                    name="codes[]"
                    value=code.clone()
                    form="start-ticked"
                    aria-label=move || format!("Select {}", name.get())
                    prop:checked=is_ticked
                    on:change=tick
                />
            </td>
            <th scope="row" class="company">
                <a href=results>{name}</a>
                <span class="second">{code.clone()} " · " {move || row.with(|row| row.currency.clone())}</span>
            </th>
            <td class="connected">
                {move || row.with(|row| row.provider.map_or("–", |provider| provider.label()))}
                // An organisation that is called like the company says nothing new.
                <span class="second">
                    {move || row.with(|row| row.organisation.clone().filter(|there| *there != row.name).unwrap_or_default())}
                </span>
            </td>
            <td class="status">
                <SyncState row starting clock id=format!("status-{code}") reason_cut=true/>
            </td>
            <td class="success" data-label="Last successful sync">
                {move || row.with(|row| row.last_success.as_ref().map_or("Never".into(), |at| at.text.clone()))}
                <span class="second">{move || row.with(|row| since(row.last_success.as_ref(), clock))}</span>
            </td>
            <td class="last" data-label="Last run">
                {move || row.with(|row| row.last_run.as_ref().map_or("–".into(), |run| run.at.text.clone()))}
                <span class="second" class:bad=move || row.with(stopped)>
                    {move || row.with(|row| row.last_run.as_ref().map_or_else(String::new, |run| run.summary.clone()))}
                </span>
            </td>
            <td class="number errors" data-label="Open errors" class:some=move || { errors.get() > 0 }>
                {move || if row.with(|row| row.provider.is_none()) { "–".to_owned() } else { errors.get().to_string() }}
            </td>
            <td class="actions">
                <a class="button" href=results aria-label=move || format!("View results for {}", name.get())>"View results"</a>
                <RowMenu state code name row starting/>
            </td>
        </tr>
    }
}

/// `3 h ago`; read from the clock, so it moves.
fn since(at: Option<&Moment>, clock: RwSignal<i64>) -> String {
    at.map_or_else(String::new, |at| ago(at.ms, clock.get()))
}

fn stopped(row: &CompanyRow) -> bool {
    row.last_run.as_ref().is_some_and(|run| matches!(run.state, RunState::Failed | RunState::Cancelled))
}
