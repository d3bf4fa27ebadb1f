//! Form fields with their label, hint and error tied together for screen readers.

use crate::domain::filter::MAX_SEARCH;
use leptos::prelude::*;

/// A text-like field. `kind` is an input type (`text`, `date`, `number` ...); an error makes it invalid.
#[component]
pub fn Field(
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] error: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] required: bool,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] autocomplete: Option<&'static str>,
) -> impl IntoView {
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described: Vec<_> = [(&hint, &hint_id), (&error, &error_id)]
        .into_iter()
        .filter(|(text, _)| !text.is_empty())
        .map(|(_, id)| id.as_str())
        .collect();
    let described = (!described.is_empty()).then(|| described.join(" "));
    let invalid = (!error.is_empty()).then_some("true");
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                class="input"
                id=name
                name=name
                type=kind
                value=value
                required=required
                maxlength=maxlength
                autocomplete=autocomplete
                aria-invalid=invalid
                aria-describedby=described
            />
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=hint_id>{hint}</p> })}
            {(!error.is_empty()).then(|| view! { <p class="error" id=error_id>{error}</p> })}
        </div>
    }
}

/// What a list is searched for, in the form around it; `/` leads here.
#[component]
pub fn SearchField(
    placeholder: &'static str,
    #[prop(into)] value: String,
    /// Takes the room that is left beside others.
    #[prop(optional)]
    wide: bool,
) -> impl IntoView {
    view! {
        <div class=if wide { "field looks-for" } else { "field" }>
            <label for="q">"Search"</label>
            <input
                class="input"
                id="q"
                name="q"
                type="search"
                data-key="/"
                placeholder=placeholder
                autocomplete="off"
                maxlength=MAX_SEARCH
                value=value
            />
        </div>
    }
}

/// One of several: a native select with its label.
#[component]
pub fn Choice(
    name: &'static str,
    #[prop(into)] label: String,
    /// Value and words of each option.
    options: Vec<(String, String)>,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] hint: String,
) -> impl IntoView {
    let hint_id = format!("{name}-hint");
    let described = (!hint.is_empty()).then(|| hint_id.clone());
    let options: Vec<_> = options
        .into_iter()
        .map(|(word, words)| {
            let selected = word == value;
            view! { <option value=word selected=selected>{words}</option> }
        })
        .collect();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <select class="select" id=name name=name aria-describedby=described>{options}</select>
            {(!hint.is_empty()).then(|| view! { <p class="hint" id=hint_id>{hint}</p> })}
        </div>
    }
}
