//! One contact, and what becomes of it.

use super::{Here, item_row::decided_words};
use crate::{
    domain::{
        matching::contacts::ContactChoice,
        message::Entity,
        onboarding::{ContactOption, ContactRow},
        record,
    },
    ui::components::{Badge, Tone},
};
use leptos::prelude::*;

/// What is chosen or goes by default, as a badge says it.
fn state(row: &ContactRow) -> (Tone, &'static str) {
    match (&row.stored, &row.choice) {
        (Some(ContactChoice::Link(_)), _) => (Tone::Good, "Linked"),
        (Some(ContactChoice::Create), _) => (Tone::Good, "Created there"),
        (Some(ContactChoice::Archive), _) => (Tone::Neutral, "Archived"),
        (None, ContactChoice::Link(_)) => (Tone::Info, "Same name"),
        (None, _) => (Tone::Info, "Not there"),
    }
}

fn option_words(option: &ContactOption) -> String {
    let email = if option.email.is_empty() { String::new() } else { format!(", {}", option.email) };
    let reason = if option.reason.is_empty() { String::new() } else { format!(" ({})", option.reason) };
    format!("Link to {}{email}{reason}", option.name)
}

/// `3 documents`, `3 documents, 2 of them go out`.
fn documents(row: &ContactRow) -> String {
    let all = match row.documents {
        0 => return "No document".into(),
        1 => "1 document".to_string(),
        n => format!("{n} documents"),
    };
    match row.documents - row.going_out.min(row.documents) {
        0 => all,
        _ if row.going_out == 0 => format!("{all}, none goes out"),
        _ => format!("{all}, {} of them go out", row.going_out),
    }
}

#[component]
pub fn Row(here: Here, row: ContactRow, place: usize) -> impl IntoView {
    let (tone, words) = state(&row);
    let badge = match tone {
        Tone::Good => view! { <Badge tone icon="tick">{words}</Badge> }.into_any(),
        _ => view! { <Badge tone>{words}</Badge> }.into_any(),
    };
    let shown = row.choice.word();
    let option = |word: String, words: String, disabled: bool| {
        let selected = word == shown;
        view! { <option value=word selected=selected disabled=disabled>{words}</option> }
    };
    let links = row
        .options
        .iter()
        .map(|one| option(ContactChoice::Link(one.external_id.clone()).word(), option_words(one), false))
        .collect_view();
    let same_name = row.options.iter().any(|one| one.reason == "same name");
    let create = match same_name {
        true => option(ContactChoice::Create.word(), "Create it there: one of its name is there already".into(), true),
        false => option(ContactChoice::Create.word(), "Create it there".into(), false),
    };
    let archive = match row.going_out {
        0 => option(ContactChoice::Archive.word(), "Archive it here".into(), false),
        1 => option(ContactChoice::Archive.word(), "Archive it here: its document goes out".into(), true),
        n => option(ContactChoice::Archive.word(), format!("Archive it here: {n} documents go out"), true),
    };
    // What a closed list does not show.
    let likely = (row.choice == ContactChoice::Create && row.stored.is_none()).then(|| row.options.first()).flatten();
    let likely = likely.map(|one| view! { <p class="second">{format!("Suggested: {}, {}", one.name, one.reason)}</p> });
    let find = format!("{}#find", here.asked.looking_for(&row.id).address(&here.code));
    let page = record::address(&here.code, Entity::Contact, &row.id);
    let name = |field: &str| format!("entries[{place}][{field}]");
    let label = format!("What becomes of {}", row.name);
    let documents = documents(&row);
    let was = row.stored.as_ref().map(ContactChoice::word).unwrap_or_default();
    view! {
        <tr>
            <th scope="row">
                <a href=page>{row.name.clone()}</a>
                {(!row.email.is_empty()).then(|| view! { <span class="second">{row.email}</span> })}
            </th>
            <td class="used" data-label="Used by">{documents}</td>
            <td class="there">
                <div class="match">
                    <input type="hidden" name=name("item") value=row.id/>
                    <input type="hidden" name=name("was") value=was/>
                    <input type="hidden" name=name("shown") value=shown.clone()/>
                    <select class="select" name=name("choice") aria-label=label>
                        {links}
                        {create}
                        {archive}
                    </select>
                    {badge}
                </div>
                {likely}
                <p class="second">
                    <a href=find>"Find another" <span class="visually-hidden">{format!(" for {}", row.name)}</span></a>
                    {row.decided.map(|decided| format!(" · {}", decided_words(&decided, here.now)))}
                </p>
            </td>
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_with_how_many_go_out() {
        let told = |documents_: u64, going_out: u64| {
            documents(&ContactRow {
                id: String::new(),
                name: String::new(),
                email: String::new(),
                documents: documents_,
                going_out,
                stored: None,
                decided: None,
                choice: ContactChoice::Create,
                options: Vec::new(),
            })
        };
        assert_eq!(told(0, 0), "No document");
        assert_eq!(told(1, 1), "1 document");
        assert_eq!(told(3, 2), "3 documents, 2 of them go out");
        assert_eq!(told(3, 0), "3 documents, none goes out");
    }
}
