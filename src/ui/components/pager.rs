//! Under a list: what is shown, how many at a time, and the way to the rest. Plain links.

use leptos::prelude::*;

/// `link` gives the address for a number of rows and a page. Ends are shown, but lead nowhere.
#[component]
pub fn Pager<F>(total: u64, rows: u32, page: u32, sizes: &'static [u32], noun: &'static str, link: F) -> impl IntoView
where
    F: Fn(u32, u32) -> String,
{
    let pages = total.div_ceil(u64::from(rows.max(1))).max(1);
    let page = u64::from(page).clamp(1, pages);
    let first = (page - 1) * u64::from(rows) + 1;
    let last = (page * u64::from(rows)).min(total);
    let step = |to: u64, words: &'static str, allowed: bool| {
        let href = allowed.then(|| link(rows, u32::try_from(to).unwrap_or(u32::MAX)));
        let disabled = (!allowed).then_some("true");
        view! { <a href=href role=(!allowed).then_some("link") aria-disabled=disabled>{words}</a> }
    };
    let choices: Vec<_> = sizes
        .iter()
        .map(|size| {
            let here = (*size == rows).then_some("true");
            view! { <a href=link(*size, 1) aria-current=here>{*size}</a> }
        })
        .collect();
    view! {
        <nav class="pager" aria-label="Pages of the list">
            <p>{if total == 0 { format!("No {noun}") } else { format!("{first}–{last} of {total} {noun}") }}</p>
            <div class="steps"><span>"Rows"</span> {choices}</div>
            <div class="steps">
                {step(page.saturating_sub(1), "‹ Previous", page > 1)}
                <span>{format!("Page {page} of {pages}")}</span>
                {step(page + 1, "Next ›", page < pages)}
            </div>
        </nav>
    }
}
