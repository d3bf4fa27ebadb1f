//! The last tie-out: both sides' control totals one below the other, as an accountant lays them.

use crate::{
    domain::{
        message::Entity,
        money::grouped,
        results::TieOutView,
        tie_out::{ControlTotals, Difference, EntityTieOut},
    },
    ui::components::{Ago, Badge, Tone},
};
use leptos::prelude::*;

/// Amounts of an entity, in the order of the columns. A payment has a gross only.
fn amounts(entity: Entity, totals: &ControlTotals) -> [Option<i64>; 4] {
    match entity {
        Entity::Payment => [None, None, Some(totals.gross), None],
        _ => [Some(totals.net), Some(totals.tax), Some(totals.gross), Some(totals.outstanding)],
    }
}

const COLUMNS: [&str; 4] = ["Net", "Tax", "Gross", "Outstanding"];

fn minus(a: &ControlTotals, b: &ControlTotals) -> ControlTotals {
    ControlTotals {
        count: a.count - b.count,
        net: a.net - b.net,
        tax: a.tax - b.tax,
        gross: a.gross - b.gross,
        outstanding: a.outstanding - b.outstanding,
    }
}

#[component]
pub fn TieOut(
    tie_out: TieOutView,
    currency: String,
    other_side: String,
    now: i64,
    /// Changes were synced since.
    #[prop(optional)]
    outdated: bool,
) -> impl IntoView {
    let balanced = tie_out.in_balance();
    let (tone, icon, words) = match (balanced, outdated) {
        (true, _) => (Tone::Good, "synced", "In balance to the cent"),
        (false, false) => (Tone::Bad, "errors", "Out of balance"),
        (false, true) => (Tone::Neutral, "info", "Was out of balance"),
    };
    let outdated = outdated.then(|| {
        view! { <p class="soft">"Before the latest changes were synced: the next full sync proves it anew."</p> }
    });
    let entities = tie_out
        .entities
        .into_iter()
        .map(|entity| view! { <EntityRows entity currency=currency.clone() other_side=other_side.clone()/> })
        .collect_view();
    view! {
        <section class="card flush" aria-labelledby="tie-out">
            <header>
                <h2 id="tie-out">"Tie-out"</h2>
                <Badge tone icon>{words}</Badge>
                {outdated}
                <p class="push tie-out-at"><Ago moment=tie_out.at now/></p>
            </header>
            <div class="table-box scroll-x" tabindex="0" role="region" aria-label="Control totals of both sides">
                <table class="table wide tie-out">
                    <thead>
                        <tr>
                            <th scope="col">{format!("Amounts in {currency}")}</th>
                            <th scope="col">"Side"</th>
                            <th scope="col" class="number">"Count"</th>
                            {COLUMNS.map(|words| view! { <th scope="col" class="number">{words}</th> })}
                        </tr>
                    </thead>
                    {entities}
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn EntityRows(entity: EntityTieOut, currency: String, other_side: String) -> impl IntoView {
    let balanced = entity.in_balance();
    let what = match entity.entity {
        Entity::Invoice => "Invoices",
        Entity::Bill => "Bills",
        Entity::CreditNote => "Credit notes",
        Entity::Payment => "Payments",
        other => other.label(),
    };
    let state = if balanced { ("tone-good toned", "In balance") } else { ("tone-bad toned", "Out of balance") };
    let kind = entity.entity;
    let cells = {
        let currency = currency.clone();
        move |totals: &ControlTotals| {
            let money = amounts(kind, totals).map(|amount| {
                let text = amount.map_or_else(|| "–".into(), |amount| grouped(amount, &currency));
                view! { <td class="number">{text}</td> }
            });
            view! { <td class="number">{totals.count}</td> {money} }
        }
    };
    let difference = (!balanced).then(|| {
        let cells = cells(&minus(&entity.local, &entity.external));
        view! { <tr class="difference"><th scope="row">"Difference"</th>{cells}</tr> }
    });
    let records = (!entity.differences.is_empty())
        .then(|| view! { <Differences kind differences=entity.differences.clone() currency=currency.clone()/> });
    let rows = if balanced { 2 } else { 3 };
    view! {
        <tbody>
            <tr>
                <th scope="rowgroup" rowspan=rows class="entity">{what} <span class=format!("second {}", state.0)>{state.1}</span></th>
                <th scope="row">"Here"</th>
                {cells(&entity.local)}
            </tr>
            <tr><th scope="row">{other_side}</th>{cells(&entity.external)}</tr>
            {difference}
            {records.map(|records| view! { <tr><td colspan="7" class="differences">{records}</td></tr> })}
        </tbody>
    }
    .into_any()
}

/// Records listed; a difference of more is found by its largest parts.
const LISTED: usize = 50;

/// The records that make up the difference.
#[component]
fn Differences(kind: Entity, differences: Vec<Difference>, currency: String) -> impl IntoView {
    let total = differences.len();
    let heading = if total == 1 { "The record that makes it up".into() } else { format!("The {total} records that make it up") };
    let side = |totals: Option<ControlTotals>, absent: &str| match totals {
        None => absent.to_string(),
        Some(totals) if kind == Entity::Payment => grouped(totals.gross, &currency),
        Some(totals) if totals.outstanding == totals.gross => grouped(totals.gross, &currency),
        Some(totals) => format!("{}, {} outstanding", grouped(totals.gross, &currency), grouped(totals.outstanding, &currency)),
    };
    let rows = differences
        .into_iter()
        .take(LISTED)
        .map(|difference| {
            view! {
                <tr>
                    <th scope="row">{difference.label}</th>
                    <td class="number">{side(difference.local, "not here")}</td>
                    <td class="number">{side(difference.external, "not there")}</td>
                </tr>
            }
        })
        .collect_view();
    let rest = (total > LISTED).then(|| view! { <p class="second">{format!("The first {LISTED} of {total}.")}</p> });
    view! {
        <details class="more" open=total <= 5>
            <summary>{heading}</summary>
            <table class="table wide">
                <thead>
                    <tr>
                        <th scope="col">"Record"</th>
                        <th scope="col" class="number">"Gross here"</th>
                        <th scope="col" class="number">"Gross there"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {rest}
        </details>
    }
    .into_any()
}
