//! What is decided about each contact of a company before its first sync, and which contact of the accounting side it most
//! likely is.

use super::{key, rank::Pairs};
use serde::{Deserialize, Serialize};

/// What becomes of a contact at the confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactChoice {
    /// It is this one there, by its id.
    Link(String),
    /// It is made there.
    Create,
    /// It is archived here and not sent.
    Archive,
}

impl ContactChoice {
    /// As forms carry it: `link:0192…`, `create`, `archive`.
    pub fn word(&self) -> String {
        match self {
            ContactChoice::Link(id) => format!("link:{id}"),
            ContactChoice::Create => "create".into(),
            ContactChoice::Archive => "archive".into(),
        }
    }

    pub fn parse(word: &str) -> Option<ContactChoice> {
        match word {
            "create" => Some(ContactChoice::Create),
            "archive" => Some(ContactChoice::Archive),
            _ => word.strip_prefix("link:").filter(|id| !id.is_empty()).map(|id| ContactChoice::Link(id.to_owned())),
        }
    }
}

/// Words that names of the same contact often differ in.
const TELLS_NOTHING: [&str; 28] = [
    "ag",
    "and",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "dr",
    "gmbh",
    "group",
    "inc",
    "incorporated",
    "limited",
    "llc",
    "llp",
    "ltd",
    "messrs",
    "miss",
    "mr",
    "mrs",
    "ms",
    "nv",
    "of",
    "plc",
    "pty",
    "sa",
    "the",
    "uk",
];

/// Characters of a key that are kept: enough to tell names apart, and fit for any index.
pub const MOST_KEY: usize = 200;

/// The words of a name that tell it from others: `The Marlow Bakery Ltd.` is `marlow bakery`. A name of none but such words
/// keeps them all.
pub fn match_key(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let telling: Vec<&str> = words.iter().copied().filter(|word| TELLS_NOTHING.binary_search(word).is_err()).collect();
    let kept = if telling.is_empty() { words } else { telling };
    kept.join(" ").chars().take(MOST_KEY).collect()
}

/// How likely two contacts are the same one, percent, and why; `None`: not worth suggesting. Each is name and e-mail address.
pub fn alike(ours: (&str, &str), theirs: (&str, &str)) -> Option<(u32, &'static str)> {
    if key(ours.0) == key(theirs.0) {
        return Some((100, "same name"));
    }
    let addresses = (key(ours.1), key(theirs.1));
    if !addresses.0.is_empty() && addresses.0 == addresses.1 {
        return Some((90, "same e-mail address"));
    }
    let (ours, theirs) = (match_key(ours.0), match_key(theirs.0));
    if !ours.is_empty() && ours == theirs {
        return Some((85, "nearly the same name"));
    }
    let percent = Pairs::of(&ours).alike(&Pairs::of(&theirs));
    // Numbers at the end tell customers apart, however much else is the same.
    let number =
        |name: &str| name.rsplit(' ').next().filter(|word| word.bytes().all(|byte| byte.is_ascii_digit())).map(str::to_owned);
    let differ = matches!((number(&ours), number(&theirs)), (Some(a), Some(b)) if a != b);
    (percent >= 60 && !differ).then_some((percent * 4 / 5, "similar name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_read_back() {
        for choice in [ContactChoice::Link("7:a".into()), ContactChoice::Create, ContactChoice::Archive] {
            assert_eq!(ContactChoice::parse(&choice.word()), Some(choice));
        }
        assert_eq!(["", "link:", "merge"].map(ContactChoice::parse), [None, None, None]);
    }

    #[test]
    fn names_are_compared_by_the_words_that_tell_them_apart() {
        assert!(TELLS_NOTHING.is_sorted());
        for (name, key) in [
            ("The Marlow Bakery Ltd.", "marlow bakery"),
            ("MARLOW-BAKERY (UK) plc", "marlow bakery"),
            ("Smith & Sons", "smith sons"),
            ("The Company", "the company"),
            ("…", ""),
        ] {
            assert_eq!(match_key(name), key, "{name}");
        }
    }

    #[test]
    fn contacts_are_ranked_by_name_then_address() {
        let reason = |ours, theirs| alike(ours, theirs).map(|(_, reason)| reason);
        assert_eq!(reason(("Marlow  Bakery", ""), ("marlow bakery", "")), Some("same name"));
        assert_eq!(reason(("Ann", "ann@a.example"), ("Bea", "Ann@A.example")), Some("same e-mail address"));
        assert_eq!(reason(("Marlow Bakery Ltd", ""), ("The Marlow Bakery", "")), Some("nearly the same name"));
        assert_eq!(reason(("Marlow Bakery", ""), ("Marlowe Bakeries", "")), Some("similar name"));
        assert_eq!(reason(("Customer 12345", ""), ("Customer 12346", "")), None);
        assert_eq!(reason(("Ann", ""), ("Bea", "")), None);
    }
}
