//! Times as pages show them: the server writes the absolute form in the company's time zone, the browser
//! only counts how long ago it was, so that no time zone data travels.

use serde::{Deserialize, Serialize};

/// A point in time: epoch milliseconds, and the text in the company's time zone (`23 Nov 2026, 06:02`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    pub ms: i64,
    pub text: String,
}

/// `just now`, `14 min ago`, `3 h ago`, `5 days ago`. A clock that runs behind reads as just now.
pub fn ago(then_ms: i64, now_ms: i64) -> String {
    let minutes = (now_ms - then_ms).max(0) / 60_000;
    match minutes {
        0 => "just now".into(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        1440..2880 => "1 day ago".into(),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// A running clock: `0:42`, `12:05`, `1:02:05`.
pub fn elapsed(since_ms: i64, now_ms: i64) -> String {
    let seconds = (now_ms - since_ms).max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// How long something took: `0.3 s`, `42 s`, `12:05 min`, `1:02:05 h`.
pub fn took(ms: i64) -> String {
    match ms.max(0) {
        ms @ ..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        ms @ ..60_000 => format!("{} s", ms / 1000),
        ms @ ..3_600_000 => format!("{} min", elapsed(0, ms)),
        ms => format!("{} h", elapsed(0, ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_well() {
        let minute = 60_000;
        assert_eq!(ago(0, 59_999), "just now");
        assert_eq!(ago(5, 0), "just now");
        assert_eq!(ago(0, 14 * minute), "14 min ago");
        assert_eq!(ago(0, 61 * minute), "1 h ago");
        assert_eq!(ago(0, 1440 * minute), "1 day ago");
        assert_eq!(ago(0, 3 * 1440 * minute), "3 days ago");
        assert_eq!(elapsed(0, 42_000), "0:42");
        assert_eq!(elapsed(0, 3_725_000), "1:02:05");
        assert_eq!([-5, 999, 9_999, 10_000, 59_999].map(took), ["0.0 s", "0.9 s", "9.9 s", "10 s", "59 s"]);
        assert_eq!([725_000, 3_725_000].map(took), ["12:05 min", "1:02:05 h"]);
    }
}
