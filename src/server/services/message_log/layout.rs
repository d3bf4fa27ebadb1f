//! Laying out what was sent and what came back so that it can be read. Bodies that were cut are no JSON any more, and
//! the order of what is said is part of it: so the text is laid out as it stands, not read and written anew.

/// JSON, or the beginning of it, with a line for each member; what is no JSON stays as it is.
pub fn laid_out(body: &str) -> String {
    if !body.starts_with(['{', '[']) {
        return body.to_owned();
    }
    let mut out = String::with_capacity(body.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let mut rest = body.chars().peekable();
    while let Some(sign) = rest.next() {
        if in_text {
            out.push(sign);
            in_text = escaped || sign != '"';
            escaped = !escaped && sign == '\\';
            continue;
        }
        match sign {
            '"' => {
                in_text = true;
                out.push(sign);
            }
            '{' | '[' => {
                out.push(sign);
                while rest.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                if let Some(end) = rest.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(sign);
            }
            ',' => {
                out.push(sign);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            sign if sign.is_ascii_whitespace() => {}
            sign => out.push(sign),
        }
    }
    out
}

/// Deeper than anything is meant to be read, the indent grows no more: it must not multiply the text.
fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth.min(12)));
}

#[cfg(test)]
mod tests {
    use super::laid_out;
    use proptest::prelude::*;

    #[test]
    fn members_stand_one_below_the_other_in_their_order() {
        let body = r#"{"b":[1,{"a":"x, \"y\": {z}\\"}],"c":{},"d":[ ]}"#;
        let expected =
            "{\n  \"b\": [\n    1,\n    {\n      \"a\": \"x, \\\"y\\\": {z}\\\\\"\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}";
        assert_eq!(laid_out(body), expected);
    }

    #[test]
    fn what_was_cut_and_what_is_no_json_is_shown_as_it_is() {
        assert_eq!(laid_out("{\"a\":\"b… (cut, 20000 bytes in all)"), "{\n  \"a\": \"b… (cut, 20000 bytes in all)");
        assert_eq!(laid_out("Bad gateway, {try} later"), "Bad gateway, {try} later");
        assert_eq!(laid_out(""), "");
    }

    proptest! {
        #[test]
        fn nothing_but_blanks_between_values_changes(text in ".*", numbers in proptest::collection::vec(any::<i32>(), 0..4)) {
            let value = serde_json::json!({ "text": text, "numbers": numbers, "more": { "again": [text] } });
            let read: serde_json::Value = serde_json::from_str(&laid_out(&value.to_string())).unwrap();
            prop_assert_eq!(read, value);
        }
    }
}
