//! The one poller of a page. Quick while something that is shown runs, slow and jittered when not, silent
//! while the tab is hidden, at once on return, and ever slower, visibly, while the server does not answer.

use super::{Link, Live};
use crate::{
    api::{ApiError, overview::changes},
    domain::company::Changes,
};
use gloo_timers::callback::{Interval, Timeout};
use leptos::{ev, prelude::*, task::spawn_local};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// The first request after the page has come.
const FIRST_MS: u32 = 300;
/// While something on screen runs.
const QUICK_MS: u32 = 1_000;
/// Otherwise, and up to [`JITTER_MS`] longer, so that many open pages do not ask in step.
const IDLE_MS: u32 = 1_500;
const JITTER_MS: f64 = 400.0;
/// An answer that takes longer is not waited for.
const PATIENCE_MS: u32 = 15_000;
/// Seconds until the next try after so many failures; the last for all that follow.
const BACK_OFF_S: [u32; 5] = [2, 4, 8, 15, 30];

/// Takes what is new, and says whether something it shows is running.
type Subscriber = Rc<dyn Fn(&Changes) -> bool>;

struct Poller {
    live: Live,
    /// How far the server's clock is ahead of the browser's.
    ahead_ms: Cell<f64>,
    cursor: Cell<i64>,
    /// The overview's filter, for the counts that belong to it.
    filter: RefCell<String>,
    quick_links: Cell<bool>,
    subscribers: RefCell<Vec<(Subscriber, Rc<Cell<bool>>)>>,
    /// The next request, or the end of patience with the one under way.
    timer: RefCell<Option<Timeout>>,
    ticker: RefCell<Option<Interval>>,
    failures: Cell<u32>,
    retry_at: Cell<f64>,
    /// Counts requests; an answer to any but the latest is late and ignored.
    request: Cell<u32>,
    under_way: Cell<bool>,
    again: Cell<bool>,
}

thread_local! {
    static POLLER: RefCell<Option<Rc<Poller>>> = const { RefCell::new(None) };
}

fn poller(now: i64) -> Rc<Poller> {
    POLLER.with_borrow_mut(|place| {
        place
            .get_or_insert_with(|| {
                Rc::new(Poller {
                    live: Live::new(now),
                    ahead_ms: Cell::new(now as f64 - js_sys::Date::now()),
                    cursor: Cell::new(i64::MAX),
                    filter: RefCell::default(),
                    quick_links: Cell::new(false),
                    subscribers: RefCell::default(),
                    timer: RefCell::default(),
                    ticker: RefCell::default(),
                    failures: Cell::new(0),
                    retry_at: Cell::new(0.0),
                    request: Cell::new(0),
                    under_way: Cell::new(false),
                    again: Cell::new(false),
                })
            })
            .clone()
    })
}

/// Runs with the poller, if an island has made it.
fn with(act: impl FnOnce(Rc<Poller>)) {
    if let Some(poller) = POLLER.with_borrow(Clone::clone) {
        act(poller);
    }
}

pub(super) fn shared(now: i64) -> Live {
    poller(now).live.clone()
}

/// Hands every change after `cursor` to `subscriber`, which says whether something it shows is running. The
/// first to join starts the poller; the lowest cursor counts, and getting a change twice does no harm.
pub fn join(cursor: i64, running: bool, subscriber: impl Fn(&Changes) -> bool + 'static) {
    with(|poller| {
        rewind(cursor);
        poller.subscribers.borrow_mut().push((Rc::new(subscriber), Rc::new(Cell::new(running))));
        if poller.ticker.borrow().is_none() {
            poller.wake();
        }
    });
}

/// Goes back to an earlier cursor: what a page was just given may be older than what came meanwhile.
pub fn rewind(cursor: i64) {
    with(|poller| poller.cursor.set(poller.cursor.get().min(cursor)));
}

/// The filter (a query string) whose counts are wanted from now on.
pub fn set_filter(query: String) {
    with(|poller| *poller.filter.borrow_mut() = query);
}

/// Whether the quick links are open and want their lists.
pub fn want_quick_links(wanted: bool) {
    with(|poller| poller.quick_links.set(wanted));
}

/// Asks at once.
pub fn poll_soon() {
    with(|poller| poller.poll());
}

impl Poller {
    fn wake(self: &Rc<Self>) {
        let this = self.clone();
        *self.ticker.borrow_mut() = Some(Interval::new(1_000, move || this.tick()));
        for event in ["visibilitychange", "online", "pageshow"] {
            let this = self.clone();
            let _ = window_event_listener(ev::Custom::<web_sys::Event>::new(event), move |_| this.looked_at());
        }
        // Soon, but not before the islands are awake: they must first find the page as the server wrote it.
        self.after(FIRST_MS, Poller::poll);
    }

    fn tick(&self) {
        self.live.clock.set((js_sys::Date::now() + self.ahead_ms.get()) as i64);
        if let Link::Reconnecting(shown) = self.live.link.get_untracked() {
            let left = ((self.retry_at.get() - js_sys::Date::now()) / 1_000.0).ceil().max(0.0) as u32;
            if left != shown {
                self.live.link.set(Link::Reconnecting(left));
            }
        }
    }

    fn looked_at(self: &Rc<Self>) {
        if document().hidden() {
            self.timer.take();
            self.request.set(self.request.get() + 1);
            self.under_way.set(false);
            self.live.link.set(Link::Paused);
        } else {
            self.tick();
            self.poll();
        }
    }

    fn after(self: &Rc<Self>, ms: u32, act: fn(&Rc<Poller>)) {
        let this = self.clone();
        *self.timer.borrow_mut() = Some(Timeout::new(ms, move || act(&this)));
    }

    fn schedule(self: &Rc<Self>) {
        let running = self.subscribers.borrow().iter().any(|(_, running)| running.get())
            || self.live.starting.with_untracked(|codes| !codes.is_empty());
        let idle = IDLE_MS + (js_sys::Math::random() * JITTER_MS) as u32;
        self.after(if running { QUICK_MS } else { idle }, Poller::poll);
    }

    fn poll(self: &Rc<Self>) {
        if document().hidden() {
            return;
        }
        if self.under_way.get() {
            // What made us ask may have happened after that request was answered.
            self.again.set(true);
            return;
        }
        let request = self.request.get() + 1;
        self.request.set(request);
        self.under_way.set(true);
        self.again.set(false);
        self.after(PATIENCE_MS, Poller::failed);
        let this = self.clone();
        let filter = self.filter.borrow().clone();
        let accepted = super::syncs::accepted();
        spawn_local(async move {
            let answer = changes(this.cursor.get(), filter.clone(), this.quick_links.get()).await;
            if this.request.get() != request {
                return;
            }
            match answer {
                Ok(answer) => {
                    this.hand_out(answer, &filter);
                    super::syncs::settle(&this.live, &accepted);
                }
                // Nothing is asked any more: the page stays as it is, with what was entered on it.
                Err(ApiError::SignedOut(_)) => {
                    this.timer.take();
                    this.live.link.set(Link::SignedOut);
                }
                Err(_) => this.failed(),
            }
        });
    }

    fn hand_out(self: &Rc<Self>, mut answer: Changes, filter: &str) {
        self.under_way.set(false);
        self.failures.set(0);
        self.live.link.set(Link::Live);
        let unchanged = answer.now == 0;
        self.cursor.set(answer.cursor);
        if !unchanged {
            self.ahead_ms.set(answer.now as f64 - js_sys::Date::now());
            if *self.filter.borrow() != filter {
                // Counts for a view that was left meanwhile.
                answer.facets = None;
            }
            let subscribers = self.subscribers.borrow().clone();
            for (subscriber, running) in subscribers {
                running.set(subscriber(&answer));
            }
        }
        if answer.more || self.again.get() { self.poll() } else { self.schedule() }
    }

    fn failed(self: &Rc<Self>) {
        self.request.set(self.request.get() + 1);
        self.under_way.set(false);
        let failures = self.failures.get();
        self.failures.set(failures + 1);
        let seconds = BACK_OFF_S[(failures as usize).min(BACK_OFF_S.len() - 1)];
        let ms = seconds * 1_000 + (js_sys::Math::random() * 500.0) as u32;
        self.retry_at.set(js_sys::Date::now() + f64::from(ms));
        self.live.link.set(Link::Reconnecting(seconds));
        self.after(ms, Poller::poll);
    }
}
