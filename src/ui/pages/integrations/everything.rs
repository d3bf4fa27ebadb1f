//! Pausing everything at once, and resuming exactly that.

use crate::{
    domain::{integrations::EverythingPaused, person::Role},
    ui::{
        components::{Notice, Tone},
        may,
    },
};
use leptos::prelude::*;

/// Says what it does before it is done.
#[component]
pub fn PauseEverything() -> impl IntoView {
    view! {
        <button type="button" class="button" popovertarget="pause-everything">"Pause everything…"</button>
        <div class="panel asks to-start" id="pause-everything" popover="auto" role="group" aria-label="Pause everything">
            <p>
                "Every connection that is not paused rests until somebody resumes it: nothing starts, and what changes here waits. \
                Resuming takes up these and no others."
            </p>
            <form class="row" method="post" action="/api/pause-everything">
                <button class="button danger">"Pause everything"</button>
                <button type="button" class="button quiet" popovertarget="pause-everything" popovertargetaction="hide">"Cancel"</button>
            </form>
        </div>
    }
}

/// That everything is paused, by whom, and the way back.
#[component]
pub fn Everything(paused: EverythingPaused) -> impl IntoView {
    let EverythingPaused { by, at, connections, under_way, resuming } = paused;
    let held = if connections == 1 { "1 connection".to_string() } else { format!("{connections} connections") };
    let sentence = match (under_way, resuming) {
        (true, false) => format!("Everything is being paused by {by}: {held} so far."),
        (true, true) => format!("What was paused is being resumed: {held} to go."),
        (false, _) => format!("Everything was paused by {by}, {}. Paused by it: {held}.", at.text),
    };
    let again = under_way.then(|| {
        view! {
            <noscript><meta http-equiv="refresh" content="2"/></noscript>
            <a class="button" href="">"Refresh"</a>
        }
    });
    let resume = (!resuming).then(|| {
        view! {
            <fieldset class="only" disabled=!may(Role::Manager)>
                <form method="post" action="/api/resume-everything">
                    <button class="button primary">"Resume what was paused"</button>
                </form>
            </fieldset>
        }
    });
    view! {
        <Notice tone=Tone::Warn>
            <p>{sentence} " What was paused by itself stays paused."</p>
            <div class="row">{resume} {again}</div>
        </Notice>
    }
}
