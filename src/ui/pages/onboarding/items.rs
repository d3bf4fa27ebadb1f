//! A step of tax rates, accounts or tracking options: every value documents use, and what it is there.

use super::{Here, finder::Search, item_row::Row};
use crate::{
    domain::{
        matching::ReferenceKind,
        onboarding::{ItemsPage, Progress, Step, asked::ROWS},
        person::Role,
    },
    ui::{
        components::{Badge, Empty, Pager, Tone},
        may,
    },
};
use leptos::prelude::*;

fn lead(kind: ReferenceKind, organisation: &str) -> String {
    match kind {
        ReferenceKind::TaxRate => {
            format!(
                "Each tax rate that documents here use is matched with one in {organisation}, which must have the same percentage."
            )
        }
        ReferenceKind::Account => format!("Each account that documents here use is matched with one in {organisation}."),
        ReferenceKind::Tracking => format!(
            "Each tracking option that documents here use is matched with one in {organisation}, or left out: its documents are \
            then sent without it, and the message log says so."
        ),
    }
}

/// Why nothing can be archived here, and what can be done in its place.
fn archiving(kind: ReferenceKind) -> String {
    let open = if kind.can_be_left_out() { "Send documents without it, or" } else { "To be rid of one," };
    format!(
        "Only what approved documents that go out use is listed, so none of these can be archived without its documents. {open} \
        leave those documents out of syncs on their pages: {} that none uses needs no match.",
        kind.one()
    )
}

#[component]
pub fn Items(here: Here, step: Step, progress: Progress, page: ItemsPage) -> impl IntoView {
    let ItemsPage { kind, rows, choices, listed, finder } = page;
    let next = step.next(here.onboarded);
    if progress.all == 0 {
        let on = next.map(|next| {
            let href = crate::domain::onboarding::asked::Asked::at(next).address(&here.code);
            view! { <a class="button primary" href=href>{format!("Continue to {}", next.label().to_lowercase())}</a> }
        });
        let title = format!("No {} to match", kind.plural().to_lowercase());
        let text = "No document that goes out uses any.";
        return view! { <section class="card"><Empty icon="synced" title text>{on}</Empty></section> }.into_any();
    }
    let (tone, words) = match (progress.missing, progress.all - progress.decided) {
        (_, 0) => (Tone::Good, "All matched".to_string()),
        (0, open) => (Tone::Info, format!("{open} to accept")),
        (missing, _) => (Tone::Setup, format!("{missing} of {} without a match", progress.all)),
    };
    let accept = (progress.exact > 0).then(|| {
        let words = match progress.exact {
            1 => "Accept the exact match".to_string(),
            n => format!("Accept all {n} exact matches"),
        };
        view! { <button class="button" name="act" value="accept">{words}</button> }
    });
    let rows = rows
        .into_iter()
        .enumerate()
        .map(|(place, row)| view! { <Row here=here.clone() kind row choices=choices.clone() listed place/> })
        .collect_view();
    let (last, more) = (progress.all.div_ceil(ROWS.into()).max(1), progress.all > ROWS.into());
    let on = match next {
        _ if u64::from(here.asked.page) < last => "Save and go to the next page".to_string(),
        Some(next) => format!("Save and continue to {}", next.label().to_lowercase()),
        None => "Save".into(),
    };
    let save = (next.is_some() || more).then(|| view! { <button class="button" name="act" value="save">"Save"</button> });
    let pager = more.then(|| {
        let (code, asked) = (here.code.clone(), here.asked.clone());
        let link = move |_, page| asked.on_page(page).address(&code);
        view! { <Pager total=progress.all rows=ROWS page=here.asked.page sizes=&[] noun="values" link/> }
    });
    view! {
        {finder.map(|finder| view! { <Search here=here.clone() step finder/> })}
        <section class="card flush" aria-labelledby="step">
            <header>
                <h2 id="step">{kind.plural()}</h2>
                <Badge tone>{words}</Badge>
            </header>
            <fieldset class="only" disabled=!may(Role::Manager)>
                <form method="post" action="/api/save-matches">
                    {here.fields()}
                    <input type="hidden" name="kind" value=kind.as_str()/>
                    <div class="inset row step-lead"><p>{lead(kind, &here.organisation)}</p> {accept}</div>
                    <div class="table-box">
                        <table class="table top matches">
                            <thead>
                                <tr>
                                    <th scope="col">"Here"</th>
                                    <th scope="col">"Used by"</th>
                                    <th scope="col">{format!("In {}", here.organisation)}</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                    <div class="inset row step-end">
                        <button class="button primary" name="act" value="continue">{on}</button>
                        {save}
                    </div>
                </form>
            </fieldset>
            <div class="inset step-note"><p class="second">{archiving(kind)}</p></div>
        </section>
        {pager}
    }
    .into_any()
}
