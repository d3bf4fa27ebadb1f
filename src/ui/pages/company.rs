//! What the pages of one company have in common: the head with its status and actions, and what stands there
//! when the page cannot be read.

use crate::{
    api::ApiError,
    domain::{company::CompanyNow, results::run_address, run::Progress, time::ago},
    ui::{
        components::{CompanyPage, CompanyTabs, Empty, LinkState, PageHeader, SyncState},
        live::live,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

/// The company's code in the address.
pub fn code_in_address() -> String {
    use_params_map().read_untracked().get("code").unwrap_or_default()
}

/// Name, code, status, and the three different facts people ask for: how it is now, when all was last well, and
/// how the last run ended.
#[component]
pub fn CompanyHead(
    head: CompanyNow,
    page: CompanyPage,
    /// The overview's filter the company was reached from, as its query string.
    #[prop(optional, into)]
    list: String,
    /// At the end of the line of pages.
    #[prop(optional)]
    beside: Option<AnyView>,
) -> impl IntoView {
    let (company, now) = (head.row.clone(), head.now);
    let code = company.code;
    let facts = format!("{code} · {}", company.currency);
    let connected_to = match (company.provider, &company.organisation) {
        (Some(provider), Some(organisation)) => format!("{}: {organisation}", provider.label()),
        _ => "Nothing yet".into(),
    };
    let last_run = company.last_run.map(|run| {
        view! { <a href=run_address(&code, &run.id)>{run.at.text}</a> <span class="second">{run.summary}</span> }
    });
    let last_success = company.last_success.map(|at| {
        let since = ago(at.ms, now);
        view! { <time>{at.text}</time> <span class="second">{since}</span> }
    });
    let errors = if company.open_errors == 0 { "number" } else { "number tone-bad toned" };
    let row = RwSignal::new(head.row.clone());
    let follow = view! { <Follow code=code.clone() cursor=head.cursor now progress=head.row.progress/> };
    let start = view! { <StartSync code=code.clone() blocked=company.sync_blocked/> };
    let import = format!("/import?company={code}");
    let overview = if list.is_empty() { "/overview".to_string() } else { format!("/overview?{list}") };
    view! {
        <PageHeader title=company.name crumbs=vec![(overview, "Sync overview".into())] facts liveness=follow.into_any()>
            <a class="button" href=import>"Import…"</a>
            {start}
        </PageHeader>
        <div class="tabs-line"><CompanyTabs code current=page/> {beside}</div>
        <section class="card" aria-label="Where this company stands">
            <dl class="facts-list company-facts">
                <div class="status-now">
                    <dt>"Status"</dt>
                    <dd>
                        <SyncState row clock=RwSignal::new(now) id="company-status"/>
                    </dd>
                </div>
                <div><dt>"Connected to"</dt><dd>{connected_to}</dd></div>
                <div><dt>"Last successful sync"</dt><dd>{last_success.map_or_else(|| "Never".into_any(), IntoAny::into_any)}</dd></div>
                <div><dt>"Last run"</dt><dd>{last_run.map_or_else(|| "None yet".into_any(), IntoAny::into_any)}</dd></div>
                <div><dt>"Open errors"</dt><dd class=errors>{company.open_errors}</dd></div>
            </dl>
        </section>
    }
    .into_any()
}

/// Starts a sync, or says why that cannot be done now.
#[component]
pub fn StartSync(code: String, blocked: Option<String>) -> impl IntoView {
    match blocked {
        Some(reason) => view! {
            <span class="explained">
                <button type="button" class="button primary" aria-disabled="true" aria-describedby="no-sync">"Start sync"</button>
                <span role="tooltip" id="no-sync">{reason}</span>
            </span>
        }
        .into_any(),
        None => view! {
            <form method="post" action="/api/start-sync">
                <input type="hidden" name="codes[]" value=code/>
                <button class="button primary">"Start sync"</button>
            </form>
        }
        .into_any(),
    }
}

/// Keeps the page as the company is, and says whether it does.
#[island]
pub fn Follow(code: String, cursor: i64, now: i64, progress: Option<Progress>) -> impl IntoView {
    let live = live(now);
    let link = RwSignal::from(live.link.clone());
    #[cfg(feature = "hydrate")]
    crate::ui::live::follow(&live, code, cursor, progress);
    #[cfg(not(feature = "hydrate"))]
    let _ = (code, cursor, progress);
    view! { <LinkState link/> }
}

/// In place of a page that cannot be shown. The status of the answer says the same to programs. `away` leads where
/// one may rather want to go.
#[component]
pub fn Failure(error: ApiError, #[prop(optional)] away: Option<(String, &'static str)>) -> impl IntoView {
    let (title, retry) = match &error {
        ApiError::NotFound(_) => ("Not found", false),
        _ => ("This page cannot be shown now", true),
    };
    view! {
        <PageHeader title/>
        <Empty icon="errors" title text=error.to_string()>
            {retry.then(|| view! { <a class="button" href="">"Try again"</a> })}
            {away.map(|(href, words)| view! { <a class="button" href=href>{words}</a> })}
            <a class="button" href="/overview">"Go to overview"</a>
        </Empty>
    }
    .into_any()
}
