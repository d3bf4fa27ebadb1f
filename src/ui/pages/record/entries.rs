//! The entries of a record's forms, each with what is wrong with it.

use crate::{
    domain::record::view::{EntryError, Named},
    ui::components::as_html,
};
use leptos::prelude::*;

/// What is wrong with the field of that id; empty where nothing is.
pub fn error_of(errors: &[EntryError], field: &str) -> String {
    errors.iter().filter(|error| error.field == field).map(|error| error.words.as_str()).collect::<Vec<_>>().join(" ")
}

/// One of several values, or any where there are none to choose from. What it holds now can stay, also where it could
/// not be chosen any more. `label` is for screen readers where `shown` is false.
#[component]
pub fn Pick(
    id: String,
    name: String,
    #[prop(into)] label: String,
    #[prop(optional)] shown: bool,
    value: String,
    choices: Vec<Named>,
    /// Words of the choice to leave things as they are, where that can be chosen.
    #[prop(optional)]
    none: Option<&'static str>,
    #[prop(optional)] error: String,
) -> impl IntoView {
    let error_id = format!("{id}-error");
    let described = (!error.is_empty()).then(|| error_id.clone());
    let invalid = (!error.is_empty()).then_some("true");
    let field = if choices.is_empty() && none.is_none() {
        view! { <input class="input" id=id.clone() name=name value=value maxlength="100" aria-invalid=invalid aria-describedby=described/> }
            .into_any()
    } else {
        let is_there = value.is_empty() || choices.iter().any(|(choice, _)| *choice == value);
        let present = (!is_there).then(|| {
            let words = if none.is_some() { value.clone() } else { format!("{value} (not in use there)") };
            view! { <option value=value.clone() selected>{words}</option> }
        });
        let options = choices
            .into_iter()
            .map(|(choice, words)| {
                let selected = choice == value;
                view! { <option value=choice selected=selected>{words}</option> }
            })
            .collect_view();
        view! {
            <select class="select" id=id.clone() name=name aria-invalid=invalid aria-describedby=described>
                {none.map(|words| view! { <option value="">{words}</option> })}
                {present}
                {options}
            </select>
        }
        .into_any()
    };
    view! {
        <div class="field">
            <label for=id class=(!shown).then_some("visually-hidden")>{label}</label>
            {field}
            {(!error.is_empty()).then(|| view! { <p class="error" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
}

/// A text of several lines.
#[component]
pub fn LongText(
    id: String,
    name: String,
    #[prop(into)] label: String,
    #[prop(optional)] shown: bool,
    value: String,
    most: usize,
    rows: usize,
    #[prop(optional)] error: String,
) -> impl IntoView {
    let error_id = format!("{id}-error");
    let described = (!error.is_empty()).then(|| error_id.clone());
    let invalid = (!error.is_empty()).then_some("true");
    view! {
        <div class="field">
            <label for=id.clone() class=(!shown).then_some("visually-hidden")>{label}</label>
            <textarea class="textarea" id=id name=name maxlength=most rows=rows aria-invalid=invalid aria-describedby=described>
                {as_html(&value)}
            </textarea>
            {(!error.is_empty()).then(|| view! { <p class="error" id=error_id>{error}</p> })}
        </div>
    }
    .into_any()
}
