//! How much may be asked of Xero, and what its answers say of that. [`super::budget`] says from it whether the next request
//! may go, and [`super::gate`] lets it go.

use std::{sync::OnceLock, time::Duration};

/// What is taken, of one organisation and of all that an app asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Requests of one organisation at once.
    pub concurrent: usize,
    /// Requests of one organisation in a minute.
    pub minute: usize,
    /// Requests of the app in a minute, whichever organisations they are about.
    pub app_minute: i64,
    /// How long that minute is.
    pub minute_ms: i64,
}

impl Rules {
    /// Xero's own.
    pub const XERO: Rules = Rules { concurrent: 5, minute: 60, app_minute: 10_000, minute_ms: 60_000 };

    /// For how long a request that has ended counts: a little longer than Xero counts it.
    pub fn window_ms(&self) -> i64 {
        self.minute_ms + self.minute_ms / 120
    }

    /// Between requests of a sync that are spread over a minute, at least. A little less than its part of the minute, for
    /// nobody is ever there to the millisecond.
    pub fn pace_ms(&self) -> i64 {
        self.minute_ms * 97 / 100 / i64::try_from(self.minute).unwrap_or(i64::MAX).max(1)
    }

    /// How long what was taken of the app's minute can be used.
    pub fn good_for(&self) -> Duration {
        Duration::from_millis((self.minute_ms / 120).unsigned_abs())
    }

    /// Of the app's time that nobody used, so much can be made up for.
    pub fn slack_ms(&self) -> i64 {
        self.minute_ms / 240
    }

    /// What some requests cost of the app's time. Some of its minute is left out, for requests that are taken are under way
    /// for a moment more or less.
    pub fn cost_ms(&self, requests: i64) -> i64 {
        (requests * self.minute_ms * 100).div_euclid(self.app_minute * 97) + 1
    }
}

static OF_PROCESS: OnceLock<Rules> = OnceLock::new();

/// Says which rules hold for this process. Once, before Xero is asked anything: what is said later counts for nothing.
pub fn begin(rules: Rules) {
    let _ = OF_PROCESS.set(rules);
}

/// Xero's own, where nothing else was said.
pub fn of_process() -> Rules {
    *OF_PROCESS.get_or_init(|| Rules::XERO)
}

/// What an answer said of the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What is left of each, where it was said.
    pub minute: Option<i64>,
    pub day: Option<i64>,
    pub app_minute: Option<i64>,
    /// It was one too many; which limit it met, and the milliseconds to wait.
    pub refused: Option<(Limit, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// That of requests at once, too.
    Minute,
    Day,
    AppMinute,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_the_apps_minute_are_less_than_it_and_more_than_95_percent_of_it() {
        for requests in [10, 17, 40] {
            let a_minute = 60_000 / Rules::XERO.cost_ms(requests) * requests;
            assert!((9_500..9_700).contains(&a_minute), "{requests}: {a_minute}");
        }
    }

    #[test]
    fn a_pace_uses_all_of_a_minute() {
        assert!((60..=62).contains(&(60_000 / Rules::XERO.pace_ms())));
        let short = Rules { minute_ms: 3_000, minute: 30, ..Rules::XERO };
        assert_eq!((short.pace_ms(), short.window_ms()), (97, 3_025));
    }
}
