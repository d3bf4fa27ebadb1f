//! Under a list: what is shown, how many at a time, and the way to the rest. Plain links.

use crate::domain::results_filter::MOST_ROWS;
use leptos::prelude::*;

/// `link` gives the address for a number of rows (0: all) and a page; without `sizes` the number of rows is no choice.
/// Ends are shown, but lead nowhere. What changes changes in place, so that the focus stays where it was.
#[component]
pub fn Pager<F>(
    #[prop(into)] total: Signal<u64>,
    #[prop(into)] rows: Signal<u32>,
    #[prop(into)] page: Signal<u32>,
    sizes: &'static [u32],
    noun: &'static str,
    link: F,
) -> impl IntoView
where
    F: Fn(u32, u32) -> String + Send + Sync + 'static,
{
    let link = StoredValue::new(link);
    let link = move |rows, page| link.with_value(|link| link(rows, page));
    let held = move || u64::from(if rows.get() == 0 { MOST_ROWS } else { rows.get() });
    let pages = move || u32::try_from(total.get().div_ceil(held())).unwrap_or(u32::MAX).max(1);
    let range = move || match total.get() {
        0 => format!("No {noun}"),
        total => {
            let (rows, page) = (held(), u64::from(page.get().clamp(1, pages())));
            format!("{}–{} of {total} {noun}", (page - 1) * rows + 1, (page * rows).min(total))
        }
    };
    let choices: Vec<_> = sizes
        .iter()
        .map(|size| {
            let words = if *size == 0 { "All".to_string() } else { size.to_string() };
            view! { <a href=move || link(*size, 1) aria-current=move || (rows.get() == *size).then_some("true")>{words}</a> }
        })
        .collect();
    let back = Signal::derive(move || page.get().clamp(1, pages()) - 1);
    let on = Signal::derive(move || if page.get() < pages() { page.get() + 1 } else { 0 });
    let step = move |to: Signal<u32>, words: &'static str| {
        let leads = move || to.get() > 0;
        view! {
            <a
                href=move || leads().then(|| link(rows.get(), to.get()))
                role=move || (!leads()).then_some("link")
                aria-disabled=move || (!leads()).then_some("true")
            >
                {words}
            </a>
        }
    };
    view! {
        <nav class="pager" aria-label="Pages of the list">
            <p>{range}</p>
            {(!choices.is_empty()).then(|| view! { <div class="steps"><span>"Rows"</span> {choices}</div> })}
            <div class="steps">
                {step(back, "‹ Previous")}
                <span class="where">{move || format!("Page {} of {}", page.get().clamp(1, pages()), pages())}</span>
                {step(on, "Next ›")}
            </div>
        </nav>
    }
}
