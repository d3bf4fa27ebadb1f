//! The menu of a row: the WAI-ARIA menu button, with the browser's popover doing the opening.

use super::board::State;
use crate::{domain::company::CompanyRow, ui::components::Icon};
use leptos::{ev::MouseEvent, prelude::*};

#[component]
pub fn RowMenu(
    state: State,
    code: String,
    name: Signal<String>,
    row: RwSignal<CompanyRow>,
    starting: Memo<bool>,
) -> impl IntoView {
    let menu = format!("menu-{code}");
    let label = move || format!("More actions for {}", name.get());
    let blocked = Memo::new(move |_| {
        if starting.get() { Some("A sync is running already.".to_owned()) } else { row.with(|row| row.sync_blocked.clone()) }
    });
    let can = move || blocked.with(Option::is_none);
    let start = {
        let code = code.clone();
        move |event: MouseEvent| {
            event.prevent_default();
            if !can() {
                return;
            }
            close(&event);
            state.start(vec![code.clone()]);
        }
    };
    // To the very step that is due there.
    let settings = {
        let code = code.clone();
        move || {
            let step =
                row.with(|row| row.status.resolved_at(row.provider.is_some())).filter(|step| step.starts_with("integration"));
            format!("/companies/{code}/{}", step.unwrap_or("integration"))
        }
    };
    view! {
        <button type="button" class="button quiet square" popovertarget=menu.clone() aria-haspopup="menu" aria-label=label>
            <Icon name="dots"/>
        </button>
        <div class="panel menu to-start" id=menu popover="auto" role="menu" aria-label=label>
            <button
                role="menuitem"
                // Without script, what cannot be done sends nothing.
                type=move || if can() { "submit" } else { "button" }
                form="start-one"
                name="codes[]"
                value=code.clone()
                autofocus
                aria-disabled=move || (!can()).then_some("true")
                on:click=start
            >
                <Icon name="in-progress"/>
                <span>
                    "Start sync"
                    <span class="why" hidden=can>{move || blocked.get().unwrap_or_default()}</span>
                </span>
            </button>
            <a role="menuitem" href=settings><Icon name="settings"/> "Integration settings"</a>
            <a role="menuitem" href=format!("/companies/{code}/messages")><Icon name="list"/> "View message log"</a>
        </div>
    }
}

/// Closes the menu the click was in; the browser gives the focus back to its button.
fn close(event: &MouseEvent) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let menu = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest("[popover]").ok().flatten())
            .and_then(|menu| menu.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(menu) = menu {
            let _ = menu.hide_popover();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = event;
}
