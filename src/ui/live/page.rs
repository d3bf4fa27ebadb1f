//! The page as the server writes it, kept up to date in place. Islands change by themselves; all else is read
//! again when it may have changed, and what differs is carried over into the page on screen.

use super::{carry_over::carry_over, log, request};
use gloo_timers::callback::Timeout;
use leptos::{ev, prelude::*};
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsCast;
use web_sys::{DomParser, Element, HtmlElement, Node, SupportedType};

/// A page that says by `data-again` that it will be other in a moment is read again after this long.
const AGAIN_MS: u32 = 1_000;
/// Seconds until the next try after so many failures; the last for all that follow.
const BACK_OFF_S: [u32; 4] = [1, 2, 5, 15];

/// Part of the page is other by now and was not replaced.
const HELD: &str = "What you are filling in has changed meanwhile. Updating discards what you entered.";

thread_local! {
    /// The next reading, and whether it is there to make good a failed one.
    static DUE: RefCell<Option<Timeout>> = const { RefCell::new(None) };
    static UNDER_WAY: Cell<bool> = const { Cell::new(false) };
    /// Something changed that the reading under way may not show.
    static OUTDATED: Cell<bool> = const { Cell::new(false) };
    static FAILURES: Cell<usize> = const { Cell::new(0) };
    /// Fields in which somebody has typed or chosen something; `None` until the first reading.
    static EDITED: RefCell<Option<Vec<Node>>> = const { RefCell::new(None) };
}

/// What the server wrote of this page lies in there.
fn region(document: &web_sys::Document) -> Option<Element> {
    document.get_element_by_id("page")
}

/// Watches over what is edited, so that it is never overwritten; and reads on where the page asks for it.
pub fn keep_up() {
    if EDITED.with_borrow(Option::is_none) {
        EDITED.set(Some(filled_in()));
        let _ = window_event_listener(ev::input, |event| {
            let Some(field) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
            // A tick says nothing of the page around it, and stays with its row.
            if field.matches(".tick input").unwrap_or(false) {
                return;
            }
            let field = Node::from(field);
            EDITED.with_borrow_mut(|edited| {
                let edited = edited.get_or_insert_default();
                if !edited.contains(&field) {
                    edited.push(field);
                }
            });
        });
    }
    let again = region(&document()).and_then(|page| page.query_selector("[data-again]").ok().flatten());
    if again.is_some() {
        refresh_within(AGAIN_MS);
    }
}

/// Fields that hold something else than the server wrote: typed before this code was awake, or restored by the browser.
fn filled_in() -> Vec<Node> {
    let fields = "input:not([type=checkbox], [type=radio]), textarea";
    let Some(fields) = region(&document()).and_then(|page| page.query_selector_all(fields).ok()) else {
        return Vec::new();
    };
    let of = |field: &Node, name: &str| js_sys::Reflect::get(field, &name.into()).ok();
    let all = (0..fields.length()).filter_map(|place| fields.item(place));
    all.filter(|field| of(field, "value") != of(field, "defaultValue")).collect()
}

/// Reads the page again, now.
pub fn refresh() {
    if UNDER_WAY.get() {
        OUTDATED.set(true);
        return;
    }
    DUE.take();
    UNDER_WAY.set(true);
    OUTDATED.set(false);
    request::get(&window().location().href().unwrap_or_default(), |answer| {
        UNDER_WAY.set(false);
        if answer.is_some_and(|answer| answer.status == 200 && show(&answer.text)) {
            FAILURES.set(0);
        } else {
            let failures = FAILURES.replace(FAILURES.get() + 1);
            refresh_within(BACK_OFF_S[failures.min(BACK_OFF_S.len() - 1)] * 1_000);
        }
        if OUTDATED.get() {
            refresh();
        }
    });
}

/// Shows another address of this page, in place of the present one.
pub fn show_at(address: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(address));
        refresh();
    }
}

/// Reads the page again in so many milliseconds at the latest. Nobody sees a hidden page: it waits.
pub fn refresh_within(ms: u32) {
    DUE.with_borrow_mut(|due| {
        due.get_or_insert_with(|| {
            Timeout::new(ms, || {
                // Its own timer is running out: it must not be dropped while it is called.
                if let Some(done) = DUE.take() {
                    done.forget();
                }
                if document().hidden() { refresh_within(AGAIN_MS) } else { refresh() }
            })
        });
    });
}

/// Shows a page in place of the one on screen; `false` where the text is no such page.
pub fn show(html: &str) -> bool {
    take_over(html).is_some()
}

fn take_over(html: &str) -> Option<()> {
    let new = DomParser::new().ok()?.parse_from_string(html, SupportedType::TextHtml).ok()?;
    let (old, new) = (region(&document())?, region(&new)?);
    // What is meant for browsers without script would take effect here.
    while let Some(element) = new.query_selector("noscript").ok()? {
        element.remove();
    }
    let edited = EDITED.with_borrow(|edited| edited.clone().unwrap_or_default());
    let log_held = log::holds(&new);
    let held = carry_over(&old, &new, |part| {
        (log_held && part.has_attribute("data-follow")) || edited.iter().any(|field| part.contains(Some(field)))
    });
    tell("held", held.then_some(HELD));
    // Ticked rows may be gone.
    let _ = super::lists::count();
    keep_up();
    Some(())
}

/// Says something over the lower edge of the page, in the place of that id, or takes it back.
pub fn tell(place: &str, words: Option<&str>) {
    let Some(place) = document().get_element_by_id(place).and_then(|place| place.dyn_into::<HtmlElement>().ok()) else { return };
    // Either fails where it is done already.
    let _ = match words {
        Some(words) => {
            if let Ok(Some(what)) = place.query_selector(".what") {
                what.set_text_content(Some(words));
            }
            place.show_popover()
        }
        None => place.hide_popover(),
    };
}
