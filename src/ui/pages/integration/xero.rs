//! Xero: with this server's app there, or with a custom connection that an organisation has for itself.

use super::{Act, Scope, Steps};
use crate::{
    domain::{
        connection::{EARLIEST_SYNC_FROM, Integration, XeroApp},
        person::Role,
        schedule::Schedule,
    },
    ui::{
        components::{Field, Notice, Tone},
        may,
    },
};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

/// In the address: the form for a custom connection instead of the one that leads to Xero.
const CUSTOM: (&str, &str) = ("way", "custom");

/// Nothing is connected yet. What was entered before is in the address, where that could not be used.
#[component]
pub fn ConnectXero(code: String, integration: Integration, query: ParamsMap) -> impl IntoView {
    let app = integration.xero.clone();
    let is_custom = !app.is_registered || query.get(CUSTOM.0).as_deref() == Some(CUSTOM.1);
    let register = (!app.is_registered).then(|| view! { <HowToRegister app=app.clone()/> });
    let other = app.is_registered.then(|| {
        let (way, words) = match is_custom {
            true => (String::new(), "Connect with this server’s app instead"),
            false => (format!("&{}={}", CUSTOM.0, CUSTOM.1), "Connect with a custom connection instead"),
        };
        view! { <p><a href=format!("/companies/{code}/integration?software=xero{way}#connect")>{words}</a></p> }
    });
    let addresses = app.is_registered.then(|| view! { <Addresses app=app.clone()/> });
    let today = integration.today;
    let form = if is_custom {
        let sync_from = query.get("from").unwrap_or_else(|| EARLIEST_SYNC_FROM.to_string());
        let schedule = query.get("schedule").and_then(|word| Schedule::parse(&word)).unwrap_or(Schedule::Nightly);
        let client_id = query.get("client_id").unwrap_or_default();
        view! {
            <h3>"Custom connection"</h3>
            <p class="second">
                "An app that one organisation has for itself at Xero (developer.xero.com, My Apps: Custom connection). Nobody has to sign in there."
            </p>
            <fieldset class="only" disabled=!may(Role::Manager)>
                <form class="form" method="post" action="/api/connect-xero-custom">
                    <input type="hidden" name="code" value=code/>
                    <Credentials client_id/>
                    <Scope sync_from schedule today/>
                    <div class="row"><button class="button primary">"Connect"</button></div>
                </form>
            </fieldset>
        }
        .into_any()
    } else {
        view! {
            <Steps now=1/>
            <fieldset class="only" disabled=!may(Role::Manager)>
                <form class="form" method="post" action="/api/connect-xero">
                    <input type="hidden" name="code" value=code/>
                    <p class="second">
                        "You sign in at Xero and choose which organisations Tieout may work with. The password stays there: it is not asked for here."
                    </p>
                    <Scope sync_from=EARLIEST_SYNC_FROM.to_string() schedule=Schedule::Nightly today/>
                    <div class="row"><button class="button primary">"Go on to Xero"</button></div>
                </form>
            </fieldset>
        }
        .into_any()
    };
    view! { {register} {form} {other} {addresses} }.into_any()
}

/// The secret goes in and never comes back.
#[component]
fn Credentials(client_id: String) -> impl IntoView {
    view! {
        <Field name="client_id" label="Client id" value=client_id required=true maxlength=200 autocomplete="off"/>
        <Field
            name="client_secret"
            label="Client secret"
            kind="password"
            required=true
            maxlength=200
            autocomplete="off"
            hint="Kept sealed, and not shown again."
        />
    }
}

/// What whoever runs this server does once, so that companies can be connected with its app.
#[component]
fn HowToRegister(app: XeroApp) -> impl IntoView {
    if !may(Role::Administrator) {
        return view! {
            <Notice tone=Tone::Setup>
                "This server is no app at Xero yet: whoever runs it can add one. With a custom connection you can connect without it."
            </Notice>
        }
        .into_any();
    }
    let webhooks = app.webhooks.map(|address| {
        view! {
            <li>
                "So that what changes there comes in at once: under " <b>"Webhooks"</b> " choose contacts, invoices and credit notes, with the delivery URL "
                <code>{address}</code> "; and set " <code>"xero_webhook_key"</code> " to the key shown there."
            </li>
        }
    });
    view! {
        <Notice tone=Tone::Setup>
            <p>"This server is no app at Xero yet. To connect companies without a custom connection for each:"</p>
            <ol class="numbered">
                <li>"At developer.xero.com, under " <b>"My Apps"</b> ", add a web app with the redirect URI " <code>{app.redirect}</code></li>
                <li>
                    "In tieout.toml set " <code>"xero_client_id"</code> " and " <code>"xero_client_secret"</code> " to what is shown there."
                </li>
                {webhooks}
                <li>"Start Tieout again."</li>
            </ol>
        </Notice>
    }
    .into_any()
}

/// What has to be registered at Xero, of an app that is set.
#[component]
fn Addresses(app: XeroApp) -> impl IntoView {
    let redirect = may(Role::Manager).then(|| {
        view! { <p class="second">"Redirect URI to register at Xero: " <code>{app.redirect}</code></p> }
    });
    let webhooks = app.webhooks.filter(|_| may(Role::Administrator)).map(|address| {
        let then = if app.takes_webhooks { "." } else { "; set xero_webhook_key to the key shown there." };
        view! { <p class="second">"Delivery URL of its webhooks: " <code>{address}</code> {then}</p> }
    });
    view! { {redirect} {webhooks} }
}

/// The ways back to the company's organisation.
#[component]
pub fn XeroAgain(code: String, app: XeroApp, words: &'static str) -> impl IntoView {
    let at_xero =
        (app.custom.is_none() && app.is_registered).then(|| view! { <Act to="/api/reconnect" code=code.clone() words/> });
    let is_other_way = at_xero.is_some();
    let form = view! {
        <fieldset class="only" disabled=!may(Role::Manager)>
            <form class="form" method="post" action="/api/connect-xero-custom">
                <input type="hidden" name="code" value=code/>
                <Credentials client_id=app.custom.unwrap_or_default()/>
                <div class="row"><button class="button">"Use these"</button></div>
            </form>
        </fieldset>
    };
    view! {
        <div class="stack-s">
            {at_xero}
            <details class="more" open=!is_other_way>
                <summary>"With a custom connection"</summary>
                {form}
            </details>
        </div>
    }
    .into_any()
}
