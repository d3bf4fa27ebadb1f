//! Settings, integrations: every company with its connection, narrowed and ordered as the overview is.

mod everything;
mod filters;
mod list;

use super::{
    company::Failure,
    settings::{SettingsPage, SettingsTabs},
};
use crate::{
    api::{reading, settings::integrations},
    domain::{
        filter::{Filter, PAGE_SIZES},
        integrations::{IntegrationsPage, address},
        person::Role,
    },
    ui::{
        components::{Empty, Notice, PageHeader, Pager, Tone},
        may,
    },
};
use everything::{Everything, PauseEverything};
use filters::Filters;
use leptos::prelude::*;
use leptos_router::hooks::use_url;
use list::List;

#[component]
pub fn IntegrationsRoute() -> impl IntoView {
    let query = use_url().with_untracked(|url| url.search().trim_start_matches('?').to_owned());
    let content = async move {
        match reading(integrations(query)).await {
            Ok(Some(page)) if page.facets.companies > 0 => view! { <Shown page/> }.into_any(),
            Ok(_) => view! {
                <PageHeader title=TITLE/>
                <SettingsTabs current=SettingsPage::Integrations/>
                <div class="card">
                    <Empty
                        icon="building"
                        title="No company yet"
                        text="Add the first company of the group, then connect its accounting software."
                    >
                        <a class="button primary" href="/companies/new">"Add company"</a>
                        <a class="button" href="/settings/companies/import">"Import a list…"</a>
                    </Empty>
                </div>
            }
            .into_any(),
            Err(error) => view! { <Failure error/> }.into_any(),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

const TITLE: &str = "Manage integrations and add-ons";

#[component]
fn Shown(page: IntegrationsPage) -> impl IntoView {
    let IntegrationsPage { filter, notices, rows, facets, paused, now } = page;
    let notices: Vec<_> = notices.into_iter().map(|notice| view! { <p>{notice}</p> }).collect();
    let notices = (!notices.is_empty()).then(|| view! { <Notice tone=Tone::Warn>{notices}</Notice> });
    let matching = facets.matching;
    let list = if rows.is_empty() {
        let plain = address(&Filter { sort: filter.sort, rows: filter.rows, ..Filter::default() });
        view! {
            <Empty icon="search" title="Nothing matches" text="No company matches these filters together.">
                <a class="button" href=plain>"Clear filters"</a>
            </Empty>
        }
        .into_any()
    } else {
        view! { <List filter=filter.clone() rows now/> }.into_any()
    };
    let at = filter.clone();
    let (rows_a_page, number) = (filter.rows, filter.page);
    let facts = if facets.companies == 1 { "1 company".to_string() } else { format!("{} companies", facets.companies) };
    let everything = (paused.is_none() && may(Role::Manager)).then(|| view! { <PauseEverything/> });
    view! {
        <PageHeader title=TITLE facts>{everything}</PageHeader>
        <SettingsTabs current=SettingsPage::Integrations/>
        {paused.map(|paused| view! { <Everything paused/> })}
        {notices}
        <Filters filter facets/>
        <div class="card flush">{list}</div>
        <Pager
            total=matching
            rows=rows_a_page
            page=number
            sizes=&PAGE_SIZES
            noun="companies"
            link=move |rows, page| address(&Filter { page, ..at.with(|filter| filter.rows = rows) })
        />
    }
    .into_any()
}
