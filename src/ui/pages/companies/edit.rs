//! One company's settings: what it is called, its currency and clock, and the archive.

use super::super::{
    company::{Failure, code_in_address},
    settings::{SettingsPage, SettingsTabs},
};
use crate::{
    api::{reading, settings::company_settings},
    domain::{
        company::{CompanySettings, ListedCompany},
        person::Role,
    },
    ui::{
        components::{Field, Notice, PageHeader, Tone},
        may,
    },
};
use leptos::prelude::*;

/// `/companies/CODE/settings`
#[component]
pub fn CompanySettingsPage() -> impl IntoView {
    let answer = reading(company_settings(code_in_address()));
    let content = async move {
        match answer.await {
            Ok(settings) => view! { <Shown settings/> }.into_any(),
            Err(error) => view! { <Failure error/> }.into_any(),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

#[component]
fn Shown(settings: CompanySettings) -> impl IntoView {
    let CompanySettings { company, has_books } = settings;
    let ListedCompany { code, name, archived, .. } = company.clone();
    let facts = code.clone();
    let crumbs = vec![("/settings/companies".to_string(), "Companies".to_string())];
    let part = match archived {
        Some(at) => view! {
            <Notice tone=Tone::Neutral>
                <p>{format!("Archived {}. It is out of every list, count and schedule, with all it holds; its name, code and organisation stay its own.", at.text)}</p>
                <fieldset class="only" disabled=!may(Role::Manager)>
                    <form method="post" action="/api/restore-company">
                        <input type="hidden" name="code" value=code.clone()/>
                        <button class="button primary">"Restore"</button>
                    </form>
                </fieldset>
            </Notice>
        }
        .into_any(),
        None => view! { <Edit company has_books/> }.into_any(),
    };
    view! {
        <PageHeader title=name crumbs facts/>
        <SettingsTabs current=SettingsPage::Companies below=true/>
        {part}
    }
}

#[component]
fn Edit(company: ListedCompany, has_books: bool) -> impl IntoView {
    let ListedCompany { code, name, currency, time_zone, .. } = company;
    let to_archive = code.clone();
    let currency = if has_books {
        view! {
            <div class="field">
                <label for="currency">"Currency"</label>
                <input class="input" id="currency" name="currency" value=currency readonly aria-describedby="currency-hint"/>
                <p class="hint" id="currency-hint">"Stays as it is: there are documents or a connection in it."</p>
            </div>
        }
        .into_any()
    } else {
        view! {
            <Field
                name="currency"
                label="Currency"
                value=currency
                required=true
                maxlength=3
                hint="The currency its books are kept in, as three letters. It stays once there are documents or a connection."
            />
        }
        .into_any()
    };
    view! {
        <fieldset class="only" disabled=!may(Role::Manager)>
            <form class="card form narrow" method="post" action="/api/edit-company">
                <input type="hidden" name="code" value=code.clone()/>
                <Field name="name" label="Name" value=name required=true maxlength=200/>
                <Field
                    name="new_code"
                    label="Code"
                    value=code.clone()
                    required=true
                    maxlength=12
                    hint="It is in the addresses of the company’s pages: links with the old code lead nowhere."
                />
                {currency}
                <Field
                    name="time_zone"
                    label="Time zone"
                    value=time_zone
                    required=true
                    hint="A name such as Europe/London. Automatic syncs keep to its nights and business hours."
                />
                <div class="row">
                    <button class="button primary">"Save"</button>
                    <a class="button quiet" href="/settings/companies">"Cancel"</a>
                </div>
            </form>
        </fieldset>
        <section class="card narrow stack" aria-labelledby="archive">
            <h2 id="archive">"Archive"</h2>
            <p>
                "An archived company is out of every list, count and schedule. Nothing of it is deleted, and restoring brings it back as it was. \
                While a sync of it is under way it cannot be archived."
            </p>
            <fieldset class="only" disabled=!may(Role::Manager)>
                <form method="post" action="/api/archive-company">
                    <input type="hidden" name="code" value=to_archive/>
                    <button class="button danger">"Archive this company"</button>
                </form>
            </fieldset>
        </section>
    }
    .into_any()
}
