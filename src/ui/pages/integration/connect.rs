//! Nothing is connected yet: which software, and where.

use super::{Scope, Steps, xero::ConnectXero};
use crate::{
    domain::{
        connection::{EARLIEST_SYNC_FROM, Integration},
        person::Role,
        provider::Provider,
        schedule::Schedule,
    },
    ui::{
        components::{Choice, Field},
        may,
    },
};
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

/// What was entered before is in the address, where that could not be used.
#[component]
pub fn Connect(code: String, integration: Integration, query: ParamsMap) -> impl IntoView {
    let chosen = query.get("software").and_then(|word| Provider::parse(&word)).unwrap_or(Provider::Practice);
    let links: Vec<_> = Provider::ALL
        .into_iter()
        .map(|provider| {
            let href = format!("/companies/{code}/integration?software={}#connect", provider.as_str());
            view! {
                <a href=href aria-current=(provider == chosen).then_some("true")>
                    <b>{provider.label()}</b>
                    <span class="second">{about(provider)}</span>
                </a>
            }
        })
        .collect();
    let form = match chosen {
        Provider::Practice => view! { <Practice code integration/> }.into_any(),
        Provider::Tryton => view! { <Tryton code integration query/> }.into_any(),
        Provider::Xero => view! { <ConnectXero code integration query/> }.into_any(),
    };
    view! {
        <section class="card narrow stack" aria-labelledby="connect">
            <h2 id="connect">"Connect accounting software"</h2>
            <nav class="software" aria-label="Accounting software">{links}</nav>
            {form}
        </section>
    }
    .into_any()
}

fn about(provider: Provider) -> &'static str {
    match provider {
        Provider::Practice => {
            "A little accounting system inside Tieout, with the usual UK chart of accounts and real rules. No account anywhere is needed."
        }
        Provider::Tryton => "A Tryton server, version 8.2. One of its users lets Tieout in; somebody approves that in Tryton.",
        Provider::Xero => "An organisation in Xero. You sign in there, and choose which organisations Tieout may work with.",
    }
}

#[component]
fn Practice(code: String, integration: Integration) -> impl IntoView {
    let ledgers = (!integration.ledgers.is_empty()).then(|| {
        let new = (String::new(), "A new ledger".to_string());
        let options = std::iter::once(new).chain(integration.ledgers).collect::<Vec<_>>();
        view! { <Choice name="ledger" label="Ledger" options hint="A new one, or one that serves no company."/> }
    });
    view! {
        <fieldset class="only" disabled=!may(Role::Manager)>
            <form class="form" method="post" action="/api/connect-practice">
                <input type="hidden" name="code" value=code/>
                {ledgers}
                <Scope sync_from=EARLIEST_SYNC_FROM.to_string() schedule=Schedule::Nightly today=integration.today/>
                <div class="row"><button class="button primary">"Connect"</button></div>
            </form>
        </fieldset>
    }
}

#[component]
fn Tryton(code: String, integration: Integration, query: ParamsMap) -> impl IntoView {
    let entered = |name: &str| query.get(name).unwrap_or_default();
    let sync_from = query.get("from").unwrap_or_else(|| EARLIEST_SYNC_FROM.to_string());
    let schedule = Schedule::parse(&entered("schedule")).unwrap_or(Schedule::Nightly);
    view! {
        <Steps now=1/>
        <fieldset class="only" disabled=!may(Role::Manager)>
            <form class="form" method="post" action="/api/connect-tryton">
                <input type="hidden" name="code" value=code/>
                <Field
                    name="server"
                    label="Server address"
                    value=entered("server")
                    required=true
                    maxlength=200
                    autocomplete="off"
                    hint="As it is opened in a browser, such as https://books.example.com"
                />
                <div class="fields">
                    <Field name="database" label="Database" value=entered("database") required=true maxlength=100 autocomplete="off"/>
                    <Field name="user" label="Tryton user" value=entered("user") required=true maxlength=100 autocomplete="off"/>
                </div>
                <p class="second">
                    "Tieout acts in the name of this user and may do what the user may. The password stays in Tryton: it is not asked for here."
                </p>
                <Scope sync_from schedule today=integration.today/>
                <div class="row"><button class="button primary">"Ask for access"</button></div>
            </form>
        </fieldset>
    }
}
