//! The island of the overview, and the state its parts share.

use super::{changes, filters::Filters, head::Head, list::List, tiles::Tiles};
use crate::{
    domain::{
        company::{CompanyRow, Facets, OverviewPage},
        filter::{Filter, PAGE_SIZES},
    },
    ui::{
        components::{Pager, menu_keys},
        live::{Link, Live, Refused, live},
    },
};
use leptos::{ev::MouseEvent, html, prelude::*};

/// A row that stays itself while its company changes.
#[derive(Clone)]
pub struct Shown {
    pub code: String,
    pub row: ArcRwSignal<CompanyRow>,
}

impl From<CompanyRow> for Shown {
    fn from(row: CompanyRow) -> Shown {
        Shown { code: row.code.clone(), row: ArcRwSignal::new(row) }
    }
}

/// What the parts of the overview share.
#[derive(Clone, Copy)]
pub struct State {
    /// What is asked for: the address says the same.
    pub filter: RwSignal<Filter>,
    /// What of the address was not understood.
    pub notices: RwSignal<Vec<String>>,
    pub rows: RwSignal<Vec<Shown>>,
    pub facets: RwSignal<Facets>,
    /// How many companies matched when the rows were read.
    pub matched: RwSignal<u64>,
    pub loading: RwSignal<bool>,
    /// Why the rows asked for could not be read.
    pub failed: RwSignal<Option<String>>,
    /// Read out by screen readers.
    pub said: RwSignal<String>,
    /// Script has taken over from links and forms.
    pub scripted: RwSignal<bool>,
    pub clock: RwSignal<i64>,
    pub link: RwSignal<Link>,
    pub ticked: RwSignal<Vec<String>>,
    pub refused: RwSignal<Vec<Refused>>,
    pub live: StoredValue<Live>,
}

impl State {
    fn new(page: OverviewPage) -> State {
        let live = live(page.now);
        State {
            filter: RwSignal::new(page.filter),
            notices: RwSignal::new(page.notices),
            rows: RwSignal::new(page.rows.into_iter().map(Into::into).collect()),
            matched: RwSignal::new(page.facets.matching),
            facets: RwSignal::new(page.facets),
            loading: RwSignal::new(false),
            failed: RwSignal::new(None),
            said: RwSignal::default(),
            scripted: RwSignal::new(false),
            clock: live.clock.clone().into(),
            link: live.link.clone().into(),
            ticked: live.ticked.clone().into(),
            refused: live.refused.clone().into(),
            live: StoredValue::new(live),
        }
    }

    /// Starts a sync of these companies; their rows are marked at once.
    pub fn start(self, codes: Vec<String>) {
        #[cfg(feature = "hydrate")]
        self.live.with_value(|live| crate::ui::live::start(live, codes));
        #[cfg(not(feature = "hydrate"))]
        let _ = codes;
    }
}

#[island]
pub fn Board(page: OverviewPage) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    let (cursor, query) = (page.cursor, page.filter.to_query());
    let state = State::new(page);
    #[cfg(feature = "hydrate")]
    changes::wake(state, cursor, query);

    let top = NodeRef::<html::Div>::new();
    let filter = state.filter;
    let address = move |rows, page| filter.with(|filter| Filter { page, ..filter.with(|filter| filter.rows = rows) }.to_url());
    view! {
        <div class="overview" on:click=move |event| follow(state, top, event) on:keydown=menu_keys>
            <Head state/>
            <Tiles state/>
            <Filters state/>
            <div class="card flush" node_ref=top aria-busy=move || if state.loading.get() { "true" } else { "false" }>
                <List state/>
            </div>
            <Pager
                total=Signal::derive(move || state.matched.get())
                rows=Signal::derive(move || filter.with(|filter| filter.rows))
                page=Signal::derive(move || filter.with(|filter| filter.page))
                sizes=&PAGE_SIZES
                noun="companies"
                link=address
            />
            // Without script these two carry what is ticked, and the one company whose menu was used.
            <form id="start-ticked" method="post" action="/api/start-sync"></form>
            <form id="start-one" method="post" action="/api/start-sync"></form>
            <p class="visually-hidden" role="status">{state.said}</p>
            <changes::Toast state/>
        </div>
    }
}

/// Links to other views of this page are followed in place.
fn follow(state: State, top: NodeRef<html::Div>, event: MouseEvent) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        if event.ctrl_key() || event.shift_key() || event.meta_key() || event.alt_key() || event.button() != 0 {
            return;
        }
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest("a[href^=\"/overview\"]").ok().flatten());
        let Some(address) = link.as_ref().and_then(|link| link.get_attribute("href")) else { return };
        event.prevent_default();
        let query = address.split_once('?').map_or("", |(_, query)| query);
        let (filter, _) = Filter::from_query(query);
        let turns = state.filter.with_untracked(|now| now.page != filter.page);
        changes::choose(state, filter);
        if let (true, Some(top)) = (turns, top.get_untracked())
            && top.get_bounding_client_rect().top() < 0.0
        {
            top.scroll_into_view();
        }
        // A choice from an opened list closes it.
        if let Some(panel) = link.and_then(|link| link.closest("[popover]").ok().flatten())
            && let Some(panel) = panel.dyn_ref::<web_sys::HtmlElement>()
        {
            let _ = panel.hide_popover();
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (state, top, event);
}
