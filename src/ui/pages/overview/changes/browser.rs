//! The overview's doings in the browser.

use super::super::{
    address::{self, Step},
    board::{Shown, State},
};
use crate::{
    api::overview::overview,
    domain::{
        company::{Changes, CompanyRow, OverviewPage},
        filter::{Filter, MAX_SEARCH},
        status::SyncStatus,
    },
    ui::live,
};
use gloo_timers::callback::Timeout;
use leptos::{ev, prelude::*, task::spawn_local};
use std::cell::{Cell, RefCell};

/// A pause in typing.
const PAUSE_MS: u32 = 200;
/// Changes are read out together, so that many at once are one sentence.
const GATHER_MS: u32 = 2_500;

thread_local! {
    static TYPING: RefCell<Option<(Timeout, String)>> = const { RefCell::new(None) };
    /// Counts loads; an answer to any but the latest is ignored.
    static LOAD: Cell<u32> = const { Cell::new(0) };
    static TO_SAY: RefCell<Vec<(String, SyncStatus)>> = const { RefCell::new(Vec::new()) };
    static SAYING: RefCell<Option<Timeout>> = const { RefCell::new(None) };
}

/// Script takes over.
pub fn wake(state: State, cursor: i64, query: String) {
    live::set_filter(query);
    live::join(cursor, any_running(state), move |changes| take(state, changes));
    let _ = window_event_listener(ev::popstate, move |_| {
        state.filter.set(Filter::from_query(&address::query()).0);
        load(state);
    });
    // After the first rendering, which must be the server's.
    Effect::new(move || state.scripted.set(true));
}

pub fn go(state: State, filter: Filter, step: Step) {
    TYPING.take();
    address::write(&filter.to_url(), step);
    state.filter.set(filter);
    load(state);
}

pub fn search_soon(state: State, text: String) {
    let pause = Timeout::new(PAUSE_MS, move || search_now(state));
    TYPING.set(Some((pause, text)));
}

/// Whether a search waits for the typing to pause.
pub fn is_typing() -> bool {
    TYPING.with_borrow(Option::is_some)
}

pub fn search_now(state: State) {
    let Some((_, text)) = TYPING.take() else { return };
    let words: String = text.trim().chars().take(MAX_SEARCH).collect();
    if state.filter.with_untracked(|filter| filter.search == words) {
        return;
    }
    go(state, state.filter.with_untracked(|filter| filter.with(|filter| filter.search = words)), Step::Same);
}

/// Reads what the filter asks for.
pub fn load(state: State) {
    let this = LOAD.get() + 1;
    LOAD.set(this);
    state.loading.set(true);
    let query = state.filter.with_untracked(Filter::to_query);
    live::set_filter(query.clone());
    spawn_local(async move {
        let answer = overview(query).await;
        if LOAD.get() != this {
            return;
        }
        state.loading.set(false);
        match answer {
            Ok(Some(page)) => show(state, page),
            Ok(None) => drop(window().location().set_href("/welcome")),
            Err(error) => state.failed.set(Some(error.to_string())),
        }
    });
}

fn show(state: State, page: OverviewPage) {
    // This answer may be older than changes that overtook it.
    live::rewind(page.cursor);
    let matching = page.facets.matching;
    let before = state.rows.get_untracked();
    let rows: Vec<Shown> = page
        .rows
        .into_iter()
        .map(|row| match before.iter().find(|shown| shown.code == row.code) {
            Some(shown) => {
                put(shown, row);
                shown.clone()
            }
            None => row.into(),
        })
        .collect();
    state.ticked.update(|ticked| ticked.retain(|code| rows.iter().any(|shown| shown.code == *code)));
    state.rows.set(rows);
    state.facets.set(page.facets);
    state.matched.set(matching);
    state.filter.update(|filter| filter.page = page.filter.page);
    state.notices.set(page.notices);
    state.failed.set(None);
    state.said.set(match matching {
        1 => "1 company.".into(),
        n => format!("{n} companies."),
    });
}

/// A cell is only touched where its company changed.
fn put(shown: &Shown, row: CompanyRow) {
    if shown.row.with_untracked(|before| *before != row) {
        shown.row.set(row);
    }
}

/// Takes what the poller brings; says whether a row on screen is running.
fn take(state: State, changes: &Changes) -> bool {
    let rows = state.rows.get_untracked();
    for row in &changes.rows {
        if let Some(shown) = rows.iter().find(|shown| shown.code == row.code) {
            let before = shown.row.with_untracked(|before| before.status);
            if before != row.status {
                say_soon(state, row.name.clone(), row.status);
            }
            put(shown, row.clone());
        }
    }
    if let Some(facets) = &changes.facets {
        // Where nothing is listed, nothing can jump.
        let appeared = rows.is_empty() && facets.matching > 0;
        if state.facets.with_untracked(|before| before != facets) {
            state.facets.set(facets.clone());
        }
        if appeared {
            load(state);
        }
    }
    any_running(state)
}

fn any_running(state: State) -> bool {
    state.rows.with_untracked(|rows| rows.iter().any(|shown| shown.row.with_untracked(|row| row.progress.is_some())))
}

fn say_soon(state: State, name: String, status: SyncStatus) {
    TO_SAY.with_borrow_mut(|list| {
        list.retain(|(one, _)| *one != name);
        list.push((name, status));
    });
    SAYING.with_borrow_mut(|timer| {
        timer.get_or_insert_with(|| {
            Timeout::new(GATHER_MS, move || {
                // Its own timer is running out: it must not be dropped while it is called.
                if let Some(done) = SAYING.take() {
                    done.forget();
                }
                let list = TO_SAY.take();
                let first: Vec<_> = list.iter().take(3).map(|(name, status)| format!("{name}: {}.", status.label())).collect();
                let more = match list.len().saturating_sub(3) {
                    0 => String::new(),
                    more => format!(" And {more} more."),
                };
                state.said.set(first.join(" ") + &more);
            })
        });
    });
}
