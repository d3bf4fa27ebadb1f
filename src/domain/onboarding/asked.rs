//! What the address of the wizard asks for. Writing and reading are inverse, and reading never fails: what it does not know
//! it names.

use super::Step;
use crate::domain::run::words;
use serde::{Deserialize, Serialize};

/// Rows of a page.
pub const ROWS: u32 = 50;

/// The longest text that is looked for, in characters.
pub const MAX_SEARCH: usize = 100;

/// Longer than any value of a document and any id.
const MAX_ITEM: usize = 500;

words! {
    /// Which contacts are listed.
    Shown {
        All = "all", "All contacts";
        Undecided = "undecided", "To decide";
        Linked = "linked", "Linked";
        Created = "create", "Created there";
        Archived = "archive", "Archived";
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// `None`: the first that is not finished.
    pub step: Option<Step>,
    pub show: Shown,
    /// Part of a contact's name or e-mail address; empty: no search.
    pub text: String,
    /// From 1.
    pub page: u32,
    /// The value, or the contact's id, for which something else is looked for.
    pub item: Option<String>,
    /// What is looked for; `None`: what the item is called.
    pub find: Option<String>,
}

impl Default for Asked {
    fn default() -> Self {
        Asked { step: None, show: Shown::All, text: String::new(), page: 1, item: None, find: None }
    }
}

fn plain(value: &str, most: usize) -> String {
    let kept: String = value.chars().filter(|letter| !letter.is_control()).take(most).collect();
    kept.trim().to_owned()
}

impl Asked {
    pub fn at(step: Step) -> Asked {
        Asked { step: Some(step), ..Asked::default() }
    }

    /// Reads a query string (with or without `?`). The second part names what was not understood, a sentence each.
    pub fn from_query(query: &str) -> (Asked, Vec<String>) {
        let mut asked = Asked::default();
        let mut notices = Vec::new();
        for (key, value) in form_urlencoded::parse(query.trim_start_matches('?').as_bytes()) {
            let value = value.trim();
            let known = match key.as_ref() {
                "step" | "show" | "q" | "page" | "item" if value.is_empty() => Ok(()),
                "step" => Step::parse(value).map(|step| asked.step = Some(step)).ok_or("a step"),
                "show" => Shown::parse(value).map(|show| asked.show = show).ok_or("a state of contacts"),
                "q" => {
                    asked.text = plain(value, MAX_SEARCH);
                    Ok(())
                }
                "page" => {
                    value.parse().ok().filter(|page| *page >= 1).map(|page| asked.page = page).ok_or("the number of a page")
                }
                "item" => {
                    asked.item = Some(plain(value, MAX_ITEM)).filter(|item| !item.is_empty());
                    Ok(())
                }
                "find" => {
                    asked.find = Some(plain(value, MAX_SEARCH));
                    Ok(())
                }
                // How a form's error comes back to its page.
                "__path" | "__err" => Ok(()),
                _ => Err("a part of this address"),
            };
            if let Err(what) = known {
                let named = if what == "a part of this address" { key.as_ref() } else { value };
                notices.push(format!("“{}” is not {what}; it was ignored.", plain(named, 40)));
            }
        }
        (asked, notices)
    }

    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let page = self.page.to_string();
        let parts = [
            ("step", self.step.map(Step::as_str)),
            ("show", (self.show != Shown::All).then(|| self.show.as_str())),
            ("q", Some(self.text.as_str()).filter(|text| !text.is_empty())),
            ("page", (self.page != 1).then_some(page.as_str())),
            ("item", self.item.as_deref().filter(|item| !item.is_empty())),
            ("find", self.find.as_deref()),
        ];
        for (name, value) in parts {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }

    pub fn address(&self, code: &str) -> String {
        let query = self.to_query();
        let page = format!("/companies/{code}/onboarding");
        if query.is_empty() { page } else { format!("{page}?{query}") }
    }

    /// The list without the search for one of its rows.
    pub fn list(&self) -> Asked {
        Asked { item: None, find: None, ..self.clone() }
    }

    /// The same list on another page.
    pub fn on_page(&self, page: u32) -> Asked {
        Asked { page, ..self.list() }
    }

    /// The search for something else for a row.
    pub fn looking_for(&self, item: &str) -> Asked {
        Asked { item: Some(item.into()), find: None, ..self.clone() }
    }

    /// Whether the list is narrowed.
    pub fn narrows(&self) -> bool {
        self.show != Shown::All || !self.text.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nonsense_is_named() {
        let (asked, notices) = Asked::from_query("?step=seven&show=odd&page=0&colour=red&q=");
        assert_eq!(asked, Asked::default());
        assert_eq!(notices.len(), 4, "{notices:?}");
        assert_eq!(notices[0], "“seven” is not a step; it was ignored.");
        assert_eq!(Asked::default().address("AQE"), "/companies/AQE/onboarding");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            step in proptest::option::of(0usize..5), show in 0usize..5, text in "[a-z &=%+#é]{0,20}", page in 1u32..500,
            item in proptest::option::of("[a-z0-9 &=:%é]{1,20}"), find in proptest::option::of("[a-z &é]{0,20}"),
        ) {
            let asked = Asked {
                step: step.map(|place| Step::ALL[place]),
                show: Shown::ALL[show],
                text: text.trim().into(),
                page,
                item: item.map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()),
                find: find.map(|find| find.trim().to_owned()),
            };
            prop_assert_eq!(Asked::from_query(&asked.to_query()), (asked, vec![]));
        }

        #[test]
        fn any_query_is_read(query in ".{0,200}") {
            let (asked, _) = Asked::from_query(&query);
            prop_assert_eq!(Asked::from_query(&asked.to_query()).0, asked);
        }
    }
}
