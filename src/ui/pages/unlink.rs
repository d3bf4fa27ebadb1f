//! Before records are left out of syncs: what exactly that would be, with what belongs to them, and the way back.

use super::company::{CompanyHead, Failure, code_in_address};
use crate::{
    api::{
        reading,
        resolve::{CompanyUnlink, company_unlink},
    },
    domain::{
        message::Entity,
        record,
        results::{LeftOutRecord, UnlinkPreview},
    },
    ui::components::{Badge, CompanyPage, Tone},
};
use leptos::prelude::*;
use leptos_router::hooks::use_url;

#[component]
pub fn UnlinkPage() -> impl IntoView {
    let query = use_url().read_untracked().search().to_owned();
    let answer = reading(company_unlink(code_in_address(), query));
    view! {
        <Suspense>
            {Suspend::new(async move {
                match answer.await {
                    Ok(CompanyUnlink { head, preview, fields, back }) => {
                        let code = head.row.code.clone();
                        view! {
                            <CompanyHead head page=CompanyPage::Results/>
                            <Confirm code preview fields back/>
                        }
                        .into_any()
                    }
                    Err(error) => view! { <Failure error/> }.into_any(),
                }
            })}
        </Suspense>
    }
}

/// `37 invoices`
fn counted(n: u64, entity: Entity) -> String {
    format!("{n} {}{}", entity.label().to_lowercase(), if n == 1 { "" } else { "s" })
}

fn sum(preview: &UnlinkPreview, of: impl Fn(&crate::domain::results::LeftOut) -> u64) -> String {
    let words: Vec<String> =
        preview.counts.iter().filter(|count| of(count) > 0).map(|count| counted(of(count), count.entity)).collect();
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

#[component]
fn Confirm(code: String, preview: UnlinkPreview, fields: Vec<(String, String)>, back: String) -> impl IntoView {
    let total = preview.total();
    let (chosen, with_them) = (sum(&preview, |count| count.chosen), sum(&preview, |count| count.with_them));
    let cascade = if with_them.is_empty() {
        "Nothing else goes with what you chose.".to_owned()
    } else {
        format!("With what you chose go {with_them}: they are not synced without it.")
    };
    let words = if total == 1 { "Unlink 1 record".to_owned() } else { format!("Unlink {total} records") };
    let hidden = fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view();
    let listed = preview.records.len() as u64;
    let rest =
        (listed < total).then(|| view! { <p class="second">{format!("The first {listed} of {total} records are listed.")}</p> });
    let rows = preview.records.into_iter().map(|row| view! { <Row code=code.clone() row/> }).collect_view();
    view! {
        <section class="card flush" aria-labelledby="unlink">
            <header>
                <h2 id="unlink">{format!("Unlink {chosen}?")}</h2>
            </header>
            <div class="stack inset">
                <p>{cascade}</p>
                <p>
                    "Unlinked records are left out of syncs and of the tie-out on both sides, and nothing is changed in the accounting software. They stay listed under Unlinked, can be linked again at any time, and this can be undone."
                </p>
                <form class="row" method="post" action="/api/unlink-records">
                    <input type="hidden" name="code" value=code/>
                    <input type="hidden" name="confirmed" value="1"/>
                    {hidden}
                    <button class="button primary">{words}</button>
                    <a class="button" href=back>"Keep them linked"</a>
                </form>
                {rest}
            </div>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Record"</th>
                            <th scope="col">"Type"</th>
                            <th scope="col">"There"</th>
                            <th scope="col">"Why"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Row(code: String, row: LeftOutRecord) -> impl IntoView {
    // What is only there has no page here.
    let here = row.external_id.as_deref() != Some(row.local_id.as_str());
    let label = match record::address(&code, row.entity, &row.local_id).filter(|_| here) {
        Some(href) => view! { <a href=href>{row.label}</a> }.into_any(),
        None => row.label.into_any(),
    };
    let there = match row.external_id {
        Some(id) => view! { <code>{id}</code> }.into_any(),
        None => view! { <span class="second">"Never sent"</span> }.into_any(),
    };
    let (tone, why) = if row.chosen { (Tone::Info, "Chosen") } else { (Tone::Neutral, "Goes with it") };
    view! {
        <tr>
            <th scope="row">{label}</th>
            <td data-label="Type">{row.entity.label()}</td>
            <td data-label="There">{there}</td>
            <td data-label="Why"><Badge tone>{why}</Badge></td>
        </tr>
    }
    .into_any()
}
