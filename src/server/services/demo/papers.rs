//! The practice companies' sales documents, as a file to import.

use jiff::{ToSpan, civil::Date};

const TENANTS: [&str; 6] =
    ["Marlow Bakery", "Pine & Oak Ltd", "Northside Dental", "Fable Books", "Quayside Cycles", "Orchard Nursery"];

/// Rent of the last quarter, in the import's own format: some dozens of invoices and a few credit notes.
pub fn sales(place: usize, today: Date) -> Result<String, jiff::Error> {
    let mut file = String::from(
        "*ContactName,POCountry,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType\n",
    );
    let documents = 12 + place * 5 % 37;
    for n in 0..documents {
        let date = today.checked_sub((90 - (n * 89 / documents) as i64).days())?;
        let due = date.checked_add(30.days())?;
        let credit = n % 9 == 8;
        let (prefix, quantity) = if credit { ("CN", -1) } else { ("INV", 1) };
        let tenant = TENANTS[(n + place) % TENANTS.len()];
        let rent = 850 + (place * 131 + n * 47) % 2600;
        let (account, tax) = if n % 5 == 4 { ("260", "Zero Rated Income") } else { ("200", "20% (VAT on Income)") };
        let what = if credit { "Rent credited" } else { "Rent" };
        file += &format!(
            "{tenant},United Kingdom,{prefix}-{:04},{},{},{what} of unit {},{quantity},{rent}.{:02},{account},{tax}\n",
            1001 + n,
            date.strftime("%d/%m/%Y"),
            due.strftime("%d/%m/%Y"),
            n % 12 + 1,
            n * 7 % 100,
        );
    }
    Ok(file)
}
