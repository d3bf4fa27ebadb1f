//! Sales and purchase documents: their kinds, lines, and the arithmetic both sides must agree on.

use super::money::line_amounts;
use super::run::words;
use serde::{Deserialize, Serialize};

words! {
    DocumentKind {
        SalesInvoice = "sales_invoice", "Invoice";
        Bill = "bill", "Bill";
        SalesCreditNote = "sales_credit_note", "Credit note";
        BillCreditNote = "bill_credit_note", "Supplier credit note";
        SalesPrepayment = "sales_prepayment", "Prepayment";
        BillPrepayment = "bill_prepayment", "Supplier prepayment";
        SalesOverpayment = "sales_overpayment", "Overpayment";
        BillOverpayment = "bill_overpayment", "Supplier overpayment";
    }
}

words! {
    /// Only approved documents are sent.
    DocumentState {
        Draft = "draft", "Draft";
        Approved = "approved", "Approved";
        Void = "void", "Void";
    }
}

impl DocumentKind {
    pub fn is_credit_note(self) -> bool {
        matches!(self, DocumentKind::SalesCreditNote | DocumentKind::BillCreditNote)
    }

    /// Credit that can be applied to what is owed, negative throughout: credit notes, prepayments and overpayments.
    pub fn is_credit(self) -> bool {
        !matches!(self, DocumentKind::SalesInvoice | DocumentKind::Bill)
    }

    /// Money that was paid before it was asked for, or beyond that. The accounting software makes these out of what went
    /// through the bank; here they are neither made nor changed, and they are not known by a number.
    pub fn comes_in_only(self) -> bool {
        self.is_credit() && !self.is_credit_note()
    }

    /// What credit of this kind can be applied to, and `None` for what is no credit.
    pub fn settles(self) -> Option<DocumentKind> {
        match self {
            DocumentKind::SalesInvoice | DocumentKind::Bill => None,
            DocumentKind::SalesCreditNote | DocumentKind::SalesPrepayment | DocumentKind::SalesOverpayment => {
                Some(DocumentKind::SalesInvoice)
            }
            DocumentKind::BillCreditNote | DocumentKind::BillPrepayment | DocumentKind::BillOverpayment => {
                Some(DocumentKind::Bill)
            }
        }
    }

    /// What links, messages and tie-outs call it.
    pub fn entity(self) -> super::message::Entity {
        use super::message::Entity;
        match self {
            DocumentKind::SalesInvoice => Entity::Invoice,
            DocumentKind::Bill => Entity::Bill,
            _ => Entity::CreditNote,
        }
    }

    /// Sales numbers are ours and unique in the company; a supplier's number is unique with that supplier only.
    pub fn number_is_ours(self) -> bool {
        matches!(self, DocumentKind::SalesInvoice | DocumentKind::SalesCreditNote)
    }
}

/// One line. Quantities, unit amounts and discounts are in ten-thousandths; net and tax in minor units.
/// Credit notes carry negative amounts throughout, as the paper they come from does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub item_code: String,
    pub description: String,
    pub quantity_e4: i64,
    pub unit_amount_e4: i64,
    /// Percent of the line taken off, in ten-thousandths of a percent point.
    pub discount_e4: i64,
    pub account_code: String,
    /// The name of the tax rate, as people and import files write it: `20% (VAT on Income)`.
    pub tax_type: String,
    /// `Region: United Kingdom; Manager: Ann`, or empty.
    pub tracking: String,
    pub net: i64,
    pub tax: i64,
}

impl Line {
    /// Works out net and tax from quantity, unit amount, discount and the rate (percent in ten-thousandths),
    /// each rounded to the minor unit on the line, half away from zero, as Xero does.
    /// `None` where the result does not fit.
    pub fn priced(mut self, rate_e4: i64, minor_digits: u32) -> Option<Line> {
        (self.net, self.tax) = line_amounts(self.quantity_e4, self.unit_amount_e4, self.discount_e4, rate_e4, minor_digits)?;
        Some(self)
    }
}

/// What a document says. Its JSON is the canonical form: versions keep it, and its hash tells whether anything changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFacts {
    pub kind: DocumentKind,
    pub number: String,
    /// The contact's name.
    pub contact: String,
    pub reference: String,
    pub issue_date: String,
    pub due_date: String,
    pub currency: String,
    pub lines: Vec<Line>,
}

/// Net, tax and gross in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub net: i64,
    pub tax: i64,
    pub gross: i64,
}

impl Totals {
    pub fn of(lines: &[Line]) -> Totals {
        let net = lines.iter().map(|line| line.net).sum();
        let tax = lines.iter().map(|line| line.tax).sum();
        Totals { net, tax, gross: net + tax }
    }
}
