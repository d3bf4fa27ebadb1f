//! Access that was asked for: what has to be done in the accounting software, and then which organisation it is for.

use super::{Act, Scope, Steps};
use crate::{
    domain::{
        connection::{Asked, OrganisationChoice},
        person::Role,
        provider::Provider,
        status::SyncStatus,
    },
    ui::{
        components::{Badge, Notice, Tone},
        may,
    },
};
use leptos::prelude::*;

/// `connecting`: for a company without a connection; else access to its organisation is to be taken up again.
#[component]
pub fn AskedCard(code: String, asked: Asked, today: String, connecting: bool) -> impl IntoView {
    let software = asked.provider.label();
    let chooses = connecting && asked.approved;
    let (tone, icon, words) = match (&asked.trouble, asked.approved) {
        (Some(_), _) => (Tone::Warn, "errors", "Needs a look"),
        (None, true) => (Tone::Good, "tick", "Approved"),
        (None, false) => (Tone::Setup, "incomplete-onboarding", "Waiting for approval"),
    };
    let title = if connecting { format!("Connect {software}") } else { format!("Reconnect {software}") };
    let id = if connecting { "connect" } else { "waiting" };
    let trouble = asked.trouble.clone().map(|sentence| view! { <Notice tone=Tone::Warn>{sentence}</Notice> });
    let asked_at = format!("Asked by {}, {}.", asked.by, asked.at.text);
    let looked = asked.looked.as_ref().map(|at| format!(" Last looked {}; it is looked at by itself.", at.text));
    let part = if chooses {
        view! { <Organisations code=code.clone() asked=asked.clone() today/> }.into_any()
    } else if asked.approved {
        view! { <p>"Access was given, but it does not lead to this company’s organisation. Ask again in the name of a user who works for it."</p> }
            .into_any()
    } else if asked.provider == Provider::Xero {
        view! { <GoOn way_out=asked.way_out.clone()/> }.into_any()
    } else {
        view! { <HowToApprove asked=asked.clone() connecting/> }.into_any()
    };
    view! {
        <section class="card narrow stack" aria-labelledby=id>
            <header class="row">
                <h2 id=id>{title}</h2>
                <Badge tone icon>{words}</Badge>
            </header>
            {connecting.then(|| view! { <Steps now=if chooses { 3 } else { 2 }/> })}
            {trouble}
            {part}
            <div class="row">
                {(asked.provider != Provider::Xero).then(|| {
                    let class = if chooses { "" } else { "primary" };
                    view! { <Act to="/api/check-access" code=code.clone() words="Check again" class/> }
                })}
                <Act to="/api/cancel-access" code words="Cancel"/>
            </div>
            <p class="second">{asked_at} {looked}</p>
        </section>
    }
    .into_any()
}

/// Somebody agrees on a page of Xero's.
#[component]
fn GoOn(way_out: Option<String>) -> impl IntoView {
    let way_out = way_out.filter(|_| may(Role::Manager));
    view! {
        <div class="stack-s">
            <p>"Sign in at Xero, choose the organisation, and agree. Xero then sends you back to this page."</p>
            {way_out.map(|href| view! { <div class="row"><a class="button primary" href=href rel="external noreferrer">"Go on to Xero"</a></div> })}
        </div>
    }
}

/// What somebody does in Tryton.
#[component]
fn HowToApprove(asked: Asked, connecting: bool) -> impl IntoView {
    let status = if connecting { SyncStatus::IncompleteOnboarding } else { SyncStatus::NeedsReconnecting };
    let meanwhile = format!(
        "You can leave this page: the request is kept, and the company stays in {} until it is approved. Nothing there? The user’s \
        name may be mistaken, or an older request waits: Tryton keeps one a user. Cancel, and ask again.",
        status.label()
    );
    view! {
        <div class="stack-s">
            <p>"A request for access waits in Tryton: " <b>{asked.place}</b></p>
            <ol class="numbered">
                <li>"Sign in to Tryton as this user."</li>
                <li>"Open the user menu, then " <b>"Preferences"</b> ", and there " <b>"Applications"</b> "."</li>
                <li>"Open the application " <b>"rest"</b> " that is " <b>"Requested"</b> ", and choose " <b>"Validate"</b> "."</li>
            </ol>
            <p class="second">{meanwhile}</p>
        </div>
    }
}

#[component]
fn Organisations(code: String, asked: Asked, today: String) -> impl IntoView {
    let advice = match asked.provider {
        Provider::Xero => "None of these can be connected. Cancel, ask again, and choose another organisation at Xero.",
        _ => "None of these can be connected. Add the user to another company in Tryton, and check again.",
    };
    let free = asked.choices.iter().filter(|choice| choice.blocked.is_none()).count();
    let choices: Vec<_> = asked.choices.iter().cloned().map(|choice| row(choice, free == 1)).collect();
    let none = (free == 0).then(|| {
        view! {
            <Notice tone=Tone::Setup>{advice}</Notice>
        }
    });
    view! {
        <fieldset class="only" disabled=!may(Role::Manager)>
            <form class="form" id="choose" method="post" action="/api/choose-organisation">
                <input type="hidden" name="code" value=code/>
                <fieldset class="field">
                    <legend>"Organisation"</legend>
                    {choices}
                </fieldset>
                {none}
                {(free > 0).then(|| view! {
                    <Scope sync_from=asked.sync_from schedule=asked.schedule today/>
                    <div class="row"><button class="button primary">"Connect"</button></div>
                })}
            </form>
        </fieldset>
    }
}

fn row(choice: OrganisationChoice, only: bool) -> impl IntoView {
    let OrganisationChoice { id, name, currency, blocked } = choice;
    let (can, words) = (blocked.is_none(), blocked.unwrap_or(currency));
    view! {
        <label class="choice" class:off=!can>
            <input type="radio" name="organisation" value=id required disabled=!can checked={can && only}/>
            <span><b>{name}</b> <span class="second">{words}</span></span>
        </label>
    }
}
