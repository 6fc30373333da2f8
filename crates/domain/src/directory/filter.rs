//! Search filters by RFC 4515: what an administrator enters is checked before it is kept, and what comes from a login is
//! escaped, so that it can only ever be a value.

use std::fmt::Write as _;

/// The longest filter, in bytes.
const LONGEST: usize = 8_192;
/// The deepest nesting.
const DEEPEST: usize = 32;

/// A text that is not a filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the filter is wrong at character {at}: {what}")]
pub struct FilterError {
    /// Counted from 1.
    pub at: usize,
    /// What is wrong there.
    pub what: String,
}

/// A value as part of a filter: whatever it holds, it stays a value.
pub fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 4);
    for character in value.chars() {
        match character {
            '*' | '(' | ')' | '\\' | '\0' => push_byte(&mut escaped, u32::from(character)),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Bytes as part of a filter, each as `\xx`.
pub fn escape_bytes(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 3), |mut escaped, byte| {
        push_byte(&mut escaped, u32::from(*byte));
        escaped
    })
}

fn push_byte(text: &mut String, byte: u32) {
    // Writing to a text cannot fail.
    let _ = write!(text, "\\{byte:02x}");
}

/// Checks a filter: `(objectClass=person)`, `(&(…)(!(…)))`, substrings, `>=`, `<=`, `~=`, matching rules.
///
/// # Errors
/// Where it stops to be one, or when it is longer than 8 KiB or nested deeper than 32.
pub fn check(filter: &str) -> Result<(), FilterError> {
    let mut reader = Reader { text: filter, at: 0 };
    if filter.len() > LONGEST {
        return Err(FilterError { at: LONGEST, what: format!("it is longer than {LONGEST} bytes") });
    }
    reader.filter(0)?;
    if reader.peek().is_some() {
        return Err(reader.error("nothing may follow the closing parenthesis; join filters with `(&(…)(…))`"));
    }
    Ok(())
}

struct Reader<'text> {
    text: &'text str,
    /// In bytes.
    at: usize,
}

impl<'text> Reader<'text> {
    fn rest(&self) -> &'text str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error(&self, what: &str) -> FilterError {
        let before = self.text.get(..self.at).unwrap_or_default();
        FilterError { at: before.chars().count() + 1, what: what.to_owned() }
    }

    fn take(&mut self, expected: char, otherwise: &str) -> Result<(), FilterError> {
        if self.peek() != Some(expected) {
            return Err(self.error(otherwise));
        }
        self.at += expected.len_utf8();
        Ok(())
    }

    fn filter(&mut self, depth: usize) -> Result<(), FilterError> {
        if depth > DEEPEST {
            return Err(self.error(&format!("it is nested deeper than {DEEPEST}")));
        }
        self.take('(', "a filter begins with `(`")?;
        match self.peek() {
            Some('&' | '|') => {
                self.at += 1;
                if self.peek() != Some('(') {
                    return Err(self.error("`&` and `|` are followed by at least one filter in parentheses"));
                }
                while self.peek() == Some('(') {
                    self.filter(depth + 1)?;
                }
            }
            Some('!') => {
                self.at += 1;
                self.filter(depth + 1)?;
            }
            _ => self.item()?,
        }
        self.take(')', "a `)` is missing here; a parenthesis in a value is written `\\28` or `\\29`")
    }

    /// `attribute=value` and its like.
    fn item(&mut self) -> Result<(), FilterError> {
        let name_end = self.rest().find(['=', '(', ')', '*', '\\']).unwrap_or(self.rest().len());
        let name = self.rest().get(..name_end).unwrap_or_default();
        if !self.rest().get(name_end..).unwrap_or_default().starts_with('=') {
            return Err(self.error("`attribute=value` is expected here"));
        }
        let described = name.strip_suffix(['>', '<', '~']).unwrap_or(name);
        let is_extensible = described.ends_with(':');
        let parts: Vec<&str> = described.trim_end_matches(':').split(':').collect();
        let is_named = |(place, part): (usize, &&str)| {
            // `:dn:rule:=value` names no attribute.
            (place == 0 && part.is_empty() && is_extensible && parts.len() > 1) || is_description(part)
        };
        if !parts.iter().enumerate().all(is_named) || (parts.len() > 1 && !is_extensible) || parts.len() > 3 {
            let shown: String = name.chars().take(40).collect();
            return Err(self.error(&format!("`{shown}` is not the name of an attribute")));
        }
        let takes_stars = described == name && !is_extensible;
        self.at += name_end + 1;
        self.value(takes_stars)
    }

    fn value(&mut self, takes_stars: bool) -> Result<(), FilterError> {
        let mut previous_star = false;
        while let Some(character) = self.peek() {
            match character {
                '(' | ')' => return Ok(()),
                '*' if !takes_stars || previous_star => {
                    return Err(self.error("a `*` cannot stand here; one that is meant as such is written `\\2a`"));
                }
                '\\' => {
                    let is_byte =
                        self.rest().get(1..3).is_some_and(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()));
                    if !is_byte {
                        return Err(self.error("two hexadecimal digits follow a backslash"));
                    }
                    self.at += 2;
                }
                '\0' => return Err(self.error("a NUL is written `\\00`")),
                _ => {}
            }
            previous_star = character == '*';
            self.at += character.len_utf8();
        }
        Ok(())
    }
}

/// `cn`, `2.5.4.3`, `cn;lang-de`.
fn is_description(text: &str) -> bool {
    let mut characters = text.chars();
    let starts_well = characters.next().is_some_and(|first| first.is_ascii_alphanumeric());
    starts_well
        && characters.all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | ';' | '_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn filters_as_administrators_write_them_are_taken() {
        for filter in [
            "(objectClass=inetOrgPerson)",
            "(&(objectCategory=person)(objectClass=user)(sAMAccountType=805306368))",
            "(&(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))",
            "(|(cn=aws#*)(cn=a*b*c)(cn=*))",
            "(memberOf=CN=Doe\\2c Jane,OU=x,DC=y)",
            "(cn:dn:caseExactMatch:=x)",
            "(:dn:2.4.6.8.10:=Dino)",
            "(uid>=5)",
            "(uid<=5)",
            "(cn~=jon)",
            "(cn;lang-de=Straße)",
            "(cn=)",
        ] {
            assert_eq!(check(filter), Ok(()), "{filter}");
        }
    }

    #[test]
    fn what_is_no_filter_is_refused_with_the_place() {
        for (filter, at, what) in [
            ("", 1, "begins with `(`"),
            ("objectClass=*", 1, "begins with `(`"),
            ("(objectClass=user", 18, "`)` is missing"),
            ("(cn=a)(cn=b)", 7, "nothing may follow"),
            ("(&)", 3, "at least one filter"),
            ("(&(a=b)(c)", 9, "`attribute=value` is expected"),
            ("(!a=b)", 3, "begins with `(`"),
            ("(=x)", 2, "not the name of an attribute"),
            ("(c n=x)", 2, "not the name of an attribute"),
            ("(cn=a**b)", 7, "`*` cannot stand"),
            ("(cn>=a*)", 7, "`*` cannot stand"),
            ("(cn=a\\g0)", 6, "two hexadecimal digits"),
            ("(cn=a(b)", 6, "`)` is missing"),
        ] {
            let error = check(filter).unwrap_err();
            assert_eq!(error.at, at, "{filter}: {error}");
            assert!(error.what.contains(what), "{filter}: {error}");
        }
        let deep = format!("{}(a=b){}", "(!".repeat(40), ")".repeat(40));
        assert!(check(&deep).unwrap_err().what.contains("nested"));
        assert!(check(&format!("(a={})", "x".repeat(LONGEST))).is_err());
    }

    #[test]
    fn bytes_are_written_one_by_one() {
        assert_eq!(escape_bytes(&[0x00, 0x7f, 0xff]), "\\00\\7f\\ff");
        assert_eq!(escape("*)(uid=*\\\0"), "\\2a\\29\\28uid=\\2a\\5c\\00");
    }

    proptest! {
        #[test]
        fn whatever_somebody_types_stays_one_value(login in "\\PC{0,30}|[()*\\\\|&!=\u{0}a]{0,12}") {
            let filter = format!("(&(objectClass=person)(mail={}))", escape(&login));
            prop_assert_eq!(check(&filter), Ok(()));
            let value = filter.strip_prefix("(&(objectClass=person)(mail=").and_then(|rest| rest.strip_suffix("))")).unwrap();
            prop_assert!(!value.contains(['(', ')', '*', '\0']));
        }

        #[test]
        fn checking_never_panics(text in "\\PC{0,60}|[(&|!)=*\\\\a:.<>~]{0,30}") {
            let _ = check(&text);
        }
    }
}
