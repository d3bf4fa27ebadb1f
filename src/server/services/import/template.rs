//! The columns of Xero's sales-invoice import template, and where a file has them.

use std::borrow::Cow;

macro_rules! columns {
    ($($(#[$doc:meta])* $column:ident $need:ident,)+) => {
        /// A column that is read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Column { $($(#[$doc])* $column,)+ }

        impl Column {
            const ALL: &'static [Column] = &[$(Column::$column),+];

            /// As the template has it, without the asterisk of what is required.
            pub fn name(self) -> &'static str {
                match self { $(Column::$column => stringify!($column)),+ }
            }

            pub fn is_required(self) -> bool {
                match self { $(Column::$column => columns!($need)),+ }
            }
        }
    };
    (required) => { true };
    (optional) => { false };
}

columns! {
    ContactName required,
    EmailAddress optional,
    POAddressLine1 optional,
    POAddressLine2 optional,
    POAddressLine3 optional,
    POAddressLine4 optional,
    POCity optional,
    PORegion optional,
    POPostalCode optional,
    POCountry optional,
    InvoiceNumber required,
    Reference optional,
    InvoiceDate required,
    DueDate required,
    InventoryItemCode optional,
    Description required,
    Quantity required,
    UnitAmount required,
    /// Percent.
    Discount optional,
    AccountCode required,
    TaxType required,
    TaxAmount optional,
    TrackingName1 optional,
    TrackingOption1 optional,
    TrackingName2 optional,
    TrackingOption2 optional,
    Currency optional,
}

/// What the template also has and Xero does not import either, or only prints.
const PASSED_OVER: [&str; 10] = [
    "Total",
    "BrandingTheme",
    "SAAddressLine1",
    "SAAddressLine2",
    "SAAddressLine3",
    "SAAddressLine4",
    "SACity",
    "SARegion",
    "SAPostalCode",
    "SACountry",
];

/// Where each column is in the rows of one file.
#[derive(Debug)]
pub struct Header {
    /// Fields of the header row, and so of every row.
    pub width: usize,
    places: [Option<usize>; Column::ALL.len()],
}

impl Header {
    /// Reads the header row: any order, any case, with or without asterisks. A column nobody knows is refused and not
    /// passed over: it may be a misspelt `Discount`, and then every amount would be wrong.
    pub fn read(fields: &[Cow<str>]) -> Result<Header, String> {
        let mut header = Header { width: fields.len(), places: [None; Column::ALL.len()] };
        let mut unknown = Vec::new();
        for (place, field) in fields.iter().enumerate() {
            let name = field.trim().trim_start_matches('*').trim_start();
            let is = |known: &str| known.eq_ignore_ascii_case(name);
            match Column::ALL.iter().position(|column| is(column.name())) {
                Some(column) if header.places[column].is_some() => {
                    return Err(format!("The header has the column “{name}” twice; leave one of them out."));
                }
                Some(column) => header.places[column] = Some(place),
                None if name.is_empty() || PASSED_OVER.into_iter().any(is) => {}
                None => unknown.push(format!("“{}”", name.chars().take(40).collect::<String>())),
            }
        }
        let missing: Vec<&str> = Column::ALL
            .iter()
            .filter(|column| column.is_required() && header.places[**column as usize].is_none())
            .map(|column| column.name())
            .collect();
        if !missing.is_empty() {
            let hint = match fields {
                [only] if only.contains(';') => " Its columns are separated by semicolons; save it separated by commas.",
                [only] if only.contains('\t') => " Its columns are separated by tabs; save it separated by commas.",
                _ => "",
            };
            return Err(format!(
                "The first row is not the header of Xero's sales-invoice template: {} missing.{hint}",
                match missing.as_slice() {
                    [one] => format!("the column {one} is"),
                    many => format!("the columns {} are", many.join(", ")),
                }
            ));
        }
        match unknown.is_empty() {
            true => Ok(header),
            false => Err(format!(
                "Xero's sales-invoice template has no column {}; correct the name, or leave the column out.",
                unknown.join(", ")
            )),
        }
    }

    /// Which of a row's fields it is; `None` where the file does not have the column.
    pub fn place(&self, column: Column) -> Option<usize> {
        self.places[column as usize]
    }

    /// A row's text in a column, trimmed; empty where the row or the file does not have it.
    pub fn field<'r>(&self, row: &'r [Cow<str>], column: Column) -> &'r str {
        self.place(column).and_then(|place| row.get(place)).map_or("", |field| field.trim())
    }

    /// The name of the column at a place.
    pub fn name_at(&self, place: usize) -> &'static str {
        Column::ALL.iter().find(|column| self.places[**column as usize] == Some(place)).map_or("", |column| column.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Header, String> {
        Header::read(&line.split(',').map(Cow::Borrowed).collect::<Vec<_>>())
    }

    const REQUIRED: &str =
        "*ContactName,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,*UnitAmount,*AccountCode,*TaxType";

    #[test]
    fn any_order_and_case_with_or_without_asterisks() {
        let header = read(&format!("currency,{}", REQUIRED.to_lowercase().replace('*', ""))).unwrap();
        let row: Vec<Cow<str>> = ["GBP", " Quay Ltd ", "7"].into_iter().map(Cow::Borrowed).collect();
        assert_eq!(header.width, 10);
        assert_eq!(header.field(&row, Column::Currency), "GBP");
        assert_eq!(header.field(&row, Column::ContactName), "Quay Ltd");
        assert_eq!(header.field(&row, Column::TaxType), "", "the row ends before");
        assert_eq!(header.field(&row, Column::Discount), "", "the file does not have it");
        assert_eq!(header.name_at(2), "InvoiceNumber");
        assert!(read(&format!("{REQUIRED},Total,BrandingTheme,SACity,,")).is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refusal = |line: &str| read(line).unwrap_err();
        assert!(refusal(&REQUIRED.replace("*Quantity,", "")).contains("the column Quantity is missing"));
        assert!(refusal("a;b").contains("semicolons"));
        assert!(refusal("ContactName,InvoiceNumber").contains("the columns InvoiceDate, DueDate, Description,"));
        assert!(refusal(&format!("{REQUIRED},Discont")).contains("no column “Discont”"));
        assert!(refusal(&format!("{REQUIRED},quantity")).contains("“quantity” twice"));
    }
}
