//! Turns what an accounting system answers into a cause people can read and advice they can follow. A cause leaves
//! the single record out, so that records that fail for one reason can be counted and mended together. What the
//! accounting system said is kept beside it, word for word.

use crate::server::connectors::ConnectorError;

/// What is known of one message.
struct Entry {
    /// Stable parts of its text, in lower case; all must be there.
    parts: &'static [&'static str],
    /// Short words for it. `{0}` and `{1}` stand for what the message names between quotation marks, `{date}` for
    /// what stands after "set at". Where a message lacks one, it is quoted as it came.
    cause: &'static str,
    advice: &'static str,
}

const fn entry(parts: &'static [&'static str], cause: &'static str, advice: &'static str) -> Entry {
    Entry { parts, cause, advice }
}

const REPLACE_ACCOUNT: &str = "Add the account there, or map it to one that exists, and sync again.";
const UNLOCK: &str = "Ask the accountant to unlock the period, or give the document a later date, and sync again.";
const RENUMBER: &str = "A document with this number is there already: renumber this one, or remove the other.";

/// The first that fits wins.
const CATALOGUE: &[Entry] = &[
    entry(
        &["account", "archived"],
        "Account {0} is archived",
        "Restore the account there, or map it to another one, and sync again.",
    ),
    entry(
        &["account", "system"],
        "Account {0} takes no documents",
        "Move the lines to an account that takes documents, and sync again.",
    ),
    entry(&["account", "not a valid code"], "Account {0} does not exist there", REPLACE_ACCOUNT),
    entry(
        &["tax", "cannot be used"],
        "Tax rate {0} is not allowed on account {1}",
        "Choose a tax rate that the account allows, or another account, and sync again.",
    ),
    entry(
        &["tax rate", "archived"],
        "Tax rate {0} is archived",
        "Restore the tax rate there, or map it to another one, and sync again.",
    ),
    entry(
        &["tax rate must be valid"],
        "Tax rate {0} does not exist there",
        "Add the tax rate there, or map it to one that exists, and sync again.",
    ),
    entry(
        &["contact", "archived", "un-archived"],
        "Contact {0} is archived",
        "Restore the contact there, or match it to another one, and sync again.",
    ),
    entry(
        &["contact", "unique"],
        "The name belongs to another contact there",
        "Match this contact to the one that is there, or rename one of them, and sync again.",
    ),
    entry(&["lock date"], "The books are locked up to {date}", UNLOCK),
    entry(
        &["not of valid status"],
        "Paid or credited there, so it cannot change",
        "Undo the change here, or credit the document instead.",
    ),
    entry(&["number", "unique"], "The number is in use there already", RENUMBER),
    entry(&["exceeds the amount outstanding"], "Paid there already", "Remove the payment that was made twice, and sync again."),
    entry(&["authorised documents"], "The document is still a draft there", "Approve the document there first, and sync again."),
    entry(
        &["tracking option", "archived"],
        "Tracking option {0} is archived",
        "Restore the option there, or take it off the lines, and sync again.",
    ),
    entry(
        &["tracking option"],
        "Tracking option {0} does not exist there",
        "Add the option there, or take it off the lines, and sync again.",
    ),
    entry(
        &["not subscribed to currency"],
        "The organisation's books are kept in another currency",
        "Use the organisation's own currency for this document.",
    ),
    entry(&["due date", "before"], "The due date is before the document date", "Correct the due date, and sync again."),
    entry(&["description"], "A line has no description", "Give every line a description, and sync again."),
];

/// The readable cause and the advice. What the catalogue does not know is quoted as it came.
pub fn read(error: &ConnectorError) -> (String, String) {
    let said = error.to_string();
    let lower = said.to_lowercase();
    match CATALOGUE.iter().find(|entry| entry.parts.iter().all(|part| lower.contains(part))) {
        Some(entry) => (fill(entry.cause, &said).unwrap_or(said), entry.advice.to_owned()),
        None => (said, "Read what the accounting software says, put it right on either side, and sync again.".to_owned()),
    }
}

/// The words with what the message names; `None` where it names too little.
fn fill(words: &str, said: &str) -> Option<String> {
    let mut filled = words.to_owned();
    let mut named = said.split('\'').skip(1).step_by(2);
    for place in ["{0}", "{1}"] {
        if words.contains(place) {
            filled = filled.replace(place, named.next()?);
        }
    }
    if words.contains("{date}") {
        filled = filled.replace("{date}", said.rsplit_once("set at ")?.1);
    }
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> (String, String) {
        super::read(&ConnectorError::Validation { code: "x".into(), field: None, message: message.into() })
    }

    #[test]
    fn known_messages_read_short_and_say_the_way_out() {
        for (message, cause, advice) in [
            ("Account code '200' has been archived or deleted", "Account 200 is archived", "Restore the account"),
            ("Account code '99' is not a valid code for this document", "Account 99 does not exist there", "Add the account"),
            (
                "The TaxType code 'OUTPUT2' cannot be used with account code '200'",
                "Tax rate OUTPUT2 is not allowed on account 200",
                "Choose a tax rate",
            ),
            ("Tax rate must be valid: '20% (VAT)' has been archived or deleted", "Tax rate 20% (VAT) is archived", "Restore"),
            (
                "The contact 'Ann' has been archived. The contact must be un-archived before it can be used",
                "Contact Ann is archived",
                "Restore the contact",
            ),
            (
                "The document date cannot be before the period lock date, currently set at 31 October 2026",
                "The books are locked up to 31 October 2026",
                "Ask the accountant",
            ),
            (
                "The document date cannot be before the end of year lock date, currently set at 31/12/2010",
                "The books are locked up to 31/12/2010",
                "Ask the accountant",
            ),
        ] {
            let found = read(message);
            assert_eq!(found.0, cause);
            assert!(found.1.starts_with(advice), "{message}: {}", found.1);
        }
    }

    #[test]
    fn unknown_messages_and_those_that_name_nothing_are_quoted() {
        assert_eq!(read("Sprocket missing").0, "Sprocket missing");
        assert!(read("Sprocket missing").1.starts_with("Read what the accounting software says"));
        assert_eq!(read("An account is archived").0, "An account is archived");
    }
}
