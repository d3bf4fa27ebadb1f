//! One invoice, bill or credit note: what it says, its lines, and what was paid of it.

use super::{Here, document_form::DocumentForm, lines::Lines};
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
    let fixed = DocumentView::fixed_because(document.state).map(|why| view! { <p class="standing">{why}</p> });
    let form = document.form.clone().map(|form| {
        view! { <DocumentForm here=here.clone() form document=document.clone()/> }
    });
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
        <Lines here=here.clone() document=document.clone()/>
        <Payments here payments=document.payments/>
    }
    .into_any()
}

#[component]
fn Payments(here: Here, payments: Vec<PaymentView>) -> impl IntoView {
    if payments.is_empty() {
        return None;
    }
    let rows = payments
        .into_iter()
        .map(|payment| {
            let href = here.record(Entity::Payment, &payment.id);
            let reference = if payment.reference.is_empty() { "Without a reference".to_string() } else { payment.reference };
            view! {
                <tr>
                    <th scope="row"><a href=href>{payment.paid_on}</a></th>
                    <td>{reference}</td>
                    <td class="number" data-label="Amount">{grouped(payment.amount, &payment.currency)}</td>
                </tr>
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="card flush" aria-labelledby="payments">
                <h2 id="payments">"Payments"</h2>
                <div class="table-box">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Paid on"</th>
                                <th scope="col">"Reference"</th>
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
