//! Single keys: `?` shows them. A page gives an element a key with `data-key`; pressing it clicks the element, or
//! focuses it where it is a field. They can be turned off, for people who dictate or press keys by accident; the
//! browser remembers that.

use leptos::{html, prelude::*};

/// What the keys do, for the list; a key that the page has no element for does nothing there.
const KEYS: [(&str, &str); 5] = [
    ("Ctrl K", "Go to a company or page"),
    ("/", "Search"),
    ("[", "Previous company of the list"),
    ("]", "Next company of the list"),
    ("?", "Show these keys"),
];

#[cfg(feature = "hydrate")]
const KEPT: &str = "tieout-keys";

#[island]
pub fn Keys() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let on = RwSignal::new(true);
    #[cfg(feature = "hydrate")]
    browser::wake(dialog, on);
    let change = move |event: leptos::ev::Event| {
        on.set(event_target_checked(&event));
        #[cfg(feature = "hydrate")]
        browser::keep(on.get_untracked());
    };
    let list = KEYS.map(|(key, does)| view! { <div><dt><kbd>{key}</kbd></dt> <dd>{does}</dd></div> });
    view! {
        <dialog class="keys" aria-labelledby="keys-title" closedby="any" node_ref=dialog>
            <h2 id="keys-title">"Keys"</h2>
            <dl>{list}</dl>
            <label class="row"><input type="checkbox" prop:checked=on on:change=change/> "Single keys do something"</label>
            <form method="dialog"><button class="button">"Close"</button></form>
        </dialog>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::KEPT;
    use leptos::{html, prelude::*};
    use wasm_bindgen::JsCast;
    use web_sys::{Element, HtmlElement, KeyboardEvent};

    pub fn wake(dialog: NodeRef<html::Dialog>, on: RwSignal<bool>) {
        let off = window().local_storage().ok().flatten().and_then(|kept| kept.get_item(KEPT).ok().flatten());
        Effect::new(move || on.set(off.as_deref() != Some("off")));
        let _ = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "?" && !is_typing(&event) && on.get_untracked() {
                if let Some(dialog) = dialog.get_untracked().filter(|dialog| !dialog.open()) {
                    let _ = dialog.show_modal();
                }
            } else if on.get_untracked() && !is_typing(&event) {
                press(&event);
            }
        });
    }

    /// A browser that keeps nothing forgets it with the page.
    pub fn keep(on: bool) {
        if let Ok(Some(kept)) = window().local_storage() {
            let _ = kept.set_item(KEPT, if on { "on" } else { "off" });
        }
    }

    /// Whether the key means something else where it was pressed.
    fn is_typing(event: &KeyboardEvent) -> bool {
        event.ctrl_key()
            || event.meta_key()
            || event.alt_key()
            || event.target().and_then(|target| target.dyn_into::<Element>().ok()).is_some_and(|at| {
                at.closest("input, select, textarea, dialog, [role=listbox], [role=menu]").ok().flatten().is_some()
            })
    }

    fn press(event: &KeyboardEvent) {
        let key = event.key();
        // Only signs: letters and digits would need escaping, and mean things to screen readers.
        if !matches!(key.as_str(), "/" | "[" | "]") {
            return;
        }
        let element = document().query_selector(&format!("[data-key=\"{key}\"]")).ok().flatten();
        let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else { return };
        event.prevent_default();
        if element.matches("input").unwrap_or(false) {
            let _ = element.focus();
        } else {
            element.click();
        }
    }
}
