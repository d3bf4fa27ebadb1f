//! How long ago something was.

use crate::domain::time::{Moment, ago};
use leptos::prelude::*;

/// The absolute time in the company's time zone, and softly under it how long ago that was. `now` is the
/// server's clock: a page never asks the browser for the time in its first rendering.
#[component]
pub fn Ago(moment: Moment, now: i64) -> impl IntoView {
    view! {
        <time>{moment.text}</time>
        <span class="second">{ago(moment.ms, now)}</span>
    }
}
