//! The panel of the practice ledger: the accounting side as somebody sees it who works there.

mod documents;
mod lists;

use super::Act;
use crate::{
    domain::{
        person::Role,
        practice::{MAX_DELAY_MS, MAX_RATE_LIMIT, PanelState},
    },
    ui::{
        components::{Badge, Tone},
        may,
    },
};
use documents::Documents;
use leptos::prelude::*;
use lists::Lists;

#[component]
pub fn Panel(code: String, state: PanelState, today: String) -> impl IntoView {
    let state_words = [
        (!state.access, Tone::Warn, "Access revoked".to_string()),
        (state.offline, Tone::Alert, "Offline".to_string()),
        (state.delay_ms > 0, Tone::Info, format!("Slow: {} ms a call", state.delay_ms)),
        (state.rate_limit > 0, Tone::Info, format!("{} calls a minute", state.rate_limit)),
        (state.locked_until.is_some(), Tone::Neutral, format!("Locked to {}", state.locked_until.clone().unwrap_or_default())),
    ];
    let badges = state_words
        .into_iter()
        .filter(|(holds, _, _)| *holds)
        .map(|(_, tone, words)| view! { <Badge tone>{words}</Badge> })
        .collect_view();
    view! {
        <section class="card practice" aria-labelledby="practice">
            <header>
                <h2 id="practice">"Practice ledger"</h2>
                {badges}
            </header>
            <p>
                "The accounting side, as somebody sees it who works there. What is done here is noticed by the next sync, as it would be with any accounting software."
            </p>
            <Behaviour code=code.clone() state=state.clone()/>
            <Lists code=code.clone() state=state.clone()/>
            <Documents code documents=state.documents currency=state.currency today/>
        </section>
    }
    .into_any()
}

/// Whether and how it answers apps.
#[component]
fn Behaviour(code: String, state: PanelState) -> impl IntoView {
    let locked = state.locked_until.unwrap_or_default();
    let open_again =
        (!locked.is_empty()).then(|| view! { <Act to="/api/practice-lock" code=code.clone() words="Open all periods"/> });
    let access = if state.access {
        view! { <Act to="/api/practice-revoke" code=code.clone() words="Revoke access"/> }.into_any()
    } else {
        view! { <p class="second">"Revoked. Reconnect, above under Connection, asks for it anew."</p> }.into_any()
    };
    let (offline, words) = if state.offline { ("false", "Bring it online") } else { ("true", "Take it offline") };
    let number = |id: &'static str, label: &'static str, value: i64, most: i64| {
        view! {
            <div class="field">
                <label for=id>{label}</label>
                <input class="input" id=id name=id type="number" min="0" max=most required value=value/>
            </div>
        }
    };
    view! {
        <h3>"How it answers"</h3>
        <ul class="panel-list">
            <li>
                <div><b>"Access"</b> <p class="second">"Without it the next sync ends in Needs reconnecting; no record fails."</p></div>
                {access}
            </li>
            <li>
                <div><b>"Reachable"</b> <p class="second">"Offline, a sync cannot complete: Incomplete pipeline."</p></div>
                <Act to="/api/practice-offline" code=code.clone() words with=vec![("offline", offline.into())]/>
            </li>
            <li>
                <div><b>"Slow"</b> <p class="second">"Each call takes this long: time to watch a sync In progress. A call is given up after 30,000 ms."</p></div>
                <fieldset class="only" disabled=!may(Role::Manager)>
                    <form class="one-line" method="post" action="/api/practice-delay">
                        <input type="hidden" name="code" value=code.clone()/>
                        {number("delay_ms", "Milliseconds a call", state.delay_ms, MAX_DELAY_MS)}
                        <button class="button">"Set"</button>
                    </form>
                </fieldset>
            </li>
            <li>
                <div><b>"Rate limit"</b> <p class="second">"With a limit a sync pauses until the minute is over. 0: no limit."</p></div>
                <fieldset class="only" disabled=!may(Role::Manager)>
                    <form class="one-line" method="post" action="/api/practice-rate-limit">
                        <input type="hidden" name="code" value=code.clone()/>
                        {number("per_minute", "Calls a minute", state.rate_limit, MAX_RATE_LIMIT)}
                        <button class="button">"Set"</button>
                    </form>
                </fieldset>
            </li>
            <li>
                <div><b>"Locked period"</b> <p class="second">"Documents dated on or before this day are refused: Sync has errors."</p></div>
                <fieldset class="only" disabled=!may(Role::Manager)>
                    <form class="one-line" method="post" action="/api/practice-lock">
                        <input type="hidden" name="code" value=code.clone()/>
                        <div class="field">
                            <label for="until">"Locked up to"</label>
                            <input class="input" id="until" name="until" type="date" required value=locked/>
                        </div>
                        <button class="button">"Lock"</button>
                    </form>
                </fieldset>
                {open_again}
            </li>
        </ul>
    }
    .into_any()
}
