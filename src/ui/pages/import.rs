//! Importing sales documents: choose the company, choose the file, watch it go in, read the report.

use super::company::Failure;
use crate::{
    api::imports::{CompanyImports, choose_company, company_imports},
    domain::{
        import::{ImportProgress, ImportState, Report},
        money::grouped,
    },
    ui::components::{Empty, Field, Notice, PageHeader, ProgressBar, Tone},
};
use leptos::prelude::*;
use leptos_meta::Meta;
use leptos_router::hooks::use_query_map;

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
    let companies = choose_company(text.clone());
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
    let answer = company_imports(code, id);
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
                            {asked.map(|import| view! { <Shown import/> })}
                            <FileForm code=code.clone()/>
                            <Latest code latest/>
                        }.into_any()
                    }
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn FileForm(code: String) -> impl IntoView {
    view! {
        <form class="card form stack" method="post" enctype="multipart/form-data" action=format!("/companies/{code}/import")>
            <div class="field drop">
                <label for="file">"Sales documents (CSV)"</label>
                <input class="input" id="file" name="file" type="file" accept=".csv,text/csv" required aria-describedby="file-hint"/>
                <p class="hint" id="file-hint">
                    "Choose a file or drop it on the field: the columns of Xero's sales-invoice template, dates as dd/mm/yyyy, one row a \
                    line, UTF-8, at most 50 MB. Negative quantities make a credit note. The same file again changes nothing."
                </p>
            </div>
            <div class="row"><button class="button primary">"Import"</button></div>
        </form>
    }
}

/// The import asked for. While it runs, the page asks for itself again.
#[component]
fn Shown(import: ImportProgress) -> impl IntoView {
    let name = import.file_name.clone();
    match (import.state, import.report) {
        (ImportState::Running, _) | (_, None) => view! {
            <Meta http_equiv="refresh" content="1"/>
            <section class="card form stack" aria-live="polite">
                <h2>{format!("Importing {name}…")}</h2>
                <ProgressBar label="Progress of the import" done=import.done total=import.total/>
                <p class="second">{format!("{} of {} documents", import.done, import.total)}</p>
            </section>
        }
        .into_any(),
        (ImportState::Refused, Some(report)) => view! {
            <Notice tone=Tone::Bad urgent=true>{format!("{name} was refused whole; nothing was stored.")}</Notice>
            <Errors report/>
        }
        .into_any(),
        (ImportState::Done, Some(report)) => view! { <ReportCard name report/> }.into_any(),
    }
}

#[component]
fn ReportCard(name: String, report: Report) -> impl IntoView {
    let net = |minor| format!("{} {}", grouped(minor, &report.currency), report.currency);
    let tone = if report.refused > 0 { Tone::Warn } else { Tone::Good };
    let summary = match (report.refused, report.stored) {
        (0, 0) => format!("{name}: nothing new; all {} documents were here already.", report.documents),
        (0, stored) => format!("{name}: {stored} of {} documents stored.", report.documents),
        (refused, stored) => format!("{name}: {stored} of {} documents stored, {refused} refused.", report.documents),
    };
    view! {
        <Notice tone>{summary}</Notice>
        <section class="card" aria-label="Report of the import">
            <dl class="facts-list">
                <div><dt>"Documents"</dt><dd>{report.documents}</dd></div>
                <div><dt>"Stored"</dt><dd>{report.stored}</dd></div>
                <div><dt>"Unchanged"</dt><dd>{report.unchanged}</dd></div>
                <div><dt>"Refused"</dt><dd>{report.refused}</dd></div>
                <div><dt>"Invoices, net"</dt><dd>{report.invoices.count} " · " {net(report.invoices.net)}</dd></div>
                <div><dt>"Credit notes, net"</dt><dd>{report.credit_notes.count} " · " {net(report.credit_notes.net)}</dd></div>
            </dl>
        </section>
        {(!report.errors.is_empty()).then(|| view! { <Errors report/> })}
    }
}

#[component]
fn Errors(report: Report) -> impl IntoView {
    let rows: Vec<_> = report
        .errors
        .into_iter()
        .map(|error| {
            view! { <tr><td class="number">{error.line}</td><td>{error.column}</td><td>{error.reason}</td></tr> }
        })
        .collect();
    let more =
        (report.errors_left_out > 0).then(|| view! { <p class="hint">{format!("And {} more.", report.errors_left_out)}</p> });
    view! {
        <section class="stack-s">
            <h2>"What was refused, and why"</h2>
            <div class="table-box" tabindex="0" role="region" aria-label="What was refused, and why">
                <table class="table">
                    <thead><tr><th scope="col" class="number">"Line"</th><th scope="col">"Column"</th><th scope="col">"Reason"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {more}
        </section>
    }
}

#[component]
fn Latest(code: String, latest: Vec<ImportProgress>) -> impl IntoView {
    (!latest.is_empty()).then(|| {
        let items: Vec<_> = latest.into_iter().map(|import| {
            let how = match (import.state, &import.report) {
                (ImportState::Running, _) | (_, None) => "running".to_string(),
                (ImportState::Refused, _) => "refused whole".to_string(),
                (ImportState::Done, Some(report)) => format!("{} stored, {} unchanged, {} refused", report.stored, report.unchanged, report.refused),
            };
            view! { <li><a href=format!("/companies/{code}/import?id={}", import.id)>{import.file_name}</a> " " <span class="second">{how}</span></li> }
        }).collect();
        view! { <section class="card form stack"><h2>"Earlier imports"</h2><ul class="stack-s">{items}</ul></section> }
    })
}
