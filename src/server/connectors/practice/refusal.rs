//! Why the ledger refuses a record: each reason once, with a code that never changes and a text in the manner of
//! the accounting software people know.

use crate::domain::document::DocumentKind;
use crate::server::connectors::ConnectorError;

/// The texts name no line: the same cause reads the same wherever it occurs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("The contact name must not be empty")]
    ContactNameEmpty,
    #[error(
        "The contact name '{0}' is already assigned to another contact. The contact name must be unique across all contacts, archived ones too"
    )]
    ContactNameTaken(String),
    #[error("The contact '{0}' has been archived. The contact must be un-archived before it can be used")]
    ContactArchived(String),
    #[error("An existing Contact with the specified ContactID could not be found")]
    ContactUnknown,

    #[error("An existing {} with the specified {}ID could not be found", noun(*.0), noun(*.0).replace(' ', ""))]
    DocumentUnknown(DocumentKind),
    #[error("{} not of valid status for modification: {why}", noun(*.kind))]
    NotModifiable { kind: DocumentKind, why: &'static str },
    #[error("A {} cannot become a {}", noun(*.is), noun(*.asked))]
    KindChanged { is: DocumentKind, asked: DocumentKind },
    #[error("{} number must not be empty", noun(*.0))]
    NumberEmpty(DocumentKind),
    #[error("{} number must be unique: '{number}' is in use already", noun(*.kind))]
    NumberTaken { kind: DocumentKind, number: String },
    #[error("'{0}' is not a valid date")]
    DateInvalid(String),
    #[error("The due date cannot be before the document date")]
    DueBeforeIssue,
    #[error("The document date cannot be before the period lock date, currently set at {0}")]
    PeriodLocked(String),
    #[error("Organisation is not subscribed to currency {asked}: its books are kept in {kept}")]
    CurrencyNotKept { asked: String, kept: String },
    #[error("One or more line items must be specified")]
    NoLines,
    #[error("Description must not be empty")]
    DescriptionEmpty,
    #[error("Account code '{0}' is not a valid code for this document")]
    AccountUnknown(String),
    #[error("Account code '{0}' is not a valid code for this document: it is a system account or a bank account")]
    AccountTakesNoLines(String),
    #[error("Account code '{0}' has been archived or deleted")]
    AccountArchived(String),
    #[error("Tax rate must be valid: there is no '{0}'")]
    TaxRateUnknown(String),
    #[error("Tax rate must be valid: '{0}' has been archived or deleted")]
    TaxRateArchived(String),
    #[error("The TaxType code '{rate}' cannot be used with account code '{account}'")]
    TaxRateNotAllowed { rate: String, account: String },
    #[error("Tracking option '{0}' is not valid")]
    TrackingUnknown(String),
    #[error("Tracking option '{0}' has been archived or deleted")]
    TrackingArchived(String),
    #[error("Only one option of the tracking category '{0}' can be used")]
    TrackingTwice(String),
    #[error("The discount must be between 0 and 100 per cent")]
    DiscountOutOfRange,
    #[error("The amounts of the document are too large")]
    AmountTooLarge,
    #[error("The total of {} cannot be negative: use a credit note", with_article(*.0))]
    TotalNegative(DocumentKind),
    #[error("The total of {} cannot be above zero: a credit note carries negative amounts", with_article(*.0))]
    TotalPositive(DocumentKind),

    #[error("Payments can only be made against authorised documents")]
    PaymentNotAuthorised,
    #[error("A payment must not be zero and must have the sign of its document: below zero for a credit note, else above")]
    PaymentSign,
    #[error("Payment amount exceeds the amount outstanding on this document")]
    PaymentAboveOutstanding,
    #[error("A payment cannot be changed once it is made")]
    PaymentFixed,
    #[error("Credit cannot be applied to documents in a practice ledger")]
    NoAllocations,

    #[error("{field} must not be longer than {most} characters")]
    TooLong { field: &'static str, most: usize },
}

impl Refusal {
    /// Never changes; what advice is looked up by.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::ContactNameEmpty => "contact_name_empty",
            Refusal::ContactNameTaken(_) => "contact_name_taken",
            Refusal::ContactArchived(_) => "contact_archived",
            Refusal::ContactUnknown => "contact_unknown",
            Refusal::DocumentUnknown(_) => "document_unknown",
            Refusal::NotModifiable { .. } => "not_modifiable",
            Refusal::KindChanged { .. } => "kind_changed",
            Refusal::NumberEmpty(_) => "number_empty",
            Refusal::NumberTaken { .. } => "number_taken",
            Refusal::DateInvalid(_) => "date_invalid",
            Refusal::DueBeforeIssue => "due_before_issue",
            Refusal::PeriodLocked(_) => "period_locked",
            Refusal::CurrencyNotKept { .. } => "currency_not_kept",
            Refusal::NoLines => "no_lines",
            Refusal::DescriptionEmpty => "description_empty",
            Refusal::AccountUnknown(_) => "account_unknown",
            Refusal::AccountTakesNoLines(_) => "account_takes_no_lines",
            Refusal::AccountArchived(_) => "account_archived",
            Refusal::TaxRateUnknown(_) => "tax_rate_unknown",
            Refusal::TaxRateArchived(_) => "tax_rate_archived",
            Refusal::TaxRateNotAllowed { .. } => "tax_rate_not_allowed",
            Refusal::TrackingUnknown(_) => "tracking_unknown",
            Refusal::TrackingArchived(_) => "tracking_archived",
            Refusal::TrackingTwice(_) => "tracking_twice",
            Refusal::DiscountOutOfRange => "discount_out_of_range",
            Refusal::AmountTooLarge => "amount_too_large",
            Refusal::TotalNegative(_) => "total_negative",
            Refusal::TotalPositive(_) => "total_positive",
            Refusal::PaymentNotAuthorised => "payment_not_authorised",
            Refusal::PaymentSign => "payment_sign",
            Refusal::PaymentAboveOutstanding => "payment_above_outstanding",
            Refusal::PaymentFixed => "payment_fixed",
            Refusal::NoAllocations => "no_allocations",
            Refusal::TooLong { .. } => "too_long",
        }
    }

    /// The part of the record it is about, or of its line.
    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Refusal::ContactNameEmpty | Refusal::ContactNameTaken(_) => "name",
            Refusal::ContactArchived(_) | Refusal::ContactUnknown => "contact_id",
            Refusal::KindChanged { .. } => "kind",
            Refusal::NumberEmpty(_) | Refusal::NumberTaken { .. } => "number",
            Refusal::DateInvalid(_) | Refusal::PeriodLocked(_) => "date",
            Refusal::DueBeforeIssue => "due_date",
            Refusal::CurrencyNotKept { .. } => "currency",
            Refusal::NoLines | Refusal::TotalNegative(_) | Refusal::TotalPositive(_) => "lines",
            Refusal::DescriptionEmpty => "description",
            Refusal::AccountUnknown(_) | Refusal::AccountTakesNoLines(_) | Refusal::AccountArchived(_) => "account_code",
            Refusal::TaxRateUnknown(_) | Refusal::TaxRateArchived(_) | Refusal::TaxRateNotAllowed { .. } => "tax_type",
            Refusal::TrackingUnknown(_) | Refusal::TrackingArchived(_) | Refusal::TrackingTwice(_) => "tracking",
            Refusal::DiscountOutOfRange => "discount",
            Refusal::AmountTooLarge | Refusal::PaymentSign | Refusal::PaymentAboveOutstanding => "amount",
            Refusal::TooLong { field, .. } => field,
            Refusal::DocumentUnknown(_)
            | Refusal::NotModifiable { .. }
            | Refusal::PaymentNotAuthorised
            | Refusal::PaymentFixed
            | Refusal::NoAllocations => return None,
        })
    }

    /// The same, of one line; counted from 0.
    pub fn on_line(self, line: usize) -> Refused {
        Refused { why: self, line: Some(line) }
    }
}

/// A refusal and where in the document its reason is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub why: Refusal,
    line: Option<usize>,
}

impl From<Refusal> for Refused {
    fn from(why: Refusal) -> Self {
        Refused { why, line: None }
    }
}

impl From<Refused> for ConnectorError {
    fn from(refused: Refused) -> Self {
        let Refused { why, line } = refused;
        let (code, message) = (why.code().to_owned(), why.to_string());
        let field = why.field().map(|field| match line {
            Some(line) => format!("lines[{line}].{field}"),
            None => field.to_owned(),
        });
        match why {
            Refusal::ContactNameTaken(_) | Refusal::NumberTaken { .. } => ConnectorError::Conflict { code, message },
            _ => ConnectorError::Validation { code, field, message },
        }
    }
}

/// What the texts call a kind of document, whichever side of the books it is on.
fn noun(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::SalesInvoice => "Invoice",
        DocumentKind::Bill => "Bill",
        _ => "Credit Note",
    }
}

fn with_article(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::SalesInvoice => "an invoice",
        DocumentKind::Bill => "a bill",
        _ => "a credit note",
    }
}
