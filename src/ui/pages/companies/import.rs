//! Importing a list of companies: choose the file, watch it go in, read the report.

use super::super::{
    company::Failure,
    import::{
        file_form::FileForm,
        report::{Refused, Running},
    },
    settings::{SettingsPage, SettingsTabs},
};
use crate::{
    api::{reading, settings::company_import},
    domain::{
        import::{CompanyReport, ImportProgress, ImportState},
        person::Role,
    },
    ui::{
        components::{Notice, PageHeader, Tone},
        may,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// `/settings/companies/import?id=…`
#[component]
pub fn CompaniesImportPage() -> impl IntoView {
    let id = use_query_map().read_untracked().get("id");
    let content = async move {
        let import = match id {
            Some(id) => reading(company_import(id)).await,
            None => Ok(None),
        };
        match import {
            Ok(import) => view! { <Shown import/> }.into_any(),
            Err(error) => view! { <Failure error/> }.into_any(),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

const EXAMPLE: &str =
    "Name,Code,Currency,Time zone\nAlbion Quay Estates,AQE,GBP,Europe/London\nQuai Ouest SARL,,EUR,Europe/Paris";

#[component]
fn Shown(import: Option<ImportProgress<CompanyReport>>) -> impl IntoView {
    let crumbs = vec![("/settings/companies".to_string(), "Companies".to_string())];
    view! {
        <PageHeader title="Import a list of companies" crumbs/>
        <SettingsTabs current=SettingsPage::Companies below=true/>
        <Import import/>
        <fieldset class="only" disabled=!may(Role::Manager)>
            <FileForm
                action="/settings/companies/import"
                label="Companies (CSV)"
                hint="A header with the columns Name, Code, Currency and Time zone, one row a company, UTF-8, at most 20 MB. An empty code is \
                    made from the initials. The same file again changes nothing."
            />
        </fieldset>
        <div class="card narrow stack-s">
            <h2 id="example">"For example"</h2>
            <pre class="verbatim" tabindex="0" role="region" aria-labelledby="example">{EXAMPLE}</pre>
        </div>
    }
}

#[component]
fn Import(import: Option<ImportProgress<CompanyReport>>) -> impl IntoView {
    let (mut news, mut rest) = (None, None);
    if let Some(ImportProgress { file_name: name, state, done, total, report, .. }) = import {
        match (state, report) {
            (ImportState::Running, _) | (_, None) => {
                news = Some(view! { <h2>{format!("Importing {name} …")}</h2> }.into_any());
                rest = Some(view! { <Running done total/> }.into_any());
            }
            // Not one company was found in it.
            (ImportState::Refused, Some(report)) if report.companies == 0 => {
                let reasons: Vec<_> = report.errors.iter().map(|error| view! { <p>{error.to_string()}</p> }).collect();
                news = Some(
                    view! { <Notice tone=Tone::Bad><p><b>{format!("{name} was refused; nothing of it is stored.")}</b></p> {reasons}</Notice> }
                        .into_any(),
                );
            }
            (_, Some(report)) => {
                let tone = match (report.accepted(), report.refused) {
                    (0, _) => Tone::Bad,
                    (_, 0) => Tone::Good,
                    _ => Tone::Warn,
                };
                let words = summary(&name, &report);
                news = Some(
                    view! { <Notice tone>{words} " " <a href="/settings/companies">"See the companies"</a></Notice> }.into_any(),
                );
                let (errors, left_out) = (report.errors, report.errors_left_out);
                rest = (!errors.is_empty()).then(|| view! { <Refused errors left_out/> }.into_any());
            }
        }
    }
    view! {
        <div role="status">{news}</div>
        {rest}
    }
}

fn summary(name: &str, report: &CompanyReport) -> String {
    let companies = |n: u64| if n == 1 { "1 company".to_owned() } else { format!("{n} companies") };
    let all = companies(report.companies);
    match (report.stored, report.unchanged, report.refused) {
        (0, 0, _) => format!("{name}: nothing stored, {all} refused."),
        (0, _, 0) => format!("{name}: nothing new, {all} here already."),
        (stored, 0, 0) => format!("{name}: {} added.", companies(stored)),
        (stored, unchanged, 0) => format!("{name}: {stored} of {all} added, {unchanged} here already."),
        (stored, unchanged, refused) => {
            format!("{name}: {stored} of {all} added, {unchanged} here already, {refused} refused.")
        }
    }
}
