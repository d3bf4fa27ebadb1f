//! Accounts, tax rates and contacts: one to archive, and the archived ones to restore.

use super::super::Act;
use crate::{
    domain::{person::Role, practice::PanelState},
    ui::may,
};
use leptos::prelude::*;

/// A value and its words.
type Named = (String, String);

#[component]
pub fn Lists(code: String, state: PanelState) -> impl IntoView {
    let (archived, kept): (Vec<_>, Vec<_>) =
        state.accounts.into_iter().filter(|account| !account.system).partition(|account| account.archived);
    let named =
        |account: crate::domain::practice::PanelAccount| (account.code.clone(), format!("{} {}", account.code, account.name));
    let (archived, kept) = (archived.into_iter().map(named).collect(), kept.into_iter().map(named).collect());
    let rates = state.tax_rates.into_iter().map(|rate| (rate.archived, (rate.name.clone(), rate.name)));
    let (archived_rates, kept_rates) = split(rates);
    let contacts = state.contacts.into_iter().map(|contact| (contact.archived, (contact.name.clone(), contact.name)));
    let (archived_contacts, kept_contacts) = split(contacts);
    view! {
        <h3>"What it holds"</h3>
        <ul class="panel-list">
            <List code=code.clone() to="/api/practice-account" field="account" title="Accounts" label="Account to archive"
                what="Lines on an archived account are refused, record by record." kept archived/>
            <List code=code.clone() to="/api/practice-tax-rate" field="tax_rate" title="Tax rates" label="Tax rate to archive"
                what="Lines with an archived tax rate are refused." kept=kept_rates archived=archived_rates/>
            <List code to="/api/practice-contact" field="contact" title="Contacts" label="Contact to archive"
                what="New documents of an archived contact are refused. Those changed last are listed." kept=kept_contacts archived=archived_contacts/>
        </ul>
    }
    .into_any()
}

fn split(items: impl Iterator<Item = (bool, Named)>) -> (Vec<Named>, Vec<Named>) {
    let (archived, kept): (Vec<_>, Vec<_>) = items.partition(|(archived, _)| *archived);
    let plain = |items: Vec<(bool, Named)>| items.into_iter().map(|(_, item)| item).collect();
    (plain(archived), plain(kept))
}

#[component]
fn List(
    code: String,
    to: &'static str,
    field: &'static str,
    title: &'static str,
    label: &'static str,
    what: &'static str,
    kept: Vec<Named>,
    archived: Vec<Named>,
) -> impl IntoView {
    let options = kept.iter().map(|(value, words)| view! { <option value=value.clone()>{words.clone()}</option> }).collect_view();
    let restore = archived
        .into_iter()
        .map(|(value, words)| {
            let with = vec![(field, value), ("archived", "false".into())];
            view! {
                <li class="row">
                    <span>{words.clone()} " is archived"</span>
                    <Act to code=code.clone() words="Restore" class="small" with of=words/>
                </li>
            }
        })
        .collect_view();
    let form = (!kept.is_empty()).then(|| {
        view! {
            <fieldset class="only" disabled=!may(Role::Manager)>
                <form class="one-line" method="post" action=to>
                    <input type="hidden" name="code" value=code.clone()/>
                    <input type="hidden" name="archived" value="true"/>
                    <div class="field">
                        <label for=format!("archive-{field}")>{label}</label>
                        <select class="select" id=format!("archive-{field}") name=field>{options}</select>
                    </div>
                    <button class="button">"Archive"</button>
                </form>
            </fieldset>
        }
    });
    let has_archived = !restore.is_empty();
    view! {
        <li>
            <div><b>{title}</b> <p class="second">{what}</p></div>
            {form}
            {has_archived.then(|| view! { <ul class="stack-s archived">{restore}</ul> })}
        </li>
    }
    .into_any()
}
