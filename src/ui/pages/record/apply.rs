//! Applying credit to what its contact owes.

use super::{Here, entries::Pick};
use crate::{
    domain::{
        money::grouped,
        record::view::{Application, DocumentView},
    },
    ui::components::{Field, Notice, Tone},
};
use leptos::prelude::*;

#[component]
pub fn Apply(here: Here, application: Application, document: DocumentView) -> impl IntoView {
    let what = document.kind.settles().map_or("document", |kind| kind.label()).to_lowercase();
    let article = if what.starts_with('i') { "an" } else { "a" };
    let left = format!("{} {} is left of it.", grouped(application.left, &document.currency), document.currency);
    let unsaved = application.unsaved.then(|| {
        view! { <Notice tone=Tone::Warn>"What you entered is below, and nothing was applied yet."</Notice> }
    });
    view! {
        <section class="card" aria-labelledby="apply">
            <h2 id="apply">{format!("Apply to {article} {what}")}</h2>
            <form class="form" method="post" action="/api/apply-credit">
                <input type="hidden" name="code" value=here.code/>
                <input type="hidden" name="id" value=here.id/>
                {unsaved}
                <p>{left}</p>
                <div class="fields">
                    <Pick id="document".into() name="document".into() label=format!("Which {what}") shown=true
                        value=application.entry.document choices=application.documents/>
                    <Field name="amount" label="Amount" value=application.entry.amount hint="Leave it empty for as much as both have left." maxlength=30/>
                    <Field name="date" label="On" kind="date" value=application.entry.date required=true/>
                </div>
                <div class="row">
                    <button class="button primary">"Apply and send"</button>
                </div>
            </form>
        </section>
    }
    .into_any()
}
