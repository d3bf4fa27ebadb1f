//! Integration settings of one company: connect, onboard, schedule, disconnect and reconnect; and the panel of the
//! practice ledger, where it is connected to one.

mod connection;
mod onboarding;
mod practice;

use super::company::{CompanyHead, Failure, code_in_address};
use crate::{
    api::{
        integration::{CompanyIntegration, company_integration},
        reading,
    },
    domain::connection::Access,
    ui::components::CompanyPage,
};
use connection::{Connect, ConnectionCard};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use onboarding::Onboarding;
use practice::Panel;

#[component]
pub fn IntegrationPage() -> impl IntoView {
    let answer = reading(company_integration(code_in_address(), use_query_map().read_untracked().get("document")));
    let content = async move {
        let CompanyIntegration { head, integration } = match answer.await {
            Ok(answer) => answer,
            Err(error) => return view! { <Failure error/> }.into_any(),
        };
        let code = head.row.code.clone();
        let onboarded = integration.connection.as_ref().is_some_and(|connection| connection.onboarded.is_some());
        let valid = integration.connection.as_ref().is_some_and(|connection| connection.access == Access::Valid);
        let connection = match integration.connection {
            None => view! { <Connect code=code.clone() today=integration.today.clone()/> }.into_any(),
            Some(connection) => {
                view! { <ConnectionCard code=code.clone() connection time_zone=integration.time_zone/> }.into_any()
            }
        };
        let matching =
            integration.matching.filter(|_| valid).map(|report| view! { <Onboarding code=code.clone() report onboarded/> });
        let panel = integration.practice.map(|state| view! { <Panel code state today=integration.today/> });
        view! {
            <CompanyHead head page=CompanyPage::Integration/>
            // While onboarding waits for its confirmation, that is what the page is for.
            {if onboarded { (Some(connection), matching, None) } else { (None, matching, Some(connection)) }}
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
        <form method="post" action=to>
            <input type="hidden" name="code" value=code/>
            {fields}
            <button class=format!("button {class}")>
                {words} {(!of.is_empty()).then(|| view! { <span class="visually-hidden">" " {of}</span> })}
            </button>
        </form>
    }
    .into_any()
}
