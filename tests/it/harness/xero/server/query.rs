//! The part of Xero's query language that is spoken here: comparisons joined by AND, such as
//! `Type=="ACCREC" AND Date>=DateTime(2020,1,31)`, and `order=UpdatedDateUTC DESC`.

use std::cmp::Ordering;

/// A value of a record or of a query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    Nothing,
    Text(String),
    /// `YYYY-MM-DD`.
    Day(String),
    /// Ten-thousandths.
    Number(i64),
    Flag(bool),
}

impl Term {
    pub fn text(text: &str) -> Term {
        Term::Text(text.to_owned())
    }

    pub fn day(day: &str) -> Term {
        Term::Day(day.to_owned())
    }

    /// Of cents.
    pub fn money(cents: i64) -> Term {
        Term::Number(cents * 100)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct Condition {
    pub field: String,
    operator: &'static str,
    value: Term,
}

const OPERATORS: [&str; 7] = ["==", "!=", ">=", "<=", ">", "<", "="];

impl Condition {
    /// Whether a record's value of the field meets it; `None`: the two cannot be compared.
    pub fn holds(&self, found: &Term) -> Option<bool> {
        if matches!((found, &self.value), (Term::Nothing, _) | (_, Term::Nothing)) {
            let same = *found == self.value;
            return Some(if self.operator == "!=" { !same } else { same });
        }
        if std::mem::discriminant(found) != std::mem::discriminant(&self.value) {
            return None;
        }
        let order = match (found, &self.value) {
            // As the database below compares names.
            (Term::Text(one), Term::Text(other)) if self.field.ends_with("Name") => one.to_lowercase().cmp(&other.to_lowercase()),
            (one, other) => one.cmp(other),
        };
        Some(match self.operator {
            "==" | "=" => order == Ordering::Equal,
            "!=" => order != Ordering::Equal,
            ">=" => order != Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            _ => order == Ordering::Less,
        })
    }
}

/// The conditions of a query; `Err` names the part that is not understood.
pub fn parse(text: &str) -> Result<Vec<Condition>, String> {
    clauses(text).into_iter().map(|clause| condition(clause).ok_or_else(|| clause.to_owned())).collect()
}

/// Where text is outside quotation marks.
fn outside(text: &str) -> Vec<bool> {
    let (mut quoted, mut escaped) = (false, false);
    let mut of_byte = |byte: u8| {
        let is_mark = byte == b'"' && !escaped;
        escaped = byte == b'\\' && quoted && !escaped;
        let outside = !quoted && !is_mark;
        quoted ^= is_mark;
        outside
    };
    text.bytes().map(&mut of_byte).collect()
}

fn clauses(text: &str) -> Vec<&str> {
    let outside = outside(text);
    let (mut clauses, mut start, mut at) = (Vec::new(), 0, 0);
    while at < text.len() {
        let joint = [" AND ", "&&"].into_iter().find(|joint| {
            text.as_bytes()[at..].len() >= joint.len()
                && text.as_bytes()[at..at + joint.len()].eq_ignore_ascii_case(joint.as_bytes())
        });
        match joint.filter(|_| outside[at]) {
            Some(joint) => {
                clauses.push(text[start..at].trim());
                at += joint.len();
                start = at;
            }
            None => at += 1,
        }
    }
    clauses.push(text[start..].trim());
    clauses
}

fn condition(clause: &str) -> Option<Condition> {
    let outside = outside(clause);
    let free = |at: &usize| outside[*at] && clause.is_char_boundary(*at);
    let (at, operator) = (0..clause.len())
        .filter(free)
        .find_map(|at| OPERATORS.into_iter().find(|one| clause[at..].starts_with(one)).map(|one| (at, one)))?;
    let (field, value) = (clause[..at].trim(), clause[at + operator.len()..].trim());
    if field.is_empty() || !field.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '.') {
        return None;
    }
    Some(Condition { field: field.to_owned(), operator, value: term(value)? })
}

fn term(text: &str) -> Option<Term> {
    let call = |name: &str| {
        let start = text.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name))?;
        text[start.len()..].trim().strip_prefix('(')?.strip_suffix(')').map(str::trim)
    };
    if let Some(inside) = quoted(text) {
        return Some(Term::Text(inside));
    }
    if let Some(inside) = call("guid") {
        return quoted(inside).map(|id| Term::Text(id.to_lowercase()));
    }
    if let Some(inside) = call("DateTime.Parse") {
        return super::time::read_day(&quoted(inside)?).map(Term::Day);
    }
    if let Some(inside) = call("DateTime") {
        let parts: Vec<i16> = inside.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
        let [year, month, day] = parts[..] else { return None };
        let date = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        return Some(Term::Day(date.to_string()));
    }
    match text {
        "null" => Some(Term::Nothing),
        "true" | "false" => Some(Term::Flag(text == "true")),
        _ => super::decimal::scaled(&serde_json::from_str(text).ok()?, 4).map(Term::Number),
    }
}

/// What is between quotation marks.
fn quoted(text: &str) -> Option<String> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    let (mut letters, mut read) = (inside.chars(), String::new());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => read.push(letters.next()?),
            '"' => return None,
            letter => read.push(letter),
        }
    }
    Some(read)
}

/// The field to order by, and whether downwards.
pub fn order(text: &str) -> Option<(String, bool)> {
    let mut words = text.split_whitespace();
    let field = words.next()?.to_owned();
    match words.next().map(str::to_uppercase).as_deref() {
        None | Some("ASC") => Some((field, false)),
        Some("DESC") => Some((field, true)),
        _ => None,
    }
}
