//! The company a page is about, followed. What its pages say of it is written by the server, and read again when the
//! company changed; only what moves every second moves by itself.

use super::{Live, lists, log, page, poller, syncs};
use crate::{domain::run::Progress, ui::components::progress_words};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// While its run goes on, the company's page is read again this often at most: its log and its results grow.
const GROWING_MS: u32 = 3_000;
/// And a log that is followed, this often.
const FOLLOWED_MS: u32 = 1_000;

/// Follows the company of that code from a cursor on. `progress` is that of its run, if one goes on.
pub fn follow(live: &Live, code: String, cursor: i64, progress: Option<Progress>) {
    page::keep_up();
    let growing = if log::is_followed() { FOLLOWED_MS } else { GROWING_MS };
    log::watch();
    lists::wake();
    start_in_place(live.clone(), code.clone());
    let running = progress.is_some();
    let progress = RwSignal::new(progress);
    let clock = live.clock.clone();
    Effect::new(move || {
        let now = clock.get();
        progress.with(|progress| progress.as_ref().map(|progress| show(progress, now)));
    });
    poller::join(cursor, running, move |changes| {
        if let Some(row) = changes.rows.iter().find(|row| row.code == code) {
            let goes_on = row.progress.is_some() && progress.with_untracked(Option::is_some);
            progress.set(row.progress.clone());
            if goes_on { page::refresh_within(growing) } else { page::refresh() }
        }
        progress.with_untracked(Option::is_some)
    });
}

fn show(progress: &Progress, now: i64) -> Option<()> {
    let place = document().query_selector(STATUS).ok()??;
    place.query_selector(".second").ok()??.set_text_content(Some(&progress_words(progress, now)));
    let bar = place.query_selector("progress").ok()??;
    if progress.total > 0 {
        let _ = bar.set_attribute("max", &progress.total.to_string());
        let _ = bar.set_attribute("value", &progress.done.min(progress.total).to_string());
    } else {
        let _ = bar.remove_attribute("value");
    }
    Some(())
}

const STATUS: &str = ".status-now > dd";
const START: &str = "#page [action=\"/api/start-sync\"] button";

/// Shows that a start was asked for; answers what stood there.
fn mark() -> Option<String> {
    let place = document().query_selector(STATUS).ok()??;
    let stood = place.inner_html();
    place.set_inner_html("<span class=\"badge tone-info\">In progress</span> <span class=\"second\">Starting …</span>");
    let _ = document().query_selector(START).ok()??.set_attribute("aria-disabled", "true");
    Some(stood)
}

/// Takes that back: the start was refused.
fn unmark(stood: &str) -> Option<()> {
    document().query_selector(STATUS).ok()??.set_inner_html(stood);
    document().query_selector(START).ok()??.remove_attribute("aria-disabled").ok()
}

/// The page's form that starts a sync does so without leaving the page, which shows it from the click on.
fn start_in_place(live: Live, code: String) {
    let refused = live.refused.clone();
    Effect::new({
        let (live, code) = (live.clone(), code.clone());
        move |before: Option<Option<String>>| {
            let before = before.flatten();
            if live.is_starting(&code) {
                return before.or_else(mark);
            }
            let stands = before?;
            if live.refused.with_untracked(|refused| refused.iter().any(|one| one.code == code)) {
                let _ = unmark(&stands);
            } else {
                page::refresh();
            }
            None
        }
    });
    let _ = window_event_listener(ev::submit, move |event| {
        let form = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if form.is_some_and(|form| form.matches("#page [action=\"/api/start-sync\"]").unwrap_or(false)) {
            event.prevent_default();
            syncs::start(&live, vec![code.clone()]);
        }
    });
    Effect::new(move || {
        let reason = refused.with(|refused| refused.first().map(|one| format!("Not started. {}", one.reason)));
        page::tell("refused", reason.as_deref());
    });
}
