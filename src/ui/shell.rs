//! The frame of every page: the bar with the quick links, the place for the page, the footer.

mod go_to;
mod keys;
mod quick_links;
mod title;

use super::components::{Icon, Notice, SPRITE, Tone};
use crate::api::{overview::quick_links, reading, settings::lost};
use go_to::GoTo;
use keys::Keys;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_location;
use quick_links::QuickLinksMenu;

#[component]
pub fn Shell(children: Children) -> impl IntoView {
    let path = use_location().pathname.get_untracked();
    let company = company_of(&path).to_owned();
    let on_overview = path == "/overview";
    let in_settings = path.starts_with("/settings/").then_some("true");
    let here = move |place: &str| (path == place).then_some("page");
    let signed_in = super::role().is_some();
    let bar = async move {
        if !signed_in {
            return None;
        }
        // Without its database the page below says what is wrong; the frame stays.
        let (group, links) = reading(quick_links(company)).await.unwrap_or_default();
        let standing = links.standing;
        Some(view! {
            <Title formatter=move |text: String| title::with_count(&text, standing)/>
            <p class="group">{group}</p>
            <nav aria-label="Main">
                <ul class="links">
                    <li class="wide"><a href="/overview" aria-current=here("/overview")>"Overview"</a></li>
                    <li class="wide"><a href="/import" aria-current=here("/import")>"Import"</a></li>
                    <li class="wide"><a href="/settings/integrations" aria-current=in_settings>"Settings"</a></li>
                    <li><GoTo/></li>
                    <li><QuickLinksMenu links on_overview/></li>
                    <li class="wide"><a href="/account" aria-current=here("/account")>"Account"</a></li>
                </ul>
            </nav>
        })
    };
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <div inner_html=SPRITE></div>
        <header class="bar">
            <div class="width">
                <a class="brand" href="/overview"><svg viewBox="0 0 32 32" aria-hidden="true" inner_html=MARK></svg> "Tieout"</a>
                <Suspense>{Suspend::new(bar)}</Suspense>
            </div>
        </header>
        <main id="main" tabindex="-1">
            <WhatHappened/>
            // What is in here is kept up to date in place; see src/ui/live/page.rs.
            <div id="page">{signed_in.then(|| view! { <Lost/> })} {children()}</div>
        </main>
        <Toasts/>
        <footer class="foot">
            <div class="width">
                {signed_in
                    .then(|| {
                        view! {
                            <a href="/settings/integrations">"Settings"</a>
                            <a href="/account">"Account"</a>
                        }
                    })}
                <span>"Tieout " {env!("CARGO_PKG_VERSION")}</span>
                <span>"Both sides agree, to the cent."</span>
            </div>
        </footer>
        {signed_in.then(|| view! { <Keys/> })}
    }
}

/// The mark of public/favicon.svg: a tick over the double rule that closes an account.
const MARK: &str = r##"<rect width="32" height="32" rx="8" fill="#0f766e"/><path d="m9 12.5 4.5 4.5L23 7.5" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/><path d="M8 21.5h16M8 25.5h16" stroke="#fff" stroke-width="2" stroke-linecap="round" opacity=".7"/>"##;

/// The code in `/companies/CODE/…`; empty on pages that are not about one company.
fn company_of(path: &str) -> &str {
    path.strip_prefix("/companies/").and_then(|rest| rest.split_once('/')).map_or("", |(code, _)| code)
}

/// That companies no longer are let in, on every page until somebody reconnects.
#[component]
fn Lost() -> impl IntoView {
    let banner = async move {
        // Without its database the page below says what is wrong.
        let words = match reading(lost()).await.unwrap_or_default() {
            0 => return None,
            1 => "1 company needs reconnecting: nothing of it is sent or received. ".to_owned(),
            n => format!("{n} companies need reconnecting: nothing of them is sent or received. "),
        };
        Some(view! {
            <div class=format!("notice lost {}", Tone::Warn.class()) id="lost">
                <Icon name="needs-reconnecting"/>
                <p class="what">{words} <a href="/settings/integrations?status=needs-reconnecting">"See which, and reconnect"</a></p>
            </div>
        })
    };
    view! { <Suspense>{Suspend::new(banner)}</Suspense> }
}

/// What a form that was posted without script led to.
#[component]
fn WhatHappened() -> impl IntoView {
    #[cfg(feature = "ssr")]
    let said = crate::api::flash::take();
    #[cfg(not(feature = "ssr"))]
    let said: Option<(String, bool)> = None;
    said.map(|(sentence, bad)| view! { <Notice tone=if bad { Tone::Bad } else { Tone::Good }>{sentence}</Notice> })
}

/// What a page may have to say without moving anything; the script fills it in and opens it.
#[component]
fn Toasts() -> impl IntoView {
    let toast = |id: &'static str, tone: Tone, icon: &'static str, update: bool| {
        view! {
            <div class=format!("notice toast {}", tone.class()) id=id popover="manual" role="status">
                <Icon name=icon/>
                <p class="what"></p>
                // The same address anew, with empty fields.
                {update.then(|| view! { <a class="button small" href="">"Update"</a> })}
                <button
                    type="button"
                    class="button small quiet square"
                    aria-label="Dismiss"
                    popovertarget=id
                    popovertargetaction="hide"
                >
                    <Icon name="close"/>
                </button>
            </div>
        }
    };
    view! {
        {toast("refused", Tone::Bad, "errors", false)}
        {toast("held", Tone::Info, "info", true)}
    }
}
