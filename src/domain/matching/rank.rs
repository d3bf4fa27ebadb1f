//! Which item of the accounting side a value here most likely is: ranked by code, name and rate, each with its reason in
//! words. A suggestion is never taken by itself.

use super::{ExternalItem, ReferenceKind, key, rate::percent};
use serde::{Deserialize, Serialize};

/// Suggestions for one value.
pub const MOST_SUGGESTIONS: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    pub item: ExternalItem,
    /// `same rate 20%`.
    pub reason: String,
}

/// The pairs of neighbouring letters of a text: two texts are as alike as the pairs they share.
pub(super) struct Pairs(Vec<(char, char)>);

impl Pairs {
    pub(super) fn of(text: &str) -> Pairs {
        let letters: Vec<char> = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
        let mut pairs: Vec<_> = letters.windows(2).map(|two| (two[0], two[1])).collect();
        pairs.sort_unstable();
        Pairs(pairs)
    }

    /// Percent; 100 for the same pairs, 0 where one of the two has none.
    pub(super) fn alike(&self, other: &Pairs) -> u32 {
        let (a, b) = (&self.0, &other.0);
        let (mut i, mut j, mut shared) = (0, 0, 0_usize);
        while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
            match x.cmp(y) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => (i, j, shared) = (i + 1, j + 1, shared + 1),
            }
        }
        let percent = (200 * shared).checked_div(a.len() + b.len()).unwrap_or(0);
        u32::try_from(percent).unwrap_or(100)
    }
}

struct Choice {
    item: ExternalItem,
    code: String,
    name: String,
    pairs: Pairs,
}

/// The items of one kind, made ready to be compared with many values.
pub struct Ranking(Vec<Choice>);

impl Ranking {
    pub fn new(items: impl IntoIterator<Item = ExternalItem>) -> Ranking {
        let choice = |item: ExternalItem| {
            let (code, name) = (key(&item.code), key(&item.name));
            Choice { pairs: Pairs::of(if name.is_empty() { &code } else { &name }), code, name, item }
        };
        Ranking(items.into_iter().map(choice).collect())
    }

    /// The likeliest first. `rate_e4`: what documents were taxed at under this value, percent in ten-thousandths. Those
    /// that are not `free` stand for another value already.
    pub fn suggestions(&self, value: &str, rate_e4: Option<i64>, free: impl Fn(&ExternalItem) -> bool) -> Vec<Suggestion> {
        let value = key(value);
        let pairs = Pairs::of(&value);
        let mut found: Vec<(u32, String, &Choice)> = self
            .0
            .iter()
            .filter_map(|choice| {
                let (score, reason) = match choice.item.kind {
                    ReferenceKind::Account => account(&value, &pairs, choice),
                    ReferenceKind::TaxRate => tax_rate(&value, &pairs, rate_e4, choice),
                    ReferenceKind::Tracking => tracking(&value, &pairs, choice),
                }?;
                free(&choice.item).then_some((score, reason, choice))
            })
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.code.cmp(&b.2.code)));
        found.truncate(MOST_SUGGESTIONS);
        found.into_iter().map(|(_, reason, choice)| Suggestion { item: choice.item.clone(), reason }).collect()
    }
}

/// How sure it is, and why; `None`: not worth suggesting.
type Guess = Option<(u32, String)>;

fn guess(score: u32, reason: impl Into<String>) -> Guess {
    Some((score, reason.into()))
}

/// Names are worth telling from this on, percent.
const ALIKE: u32 = 50;

fn account(value: &str, pairs: &Pairs, choice: &Choice) -> Guess {
    let code = choice.code.as_str();
    let first = value.split([' ', '-', ':', '.']).next().unwrap_or_default();
    let bare = |code: &str| code.trim_start_matches('0').to_owned();
    if code == value || (!code.is_empty() && code == first) {
        return guess(if code == value { 100 } else { 95 }, "same code");
    }
    if choice.name == value {
        return guess(90, "same name");
    }
    if !bare(code).is_empty() && bare(code) == bare(value) {
        return guess(85, "same code but for zeros");
    }
    let alike = pairs.alike(&choice.pairs);
    if alike >= ALIKE && value.chars().any(char::is_alphabetic) {
        return guess(alike * 4 / 5, "similar name");
    }
    let digits = |code: &str| code.len() >= 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let begins = digits(code) && digits(value) && (code.starts_with(value) || value.starts_with(code));
    if begins { guess(35, "code begins the same") } else { None }
}

fn tax_rate(value: &str, pairs: &Pairs, rate_e4: Option<i64>, choice: &Choice) -> Guess {
    if choice.code == value || choice.name == value {
        return guess(100, "same name");
    }
    let alike = pairs.alike(&choice.pairs);
    match (rate_e4, choice.item.rate_e4) {
        (Some(here), Some(there)) if here == there => {
            let similar = if alike >= ALIKE { ", similar name" } else { "" };
            guess(60 + alike / 4, format!("same rate {}{similar}", percent(there)))
        }
        // A name that says the same of another rate misleads.
        (Some(_), Some(_)) => None,
        _ if alike >= ALIKE => guess(alike / 2, "similar name"),
        _ => None,
    }
}

/// The option of `Region: France` is `france`.
fn option_of(text: &str) -> &str {
    text.rsplit_once(':').map_or(text, |(_, option)| option.trim())
}

fn tracking(value: &str, pairs: &Pairs, choice: &Choice) -> Guess {
    if choice.code == value {
        return guess(100, "same name");
    }
    let option = option_of(value);
    if !option.is_empty() && option == option_of(&choice.code) {
        return guess(85, "same option");
    }
    // Their category is the same for most: it tells nothing.
    let alike = Pairs::of(option).alike(&Pairs::of(option_of(&choice.code))).max(pairs.alike(&choice.pairs) / 2);
    if alike >= ALIKE { guess(alike * 4 / 5, "similar name") } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: ReferenceKind, code: &str, name: &str, rate_e4: Option<i64>) -> ExternalItem {
        ExternalItem { kind, external_id: format!("id-{code}"), code: code.into(), name: name.into(), rate_e4 }
    }

    fn accounts() -> Ranking {
        let pairs = [("200", "Sales"), ("2001", "Sales abroad"), ("210", "Rental Income"), ("469", "Rent"), ("090", "Bank")];
        Ranking::new(pairs.map(|(code, name)| item(ReferenceKind::Account, code, name, None)))
    }

    fn told(ranking: &Ranking, value: &str, rate_e4: Option<i64>) -> Vec<(String, String)> {
        let found = ranking.suggestions(value, rate_e4, |_| true);
        found.into_iter().map(|one| (one.item.code, one.reason)).collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(code, reason)| ((*code).into(), (*reason).into())).collect()
    }

    #[test]
    fn accounts_are_ranked_by_code_then_name() {
        let accounts = accounts();
        assert_eq!(told(&accounts, "200", None), owned(&[("200", "same code"), ("2001", "code begins the same")]));
        assert_eq!(told(&accounts, "200 - Sales", None)[0], ("200".into(), "same code".into()));
        assert_eq!(told(&accounts, "RENT", None), owned(&[("469", "same name")]));
        assert_eq!(told(&accounts, "rental incomes", None)[0], ("210".into(), "similar name".into()));
        assert_eq!(told(&accounts, "90", None), owned(&[("090", "same code but for zeros")]));
        assert_eq!(told(&accounts, "999", None), []);
    }

    #[test]
    fn tax_rates_are_ranked_by_what_documents_were_taxed_at() {
        let rate = |name: &str, rate_e4| item(ReferenceKind::TaxRate, name, name, Some(rate_e4));
        let rates = Ranking::new([
            rate("20% (VAT on Income)", 200_000),
            rate("20% (VAT on Expenses)", 200_000),
            rate("5% (VAT on Income)", 50_000),
            rate("Zero Rated Income", 0),
        ]);
        assert_eq!(
            told(&rates, "Standard VAT on income", Some(200_000)),
            owned(&[("20% (VAT on Income)", "same rate 20%, similar name"), ("20% (VAT on Expenses)", "same rate 20%")])
        );
        assert_eq!(told(&rates, "Nought", Some(0)), owned(&[("Zero Rated Income", "same rate 0%")]));
        assert_eq!(told(&rates, "Zero Rated Incomes", None), owned(&[("Zero Rated Income", "similar name")]));
        assert_eq!(told(&rates, "Zero Rated Incomes", Some(200_000)).len(), 2, "the name alone misleads");
    }

    #[test]
    fn tracking_options_are_told_apart_by_more_than_their_category() {
        let options = ["Region: France", "Region: Germany", "Site: EIRE"];
        let ranking = Ranking::new(options.map(|code| item(ReferenceKind::Tracking, code, code, None)));
        assert_eq!(told(&ranking, "Area: france", None), owned(&[("Region: France", "same option")]));
        assert_eq!(told(&ranking, "Region: Germani", None), owned(&[("Region: Germany", "similar name")]));
        assert_eq!(told(&ranking, "Region: Mars", None), []);
    }

    #[test]
    fn what_stands_for_another_value_is_not_suggested() {
        let found = accounts().suggestions("200", None, |item| item.code != "200");
        assert_eq!(found.iter().map(|one| one.item.code.as_str()).collect::<Vec<_>>(), ["2001"]);
    }

    #[test]
    fn texts_are_as_alike_as_the_pairs_they_share() {
        let alike = |a, b| Pairs::of(a).alike(&Pairs::of(b));
        assert_eq!((alike("night", "nacht"), alike("rent", "rent"), alike("a", "a")), (25, 100, 0));
    }
}
