//! A trust policy as `ListRoles` sends it: JSON, percent-encoded by RFC 3986. A `+` stands for itself, unlike in a form.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The JSON text; the text as it came when it is not well-formed percent-encoding of UTF-8, so that the role stays
/// visible and its policy is reported as unparsable instead of the role being lost.
pub(crate) fn decode(text: &str) -> String {
    if is_percent_encoding(text) {
        percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Cow::into_owned)
    } else {
        text.to_owned()
    }
}

/// Whether two hexadecimal digits follow every `%`.
fn is_percent_encoding(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let mut bytes = rest.bytes();
        bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit())
            && bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_and_a_plus_stays_a_plus() {
        assert_eq!(decode("%7B%22a%22%3A%20%22b+c%22%7D"), r#"{"a": "b+c"}"#);
        assert_eq!(decode("%e2%82%ac%F0%9F%98%80"), "€😀");
        assert_eq!(decode(r#"{"already": "plain"}"#), r#"{"already": "plain"}"#);
    }

    #[test]
    fn what_is_not_percent_encoding_stays_as_it_came() {
        for raw in ["%7B%zz", "%", "100%", "%4", "%C3%28", "%7B%C3"] {
            assert_eq!(decode(raw), raw);
        }
    }
}
