//! Under each step: when the accounting side's lists were read, and the way to read them again.

use super::Here;
use crate::{
    domain::{
        person::Role,
        time::{Moment, ago},
    },
    ui::may,
};
use leptos::prelude::*;

#[component]
pub fn ListsRead(here: Here, read: Option<Moment>) -> impl IntoView {
    let when = read.map(|at| format!(" They were last read on {} ({}).", at.text, ago(at.ms, here.now)));
    view! {
        <section class="lists-read" aria-label="Lists of the accounting side">
            <p class="second">
                {format!("What can be matched is what {} holds. Something missing? Add it there, then read the lists again.", here.organisation)}
                {when}
            </p>
            <fieldset class="only" disabled=!may(Role::Manager)>
                <form method="post" action="/api/read-lists">
                    <input type="hidden" name="code" value=here.code/>
                    <button class="button">"Read the lists again"</button>
                </form>
            </fieldset>
        </section>
    }
    .into_any()
}
