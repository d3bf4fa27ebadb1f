//! The connection itself: what it is, how it does, and when it syncs.

use super::{Act, advanced::Advanced, xero::XeroAgain};
use crate::{
    domain::{
        connection::{Access, ConnectionView, Integration},
        person::Role,
        provider::Provider,
        schedule::Schedule,
    },
    ui::{
        components::{Badge, Choice, Notice, Tone},
        may,
    },
};
use leptos::prelude::*;

#[component]
pub fn ConnectionCard(code: String, integration: Integration) -> impl IntoView {
    let connection = integration.connection.clone()?;
    let (tone, icon, words) = match (connection.access, &connection.paused) {
        (Access::Valid, Some(_)) => (Tone::Neutral, "pause", "Paused"),
        (Access::Valid, None) => (Tone::Good, "synced", Access::Valid.label()),
        (Access::Lost, _) => (Tone::Warn, "needs-reconnecting", Access::Lost.label()),
        (Access::Disconnected, _) => (Tone::Neutral, "not-connected", Access::Disconnected.label()),
    };
    let schedules: Vec<_> = Schedule::ALL.map(|schedule| (schedule.as_str().into(), schedule.label().into())).into();
    Some(
        view! {
            <section class="card" aria-labelledby="connection">
                <header>
                    <h2 id="connection">"Connection"</h2>
                    <Badge tone icon>{words}</Badge>
                </header>
                <Advice code=code.clone() integration=integration.clone()/>
                <Facts code=code.clone() connection=connection.clone() budget=integration.budget.clone() time_zone=integration.time_zone.clone()/>
                <div class="settings">
                    <fieldset class="only" disabled=!may(Role::Manager)>
                        <form class="one-line" method="post" action="/api/set-schedule">
                            <input type="hidden" name="code" value=code.clone()/>
                            <Choice name="schedule" label="Automatic sync" options=schedules value=connection.schedule.as_str()/>
                            <button class="button">"Save"</button>
                        </form>
                    </fieldset>
                </div>
                {(connection.access != Access::Disconnected).then(|| view! { <Advanced code integration/> })}
            </section>
        }
        .into_any(),
    )
}

/// What there is to do about it.
#[component]
fn Advice(code: String, integration: Integration) -> impl IntoView {
    let ConnectionView { provider, organisation, access, lost_reason, paused, .. } = integration.connection?;
    let asks = integration.asked.is_some();
    let notice = match access {
        Access::Valid => {
            let paused = paused?;
            let with = if paused.with_everything { ", together with everything" } else { "" };
            let sentence = format!(
                "Paused by {}, {}{with}. Nothing is sent or received; what changes here waits, and goes when it is resumed.",
                paused.by, paused.at.text
            );
            let act = view! { <Act to="/api/resume" code words="Resume" class="primary"/> };
            view! { <Notice tone=Tone::Neutral><p>{sentence}</p> <div class="row">{act}</div></Notice> }.into_any()
        }
        Access::Lost => {
            let why = lost_reason.unwrap_or_else(|| "Access was lost.".into());
            let sentence = format!("{organisation} no longer lets us in. It said: {why}");
            let act = match provider {
                _ if asks => view! { <a class="button" href="#waiting">"Go to the request that waits"</a> }.into_any(),
                Provider::Practice => view! { <Act to="/api/reconnect" code words="Reconnect" class="primary"/> }.into_any(),
                Provider::Tryton => view! { <a class="button primary" href="#reconnect">"Reconnect…"</a> }.into_any(),
                Provider::Xero if integration.xero.custom.is_some() || !integration.xero.is_registered => {
                    view! { <a class="button primary" href="#reconnect">"Reconnect…"</a> }.into_any()
                }
                Provider::Xero => view! { <Act to="/api/reconnect" code words="Reconnect at Xero" class="primary"/> }.into_any(),
            };
            view! { <Notice tone=Tone::Warn><p>{sentence}</p> <div class="row">{act}</div></Notice> }.into_any()
        }
        Access::Disconnected => {
            let sentence = format!("Disconnected. All links to {organisation} are kept, and only it can be connected again.");
            let act = match (provider, integration.tryton) {
                _ if asks => ().into_any(),
                (Provider::Tryton, Some(place)) => {
                    view! { <super::advanced::AskAgain code place words="Connect again"/> }.into_any()
                }
                (Provider::Xero, _) => view! { <XeroAgain code app=integration.xero words="Connect again"/> }.into_any(),
                _ => view! { <Act to="/api/reconnect" code words="Connect again" class="primary"/> }.into_any(),
            };
            view! { <Notice tone=Tone::Neutral><p id="reconnect">{sentence}</p> <div class="row">{act}</div></Notice> }.into_any()
        }
    };
    Some(notice)
}

#[component]
fn Facts(code: String, connection: ConnectionView, budget: Option<String>, time_zone: String) -> impl IntoView {
    let ConnectionView { provider, organisation, organisation_id, access, .. } = connection;
    let by = match connection.connected_by.as_str() {
        "" => String::new(),
        by => format!("by {by}"),
    };
    let onboarding = match (&connection.onboarded, access) {
        (Some(at), _) => format!("Confirmed {}", at.text),
        (None, Access::Valid) => "Unfinished: confirm the matches".into(),
        (None, _) => "Unfinished".into(),
    };
    let next = match (connection.next_sync, connection.schedule) {
        (Some(at), _) => at.text,
        (None, Schedule::Off) => "Only when somebody starts it".into(),
        (None, _) if access != Access::Valid => "When it is connected again".into(),
        (None, _) if connection.paused.is_some() => "When it is resumed".into(),
        (None, _) => "When onboarding is confirmed".into(),
    };
    let (checked, outcome, bad) = match connection.probe {
        None => ("Not yet".to_string(), String::new(), false),
        Some(probe) => match probe.error {
            None => (probe.at.text, "It let us in".into(), false),
            Some(error) => (probe.at.text, error, true),
        },
    };
    let next_check = connection.next_probe.map(|at| format!("Next {}", at.text));
    let can = access == Access::Valid;
    let check = can.then(|| view! { <Act to="/api/probe" code words="Check now" class="small"/> });
    let limit = match (budget, access) {
        (Some(words), _) => words,
        (None, _) => "No limit known".into(),
    };
    // Where it is, where the organisation's id is an address.
    let place = organisation_id.starts_with("http").then(|| organisation_id.clone());
    let software = provider.label();
    view! {
        <dl class="facts-list connection-facts">
            <div><dt>"Software"</dt><dd>{software} <span class="second">{place}</span></dd></div>
            <div><dt>"Organisation"</dt><dd>{organisation}</dd></div>
            <div><dt>"Connected"</dt><dd>{connection.connected.text} <span class="second">{by}</span></dd></div>
            <div><dt>"Onboarding"</dt><dd>{onboarding}</dd></div>
            <div><dt>"Sync from"</dt><dd>{connection.sync_from}</dd></div>
            <div><dt>"Next automatic sync"</dt><dd>{next} <span class="second">"Times of " {time_zone}</span></dd></div>
            <div>
                <dt>"Last check of the access"</dt>
                <dd>
                    {checked} <span class="second" class:bad=bad>{outcome}</span> <span class="second">{next_check}</span>
                    {check}
                </dd>
            </div>
            <div><dt>"Rate limit"</dt><dd>{limit}</dd></div>
        </dl>
    }
    .into_any()
}
