//! The steps in their order, each with how far it is and the way to it.

use super::Here;
use crate::{
    domain::onboarding::{Progress, Step, asked::Asked},
    ui::components::Icon,
};
use leptos::prelude::*;

/// How far a step is, in words.
fn standing(step: Step, progress: Progress) -> String {
    match (step, progress) {
        (Step::Confirm, _) => "Starts the initial sync".into(),
        (Step::Contacts, Progress { all: 0, .. }) => "None yet".into(),
        (_, Progress { all: 0, .. }) => "None in use".into(),
        (Step::Contacts, Progress { all, decided, .. }) => format!("{decided} of {all} decided"),
        (_, Progress { all, decided, .. }) => format!("{decided} of {all} matched"),
    }
}

#[component]
pub fn Steps(here: Here, steps: Vec<(Step, Progress)>) -> impl IntoView {
    let items = steps
        .into_iter()
        .enumerate()
        .map(|(place, (step, progress))| {
            let current = here.asked.step == Some(step);
            let done = step != Step::Confirm && progress.is_done();
            let mark = match done {
                true => view! { <Icon name="tick"/> }.into_any(),
                false => (place + 1).into_any(),
            };
            view! {
                <li class:done=done>
                    <a href=Asked::at(step).address(&here.code) aria-current=current.then_some("step")>
                        <span class="mark" aria-hidden="true">{mark}</span>
                        <span class="name">{step.label()}</span>
                        <span class="how-far">{standing(step, progress)}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    let label = if here.onboarded { "Kinds of matches" } else { "Steps of onboarding" };
    view! { <nav class="wizard-steps" aria-label=label><ol class="wizard">{items}</ol></nav> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_step_is_reads_well() {
        let progress = Progress { all: 3, decided: 1, missing: 1, exact: 1 };
        assert_eq!(standing(Step::Accounts, progress), "1 of 3 matched");
        assert_eq!(standing(Step::Contacts, progress), "1 of 3 decided");
        assert_eq!(standing(Step::Tracking, Progress::default()), "None in use");
    }
}
