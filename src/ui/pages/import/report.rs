//! An import as it goes, and its report.

use crate::{
    domain::{
        import::{ImportError, ImportProgress, ImportState, Report},
        money::grouped,
    },
    ui::components::{Notice, ProgressBar, Tone},
};
use leptos::prelude::*;

/// The import asked for. While it runs, `data-again` has the script read the page again, and without script the
/// browser does so. What stands in the first element is read out when it changes.
#[component]
pub fn Import(import: Option<ImportProgress>, code: String) -> impl IntoView {
    let (mut news, mut rest) = (None, None);
    if let Some(ImportProgress { file_name: name, state, done, total, report, .. }) = import {
        match (state, report) {
            (ImportState::Running, _) | (_, None) => {
                news = Some(view! { <h2>{format!("Importing {name} …")}</h2> }.into_any());
                rest = Some(view! { <Running done total/> }.into_any());
            }
            // Not one document was found in it.
            (ImportState::Refused, Some(report)) if report.documents == 0 => {
                let reasons: Vec<_> = report.errors.iter().map(|error| view! { <p>{error.to_string()}</p> }).collect();
                news = Some(
                    view! { <Notice tone=Tone::Bad><p><b>{format!("{name} was refused; nothing of it is stored.")}</b></p> {reasons}</Notice> }
                        .into_any(),
                );
            }
            (_, Some(report)) => {
                let words = summary(&name, &report);
                news = Some(view! { <Notice tone=tone(&report)>{words}</Notice> }.into_any());
                rest = Some(view! { <ReportCard report code/> }.into_any());
            }
        }
    }
    view! {
        <div role="status">{news}</div>
        {rest}
    }
}

#[component]
pub fn Running(done: u64, total: u64) -> impl IntoView {
    let words = match total {
        0 => "Reading the file".to_owned(),
        total => format!("{done} of {total} rows"),
    };
    view! {
        <noscript><meta http-equiv="refresh" content="1"/></noscript>
        <section class="card stack-s" id="running" aria-label="The import under way" data-again="">
            <ProgressBar label="Progress of the import" done total/>
            <p class="second">{words}</p>
        </section>
    }
}

fn tone(report: &Report) -> Tone {
    match (report.accepted(), report.refused) {
        (0, _) => Tone::Bad,
        (_, 0) => Tone::Good,
        _ => Tone::Warn,
    }
}

fn summary(name: &str, report: &Report) -> String {
    let documents = |n: u64| if n == 1 { "1 document".to_owned() } else { format!("{n} documents") };
    let all = documents(report.documents);
    match (report.stored, report.unchanged, report.refused) {
        (0, 0, _) => format!("{name}: nothing stored, {all} refused."),
        (0, _, 0) => format!("{name}: nothing new, {all} here already."),
        (stored, _, 0) => format!("{name}: {stored} of {all} stored."),
        (stored, _, refused) => format!("{name}: {stored} of {all} stored, {refused} refused."),
    }
}

#[component]
fn ReportCard(report: Report, code: String) -> impl IntoView {
    let net = |minor| format!("{} {}", grouped(minor, &report.currency), report.currency);
    let refused = if report.refused > 0 { "tone-bad toned" } else { "" };
    view! {
        <section class="card" id="report" aria-label="Report of the import">
            <dl class="facts-list">
                <div><dt>"Documents"</dt><dd>{report.documents}</dd></div>
                <div><dt>"Stored"</dt><dd>{report.stored}</dd></div>
                <div><dt>"Unchanged"</dt><dd>{report.unchanged}</dd></div>
                <div><dt>"Refused"</dt><dd class=refused>{report.refused}</dd></div>
                <div><dt>"Invoices, net"</dt><dd>{report.invoices.count} " · " {net(report.invoices.net)}</dd></div>
                <div><dt>"Credit notes, net"</dt><dd>{report.credit_notes.count} " · " {net(report.credit_notes.net)}</dd></div>
            </dl>
            <footer><a class="button" href=format!("/companies/{code}/results")>"View sync results"</a></footer>
        </section>
        {(!report.errors.is_empty()).then(|| view! { <Refused errors=report.errors left_out=report.errors_left_out/> })}
    }
    .into_any()
}

/// `left_out`: errors beyond those listed.
#[component]
pub fn Refused(errors: Vec<ImportError>, left_out: u64) -> impl IntoView {
    let rows: Vec<_> = errors
        .into_iter()
        .map(|error| {
            view! {
                <tr>
                    <td class="number" data-label="Line">{error.line}</td>
                    <td data-label="Column">{error.column}</td>
                    <td>{error.reason}</td>
                </tr>
            }
        })
        .collect();
    let more = (left_out > 0).then(|| view! { <p class="more-errors">{format!("And {left_out} more.")}</p> });
    view! {
        <section class="card flush" aria-labelledby="refused">
            <header>
                <h2 id="refused">"What was refused, and why"</h2>
                <p class="second">"Put these rows right in the file and import it again; what is stored already is left as it is."</p>
            </header>
            <div class="table-box scroll-y" tabindex="0" role="region" aria-label="Refused lines">
                <table class="table top refusals">
                    <thead><tr><th scope="col" class="number">"Line"</th><th scope="col">"Column"</th><th scope="col">"Reason"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {more}
        </section>
    }
    .into_any()
}
