//! Turns what an accounting system answers into a cause people can read and advice they can follow. A cause leaves
//! the single record out, so that records that fail for one reason can be counted and mended together. What the
//! accounting system said is kept beside it, word for word.

mod tryton;
mod xero;

use crate::{domain::matching::ReferenceKind, server::connectors::ConnectorError};

/// What is known of one message.
struct Entry {
    /// The cause in one word, the same whatever the message names.
    code: &'static str,
    /// Stable parts of its text, in lower case; all must be there.
    parts: &'static [&'static str],
    /// Between which marks the message names things.
    quote: char,
    /// Short words for it. `{0}` and `{1}` stand for what the message names between quotation marks, `{date}` for
    /// what stands after "set at". Where a message lacks one, it is quoted as it came.
    cause: &'static str,
    advice: &'static str,
    /// What can be mapped to something else, and which of the names it is.
    subject: Option<(ReferenceKind, usize)>,
}

const fn entry(code: &'static str, parts: &'static [&'static str], cause: &'static str, advice: &'static str) -> Entry {
    Entry { code, parts, quote: '\'', cause, advice, subject: None }
}

impl Entry {
    const fn quoting(self, quote: char) -> Entry {
        Entry { quote, ..self }
    }

    const fn about(self, kind: ReferenceKind, name: usize) -> Entry {
        Entry { subject: Some((kind, name)), ..self }
    }
}

/// What a message says.
#[derive(Debug, PartialEq, Eq)]
pub struct Reading {
    /// Empty where the catalogue does not know it.
    pub code: &'static str,
    /// The readable cause.
    pub cause: String,
    pub advice: String,
    /// What can be mapped to something else: as the accounting side calls it.
    pub subject: Option<(ReferenceKind, String)>,
}

const REPLACE_ACCOUNT: &str = "Add the account there, or map it to one that exists, and sync again.";
const UNLOCK: &str =
    "Ask the accountant to unlock the period, or give a document that is not there yet a later date, and sync again.";
const RENUMBER: &str = "A document with this number is there already: renumber this one, or remove the other.";

/// The first that fits wins.
const CATALOGUE: &[Entry] = &[
    entry(
        "account-archived",
        &["account", "archived"],
        "Account {0} is archived",
        "Restore the account there, or map it to another one, and sync again.",
    )
    .about(ReferenceKind::Account, 0),
    entry(
        "account-system",
        &["account", "system"],
        "Account {0} takes no documents",
        "Map it to an account that takes documents, or move the lines to one, and sync again.",
    )
    .about(ReferenceKind::Account, 0),
    entry("account-unknown", &["account", "not a valid code"], "Account {0} does not exist there", REPLACE_ACCOUNT)
        .about(ReferenceKind::Account, 0),
    entry(
        "tax-not-allowed",
        &["tax", "cannot be used"],
        "Tax rate {0} is not allowed on account {1}",
        "Map the account to one that allows the tax rate, or choose another tax rate for the lines, and sync again.",
    )
    .about(ReferenceKind::Account, 1),
    entry(
        "tax-rate-archived",
        &["tax rate", "archived"],
        "Tax rate {0} is archived",
        "Restore the tax rate there, or map it to another one, and sync again.",
    )
    .about(ReferenceKind::TaxRate, 0),
    entry(
        "tax-rate-unknown",
        &["tax rate must be valid"],
        "Tax rate {0} does not exist there",
        "Add the tax rate there, or map it to one that exists, and sync again.",
    )
    .about(ReferenceKind::TaxRate, 0),
    entry(
        "contact-archived",
        &["contact", "archived", "un-archived"],
        "Contact {0} is archived",
        "Restore the contact there, or match it to another one, and sync again.",
    ),
    entry(
        "contact-name-taken",
        &["contact", "unique"],
        "The name belongs to another contact there",
        "Match this contact to the one that is there, or rename one of them, and sync again.",
    ),
    entry("period-locked", &["lock date"], "The books are locked up to {date}", UNLOCK),
    entry(
        "not-modifiable",
        &["not of valid status"],
        "Paid or credited there, so it cannot change",
        "Undo the change here, or credit the document instead.",
    ),
    entry("number-taken", &["number", "unique"], "The number is in use there already", RENUMBER),
    entry(
        "above-outstanding",
        &["exceeds the amount outstanding"],
        "Paid there already",
        "Remove the payment that was made twice, and sync again.",
    ),
    entry(
        "document-draft",
        &["authorised documents"],
        "The document is still a draft there",
        "Approve the document there first, and sync again.",
    ),
    entry(
        "tracking-archived",
        &["tracking option", "archived"],
        "Tracking option {0} is archived",
        "Restore the option there, map it to another one, or take it off the lines, and sync again.",
    )
    .about(ReferenceKind::Tracking, 0),
    entry(
        "tracking-unknown",
        &["tracking option"],
        "Tracking option {0} does not exist there",
        "Add the option there, map it to another one, or take it off the lines, and sync again.",
    )
    .about(ReferenceKind::Tracking, 0),
    entry(
        "currency-not-kept",
        &["not subscribed to currency"],
        "The organisation's books are kept in another currency",
        "Use the organisation's own currency for this document.",
    ),
    entry(
        "due-before-issue",
        &["due date", "before"],
        "The due date is before the document date",
        "Correct the due date, and sync again.",
    ),
    entry("description-missing", &["description"], "A line has no description", "Give every line a description, and sync again."),
    entry(
        "no-allocations",
        &["credit cannot be applied", "practice ledger"],
        "A practice ledger takes no applied credit",
        "Take it back here: on the page of the applied credit.",
    ),
];

/// The readable cause and the advice. What the catalogue does not know is quoted as it came.
pub fn read(error: &ConnectorError) -> Reading {
    let said = error.to_string();
    let lower = said.to_lowercase();
    let mut known = tryton::CATALOGUE.iter().chain(xero::CATALOGUE).chain(CATALOGUE);
    let Some(entry) = known.find(|entry| entry.parts.iter().all(|part| lower.contains(part))) else {
        let advice = "Read what the accounting software says, put it right on either side, and sync again.".to_owned();
        return Reading { code: "", cause: said, advice, subject: None };
    };
    let named = |place: usize| {
        let name = said.split(entry.quote).skip(1).step_by(2).nth(place)?;
        // Tryton names an account by code and name.
        Some(if entry.quote == '"' { name.split(" - ").next().unwrap_or(name) } else { name }.to_owned())
    };
    Reading {
        code: entry.code,
        subject: entry.subject.and_then(|(kind, place)| Some((kind, named(place)?))),
        cause: fill(entry, &said).unwrap_or(said),
        advice: entry.advice.to_owned(),
    }
}

/// The words with what the message names; `None` where it names too little.
fn fill(entry: &Entry, said: &str) -> Option<String> {
    let words = entry.cause;
    let mut filled = words.to_owned();
    let mut named = said.split(entry.quote).skip(1).step_by(2);
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

    fn read_whole(message: &str) -> Reading {
        super::read(&ConnectorError::Validation { code: "x".into(), field: None, message: message.into() })
    }

    fn read(message: &str) -> (String, String) {
        let reading = read_whole(message);
        (reading.cause, reading.advice)
    }

    #[test]
    fn what_can_be_mapped_is_named_and_codes_are_words_of_their_own() {
        let account = |code: &str| Some((ReferenceKind::Account, code.to_owned()));
        for (message, code, subject) in [
            ("Account code '200' has been archived or deleted", "account-archived", account("200")),
            ("The TaxType code 'OUTPUT2' cannot be used with account code '200'", "tax-not-allowed", account("200")),
            (
                "Tracking option 'Region: France' has been archived or deleted",
                "tracking-archived",
                Some((ReferenceKind::Tracking, "Region: France".to_owned())),
            ),
            ("Invoice number must be unique: '7' is in use already", "number-taken", None),
            ("Sprocket 'x' missing", "", None),
        ] {
            let reading = read_whole(message);
            assert_eq!((reading.code, reading.subject), (code, subject), "{message}");
        }
        let all = || CATALOGUE.iter().chain(tryton::CATALOGUE).chain(xero::CATALOGUE);
        let mut codes: Vec<_> = all().map(|entry| entry.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all().count());
    }

    #[test]
    fn known_messages_read_short_and_say_the_way_out() {
        for (message, cause, advice) in [
            ("Account code '200' has been archived or deleted", "Account 200 is archived", "Restore the account"),
            ("Account code '99' is not a valid code for this document", "Account 99 does not exist there", "Add the account"),
            (
                "The TaxType code 'OUTPUT2' cannot be used with account code '200'",
                "Tax rate OUTPUT2 is not allowed on account 200",
                "Map the account",
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
