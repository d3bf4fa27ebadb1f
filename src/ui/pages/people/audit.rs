//! The audit log: who did what, from where.

use super::super::{
    company::Failure,
    settings::{SettingsPage, SettingsTabs},
};
use crate::{
    api::{
        people::{AuditPage, audit_log},
        reading,
    },
    domain::person::AuditEntry,
    ui::components::{Badge, Empty, PageHeader, SearchField, Tone},
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// `/settings/audit?q=…&before=…`
#[component]
pub fn AuditLogPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let (text, before) = (query.get("q").unwrap_or_default(), query.get("before").unwrap_or_default());
    let answer = reading(audit_log(text, before));
    let content = async move {
        match answer.await {
            Ok(page) => view! { <Shown page/> }.into_any(),
            Err(error) => view! { <Failure error/> }.into_any(),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

#[component]
fn Shown(page: AuditPage) -> impl IntoView {
    let AuditPage { entries, text, next } = page;
    let goes_on = next.is_some();
    let older = next.map(|before| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !text.is_empty() {
            query.append_pair("q", &text);
        }
        let address = format!("/settings/audit?{}", query.append_pair("before", &before).finish());
        view! { <p><a class="button" href=address>"Older entries"</a></p> }
    });
    let download: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let list = if entries.is_empty() {
        let (title, text) = match goes_on {
            true => ("Nothing so far", "None of the newest entries names this; older ones were not looked through yet."),
            false => ("Nothing matches", "No entry names this person, company or act."),
        };
        view! { <Empty icon="list" title text/> }.into_any()
    } else {
        let rows: Vec<_> = entries.into_iter().map(|entry| view! { <Row entry/> }).collect();
        view! {
            <div class="card flush"><div class="table-box">
                <table class="table listed">
                    <thead>
                        <tr>
                            <th scope="col">"When"</th>
                            <th scope="col">"Who"</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"Company"</th>
                            <th scope="col">"From"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div></div>
        }
        .into_any()
    };
    view! {
        <PageHeader title="Audit log">
            <a class="button" href=format!("/settings/audit.csv?q={download}")>"Download as CSV"</a>
        </PageHeader>
        <SettingsTabs current=SettingsPage::Audit/>
        <form class="filters" method="get" action="/settings/audit" role="search" aria-label="Audit log">
            <SearchField placeholder="Person, company code or act" value=text/>
            <div class="row"><button class="button">"Find"</button></div>
        </form>
        {list}
        {older}
    }
}

#[component]
fn Row(entry: AuditEntry) -> impl IntoView {
    let refused = entry.refused.then(|| view! { <Badge tone=Tone::Warn>"Refused"</Badge> });
    view! {
        <tr>
            <td>{entry.at.text}</td>
            <th scope="row">{entry.person}</th>
            <td>{entry.act} " " {refused} <span class="second">{entry.detail}</span></td>
            <td data-label="Company">{entry.company}</td>
            <td data-label="From">{entry.address}</td>
        </tr>
    }
}
