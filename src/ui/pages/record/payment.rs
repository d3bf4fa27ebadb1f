//! A payment, or credit that is applied. It is not changed here; it can be taken back, on both sides.

use super::Here;
use crate::domain::{
    message::Entity,
    money::grouped,
    record::view::{CreditView, PaymentView},
};
use leptos::prelude::*;

#[component]
pub fn Payment(here: Here, payment: PaymentView, other_side: AnyView) -> impl IntoView {
    let href = here.record(payment.document_kind.entity(), &payment.document_id);
    let document = format!("{} {}", payment.document_kind.label(), payment.document_number);
    let reference = if payment.reference.is_empty() { "None".to_string() } else { payment.reference.clone() };
    let (of, on) = if payment.credit.is_some() { ("Applied to", "Applied on") } else { ("Of", "Paid on") };
    let credit = payment.credit.clone().map(|CreditView { id, kind, number }| {
        let href = here.record(Entity::CreditNote, &id);
        view! { <div><dt>"Taken from"</dt><dd><a href=href>{format!("{} {number}", kind.label())}</a></dd></div> }
    });
    let standing = match &payment.fixed_because {
        Some(why) => view! { <p class="standing">{why.clone()}</p> }.into_any(),
        None => view! { <TakeBack here=here.clone() payment=payment.clone()/> }.into_any(),
    };
    view! {
        <div class="columns" id="record">
            <section class="card" aria-labelledby="what">
                <h2 id="what">"As we hold it"</h2>
                <dl class="facts-list">
                    <div><dt>{of}</dt><dd><a href=href>{document}</a></dd></div>
                    {credit}
                    <div><dt>"Amount"</dt><dd class="strong">{grouped(payment.amount, &payment.currency)} " " {payment.currency.clone()}</dd></div>
                    <div><dt>{on}</dt><dd>{payment.paid_on}</dd></div>
                    <div><dt>"Reference"</dt><dd>{reference}</dd></div>
                </dl>
                {standing}
            </section>
            {other_side}
        </div>
    }
    .into_any()
}

/// The form, behind what it comes to.
#[component]
fn TakeBack(here: Here, payment: PaymentView) -> impl IntoView {
    let (words, comes_to) = match &payment.credit {
        Some(credit) => (
            "Take this credit back",
            format!(
                "{} owes the amount again, and {} has it left again, here and in the accounting software.",
                payment.document_number, credit.number
            ),
        ),
        None => (
            "Take this payment back",
            format!(
                "It counts no more against {}, here and in the accounting software. It cannot be brought back: enter it anew if it was right.",
                payment.document_number
            ),
        ),
    };
    view! {
        <p class="standing">"It is not changed here: where it is wrong, take it back and enter it anew where it was made."</p>
        <details class="more">
            <summary>"Take it back…"</summary>
            <form class="stack" method="post" action="/api/take-payment-back">
                <input type="hidden" name="code" value=here.code/>
                <input type="hidden" name="id" value=here.id/>
                <p>{comes_to}</p>
                <div class="row">
                    <button class="button primary">{words}</button>
                </div>
            </form>
        </details>
    }
    .into_any()
}
