//! A sentence of a finding as people read it: with a capital, a full stop, and its values set apart.

use std::fmt;

use askama::filters::HtmlSafe;

/// A text in which values stand between backticks. Writes itself as HTML, escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence(String);

impl Sentence {
    /// Takes a text as the use cases write it: `the role `X` is not …`, with or without a full stop.
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        let mut letters = text.chars();
        let mut sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?', ':']) {
            sentence.push('.');
        }
        Self(sentence)
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<&str> = self.0.split('`').collect();
        // A backtick without its fellow is a character like others.
        let odd = if parts.len().is_multiple_of(2) { parts.pop() } else { None };
        for (index, part) in parts.into_iter().enumerate() {
            if index % 2 == 0 {
                escape(part, formatter)?;
            } else {
                formatter.write_str("<code dir=\"auto\">")?;
                escape(part, formatter)?;
                formatter.write_str("</code>")?;
            }
        }
        match odd {
            Some(rest) => {
                formatter.write_str("`")?;
                escape(rest, formatter)
            }
            None => Ok(()),
        }
    }
}

/// What it writes is escaped already.
impl HtmlSafe for Sentence {}

fn escape(text: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    use fmt::Write as _;
    text.chars().try_for_each(|letter| match letter {
        '<' => formatter.write_str("&lt;"),
        '>' => formatter.write_str("&gt;"),
        '&' => formatter.write_str("&amp;"),
        '"' => formatter.write_str("&quot;"),
        '\'' => formatter.write_str("&#39;"),
        other => formatter.write_char(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_set_apart_and_nothing_gets_through() {
        for (text, html) in [
            ("the role `A` is not `B`", "The role <code dir=\"auto\">A</code> is not <code dir=\"auto\">B</code>."),
            ("`<b>` & co.", "<code dir=\"auto\">&lt;b&gt;</code> &amp; co."),
            ("a lonely ` stays `x` here", "A lonely <code dir=\"auto\"> stays </code>x` here."),
            ("one ` only", "One ` only."),
            ("", ""),
        ] {
            assert_eq!(Sentence::new(text).to_string(), html, "{text}");
        }
    }
}
