//! The step of contacts, a page of them at a time: linked to one there, created there, or archived here.

use super::{Here, contact_row::Row, finder::Search};
use crate::{
    domain::{
        onboarding::{
            ContactTally, ContactsPage, Step,
            asked::{Asked, MAX_SEARCH, ROWS, Shown},
        },
        person::Role,
    },
    ui::{
        components::{Badge, Choice, Empty, Notice, Pager, Tone},
        may,
    },
};
use leptos::prelude::*;

/// A state of contacts with how many are in it.
fn options(tally: ContactTally) -> Vec<(String, String)> {
    let option = |shown: &Shown| {
        let n = match shown {
            Shown::All => tally.all,
            Shown::Undecided => tally.undecided(),
            Shown::Linked => tally.linked,
            Shown::Created => tally.created,
            Shown::Archived => tally.archived,
        };
        (shown.as_str().to_owned(), format!("{} ({n})", shown.label()))
    };
    Shown::ALL.iter().map(option).collect()
}

#[component]
pub fn Contacts(here: Here, page: ContactsPage) -> impl IntoView {
    let ContactsPage { tally, rows, listed, finder } = page;
    if tally.all == 0 {
        let on = Asked::at(Step::Confirm).address(&here.code);
        return view! {
            <section class="card">
                <Empty icon="synced" title="No contacts to match" text="This company has no contacts yet. Those of the accounting side come in with the first sync.">
                    <a class="button primary" href=on>"Continue to confirm"</a>
                </Empty>
            </section>
        }
        .into_any();
    }
    let (tone, words) = match tally.undecided() {
        0 => (Tone::Good, "All decided".to_string()),
        n => (Tone::Info, format!("{n} go by default")),
    };
    let in_use = (tally.archived_in_use > 0).then(|| {
        let href = Asked { show: Shown::Archived, ..Asked::at(Step::Contacts) }.address(&here.code);
        view! {
            <Notice tone=Tone::Setup>
                {format!("{} to be archived are needed after all: documents that go out are addressed to them. ", tally.archived_in_use)}
                <a href=href>"Decide again"</a>
            </Notice>
        }
    });
    let bulk = |n: u64, act: &'static str, words: String| {
        (n > 0).then(|| view! { <button class="button" name="act" value=act>{words}</button> })
    };
    let of = |n: u64, one: &str, many: String| if n == 1 { one.to_owned() } else { many };
    let (same, others) = (tally.same_name, tally.others);
    let accept = bulk(same, "accept", of(same, "Link the one of the same name", format!("Link all {same} of the same name")));
    let create = bulk(others, "create", of(others, "Create the other one there", format!("Create all {others} others there")));
    let lead = format!(
        "Each contact here is linked to one in {0}, created there, or archived here and not sent. Without a decision the one of the \
        same name is linked, and all others are created. A linked contact goes by the name and details it has here; what is empty \
        here is taken over from {0}.",
        here.organisation
    );
    let last = listed.div_ceil(ROWS.into()).max(1);
    let on = match u64::from(here.asked.page) < last {
        true => "Save and go to the next page",
        false => "Save and continue to confirm",
    };
    let empty = rows.is_empty();
    let rows = rows.into_iter().enumerate().map(|(place, row)| view! { <Row here=here.clone() row place/> }).collect_view();
    let list = match empty {
        true => {
            let whole = Asked::at(Step::Contacts).address(&here.code);
            view! {
                <Empty icon="search" title="Nothing matches" text="No contact of this company matches the filter.">
                    <a class="button" href=whole>"Clear the filter"</a>
                </Empty>
            }
            .into_any()
        }
        false => view! {
            <div class="table-box">
                <table class="table top matches">
                    <thead>
                        <tr>
                            <th scope="col">"Here"</th>
                            <th scope="col">"Used by"</th>
                            <th scope="col">{format!("In {}", here.organisation)}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <div class="inset row step-end">
                <button class="button primary" name="act" value="continue">{on}</button>
                <button class="button" name="act" value="save">"Save"</button>
            </div>
        }
        .into_any(),
    };
    let pager = (last > 1).then(|| {
        let (code, asked) = (here.code.clone(), here.asked.clone());
        let link = move |_, page| asked.on_page(page).address(&code);
        view! { <Pager total=listed rows=ROWS page=here.asked.page sizes=&[] noun="contacts" link/> }
    });
    view! {
        {in_use}
        {finder.map(|finder| view! { <Search here=here.clone() step=Step::Contacts finder/> })}
        <Filter here=here.clone() tally/>
        <section class="card flush" aria-labelledby="step">
            <header>
                <h2 id="step">"Contacts"</h2>
                <Badge tone>{words}</Badge>
            </header>
            <fieldset class="only" disabled=!may(Role::Manager)>
                <form method="post" action="/api/save-contact-matches">
                    {here.fields()}
                    <div class="inset row step-lead"><p>{lead}</p> <div class="row">{accept} {create}</div></div>
                    {list}
                </form>
            </fieldset>
        </section>
        {pager}
    }
    .into_any()
}

#[component]
fn Filter(here: Here, tally: ContactTally) -> impl IntoView {
    let asked = here.asked.clone();
    let clear = asked.narrows().then(|| {
        view! { <a class="button quiet" href=Asked::at(Step::Contacts).address(&here.code)>"Clear"</a> }
    });
    view! {
        <form class="filters" method="get" action=format!("/companies/{}/onboarding", here.code) role="search" aria-label="Filter of the contacts">
            {here.kept(false)}
            <div class="field">
                <label for="q">"Search"</label>
                <input class="input" id="q" name="q" type="search" placeholder="Name or e-mail" autocomplete="off" maxlength=MAX_SEARCH value=asked.text/>
            </div>
            <Choice name="show" label="Show" options=options(tally) value=asked.show.as_str()/>
            <div class="row">
                <button class="button">"Filter"</button>
                {clear}
            </div>
        </form>
    }
    .into_any()
}
