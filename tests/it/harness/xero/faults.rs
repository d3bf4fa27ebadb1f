//! What goes wrong between a client and Xero, and how often. Whether a request meets a fault follows from the seed and the
//! number of the request alone, so that a run of requests in the same order goes wrong in the same places again.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Fault {
    /// The answer comes 10 to 300 ms late, whatever else it meets.
    Late,
    /// The connection ends when the head of the request was read.
    CutBeforeReading,
    /// It ends when all was read, and nothing was applied.
    CutBeforeApplying,
    /// It ends when some elements of a batch were applied.
    CutWhileApplying,
    /// It ends when all was applied.
    CutAfterApplying,
    /// It ends in the middle of the answer.
    CutInAnswer,
    /// 429, to wait a second.
    LimitedASecond,
    /// 429, to wait two hours.
    LimitedHours,
    /// 500 with JSON; nothing was applied.
    ErrorBefore,
    /// 500 with JSON, when all was applied.
    ErrorAfter,
    /// 502 with a page of HTML; nothing was applied.
    BadGatewayBefore,
    BadGatewayAfter,
    /// 503; nothing was applied.
    UnavailableBefore,
    UnavailableAfter,
    /// 200 with JSON that ends too early.
    Truncated,
    /// 200 with JSON that is none in its middle.
    Malformed,
    /// A page after the first brings the elements of the page before.
    PageRepeated,
    /// A page without its `pagination`.
    PageWithoutPagination,
    /// Every page brings the elements of the first, until the first is asked for again.
    PagesLoop,
    /// A page begins with the last element of the page before.
    Duplicated,
    /// The elements of a page come in another order.
    Reordered,
    /// The access token has expired when a page is asked for.
    TokenExpires,
    /// The tokens were renewed, and no answer comes.
    RefreshLost,
}

/// All of them, in the order in which they are decided: the first that can happen to a request is the one that does.
pub const ALL: [Fault; 23] = [
    Fault::Late,
    Fault::CutBeforeReading,
    Fault::CutBeforeApplying,
    Fault::CutWhileApplying,
    Fault::CutAfterApplying,
    Fault::CutInAnswer,
    Fault::LimitedASecond,
    Fault::LimitedHours,
    Fault::ErrorBefore,
    Fault::ErrorAfter,
    Fault::BadGatewayBefore,
    Fault::BadGatewayAfter,
    Fault::UnavailableBefore,
    Fault::UnavailableAfter,
    Fault::Truncated,
    Fault::Malformed,
    Fault::PageRepeated,
    Fault::PageWithoutPagination,
    Fault::PagesLoop,
    Fault::Duplicated,
    Fault::Reordered,
    Fault::TokenExpires,
    Fault::RefreshLost,
];

/// How often each happens, of a thousand requests that it can happen to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    pub seed: u64,
    pub is_on: bool,
    pub per_mille: BTreeMap<Fault, u16>,
}

/// What a request is, as far as faults are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A page of a listing, by its number.
    Page(u64),
    Read,
    Write,
    Refresh,
    /// Anything else about tokens and connections.
    Identity,
}

impl Faults {
    pub fn none() -> Faults {
        Faults { seed: 0, is_on: false, per_mille: BTreeMap::new() }
    }

    /// One fault alone, met by every request that it can happen to.
    pub fn always(fault: Fault) -> Faults {
        Faults { seed: 0, is_on: true, per_mille: BTreeMap::from([(fault, 1000)]) }
    }

    /// Every fault at the same rate.
    pub fn all(seed: u64, per_mille: u16) -> Faults {
        Faults { seed, is_on: true, per_mille: ALL.map(|fault| (fault, per_mille)).into() }
    }

    /// The same with another rate of one of them.
    pub fn with(mut self, fault: Fault, per_mille: u16) -> Faults {
        self.per_mille.insert(fault, per_mille);
        self
    }

    /// What the request with this number meets.
    pub fn decide(&self, number: u64, request: Request) -> Option<Fault> {
        ALL.into_iter().skip(1).find(|fault| fault.can_happen_to(request) && self.happens(*fault, number))
    }

    /// By how many milliseconds its answer is late.
    pub fn delay_ms(&self, number: u64) -> Option<u64> {
        self.happens(Fault::Late, number).then(|| 10 + self.draw(Fault::Late, number, 1) % 291)
    }

    fn happens(&self, fault: Fault, number: u64) -> bool {
        let rate = self.per_mille.get(&fault).copied().unwrap_or(0);
        self.is_on && self.draw(fault, number, 0) % 1000 < u64::from(rate)
    }

    /// A number that follows from the seed, the fault, the request's number, and what it is drawn for.
    pub fn draw(&self, fault: Fault, number: u64, turn: u64) -> u64 {
        [fault as u64, number, turn].into_iter().fold(mixed(self.seed), |state, part| mixed(state ^ part))
    }
}

impl Fault {
    fn can_happen_to(self, request: Request) -> bool {
        use Fault::*;
        match self {
            CutWhileApplying | CutAfterApplying | ErrorAfter | BadGatewayAfter | UnavailableAfter => request == Request::Write,
            Truncated | Malformed | LimitedASecond | LimitedHours => !matches!(request, Request::Refresh | Request::Identity),
            PageRepeated | Duplicated => matches!(request, Request::Page(2..)),
            PageWithoutPagination | PagesLoop | Reordered | TokenExpires => matches!(request, Request::Page(_)),
            RefreshLost => request == Request::Refresh,
            // After a refresh that is RefreshLost.
            CutInAnswer => request != Request::Refresh,
            Late | CutBeforeReading | CutBeforeApplying | ErrorBefore | BadGatewayBefore | UnavailableBefore => true,
        }
    }
}

/// One step of SplitMix64.
fn mixed(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
