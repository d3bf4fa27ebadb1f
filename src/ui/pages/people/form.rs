//! The entries of a person, for a new one and for a change.

use crate::domain::person::{ListedPerson, Role};
use leptos::prelude::*;

/// Name, address, role and companies; `of`: as they are now.
#[component]
pub fn PersonFields(#[prop(optional)] of: Option<ListedPerson>) -> impl IntoView {
    // Several of these stand on one page, and each label needs a field of its own.
    let mark = of.as_ref().map_or_else(|| "new".to_owned(), |person| person.id.clone());
    let id = move |name: &str| format!("{name}-{mark}");
    let (name, email, role, sees_all, codes) = match of {
        Some(person) => (person.name, person.email, person.role, person.sees_all, person.companies.join(", ")),
        None => (String::new(), String::new(), Role::Accountant, true, String::new()),
    };
    let roles: Vec<_> = Role::ALL
        .into_iter()
        .map(|one| {
            let words = format!("{}: {}", one.label(), one.may());
            view! { <option value=one.as_str() selected=one == role>{words}</option> }
        })
        .collect();
    view! {
        <div class="field">
            <label for=id("name")>"Name"</label>
            <input class="input" id=id("name") name="name" value=name required maxlength="80" autocomplete="off"/>
        </div>
        <div class="field">
            <label for=id("email")>"E-mail address"</label>
            <input class="input" id=id("email") name="email" type="email" value=email required maxlength="254" autocomplete="off"/>
        </div>
        <div class="field">
            <label for=id("role")>"Role"</label>
            <select class="select" id=id("role") name="role">{roles}</select>
        </div>
        <div class="field">
            <label for=id("sees")>"Sees"</label>
            <select class="select" id=id("sees") name="sees">
                <option value="all" selected=sees_all>"All companies"</option>
                <option value="chosen" selected=!sees_all>"Only the companies named below"</option>
            </select>
        </div>
        <div class="field">
            <label for=id("companies")>"Companies"</label>
            <input class="input" id=id("companies") name="companies" value=codes aria-describedby=id("companies-hint") autocomplete="off"/>
            <p class="hint" id=id("companies-hint")>"Their codes with commas between them, where not all are seen."</p>
        </div>
    }
}
