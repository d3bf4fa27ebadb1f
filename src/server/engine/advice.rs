//! Turns what an accounting system answers into a cause people can read and advice they can follow. The cause
//! leaves the single record out, so that records that fail for one reason can be counted and mended together.

use crate::server::connectors::ConnectorError;

/// Stable parts of messages, in lower case, and the way out. The first whose every part is contained wins.
const CATALOGUE: &[(&[&str], &str)] = &[
    (&["account", "archived"], "Restore the account there, or move the lines to another account, and sync again."),
    (&["account", "system"], "Move the lines to an account that takes documents, and sync again."),
    (&["account", "not a valid code"], "Add the account there, or move the lines to one that exists, and sync again."),
    (&["account", "not found"], "Add the account there, or move the lines to one that exists, and sync again."),
    (&["tax", "cannot be used"], "Choose a tax rate that the account allows, or another account, and sync again."),
    (&["tax"], "Check the tax rate there and the one on the lines, and sync again."),
    (&["contact", "archived"], "Restore the contact there, or choose another one, and sync again."),
    (&["contact", "unique"], "Link this contact to the one that is there, or rename one of them."),
    (&["lock date"], "Ask the accountant to unlock the period, or give the document a later date, and sync again."),
    (&["locked"], "Ask the accountant to unlock the period, or give the document a later date, and sync again."),
    (&["not of valid status"], "It was paid or credited there: undo the change here, or credit the document instead."),
    (&["number", "unique"], "A document with this number is there already: renumber this one, or remove the other."),
    (&["number", "already"], "A document with this number is there already: renumber this one, or remove the other."),
    (&["exceeds the amount outstanding"], "It is paid there already: remove the payment that was made twice, and sync again."),
    (&["authorised documents"], "Approve the document there first, and sync again."),
    (&["currency"], "Use the organisation's own currency for this document."),
    (&["due date"], "Correct the due date, and sync again."),
    (&["description"], "Give every line a description, and sync again."),
];

/// The readable cause and the advice. What the catalogue does not know is quoted as it came.
pub fn of(error: &ConnectorError) -> (String, String) {
    let cause = error.to_string();
    let text = cause.to_lowercase();
    let advice = CATALOGUE
        .iter()
        .find(|(parts, _)| parts.iter().all(|part| text.contains(part)))
        .map_or("Read what the accounting software says, put it right on either side, and sync again.", |(_, advice)| advice);
    (cause, advice.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(message: &str) -> String {
        of(&ConnectorError::Validation { code: "x".into(), field: None, message: message.into() }).1
    }

    #[test]
    fn known_texts_have_their_own_advice_and_unknown_ones_are_quoted() {
        assert!(advice("Account code '200' has been archived or deleted").starts_with("Restore the account"));
        assert!(
            advice("The document date cannot be before the period lock date, currently set at 31/12/2010")
                .contains("unlock the period")
        );
        assert!(advice("The TaxType code 'X' cannot be used with account code '200'").starts_with("Choose a tax rate"));
        let (cause, advice) =
            of(&ConnectorError::Validation { code: "x".into(), field: None, message: "Sprocket missing".into() });
        assert_eq!(cause, "Sprocket missing");
        assert!(advice.starts_with("Read what the accounting software says"));
    }
}
