//! Reads comma-separated records as RFC 4180 has them. Unlike a forgiving reader it says where a quote never
//! ends and where text follows a closing quote: in a file of money, both mean that rows may have been swallowed.

use std::borrow::Cow;

/// What was found at a place in the text, besides its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where the next record begins.
    pub next: usize,
    /// Line ends from the record's beginning to there.
    pub lines: u64,
    pub fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The text ended inside quotes.
    Unterminated,
    /// In the field of this number: text between a closing quote and the next comma.
    TextAfterQuote(usize),
}

/// Reads the record that begins at byte `at`, and puts its fields in place of what `fields` held. An empty line is
/// a record of one empty field.
pub fn read_record<'a>(text: &'a str, at: usize, fields: &mut Vec<Cow<'a, str>>) -> Record {
    let bytes = text.as_bytes();
    let mut record = Record { next: at, lines: 0, fault: None };
    fields.clear();
    loop {
        let field = match bytes.get(record.next) {
            Some(b'"') => quoted(text, &mut record, fields.len()),
            _ => Cow::Borrowed(plain(text, &mut record.next)),
        };
        fields.push(field);
        match bytes.get(record.next) {
            Some(b',') => record.next += 1,
            Some(_) => {
                record.next += line_end(&bytes[record.next..]).unwrap_or(0);
                record.lines += 1;
                return record;
            }
            None => return record,
        }
    }
}

/// Everything up to the next comma or line end.
fn plain<'a>(text: &'a str, at: &mut usize) -> &'a str {
    let rest = &text[*at..];
    let length = rest.bytes().position(|byte| matches!(byte, b',' | b'\n' | b'\r')).unwrap_or(rest.len());
    *at += length;
    &rest[..length]
}

/// A field that begins with a quote; two quotes inside stand for one.
fn quoted<'a>(text: &'a str, record: &mut Record, number: usize) -> Cow<'a, str> {
    let bytes = text.as_bytes();
    let mut field = Cow::Borrowed("");
    let mut from = record.next + 1;
    let mut at = from;
    loop {
        match bytes.get(at) {
            None => {
                record.fault = Some(Fault::Unterminated);
                break;
            }
            Some(b'"') if bytes.get(at + 1) == Some(&b'"') => {
                field += &text[from..=at];
                at += 2;
                from = at;
            }
            Some(b'"') => break,
            Some(_) => match line_end(&bytes[at..]) {
                Some(length) => {
                    record.lines += 1;
                    at += length;
                }
                None => at += 1,
            },
        }
    }
    field += &text[from..at];
    record.next = (at + 1).min(text.len());
    let after = plain(text, &mut record.next);
    if !after.trim().is_empty() {
        record.fault.get_or_insert(Fault::TextAfterQuote(number));
    }
    field
}

/// The length of the line end the bytes begin with: LF, CR LF, or the lone CR of old spreadsheets.
fn line_end(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\r', b'\n', ..] => Some(2),
        [b'\r' | b'\n', ..] => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every record with the line it begins on.
    fn read(text: &str) -> Vec<(u64, Vec<String>, Option<Fault>)> {
        let (mut at, mut line, mut fields, mut records) = (0, 1, Vec::new(), Vec::new());
        while at < text.len() {
            let record = read_record(text, at, &mut fields);
            records.push((line, fields.iter().map(|field| field.to_string()).collect(), record.fault));
            assert!(record.next > at, "reading goes on");
            (at, line) = (record.next, line + record.lines);
        }
        records
    }

    fn fields(text: &str) -> Vec<Vec<String>> {
        read(text).into_iter().map(|(_, fields, _)| fields).collect()
    }

    #[test]
    fn quotes_commas_and_line_ends() {
        assert_eq!(fields("a,b\r\nc,d"), [["a", "b"], ["c", "d"]]);
        assert_eq!(fields("a,\n,\n"), [["a", ""], ["", ""]]);
        assert_eq!(fields("\"a \"\"b\"\"\",\"c,\r\nd\",\"\"\re"), [vec!["a \"b\"", "c,\r\nd", ""], vec!["e"]]);
        assert_eq!(fields("7\" frame,6\"\n"), [["7\" frame", "6\""]]);
        assert_eq!(fields("\"a\" ,b\n\nc"), [vec!["a", "b"], vec![""], vec!["c"]]);
    }

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        let lines: Vec<u64> = read("a\r\n\"b\r\nb\"\n\n\"c\nc\rc\"\rd").iter().map(|(line, ..)| *line).collect();
        assert_eq!(lines, [1, 2, 4, 5, 8]);
    }

    #[test]
    fn faults_are_told() {
        assert_eq!(read("a,\"b\nc")[0].2, Some(Fault::Unterminated));
        assert_eq!(read("a,\"b\"c,d")[0], (1, vec!["a".into(), "b".into(), "d".into()], Some(Fault::TextAfterQuote(1))));
        assert_eq!(read("\"")[0].2, Some(Fault::Unterminated));
        assert_eq!(read("\"\"")[0].2, None);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(rows in prop::collection::vec(prop::collection::vec("[a-c\",\r\n ]{0,6}", 2..5), 1..6)) {
            let text: String = rows.iter().map(|row| {
                let quoted: Vec<String> = row.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
                quoted.join(",") + "\r\n"
            }).collect();
            prop_assert_eq!(fields(&text), rows);
        }

        #[test]
        fn anything_is_read_to_its_end(text in "[a\",\r\né]{0,40}") {
            read(&text);
        }
    }
}
