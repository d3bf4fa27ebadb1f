//! People: how they come in, their own account, and who looks after whom.

pub mod account;
pub mod audit;
pub mod door;
mod form;
mod tokens;

use super::{
    company::Failure,
    settings::{SettingsPage, SettingsTabs},
};
use crate::{
    api::{
        people::{PersonView, people, person},
        reading,
    },
    domain::person::{ListedPerson, ListedToken},
    ui::components::{Badge, PageHeader, Tone},
};
use form::PersonFields;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use tokens::Tokens;

/// `/settings/people`
#[component]
pub fn PeoplePage() -> impl IntoView {
    let answer = reading(people());
    let content = async move {
        match answer.await {
            Ok(people) => view! { <Shown people/> }.into_any(),
            Err(error) => view! { <Failure error/> }.into_any(),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

#[component]
fn Shown(people: Vec<ListedPerson>) -> impl IntoView {
    let rows: Vec<_> = people.into_iter().map(|person| view! { <Row person/> }).collect();
    let (way, button) = if crate::ui::sends_letters() {
        ("They get a letter with a link: through it they choose a password.", "Send an invitation")
    } else {
        ("You get a link to give to them: through it they choose a password.", "Make a link")
    };
    view! {
        <PageHeader title="People"/>
        <SettingsTabs current=SettingsPage::People/>
        <div class="card flush">
            <div class="table-box">
                <table class="table listed">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Role"</th>
                            <th scope="col">"Sees"</th>
                            <th scope="col">"Last here"</th>
                            <th scope="col"><span class="visually-hidden">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
        <form class="card form narrow" method="post" action="/api/invite" aria-labelledby="invite">
            <h2 id="invite">"Invite somebody"</h2>
            <p>{way} " It can be used once, within 7 days."</p>
            <PersonFields/>
            <div class="row"><button class="button primary">{button}</button></div>
        </form>
    }
}

#[component]
fn Row(person: ListedPerson) -> impl IntoView {
    let sees = match (person.sees_all, person.companies.as_slice()) {
        (true, _) => "All companies".to_owned(),
        (false, [one]) => one.clone(),
        (false, codes) => format!("{} companies", codes.len()),
    };
    let place = format!("/settings/people/{}", person.id);
    let seen = person.seen.as_ref().map_or("Not yet".to_owned(), |at| at.text.clone());
    view! {
        <tr>
            <th scope="row" class="company">
                <a href=place.clone()>{person.name.clone()}</a>
                {person.is_me.then_some(" (you)")}
                " "
                <State person=person.clone()/>
                <span class="second">{person.email}</span>
            </th>
            <td data-label="Role">{person.role.label()}</td>
            <td data-label="Sees">{sees}</td>
            <td data-label="Last here">{seen}</td>
            <td class="actions"><a class="button" href=place aria-label=format!("Change {}", person.name)>"Change"</a></td>
        </tr>
    }
    .into_any()
}

#[component]
fn State(person: ListedPerson) -> impl IntoView {
    match (person.disabled, person.joined) {
        (Some(_), _) => view! { <Badge tone=Tone::Neutral>"Disabled"</Badge> }.into_any(),
        (None, false) => view! { <Badge tone=Tone::Info>"No password yet"</Badge> }.into_any(),
        (None, true) => ().into_any(),
    }
}

/// `/settings/people/ID`
#[component]
pub fn PersonPage() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let answer = reading(person(id));
    let content = async move {
        match answer.await {
            Ok(PersonView { person, tokens }) => view! { <Change person tokens/> }.into_any(),
            Err(error) => view! { <Failure error/> }.into_any(),
        }
    };
    view! { <Suspense>{Suspend::new(content)}</Suspense> }
}

#[component]
fn Change(person: ListedPerson, tokens: Vec<ListedToken>) -> impl IntoView {
    let id = person.id.clone();
    let whose = id.clone();
    let field = move || view! { <input type="hidden" name="person" value=whose.clone()/> };
    let (to_change, to_link, to_end, to_factor) = (field.clone(), field.clone(), field.clone(), field.clone());
    let (to_forget, to_bar) = (field.clone(), field);
    let second_factor = person.second_factor.then(|| {
        view! {
            <form method="post" action="/api/remove-second-factor-of">
                {to_factor()} <button class="button">"Take the second factor away"</button>
            </form>
        }
    });
    let linked = person.linked.then(|| {
        view! {
            <form method="post" action="/api/forget-subject">
                {to_forget()} <button class="button">"Forget the account at the other service"</button>
            </form>
        }
    });
    let bar = match (person.is_me, person.disabled.is_some()) {
        (true, _) => ().into_any(),
        (false, disabled) => {
            let (act, class, words, means) = if disabled {
                ("/api/enable-person", "button", "Let in again", "Cannot sign in now.")
            } else {
                (
                    "/api/disable-person",
                    "button danger",
                    "Disable",
                    "Signed out everywhere at once, and not let in again. What was done stays recorded.",
                )
            };
            view! {
                <p>{means}</p>
                <form method="post" action=act>{to_bar()} <button class=class>{words}</button></form>
            }
            .into_any()
        }
    };
    view! {
        <PageHeader title=person.name.clone() facts=person.email.clone() crumbs=vec![("/settings/people".to_string(), "People".to_string())]/>
        <SettingsTabs current=SettingsPage::People below=true/>
        <form class="card form narrow" method="post" action="/api/change-person">
            {to_change()}
            <PersonFields of=person/>
            <div class="row">
                <button class="button primary">"Save"</button>
                <a class="button quiet" href="/settings/people">"Cancel"</a>
            </div>
        </form>
        <section class="card narrow stack" aria-labelledby="letting-in">
            <h2 id="letting-in">"Letting in"</h2>
            <form method="post" action="/api/link-for-person">
                {to_link()}
                <button class="button">
                    {if crate::ui::sends_letters() { "Send a link for a new password" } else { "Make a link for a new password" }}
                </button>
            </form>
            <form method="post" action="/api/end-sessions-of">{to_end()} <button class="button">"Sign out everywhere"</button></form>
            {second_factor}
            {linked}
            {bar}
        </section>
        <section class="card stack" aria-labelledby="tokens">
            <h2 id="tokens">"API tokens"</h2>
            <Tokens tokens person=id/>
        </section>
    }
    .into_any()
}
