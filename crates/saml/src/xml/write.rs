//! A writer whose output *is* exclusive canonical XML 1.0 (<http://www.w3.org/2001/10/xml-exc-c14n#>).
//!
//! Canonicalising at signing time is then the identity, so a response is hashed as it is written. The rules held here:
//! double quotes, no self-closing tags, a namespace declared where it is first visibly used and nowhere else, attributes
//! in order after the declaration, canonical escapes, no declaration, no comment, no white space between elements.
//! Attributes have no namespace of their own: SAML needs none and neither do we.
//!
//! A character that XML 1.0 cannot hold is remembered and refused by [`Writer::take`] and [`Writer::finish`]; nothing
//! is replaced silently.

use super::name::Name;

/// A value holds a character that no XML 1.0 document can hold (§2.2 `Char`), not even escaped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the character `{}` in the value of `{place}` cannot be written in XML; \
     hint: remove it from the profile attribute or setting that the value comes from",
    .character.escape_unicode()
)]
pub struct IllegalCharacter {
    /// The first one that was met.
    pub character: char,
    /// The element or attribute whose value holds it.
    pub place: &'static str,
}

/// An attribute: name (no namespace) and unescaped value.
pub type Attribute<'a> = (&'static str, &'a str);

struct Open {
    name: Name,
    /// Namespaces declared on this element or around it, as bits.
    declared: u8,
}

/// Writes elements one after the other.
pub struct Writer {
    out: String,
    open: Vec<Open>,
    error: Option<IllegalCharacter>,
}

impl Writer {
    /// An empty writer with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { out: String::with_capacity(capacity), open: Vec::with_capacity(8), error: None }
    }

    /// Begins an element. Attributes may come in any order; they are written sorted.
    pub fn open(&mut self, name: Name, attributes: &mut [Attribute<'_>]) {
        let around = self.open.last().map_or(0, |open| open.declared);
        let bit = name.namespace.bit();
        self.out.push('<');
        self.name(name);
        if around & bit == 0 {
            let namespace = name.namespace;
            for piece in [" xmlns:", namespace.prefix(), "=\"", namespace.uri(), "\""] {
                self.out.push_str(piece);
            }
        }
        attributes.sort_unstable_by_key(|attribute| attribute.0);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            self.escape(value, key, attribute_escape);
            self.out.push('"');
        }
        self.out.push('>');
        self.open.push(Open { name, declared: around | bit });
    }

    /// Adds text to the element that is open.
    pub fn text(&mut self, text: &str) {
        let place = self.open.last().map_or("", |open| open.name.local);
        self.escape(text, place, text_escape);
    }

    /// Ends the element that was opened last.
    pub fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.out.push_str("</");
            self.name(open.name);
            self.out.push('>');
        }
    }

    /// A whole element that holds text alone.
    pub fn leaf(&mut self, name: Name, attributes: &mut [Attribute<'_>], text: &str) {
        self.open(name, attributes);
        self.text(text);
        self.close();
    }

    /// What was written since the start or the last `take`; the open elements stay open. The next piece gets room for
    /// `capacity` bytes.
    ///
    /// # Errors
    /// When a value held a character that XML cannot hold.
    pub fn take(&mut self, capacity: usize) -> Result<String, IllegalCharacter> {
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::replace(&mut self.out, String::with_capacity(capacity))),
        }
    }

    /// Ends every open element and gives the text.
    ///
    /// # Errors
    /// When a value held a character that XML cannot hold.
    pub fn finish(mut self) -> Result<String, IllegalCharacter> {
        while !self.open.is_empty() {
            self.close();
        }
        self.take(0)
    }

    fn name(&mut self, name: Name) {
        self.out.push_str(name.namespace.prefix());
        self.out.push(':');
        self.out.push_str(name.local);
    }

    /// Copies runs of ordinary bytes; only the byte that needs an escape is looked at closer.
    fn escape(&mut self, value: &str, place: &'static str, replacement: impl Fn(u8) -> Option<&'static str> + Copy) {
        let is_special = |byte| replacement(byte).is_some() || may_be_illegal(byte);
        let mut rest = value;
        while let Some((plain, tail)) = split_before(rest, is_special) {
            self.out.push_str(plain);
            let mut characters = tail.chars();
            let Some(character) = characters.next() else { break };
            match tail.bytes().next().and_then(replacement) {
                Some(escaped) => self.out.push_str(escaped),
                None if is_legal(character) => self.out.push(character),
                None => {
                    self.error.get_or_insert(IllegalCharacter { character, place });
                }
            }
            rest = characters.as_str();
        }
        self.out.push_str(rest);
    }
}

/// Splits before the first special byte, all of which begin a character. Blocks are searched without a branch per byte,
/// which the compiler turns into vector instructions.
fn split_before(text: &str, is_special: impl Fn(u8) -> bool + Copy) -> Option<(&str, &str)> {
    let block = 32;
    let special_block = text
        .as_bytes()
        .chunks(block)
        .position(|bytes| bytes.iter().fold(false, |any, byte| any | is_special(*byte)))?;
    let ahead = special_block * block;
    let within = text.bytes().skip(ahead).position(is_special)?;
    text.split_at_checked(ahead + within)
}

/// Canonical XML 1.0 §2.3, text nodes.
const fn text_escape(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    }
}

/// Canonical XML 1.0 §2.3, attribute nodes.
const fn attribute_escape(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    }
}

/// Controls, and the first byte of U+F000 to U+FFFF, among which are U+FFFE and U+FFFF.
const fn may_be_illegal(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n')) || byte == 0xef
}

/// XML 1.0 §2.2 `Char`; surrogates cannot occur in a `char`.
pub(crate) const fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::name::{ds, saml2, saml2p};

    #[test]
    fn a_namespace_is_declared_where_it_is_first_used_and_again_in_a_later_branch() {
        let mut writer = Writer::with_capacity(0);
        writer.open(saml2p("Response"), &mut []);
        writer.leaf(saml2("Issuer"), &mut [], "a");
        writer.open(saml2("Assertion"), &mut []);
        writer.leaf(saml2("Issuer"), &mut [], "");
        writer.leaf(ds("X"), &mut [], "");
        assert_eq!(
            writer.finish().unwrap(),
            "<saml2p:Response xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <saml2:Issuer xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">a</saml2:Issuer>\
             <saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml2:Issuer></saml2:Issuer>\
             <ds:X xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"></ds:X></saml2:Assertion></saml2p:Response>"
        );
    }

    #[test]
    fn attributes_are_sorted_and_values_escaped_as_canonical_xml_wants() {
        let mut writer = Writer::with_capacity(0);
        writer.leaf(ds("X"), &mut [("b", "\"<>&'\t\n\r"), ("a", "é😀")], "\"<>&'\t\n\ré😀\u{fffd}");
        let text = writer.finish().unwrap();
        assert!(text.contains(" a=\"é😀\" b=\"&quot;&lt;>&amp;'&#x9;&#xA;&#xD;\">"), "{text}");
        assert!(text.contains(">\"&lt;&gt;&amp;'\t\n&#xD;é😀\u{fffd}<"), "{text}");
    }

    #[test]
    fn a_character_that_xml_cannot_hold_is_refused_and_named() {
        for (character, shown) in [('\0', "\\u{0}"), ('\u{1b}', "\\u{1b}"), ('\u{ffff}', "\\u{ffff}")] {
            let mut writer = Writer::with_capacity(0);
            writer.leaf(saml2("NameID"), &mut [], &format!("ann{character}"));
            let error = writer.finish().unwrap_err();
            assert_eq!(error, IllegalCharacter { character, place: "NameID" });
            assert!(error.to_string().contains(shown) && error.to_string().contains("`NameID`"), "{error}");
        }
    }
}
