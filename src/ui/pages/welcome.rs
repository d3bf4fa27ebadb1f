//! The first page of an empty database: practice companies to look around with, or an empty group to fill.

use crate::ui::components::{Field, PageHeader};
use leptos::prelude::*;

#[component]
pub fn WelcomeRoute() -> impl IntoView {
    view! {
        <div class="welcome">
            <PageHeader title="Welcome to Tieout"/>
            <Field name="group" label="Group"/>
        </div>
    }
}
