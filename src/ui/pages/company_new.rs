//! Adding a company to the group.

use crate::{
    domain::person::Role,
    ui::{
        components::{Field, PageHeader},
        may,
    },
};
use leptos::prelude::*;

#[component]
pub fn NewCompanyPage() -> impl IntoView {
    view! {
        <PageHeader title="Add a company" crumbs=vec![("/overview".into(), "Sync overview".into())]/>
        <fieldset class="only" disabled=!may(Role::Manager)>
            <form class="card form narrow stack" method="post" action="/api/add-company">
                <Field name="name" label="Name" required=true maxlength=200/>
                <Field name="code" label="Code" maxlength=12 hint="A short code for links. Left empty, it is made from the initials of the name."/>
                <Field name="currency" label="Currency" value="GBP" required=true maxlength=3 hint="The currency its books are kept in, as three letters."/>
                <Field name="time_zone" label="Time zone" value="Europe/London" required=true hint="Automatic syncs keep to its nights and business hours."/>
                <div class="row"><button class="button primary">"Add company"</button> <a class="button quiet" href="/overview">"Cancel"</a></div>
            </form>
        </fieldset>
    }
}
