//! A payment. It is not changed here: money that moved is put right where it moved.

use super::Here;
use crate::domain::{money::grouped, record::view::PaymentView};
use leptos::prelude::*;

#[component]
pub fn Payment(here: Here, payment: PaymentView, other_side: AnyView) -> impl IntoView {
    let href = here.record(payment.document_kind.entity(), &payment.document_id);
    let document = format!("{} {}", payment.document_kind.label(), payment.document_number);
    let reference = if payment.reference.is_empty() { "None".to_string() } else { payment.reference };
    view! {
        <div class="columns" id="record">
            <section class="card" aria-labelledby="what">
                <h2 id="what">"As we hold it"</h2>
                <dl class="facts-list">
                    <div><dt>"Of"</dt><dd><a href=href>{document}</a></dd></div>
                    <div><dt>"Amount"</dt><dd class="strong">{grouped(payment.amount, &payment.currency)} " " {payment.currency.clone()}</dd></div>
                    <div><dt>"Paid on"</dt><dd>{payment.paid_on}</dd></div>
                    <div><dt>"Reference"</dt><dd>{reference}</dd></div>
                </dl>
                <p class="standing">"Payments are not changed here: put one right where it was made."</p>
            </section>
            {other_side}
        </div>
    }
    .into_any()
}
