//! The lines of a document, a page at a time, with the totals of all.

use super::Here;
use crate::{
    domain::{
        money::grouped,
        record::{
            diff::{plain, unit_amount},
            view::{DocumentView, PAGE},
        },
    },
    ui::components::Pager,
};
use leptos::prelude::*;

#[component]
pub fn Lines(here: Here, document: DocumentView) -> impl IntoView {
    let first = (document.lines_page - 1) * PAGE + 1;
    let currency = document.currency.clone();
    let money = |minor: i64| grouped(minor, &currency);
    // Columns that no line of the page has anything in only take room.
    let has_items = document.lines.iter().any(|line| !line.item_code.is_empty());
    let has_discount = document.lines.iter().any(|line| line.discount_e4 != 0);
    let has_tracking = document.lines.iter().any(|line| !line.tracking.is_empty());
    // Nothing at all in a cell that is empty: as a card, the row leaves it out.
    let said = |text: &String| (!text.is_empty()).then(|| text.clone());
    let before_net = 6 + usize::from(has_items) + usize::from(has_discount) + usize::from(has_tracking);
    let rows = document
        .lines
        .iter()
        .zip(first..)
        .map(|(line, place)| {
            view! {
                <tr>
                    <td class="number" data-label="Line">{place}</td>
                    {has_items.then(|| view! { <td data-label="Item">{said(&line.item_code)}</td> })}
                    <td class="description">{line.description.clone()}</td>
                    <td class="number" data-label="Quantity">{plain(line.quantity_e4, 4)}</td>
                    <td class="number" data-label="Unit amount">{unit_amount(line.unit_amount_e4, &document.currency)}</td>
                    {has_discount.then(|| view! { <td class="number" data-label="Discount">{plain(line.discount_e4, 4)} " %"</td> })}
                    <td data-label="Account">{line.account_code.clone()}</td>
                    <td data-label="Tax rate">{line.tax_type.clone()}</td>
                    {has_tracking.then(|| view! { <td data-label="Tracking">{said(&line.tracking)}</td> })}
                    <td class="number" data-label="Net">{money(line.net)}</td>
                    <td class="number" data-label="Tax">{money(line.tax)}</td>
                </tr>
            }
        })
        .collect_view();
    let head = |words: &'static str, number: bool| {
        view! { <th scope="col" class=number.then_some("number")>{words}</th> }
    };
    let (page, edit) = (here.page.clone(), document.form.is_some());
    let link = move |_, lines: u32| {
        let editing = if edit { "&edit=1" } else { "" };
        format!("{page}?lines={lines}{editing}#lines")
    };
    let pager = (document.line_count > PAGE).then(|| {
        let page = u32::try_from(document.lines_page).unwrap_or(u32::MAX);
        view! { <Pager total=document.line_count rows=PAGE as u32 page sizes=&[] noun="lines" link/> }
    });
    view! {
        <section class="card flush" aria-labelledby="lines">
            <h2 id="lines">"Lines"</h2>
            <div class="table-box">
                <table class="table top lines">
                    <thead>
                        <tr>
                            {head("Line", true)}
                            {has_items.then(|| head("Item", false))}
                            {head("Description", false)}
                            {head("Quantity", true)}
                            {head("Unit amount", true)}
                            {has_discount.then(|| head("Discount", true))}
                            {head("Account", false)}
                            {head("Tax rate", false)}
                            {has_tracking.then(|| head("Tracking", false))}
                            {head("Net", true)}
                            {head("Tax", true)}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                    <tfoot>
                        <tr>
                            <th scope="row" colspan=before_net>{format!("Sum of all lines, in {}", document.currency)}</th>
                            <td class="number" data-label="Net">{money(document.totals.net)}</td>
                            <td class="number" data-label="Tax">{money(document.totals.tax)}</td>
                        </tr>
                        <tr>
                            <th scope="row" colspan=before_net + 1>"Total with tax"</th>
                            <td class="number strong" data-label="Total">{money(document.totals.gross)}</td>
                        </tr>
                    </tfoot>
                </table>
            </div>
        </section>
        {pager}
    }
    .into_any()
}
