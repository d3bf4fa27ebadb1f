//! Starting syncs from the page: the rows are marked at the click, and what was refused is unmarked with the
//! reason.

use super::{Live, Refused, poller};
use crate::api::sync::start_sync;
use leptos::{prelude::*, task::spawn_local};
use std::cell::RefCell;

thread_local! {
    /// Starts the server took whose rows were not read again since.
    static ACCEPTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Asks the server to start a sync of each company, by code.
pub fn start(live: &Live, codes: Vec<String>) {
    if codes.is_empty() {
        return;
    }
    let live = live.clone();
    live.refused.set(Vec::new());
    live.starting.update(|starting| starting.extend(codes.iter().cloned()));
    spawn_local(async move {
        let refused: Vec<Refused> = match start_sync(codes.clone()).await {
            Ok(answers) => {
                answers.into_iter().filter_map(|answer| Some(Refused { code: answer.code, reason: answer.refused? })).collect()
            }
            Err(error) => codes.iter().map(|code| Refused { code: code.clone(), reason: error.to_string() }).collect(),
        };
        let is_refused = |code: &String| refused.iter().any(|one| one.code == *code);
        ACCEPTED.with_borrow_mut(|accepted| accepted.extend(codes.iter().filter(|code| !is_refused(code)).cloned()));
        if !refused.is_empty() {
            live.starting.update(|starting| starting.retain(|code| !is_refused(code)));
            live.refused.set(refused);
        }
        poller::poll_soon();
    });
}

/// The starts the server has taken by now: an answer asked for from here on shows them.
pub(super) fn accepted() -> Vec<String> {
    ACCEPTED.with_borrow(Clone::clone)
}

/// That answer came: the rows speak for themselves again.
pub(super) fn settle(live: &Live, settled: &[String]) {
    if settled.is_empty() {
        return;
    }
    ACCEPTED.with_borrow_mut(|accepted| accepted.retain(|code| !settled.contains(code)));
    live.starting.update(|starting| starting.retain(|code| !settled.contains(code)));
}
