//! The message log while it is followed. New messages come in at the top; but while somebody reads further down, or has
//! unfolded a message, the log stands still and says how many there are.

use super::page;
use leptos::{ev, prelude::*};
use std::cell::Cell;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// What of a page is followed.
const PART: &str = "[data-follow]";
/// A top that is out of sight by less is in sight.
const SLACK_PX: f64 = 24.0;
/// After a click the page may have to be read on at once.
const SETTLED_MS: u32 = 100;

thread_local! {
    /// The log stands still, and there are messages it does not show.
    static HELD: Cell<bool> = const { Cell::new(false) };
}

fn followed() -> Option<Element> {
    document().query_selector(PART).ok().flatten()
}

pub fn is_followed() -> bool {
    followed().is_some()
}

fn is_read(log: &Element) -> bool {
    log.get_bounding_client_rect().top() < -SLACK_PX || log.query_selector("details[open]").is_ok_and(|open| open.is_some())
}

/// Goes on when nobody reads in it any more.
pub fn watch() {
    let _ = window_event_listener(ev::scroll, |_| {
        if HELD.get() && followed().is_some_and(|log| !is_read(&log)) {
            HELD.set(false);
            page::refresh();
        }
    });
    let _ = window_event_listener(ev::click, |event| {
        let at = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if let (true, Some(log), Some(at)) = (HELD.get(), followed(), at) {
            if at.matches(".news a").unwrap_or(false) {
                while let Ok(Some(open)) = log.query_selector("details[open]") {
                    let _ = open.remove_attribute("open");
                }
            }
            page::refresh_within(SETTLED_MS);
        }
    });
}

/// Whether the log on screen is to stand still while the rest becomes as it is in `new`; then says what is missing.
pub fn holds(new: &Element) -> bool {
    let read = followed().filter(is_read);
    HELD.set(read.is_some());
    let Some(log) = read else { return false };
    // Ids of messages sort by time.
    let newest = log.query_selector("tbody tr").ok().flatten().map(|row| row.id()).unwrap_or_default();
    let Ok(rows) = new.query_selector_all("[data-follow] tbody tr") else { return true };
    let fresh =
        |place: &u32| rows.item(*place).and_then(|row| row.dyn_into::<Element>().ok()).is_some_and(|row| row.id() > newest);
    let count = (0..rows.length()).take_while(fresh).count() as u32;
    if let (true, Ok(Some(link))) = (count > 0, log.query_selector(".news a")) {
        let (or_more, plural) = (if count == rows.length() { "+" } else { "" }, if count == 1 { "" } else { "s" });
        link.set_text_content(Some(&format!("{count}{or_more} new message{plural}")));
        let _ = link.remove_attribute("hidden");
    }
    true
}
