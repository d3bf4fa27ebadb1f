//! What a version changed against the one before it: field by field, and line by line.

use crate::domain::{
    contact::ContactFacts,
    document::{DocumentFacts, Line},
    money::{grouped, minor_digits, scaled},
};
use serde::{Deserialize, Serialize};

/// One thing that is other than before. Nothing before: it was added; nothing after: it was taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// `Due date`, `Lines 1–3, account`.
    pub what: String,
    pub before: String,
    pub after: String,
}

/// Lines beyond which a document's are compared place by place: laying them beside each other takes the product of
/// both numbers.
const MOST_LAID_OUT: usize = 1_000;

fn fields<const N: usize>(fields: [(&str, &str, &str); N]) -> Vec<Change> {
    fields
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(what, before, after)| Change { what: what.into(), before: before.into(), after: after.into() })
        .collect()
}

pub fn contacts(before: &ContactFacts, after: &ContactFacts) -> Vec<Change> {
    let archived = |contact: &ContactFacts| if contact.archived { "archived" } else { "in use" };
    fields([
        ("Name", &before.name, &after.name),
        ("E-mail", &before.email, &after.email),
        ("Address", &before.address, &after.address),
        ("Country", &before.country, &after.country),
        ("State", archived(before), archived(after)),
    ])
}

pub fn documents(before: &DocumentFacts, after: &DocumentFacts) -> Vec<Change> {
    let mut changes = fields([
        ("Kind", before.kind.label(), after.kind.label()),
        ("Number", &before.number, &after.number),
        ("Contact", &before.contact, &after.contact),
        ("Issue date", &before.issue_date, &after.issue_date),
        ("Due date", &before.due_date, &after.due_date),
        ("Reference", &before.reference, &after.reference),
        ("Currency", &before.currency, &after.currency),
    ]);
    let mut of_lines: Vec<LineChange> = Vec::new();
    for pair in beside(&before.lines, &after.lines) {
        match pair {
            (Some((_, old)), Some((place, new))) => {
                for change in line_fields(old, new, &after.currency) {
                    // The same change on many lines is told once.
                    match of_lines.iter_mut().find(|known| known.is(&change)) {
                        Some(known) => known.places.push(place),
                        None => of_lines.push(LineChange { places: vec![place], ..change }),
                    }
                }
            }
            (Some((place, old)), None) => of_lines.push(LineChange::whole(place, in_words(old, &before.currency), String::new())),
            (None, Some((place, new))) => of_lines.push(LineChange::whole(place, String::new(), in_words(new, &after.currency))),
            (None, None) => {}
        }
    }
    changes.extend(of_lines.into_iter().map(Change::from));
    changes
}

/// A change of one or more lines, each named by its place (from 1).
#[derive(Default)]
struct LineChange {
    places: Vec<usize>,
    /// Empty where the line as a whole came or went.
    field: &'static str,
    before: String,
    after: String,
}

impl LineChange {
    fn whole(place: usize, before: String, after: String) -> LineChange {
        LineChange { places: vec![place], field: "", before, after }
    }

    fn is(&self, other: &LineChange) -> bool {
        (self.field, &self.before, &self.after) == (other.field, &other.before, &other.after)
    }
}

impl From<LineChange> for Change {
    fn from(change: LineChange) -> Change {
        let lines = if change.places.len() == 1 { "Line" } else { "Lines" };
        let comma = if change.field.is_empty() { "" } else { ", " };
        let what = format!("{lines} {}{comma}{}", in_ranges(&change.places), change.field);
        Change { what, before: change.before, after: change.after }
    }
}

/// `1–3, 7`; the places come in their order.
fn in_ranges(places: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for place in places {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *place => *last = *place,
            _ => ranges.push((*place, *place)),
        }
    }
    let words = ranges.iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        _ => format!("{first}–{last}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

fn line_fields(old: &Line, new: &Line, currency: &str) -> impl Iterator<Item = LineChange> {
    let number = |value: i64| plain(value, 4);
    let money = |value: i64| grouped(value, currency);
    [
        ("item", old.item_code.clone(), new.item_code.clone()),
        ("description", old.description.clone(), new.description.clone()),
        ("quantity", number(old.quantity_e4), number(new.quantity_e4)),
        ("unit amount", number(old.unit_amount_e4), number(new.unit_amount_e4)),
        ("discount", number(old.discount_e4), number(new.discount_e4)),
        ("account", old.account_code.clone(), new.account_code.clone()),
        ("tax rate", old.tax_type.clone(), new.tax_type.clone()),
        ("tracking", old.tracking.clone(), new.tracking.clone()),
        ("net", money(old.net), money(new.net)),
        ("tax", money(old.tax), money(new.tax)),
    ]
    .into_iter()
    .filter(|(_, before, after)| before != after)
    .map(|(field, before, after)| LineChange { places: Vec::new(), field, before, after })
}

/// A whole line: `Rent, 2 × 850, account 200, net 1,700.00`.
fn in_words(line: &Line, currency: &str) -> String {
    format!(
        "{}, {} × {}, account {}, net {}",
        line.description,
        plain(line.quantity_e4, 4),
        plain(line.unit_amount_e4, 4),
        line.account_code,
        grouped(line.net, currency)
    )
}

/// A number of 10^-digits without noughts at its end: `12.5`.
pub fn plain(value: i64, digits: u32) -> String {
    let text = scaled(value, digits);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// An amount of ten-thousandths with no fewer places than money of its currency has: `850.00`, `0.125`.
pub fn unit_amount(value_e4: i64, currency: &str) -> String {
    let (short, digits) = (plain(value_e4, 4), minor_digits(currency) as usize);
    let places = short.split_once('.').map_or(0, |(_, places)| places.len());
    match digits.saturating_sub(places) {
        0 => short,
        missing if places == 0 => format!("{short}.{}", "0".repeat(missing)),
        missing => short + &"0".repeat(missing),
    }
}

type Placed<'a> = Option<(usize, &'a Line)>;

/// Lays both lists beside each other so that as much as possible is the same, in the order of both.
fn beside<'a>(before: &'a [Line], after: &'a [Line]) -> Vec<(Placed<'a>, Placed<'a>)> {
    let old = |place: usize| before.get(place).map(|line| (place + 1, line));
    let new = |place: usize| after.get(place).map(|line| (place + 1, line));
    let (rows, columns) = (before.len(), after.len());
    if rows == columns && before.iter().zip(after).all(|(old, new)| likeness(old, new) > 1)
        || rows > MOST_LAID_OUT
        || columns > MOST_LAID_OUT
    {
        return (0..rows.max(columns)).map(|place| (old(place), new(place))).collect();
    }
    // best[i][j]: how alike the lines from i and from j on can be made.
    let width = columns + 1;
    let mut best = vec![0u32; (rows + 1) * width];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let paired = best[(i + 1) * width + j + 1] + likeness(&before[i], &after[j]);
            best[i * width + j] = paired.max(best[(i + 1) * width + j]).max(best[i * width + j + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::with_capacity(rows.max(columns));
    while i < rows || j < columns {
        let here = best[i * width + j];
        if i < rows && j < columns && here == best[(i + 1) * width + j + 1] + likeness(&before[i], &after[j]) {
            pairs.push((old(i), new(j)));
            (i, j) = (i + 1, j + 1);
        } else if i < rows && here == best[(i + 1) * width + j] {
            pairs.push((old(i), None));
            i += 1;
        } else {
            pairs.push((None, new(j)));
            j += 1;
        }
    }
    pairs
}

/// How much speaks for two lines being the same one. Any two can be, so that a line in the place of another reads as
/// a change of it.
fn likeness(old: &Line, new: &Line) -> u32 {
    match (old == new, old.item_code == new.item_code && old.description == new.description) {
        (true, _) => 4,
        (false, true) => 3,
        (false, false) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document::DocumentKind;
    use proptest::prelude::*;

    fn line(description: &str, account: &str) -> Line {
        Line {
            description: description.into(),
            account_code: account.into(),
            quantity_e4: 20_000,
            unit_amount_e4: 8_500_000,
            net: 170_000,
            tax: 34_000,
            ..Line::default()
        }
    }

    fn invoice(lines: Vec<Line>) -> DocumentFacts {
        DocumentFacts {
            kind: DocumentKind::SalesInvoice,
            number: "1001".into(),
            contact: "Quay Ltd".into(),
            reference: String::new(),
            issue_date: "2026-01-01".into(),
            due_date: "2026-01-31".into(),
            currency: "GBP".into(),
            lines,
        }
    }

    fn told(before: Vec<Line>, after: Vec<Line>) -> Vec<String> {
        let changes = documents(&invoice(before), &invoice(after));
        changes.into_iter().map(|change| format!("{}: {} → {}", change.what, change.before, change.after)).collect()
    }

    #[test]
    fn fields_are_named_with_both_values() {
        let before = invoice(vec![]);
        let after = DocumentFacts { reference: "May".into(), due_date: "2026-02-28".into(), ..before.clone() };
        let changes = documents(&before, &after);
        let change =
            |what: &str, before: &str, after: &str| Change { what: what.into(), before: before.into(), after: after.into() };
        assert_eq!(changes, [change("Due date", "2026-01-31", "2026-02-28"), change("Reference", "", "May")]);
        let contact = ContactFacts { name: "Quay".into(), ..ContactFacts::default() };
        let archived = ContactFacts { archived: true, ..contact.clone() };
        assert_eq!(contacts(&contact, &archived), [change("State", "in use", "archived")]);
    }

    #[test]
    fn the_same_change_on_many_lines_is_told_once() {
        let old = ["Rent", "Heating", "Water", "Parking"].map(|what| line(what, "200"));
        let mut new = old.clone();
        for place in [0, 1, 3] {
            new[place].account_code = "260".into();
        }
        assert_eq!(told(old.to_vec(), new.to_vec()), ["Lines 1–2, 4, account: 200 → 260"]);
    }

    #[test]
    fn lines_that_came_and_went_are_told_whole_and_the_others_stay_beside_each_other() {
        let [rent, heating, water] = ["Rent", "Heating", "Water"].map(|what| line(what, "200"));
        let words = |what: &str| format!("{what}, 2 × 850, account 200, net 1,700.00");
        let all = vec![rent.clone(), heating.clone(), water.clone()];
        let two = vec![rent.clone(), water.clone()];
        assert_eq!(told(all.clone(), two.clone()), [format!("Line 2: {} → ", words("Heating"))]);
        assert_eq!(told(two, all), [format!("Line 2:  → {}", words("Heating"))]);
        let renamed = vec![line("Rent of May", "200")];
        assert_eq!(told(vec![rent], renamed), ["Line 1, description: Rent → Rent of May"]);
    }

    #[test]
    fn numbers_are_as_long_as_they_need_to_be() {
        assert_eq!([120_000, -5_000, 1, 0].map(|value| plain(value, 4)), ["12", "-0.5", "0.0001", "0"]);
        assert_eq!(
            [8_500_000, 125_000, 1_250, -99_900].map(|value| unit_amount(value, "GBP")),
            ["850.00", "12.50", "0.125", "-9.99"]
        );
        assert_eq!((unit_amount(8_500_000, "JPY"), unit_amount(15_000, "KWD")), ("850".to_owned(), "1.500".to_owned()));
    }

    fn lines() -> impl Strategy<Value = Vec<Line>> {
        prop::collection::vec((0..4u8, 0..3u8).prop_map(|(what, account)| line(&what.to_string(), &account.to_string())), 0..8)
    }

    proptest! {
        #[test]
        fn only_what_is_the_same_has_no_change(before in lines(), after in lines()) {
            prop_assert_eq!(told(before.clone(), after.clone()).is_empty(), before == after);
        }

        #[test]
        fn every_line_has_its_place_once(before in lines(), after in lines()) {
            let pairs = beside(&before, &after);
            let old: Vec<_> = pairs.iter().filter_map(|(old, _)| Some(old.as_ref()?.0)).collect();
            let new: Vec<_> = pairs.iter().filter_map(|(_, new)| Some(new.as_ref()?.0)).collect();
            prop_assert_eq!(old, (1..=before.len()).collect::<Vec<_>>());
            prop_assert_eq!(new, (1..=after.len()).collect::<Vec<_>>());
        }
    }
}
