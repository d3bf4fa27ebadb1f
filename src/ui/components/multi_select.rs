//! Several of a few: a button that opens a list of choices. With script it is a listbox of the WAI-ARIA
//! pattern that applies each choice at once; without, tick boxes of the form around it and a button.

use super::{Icon, icon::drawing};
use leptos::{either::Either, ev::KeyboardEvent, prelude::*};

/// One of the choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choosable {
    /// Its value in the form.
    pub word: &'static str,
    pub label: &'static str,
    pub icon: Option<&'static str>,
    pub tone: &'static str,
    pub count: u64,
    pub chosen: bool,
}

/// `name` is the form field's, `label` what people read; `toggle` is called with a choice's place.
#[component]
pub fn MultiSelect(
    name: &'static str,
    label: &'static str,
    #[prop(into)] choices: Signal<Vec<Choosable>>,
    /// Whether script has taken over.
    scripted: RwSignal<bool>,
    toggle: impl Fn(usize) + Copy + Send + Sync + 'static,
    clear: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let panel = format!("choose-{name}");
    let summary = move || {
        choices.with(|choices| {
            let mut chosen = choices.iter().filter(|choice| choice.chosen);
            match (chosen.next(), chosen.count()) {
                (None, _) => format!("{label}: all"),
                (Some(one), 0) => format!("{label}: {}", one.label),
                (Some(_), more) => format!("{label}: {} chosen", more + 1),
            }
        })
    };
    let any = move || choices.with(|choices| choices.iter().any(|choice| choice.chosen));
    let inner = move || {
        if scripted.get() {
            Either::Left(view! {
                <Listbox name label choices toggle/>
                <footer>
                    <button type="button" class="button small quiet" disabled=move || !any() on:click=move |_| clear()>
                        "Clear"
                    </button>
                </footer>
            })
        } else {
            Either::Right(view! { <Boxes name label choices=choices.get_untracked()/> })
        }
    };
    view! {
        <button type="button" class="button" popovertarget=panel.clone() aria-haspopup="listbox">
            {summary}
            <Icon name="down"/>
        </button>
        <div class="panel" id=panel popover="auto">{inner}</div>
    }
}

#[component]
fn Listbox(
    name: &'static str,
    label: &'static str,
    choices: Signal<Vec<Choosable>>,
    toggle: impl Fn(usize) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let at = RwSignal::new(0_usize);
    let total = choices.with_untracked(Vec::len);
    let id = move |place: usize| format!("{name}-{place}");
    let keys = move |event: KeyboardEvent| {
        let now = at.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => at.set((now + 1).min(total - 1)),
            "ArrowUp" => at.set(now.saturating_sub(1)),
            "Home" => at.set(0),
            "End" => at.set(total - 1),
            " " | "Enter" => toggle(now),
            letter if letter.chars().count() == 1 && !event.ctrl_key() && !event.meta_key() && !event.alt_key() => {
                let letter = letter.to_lowercase();
                let begins =
                    |place: &usize| choices.with_untracked(|choices| choices[*place].label.to_lowercase().starts_with(&letter));
                match (now + 1..total).chain(0..=now).find(begins) {
                    Some(place) => at.set(place),
                    None => return,
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let options: Vec<_> = (0..total)
        .map(|place| {
            let choice = choices.with_untracked(|choices| choices[place].clone());
            let chosen = move || choices.with(|choices| choices[place].chosen);
            view! {
                <li
                    role="option"
                    id=id(place)
                    class:active=move || at.get() == place
                    aria-selected=move || if chosen() { "true" } else { "false" }
                    on:click=move |_| {
                        at.set(place);
                        toggle(place);
                    }
                >
                    <svg class="icon tick" aria-hidden="true" inner_html=drawing("tick")></svg>
                    {choice.icon.map(|icon| view! { <span class=choice.tone><Icon name=icon/></span> })}
                    {choice.label}
                    <span class="tally">{move || choices.with(|choices| choices[place].count)}</span>
                </li>
            }
        })
        .collect();
    view! {
        <ul
            class="options"
            role="listbox"
            tabindex="0"
            autofocus
            aria-label=label
            aria-multiselectable="true"
            aria-activedescendant=move || id(at.get())
            on:keydown=keys
        >
            {options}
        </ul>
    }
}

#[component]
fn Boxes(name: &'static str, label: &'static str, choices: Vec<Choosable>) -> impl IntoView {
    let boxes: Vec<_> = choices
        .into_iter()
        .map(|choice| {
            view! {
                <label>
                    <input type="checkbox" name=name value=choice.word checked=choice.chosen/>
                    {choice.icon.map(|icon| view! { <span class=choice.tone><Icon name=icon/></span> })}
                    {choice.label}
                    <span class="tally">{choice.count}</span>
                </label>
            }
        })
        .collect();
    view! {
        <fieldset class="options" aria-label=label>{boxes}</fieldset>
        <footer>
            <button type="submit" class="button small primary">"Apply"</button>
        </footer>
    }
}
