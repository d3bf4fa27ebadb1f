//! How much may be asked: five requests at once, sixty a minute and five thousand a day of an organisation, ten thousand a
//! minute of an app. Each can be set, and all are off at first, for most tests are not about them.

use super::{books::Books, http::Reply};
use serde::{Deserialize, Serialize};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// `None`: without limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub concurrent: Option<usize>,
    pub minute: Option<usize>,
    pub day: Option<usize>,
    /// Of all organisations that the app asks.
    pub app_minute: Option<usize>,
    /// How long a minute is, for tests that have no time for one; `None`: as long as everywhere.
    pub minute_ms: Option<i64>,
}

impl Limits {
    /// As Xero has them.
    pub fn of_xero() -> Limits {
        Limits { concurrent: Some(5), minute: Some(60), day: Some(5000), app_minute: Some(10_000), minute_ms: None }
    }

    pub fn minute_ms(self) -> i64 {
        self.minute_ms.unwrap_or(MINUTE)
    }

    pub fn are_on(self) -> bool {
        self != Limits::default()
    }
}

/// What is left, as every answer says it.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    pub minute: usize,
    pub day: usize,
    pub app_minute: usize,
}

impl Left {
    /// The reply with its headers.
    pub fn added_to(self, mut reply: Reply) -> Reply {
        reply.header("X-MinLimit-Remaining", &self.minute.to_string());
        reply.header("X-DayLimit-Remaining", &self.day.to_string());
        reply.header("X-AppMinLimit-Remaining", &self.app_minute.to_string());
        reply
    }
}

/// Whether one more request may be worked on: what is left after it, or which limit it meets and the seconds to wait.
pub fn check(books: &Books, in_flight: usize, app_minute: usize) -> Result<Left, (&'static str, i64)> {
    let (limits, now) = (books.limits, books.now());
    let within = |span: i64| books.recent.iter().rev().take_while(|at| now - **at < span).count();
    let (minute, day) = if limits.are_on() { (within(limits.minute_ms()), within(DAY)) } else { (0, 0) };
    let seconds = |span: i64, count: usize| {
        let first = books.recent[books.recent.len() - count];
        ((first + span - now).max(1) + 999) / 1000
    };
    if limits.concurrent.is_some_and(|limit| in_flight >= limit) {
        return Err(("concurrent", 1));
    }
    if limits.day.is_some_and(|limit| day >= limit) {
        return Err(("day", seconds(DAY, day)));
    }
    if limits.minute.is_some_and(|limit| minute >= limit) {
        return Err(("minute", seconds(limits.minute_ms(), minute)));
    }
    if limits.app_minute.is_some_and(|limit| app_minute >= limit) {
        return Err(("appminute", 60));
    }
    let left = |limit: Option<usize>, usual: usize, used: usize| limit.map_or(usual, |limit| limit.saturating_sub(used + 1));
    Ok(Left {
        minute: left(limits.minute, 60, minute),
        day: left(limits.day, 5000, day),
        app_minute: left(limits.app_minute, 10_000, app_minute),
    })
}

/// 429.
pub fn refusal(problem: &str, seconds: i64) -> Reply {
    let mut reply = Reply::new(429);
    reply.header("X-Rate-Limit-Problem", problem);
    reply.header("Retry-After", &seconds.to_string());
    reply
}
