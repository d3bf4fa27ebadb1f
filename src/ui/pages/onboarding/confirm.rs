//! The last step: what exactly will happen, what is still missing, and the button that starts it.

use super::Here;
use crate::{
    domain::{
        document::DocumentKind,
        onboarding::{ContactTally, Plan, Step, asked::Asked, asked::Shown},
        person::Role,
    },
    ui::{
        components::{Notice, Tone},
        may,
    },
};
use leptos::prelude::*;

/// Values without a match that are listed; their steps list all.
const LISTED: usize = 20;

fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// `164 invoices and 32 credit notes`.
fn listed(parts: &[String]) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

fn documents(going_out: &[(DocumentKind, u64)]) -> String {
    let words = |(kind, n): &(DocumentKind, u64)| {
        let one = kind.label().to_lowercase();
        counted(*n, &one, &format!("{one}s"))
    };
    listed(&going_out.iter().map(words).collect::<Vec<_>>())
}

/// What happens, a sentence each.
fn sentences(plan: &Plan, organisation: &str) -> Vec<String> {
    let mut all = Vec::new();
    let n: u64 = plan.going_out.iter().map(|(_, n)| n).sum();
    match &plan.first_day {
        Some(first) => {
            let goes = if n == 1 { "goes" } else { "go" };
            all.push(format!("{} dated from {first} {goes} to {organisation}.", documents(&plan.going_out)));
        }
        None => all.push(format!("No document goes to {organisation} yet.")),
    }
    let ContactTally { archived, renamed, only_there, .. } = plan.contacts;
    let parts: Vec<String> = [
        (plan.contacts.will_be_linked(), format!("linked to one in {organisation}")),
        (plan.contacts.will_be_created(), "created there".into()),
        (archived, "archived here and not sent".into()),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .enumerate()
    .map(|(place, (n, words))| {
        let verb = if n == 1 { "is" } else { "are" };
        if place == 0 { format!("{} {verb} {words}", counted(n, "contact", "contacts")) } else { format!("{n} {verb} {words}") }
    })
    .collect();
    if !parts.is_empty() {
        all.push(format!("{}.", listed(&parts)));
    }
    if renamed > 0 {
        let (are, take) = if renamed == 1 { ("is", "takes") } else { ("are", "take") };
        all.push(format!("{renamed} of the linked contacts {are} called differently there and {take} the name used here."));
    }
    if plan.exact > 0 {
        let are = if plan.exact == 1 { "is" } else { "are" };
        all.push(format!("{} of the same code or name {are} accepted with it.", counted(plan.exact, "match", "matches")));
    }
    if plan.left_out > 0 {
        all.push(format!("Documents go without {}.", counted(plan.left_out, "tracking option", "tracking options")));
    }
    let contacts = match only_there {
        0 => String::new(),
        n => format!(", and {} that {} not here yet", counted(n, "contact", "contacts"), if n == 1 { "is" } else { "are" }),
    };
    all.push(format!(
        "What {organisation} holds of invoices, bills, credit notes and their payments, dated from {} on, comes in{contacts}.",
        plan.sync_from
    ));
    if plan.older > 0 {
        let are = if plan.older == 1 { "is" } else { "are" };
        all.push(format!("{} dated before {} {are} left alone.", counted(plan.older, "document", "documents"), plan.sync_from));
    }
    if plan.drafts > 0 {
        let wait = if plan.drafts == 1 { "waits until it is" } else { "wait until they are" };
        all.push(format!("{} {wait} approved.", counted(plan.drafts, "draft", "drafts")));
    }
    all
}

#[component]
pub fn Confirm(here: Here, plan: Plan) -> impl IntoView {
    let lead = match plan.empty {
        true => "This company holds no documents and no contacts yet, so there is nothing to match.".to_string(),
        false => format!("Until you confirm, nothing is sent to {}.", here.organisation),
    };
    let sentences = sentences(&plan, &here.organisation).into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
    let blocked = plan.blocked();
    let missing = blocked.then(|| {
        let values = plan
            .missing
            .iter()
            .take(LISTED)
            .map(|(step, value)| {
                let href = Asked::at(*step).address(&here.code);
                let kind = step.kind().map_or("value", |kind| kind.label()).to_lowercase();
                view! { <li><a href=href>{format!("{kind} “{value}”")}</a> " has no match"</li> }
            })
            .collect_view();
        let archived = (plan.contacts.archived_in_use > 0).then(|| {
            let href = Asked { show: Shown::Archived, ..Asked::at(Step::Contacts) }.address(&here.code);
            let n = counted(plan.contacts.archived_in_use, "contact", "contacts");
            view! { <li><a href=href>{format!("{n} to be archived")}</a> " would be needed by documents that go out"</li> }
        });
        let more = plan.missing.len().saturating_sub(LISTED);
        let more = (more > 0).then(|| view! { <li>{format!("and {more} more")}</li> });
        view! {
            <Notice tone=Tone::Setup>
                <p id="missing">"Before this can be confirmed:"</p>
                <ul class="missing">{values} {more} {archived}</ul>
            </Notice>
        }
    });
    let warnings =
        plan.warnings.into_iter().take(LISTED).map(|text| view! { <Notice tone=Tone::Warn>{text}</Notice> }).collect_view();
    let words = "Confirm and start the initial sync";
    let button = match blocked {
        true => view! {
            <button type="button" class="button primary" aria-disabled="true" aria-describedby="missing">{words}</button>
        }
        .into_any(),
        false => view! { <button class="button primary">{words}</button> }.into_any(),
    };
    view! {
        <section class="card narrow" aria-labelledby="step">
            <h2 id="step">"What will happen"</h2>
            <div class="stack">
                <p>{lead}</p>
                <ul class="plan">{sentences}</ul>
                {warnings}
                {missing}
                <fieldset class="only" disabled=!may(Role::Manager)>
                    <form method="post" action="/api/confirm-onboarding">
                        <input type="hidden" name="code" value=here.code/>
                        <input type="hidden" name="shown" value=plan.fingerprint/>
                        {button}
                    </form>
                </fieldset>
            </div>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_will_happen_is_told_in_sentences() {
        let plan = Plan {
            sync_from: "1 Jan 2018".into(),
            going_out: vec![(DocumentKind::SalesInvoice, 164), (DocumentKind::SalesCreditNote, 32)],
            first_day: Some("3 Jan 2018".into()),
            older: 1,
            contacts: ContactTally {
                all: 163,
                linked: 100,
                same_name: 20,
                created: 40,
                archived: 3,
                renamed: 1,
                only_there: 18,
                ..ContactTally::default()
            },
            exact: 5,
            ..Plan::default()
        };
        assert_eq!(
            sentences(&plan, "Quay"),
            [
                "164 invoices and 32 credit notes dated from 3 Jan 2018 go to Quay.",
                "120 contacts are linked to one in Quay, 40 are created there and 3 are archived here and not sent.",
                "1 of the linked contacts is called differently there and takes the name used here.",
                "5 matches of the same code or name are accepted with it.",
                "What Quay holds of invoices, bills, credit notes and their payments, dated from 1 Jan 2018 on, comes in, and 18 contacts that are not here yet.",
                "1 document dated before 1 Jan 2018 is left alone.",
            ]
        );
        assert_eq!(sentences(&Plan::default(), "Quay")[0], "No document goes to Quay yet.");
    }
}
