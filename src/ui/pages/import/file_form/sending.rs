//! The form's doings in the browser.

use crate::{
    domain::import::MAX_FILE_BYTES,
    ui::live::{page, request},
};
use leptos::{ev, prelude::*};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DragEvent, Element, Event, File, FileList, FormData, HtmlFormElement, HtmlInputElement, Node};

thread_local! {
    static SENDING: Cell<bool> = const { Cell::new(false) };
}

/// Script takes over. What is listened to is the whole window: a file that misses the field would otherwise take the
/// place of the page.
pub fn wake() {
    page::keep_up();
    let _ = window_event_listener(ev::dragover, |event| _ = drag(&event));
    let _ = window_event_listener(ev::drop, |event| _ = drag(&event));
    let _ = window_event_listener(ev::dragleave, |event| {
        if event.related_target().is_none() {
            hold_over(false);
        }
    });
    let _ = window_event_listener(ev::change, |event| {
        if let Some(files) = is(&event, "file").then(input).flatten().and_then(|input| input.files()) {
            take(&files);
        }
    });
    let _ = window_event_listener(ev::submit, |event| {
        if is(&event, "import") {
            event.prevent_default();
            send();
        }
    });
}

fn is(event: &Event, id: &str) -> bool {
    event.target().and_then(|target| target.dyn_into::<Element>().ok()).is_some_and(|target| target.id() == id)
}

fn find<T: JsCast>(selector: &str) -> Option<T> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

fn input() -> Option<HtmlInputElement> {
    find("#file")
}

fn hold_over(over: bool) {
    if let Some(field) = find::<Element>(".drop") {
        let _ = field.class_list().toggle_with_force("over", over);
    }
}

/// A file is held over the page, or let go.
fn drag(event: &DragEvent) -> Option<()> {
    let held = event.data_transfer().filter(|held| held.types().includes(&JsValue::from_str("Files"), 0))?;
    event.prevent_default();
    let target = event.target()?.dyn_into::<Node>().ok()?;
    let over = find::<Element>(".drop")?.contains(Some(&target));
    let lets_go = event.type_() == "drop";
    hold_over(over && !lets_go);
    held.set_drop_effect(if over { "copy" } else { "none" });
    if over && lets_go {
        take(&held.files()?);
    }
    Some(())
}

/// What is dropped is the field's choice from here on; what cannot be right is nobody's.
fn take(files: &FileList) {
    let (Some(input), Some(file), false) = (input(), files.get(0), SENDING.get()) else { return };
    match fault(&file, files.length()) {
        None => {
            input.set_files(Some(files));
            say("", &format!("{}, {}, ready to import.", file.name(), size(file.size() as u64)));
        }
        Some(fault) => {
            input.set_value("");
            say(&fault, "");
        }
    }
}

/// What can be said of a file before it is sent.
fn fault(file: &File, files: u32) -> Option<String> {
    let (name, bytes) = (file.name(), file.size() as u64);
    if files > 1 {
        Some(format!("These are {files} files. Import them one after the other."))
    } else if !name.to_lowercase().ends_with(".csv") {
        Some(format!("{name} is not a CSV file. In a spreadsheet program, save it as “CSV UTF-8”."))
    } else if bytes == 0 {
        Some(format!("{name} is empty."))
    } else if bytes > MAX_FILE_BYTES as u64 {
        Some(format!("{name} has {}; at most {} are read.", size(bytes), size(MAX_FILE_BYTES as u64)))
    } else {
        None
    }
}

/// Says what is wrong, and what is well; either may be empty.
fn say(error: &str, news: &str) {
    for (place, words) in [("#file-error", error), ("#file-news", news)] {
        if let Some(place) = find::<Element>(place) {
            place.set_text_content(Some(words));
        }
    }
    if let Some(input) = input() {
        let _ =
            if error.is_empty() { input.remove_attribute("aria-invalid") } else { input.set_attribute("aria-invalid", "true") };
    }
}

/// Shows how much is sent. All sent, how long the server takes is not known.
fn progress(sent: f64, of: f64) {
    if let Some(bar) = find::<Element>("#import progress") {
        if sent < of {
            let _ = bar.set_attribute("max", &(of as u64).to_string());
            let _ = bar.set_attribute("value", &(sent as u64).to_string());
        } else {
            let _ = bar.remove_attribute("value");
        }
    }
}

fn set_sending(sending: bool) {
    SENDING.set(sending);
    progress(0.0, 0.0);
    if let (Some(bar), Some(button)) = (find::<Element>("#import progress"), find::<Element>("#import button")) {
        let _ = bar.toggle_attribute_with_force("hidden", !sending);
        let _ = if sending { button.set_attribute("aria-disabled", "true") } else { button.remove_attribute("aria-disabled") };
    }
}

/// Sends the file, and shows the page that the browser would have been sent on to.
fn send() {
    let Some(form) = find::<HtmlFormElement>("#import").filter(|_| !SENDING.get()) else { return };
    let Ok(data) = FormData::new_with_form(&form) else { return };
    set_sending(true);
    say("", "Sending the file …");
    request::post(&form.action(), &data, progress, move |answer| {
        set_sending(false);
        let failed = match answer {
            Some(answer) if answer.status == 200 && page::show(&answer.text) => {
                form.reset();
                // In place of the form's address: going back leads to where one came from.
                if let Ok(history) = window().history() {
                    let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&answer.address));
                }
                String::new()
            }
            Some(answer) if answer.status < 500 => answer.text,
            Some(_) => "Something went wrong on the server. Try again; the server’s log says more.".into(),
            None => "The server cannot be reached. Try again in a moment.".into(),
        };
        say(&failed, "");
    });
}

/// `840 bytes`, `12 kB`, `3.4 MB`.
fn size(bytes: u64) -> String {
    const KB: u64 = 1024;
    const MB: u64 = 1024 * KB;
    match bytes {
        0..KB => format!("{bytes} bytes"),
        KB..MB => format!("{} kB", bytes / KB),
        _ => format!("{}.{} MB", bytes / MB, bytes % MB * 10 / MB),
    }
}
