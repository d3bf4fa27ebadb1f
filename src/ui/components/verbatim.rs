//! Text for the few places that Leptos writes into a page as it stands: a window's title, and what is in a `textarea`. Both
//! hold names and texts that come from outside.

/// The text as HTML.
pub fn as_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::as_html;

    #[test]
    fn nothing_ends_before_it_should() {
        assert_eq!(as_html("A & B</title><script>&lt;"), "A &amp; B&lt;/title>&lt;script>&amp;lt;");
    }
}
