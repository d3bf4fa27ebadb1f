//! What Xero says, where the texts that several systems share do not cover it, and what its connector says for it.

use super::{Entry, entry};

pub(super) const CATALOGUE: &[Entry] = &[
    entry(
        "contact-archived-there",
        &["contact", "specified contact details", "archived"],
        "The contact is archived there",
        "Restore the contact in Xero, or match it to the one that took its place, and sync again.",
    ),
    entry(
        "number-taken-there",
        &["# must be unique"],
        "The number is in use there already",
        "A document with this number is there already: renumber this one, or remove the other.",
    ),
    entry(
        "account-invalid",
        &["account must be valid"],
        "Xero does not take the account of a line",
        "Check the account’s match in Integration settings; a unit amount with too many decimal places is refused in the same \
         words.",
    ),
    entry(
        "tax-rate-invalid",
        &["tax rate must be valid."],
        "Xero does not take the tax rate of a line",
        "Check the tax rate’s match in Integration settings; a unit amount with too many decimal places is refused in the same \
         words.",
    ),
    entry(
        "document-gone",
        &["an existing", "with the specified", "could not be found"],
        "It is not there any more",
        "Leave it out of syncs, or send it as a new one: choose that on the record’s page.",
    ),
    entry(
        "paid-there",
        &["cannot be edited", "payment or credit note allocated"],
        "Paid or credited there, so it cannot change",
        "Undo the change here, or take the payment off the document in Xero, and sync again.",
    ),
    entry(
        "item-unknown",
        &["item code", "not valid"],
        "Item {0} does not exist there",
        "Add the item in Xero (Products and services), or take its code off the lines, and sync again.",
    ),
    entry(
        "tracking-gone",
        &["tracking category or option", "could not be found or is archived"],
        "A tracking option of a line is not in use there any more",
        "Restore the option in Xero, or take it off the lines, and sync again.",
    ),
    entry(
        "line-total-differs",
        &["line total", "does not match"],
        "Xero works a line out to another amount",
        "Write the line with a quantity and a unit amount that come to its amount, and sync again.",
    ),
    entry(
        "currency-places",
        &["amounts with two decimal places"],
        "Xero keeps two decimal places, and the currency has more",
        "Keep documents in this currency out of syncs, and enter them in Xero by hand.",
    ),
    entry(
        "no-payments-account",
        &["xero has no account that payments can go to"],
        "There is no account for payments there",
        "Add a bank account in Xero, or allow payments to another account there, and sync again.",
    ),
    entry(
        "several-payments-accounts",
        &["xero has several accounts that payments can go to"],
        "There are several accounts for payments there",
        "In Xero’s chart of accounts, call the one for payments from here Tieout, and sync again.",
    ),
    entry(
        "payment-fixed",
        &["booked in xero cannot be changed"],
        "Booked there, so it cannot change",
        "Undo the change here, or remove the payment in Xero and enter it anew.",
    ),
    entry(
        "credited-there",
        &["allocate to has already been paid off"],
        "Paid there already",
        "Take the applied credit back here, and sync again.",
    ),
    entry(
        "credit-used-there",
        &["cannot be allocated", "greater than amount outstanding"],
        "More is applied than is left there",
        "Less is left of the credit, or owed of the document, in Xero: take the applied credit back here, sync, and apply what is \
         left.",
    ),
    entry(
        "credit-of-the-other-side",
        &["cannot be allocated", "incorrect invoice type"],
        "Credit of the other side of the books",
        "Credit of customers goes to invoices, that of suppliers to bills: take it back here, and apply it to another one.",
    ),
];

#[cfg(test)]
mod tests {
    use super::super::{Reading, read};
    use crate::server::connectors::ConnectorError;

    fn said(message: &str) -> Reading {
        read(&ConnectorError::Validation { code: "refused".into(), field: None, message: message.into() })
    }

    #[test]
    fn what_xero_says_reads_short_and_has_a_way_out() {
        for (message, code, cause) in [
            (
                "Account code '4000' is not a valid code for this document.",
                "account-unknown",
                "Account 4000 does not exist there",
            ),
            (
                "Account code '4000' has been archived or deleted. Please edit the account or use another one.",
                "account-archived",
                "Account 4000 is archived",
            ),
            (
                "The TaxType code 'INPUT2' cannot be used with account code '200'.",
                "tax-not-allowed",
                "Tax rate INPUT2 is not allowed on account 200",
            ),
            (
                "The contact with the specified contact details has been archived. The contact must be un-archived before \
                 creating new invoices or credit notes.",
                "contact-archived-there",
                "The contact is archived there",
            ),
            (
                "The contact name Ann is already assigned to another contact. The contact name must be unique across all active \
                 contacts.",
                "contact-name-taken",
                "The name belongs to another contact there",
            ),
            (
                "The document date cannot be before the period lock date, currently set at 31 December 2025",
                "period-locked",
                "The books are locked up to 31 December 2025",
            ),
            ("Invoice not of valid status for modification", "not-modifiable", "Paid or credited there, so it cannot change"),
            ("Payment amount exceeds the amount outstanding on this document", "above-outstanding", "Paid there already"),
            ("Payments can only be made against Authorised documents", "document-draft", "The document is still a draft there"),
            ("Account must be valid.", "account-invalid", "Xero does not take the account of a line"),
            ("Tax rate must be valid.", "tax-rate-invalid", "Xero does not take the tax rate of a line"),
            ("An existing Invoice with the specified InvoiceID could not be found", "document-gone", "It is not there any more"),
            ("Invoice # must be unique.", "number-taken-there", "The number is in use there already"),
            ("Item code 'R1' is not valid", "item-unknown", "Item R1 does not exist there"),
            (
                "The line total 2.50 does not match the expected line total 2.51",
                "line-total-differs",
                "Xero works a line out to another amount",
            ),
            (
                "This document cannot be edited as it has a payment or credit note allocated to it.",
                "paid-there",
                "Paid or credited there, so it cannot change",
            ),
            (
                "The invoice you are trying to allocate to has already been paid off Credit Note cannot be allocated as amount is \
                 greater than amount outstanding",
                "credited-there",
                "Paid there already",
            ),
            (
                "Overpayment cannot be allocated as amount is greater than amount outstanding",
                "credit-used-there",
                "More is applied than is left there",
            ),
            (
                "Credit Note cannot be allocated to an incorrect invoice type",
                "credit-of-the-other-side",
                "Credit of the other side of the books",
            ),
        ] {
            let reading = said(message);
            assert_eq!((reading.code, reading.cause.as_str()), (code, cause), "{message}");
            assert!(!reading.advice.is_empty());
        }
    }
}
