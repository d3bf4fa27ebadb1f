//! Where reading what changed goes on. Tryton knows when each record was written last, by its database's clock and from
//! the moment the writing transaction began; so a record may become visible some time after the moment it carries.
//!
//! A sweep reads every record changed since a moment, by ascending id. It notes the newest change there was when it
//! began, and the next sweep reads from that change on, with what a slow transaction may have brought since. Once
//! nothing newer came for longer than any transaction lasts, there is nothing left to be missed, and the overlap ends.

use super::value::Moment;
use serde::{Deserialize, Serialize};

/// No transaction of Tryton lasts longer than this.
const OVERLAP_MS: i64 = 10 * 60 * 1000;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Changes from this moment on are read; `None`: all there is.
    pub since: Option<Moment>,
    /// The last record read, while a sweep is under way.
    pub after: Option<i64>,
    /// The newest change there was when the sweep began, and when that change was seen first, by our clock.
    newest: Option<Moment>,
    seen_ms: i64,
}

impl Cursor {
    /// `None` where the text is not one of ours.
    pub fn parse(text: &str) -> Option<Cursor> {
        serde_json::from_str(text).ok()
    }

    pub fn text(&self) -> String {
        // Texts and numbers only: there is nothing in it that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Begins a sweep; `newest` is the newest change there is.
    pub fn begin(self, newest: Option<Moment>, now_ms: i64) -> Cursor {
        let is_new = newest > self.newest;
        let seen_ms = if is_new { now_ms } else { self.seen_ms };
        Cursor { since: self.since, after: Some(0), newest: newest.max(self.newest), seen_ms }
    }

    /// Goes on after a page that was not the last.
    pub fn go_on(self, after: i64) -> Cursor {
        Cursor { after: Some(after), ..self }
    }

    /// Ends the sweep. `began_ms`: when the newest change was asked for.
    pub fn end(self, now_ms: i64) -> Cursor {
        let settled = now_ms - self.seen_ms > 2 * OVERLAP_MS;
        let since = self.newest.clone().map(|newest| if settled { newest } else { newest.before(OVERLAP_MS) });
        Cursor { since: since.max(self.since), after: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_sweep_goes_on_from_its_newest_change_with_an_overlap_that_ends() {
        let minute = 60_000;
        let newest = moment("2026-11-25T12:00:00.000000");
        let first = Cursor::default().begin(Some(newest.clone()), minute);
        assert_eq!((first.since.clone(), first.after), (None, Some(0)));
        let first = first.go_on(200);
        assert_eq!(Cursor::parse(&first.text()), Some(first.clone()));
        let done = first.end(minute);
        assert_eq!((done.since.clone(), done.after), (Some(moment("2026-11-25T11:50:00.000000")), None));
        // Soon after: the same again, for a slow transaction may have ended meanwhile.
        let again = done.begin(Some(newest.clone()), 5 * minute).end(5 * minute);
        assert_eq!(again.since, Some(moment("2026-11-25T11:50:00.000000")));
        // Later it is certain that none did.
        let later = again.begin(Some(newest.clone()), 90 * minute).end(90 * minute);
        assert_eq!(later.since, Some(newest));
        // A newer change opens the window again.
        let newer = later.begin(Some(moment("2026-11-25T18:00:00.000000")), 400 * minute).end(400 * minute);
        assert_eq!(newer.since, Some(moment("2026-11-25T17:50:00.000000")));
    }

    #[test]
    fn it_never_goes_back_and_an_empty_database_is_no_fault() {
        let empty = Cursor::default().begin(None, 1).end(1);
        assert_eq!((empty.since.clone(), empty.after), (None, None));
        let some = empty.begin(Some(moment("2026-11-25T12:00:00.000000")), 1).end(1);
        let since = some.since.clone();
        assert!(some.begin(Some(moment("2026-11-25T12:01:00.000000")), 2).end(2).since > since);
        assert_eq!(Cursor::parse("7"), None);
    }
}
