//! The Sync Overview: every company of the group, how its connection is, and what to do about it.

#[cfg(feature = "hydrate")]
mod address;
mod board;
mod changes;
mod filters;
mod head;
mod list;
mod row;
mod row_menu;
mod tiles;

use crate::{
    api::{overview::overview, reading},
    ui::components::{Empty, PageHeader},
};
use board::Board;
use leptos::{either::EitherOf3, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_url;

#[component]
pub fn OverviewRoute() -> impl IntoView {
    let query = use_url().with_untracked(|url| url.search().trim_start_matches('?').to_owned());
    let content = async move {
        match reading(overview(query.clone())).await {
            Ok(Some(page)) => EitherOf3::A(view! {
                <Title text="Sync overview · Tieout"/>
                <Board page/>
            }),
            Ok(None) => {
                #[cfg(feature = "ssr")]
                leptos_axum::redirect("/welcome");
                EitherOf3::B(())
            }
            Err(error) => EitherOf3::C(view! {
                <PageHeader title="Sync overview"/>
                <div class="card">
                    <Empty icon="errors" title="The overview cannot be loaded" text=error.to_string()>
                        <a class="button primary" href=format!("/overview?{query}")>"Try again"</a>
                    </Empty>
                </div>
            }),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}
