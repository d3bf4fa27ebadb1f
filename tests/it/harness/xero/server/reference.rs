//! What an organisation is and what its documents refer to, which is read and never written here: accounts, tax rates,
//! tracking categories.

use super::{books::Books, decimal::number, http::Head, time};
use crate::harness::xero::setup::{Account, TaxRate, TrackingCategory, TrackingOption};
use serde_json::{Value, json};

/// Products and services, of which only the code counts here.
pub fn items(books: &Books) -> Value {
    books.setup.items.iter().map(|code| json!({ "Code": code, "Name": code })).collect()
}

pub fn organisation(books: &Books, tenant: &str) -> Value {
    let setup = &books.setup;
    let mut shown = json!({
        "OrganisationID": tenant, "Name": setup.name, "LegalName": setup.name, "PaysTax": true, "Version": "UK",
        "OrganisationType": "COMPANY", "BaseCurrency": setup.currency, "CountryCode": "GB", "IsDemoCompany": false,
        "OrganisationStatus": "ACTIVE", "FinancialYearEndDay": 31, "FinancialYearEndMonth": 3, "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": "QUARTERLY", "DefaultSalesTax": "Tax Exclusive", "DefaultPurchasesTax": "Tax Exclusive",
        "CreatedDateUTC": "/Date(1455827393000)/", "OrganisationEntityType": "COMPANY", "Timezone": "GMTSTANDARDTIME",
        "ShortCode": "!peer", "Edition": "BUSINESS", "Class": "PREMIUM", "Addresses": [], "Phones": [],
        "ExternalLinks": [], "PaymentTerms": {},
    });
    if let Some(day) = &setup.period_lock_date {
        shown["PeriodLockDate"] = time::day(day).into();
    }
    if let Some(day) = &setup.end_of_year_lock_date {
        shown["EndOfYearLockDate"] = time::day(day).into();
    }
    shown
}

/// All accounts that changed since, archived ones too.
pub fn accounts(books: &Books, since: Option<i64>) -> Value {
    let shown = |account: &Account| {
        let mut shown = json!({
            "AccountID": account.id, "Code": account.code, "Name": account.name, "Type": account.kind,
            "Status": if account.is_archived { "ARCHIVED" } else { "ACTIVE" }, "TaxType": account.tax_type,
            "EnablePaymentsToAccount": account.takes_payments, "ShowInExpenseClaims": false, "Class": account.class(),
            "HasAttachments": false, "UpdatedDateUTC": time::moment(account.updated), "AddToWatchlist": false,
        });
        if let Some(system) = &account.system {
            shown["SystemAccount"] = system.clone().into();
        }
        if account.kind == "BANK" {
            shown["BankAccountNumber"] = "60161331926819".into();
            shown["BankAccountType"] = "BANK".into();
            shown["CurrencyCode"] = books.setup.currency.clone().into();
        }
        shown
    };
    let changed = books.setup.accounts.iter().filter(|account| since.is_none_or(|since| account.updated > since));
    changed.map(shown).collect()
}

pub fn tax_rates(books: &Books) -> Value {
    let shown = |rate: &TaxRate| {
        let percent = number(rate.rate_e4, 4);
        json!({
            "Name": rate.name, "TaxType": rate.tax_type, "ReportTaxType": "NONE", "CanApplyToAssets": true,
            "CanApplyToEquity": true, "CanApplyToExpenses": rate.on_expenses, "CanApplyToLiabilities": true,
            "CanApplyToRevenue": rate.on_revenue, "DisplayTaxRate": percent, "EffectiveRate": percent,
            "Status": if rate.is_deleted { "DELETED" } else { "ACTIVE" },
            "TaxComponents": [{ "Name": "VAT", "Rate": percent, "IsCompound": false, "IsNonRecoverable": false }],
        })
    };
    books.setup.tax_rates.iter().map(shown).collect()
}

/// Those in use; archived ones where they are asked for.
pub fn tracking(books: &Books, head: &Head) -> Value {
    let all = head.parameter("includeArchived").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let status = |is_archived: bool| if is_archived { "ARCHIVED" } else { "ACTIVE" };
    let option = |one: &TrackingOption| {
        json!({
            "TrackingOptionID": one.id, "Name": one.name, "Status": status(one.is_archived), "HasValidationErrors": false,
            "IsDeleted": false, "IsArchived": one.is_archived, "IsActive": !one.is_archived,
        })
    };
    let shown = |one: &TrackingCategory| {
        let options = one.options.iter().filter(|one| all || !one.is_archived).map(option);
        json!({
            "TrackingCategoryID": one.id, "Name": one.name, "Status": status(one.is_archived),
            "Options": options.collect::<Vec<_>>(),
        })
    };
    books.setup.tracking.iter().filter(|one| all || !one.is_archived).map(shown).collect()
}
