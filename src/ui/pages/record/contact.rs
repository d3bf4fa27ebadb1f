//! A contact: what it says, the form in which that is changed, and its documents.

use super::{
    Here,
    entries::{LongText, error_of},
};
use crate::{
    domain::{
        document::DocumentState,
        money::grouped,
        record::{
            edit::{MOST_ADDRESS, MOST_COUNTRY, MOST_EMAIL, MOST_NAME},
            view::{ContactForm, ContactView, DocumentRow, PAGE},
        },
    },
    ui::components::{Badge, Empty, Field, Notice, Pager, Tone},
};
use leptos::prelude::*;

#[component]
pub fn Contact(here: Here, contact: ContactView, other_side: AnyView) -> impl IntoView {
    let facts = contact.facts.clone();
    let said = |text: String| match text.is_empty() {
        true => view! { <span class="soft">"None"</span> }.into_any(),
        false => view! { <span class="lines-kept">{text}</span> }.into_any(),
    };
    let (tone, state) = if facts.archived { (Tone::Neutral, "Archived") } else { (Tone::Good, "In use") };
    view! {
        <div class="columns" id="record">
            <section class="card" aria-labelledby="what">
                <h2 id="what">"As we hold it"</h2>
                <dl class="facts-list">
                    <div><dt>"State"</dt><dd><Badge tone>{state}</Badge></dd></div>
                    <div><dt>"E-mail"</dt><dd>{said(facts.email)}</dd></div>
                    <div><dt>"Address"</dt><dd>{said(facts.address)}</dd></div>
                    <div><dt>"Country"</dt><dd>{said(facts.country)}</dd></div>
                </dl>
            </section>
            {other_side}
        </div>
        {contact.form.clone().map(|form| view! { <Change here=here.clone() form/> })}
        <Documents here contact/>
    }
    .into_any()
}

#[component]
fn Change(here: Here, form: ContactForm) -> impl IntoView {
    let error = |field: &str| error_of(&form.errors, field);
    let unsaved = form.unsaved.then(|| {
        view! { <Notice tone=Tone::Warn>"What you entered is below and not saved yet."</Notice> }
    });
    let edit = form.edit.clone();
    view! {
        <section class="card" aria-labelledby="change">
            <h2 id="change">"Change this contact"</h2>
            <form class="form" method="post" action="/api/edit-contact">
                <input type="hidden" name="code" value=here.code/>
                <input type="hidden" name="id" value=here.id/>
                <input type="hidden" name="version" value=form.version/>
                {unsaved}
                <div class="fields">
                    <Field name="name" label="Name" value=edit.name error=error("name") required=true maxlength=MOST_NAME as u32/>
                    <Field name="email" label="E-mail" value=edit.email error=error("email") kind="email" maxlength=MOST_EMAIL as u32/>
                    <LongText id="address".into() name="address".into() label="Address" shown=true value=edit.address
                        most=MOST_ADDRESS rows=3 error=error("address")/>
                    <Field name="country" label="Country" value=edit.country error=error("country") maxlength=MOST_COUNTRY as u32/>
                </div>
                <div class="row">
                    <button class="button primary">"Save and send"</button>
                    <a class="button quiet" href=here.page>"Cancel"</a>
                </div>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn Documents(here: Here, contact: ContactView) -> impl IntoView {
    if contact.documents.is_empty() {
        return view! { <Empty icon="list" title="No documents" text="No document of this company is addressed to this contact."/> }.into_any();
    }
    let rows = contact.documents.into_iter().map(|document| view! { <Row here=here.clone() document/> }).collect_view();
    let link = {
        let page = here.page.clone();
        move |_, to: u32| if to > 1 { format!("{page}?page={to}#documents") } else { format!("{page}#documents") }
    };
    let page = u32::try_from(contact.page).unwrap_or(u32::MAX);
    let total = contact.document_count;
    view! {
        <section class="card flush" aria-labelledby="documents">
            <h2 id="documents">"Documents"</h2>
            <div class="table-box">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Document"</th>
                            <th scope="col">"Issued"</th>
                            <th scope="col">"Due"</th>
                            <th scope="col" class="number">"Total"</th>
                            <th scope="col" class="number">"Outstanding"</th>
                            <th scope="col">"State"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
        {(total > PAGE).then(|| view! { <Pager total rows=PAGE as u32 page sizes=&[] noun="documents" link/> })}
    }
    .into_any()
}

#[component]
fn Row(here: Here, document: DocumentRow) -> impl IntoView {
    let href = here.record(document.kind.entity(), &document.id);
    let (tone, state) = match (document.state, document.waits) {
        (DocumentState::Approved, true) => (Tone::Info, "Waits to be sent"),
        (DocumentState::Approved, false) => (Tone::Good, "On both sides"),
        (state, _) => (Tone::Neutral, state.label()),
    };
    view! {
        <tr>
            <th scope="row"><a href=href>{document.number}</a> <span class="second">{document.kind.label()}</span></th>
            <td data-label="Issued">{document.issue_date}</td>
            <td data-label="Due">{document.due_date}</td>
            <td class="number" data-label="Total">{grouped(document.gross, &document.currency)}</td>
            <td class="number" data-label="Outstanding">{grouped(document.outstanding, &document.currency)}</td>
            <td><Badge tone>{state}</Badge></td>
        </tr>
    }
    .into_any()
}
