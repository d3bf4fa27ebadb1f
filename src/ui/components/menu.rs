//! The keyboard of menus. A menu is a popover with `role="menu"`, opened by a button that names it in
//! `popovertarget`: the browser opens it, focuses its first item (`autofocus`), closes it with Escape or a click
//! elsewhere and gives the focus back. What is left for script are the arrow keys, so one handler serves all
//! menus of an island.

use leptos::ev::KeyboardEvent;

/// Put it on an element around the menus and their buttons: `on:keydown=menu_keys`.
pub fn menu_keys(event: KeyboardEvent) {
    #[cfg(feature = "hydrate")]
    handle(&event);
    #[cfg(not(feature = "hydrate"))]
    let _ = event;
}

#[cfg(feature = "hydrate")]
fn handle(event: &KeyboardEvent) -> Option<()> {
    use leptos::prelude::document;
    use wasm_bindgen::JsCast;
    use web_sys::HtmlElement;

    let focused = event.target()?.dyn_into::<HtmlElement>().ok()?;
    let key = event.key();
    if let Some(button) = focused.closest("[aria-haspopup=menu]").ok()? {
        // Enter, Space and a click open it by themselves; the arrows open it too.
        if key != "ArrowDown" && key != "ArrowUp" {
            return None;
        }
        event.prevent_default();
        let menu = document().get_element_by_id(&button.get_attribute("popovertarget")?)?;
        if !menu.matches(":popover-open").ok()? {
            button.dyn_ref::<HtmlElement>()?.click();
        }
        let items = menu.query_selector_all("[role=menuitem]").ok()?;
        let place = if key == "ArrowUp" { items.length().checked_sub(1)? } else { 0 };
        return items.get(place)?.dyn_ref::<HtmlElement>()?.focus().ok();
    }
    let menu = focused.closest("[role=menu]").ok()??;
    let items = menu.query_selector_all("[role=menuitem]").ok()?;
    let total = items.length();
    let item = |place: u32| items.get(place).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    let now = (0..total).find(|place| item(*place).is_some_and(|one| one.contains(Some(&focused))))?;
    let to = match key.as_str() {
        "ArrowDown" => (now + 1) % total,
        "ArrowUp" => (now + total - 1) % total,
        "Home" => 0,
        "End" => total - 1,
        "Tab" => {
            // Closes, and goes on from the menu's button.
            menu.dyn_ref::<HtmlElement>()?.hide_popover().ok()?;
            return None;
        }
        letter if letter.chars().count() == 1 && letter != " " => {
            let letter = letter.to_lowercase();
            let begins = |place: &u32| {
                item(*place).is_some_and(|one| one.text_content().unwrap_or_default().trim().to_lowercase().starts_with(&letter))
            };
            (now + 1..total).chain(0..=now).find(begins)?
        }
        _ => return None,
    };
    event.prevent_default();
    item(to)?.focus().ok()?;
    Some(())
}
