//! Matching what a company's documents use with what the accounting software holds: the onboarding of a connection.

pub mod contacts;
pub mod rank;
pub mod rate;

use super::run::words;
use serde::{Deserialize, Serialize};

words! {
    /// The kinds of reference data, in the order in which they are matched.
    ReferenceKind {
        TaxRate = "tax_rate", "Tax rate";
        Account = "account", "Account";
        Tracking = "tracking", "Tracking option";
    }
}

impl ReferenceKind {
    pub fn plural(self) -> &'static str {
        match self {
            ReferenceKind::TaxRate => "Tax rates",
            ReferenceKind::Account => "Accounts",
            ReferenceKind::Tracking => "Tracking options",
        }
    }

    /// In a sentence: `an account`.
    pub fn one(self) -> &'static str {
        match self {
            ReferenceKind::TaxRate => "a tax rate",
            ReferenceKind::Account => "an account",
            ReferenceKind::Tracking => "a tracking option",
        }
    }

    /// Whether a person may choose to send documents without it. The amounts agree without tracking, and only a
    /// person can say whether the reports by property do; accounts and tax rates are part of the amounts.
    pub fn can_be_left_out(self) -> bool {
        self == ReferenceKind::Tracking
    }
}

/// Stands for the accounting side's id where a person chose to send documents without a tracking option.
pub const LEAVE_OUT: &str = "leave-out";

/// An account, tax rate or tracking option of the accounting side that can be matched to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalItem {
    pub kind: ReferenceKind,
    pub external_id: String,
    pub code: String,
    pub name: String,
    /// Tax rates: percent in ten-thousandths, where the accounting side tells it.
    pub rate_e4: Option<i64>,
}

impl ExternalItem {
    /// `200 Sales`, or the name alone where the code is the name.
    pub fn label(&self) -> String {
        if self.code == self.name || self.name.is_empty() { self.code.clone() } else { format!("{} {}", self.code, self.name) }
    }
}

/// How a local value came to its match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Match {
    /// A person chose it, or it was accepted.
    Chosen(ExternalItem),
    /// Code or name are the same; it counts once it is accepted.
    Exact(ExternalItem),
    /// A person chose to send documents without it.
    LeftOut,
    None,
}

impl Match {
    pub fn item(&self) -> Option<&ExternalItem> {
        match self {
            Match::Chosen(item) | Match::Exact(item) => Some(item),
            Match::LeftOut | Match::None => None,
        }
    }
}

/// A value the company's documents use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalItem {
    pub kind: ReferenceKind,
    pub value: String,
    /// Documents that use it.
    pub documents: u64,
    pub matched: Match,
}

/// A match a person chose; [`LEAVE_OUT`] sends documents without it, and an empty id takes an earlier choice back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    pub kind: ReferenceKind,
    pub value: String,
    pub external_id: String,
}

/// How many contacts are linked to one there, and how many are created there: as people decided, and by default those of
/// the same name are linked and all others created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactMatches {
    pub matched: u64,
    pub to_create: u64,
}

/// Where the matching of a connection stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchReport {
    /// Tax rates, then accounts, then tracking options; the most used first.
    pub items: Vec<LocalItem>,
    /// What can be matched to, archived ones left out.
    pub choices: Vec<ExternalItem>,
    pub contacts: ContactMatches,
}

impl MatchReport {
    /// A company without documents and contacts has nothing to match.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.contacts == ContactMatches::default()
    }

    pub fn of(&self, kind: ReferenceKind) -> impl Iterator<Item = &LocalItem> {
        self.items.iter().filter(move |item| item.kind == kind)
    }

    /// The values that keep onboarding from being confirmed.
    pub fn missing(&self) -> impl Iterator<Item = &LocalItem> {
        self.items.iter().filter(|item| item.matched == Match::None)
    }

    /// The missing ones in a sentence; `None` where nothing is missing.
    pub fn missing_sentence(&self) -> Option<String> {
        let named: Vec<String> =
            self.missing().map(|item| format!("{} “{}”", item.kind.label().to_lowercase(), item.value)).collect();
        (!named.is_empty()).then(|| format!("Without a match: {}.", named.join(", ")))
    }
}

/// Lays what is in use beside what there is. A saved choice wins as long as it can still be used; otherwise the
/// one with the same code or name, blanks and capitals aside. Each external one is used once, but for values that
/// differ in blanks and capitals only.
pub fn match_up(in_use: Vec<(ReferenceKind, String, u64)>, choices: &[ExternalItem], saved: &[Pick]) -> Vec<LocalItem> {
    let find = |kind, id: &str| choices.iter().find(|item| item.kind == kind && item.external_id == id);
    let chosen = |kind, value: &str| {
        let pick = saved.iter().find(|pick| pick.kind == kind && pick.value == value)?;
        if kind.can_be_left_out() && pick.external_id == LEAVE_OUT {
            return Some(Match::LeftOut);
        }
        find(kind, &pick.external_id).cloned().map(Match::Chosen)
    };
    let mut items: Vec<LocalItem> = in_use
        .into_iter()
        .map(|(kind, value, documents)| {
            let matched = chosen(kind, &value).unwrap_or(Match::None);
            LocalItem { kind, value, documents, matched }
        })
        .collect();
    for place in 0..items.len() {
        let item = &items[place];
        if item.matched != Match::None {
            continue;
        }
        let free = |candidate: &&ExternalItem| {
            !items.iter().any(|other| {
                other.kind == candidate.kind
                    && key(&other.value) != key(&item.value)
                    && other.matched.item().is_some_and(|used| used.external_id == candidate.external_id)
            })
        };
        let exact = choices
            .iter()
            .filter(|candidate| candidate.kind == item.kind && key(&candidate.code) == key(&item.value))
            .find(free)
            .cloned();
        if let Some(exact) = exact {
            items[place].matched = Match::Exact(exact);
        }
    }
    items
}

/// How codes and names of the two sides are compared.
pub fn key(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The options of a line's tracking text: `Region: United Kingdom; Manager: Ann` has two.
pub fn tracking_options(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|option| !option.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn external(kind: ReferenceKind, code: &str) -> ExternalItem {
        ExternalItem { kind, external_id: format!("id-{code}"), code: code.into(), name: format!("{code} name"), rate_e4: None }
    }

    #[test]
    fn exact_matches_ignore_capitals_and_blanks_and_stay_within_their_kind() {
        let choices = [external(ReferenceKind::TaxRate, "20% (VAT on Income)"), external(ReferenceKind::TaxRate, "200")];
        let in_use =
            vec![(ReferenceKind::TaxRate, "20% (VAT on  income)".to_string(), 9), (ReferenceKind::Account, "200".to_string(), 9)];
        let items = match_up(in_use, &choices, &[]);
        assert_eq!(items[0].matched, Match::Exact(choices[0].clone()));
        assert_eq!(items[1].matched, Match::None);
    }

    #[test]
    fn each_external_one_is_used_once_and_a_choice_goes_first() {
        let choices = [external(ReferenceKind::Account, "200"), external(ReferenceKind::Account, "260")];
        let in_use = vec![(ReferenceKind::Account, "200".to_string(), 5), (ReferenceKind::Account, "rent".to_string(), 3)];
        let saved = [Pick { kind: ReferenceKind::Account, value: "rent".into(), external_id: "id-200".into() }];
        let report = MatchReport { items: match_up(in_use, &choices, &saved), choices: choices.to_vec(), ..Default::default() };
        assert_eq!(report.items[1].matched, Match::Chosen(choices[0].clone()));
        assert_eq!(report.missing().map(|item| item.value.as_str()).collect::<Vec<_>>(), ["200"]);
        assert_eq!(report.missing_sentence().as_deref(), Some("Without a match: account “200”."));
    }

    #[test]
    fn values_that_differ_in_capitals_share_their_match() {
        let choices = [external(ReferenceKind::TaxRate, "No VAT")];
        let in_use = vec![(ReferenceKind::TaxRate, "No VAT".to_string(), 5), (ReferenceKind::TaxRate, "no vat".to_string(), 3)];
        let saved = [Pick { kind: ReferenceKind::TaxRate, value: "No VAT".into(), external_id: "id-No VAT".into() }];
        let items = match_up(in_use, &choices, &saved);
        assert_eq!(items[0].matched, Match::Chosen(choices[0].clone()));
        assert_eq!(items[1].matched, Match::Exact(choices[0].clone()));
    }

    #[test]
    fn a_choice_that_is_gone_counts_no_more_and_only_tracking_can_be_left_out() {
        let report = |kind: ReferenceKind, choice: &str| {
            let saved = [Pick { kind, value: "UK".into(), external_id: choice.into() }];
            MatchReport { items: match_up(vec![(kind, "UK".into(), 1)], &[], &saved), ..Default::default() }
        };
        let gone = report(ReferenceKind::Tracking, "gone");
        assert_eq!(gone.items[0].matched, Match::None);
        assert_eq!(gone.missing_sentence().as_deref(), Some("Without a match: tracking option “UK”."));
        let left_out = report(ReferenceKind::Tracking, LEAVE_OUT);
        assert_eq!((&left_out.items[0].matched, left_out.missing_sentence()), (&Match::LeftOut, None));
        assert_eq!(report(ReferenceKind::Account, LEAVE_OUT).missing().count(), 1);
    }

    #[test]
    fn tracking_texts_hold_several_options() {
        assert_eq!(tracking_options(" Region: UK;; Manager: Ann ").collect::<Vec<_>>(), ["Region: UK", "Manager: Ann"]);
    }
}
