//! API tokens: those there are, and the form for another one.

use crate::{
    domain::person::{ListedToken, Role},
    ui::components::Field,
};
use leptos::prelude::*;

/// How long a token may be good for, in days.
const LASTS: [(i64, &str); 4] = [(30, "30 days"), (90, "90 days"), (180, "180 days"), (366, "A year")];

/// Those of one person, each to be taken back; `person`: somebody else's, by id.
#[component]
pub fn Tokens(tokens: Vec<ListedToken>, #[prop(optional)] person: Option<String>) -> impl IntoView {
    if tokens.is_empty() {
        return view! { <p class="hint">"There is no token."</p> }.into_any();
    }
    let rows: Vec<_> = tokens.into_iter().map(|token| view! { <Row token person=person.clone()/> }).collect();
    view! {
        <div class="table-box">
            <table class="table listed" aria-labelledby="tokens">
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Role"</th>
                        <th scope="col">"Sees"</th>
                        <th scope="col">"Good until"</th>
                        <th scope="col">"Last used"</th>
                        <th scope="col"><span class="visually-hidden">"Take it back"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Row(token: ListedToken, person: Option<String>) -> impl IntoView {
    let sees = match (token.sees_all, token.companies.as_slice()) {
        (true, _) => "What its person sees".to_owned(),
        (false, [one]) => one.clone(),
        (false, codes) => format!("{} companies", codes.len()),
    };
    let used = match token.used {
        Some(at) => format!("{} from {}", at.text, token.used_from),
        None => "Not yet".to_owned(),
    };
    // One's own account is everybody's; other people's tokens are an administrator's business.
    let (act, class) = if person.is_some() { ("/api/take-token-back-of", "") } else { ("/api/take-token-back", "own") };
    let whose = person.map(|person| view! { <input type="hidden" name="person" value=person/> });
    let label = format!("Take back {}", token.name);
    view! {
        <tr>
            <th scope="row">{token.name}</th>
            <td data-label="Role">{token.role.label()}</td>
            <td data-label="Sees">{sees}</td>
            <td data-label="Good until">{token.expires.text}</td>
            <td data-label="Last used">{used}</td>
            <td class="actions">
                <form class=class method="post" action=act>
                    {whose} <input type="hidden" name="token" value=token.id/>
                    <button class="button small" aria-label=label>"Take back"</button>
                </form>
            </td>
        </tr>
    }
}

/// The form for a new one, which may do `most` at most.
#[component]
pub fn NewToken(most: Role) -> impl IntoView {
    let roles: Vec<_> = Role::ALL
        .into_iter()
        .filter(|role| *role <= most)
        .map(|role| view! { <option value=role.as_str()>{format!("{}: {}", role.label(), role.may())}</option> })
        .collect();
    let lasts: Vec<_> = LASTS.map(|(days, words)| view! { <option value=days selected=days == 90>{words}</option> }).into();
    view! {
        <form class="form narrow own" method="post" action="/api/make-token" aria-label="New token">
            <Field name="name" label="Name" required=true maxlength=60 hint="What will use it, such as the program's name."/>
            <div class="field">
                <label for="token-role">"Role"</label>
                <select class="select" id="token-role" name="role">{roles}</select>
            </div>
            <Field name="companies" label="Companies" hint="Their codes with commas between them; none: whatever you see."/>
            <div class="field">
                <label for="token-days">"Good for"</label>
                <select class="select" id="token-days" name="days">{lasts}</select>
            </div>
            <div class="row"><button class="button">"Make a token"</button></div>
        </form>
    }
}
