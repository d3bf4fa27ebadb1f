//! The list: a company a row, with its connection.

use crate::{
    domain::{
        company::CompanyRow,
        connection::{Access, ConnectionView},
        filter::{Filter, Sort, SortKey},
        integrations::{IntegrationRow, address},
        schedule::Schedule,
    },
    ui::components::{Ago, Badge, Icon, StatusBadge, Tone},
};
use leptos::prelude::*;

#[component]
pub fn List(filter: Filter, rows: Vec<IntegrationRow>, now: i64) -> impl IntoView {
    let rows: Vec<_> = rows.into_iter().map(|row| view! { <Row row now/> }).collect();
    view! {
        <div class="table-box">
            <table class="table integrations">
                <thead>
                    <tr>
                        <Heading filter=filter.clone() words="Company" key=SortKey::Name/>
                        <th scope="col">"Connected to"</th>
                        <Heading filter words="Status" key=SortKey::Status/>
                        <th scope="col">"Connected"</th>
                        <th scope="col">"Sync from"</th>
                        <th scope="col">"Automatic sync"</th>
                        <th scope="col">"Last check"</th>
                        <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Heading(filter: Filter, words: &'static str, key: SortKey) -> impl IntoView {
    let sorted = filter.sort.key == key;
    let reversed = filter.sort == Sort { key, reversed: false };
    let next = address(&filter.with(|filter| filter.sort = Sort { key, reversed }));
    // Needs attention first is downwards in severity.
    let descends = filter.sort.reversed != (key == SortKey::Status);
    let (order, icon) = if descends { ("descending", "down-arrow") } else { ("ascending", "up-arrow") };
    view! {
        <th scope="col" aria-sort=sorted.then_some(order)>
            <a href=next>{words} {sorted.then(|| view! { <Icon name=icon/> })}</a>
        </th>
    }
    .into_any()
}

#[component]
fn Row(row: IntegrationRow, now: i64) -> impl IntoView {
    let IntegrationRow { row, connection } = row;
    let CompanyRow { code, name, status, reason, provider, .. } = row;
    let details = format!("/companies/{code}/integration");
    let connected = provider.is_some();
    let step = status.resolved_at(connected).map_or_else(|| details.clone(), |step| format!("/companies/{code}/{step}"));
    let reason = (!reason.is_empty()).then(|| view! { <a class="second" href=step>{reason}</a> });
    let cells = match connection {
        Some(connection) => view! { <Cells connection now/> }.into_any(),
        None => view! {
            <td class="since" data-label="Connected">"–"</td>
            <td class="from" data-label="Sync from">"–"</td>
            <td data-label="Automatic sync">"–"</td>
            <td data-label="Last check">"–"</td>
        }
        .into_any(),
    };
    let organisation = row.organisation.filter(|there| *there != name);
    view! {
        <tr>
            <th scope="row" class="company">
                <a href=details.clone()>{name.clone()}</a>
                <span class="second">{code.clone()} " · " {row.currency}</span>
            </th>
            <td class="connected">
                {provider.map_or("–", |provider| provider.label())} <span class="second">{organisation}</span>
            </td>
            <td class="status"><StatusBadge status=Signal::stored(status) id=format!("status-{code}")/> {reason}</td>
            {cells}
            <td class="actions">
                <a class="button" href=details aria-label=format!("View details of {name}")>"View details"</a>
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn Cells(connection: ConnectionView, now: i64) -> impl IntoView {
    let ConnectionView { access, organisation, connected, connected_by, sync_from, schedule, next_sync, probe, paused, .. } =
        connection;
    let by = match connected_by.as_str() {
        "" => String::new(),
        by => format!("by {by}"),
    };
    let by = match access {
        Access::Disconnected => format!("Disconnected from {organisation}"),
        _ => by,
    };
    let schedule = match schedule {
        Schedule::Off => "Off",
        Schedule::Hourly => "Hourly",
        Schedule::Nightly => "Nightly",
    };
    let next = match (next_sync, &paused) {
        (_, Some(_)) => view! { <Badge tone=Tone::Neutral icon="pause">"Paused"</Badge> }.into_any(),
        (Some(at), None) => view! { <span class="second">"Next " {at.text}</span> }.into_any(),
        (None, None) => ().into_any(),
    };
    let probe = match probe {
        None => "Not yet".into_any(),
        Some(probe) => match probe.error {
            None => view! { <Ago moment=probe.at now/> }.into_any(),
            Some(error) => view! { <time>{probe.at.text}</time> <span class="second bad">{error}</span> }.into_any(),
        },
    };
    view! {
        <td class="since" data-label="Connected">{connected.text} <span class="second">{by}</span></td>
        <td class="from" data-label="Sync from">{sync_from}</td>
        <td data-label="Automatic sync">{schedule} " " {next}</td>
        <td data-label="Last check">{probe}</td>
    }
    .into_any()
}
