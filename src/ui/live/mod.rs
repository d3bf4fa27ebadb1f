//! What is alive on a page. All islands of a page share one [`Live`] and its one poller, the only code that
//! asks the server by itself.

#[cfg(feature = "hydrate")]
mod carry_over;
#[cfg(feature = "hydrate")]
mod company;
#[cfg(feature = "hydrate")]
mod lists;
#[cfg(feature = "hydrate")]
mod log;
#[cfg(feature = "hydrate")]
pub mod page;
#[cfg(feature = "hydrate")]
mod poller;
#[cfg(feature = "hydrate")]
pub mod request;
#[cfg(feature = "hydrate")]
mod syncs;

#[cfg(feature = "hydrate")]
pub use company::follow;
#[cfg(feature = "hydrate")]
pub use poller::{join, poll_soon, rewind, set_filter, want_quick_links};
#[cfg(feature = "hydrate")]
pub use syncs::start;

use leptos::prelude::*;

/// How the page's connection to the server is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// The script has not asked yet.
    #[default]
    Waking,
    Live,
    /// The tab is hidden: nothing is asked until it is looked at again.
    Paused,
    /// The last requests failed; the next goes out in so many seconds, 0: now.
    Reconnecting(u32),
    /// The session is over: nothing is asked any more.
    SignedOut,
}

/// A start that was asked for and did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: String,
    pub reason: String,
}

/// What the islands of a page share.
#[derive(Clone)]
pub struct Live {
    /// The server's clock, epoch milliseconds, moving once a second.
    pub clock: ArcRwSignal<i64>,
    pub link: ArcRwSignal<Link>,
    /// Codes of the companies ticked in the list.
    pub ticked: ArcRwSignal<Vec<String>>,
    /// Codes of the companies whose sync was asked for a moment ago, until the server shows it.
    pub starting: ArcRwSignal<Vec<String>>,
    /// The latest starts that were refused.
    pub refused: ArcRwSignal<Vec<Refused>>,
}

impl Live {
    fn new(now: i64) -> Live {
        Live {
            clock: ArcRwSignal::new(now),
            link: ArcRwSignal::default(),
            ticked: ArcRwSignal::default(),
            starting: ArcRwSignal::default(),
            refused: ArcRwSignal::default(),
        }
    }

    /// Whether this company's sync was asked for and is not seen yet.
    pub fn is_starting(&self, code: &str) -> bool {
        self.starting.with(|codes| codes.iter().any(|one| one == code))
    }
}

/// The page's [`Live`]: on the server a fresh one, in the browser always the same. `now` is the server's clock
/// at the time of the answer the page was made from.
pub fn live(now: i64) -> Live {
    #[cfg(feature = "hydrate")]
    return poller::shared(now);
    #[cfg(not(feature = "hydrate"))]
    Live::new(now)
}
