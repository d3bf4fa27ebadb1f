//! What a client may write: the names, types and values of Xero's OpenAPI description, of the elements that are written
//! here. A test holds this table against the description where that is at hand.

use serde_json::{Map, Value};
use std::{collections::HashMap, sync::OnceLock};

/// A schema a line: its name, then each field with its type. `text` may have a longest length; `[…]` is a list; values with
/// bars between them are the only ones there are; `-` is read and never written; `any` is an object that is not looked into.
const TABLE: &str = "
Contact ContactID:uuid MergedToContactID:uuid ContactNumber:text50 AccountNumber:text50 ContactStatus:ACTIVE|ARCHIVED|GDPRREQUEST Name:text255 FirstName:text255 LastName:text255 CompanyNumber:text50 EmailAddress:text255 ContactPersons:[ContactPerson] BankAccountDetails:text TaxNumber:text50 TaxNumberType:SSN|EIN|ITIN|ATIN AccountsReceivableTaxType:text AccountsPayableTaxType:text Addresses:[Address] Phones:[Phone] IsSupplier:flag IsCustomer:flag SalesDefaultLineAmountType:INCLUSIVE|EXCLUSIVE|NONE PurchasesDefaultLineAmountType:INCLUSIVE|EXCLUSIVE|NONE DefaultCurrency:currency XeroNetworkKey:text SalesDefaultAccountCode:text PurchasesDefaultAccountCode:text SalesTrackingCategories:[SalesTrackingCategory] PurchasesTrackingCategories:[SalesTrackingCategory] TrackingCategoryName:text TrackingCategoryOption:text PaymentTerms:PaymentTerm UpdatedDateUTC:- ContactGroups:[any] Website:- BrandingTheme:any BatchPayments:any Discount:- Balances:any Attachments:[any] HasAttachments:flag ValidationErrors:[ValidationError] HasValidationErrors:flag StatusAttributeString:text
ContactPerson FirstName:text LastName:text EmailAddress:text IncludeInEmails:flag
Address AddressType:POBOX|STREET AddressLine1:text500 AddressLine2:text500 AddressLine3:text500 AddressLine4:text500 City:text255 Region:text255 PostalCode:text50 Country:text50 AttentionTo:text255
Phone PhoneType:DEFAULT|DDI|MOBILE|FAX|OFFICE PhoneNumber:text50 PhoneAreaCode:text10 PhoneCountryCode:text20
PaymentTerm Bills:Bill Sales:Bill
Bill Day:integer Type:DAYSAFTERBILLDATE|DAYSAFTERBILLMONTH|OFCURRENTMONTH|OFFOLLOWINGMONTH
SalesTrackingCategory TrackingCategoryName:text TrackingOptionName:text
Invoice Type:ACCPAY|ACCPAYCREDIT|APOVERPAYMENT|APPREPAYMENT|ACCREC|ACCRECCREDIT|AROVERPAYMENT|ARPREPAYMENT Contact:Contact LineItems:[LineItem] Date:date DueDate:date LineAmountTypes:Exclusive|Inclusive|NoTax InvoiceNumber:text255 Reference:text BrandingThemeID:uuid Url:text CurrencyCode:currency CurrencyRate:number Status:DRAFT|SUBMITTED|DELETED|AUTHORISED|PAID|VOIDED SentToContact:flag ExpectedPaymentDate:date PlannedPaymentDate:date CISDeduction:- CISRate:- SubTotal:- TotalTax:- Total:- TotalDiscount:- InvoiceID:uuid RepeatingInvoiceID:uuid HasAttachments:- IsDiscounted:- Payments:- Prepayments:- Overpayments:- AmountDue:- AmountPaid:- FullyPaidOnDate:- AmountCredited:- UpdatedDateUTC:- UpdatedDateUTCString:- CreditNotes:- Attachments:[any] HasErrors:flag StatusAttributeString:text ValidationErrors:[ValidationError] Warnings:[ValidationError] InvoiceAddresses:[any]
LineItem LineItemID:uuid Description:text Quantity:number UnitAmount:number ItemCode:text AccountCode:text AccountID:uuid TaxType:text TaxAmount:number Item:LineItemItem LineAmount:number Tracking:[LineItemTracking] DiscountRate:number DiscountAmount:number RepeatingInvoiceID:uuid Taxability:TAXABLE|NON_TAXABLE|EXEMPT|PART_TAXABLE|NOT_APPLICABLE SalesTaxCodeId:number TaxBreakdown:[any]
LineItemItem Code:text30 Name:text50 ItemID:uuid
LineItemTracking TrackingCategoryID:uuid TrackingOptionID:uuid Name:text100 Option:text
CreditNote Type:ACCPAYCREDIT|ACCRECCREDIT Contact:Contact Date:date DueDate:date Status:DRAFT|SUBMITTED|DELETED|AUTHORISED|PAID|VOIDED LineAmountTypes:Exclusive|Inclusive|NoTax LineItems:[LineItem] SubTotal:number TotalTax:number Total:number CISDeduction:- CISRate:- UpdatedDateUTC:- UpdatedDateUTCString:- CurrencyCode:currency FullyPaidOnDate:date CreditNoteID:uuid CreditNoteNumber:text Reference:text SentToContact:- CurrencyRate:number RemainingCredit:number Allocations:[Allocation] AppliedAmount:number Payments:[Payment] BrandingThemeID:uuid StatusAttributeString:text HasAttachments:flag HasErrors:flag ValidationErrors:[ValidationError] Warnings:[ValidationError] InvoiceAddresses:[any]
Payment Invoice:Invoice CreditNote:CreditNote Prepayment:any Overpayment:any InvoiceNumber:text CreditNoteNumber:text BatchPayment:any Account:Account Code:text Date:date CurrencyRate:number Amount:number BankAmount:number Reference:text IsReconciled:flag Status:AUTHORISED|DELETED PaymentType:- UpdatedDateUTC:- UpdatedDateUTCString:- PaymentID:uuid BatchPaymentID:uuid BankAccountNumber:text Particulars:text Details:text HasAccount:flag HasValidationErrors:flag StatusAttributeString:text ValidationErrors:[ValidationError] Warnings:[ValidationError]
Allocation AllocationID:uuid Invoice:Invoice Overpayment:any Prepayment:any CreditNote:CreditNote Amount:number Date:date IsDeleted:- StatusAttributeString:text ValidationErrors:[ValidationError]
Account Code:text Name:text150 AccountID:uuid Type:BANK|CURRENT|CURRLIAB|DEPRECIATN|DIRECTCOSTS|EQUITY|EXPENSE|FIXED|INVENTORY|LIABILITY|NONCURRENT|OTHERINCOME|OVERHEADS|PREPAYMENT|REVENUE|SALES|TERMLIAB|PAYG BankAccountNumber:text Status:ACTIVE|ARCHIVED|DELETED Description:text BankAccountType:BANK|CREDITCARD|PAYPAL|NONE| CurrencyCode:currency TaxType:text EnablePaymentsToAccount:flag ShowInExpenseClaims:flag Class:- SystemAccount:- ReportingCode:text ReportingCodeName:- HasAttachments:- UpdatedDateUTC:- AddToWatchlist:flag ValidationErrors:[ValidationError]
ValidationError Message:text
";

pub type Schemas = HashMap<&'static str, HashMap<&'static str, &'static str>>;

/// Each schema's fields with their types.
pub fn schemas() -> &'static Schemas {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let lines = TABLE.lines().filter(|line| !line.is_empty());
        lines
            .map(|line| {
                let (name, fields) = line.split_once(' ').expect("a schema has fields");
                (name, fields.split(' ').map(|field| field.split_once(':').expect("a field has a type")).collect())
            })
            .collect()
    })
}

/// What of an element is not as the schema says: `Invoice.LineItems[0].Colour is no field`.
pub fn faults_of(schema: &str, element: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let fields = &schemas()[schema];
    match element {
        Value::Object(object) => object_faults(schema, fields, object, &mut faults),
        _ => faults.push(format!("{schema} is no object")),
    }
    faults
}

fn object_faults(path: &str, fields: &HashMap<&str, &'static str>, object: &Map<String, Value>, faults: &mut Vec<String>) {
    for (name, value) in object {
        let path = format!("{path}.{name}");
        match fields.get(name.as_str()) {
            None => faults.push(format!("{path} is no field")),
            Some(&"-") => faults.push(format!("{path} is read only")),
            Some(kind) => value_faults(&path, kind, value, faults),
        }
    }
}

fn value_faults(path: &str, kind: &'static str, value: &Value, faults: &mut Vec<String>) {
    if let Some(of) = kind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        match value {
            Value::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    value_faults(&format!("{path}[{n}]"), of, item, faults);
                }
            }
            _ => faults.push(format!("{path} is no list")),
        }
        return;
    }
    match (schemas().get(kind), value) {
        (Some(fields), Value::Object(object)) => object_faults(path, fields, object, faults),
        (Some(_), _) => faults.push(format!("{path} is no object")),
        (None, value) if is_of(kind, value) => {}
        (None, value) => faults.push(format!("{path} is no {kind}: {value}")),
    }
}

fn is_of(kind: &str, value: &Value) -> bool {
    match (kind, value) {
        ("any", value) => value.is_object(),
        ("number", value) => value.is_number(),
        ("integer", value) => value.is_i64(),
        ("flag", value) => value.is_boolean(),
        ("uuid", Value::String(text)) => text.len() == 36 && uuid::Uuid::parse_str(text).is_ok(),
        ("date", Value::String(text)) => super::time::read_day(text).is_some(),
        ("currency", Value::String(text)) => text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase()),
        (kind, Value::String(text)) => match kind.strip_prefix("text") {
            Some("") => true,
            Some(longest) => text.chars().count() <= longest.parse().expect("a length"),
            None => kind.split('|').any(|one| one == text),
        },
        _ => false,
    }
}
