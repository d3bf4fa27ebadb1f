//! The top of a record's page, and what the record is on the other side.

use super::Here;
use crate::{
    domain::{
        company::{CompanyNow, CompanyRow},
        record::view::{LinkState, LinkView},
        time::ago,
    },
    ui::{
        components::{Badge, CompanyPage, CompanyTabs, PageHeader, SyncState, Tone},
        pages::company::{Follow, StartSync},
    },
};
use leptos::prelude::*;

/// Where the record stands, what it is, and how the company's sync is.
#[component]
pub fn RecordHead(here: Here, head: CompanyNow, what: &'static str, label: String, can_change: bool) -> impl IntoView {
    let company = head.row.clone();
    let code = here.code.clone();
    let crumbs = vec![("/overview".into(), "Sync overview".into()), (format!("/companies/{code}/results"), company.name.clone())];
    let facts = format!("{code} · {}", company.currency);
    let liveness = view! { <Follow code=code.clone() cursor=head.cursor now=here.now progress=company.progress.clone()/> };
    let change = can_change.then(|| view! { <a class="button" href=format!("{}?edit=1#change", here.page)>"Change…"</a> });
    let start = view! { <StartSync code=code.clone() blocked=company.sync_blocked/> };
    view! {
        <PageHeader title=format!("{what} {label}") crumbs facts liveness=liveness.into_any()>
            {change}
            {start}
        </PageHeader>
        <CompanyTabs code current=CompanyPage::Results below=true/>
    }
    .into_any()
}

/// The link: which record it is there, which version both hold, and what waits; and how the sync is that carries it.
#[component]
pub fn OtherSide(link: LinkView, company: CompanyRow, now: i64) -> impl IntoView {
    let row = RwSignal::new(company);
    let tone = match link.state {
        LinkState::Linked => Tone::Good,
        LinkState::NotSent => Tone::Neutral,
        LinkState::Unlinked => Tone::Warn,
    };
    let organisation = link.organisation.unwrap_or_else(|| "Nothing yet".into());
    let id = link.external_id.map(|id| {
        let shown = view! { <code>{id}</code> };
        let shown = match link.url {
            Some(url) => view! { <a href=url>{shown}</a> }.into_any(),
            None => shown.into_any(),
        };
        view! { <div class="wide"><dt>"Its id there"</dt><dd>{shown}</dd></div> }
    });
    // The sentence says it where it is the present one.
    let behind = (link.synced_version > 0 && link.synced_version != link.version).then(|| {
        let which = format!("{} of {}", link.synced_version, link.version);
        view! { <div><dt>"Version both sides hold"</dt><dd>{which}</dd></div> }
    });
    let since = link.since.map(|at| {
        let since = ago(at.ms, now);
        view! { <div><dt>"Link last changed"</dt><dd>{at.text} <span class="second">{since}</span></dd></div> }
    });
    view! {
        <section class="card" aria-labelledby="other-side">
            <h2 id="other-side">"On the other side"</h2>
            <p class="row"><Badge tone>{link.state.label()}</Badge> <span>{link.standing}</span></p>
            <dl class="facts-list">
                <div><dt>"Connected to"</dt><dd>{organisation}</dd></div>
                {id}
                {behind}
                {since}
                <div class="status-now">
                    <dt>"Sync of the company"</dt>
                    <dd>
                        <SyncState row clock=RwSignal::new(now) id="company-status"/>
                    </dd>
                </div>
            </dl>
        </section>
    }
    .into_any()
}
