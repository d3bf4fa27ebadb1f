//! What script adds to the lists the server writes: all rows are ticked at once, a row unfolds in place, and a choice
//! in a filter is sent by itself.

use super::page;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlFormElement, HtmlInputElement};

/// Once a page.
pub fn wake() {
    let _ = window_event_listener(ev::click, |event| {
        if event.ctrl_key() || event.shift_key() || event.meta_key() || event.alt_key() || event.button() != 0 {
            return;
        }
        let link = target(&event).and_then(|at| at.closest("a[data-here]").ok().flatten());
        if let Some(address) = link.and_then(|link| link.get_attribute("href")) {
            event.prevent_default();
            page::show_at(&address);
        }
    });
    let _ = window_event_listener(ev::change, |event| {
        let Some(field) = target(&event) else { return };
        let ticks = field.matches(".tick input").unwrap_or(false);
        if let Some(all) = field.dyn_ref::<HtmlInputElement>().filter(|field| field.has_attribute("data-tick-all")) {
            let _ = tick(all.checked());
        } else if field.matches("[data-submits] select").unwrap_or(false)
            && let Some(form) = field.closest("form").ok().flatten().and_then(|form| form.dyn_into::<HtmlFormElement>().ok())
        {
            let _ = form.request_submit();
        }
        if ticks {
            let _ = count();
        }
    });
}

/// Says how many rows are ticked, where the page has a place for it.
pub fn count() -> Option<()> {
    let ticked = document().query_selector_all("td.tick input:checked").ok()?.length();
    let words = if ticked == 0 { String::new() } else { format!("{ticked} selected") };
    document().query_selector(".ticked").ok()??.set_text_content(Some(&words));
    Some(())
}

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Ticks all rows of the page, or none.
fn tick(checked: bool) -> Option<()> {
    let rows = document().query_selector_all("td.tick input").ok()?;
    for place in 0..rows.length() {
        if let Some(row) = rows.item(place).and_then(|row| row.dyn_into::<HtmlInputElement>().ok()) {
            row.set_checked(checked);
        }
    }
    Some(())
}
