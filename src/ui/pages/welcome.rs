//! The first page of an empty database: practice companies to look around with, or an empty group to fill.

use crate::ui::components::{Field, PageHeader};
use leptos::prelude::*;

#[component]
pub fn WelcomeRoute() -> impl IntoView {
    view! {
        <PageHeader title="Welcome to Tieout" facts="Nothing is here yet. How do you want to begin?"/>
        <div class="columns">
            <section class="card form stack">
                <h2>"Explore with practice companies"</h2>
                <p>
                    "24 companies on practice ledgers in this database. Their syncs really run: some end in balance, others meet an \
                    archived account, a locked period, lost access or a ledger that does not answer. No accounting software is needed."
                </p>
                <form method="post" action="/api/explore-practice">
                    <button class="button primary">"Explore with practice companies"</button>
                </form>
            </section>
            <section class="card form stack">
                <h2>"Start empty"</h2>
                <p>"Name your property group, add its companies, and import their sales documents."</p>
                <form class="stack" method="post" action="/api/start-empty">
                    <Field name="group" label="Name of the group" required=true maxlength=80/>
                    <div class="row"><button class="button">"Start empty"</button></div>
                </form>
            </section>
        </div>
    }
}
