//! The quick links: a sync icon on every page that tells how things stand, with what runs now, the latest
//! problems and the way to start a sync behind it. Opens without script; with it, it is live.

use crate::{
    domain::company::{CompanyLink, Flag, QuickLinks, Standing},
    ui::{
        components::{Icon, Tone, progress_words},
        live::{Live, live},
    },
};
use leptos::{html, prelude::*};

#[island]
pub fn QuickLinksMenu(links: QuickLinks, on_overview: bool) -> impl IntoView {
    let live = live(links.now);
    let panel = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    let cursor = links.cursor;
    let company = links.company.clone();
    let links = RwSignal::new(links);
    #[cfg(feature = "hydrate")]
    keep_up(cursor, links);

    let standing = Memo::new(move |_| links.with(|links| links.standing));
    #[cfg(feature = "hydrate")]
    super::title::keep(standing);
    // The flag: a word beside the colour.
    let (tone, word) = (move || flag(standing.get()).0, move || flag(standing.get()).1);
    view! {
        <button type="button" class="opens syncs" popovertarget="quick-links">
            <span class:turning=move || { standing.get().running > 0 }><Icon name="in-progress"/></span>
            <span class="word">"Syncs"</span>
            <span class=move || format!("flag {}", tone().class())>{word}</span>
        </button>
        <div
            class="panel to-start quick"
            id="quick-links"
            popover="auto"
            role="group"
            aria-label="Syncs"
            node_ref=panel
            on:toggle=move |_| opened_or_closed(panel, links)
        >
            <h2>"Running now"</h2>
            <List live=live.clone() links=Signal::derive(move || links.with(|links| links.active.clone())) none="No sync is running."/>
            <h2>"Latest problems"</h2>
            <List live=live.clone() links=Signal::derive(move || links.with(|links| links.problems.clone())) none="Nothing needs attention."/>
            <footer>
                <Start live company on_overview/>
                <a class="button" href="/overview">"Go to overview"</a>
            </footer>
        </div>
    }
}

/// The worst of how things stand, and in a word.
fn flag(standing: Standing) -> (Tone, String) {
    match standing.flag() {
        Flag::Attention if standing.attention == 1 => (Tone::Bad, "1 needs attention".into()),
        Flag::Attention => (Tone::Bad, format!("{} need attention", standing.attention)),
        Flag::Troubled => (Tone::Alert, "Errors found".into()),
        Flag::Fine if standing.running > 0 => (Tone::Info, format!("{} running", standing.running)),
        Flag::Fine => (Tone::Info, "All clear".into()),
    }
}

/// Fresh lists at every opening, and from then on with every change, until it is closed.
fn opened_or_closed(panel: NodeRef<html::Div>, links: RwSignal<QuickLinks>) {
    #[cfg(feature = "hydrate")]
    {
        let open = panel.get_untracked().is_some_and(|panel| panel.matches(":popover-open").unwrap_or(false));
        crate::ui::live::want_quick_links(open);
        if open {
            leptos::task::spawn_local(async move {
                if let Ok((_, fresh)) = crate::api::overview::quick_links(String::new()).await {
                    links.set(fresh);
                }
            });
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (panel, links);
}

#[cfg(feature = "hydrate")]
fn keep_up(cursor: i64, links: RwSignal<QuickLinks>) {
    let running = links.with_untracked(|links| links.standing.running > 0);
    crate::ui::live::join(cursor, running, move |changes| {
        if let Some(quick) = &changes.quick {
            links.set(quick.clone());
        } else if let Some(facets) = &changes.facets {
            links.update(|links| links.standing = facets.standing);
        }
        links.with_untracked(|links| links.standing.running > 0)
    });
}

/// Companies, each a link to its results.
#[component]
fn List(live: Live, links: Signal<Vec<CompanyLink>>, none: &'static str) -> impl IntoView {
    let clock = live.clock;
    move || {
        let links = links.get();
        if links.is_empty() {
            return view! { <p class="soft">{none}</p> }.into_any();
        }
        let items: Vec<_> = links
            .into_iter()
            .map(|link| {
                let clock = clock.clone();
                let words = move || match &link.progress {
                    Some(progress) => progress_words(progress, clock.get()),
                    None => link.reason.clone(),
                };
                view! {
                    <li>
                        <a href=format!("/companies/{}/results", link.code)>
                            <span class=Tone::from(link.status).class()><Icon name=link.status.as_str()/></span>
                            <span>{link.name} <span class="second">{words}</span></span>
                        </a>
                    </li>
                }
            })
            .collect();
        view! { <ul class="quick-list">{items}</ul> }.into_any()
    }
}

/// Starts what is selected: on the overview the ticked rows, elsewhere the company of the page.
#[component]
fn Start(live: Live, company: Option<CompanyLink>, on_overview: bool) -> impl IntoView {
    let ticked = live.ticked.clone();
    let blocked = company.as_ref().and_then(|company| company.sync_blocked.clone());
    let code = company.map(|company| company.code);
    let what = {
        let code = code.clone();
        move || match (&code, ticked.with(Vec::len)) {
            (Some(code), _) => format!("Start sync of {code}"),
            (None, 0) => "Start sync".to_owned(),
            (None, n) => format!("Start sync of {n}"),
        }
    };
    let why = match (&code, &blocked) {
        (Some(_), Some(reason)) => Some(reason.clone()),
        (None, _) if !on_overview => Some("Select companies on the overview first.".to_owned()),
        _ => None,
    };
    let can = why.is_none();
    let form = if on_overview { "start-ticked" } else { "start-here" };
    let start = {
        let code = code.clone();
        move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            #[cfg(feature = "hydrate")]
            if can {
                let codes = code.clone().map_or_else(|| live.ticked.get_untracked(), |code| vec![code]);
                crate::ui::live::start(&live, codes);
                live.ticked.set(Vec::new());
            }
            #[cfg(not(feature = "hydrate"))]
            let _ = (&live, &code);
        }
    };
    view! {
        {code.map(|code| {
            view! {
                <form id="start-here" method="post" action="/api/start-sync">
                    <input type="hidden" name="codes[]" value=code/>
                </form>
            }
        })}
        <button
            class="button primary"
            type=if can { "submit" } else { "button" }
            form=can.then_some(form)
            aria-disabled=(!can).then_some("true")
            aria-describedby=(!can).then_some("why-not-start")
            on:click=start
        >
            {what}
        </button>
        {why.map(|why| view! { <p class="why" id="why-not-start">{why}</p> })}
    }
}
