//! Going anywhere by keyboard: `Ctrl K` opens a box that finds companies and pages by what people call them.

use crate::api::imports::choose_company;
use leptos::{ev::KeyboardEvent, html, prelude::*};

/// A place to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// What it is called.
    name: String,
    /// What of it is meant.
    part: &'static str,
    address: String,
}

/// Pages that are about no company.
const PAGES: [(&str, &str); 5] = [
    ("Sync overview", "/overview"),
    ("Import sales documents", "/import"),
    ("Add a company", "/companies/new"),
    ("Integrations", "/settings/integrations"),
    ("Companies", "/settings/companies"),
];

/// Companies shown; more are found by more letters.
const MOST: usize = 12;

/// What of a company there is, its most wanted first. All of them are offered where one company is left.
const PARTS: [(&str, &str); 4] =
    [("Results", "results"), ("Message log", "messages"), ("Integration settings", "integration"), ("Import", "import")];

/// Companies first, then pages whose name holds the text.
fn places(text: &str, companies: Vec<(String, String)>) -> Vec<Place> {
    let parts = if companies.len() == 1 { PARTS.len() } else { 1 };
    let of_company = |(code, name): (String, String)| {
        PARTS[..parts].iter().map(move |(part, path)| Place {
            name: format!("{name} ({code})"),
            part,
            address: format!("/companies/{code}/{path}"),
        })
    };
    let text = text.trim().to_lowercase();
    let pages = PAGES.iter().filter(|(name, _)| name.to_lowercase().contains(&text)).map(|(name, address)| Place {
        name: (*name).into(),
        part: "",
        address: (*address).into(),
    });
    companies.into_iter().take(MOST).flat_map(of_company).chain(pages).collect()
}

#[island]
pub fn GoTo() -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let input = NodeRef::<html::Input>::new();
    let found = RwSignal::new(places("", Vec::new()));
    let at = RwSignal::new(0_usize);
    let failed = RwSignal::new(false);
    let open = move || {
        if let (Some(dialog), Some(input)) = (dialog.get_untracked(), input.get_untracked())
            && !dialog.open()
        {
            input.set_value("");
            look(String::new(), found, at, failed);
            let _ = dialog.show_modal();
        }
    };
    #[cfg(feature = "hydrate")]
    let _ = window_event_listener(leptos::ev::keydown, move |event| {
        if (event.ctrl_key() || event.meta_key())
            && !event.shift_key()
            && !event.alt_key()
            && event.key().eq_ignore_ascii_case("k")
        {
            event.prevent_default();
            open();
        }
    });
    // A page may have a button of its own for it.
    #[cfg(feature = "hydrate")]
    let _ = window_event_listener(leptos::ev::click, move |event| {
        use wasm_bindgen::JsCast;
        let at = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if at.is_some_and(|at| at.closest("[data-go-to]").is_ok_and(|button| button.is_some())) {
            open();
        }
    });
    let keys = move |event: KeyboardEvent| {
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        let now = at.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => at.set(if now >= last { 0 } else { now + 1 }),
            "ArrowUp" => at.set(if now == 0 { last } else { now - 1 }),
            "Enter" => go(found.with_untracked(|found| found.get(now).map(|place| place.address.clone()))),
            _ => return,
        }
        event.prevent_default();
    };
    let options = move || {
        let places = found.get();
        places
            .into_iter()
            .enumerate()
            .map(|(place, Place { name, part, address })| {
                view! {
                    <li
                        role="option"
                        id=format!("go-{place}")
                        class:active=move || at.get() == place
                        aria-selected=move || if at.get() == place { "true" } else { "false" }
                        on:click=move |_| go(Some(address.clone()))
                    >
                        {name} <span class="tally">{part}</span>
                    </li>
                }
            })
            .collect::<Vec<_>>()
    };
    let said = move || match (failed.get(), found.with(Vec::len)) {
        (true, _) => "The companies cannot be looked up just now.",
        (false, 0) => "Nothing is called that.",
        _ => "",
    };
    view! {
        <button type="button" class="opens scripted" on:click=move |_| open()>
            "Go to" <span class="wide">" company"</span> <kbd class="wide">"Ctrl K"</kbd>
        </button>
        <dialog class="go-to" aria-label="Go to a company or page" closedby="any" node_ref=dialog>
            <input
                class="input"
                type="text"
                role="combobox"
                aria-expanded="true"
                aria-controls="go-list"
                aria-autocomplete="list"
                aria-activedescendant=move || format!("go-{}", at.get())
                aria-label="Company name, code or page"
                placeholder="Company name, code or page"
                autocomplete="off"
                spellcheck="false"
                maxlength="100"
                autofocus
                node_ref=input
                on:input=move |event| look(event_target_value(&event), found, at, failed)
                on:keydown=keys
            />
            <ul class="options" id="go-list" role="listbox" aria-label="Places">{options}</ul>
            <p class="soft" role="status" hidden=move || said().is_empty()>{said}</p>
        </dialog>
    }
}

fn go(address: Option<String>) {
    #[cfg(feature = "hydrate")]
    if let Some(address) = address {
        let _ = window().location().set_href(&address);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = address;
}

/// Looks a text up after a pause in typing; an answer that comes after another was asked for is ignored.
fn look(text: String, found: RwSignal<Vec<Place>>, at: RwSignal<usize>, failed: RwSignal<bool>) {
    #[cfg(feature = "hydrate")]
    {
        use gloo_timers::callback::Timeout;
        use leptos::task::spawn_local;
        use std::cell::{Cell, RefCell};
        thread_local! {
            static TYPING: RefCell<Option<Timeout>> = const { RefCell::new(None) };
            static ASKED: Cell<u32> = const { Cell::new(0) };
        }
        let this = ASKED.get() + 1;
        ASKED.set(this);
        let pause = if text.is_empty() { 0 } else { 120 };
        TYPING.set(Some(Timeout::new(pause, move || {
            spawn_local(async move {
                let answer = choose_company(text.clone()).await;
                if ASKED.get() == this {
                    failed.set(answer.is_err());
                    at.set(0);
                    found.set(places(&text, answer.unwrap_or_default()));
                }
            });
        })));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (text, found, at, failed, choose_company);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_company_offers_all_its_pages_and_several_their_results() {
        let quay = ("AQE".to_owned(), "Albion Quay".to_owned());
        let addresses =
            |text: &str, companies| places(text, companies).into_iter().map(|place| place.address).collect::<Vec<_>>();
        assert_eq!(
            addresses("quay", vec![quay.clone()]),
            ["/companies/AQE/results", "/companies/AQE/messages", "/companies/AQE/integration", "/companies/AQE/import"]
        );
        assert_eq!(
            addresses("import", vec![quay.clone(), ("B".into(), "Bramley".into())]),
            ["/companies/AQE/results", "/companies/B/results", "/import"]
        );
        assert_eq!(
            addresses("", Vec::new()),
            ["/overview", "/import", "/companies/new", "/settings/integrations", "/settings/companies"]
        );
    }
}
