//! The top of a page: its title (also the window's), where it stands, and its main actions.

use super::as_html;
use leptos::prelude::*;
use leptos_meta::Title;

/// `crumbs` are address and words of the pages above; children are the actions at the right.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(optional)] crumbs: Vec<(String, String)>,
    /// Beside the title, softly: `GBP · Practice ledger`.
    #[prop(optional, into)]
    facts: String,
    /// Beside the facts: whether the page is live.
    #[prop(optional)]
    liveness: Option<AnyView>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let crumbs = (!crumbs.is_empty()).then(|| {
        let links: Vec<_> = crumbs.into_iter().map(|(href, words)| view! { <li><a href=href>{words}</a></li> }).collect();
        view! { <nav aria-label="Where this page is"><ol class="crumbs">{links}</ol></nav> }
    });
    view! {
        <Title text=format!("{} · Tieout", as_html(&title))/>
        <div class="stack-s">
            {crumbs}
            <header class="page-header">
                <div class="titles">
                    <h1>{title}</h1>
                    {(!facts.is_empty()).then(|| view! { <p class="facts"><span>{facts}</span> {liveness}</p> })}
                </div>
                {children.map(|children| view! { <div class="row">{children()}</div> })}
            </header>
        </div>
    }
}

/// The three pages of a company.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum CompanyPage {
    Results,
    Messages,
    Integration,
}

impl CompanyPage {
    const ALL: [(CompanyPage, &'static str, &'static str); 3] = [
        (CompanyPage::Results, "results", "Sync results"),
        (CompanyPage::Messages, "messages", "Message log"),
        (CompanyPage::Integration, "integration", "Integration settings"),
    ];
}

#[component]
pub fn CompanyTabs(
    #[prop(into)] code: String,
    current: CompanyPage,
    /// The page is one below the current one.
    #[prop(optional)]
    below: bool,
) -> impl IntoView {
    let links: Vec<_> = CompanyPage::ALL
        .into_iter()
        .map(|(page, path, words)| {
            let here = (page == current).then_some(if below { "true" } else { "page" });
            view! { <a href=format!("/companies/{code}/{path}") aria-current=here>{words}</a> }
        })
        .collect();
    view! { <nav class="tabs" aria-label="Pages of this company">{links}</nav> }
}
