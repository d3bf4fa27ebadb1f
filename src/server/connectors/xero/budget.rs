//! What is kept of an organisation's budget, and whether the next request may go now: a pure function of it and of the time.
//!
//! Of a minute nobody outside of Xero knows whether it slides or begins anew each minute, nor when a request is counted that
//! is under way. So a request counts from when it began, and for a minute after its answer was here: it was counted there
//! by then. Whatever minute Xero looks at, there are never more than it takes.

use super::limits::{Limit, Rules, Told};
use crate::server::connectors::Purpose;
use serde::{Deserialize, Serialize};

/// How long a request may be under way until it has ended for sure: renewing the access, and a minute for the answer.
const LONGEST_MS: i64 = 130_000;
/// How often one looks that waits for another request to end.
const LOOK_MS: i64 = 200;
/// Requests a day of an organisation on Xero's smallest plan, and on all others.
const SMALL_DAY: i64 = 1_000;
const DAY: i64 = 5_000;
/// That an organisation is not on the smallest plan is forgotten after so long without a sign of it.
const PLAN_MS: i64 = 25 * 60 * 60 * 1_000;
/// Nobody says when a day's budget comes back: where it is used up, somebody looks so often.
const DAY_LOOK_MS: i64 = 60 * 60 * 1_000;
/// No pause that is shared is longer: a day's is the matter of who met it.
const LONGEST_PAUSE_MS: i64 = 60_000;

/// What is kept of an organisation; moments are epoch milliseconds of one clock, the database's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    under_way: Vec<UnderWay>,
    /// When requests ended that still count.
    ended: Vec<i64>,
    /// When the last one of a sync began.
    last: i64,
    /// Xero wants nothing before.
    closed_until: i64,
    day: Option<Day>,
    /// When more was left of a day than the smallest plan has.
    plan_seen_at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct UnderWay {
    by: String,
    /// By then it has ended, whether anybody says so or not.
    until: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Day {
    left: i64,
    seen_at: i64,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It never left.
    Unsent,
    /// Its answer was here at that moment, or it was known that none comes.
    At(i64, Told),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Go,
    /// Not before that many milliseconds have passed; then it is to be asked again.
    Wait(i64),
}

impl Budget {
    /// What a text says; nothing where it cannot be read, as after a step back to an older version.
    pub fn parse(text: Option<&str>) -> Budget {
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    pub fn text(&self) -> String {
        // Texts and numbers only: there is nothing in it that JSON cannot say.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What is left of the day and how much a day has, as far as Xero said so.
    pub fn day(&self, now: i64) -> Option<(i64, i64)> {
        let size = self.day_size(now);
        self.day.map(|day| (day.left.clamp(0, size), size))
    }

    fn day_size(&self, now: i64) -> i64 {
        if now - self.plan_seen_at < PLAN_MS { DAY } else { SMALL_DAY }
    }

    /// A request has ended; what it was told is kept.
    pub fn end(&mut self, by: &str, end: End, now: i64, rules: &Rules) {
        let Some(place) = self.under_way.iter().position(|one| one.by == by) else { return };
        self.under_way.remove(place);
        let End::At(at, told) = end else { return };
        let at = at.min(now);
        self.ended.push(at);
        self.learn(at, told, rules);
    }

    fn learn(&mut self, at: i64, told: Told, rules: &Rules) {
        if let Some(left) = told.minute {
            // What others used of it, whom this database knows nothing of, counts from when it was seen.
            let ours = self.under_way.len() + self.ended.len();
            let most = rules.minute.min(Rules::XERO.minute);
            let others = most.saturating_sub(ours).saturating_sub(usize::try_from(left).unwrap_or(0));
            self.ended.extend(std::iter::repeat_n(at, others));
        }
        if let Some(left) = told.day.filter(|_| self.day.is_none_or(|day| day.seen_at <= at)) {
            // Those under way may be counted already or not.
            let under_way = i64::try_from(self.under_way.len()).unwrap_or(i64::MAX);
            self.day = Some(Day { left: left - under_way, seen_at: at });
            if left > SMALL_DAY {
                self.plan_seen_at = at;
            }
        }
        if let Some((Limit::Minute, ms)) = told.refused {
            self.closed_until = self.closed_until.max(at + ms.clamp(0, LONGEST_PAUSE_MS));
        }
    }

    /// Whether a request may go now; if so, it is under way from here on. In one name there is one at a time.
    pub fn ask(&mut self, by: &str, purpose: Purpose, now: i64, rules: &Rules) -> Answer {
        self.settle(now, rules);
        if let Some(place) = self.under_way.iter().position(|one| one.by == by) {
            // Whoever asked in that name is gone, and what it sent is there by now.
            self.under_way.remove(place);
            self.ended.push(now);
        }
        let until = [
            self.closed_until,
            self.day_until(purpose, now),
            self.minute_until(now, rules),
            if purpose == Purpose::Person { 0 } else { self.pace_until(now, rules) },
        ];
        let until = until.into_iter().max().unwrap_or(0);
        if until > now {
            return Answer::Wait(until - now);
        }
        if self.under_way.len() >= rules.concurrent {
            return Answer::Wait(LOOK_MS);
        }
        self.under_way.push(UnderWay { by: by.to_owned(), until: now + LONGEST_MS });
        if purpose != Purpose::Person {
            self.last = now;
        }
        if let Some(day) = &mut self.day {
            day.left -= 1;
            // This one looks, and the others wait for what it sees.
            if now - day.seen_at >= DAY_LOOK_MS {
                day.seen_at = now;
            }
        }
        Answer::Go
    }

    /// Lets go of what counts no more. A clock that was set back makes nobody wait for times that are far away.
    fn settle(&mut self, now: i64, rules: &Rules) {
        for one in &mut self.under_way {
            one.until = one.until.min(now + LONGEST_MS);
        }
        let over: Vec<i64> = self.under_way.iter().map(|one| one.until).filter(|until| *until <= now).collect();
        self.under_way.retain(|one| one.until > now);
        self.ended.extend(over);
        self.ended.iter_mut().for_each(|at| *at = (*at).min(now));
        self.ended.retain(|at| now - at < rules.window_ms());
        self.ended.sort_unstable();
        self.last = self.last.min(now);
        self.closed_until = self.closed_until.min(now + LONGEST_PAUSE_MS);
        self.plan_seen_at = self.plan_seen_at.min(now);
        if let Some(day) = &mut self.day {
            day.seen_at = day.seen_at.min(now);
        }
    }

    /// What is left of a day is not all for syncs: some of it stays for people, and a first sync, which may need days,
    /// leaves more to the others.
    fn day_until(&self, purpose: Purpose, now: i64) -> i64 {
        let size = self.day_size(now);
        let reserve = match purpose {
            Purpose::Person => 0,
            Purpose::Sync => size / 50,
            Purpose::FirstSync => size / 10,
        };
        self.day.filter(|day| day.left <= reserve).map_or(0, |day| day.seen_at + DAY_LOOK_MS)
    }

    fn minute_until(&self, now: i64, rules: &Rules) -> i64 {
        let used = self.under_way.len() + self.ended.len();
        if used < rules.minute {
            return 0;
        }
        // So many have to be forgotten before there is room; those under way do not even begin to be.
        match self.ended.get(used - rules.minute) {
            Some(at) => at + rules.window_ms(),
            None => now + LOOK_MS,
        }
    }

    /// A sync takes half of a minute as it comes. It spreads the rest over the time until some of it comes free: so there is
    /// always room within a moment for a person who asks, and none of it is lost.
    fn pace_until(&self, now: i64, rules: &Rules) -> i64 {
        let used = self.under_way.len() + self.ended.len();
        if used * 2 < rules.minute {
            return 0;
        }
        let room = i64::try_from(rules.minute.saturating_sub(used)).unwrap_or(i64::MAX - 1);
        let comes_free = self.ended.first().map_or(now, |at| at + rules.window_ms());
        self.last + rules.pace_ms().max((comes_free - self.last) / (room + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULES: Rules = Rules::XERO;

    fn end(budget: &mut Budget, by: &str, at: i64, told: Told) {
        budget.end(by, End::At(at, told), at, &RULES);
    }

    /// Asks and ends at once, as long as it may.
    fn go(budget: &mut Budget, purpose: Purpose, now: i64) -> usize {
        let mut gone = 0;
        while budget.ask("a", purpose, now, &RULES) == Answer::Go {
            end(budget, "a", now, Told::default());
            gone += 1;
            assert!(gone <= 10_000, "there is no end to it");
        }
        gone
    }

    fn of_day(left: i64) -> Told {
        Told { day: Some(left), ..Told::default() }
    }

    #[test]
    fn a_minute_is_used_up_by_a_person_and_goes_on_evenly_for_a_sync() {
        let mut budget = Budget::default();
        assert_eq!(go(&mut budget, Purpose::Person, 1_000), 60);
        assert_eq!(budget.ask("b", Purpose::Person, 31_000, &RULES), Answer::Wait(30_500));
        assert_eq!(go(&mut budget, Purpose::Person, 61_499), 0);
        assert_eq!(go(&mut budget, Purpose::Person, 61_500), 60);

        let mut budget = Budget::default();
        assert_eq!(go(&mut budget, Purpose::Sync, 0), 30, "half of it at once");
        assert_eq!(budget.ask("a", Purpose::Sync, 0, &RULES), Answer::Wait(1_951));
        assert_eq!(go(&mut budget, Purpose::Sync, 1_951), 1);
        assert_eq!(go(&mut budget, Purpose::Person, 1_951), 29, "a person does not keep step");
    }

    #[test]
    fn while_a_sync_works_a_person_waits_two_seconds_at_most() {
        let (mut budget, mut now, mut gone) = (Budget::default(), 0, 0);
        while now < 300_000 {
            match budget.ask("sync", Purpose::FirstSync, now, &RULES) {
                Answer::Go => {
                    gone += 1;
                    now += 200;
                    end(&mut budget, "sync", now, Told::default());
                }
                Answer::Wait(ms) => now += ms,
            }
            let person = budget.clone().ask("person", Purpose::Person, now, &RULES);
            assert!(!matches!(person, Answer::Wait(2_000..)), "{person:?} at {now}");
        }
        assert!(gone >= 295, "{gone}");
    }

    #[test]
    fn no_more_than_five_at_once_and_one_that_never_ends_is_forgotten() {
        let mut budget = Budget::default();
        for by in ["a", "b", "c", "d", "e"] {
            assert_eq!(budget.ask(by, Purpose::Person, 0, &RULES), Answer::Go);
        }
        assert_eq!(budget.ask("f", Purpose::Person, LONGEST_MS - 1, &RULES), Answer::Wait(LOOK_MS));
        budget.end("c", End::Unsent, 10, &RULES);
        assert_eq!(budget.ask("f", Purpose::Person, 10, &RULES), Answer::Go);
        assert_eq!(budget.ask("g", Purpose::Person, LONGEST_MS, &RULES), Answer::Go);
        // They count from the moment at which they ended for sure.
        assert_eq!(budget.ended.len(), 4);
    }

    #[test]
    fn who_goes_on_in_the_name_of_one_that_was_killed_waits_for_nothing() {
        let mut budget = Budget::default();
        for now in 0..30 {
            assert_eq!(budget.ask("sync", Purpose::Sync, now, &RULES), Answer::Go);
        }
        assert_eq!((budget.under_way.len(), budget.ended.len()), (1, 29));
    }

    #[test]
    fn what_others_used_is_seen_and_a_refusal_holds_for_all() {
        let mut budget = Budget::default();
        assert_eq!(budget.ask("a", Purpose::Sync, 0, &RULES), Answer::Go);
        end(&mut budget, "a", 100, Told { minute: Some(2), ..Told::default() });
        assert_eq!(go(&mut budget, Purpose::Person, 200), 2);
        assert_eq!(budget.ask("b", Purpose::Person, 200, &RULES), Answer::Wait(60_400));

        let mut budget = Budget::default();
        assert_eq!(budget.ask("a", Purpose::Sync, 0, &RULES), Answer::Go);
        end(&mut budget, "a", 100, Told { refused: Some((Limit::Minute, 13_000)), ..Told::default() });
        assert_eq!(budget.ask("b", Purpose::Person, 200, &RULES), Answer::Wait(12_900));
        // A day's is a matter of whoever met it.
        let mut budget = Budget::default();
        assert_eq!(budget.ask("a", Purpose::Sync, 0, &RULES), Answer::Go);
        end(&mut budget, "a", 100, Told { refused: Some((Limit::Day, 66_975_000)), ..Told::default() });
        assert_eq!(budget.ask("b", Purpose::Person, 200, &RULES), Answer::Go);
    }

    #[test]
    fn of_a_day_some_is_left_for_others_and_somebody_looks_each_hour() {
        let start = 2 * PLAN_MS;
        let asks = |told: i64, purpose, later: i64| {
            let mut budget = Budget::default();
            for (at, told) in [(start, 4_999), (start + 1_000, told)] {
                assert_eq!(budget.ask("a", Purpose::Person, at, &RULES), Answer::Go);
                end(&mut budget, "a", at, of_day(told));
            }
            (budget.ask("a", purpose, start + 1_000 + later, &RULES), budget)
        };
        let an_hour = Answer::Wait(DAY_LOOK_MS);
        assert_eq!(asks(501, Purpose::FirstSync, 0).0, Answer::Go);
        assert_eq!(asks(500, Purpose::FirstSync, 0).0, an_hour);
        assert_eq!((asks(500, Purpose::Sync, 0).0, asks(100, Purpose::Sync, 0).0), (Answer::Go, an_hour));
        assert_eq!((asks(1, Purpose::Person, 0).0, asks(0, Purpose::Person, 0).0), (Answer::Go, an_hour));
        let (look, mut budget) = asks(20, Purpose::Sync, DAY_LOOK_MS);
        assert_eq!(look, Answer::Go);
        let now = start + 1_000 + DAY_LOOK_MS;
        assert_eq!(budget.ask("b", Purpose::Sync, now, &RULES), an_hour, "one looks");
        end(&mut budget, "a", now + 50, of_day(4_998));
        assert_eq!(budget.day(now), Some((4_998, 5_000)));
        assert_eq!(budget.ask("b", Purpose::Sync, now + 100, &RULES), Answer::Go);

        // On the smallest plan.
        let mut budget = Budget::default();
        assert_eq!(budget.ask("a", Purpose::FirstSync, start, &RULES), Answer::Go);
        end(&mut budget, "a", start, of_day(101));
        assert_eq!(budget.ask("a", Purpose::FirstSync, start, &RULES), Answer::Go);
        end(&mut budget, "a", start, of_day(100));
        assert_eq!(budget.ask("a", Purpose::FirstSync, start, &RULES), an_hour);
    }

    #[test]
    fn a_clock_that_was_set_back_costs_a_minute_and_not_more() {
        let mut budget = Budget::default();
        let ahead = 1_000_000_000;
        go(&mut budget, Purpose::Person, ahead);
        assert_eq!(budget.ask("a", Purpose::Person, 0, &RULES), Answer::Wait(60_500));
        assert!(budget.text().len() < 1_200, "{}", budget.text());
        let kept = Budget::parse(Some(&budget.text()));
        assert_eq!(kept, budget);
        assert_eq!(Budget::parse(Some("{]")), Budget::default());
    }

    /// A request that somebody wants to make: how long after the one before, who, whether a person, how long until Xero
    /// counts it and until its answer is here, and whether it ever comes.
    type Wish = (i64, usize, bool, i64, i64, bool);

    fn wish() -> impl Strategy<Value = Wish> {
        (0..600i64, 0..8usize, any::<bool>(), 0..900i64, 0..4_000i64, prop::bool::weighted(0.97))
    }

    /// Lets all of them through one after another, and answers when Xero counted each and when each had ended.
    fn counted(wishes: &[Wish]) -> Vec<(i64, i64)> {
        let (mut budget, mut counted) = (Budget::default(), Vec::new());
        // Who, when it ends, and when that is told.
        let mut open: Vec<(String, i64)> = Vec::new();
        let mut now = 0;
        for (n, (pause, who, is_person, until_there, until_back, comes)) in wishes.iter().enumerate() {
            now += pause;
            let purpose = if *is_person { Purpose::Person } else { Purpose::FirstSync };
            let by = if *comes { format!("{who}") } else { format!("lost {n}") };
            loop {
                let over: Vec<(String, i64)> = open.extract_if(.., |(_, ends)| *ends <= now).collect();
                over.iter().for_each(|(by, ends)| budget.end(by, End::At(*ends, Told::default()), now, &RULES));
                match open.iter().find(|(other, _)| *other == by) {
                    // Each of them asks for one thing at a time.
                    Some((_, ends)) => now = *ends,
                    None => match budget.ask(&by, purpose, now, &RULES) {
                        Answer::Go => break,
                        Answer::Wait(ms) => now += ms,
                    },
                }
            }
            let ends = now + until_there + until_back;
            counted.push((now + until_there, ends));
            if *comes {
                open.push((by, ends));
            }
        }
        counted
    }

    proptest! {
        #[test]
        fn xero_never_sees_more_than_it_takes(wishes in prop::collection::vec(wish(), 1..300)) {
            let all = counted(&wishes);
            let mut counted: Vec<i64> = all.iter().map(|(at, _)| *at).collect();
            counted.sort_unstable();
            for (first, last) in counted.iter().zip(counted.iter().skip(60)) {
                prop_assert!(last - first >= 60_000, "61 requests within {} ms", last - first);
            }
            for (at, _) in &all {
                let at_once = all.iter().filter(|(began, ended)| began <= at && at < ended).count();
                prop_assert!(at_once <= 5, "{at_once} at once");
            }
        }

        #[test]
        fn a_sync_that_always_has_work_uses_what_there_is(latency in 1..900i64) {
            let wishes = vec![(0, 1, false, 0, latency, true); 600];
            let counted = counted(&wishes);
            let last = counted[599].0;
            // 600 requests are ten minutes, of which the first half minute's came at once.
            prop_assert!(last <= 600_000 * 100 / 96, "{last} ms");
        }
    }
}
