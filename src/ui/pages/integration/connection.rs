//! The connection itself: making it, its schedule, giving it up and taking it up again.

use super::Act;
use crate::{
    domain::{
        connection::{Access, ConnectionView, EARLIEST_SYNC_FROM},
        provider::Provider,
        schedule::Schedule,
    },
    ui::components::{Badge, Choice, Notice, Tone},
};
use leptos::prelude::*;

fn schedules() -> Vec<(String, String)> {
    Schedule::ALL.map(|schedule| (schedule.as_str().into(), schedule.label().into())).into()
}

/// Nothing is connected yet.
#[component]
pub fn Connect(code: String, today: String) -> impl IntoView {
    let hint = format!("Documents dated before this day are left alone. {EARLIEST_SYNC_FROM} takes in everything.");
    view! {
        <section class="card narrow" aria-labelledby="connect">
            <h2 id="connect">"Connect accounting software"</h2>
            <form class="form" method="post" action="/api/connect-practice">
                <input type="hidden" name="code" value=code/>
                <fieldset class="field">
                    <legend>"Software"</legend>
                    <label class="choice">
                        <input type="radio" name="provider" value=Provider::Practice.as_str() checked/>
                        <span>
                            <b>{Provider::Practice.label()}</b>
                            <span class="second">
                                "A little accounting system of its own, inside Tieout, with the usual UK chart of accounts and real rules. No account anywhere is needed."
                            </span>
                        </span>
                    </label>
                </fieldset>
                <div class="field">
                    <label for="sync_from">"Sync from"</label>
                    <input class="input" id="sync_from" name="sync_from" type="date" required value=EARLIEST_SYNC_FROM min=EARLIEST_SYNC_FROM
                        max=today aria-describedby="sync_from-hint"/>
                    <p class="hint" id="sync_from-hint">{hint}</p>
                </div>
                <Choice name="schedule" label="Automatic sync" options=schedules() value=Schedule::Nightly.as_str()/>
                <div class="row"><button class="button primary">"Connect"</button></div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
pub fn ConnectionCard(code: String, connection: ConnectionView, time_zone: String) -> impl IntoView {
    let ConnectionView { provider, organisation, access, lost_reason, connected, onboarded, sync_from, schedule, next_sync } =
        connection;
    let (tone, icon) = match access {
        Access::Valid => (Tone::Good, "synced"),
        Access::Lost => (Tone::Warn, "needs-reconnecting"),
        Access::Disconnected => (Tone::Neutral, "not-connected"),
    };
    let onboarding = match (&onboarded, access) {
        (Some(at), _) => format!("Confirmed {}", at.text),
        (None, Access::Valid) => "Unfinished: confirm the matches".into(),
        (None, _) => "Unfinished".into(),
    };
    let next = match (next_sync, schedule) {
        (Some(at), _) => at.text,
        (None, Schedule::Off) => "Only when somebody starts it".into(),
        (None, _) if access != Access::Valid => "When it is connected again".into(),
        (None, _) => "When onboarding is confirmed".into(),
    };
    let advice = match access {
        Access::Valid => None,
        Access::Lost => {
            let why = lost_reason.unwrap_or_else(|| "Access was lost.".into());
            Some((Tone::Warn, format!("{organisation} no longer lets us in. It said: {why}"), "Reconnect"))
        }
        Access::Disconnected => Some((
            Tone::Neutral,
            format!("Disconnected. All links to {organisation} are kept, and only it can be connected again."),
            "Connect again",
        )),
    };
    let advice = advice.map(|(tone, sentence, words)| {
        let act = view! { <Act to="/api/reconnect" code=code.clone() words class="primary"/> };
        view! { <Notice tone><p>{sentence}</p> <div class="row">{act}</div></Notice> }
    });
    let zone = format!("Times are those of {time_zone}.");
    view! {
        <section class="card" aria-labelledby="connection">
            <header>
                <h2 id="connection">"Connection"</h2>
                <Badge tone icon>{access.label()}</Badge>
            </header>
            {advice}
            <dl class="facts-list">
                <div><dt>"Software"</dt><dd>{provider.label()}</dd></div>
                <div><dt>"Organisation"</dt><dd>{organisation}</dd></div>
                <div><dt>"Connected since"</dt><dd>{connected.text}</dd></div>
                <div><dt>"Onboarding"</dt><dd>{onboarding}</dd></div>
                <div><dt>"Sync from"</dt><dd>{sync_from}</dd></div>
                <div><dt>"Next automatic sync"</dt><dd>{next}</dd></div>
            </dl>
            <div class="settings">
                <form class="one-line" method="post" action="/api/set-schedule">
                    <input type="hidden" name="code" value=code.clone()/>
                    <Choice name="schedule" label="Automatic sync" options=schedules() value=schedule.as_str() hint=zone/>
                    <button class="button">"Save"</button>
                </form>
                {(access != Access::Disconnected).then(|| view! {
                    <details class="more">
                        <summary>"Advanced"</summary>
                        <div class="stack">
                            <div class="stack-s">
                                <p>"Reconnect: obtains a new grant from the same organisation. Use it when access was lost there."</p>
                                <div class="row"><Act to="/api/reconnect" code=code.clone() words="Reconnect"/></div>
                            </div>
                            <div class="stack-s">
                                <p>"Disconnect: nothing is sent or received any more. Records and links stay, and the same organisation can be connected again."</p>
                                <div class="row"><Act to="/api/disconnect" code=code.clone() words="Disconnect" class="danger"/></div>
                            </div>
                        </div>
                    </details>
                })}
            </div>
        </section>
    }
    .into_any()
}
