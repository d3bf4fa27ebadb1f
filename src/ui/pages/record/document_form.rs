//! Changing a document: what a fix needs, and nothing that is the other side's or was agreed on paper.

use super::{
    Here,
    entries::{LongText, Pick, error_of},
};
use crate::{
    domain::{
        money::grouped,
        record::{
            diff::{plain, unit_amount},
            edit::{MOST_DESCRIPTION, MOST_NAME, MOST_NUMBER, MOST_REFERENCE},
            view::{self, DocumentView, PAGE},
        },
    },
    ui::components::{Field, Notice, Tone},
};
use leptos::prelude::*;

#[component]
pub fn DocumentForm(here: Here, form: view::DocumentForm, document: DocumentView) -> impl IntoView {
    let error = |field: &str| error_of(&form.errors, field);
    let contact_error = error("contact");
    let contacts = form.contacts.iter().map(|name| view! { <option value=name.clone()></option> }).collect_view();
    let contact_invalid = (!contact_error.is_empty()).then_some("true");
    let contact_described = if contact_error.is_empty() { "contact-hint" } else { "contact-error" };
    let edit = form.edit.clone();
    let lines_page = document.lines_page;
    let what = document.kind.label().to_lowercase();
    let unsaved = form.unsaved.then(|| {
        view! { <Notice tone=Tone::Warn>"What you entered is below and not saved yet."</Notice> }
    });
    view! {
        <section class="card" aria-labelledby="change">
            <h2 id="change">{format!("Change this {what}")}</h2>
            <form class="form" method="post" action="/api/edit-document">
                <input type="hidden" name="code" value=here.code/>
                <input type="hidden" name="entity" value=here.entity/>
                <input type="hidden" name="id" value=here.id/>
                <input type="hidden" name="version" value=form.version/>
                <input type="hidden" name="lines_page" value=lines_page/>
                {unsaved}
                <div class="fields">
                    <Field name="edit[number]" label="Number" value=edit.number error=error("number") required=true maxlength=MOST_NUMBER as u32/>
                    <div class="field">
                        <label for="contact">"Contact"</label>
                        <input
                            class="input"
                            id="contact"
                            name="edit[contact]"
                            list="contacts"
                            value=edit.contact
                            required
                            maxlength=MOST_NAME
                            autocomplete="off"
                            aria-invalid=contact_invalid
                            aria-describedby=contact_described
                        />
                        <datalist id="contacts">{contacts}</datalist>
                        {if contact_error.is_empty() {
                            view! { <p class="hint" id="contact-hint">"The whole name of a contact there is."</p> }.into_any()
                        } else {
                            view! { <p class="error" id="contact-error">{contact_error}</p> }.into_any()
                        }}
                    </div>
                    <Field name="edit[issue_date]" label="Issued" kind="date" value=edit.issue_date error=error("issue_date") required=true/>
                    <Field name="edit[due_date]" label="Due" kind="date" value=edit.due_date error=error("due_date") required=true/>
                    <Field name="edit[reference]" label="Reference" value=edit.reference error=error("reference") maxlength=MOST_REFERENCE as u32/>
                </div>
                <LineEntries form=form.clone() document/>
                <Everywhere form/>
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
fn LineEntries(form: view::DocumentForm, document: DocumentView) -> impl IntoView {
    let first = (document.lines_page - 1) * PAGE + 1;
    let shown = (document.line_count > PAGE).then(|| {
        let last = first + document.lines.len() as u64 - 1;
        view! {
            <p class="second">
                {format!("Lines {first} to {last} of {}. Save before you turn to another page of lines.", document.line_count)}
            </p>
        }
    });
    let rows = form
        .edit
        .lines
        .iter()
        .zip(&document.lines)
        .enumerate()
        .map(|(place, (entry, line))| {
            let n = entry.position;
            let (id, name) =
                (move |field: &str| format!("line-{n}-{field}"), move |field: &str| format!("edit[lines][{place}][{field}]"));
            let error = |field: &str| error_of(&form.errors, &id(field));
            let amounts = format!("{} × {}", plain(line.quantity_e4, 4), unit_amount(line.unit_amount_e4, &document.currency));
            view! {
                <tr>
                    <td class="number" data-label="Line">
                        {n}
                        <input type="hidden" name=name("position") value=n/>
                    </td>
                    <td>
                        <LongText id=id("description") name=name("description") label=format!("Description of line {n}")
                            value=entry.description.clone() most=MOST_DESCRIPTION rows=1 error=error("description")/>
                    </td>
                    <td>
                        <Pick id=id("account") name=name("account") label=format!("Account of line {n}")
                            value=entry.account.clone() choices=form.choices.accounts.clone() error=error("account")/>
                    </td>
                    <td>
                        <Pick id=id("tax_rate") name=name("tax_rate") label=format!("Tax rate of line {n}")
                            value=entry.tax_rate.clone() choices=form.choices.tax_rates.clone() error=error("tax_rate")/>
                    </td>
                    <td class="number" data-label="Net">
                        {grouped(line.net, &document.currency)}
                        <span class="second">{amounts}</span>
                    </td>
                </tr>
            }
        })
        .collect_view();
    view! {
        {shown}
        <div class="table-box framed">
            <table class="table top line-entries">
                <thead>
                    <tr>
                        <th scope="col" class="number">"Line"</th>
                        <th scope="col">"Description"</th>
                        <th scope="col">"Account"</th>
                        <th scope="col">"Tax rate"</th>
                        <th scope="col" class="number">"Net"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// One value in the place of another, on all lines of the document.
#[component]
fn Everywhere(form: view::DocumentForm) -> impl IntoView {
    use crate::domain::matching::ReferenceKind;
    let row = |kind: ReferenceKind, used: &[String]| {
        let word = kind.as_str();
        let name = kind.label().to_lowercase();
        let entered = form.edit.replace.iter().find(|replace| replace.kind == kind);
        let used: Vec<_> = used.iter().map(|value| (value.clone(), value.clone())).collect();
        let place = if kind == ReferenceKind::Account { 0 } else { 1 };
        let name_of = |part: &str| format!("edit[replace][{place}][{part}]");
        let (from_id, by_id) = (format!("replace-{word}-from"), format!("replace-{word}-by"));
        let (from_error, by_error) = (error_of(&form.errors, &from_id), error_of(&form.errors, &by_id));
        let value = |part: fn(&crate::domain::record::edit::Replace) -> &String| entered.map(part).cloned().unwrap_or_default();
        view! {
            <div class="one-line">
                <input type="hidden" name=name_of("kind") value=word/>
                <Pick id=from_id name=name_of("from") label=format!("Every {name}") shown=true
                    value=value(|replace| &replace.from) choices=used none="None" error=from_error/>
                <Pick id=by_id name=name_of("by") label=format!("becomes {name}") shown=true
                    value=value(|replace| &replace.by) choices=form.choices.of(kind).to_vec() none="–" error=by_error/>
            </div>
        }
    };
    // Without a list of the accounting side there is nothing to choose from.
    if form.choices.accounts.is_empty() && form.choices.tax_rates.is_empty() {
        return None;
    }
    let open = !form.edit.replace.is_empty();
    Some(
        view! {
            <details class="more" open=open>
                <summary>"Change an account or tax rate on all lines"</summary>
                <div class="stack">
                    {row(ReferenceKind::Account, &form.used_accounts)}
                    {row(ReferenceKind::TaxRate, &form.used_tax_rates)}
                </div>
            </details>
        }
        .into_any(),
    )
}
