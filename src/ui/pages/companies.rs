//! Settings, companies: the group's companies and its archive.

pub mod edit;
pub mod import;

use super::{
    company::Failure,
    settings::{SettingsPage, SettingsTabs},
};
use crate::{
    api::{reading, settings::companies},
    domain::{
        company::{ListedCompanies, ListedCompany},
        person::Role,
    },
    ui::{
        components::{Empty, Icon, PageHeader, Pager, SearchField, StatusBadge},
        may,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// `/settings/companies?q=…&archived=true&page=…`
#[component]
pub fn CompaniesPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    let archived = query.get("archived").as_deref() == Some("true");
    let page = query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let answer = reading(companies(query.get("q").unwrap_or_default(), archived, page));
    let content = async move {
        match answer.await {
            Ok(list) => view! { <Shown list archived/> }.into_any(),
            Err(error) => view! { <Failure error/> }.into_any(),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

fn address(text: &str, archived: bool, page: u32) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !text.is_empty() {
        query.append_pair("q", text);
    }
    if archived {
        query.append_pair("archived", "true");
    }
    if page > 1 {
        query.append_pair("page", &page.to_string());
    }
    match query.finish() {
        query if query.is_empty() => "/settings/companies".into(),
        query => format!("/settings/companies?{query}"),
    }
}

#[component]
fn Shown(list: ListedCompanies, archived: bool) -> impl IntoView {
    let ListedCompanies { rows, total, rows_a_page, page, archived: in_archive, text } = list;
    let title = if archived { "Archived companies" } else { "Companies" };
    let crumbs = if archived { vec![("/settings/companies".to_string(), "Companies".to_string())] } else { Vec::new() };
    let archive = match (archived, in_archive) {
        (true, _) => view! { <a class="button" href="/settings/companies">"Back to companies"</a> }.into_any(),
        (false, 0) => ().into_any(),
        (false, n) => {
            view! { <a class="button" href="/settings/companies?archived=true">{format!("Archived ({n})")}</a> }.into_any()
        }
    };
    let add = (!archived).then(|| {
        view! {
            <a class="button" href="/settings/companies/import"><Icon name="upload"/> "Import a list…"</a>
            <a class="button primary" href="/companies/new"><Icon name="plus"/> "Add company"</a>
        }
    });
    let nothing = match (text.is_empty(), archived) {
        (false, _) => ("search", "Nothing matches", "No company’s name or code holds this text."),
        (true, true) => (
            "building",
            "Nothing is archived",
            "Archived companies are out of every list and count, with all they hold. They are restored here.",
        ),
        (true, false) => ("building", "No company yet", "Add the first company of the group, or import a list of them."),
    };
    let searches = !text.is_empty();
    let list = if rows.is_empty() {
        view! {
            <Empty icon=nothing.0 title=nothing.1 text=nothing.2>
                {searches.then(|| view! { <a class="button" href=address("", archived, 1)>"Clear the search"</a> })}
            </Empty>
        }
        .into_any()
    } else {
        view! { <List rows archived/> }.into_any()
    };
    let searched = text.clone();
    view! {
        <PageHeader title crumbs>{archive} {add}</PageHeader>
        <SettingsTabs current=SettingsPage::Companies below=archived/>
        <form class="filters" method="get" action="/settings/companies" role="search" aria-label=title>
            {archived.then(|| view! { <input type="hidden" name="archived" value="true"/> })}
            <SearchField placeholder="Company or code" value=text/>
            <div class="row"><button class="button">"Find"</button></div>
        </form>
        <div class="card flush">{list}</div>
        <Pager
            total
            rows=rows_a_page
            page
            sizes=&[]
            noun="companies"
            link=move |_, page| address(&searched, archived, page)
        />
    }
    .into_any()
}

#[component]
fn List(rows: Vec<ListedCompany>, archived: bool) -> impl IntoView {
    let rows: Vec<_> = rows.into_iter().map(|company| view! { <Row company archived/> }).collect();
    view! {
        <div class="table-box">
            <table class="table listed">
                <thead>
                    <tr>
                        <th scope="col">"Company"</th>
                        <th scope="col">"Currency"</th>
                        <th scope="col">"Time zone"</th>
                        <th scope="col">{if archived { "Archived" } else { "Status" }}</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Row(company: ListedCompany, archived: bool) -> impl IntoView {
    let ListedCompany { code, name, currency, time_zone, status, archived: since } = company;
    let settings = format!("/companies/{code}/settings");
    let state = match since {
        Some(at) => view! { <time>{at.text}</time> }.into_any(),
        None => view! { <StatusBadge status=Signal::stored(status) id=format!("status-{code}")/> }.into_any(),
    };
    let act = if archived {
        let (code, name) = (code.clone(), name.clone());
        view! {
            <fieldset class="only" disabled=!may(Role::Manager)>
                <form method="post" action="/api/restore-company">
                    <input type="hidden" name="code" value=code/>
                    <button class="button">"Restore" <span class="visually-hidden">" " {name}</span></button>
                </form>
            </fieldset>
        }
        .into_any()
    } else {
        let word = if may(Role::Manager) { "Edit" } else { "Show" };
        view! { <a class="button" href=settings.clone() aria-label=format!("{word} {name}")>{word}</a> }.into_any()
    };
    view! {
        <tr>
            <th scope="row" class="company"><a href=settings>{name}</a> <span class="second">{code}</span></th>
            <td data-label="Currency">{currency}</td>
            <td data-label="Time zone">{time_zone}</td>
            <td class="status" data-label=archived.then_some("Archived")>{state}</td>
            <td class="actions">{act}</td>
        </tr>
    }
    .into_any()
}
