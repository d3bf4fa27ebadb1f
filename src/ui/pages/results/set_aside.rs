//! The fields of setting aside: why, and until when.

use crate::domain::results::MAX_NOTE;
use leptos::prelude::*;

/// `name` makes the fields' ids its own; `form` is that of the fields, where they do not stand in it.
#[component]
pub fn SetAsideFields(#[prop(into)] name: String) -> impl IntoView {
    let (note, until) = (format!("note-{name}"), format!("until-{name}"));
    let hint = format!("{until}-hint");
    view! {
        <div class="field">
            <label for=note.clone()>"Why"</label>
            <textarea class="textarea" id=note name="note" rows="2" maxlength=MAX_NOTE required></textarea>
        </div>
        <div class="field">
            <label for=until.clone()>"Until"</label>
            <input class="input" type="date" id=until name="until" aria-describedby=hint.clone()/>
            <p class="hint" id=hint>"Without a day: until its cause changes."</p>
        </div>
    }
    .into_any()
}
