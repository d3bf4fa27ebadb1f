//! What Tryton says, and what its connector says for it. Tryton names things between double quotation marks.

use super::{Entry, entry};
use crate::domain::matching::ReferenceKind;

/// Looked through first: Tryton quotes names and texts of records, in which any other entry's words may stand.
pub(super) const CATALOGUE: &[Entry] = &[
    entry(
        "party-code-taken",
        &["the code on party must be unique"],
        "The code Tryton would give the party is taken",
        "Set the next number of Tryton's party sequence above the codes in use, or match this contact to the party that is there, \
         and sync again.",
    ),
    entry(
        "period-closed",
        &["you must reopen the period"],
        "The period {0} is closed there",
        "Ask the accountant to reopen the period, or give the document a date in an open one, and sync again.",
    )
    .quoting('"'),
    entry(
        "journal-period-closed",
        &["closed journal-period"],
        "The journal's period {0} is closed there",
        "Reopening a period in Tryton does not reopen its journals: ask the accountant to reopen this one too, and sync again.",
    )
    .quoting('"'),
    entry(
        "period-missing",
        &["you must create a period for the date"],
        "There is no period for the date {0} there",
        "Ask the accountant to add the fiscal year and its periods in Tryton, or give the document another date, and sync again.",
    )
    .quoting('"'),
    entry(
        "number-order",
        &["to number the invoice", "you must set an invoice date after"],
        "Dated before a document that Tryton has numbered already",
        "Tryton numbers customers' documents in the order of their dates: give it a later date. Where each period has a sequence \
         of its own in Tryton, only the documents of that period count.",
    ),
    entry(
        "account-not-usable",
        &["for field \"account\"", "not valid according to its domain"],
        "Account {0} is closed there, or takes no lines of this kind",
        "Open the account there, or map it to one that takes these lines, and sync again.",
    )
    .quoting('"')
    .about(ReferenceKind::Account, 0),
    entry(
        "posted-there",
        &["you are not allowed to modify the field"],
        "Posted there, so it cannot change",
        "Edit it there, or credit it with a credit note.",
    ),
    entry(
        "posted-in-tryton",
        &["posted in tryton cannot be changed"],
        "Posted there, so it cannot change",
        "Undo the change here, or credit the document with a credit note instead.",
    ),
    entry(
        "cancelling-not-allowed",
        &["you can not call \"cancel\""],
        "Tryton does not let this document be cancelled",
        "Take off the payments it has there. For a customer's document also allow it in Tryton (Companies, Cancel Customer Invoice), \
         or credit it with a credit note instead.",
    ),
    entry(
        "payment-above-outstanding",
        &["payment lines amount on invoice", "greater than the invoice amount"],
        "Paid there already",
        "Remove the payment that was made twice, and sync again.",
    ),
    entry(
        "paid-by-draft-statement",
        &["remove paid invoices from other draft statements"],
        "A draft statement there pays the document too",
        "Post or remove the draft statement in Tryton: it may be the same money. Then sync again.",
    ),
    entry(
        "too-precise",
        &["the number of digits in the value", "exceeds the limit"],
        "A number has more decimal places than Tryton keeps",
        "Raise the number of decimals of prices in Tryton's settings, or round the unit amount, and sync again.",
    ),
    entry(
        "tax-rate-differs",
        &["has another percentage than the lines of the document"],
        "Tax rate {0} has another percentage there",
        "Match the tax rate to one of the same percentage, and sync again.",
    )
    .about(ReferenceKind::TaxRate, 0),
    entry(
        "contact-merged",
        &["has been replaced by"],
        "Contact {0} was merged into {1} there",
        "Match the contact to the party that remains, and sync again.",
    ),
    entry(
        "amounts-differ",
        &["tryton works the document out to"],
        "Tryton comes to other amounts",
        "Compare the lines' quantities and prices with Tryton's taxes and rounding; nothing was posted.",
    ),
    entry(
        "not-allowed",
        &["tryton does not let its user", "book this"],
        "Tryton does not let its user book it",
        "Give the user the rights for accounting and statements in Tryton, and look whether the books are open for the day; then \
         sync again.",
    ),
    entry(
        "tryton-error",
        &["tryton had an error of its own with this record"],
        "Tryton had an error of its own",
        "Ask whoever looks after Tryton to read its log, and sync again; nothing was posted.",
    ),
    entry(
        "taken-back-there",
        &["booked in tryton is taken back in tryton"],
        "Booked in Tryton, so it is taken back there",
        "Cancel the payment in Tryton; leave it out of syncs here.",
    ),
    entry(
        "credit-applied-there",
        &["credit is applied to documents in tryton itself"],
        "Tryton takes no applied credit from here",
        "Take it back here, and reconcile the two documents in Tryton.",
    ),
];

#[cfg(test)]
mod tests {
    use super::super::read;
    use crate::{domain::matching::ReferenceKind, server::connectors::ConnectorError};

    /// Word for word as Tryton 8.2.1 says them.
    #[test]
    fn what_the_server_says_reads_short_and_says_the_way_out() {
        for (message, code, cause) in [
            ("The code on party must be unique.", "party-code-taken", "The code Tryton would give the party is taken"),
            (
                "To continue, you must reopen the period \"2010-12\" of company \"Dockside Retail Parks Limited\".",
                "period-closed",
                "The period 2010-12 is closed there",
            ),
            (
                "You cannot add/modify/delete lines on closed journal-period \"Revenue - 2010-12\".",
                "journal-period-closed",
                "The journal's period Revenue - 2010-12 is closed there",
            ),
            (
                "Its day is in the closed journal-period \"Revenue - 2010-12\"",
                "journal-period-closed",
                "The journal's period Revenue - 2010-12 is closed there",
            ),
            (
                "To continue, you must create a period for the date \"01/05/2012\" and company \"Albion Quay Estates\".",
                "period-missing",
                "There is no period for the date 01/05/2012 there",
            ),
            (
                "To number the invoice \"[B2]\", you must set an invoice date after \"12/01/2010\" because the sequence \"2010\" has \
                 already been used for invoice \"2 [A0]\".",
                "number-order",
                "Dated before a document that Tryton has numbered already",
            ),
            (
                "The value \"4100 - Other income\" for field \"Account\" in record \"3.0 ARCHIVED SYSTEM'S @ [B3]\" of \"Account \
                 Invoice Line\" is not valid according to its domain.",
                "account-not-usable",
                "Account 4100 - Other income is closed there, or takes no lines of this kind",
            ),
            (
                "You are not allowed to modify the field \"Invoice Date\" in record \"1 [R1]\" of \"Account Invoice\".",
                "posted-there",
                "Posted there, so it cannot change",
            ),
            (
                "You can not call \"cancel\" on \"1 [R1]\" of \"Account Invoice\".",
                "cancelling-not-allowed",
                "Tryton does not let this document be cancelled",
            ),
            (
                "Payment lines amount on invoice \"2 [A0]\" can not be greater than the invoice amount.",
                "payment-above-outstanding",
                "Paid there already",
            ),
            (
                "Validating the statements will remove paid invoices from other draft statements.",
                "paid-by-draft-statement",
                "A draft statement there pays the document too",
            ),
            (
                "The number of digits in the value \"'1.23456'\" for field \"Unit Price\" in record \"3.0 x  @ [B4]\" of \"Account \
                 Invoice Line\" exceeds the limit of \"(None, 4)\".",
                "too-precise",
                "A number has more decimal places than Tryton keeps",
            ),
        ] {
            let reading = read(&ConnectorError::Validation { code: "refused".into(), field: None, message: message.into() });
            assert_eq!((reading.code, reading.cause.as_str()), (code, cause), "{message}");
            assert!(!reading.advice.is_empty());
        }
    }

    #[test]
    fn an_account_is_named_by_its_code_so_that_it_can_be_mapped() {
        let message =
            "The value \"4100 - Other income\" for field \"Account\" in record \"x\" is not valid according to its domain.";
        let reading = read(&ConnectorError::Validation { code: "refused".into(), field: None, message: message.into() });
        assert_eq!(reading.subject, Some((ReferenceKind::Account, "4100".to_owned())));
    }
}
