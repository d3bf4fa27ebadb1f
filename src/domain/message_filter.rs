//! Which messages of a company's log are shown, and the form of it in the URL.

use super::message::{Entity, Level};
use serde::{Deserialize, Serialize};

/// Messages on a page.
pub const PAGE: usize = 50;

/// The longest text that is looked for, in characters.
pub const MAX_SEARCH: usize = 100;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFilter {
    pub run: Option<String>,
    pub entity: Option<Entity>,
    pub level: Option<Level>,
    /// Part of a record's label or external id, of the text or of the advice; empty: no search.
    pub text: String,
    /// Only messages older than this one: where the page before ended.
    pub before: Option<String>,
}

impl MessageFilter {
    /// Reads a query string (without `?`). The second part names what was not understood.
    pub fn from_query(query: &str) -> (MessageFilter, Vec<String>) {
        let mut filter = MessageFilter::default();
        let mut notices = Vec::new();
        let mut ignored = |what: &str, value: &str| {
            let shown: String = value.chars().take(40).collect();
            notices.push(format!("“{shown}” is not {what}; it was ignored."));
        };
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            match key.as_ref() {
                // A field of the form that was left alone.
                "run" | "entity" | "level" | "q" | "before" if value.is_empty() => {}
                "run" if is_id(value) => filter.run = Some(value.into()),
                "run" => ignored("the id of a sync", value),
                "entity" => match Entity::parse(value) {
                    Some(entity) => filter.entity = Some(entity),
                    None => ignored("a kind of record", value),
                },
                "level" => match Level::parse(value) {
                    Some(level) => filter.level = Some(level),
                    None => ignored("a level", value),
                },
                "q" => filter.text = value.chars().filter(|c| !c.is_control()).take(MAX_SEARCH).collect(),
                "before" if is_id(value) => filter.before = Some(value.into()),
                "before" => ignored("the id of a message", value),
                // How a form's error comes back to its page.
                "__path" | "__err" => {}
                other => ignored("a filter of this page", other),
            }
        }
        (filter, notices)
    }

    /// The query string that reads back as this filter; empty for the whole log.
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut add = |key, value: Option<&str>| {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                query.append_pair(key, value);
            }
        };
        add("run", self.run.as_deref());
        add("entity", self.entity.map(Entity::as_str));
        add("level", self.level.map(Level::as_str));
        add("q", Some(&self.text));
        add("before", self.before.as_deref());
        query.finish()
    }

    /// Whether anything but the place in the log is chosen.
    pub fn narrows(&self) -> bool {
        MessageFilter { before: None, ..self.clone() } != MessageFilter::default()
    }
}

/// Ids are UUIDs in their usual writing.
fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01981f5e-7c1a-7cc0-8a52-0123456789ab";

    #[test]
    fn reads_back_what_it_writes() {
        let filter = MessageFilter {
            run: Some(ID.into()),
            entity: Some(Entity::CreditNote),
            level: Some(Level::Error),
            text: "VAT & more".into(),
            before: Some(ID.into()),
        };
        assert_eq!(MessageFilter::from_query(&filter.to_query()), (filter, vec![]));
        assert_eq!(MessageFilter::default().to_query(), "");
    }

    #[test]
    fn an_untouched_form_is_the_whole_log_and_nonsense_is_named() {
        assert_eq!(MessageFilter::from_query("run=&entity=&level=&q=").0, MessageFilter::default());
        let (filter, notices) = MessageFilter::from_query("run=1&level=loud&colour=red&__err=x");
        assert_eq!(filter, MessageFilter::default());
        assert_eq!(notices.len(), 3, "{notices:?}");
    }
}
