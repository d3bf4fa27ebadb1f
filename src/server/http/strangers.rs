//! What nobody in particular asks for and is refused. The audit log has an entry for each, up to so many a minute, and a
//! number for the rest: whoever guesses by the thousand must not fill the disk, nor bury what others did.

use std::sync::{Mutex, PoisonError};

const MINUTE_MS: i64 = 60_000;

/// Entries a minute: more than people make by mistake, and enough to see what was tried.
const MOST: u32 = 60;

/// The minute under way.
pub struct Strangers(Mutex<Minute>);

struct Minute {
    began: i64,
    written: u32,
    passed_over: u64,
}

impl Strangers {
    pub const fn new() -> Strangers {
        Strangers(Mutex::new(Minute { began: 0, written: 0, passed_over: 0 }))
    }

    /// One more was refused. `None`: it is only counted; otherwise it is to be written down, with how many were only counted
    /// since the last that was.
    pub fn refused(&self, now_ms: i64) -> Option<u64> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !(minute.began..minute.began + MINUTE_MS).contains(&now_ms) {
            (minute.began, minute.written) = (now_ms, 0);
        }
        if minute.written == MOST {
            minute.passed_over += 1;
            return None;
        }
        minute.written += 1;
        Some(std::mem::take(&mut minute.passed_over))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_minute_is_counted() {
        let strangers = Strangers::new();
        for n in 0..i64::from(MOST) {
            assert_eq!(strangers.refused(1_000_000 + n), Some(0));
        }
        assert_eq!((strangers.refused(1_059_998), strangers.refused(1_059_999)), (None, None));
        assert_eq!((strangers.refused(1_060_000), strangers.refused(1_060_001)), (Some(2), Some(0)));
        // A clock that was set back ends the minute too.
        for _ in 0..MOST {
            strangers.refused(1_060_002);
        }
        assert_eq!((strangers.refused(1_060_003), strangers.refused(5)), (None, Some(3)));
    }
}
