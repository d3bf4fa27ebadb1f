//! Importing sales documents: choose the company, choose the file, watch it go in, read the report.

pub mod file_form;
pub mod report;

use super::company::Failure;
use crate::{
    api::{
        imports::{CompanyImports, choose_company, company_imports},
        reading,
    },
    domain::{
        import::{ImportProgress, ImportState},
        time::Moment,
    },
    ui::components::{Empty, Field, PageHeader},
};
use file_form::FileForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use report::Import;

const HINT: &str = "The columns of Xero’s sales-invoice template, dates as dd/mm/yyyy, one row a line item, UTF-8, at most 50 MB. \
    Negative quantities make a credit note. The same file again changes nothing.";

/// `/import`: which company? With `?company=CODE` the file is next.
#[component]
pub fn ImportPage() -> impl IntoView {
    let query = use_query_map().get_untracked();
    match query.get("company") {
        Some(code) if !code.is_empty() => imports_of(code, None).into_any(),
        _ => choose(query.get("q").unwrap_or_default()).into_any(),
    }
}

/// `/companies/CODE/import?id=…`: an import as it goes, or its report.
#[component]
pub fn CompanyImportPage() -> impl IntoView {
    imports_of(super::company::code_in_address(), use_query_map().get_untracked().get("id"))
}

fn choose(text: String) -> impl IntoView {
    let companies = reading(choose_company(text.clone()));
    view! {
        <PageHeader title="Import sales documents" crumbs=vec![("/overview".into(), "Sync overview".into())]/>
        <form class="filters" method="get" action="/import" role="search" aria-label="Find a company">
            <Field name="q" label="Company name or code" value=text.clone() kind="search" maxlength=100/>
            <div class="row"><button class="button">"Find"</button></div>
        </form>
        <Suspense>
            {Suspend::new(async move {
                match companies.await {
                    Ok(found) if found.is_empty() => view! {
                        <Empty icon="info" title="No such company" text="Look for another name, or add the company first.".to_string()>
                            <a class="button" href="/companies/new">"Add a company"</a>
                        </Empty>
                    }.into_any(),
                    Ok(found) => {
                        let links: Vec<_> = found.into_iter().map(|(code, name)| {
                            view! { <li><a href=format!("/import?company={code}")>{name}</a> " " <span class="second">{code}</span></li> }
                        }).collect();
                        view! { <section class="card form stack"><h2>"For which company?"</h2><ul class="stack-s">{links}</ul></section> }.into_any()
                    }
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

fn imports_of(code: String, id: Option<String>) -> impl IntoView {
    let answer = reading(company_imports(code, id));
    view! {
        <Suspense>
            {Suspend::new(async move {
                match answer.await {
                    Ok(CompanyImports { code, name, asked, latest }) => {
                        let crumbs = vec![
                            ("/overview".into(), "Sync overview".into()),
                            (format!("/companies/{code}/results"), name),
                        ];
                        view! {
                            <PageHeader title="Import sales documents" crumbs facts=code.clone()/>
                            <Import import=asked code=code.clone()/>
                            <FileForm action=format!("/companies/{code}/import") label="Sales documents (CSV)" hint=HINT/>
                            <Latest code latest/>
                        }.into_any()
                    }
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// The imports before, newest first.
#[component]
fn Latest(code: String, latest: Vec<(Moment, ImportProgress)>) -> impl IntoView {
    if latest.is_empty() {
        return None;
    }
    let rows: Vec<_> = latest
        .into_iter()
        .map(|(at, import)| {
            let how = match (import.state, &import.report) {
                (ImportState::Running, _) | (_, None) => "Running".to_owned(),
                (ImportState::Refused, _) => "Refused, nothing stored".into(),
                (ImportState::Done, Some(report)) => {
                    format!("{} stored, {} unchanged, {} refused", report.stored, report.unchanged, report.refused)
                }
            };
            view! {
                <tr id=format!("import-{}", import.id)>
                    <th scope="row"><a href=format!("/companies/{code}/import?id={}", import.id)>{import.file_name}</a></th>
                    <td>{how}</td>
                    <td><time>{at.text}</time></td>
                </tr>
            }
        })
        .collect();
    Some(
        view! {
            <section class="card flush" aria-labelledby="latest">
                <h2 id="latest">"Latest imports"</h2>
                <div class="table-box">
                    <table class="table">
                        <thead><tr><th scope="col">"File"</th><th scope="col">"Outcome"</th><th scope="col">"When"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        }
        .into_any(),
    )
}
