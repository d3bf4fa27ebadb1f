//! What is seldom done with a connection: reconnect, pause, sync from another day, disconnect.

use super::{Act, xero::XeroAgain};
use crate::{
    domain::{
        connection::{Access, ConnectionView, EARLIEST_SYNC_FROM, Integration, TrytonPlace},
        person::Role,
        provider::Provider,
    },
    ui::{
        components::{Choice, Field},
        may,
    },
};
use leptos::prelude::*;

/// Unfolded where access is lost: then one of these is what the page is for.
#[component]
pub fn Advanced(code: String, integration: Integration) -> impl IntoView {
    let ConnectionView { provider, organisation, organisation_id, access, onboarded, sync_from, paused, .. } =
        integration.connection?;
    let reconnect = match (provider, integration.tryton) {
        (Provider::Xero, _) => view! { <XeroAgain code=code.clone() app=integration.xero words="Reconnect"/> }.into_any(),
        (Provider::Tryton, Some(place)) => view! { <AskAgain code=code.clone() place words="Ask for access"/> }.into_any(),
        _ if integration.ledgers.is_empty() => {
            view! { <Act to="/api/reconnect" code=code.clone() words="Reconnect"/> }.into_any()
        }
        _ => {
            let own = (organisation_id, organisation.clone());
            let options: Vec<_> = std::iter::once(own).chain(integration.ledgers).collect();
            let code = code.clone();
            view! {
                <fieldset class="only" disabled=!may(Role::Manager)>
                    <form class="one-line" method="post" action="/api/reconnect">
                        <input type="hidden" name="code" value=code/>
                        <Choice name="ledger" label="Ledger to sign in to" options/>
                        <button class="button">"Reconnect"</button>
                    </form>
                </fieldset>
            }
            .into_any()
        }
    };
    let pause = match &paused {
        Some(_) => view! { <Act to="/api/resume" code=code.clone() words="Resume"/> }.into_any(),
        None => view! { <Act to="/api/pause" code=code.clone() words="Pause"/> }.into_any(),
    };
    let about_reconnect = format!(
        "Obtains a new access. It must lead to {organisation} again; another organisation is refused and nothing changes."
    );
    let can_resync = access == Access::Valid && onboarded.is_some() && paused.is_none();
    let resync = can_resync.then(|| {
        let code = code.clone();
        view! {
            <li id="sync-from">
                <div>
                    <b>"Full sync from another day"</b>
                    <p class="second">
                        "Reads everything anew that is dated from that day on. With an earlier day, documents between the two come in and go \
                        out; with a later one, what is dated before is left alone, and its open problems are closed. Links stay, so nothing is sent twice."
                    </p>
                </div>
                <fieldset class="only" disabled=!may(Role::Manager)>
                    <form class="one-line" method="post" action="/api/sync-from">
                        <input type="hidden" name="code" value=code/>
                        <div class="field">
                            <label for="day">"Sync from"</label>
                            <input
                                class="input"
                                id="day"
                                name="day"
                                type="date"
                                required
                                value=sync_from
                                min=EARLIEST_SYNC_FROM
                                max=integration.today
                            />
                        </div>
                        <button class="button">"Start a full sync"</button>
                    </form>
                </fieldset>
            </li>
        }
    });
    Some(
        view! {
            <details class="more advanced" id="advanced" open={access == Access::Lost}>
                <summary>"Advanced"</summary>
                <ul class="panel-list">
                    <li id="reconnect">
                        <div><b>"Reconnect"</b> <p class="second">{about_reconnect}</p></div>
                        {reconnect}
                    </li>
                    <li id="pause">
                        <div>
                            <b>"Pause"</b>
                            <p class="second">
                                "Nothing starts until somebody resumes it: no schedule, no changes, no hand. A sync under way is finished; what changes \
                                here waits."
                            </p>
                        </div>
                        {pause}
                    </li>
                    {resync}
                    <li id="disconnect">
                        <div>
                            <b>"Disconnect"</b>
                            <p class="second">
                                "The access is forgotten. Records and links stay, and the same organisation can be connected again."
                            </p>
                        </div>
                        <Act to="/api/disconnect" code words="Disconnect" class="danger"/>
                    </li>
                </ul>
            </details>
        }
        .into_any(),
    )
}

/// Asks in Tryton anew, where the company's organisation is.
#[component]
pub fn AskAgain(code: String, place: TrytonPlace, words: &'static str) -> impl IntoView {
    let hint = format!("At {}, database {}.", place.server, place.database);
    view! {
        <fieldset class="only" disabled=!may(Role::Manager)>
            <form class="one-line" method="post" action="/api/reconnect">
                <input type="hidden" name="code" value=code/>
                <Field name="user" label="Tryton user" value=place.user hint required=true maxlength=100 autocomplete="off"/>
                <button class="button">{words}</button>
            </form>
        </fieldset>
    }
    .into_any()
}
