//! Integration settings of one company: connect, onboard, and look after the connection; and the panel of the practice
//! ledger, where it is connected to one.

mod advanced;
mod asked;
mod connect;
mod connection;
mod onboarding;
mod practice;
mod xero;

use super::company::{CompanyHead, Failure, code_in_address};
use crate::{
    api::{
        integration::{CompanyIntegration, company_integration},
        reading,
    },
    domain::{
        connection::{Access, EARLIEST_SYNC_FROM},
        person::Role,
        schedule::Schedule,
    },
    ui::{
        components::{Choice, CompanyPage},
        may,
    },
};
use asked::AskedCard;
use connect::Connect;
use connection::ConnectionCard;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use onboarding::Onboarding;
use practice::Panel;

#[component]
pub fn IntegrationPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let answer = reading(company_integration(code_in_address(), query.get("document")));
    let content = async move {
        let CompanyIntegration { head, integration } = match answer.await {
            Ok(answer) => answer,
            Err(error) => return view! { <Failure error/> }.into_any(),
        };
        let code = head.row.code.clone();
        let onboarded = integration.connection.as_ref().is_some_and(|connection| connection.onboarded.is_some());
        let valid = integration.connection.as_ref().is_some_and(|connection| connection.access == Access::Valid);
        let matching = integration.matching.clone().filter(|_| valid);
        let matching = matching.map(|report| view! { <Onboarding code=code.clone() report onboarded/> });
        let panel = integration.practice.clone();
        let panel = panel.map(|state| view! { <Panel code=code.clone() state today=integration.today.clone()/> });
        let connecting = integration.connection.is_none();
        let asked = integration.asked.clone().map(|asked| {
            let today = integration.today.clone();
            view! { <AskedCard code=code.clone() asked today connecting/> }
        });
        let connection = match (&integration.connection, &asked) {
            (None, Some(_)) => None,
            (None, None) => Some(view! { <Connect code=code.clone() integration query/> }.into_any()),
            (Some(_), _) => Some(view! { <ConnectionCard code=code.clone() integration/> }.into_any()),
        };
        view! {
            <CompanyHead head page=CompanyPage::Integration/>
            {asked}
            // While onboarding waits for its confirmation, that is what the page is for.
            {if onboarded { (connection, matching, None) } else { (None, matching, connection) }}
            {panel}
        }
        .into_any()
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

/// A button that posts, with what it is about.
#[component]
fn Act(
    /// The server function's address.
    to: &'static str,
    code: String,
    words: &'static str,
    #[prop(optional)] class: &'static str,
    /// Names and values of further fields.
    #[prop(optional)]
    with: Vec<(&'static str, String)>,
    /// What of several it is about, for those who hear the button alone.
    #[prop(optional, into)]
    of: String,
) -> impl IntoView {
    let fields = with.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    view! {
        <fieldset class="only" disabled=!may(Role::Manager)>
            <form method="post" action=to>
                <input type="hidden" name="code" value=code/>
                {fields}
                <button class=format!("button {class}")>
                    {words} {(!of.is_empty()).then(|| view! { <span class="visually-hidden">" " {of}</span> })}
                </button>
            </form>
        </fieldset>
    }
    .into_any()
}

/// From which day documents count, and when it syncs by itself.
#[component]
fn Scope(sync_from: String, schedule: Schedule, today: String) -> impl IntoView {
    let hint = format!("Documents dated before this day are left alone. {EARLIEST_SYNC_FROM} takes in everything.");
    let schedules: Vec<_> = Schedule::ALL.map(|schedule| (schedule.as_str().into(), schedule.label().into())).into();
    view! {
        <div class="field">
            <label for="sync_from">"Sync from"</label>
            <input
                class="input"
                id="sync_from"
                name="sync_from"
                type="date"
                required
                value=sync_from
                min=EARLIEST_SYNC_FROM
                max=today
                aria-describedby="sync_from-hint"
            />
            <p class="hint" id="sync_from-hint">{hint}</p>
        </div>
        <Choice name="schedule" label="Automatic sync" options=schedules value=schedule.as_str()/>
    }
    .into_any()
}

/// The way to a connection whose access somebody has to approve; `now` counts from 1.
#[component]
fn Steps(now: usize) -> impl IntoView {
    const STEPS: [&str; 4] = ["Ask for access", "Approve it there", "Choose the organisation", "Match and confirm"];
    let steps: Vec<_> = STEPS
        .into_iter()
        .enumerate()
        .map(|(place, words)| {
            let (number, done) = (place + 1, place + 1 < now);
            let said = if done { view! { <span class="visually-hidden">"Done: "</span> }.into_any() } else { ().into_any() };
            view! { <li class:done=done aria-current=(number == now).then_some("step")>{said} {words}</li> }
        })
        .collect();
    view! { <ol class="way" aria-label="Steps">{steps}</ol> }.into_any()
}
