//! The form that sends a file. Without script the browser does it all; with script a file can be dropped on the
//! field, a file that cannot be right is not sent at all, and one sees how it goes.

#[cfg(feature = "hydrate")]
mod sending;

use crate::ui::components::{Icon, Tone};
use leptos::prelude::*;

/// What script says in it, it says in the elements of these ids and classes: see `sending.rs`.
#[component]
pub fn FileForm(
    /// Where the file is sent; a page at the same address shows how it goes.
    #[prop(into)]
    action: String,
    /// What the file holds.
    label: &'static str,
    hint: &'static str,
) -> impl IntoView {
    view! {
        <form
            class="card form"
            id="import"
            method="post"
            enctype="multipart/form-data"
            action=action
            data-own=""
        >
            <div class="field drop">
                <Icon name="upload"/>
                <label for="file">{label}</label>
                <p class="soft scripted">"Drop a file here, or choose one."</p>
                <input class="input" id="file" name="file" type="file" accept=".csv,text/csv" required aria-describedby="file-error file-hint"/>
                <p class="error" id="file-error" role="alert"></p>
                <p class="hint" id="file-hint">
                    {hint}
                </p>
            </div>
            <div class="row">
                <button class="button primary">"Import"</button>
                <progress class=format!("progress {}", Tone::Info.class()) aria-label="Progress of the upload" hidden></progress>
                <p class="soft" id="file-news" role="status"></p>
            </div>
        </form>
        <FileDrop/>
    }
}

/// What script adds.
#[island]
fn FileDrop() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    sending::wake();
}
