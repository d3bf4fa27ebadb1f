//! Which messages of a company's log are shown, and the form of it in the URL. A record is named by two keys, its
//! kind and its id here: `?entity=invoice&record=0192…`. Downloads take the same query.

use super::message::{Direction, Entity, Level};
use serde::{Deserialize, Serialize};

/// Messages on a page.
pub const PAGE: usize = 50;

/// The longest text that is looked for, in characters.
pub const MAX_SEARCH: usize = 100;

/// The longest id of a record, in characters; where only the other side holds it, the id is the other side's.
const MAX_ID: usize = 100;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFilter {
    pub run: Option<String>,
    pub entity: Option<Entity>,
    /// The id of one record here; never without its `entity`.
    pub record: Option<String>,
    pub direction: Option<Direction>,
    pub level: Option<Level>,
    /// Part of a record's label or external id, of the text or of the advice; empty: no search.
    pub text: String,
    /// Only messages older than this one: where the page before ended.
    pub before: Option<String>,
    /// Whether the page follows a sync as it goes on.
    pub follow: bool,
}

impl MessageFilter {
    /// The messages of one sync.
    pub fn of_run(id: &str) -> MessageFilter {
        MessageFilter { run: Some(id.into()), ..MessageFilter::default() }
    }

    /// The messages of one record.
    pub fn of_record(entity: Entity, local_id: &str) -> MessageFilter {
        MessageFilter { entity: Some(entity), record: Some(local_id.into()), ..MessageFilter::default() }
    }

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
                "run" | "entity" | "record" | "direction" | "level" | "q" | "before" | "follow" if value.is_empty() => {}
                "run" if is_id(value) => filter.run = Some(value.into()),
                "run" => ignored("the id of a sync", value),
                "entity" => match Entity::parse(value) {
                    Some(entity) => filter.entity = Some(entity),
                    None => ignored("a kind of record", value),
                },
                "record" if value.chars().count() <= MAX_ID && !value.chars().any(char::is_control) => {
                    filter.record = Some(value.into());
                }
                "record" => ignored("the id of a record", value),
                "direction" => match Direction::parse(value) {
                    Some(direction) => filter.direction = Some(direction),
                    None => ignored("a direction", value),
                },
                "level" => match Level::parse(value) {
                    Some(level) => filter.level = Some(level),
                    None => ignored("a level", value),
                },
                "q" => filter.text = value.chars().filter(|c| !c.is_control()).take(MAX_SEARCH).collect(),
                "before" if is_id(value) => filter.before = Some(value.into()),
                "before" => ignored("the id of a message", value),
                "follow" => filter.follow = value == "1",
                // How a form's error comes back to its page.
                "__path" | "__err" => {}
                other => ignored("a filter of this page", other),
            }
        }
        if filter.entity.is_none() && filter.record.take().is_some() {
            notices.push("The address names a record and not its kind (entity=…); the record was ignored.".into());
        }
        // What is followed is the newest end of the log.
        filter.follow &= filter.before.is_none();
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
        add("record", self.record.as_deref());
        add("direction", self.direction.map(Direction::as_str));
        add("level", self.level.map(Level::as_str));
        add("q", Some(&self.text));
        add("before", self.before.as_deref());
        add("follow", self.follow.then_some("1"));
        query.finish()
    }

    /// Where the log of a company shows these messages.
    pub fn address(&self, code: &str) -> String {
        self.address_of(code, "")
    }

    /// Where all of them are downloaded, as `csv` or `ndjson`.
    pub fn download(&self, code: &str, format: &str) -> String {
        self.whole().address_of(code, &format!(".{format}"))
    }

    fn address_of(&self, code: &str, ending: &str) -> String {
        let query = self.to_query();
        let sign = if query.is_empty() { "" } else { "?" };
        format!("/companies/{code}/messages{ending}{sign}{query}")
    }

    /// The same messages from the newest on.
    pub fn whole(&self) -> MessageFilter {
        MessageFilter { before: None, follow: false, ..self.clone() }
    }

    /// Whether anything but the place in the log is chosen.
    pub fn narrows(&self) -> bool {
        self.whole() != MessageFilter::default()
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
            record: Some("7 & 8".into()),
            direction: Some(Direction::In),
            level: Some(Level::Error),
            text: "VAT & more".into(),
            before: Some(ID.into()),
            follow: false,
        };
        assert_eq!(MessageFilter::from_query(&filter.to_query()), (filter.clone(), vec![]));
        assert_eq!(MessageFilter::default().to_query(), "");
        let followed = MessageFilter { before: None, follow: true, ..filter.clone() };
        assert_eq!(MessageFilter::from_query(&followed.to_query()), (followed.clone(), vec![]));
        assert_eq!(followed.whole(), filter.whole());
        let both = format!("before={ID}&follow=1");
        assert!(!MessageFilter::from_query(&both).0.follow, "an older page has no newest end");
    }

    #[test]
    fn addresses_carry_the_filter_and_downloads_take_all_of_it() {
        assert_eq!(MessageFilter::default().address("AQE"), "/companies/AQE/messages");
        let record = MessageFilter::of_record(Entity::CreditNote, "7");
        assert_eq!(record.address("AQE"), "/companies/AQE/messages?entity=credit_note&record=7");
        let page = MessageFilter { before: Some(ID.into()), ..record };
        assert_eq!(page.download("AQE", "csv"), "/companies/AQE/messages.csv?entity=credit_note&record=7");
    }

    #[test]
    fn an_untouched_form_is_the_whole_log_and_nonsense_is_named() {
        assert_eq!(MessageFilter::from_query("run=&entity=&record=&direction=&level=&q=").0, MessageFilter::default());
        let (filter, notices) = MessageFilter::from_query("run=1&level=loud&colour=red&__err=x");
        assert_eq!(filter, MessageFilter::default());
        assert_eq!(notices.len(), 3, "{notices:?}");
        let (filter, notices) = MessageFilter::from_query("record=7&direction=up");
        assert_eq!(filter, MessageFilter::default());
        assert_eq!(notices.len(), 2, "{notices:?}");
    }
}
