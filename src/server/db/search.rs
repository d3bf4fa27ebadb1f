//! Text that people type, looked for as it stands: `%`, `_` and `\` are characters like any other. The patterns are for
//! `LIKE … ESCAPE '\'`.

/// Finds what holds the text.
pub fn containing(text: &str) -> String {
    format!("%{}%", literal(text))
}

/// Finds what begins with the text.
pub fn beginning(text: &str) -> String {
    format!("{}%", literal(text))
}

/// The patterns, no two the same, of which `LOWER(column)` matches one where it holds the text in whichever case. SQLite's
/// LOWER leaves all but ASCII as it is, and so does Postgres in some locales: what else has two cases is looked for as it
/// was typed, and in either. ASCII takes one pattern.
pub fn in_any_case(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_lowercase(), text.to_ascii_lowercase(), text.to_uppercase().to_ascii_lowercase()];
    forms.sort_unstable();
    forms.dedup();
    forms.iter().map(|form| containing(form)).collect()
}

fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_stands_for_itself() {
        assert_eq!(containing(r"50%_\"), r"%50\%\_\\%");
        assert_eq!(beginning("a_b"), r"a\_b%");
    }

    #[test]
    fn only_what_has_other_cases_is_looked_for_more_than_once() {
        assert_eq!(in_any_case("Archived 200"), ["%archived 200%"]);
        assert_eq!(in_any_case("MÜLLER"), ["%mÜller%", "%müller%"]);
        assert_eq!(in_any_case("Straße"), ["%strasse%", "%straße%"]);
    }
}
