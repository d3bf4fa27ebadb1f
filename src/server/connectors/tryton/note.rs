//! What a line says that Tryton has no field for is kept in the line's note, in words: the item, and the price as it
//! was agreed where Tryton's own price and quantity cannot say it.
//!
//! ```text
//! Item 84879
//! 12 at 1.69 less 5 %
//! ```

use crate::domain::money::{parse_scaled, scaled};

/// What a note says; all of it may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    pub item_code: String,
    pub price: Option<Price>,
}

/// Quantity, unit amount and discount, in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub quantity_e4: i64,
    pub unit_amount_e4: i64,
    pub discount_e4: i64,
}

const ITEM: &str = "Item ";

impl Note {
    /// `None` where there is nothing to say.
    pub fn write(&self) -> Option<String> {
        let item = (!self.item_code.is_empty()).then(|| format!("{ITEM}{}", self.item_code));
        let price = self.price.map(|price| {
            let [quantity, unit, discount] = [price.quantity_e4, price.unit_amount_e4, price.discount_e4].map(short);
            format!("{quantity} at {unit} less {discount} %")
        });
        let lines: Vec<String> = item.into_iter().chain(price).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// What people wrote beside it says nothing here.
    pub fn read(text: &str) -> Note {
        let mut note = Note::default();
        for line in text.lines() {
            match line.strip_prefix(ITEM) {
                Some(code) => note.item_code = code.to_owned(),
                None => note.price = note.price.or_else(|| read_price(line)),
            }
        }
        note
    }
}

fn read_price(line: &str) -> Option<Price> {
    let (quantity, rest) = line.split_once(" at ")?;
    let (unit, rest) = rest.split_once(" less ")?;
    let discount = rest.strip_suffix(" %")?;
    let number = |text| parse_scaled(text, 4).ok();
    Some(Price { quantity_e4: number(quantity)?, unit_amount_e4: number(unit)?, discount_e4: number(discount)? })
}

/// A number of ten-thousandths without needless noughts.
fn short(value_e4: i64) -> String {
    let text = scaled(value_e4, 4);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn notes_read_as_people_would_write_them() {
        let price = Price { quantity_e4: 120_000, unit_amount_e4: 16_900, discount_e4: 50_000 };
        let note = Note { item_code: "84879".into(), price: Some(price) };
        assert_eq!(note.write().as_deref(), Some("Item 84879\n12 at 1.69 less 5 %"));
        assert_eq!(Note::default().write(), None);
        assert_eq!(Note::read("Delivered late, at noon\nItem 84879"), Note { item_code: "84879".into(), price: None });
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(item in "[A-Z0-9 ]{0,8}[A-Z0-9]", quantity_e4: i32, unit_amount_e4: i32, discount_e4 in 0i64..1_000_000) {
            let price = Price { quantity_e4: quantity_e4.into(), unit_amount_e4: unit_amount_e4.into(), discount_e4 };
            let note = Note { item_code: item, price: Some(price) };
            prop_assert_eq!(Note::read(&note.write().unwrap()), note);
        }
    }
}
