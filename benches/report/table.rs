//! The figures as they are printed, and how a median comes about.

use std::time::{Duration, Instant};

/// What is measured, how much it is, and what is expected of it.
#[derive(Default)]
pub struct Table(Vec<[String; 3]>);

impl Table {
    pub fn add(&mut self, what: impl Into<String>, figure: impl Into<String>, expected: impl Into<String>) {
        let row = [what.into(), figure.into(), expected.into()];
        eprintln!("{}: {}", row[0], row[1]);
        self.0.push(row);
    }

    pub fn print(&self) {
        let width = |column: usize| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (first, second) = (width(0), width(1));
        println!();
        for [what, figure, expected] in &self.0 {
            println!("{what:first$}  {figure:>second$}  {expected}");
        }
    }
}

/// Times of many calls, after a few that do not count.
pub fn times(mut call: impl FnMut()) -> Vec<Duration> {
    const WARM_UP: usize = 20;
    const CALLS: usize = 300;
    (0..WARM_UP).for_each(|_| call());
    (0..CALLS)
        .map(|_| {
            let began = Instant::now();
            call();
            began.elapsed()
        })
        .collect()
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// `0.123 ms`
pub fn ms(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1_000.0)
}

/// `12,345`
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
