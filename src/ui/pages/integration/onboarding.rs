//! How far onboarding is, and the way to its pages; once confirmed, the way to the matches.

use crate::{
    domain::matching::{Match, MatchReport},
    ui::components::{Badge, Tone},
};
use leptos::prelude::*;

#[component]
pub fn Onboarding(code: String, report: MatchReport, onboarded: bool) -> impl IntoView {
    let all = report.items.len();
    let decided = report.items.iter().filter(|item| matches!(item.matched, Match::Chosen(_) | Match::LeftOut)).count();
    let missing = report.missing().count();
    let href = format!("/companies/{code}/onboarding");
    let (title, id) = if onboarded { ("Matches", "matches") } else { ("Onboarding", "onboarding") };
    let (tone, words) = match (missing, all) {
        (0, _) if onboarded => (Tone::Good, "Everything in use has a match".to_string()),
        (missing, _) if onboarded => (Tone::Setup, format!("{missing} without a match")),
        (_, 0) => (Tone::Setup, "Nothing to match".into()),
        (_, all) => (Tone::Setup, format!("{decided} of {all} matched")),
    };
    let lead = match onboarded {
        true => "What documents here are called on the accounting side. A changed match counts from the next sync on.",
        false => "Tax rates, accounts, tracking options and contacts are matched, then you confirm. Nothing is sent before.",
    };
    let link = match onboarded {
        true => view! { <a class="button" href=href>"Change matches"</a> },
        false => view! { <a class="button primary" href=href>"Complete onboarding"</a> },
    };
    view! {
        <section class="card" aria-labelledby=id>
            <header><h2 id=id>{title}</h2> <Badge tone>{words}</Badge></header>
            <div class="stack">
                <p>{lead}</p>
                <div class="row">{link}</div>
            </div>
        </section>
    }
    .into_any()
}
