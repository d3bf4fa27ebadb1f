//! Integration settings of one company: connecting, onboarding, schedule, and the practice ledger's panel.

mod matches;
mod panel;

use super::company::{CompanyHead, Failure, code_in_address};
use crate::{
    api::integration::{CompanyIntegration, company_integration},
    domain::{
        connection::{Access, ConnectionView, EARLIEST_SYNC_FROM, Integration},
        schedule::Schedule,
    },
    ui::components::{Choice, CompanyPage, Field, Notice, Tone},
};
use leptos::prelude::*;
use matches::Matches;
use panel::Panel;

#[component]
pub fn IntegrationPage() -> impl IntoView {
    let answer = company_integration(code_in_address());
    view! {
        <Suspense>
            {Suspend::new(async move {
                match answer.await {
                    Ok(CompanyIntegration { company, integration, now }) => {
                        let code = company.code.clone();
                        view! {
                            <CompanyHead company now page=CompanyPage::Integration/>
                            <Settings code integration/>
                        }.into_any()
                    }
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Settings(code: String, integration: Integration) -> impl IntoView {
    let Integration { connection, matching, practice, today, time_zone } = integration;
    let Some(connection) = connection else {
        return view! { <Connect code/> }.into_any();
    };
    let onboarded = connection.onboarded.is_some();
    let matching = matching.filter(|_| !onboarded).map(|report| view! { <Matches code=code.clone() report/> });
    view! {
        {matching}
        <Connection code=code.clone() connection time_zone/>
        {practice.map(|ledger| view! { <Panel code ledger today/> })}
    }
    .into_any()
}

fn schedules() -> Vec<(String, String)> {
    Schedule::ALL.into_iter().map(|schedule| (schedule.as_str().into(), schedule.label().into())).collect()
}

#[component]
fn Connect(code: String) -> impl IntoView {
    view! {
        <form class="card form narrow stack" method="post" action="/api/connect-practice">
            <h2>"Connect a practice ledger"</h2>
            <p>
                "A practice ledger is a little accounting system inside Tieout, with a usual UK chart of accounts and real rules. \
                Nothing is sent before you have checked the matches and confirmed."
            </p>
            <input type="hidden" name="code" value=code/>
            <Field name="sync_from" label="Sync from" kind="date" value=EARLIEST_SYNC_FROM hint="What is dated before this day is left alone."/>
            <Choice name="schedule" label="Automatic sync" options=schedules() value="nightly"/>
            <div class="row"><button class="button primary">"Connect"</button></div>
        </form>
    }
}

#[component]
fn Connection(code: String, connection: ConnectionView, time_zone: String) -> impl IntoView {
    let post = |action: &'static str, words: &'static str, class: &'static str| {
        let code = code.clone();
        view! {
            <form method="post" action=format!("/api/{action}")>
                <input type="hidden" name="code" value=code/>
                <button class=class>{words}</button>
            </form>
        }
    };
    let lost = (connection.access == Access::Lost).then(|| {
        let why = connection.lost_reason.clone().unwrap_or_default();
        view! { <Notice tone=Tone::Bad>{format!("{} no longer lets us in. {why} Nothing is sent until somebody reconnects.", connection.organisation)}</Notice> }
    });
    let back = match connection.access {
        Access::Valid => post("disconnect", "Disconnect", "button"),
        Access::Lost => post("reconnect", "Reconnect", "button primary"),
        Access::Disconnected => post("reconnect", "Connect again", "button primary"),
    };
    view! {
        {lost}
        <section class="card form stack" aria-labelledby="connection">
            <h2 id="connection">"Connection"</h2>
            <dl class="facts-list">
                <div><dt>"Software"</dt><dd>{connection.provider.label()}</dd></div>
                <div><dt>"Organisation"</dt><dd>{connection.organisation}</dd></div>
                <div><dt>"Access"</dt><dd>{connection.access.label()}</dd></div>
                <div><dt>"Connected"</dt><dd>{connection.connected.text}</dd></div>
                <div><dt>"Onboarded"</dt><dd>{connection.onboarded.map_or_else(|| "Not yet".to_string(), |at| at.text)}</dd></div>
                <div><dt>"Sync from"</dt><dd>{connection.sync_from}</dd></div>
                <div><dt>"Next automatic sync"</dt><dd>{connection.next_sync.map_or_else(|| "None".to_string(), |at| at.text)}</dd></div>
            </dl>
            <form class="row" method="post" action="/api/set-schedule">
                <input type="hidden" name="code" value=code.clone()/>
                <Choice name="schedule" label="Automatic sync" options=schedules() value=connection.schedule.as_str()
                    hint=format!("In the company's time zone, {time_zone}.")/>
                <button class="button">"Save schedule"</button>
            </form>
            <div class="row">{back}</div>
        </section>
    }
}
