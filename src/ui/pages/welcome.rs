//! The first page of an empty database: practice companies to look around with, or an empty group to fill.

use crate::{
    api::{overview::quick_links, reading},
    ui::components::{Field, Icon, PageHeader},
};
use leptos::prelude::*;

#[component]
pub fn WelcomeRoute() -> impl IntoView {
    let content = async move {
        // Whoever comes back here has a group by now.
        if reading(quick_links(String::new())).await.is_ok_and(|(group, _)| !group.is_empty()) {
            #[cfg(feature = "ssr")]
            leptos_axum::redirect("/overview");
        }
    };
    view! {
        <Suspense>{Suspend::new(content)}</Suspense>
        <div class="welcome">
            <PageHeader title="Welcome to Tieout"/>
            <p class="lead">
                "One page shows the accounting connection of every company of your property group: what is synced, what is \
                running, what needs you. And each sync ends with a proof that both sides agree to the cent."
            </p>
            <div class="columns">
                <form class="card stack" method="post" action="/api/explore-practice">
                    <Icon name="building"/>
                    <h2>"Look around first"</h2>
                    <p>
                        "24 companies on practice ledgers inside this database. Their syncs really run: most end in balance, others meet \
                        an archived account, a locked period, lost access or a ledger that does not answer. Nothing leaves this machine."
                    </p>
                    <button class="button primary">"Explore with practice companies"</button>
                </form>
                <form class="card stack" method="post" action="/api/start-empty">
                    <Icon name="plus"/>
                    <h2>"Begin with your own"</h2>
                    <Field name="group" label="Name of the property group" hint="It stands at the top of every page." required=true maxlength=80/>
                    <button class="button">"Start empty"</button>
                </form>
            </div>
        </div>
    }
}
