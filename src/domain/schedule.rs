//! When a connection syncs by itself.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    Off,
    /// Every hour from 08:00 to 18:00 Monday to Friday, and once overnight, in the company's time zone.
    Hourly,
    /// Once overnight, in the company's time zone.
    Nightly,
}

impl Schedule {
    pub const ALL: [Schedule; 3] = [Schedule::Off, Schedule::Hourly, Schedule::Nightly];

    pub fn as_str(self) -> &'static str {
        match self {
            Schedule::Off => "off",
            Schedule::Hourly => "hourly",
            Schedule::Nightly => "nightly",
        }
    }

    pub fn parse(word: &str) -> Option<Schedule> {
        Schedule::ALL.into_iter().find(|schedule| schedule.as_str() == word)
    }

    pub fn label(self) -> &'static str {
        match self {
            Schedule::Off => "Off: only when somebody starts it",
            Schedule::Hourly => "Hourly in business hours, and once overnight",
            Schedule::Nightly => "Nightly",
        }
    }
}
