//! One invoice, bill or credit note: what it says, its lines, and what was paid of it.

use super::{Here, apply::Apply, document_form::DocumentForm, lines::Lines};
use crate::{
    domain::{
        document::DocumentState,
        message::Entity,
        money::grouped,
        record::view::{DocumentView, PaymentView},
    },
    ui::components::{Badge, Tone},
};
use leptos::prelude::*;

#[component]
pub fn Document(here: Here, document: DocumentView, other_side: AnyView) -> impl IntoView {
    let money = |minor: i64| grouped(minor, &document.currency);
    let tone = match document.state {
        DocumentState::Approved => Tone::Good,
        DocumentState::Draft => Tone::Setup,
        DocumentState::Void => Tone::Neutral,
    };
    let contact = match here.record(Entity::Contact, &document.contact_id) {
        Some(href) => view! { <a href=href>{document.contact.clone()}</a> }.into_any(),
        None => document.contact.clone().into_any(),
    };
    let reference = match document.reference.is_empty() {
        true => view! { <span class="soft">"None"</span> }.into_any(),
        false => document.reference.clone().into_any(),
    };
    let fixed = DocumentView::fixed_because(document.kind, document.state).map(|why| view! { <p class="standing">{why}</p> });
    let form = document.form.clone().map(|form| {
        view! { <DocumentForm here=here.clone() form document=document.clone()/> }
    });
    let application = document.application.clone().map(|application| {
        view! { <Apply here=here.clone() application document=document.clone()/> }
    });
    let document_id = here.id.clone();
    view! {
        <div class="columns" id="record">
            <section class="card" aria-labelledby="what">
                <h2 id="what">"As we hold it"</h2>
                <dl class="facts-list">
                    <div><dt>"Contact"</dt><dd>{contact}</dd></div>
                    <div><dt>"State"</dt><dd><Badge tone>{document.state.label()}</Badge></dd></div>
                    <div><dt>"Issued"</dt><dd>{document.issue_date.clone()}</dd></div>
                    <div><dt>"Due"</dt><dd>{document.due_date.clone()}</dd></div>
                    <div><dt>"Reference"</dt><dd>{reference}</dd></div>
                    <div><dt>"Total"</dt><dd>{money(document.totals.gross)} " " {document.currency.clone()}</dd></div>
                    <div><dt>"Paid"</dt><dd>{money(document.paid)}</dd></div>
                    <div><dt>"Outstanding"</dt><dd class="strong">{money(document.outstanding())}</dd></div>
                </dl>
                {fixed}
            </section>
            {other_side}
        </div>
        {form}
        {application}
        <Lines here=here.clone() document=document.clone()/>
        <Payments here id=document_id payments=document.payments/>
    }
    .into_any()
}

/// Payments, and credit that is applied, with the other document linked. `id` is the document's: what is taken from it counts
/// the other way round than on what it is applied to.
#[component]
fn Payments(here: Here, id: String, payments: Vec<PaymentView>) -> impl IntoView {
    if payments.is_empty() {
        return None;
    }
    let rows = payments
        .into_iter()
        .map(|payment| {
            let href = here.record(Entity::Payment, &payment.id);
            let (what, amount) = what_it_is(&here, &id, &payment);
            let removed = payment.removed.then(|| view! { <Badge tone=Tone::Neutral>"Taken back"</Badge> });
            view! {
                <tr>
                    <th scope="row"><a href=href>{payment.paid_on}</a></th>
                    <td>{what} " " {removed}</td>
                    <td class="number" data-label="Amount">{grouped(amount, &payment.currency)}</td>
                </tr>
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="card flush" aria-labelledby="payments">
                <h2 id="payments">"Payments and applied credit"</h2>
                <div class="table-box">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"On"</th>
                                <th scope="col">"What"</th>
                                <th scope="col" class="number">"Amount"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        }
        .into_any(),
    )
}

/// A row's words, and its amount as the document sees it.
fn what_it_is(here: &Here, id: &str, payment: &PaymentView) -> (AnyView, i64) {
    let link = |entity: Entity, id: &str, words: String| match here.record(entity, id) {
        Some(href) => view! { <a href=href>{words}</a> }.into_any(),
        None => words.into_any(),
    };
    match &payment.credit {
        Some(credit) if credit.id == id => {
            let words = format!("{} {}", payment.document_kind.label(), payment.document_number);
            let other = link(payment.document_kind.entity(), &payment.document_id, words);
            (view! { "Applied to " {other} }.into_any(), -payment.amount)
        }
        Some(credit) => {
            let other = link(Entity::CreditNote, &credit.id, format!("{} {}", credit.kind.label(), credit.number));
            (view! { "Credit of " {other} }.into_any(), payment.amount)
        }
        None if payment.is_elsewhere => ("Credit, with a document that is not held here".into_any(), payment.amount),
        None if payment.reference.is_empty() => ("Without a reference".into_any(), payment.amount),
        None => (payment.reference.clone().into_any(), payment.amount),
    }
}
