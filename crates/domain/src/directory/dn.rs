//! Distinguished names by the rule of RFC 4514: read, compared and written as values, never split at commas.
//!
//! Names of role groups hold `#`, `,` and `+`, and servers escape them each in their own way (`\#`, `\2C`, `\,`). What is
//! kept of a value is the value itself; [`Dn::key`] is the one way in which two names are compared: types in lower case,
//! values without regard to case and to how many spaces lie between words (`caseIgnoreMatch`), the parts of a multi-valued
//! RDN in one order.

use std::fmt::{self, Write as _};

use super::EntryKey;

/// The longest name that is read, in bytes.
const LONGEST: usize = 16_384;
/// What has to be escaped wherever it stands in a value.
const SPECIAL: [char; 8] = ['"', '+', ',', ';', '<', '=', '>', '\\'];

/// A distinguished name; the empty one is the root.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dn(Vec<Rdn>);

/// One level of a name: nearly always one type and value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rdn(Vec<(String, RdnValue)>);

/// The value of a type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RdnValue {
    /// Characters, nothing escaped.
    Text(String),
    /// Anything else, as BER (`#04024869`) or as bytes that are no UTF-8.
    Bytes(Vec<u8>),
}

/// A text that is not a distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{dn}` is not a distinguished name: {what}")]
pub struct DnError {
    /// The text, cut to 200 characters.
    pub dn: String,
    /// What is wrong and where.
    pub what: String,
}

impl Dn {
    /// Reads a name; spaces around `,`, `+` and `=` are taken as people write them.
    ///
    /// # Errors
    /// When it does not follow RFC 4514, or is longer than 16 KiB.
    pub fn parse(text: &str) -> Result<Self, DnError> {
        let error = |what: String| DnError { dn: text.chars().take(200).collect(), what };
        if text.len() > LONGEST {
            return Err(error(format!("it is longer than {LONGEST} bytes")));
        }
        let mut rest = text.trim_start_matches(' ');
        let mut rdns = Vec::new();
        if rest.is_empty() {
            return Ok(Self(rdns));
        }
        loop {
            let mut parts = Vec::new();
            let end = loop {
                let (kind, after) = read_type(rest).map_err(error)?;
                let (value, after) = read_value(after).map_err(error)?;
                parts.push((kind, value));
                let mut characters = after.chars();
                let separator = characters.next();
                rest = characters.as_str();
                if separator != Some('+') {
                    break separator;
                }
            };
            rdns.push(Rdn(parts));
            if end.is_none() {
                return Ok(Self(rdns));
            }
        }
    }

    /// The key by which entries are found and compared: equal for every way to write the same name.
    pub fn key(&self) -> EntryKey {
        let mut key = String::from("dn:");
        for (place, rdn) in self.0.iter().enumerate() {
            if place > 0 {
                key.push(',');
            }
            let mut parts: Vec<String> = rdn.0.iter().map(folded).collect();
            parts.sort_unstable();
            key.push_str(&parts.join("+"));
        }
        EntryKey(key)
    }

    /// The name above; none above the root.
    pub fn parent(&self) -> Option<Self> {
        self.0.split_first().map(|(_, above)| Self(above.to_vec()))
    }

    /// This name below another: `cn=value,…`.
    #[must_use]
    pub fn child(&self, kind: &str, value: &str) -> Self {
        let first = Rdn(vec![(kind.to_owned(), RdnValue::Text(value.to_owned()))]);
        Self(std::iter::once(first).chain(self.0.iter().cloned()).collect())
    }

    /// Whether it is `base`, or lies below it at any depth.
    pub fn is_within(&self, base: &Self) -> bool {
        let Some(depth) = self.0.len().checked_sub(base.0.len()) else { return false };
        self.0.get(depth..).is_some_and(|tail| Self(tail.to_vec()).key() == base.key())
    }

    /// The first value of the lowest level, where it is text: `Admins` of `cn=Admins,dc=example`.
    pub fn leaf(&self) -> Option<&str> {
        match self.0.first()?.0.first()? {
            (_, RdnValue::Text(text)) => Some(text),
            (_, RdnValue::Bytes(_)) => None,
        }
    }

    /// How many levels it has.
    pub fn depth(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, rdn) in self.0.iter().enumerate() {
            if place > 0 {
                formatter.write_str(",")?;
            }
            for (place, (kind, value)) in rdn.0.iter().enumerate() {
                let plus = if place > 0 { "+" } else { "" };
                write!(formatter, "{plus}{kind}={}", written(value))?;
            }
        }
        Ok(())
    }
}

impl EntryKey {
    /// The key of an entry by its name. A text that is no name gets a key too, which nothing else has.
    pub fn of_dn(dn: &str) -> Self {
        if let Some(plain) = plain_key(dn) {
            return plain;
        }
        Dn::parse(dn).map_or_else(|_| Self(format!("dn:?{}", dn.to_lowercase())), |dn| dn.key())
    }

    /// The key of a person by the name that `memberUid` lists.
    pub fn of_uid(uid: &str) -> Self {
        Self(format!("uid:{}", uid.trim().to_lowercase()))
    }
}

/// The key of a name without anything in it that can be written in two ways but case: nearly every name, hundreds of
/// thousands of members in one import. Of any other none, and [`Dn`] reads it.
fn plain_key(dn: &str) -> Option<EntryKey> {
    if dn.len() > LONGEST {
        return None;
    }
    let mut key = String::with_capacity(dn.len() + 3);
    key.push_str("dn:");
    for (place, rdn) in dn.split(',').enumerate() {
        let (kind, value) = rdn.split_once('=')?;
        if kind.is_empty() || !kind.bytes().all(|byte| byte.is_ascii_alphanumeric()) || !is_plain(value) {
            return None;
        }
        if place > 0 {
            key.push(',');
        }
        let begin = key.len();
        key.push_str(kind);
        key.get_mut(begin..)?.make_ascii_lowercase();
        if let Some(short) = short_type(key.get(begin..)?) {
            key.truncate(begin);
            key.push_str(short);
        }
        let begin = key.len();
        key.push('=');
        key.push_str(value);
        key.get_mut(begin..)?.make_ascii_lowercase();
    }
    Some(EntryKey(key))
}

/// Whether a value is ASCII with nothing to escape, and no blanks but single ones between words.
fn is_plain(value: &str) -> bool {
    let mut before = b' ';
    for byte in value.bytes() {
        let is_plain = match byte {
            b' ' => before != b' ',
            b'#' => before != b' ' || !value.starts_with('#'),
            b'"' | b'+' | b';' | b'<' | b'=' | b'>' | b'\\' => false,
            _ => byte.is_ascii_graphic(),
        };
        if !is_plain {
            return false;
        }
        before = byte;
    }
    value.is_empty() || before != b' '
}

/// A text as the value of an RDN, with every character escaped that must be.
pub fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 4);
    let last = value.chars().count().saturating_sub(1);
    for (place, character) in value.chars().enumerate() {
        let is_edge = (place == 0 && matches!(character, ' ' | '#')) || (place == last && character == ' ');
        if is_edge || SPECIAL.contains(&character) {
            escaped.push('\\');
            escaped.push(character);
        } else if character.is_control() {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                push_hex(&mut escaped, byte);
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

fn push_hex(text: &mut String, byte: u8) {
    // Writing to a text cannot fail.
    let _ = write!(text, "\\{byte:02X}");
}

fn written(value: &RdnValue) -> String {
    match value {
        RdnValue::Text(text) => escape(text),
        RdnValue::Bytes(bytes) => bytes.iter().fold(String::from("#"), |mut text, byte| {
            let _ = write!(text, "{byte:02X}");
            text
        }),
    }
}

/// The short name of a type that has several, from lower case.
fn short_type(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "2.5.4.3" | "commonname" => "cn",
        "2.5.4.11" => "ou",
        "2.5.4.10" => "o",
        "0.9.2342.19200300.100.1.1" | "userid" => "uid",
        "0.9.2342.19200300.100.1.25" => "dc",
        _ => return None,
    })
}

/// One type and value for comparison.
fn folded((kind, value): &(String, RdnValue)) -> String {
    let kind = kind.to_ascii_lowercase();
    let kind = short_type(&kind).unwrap_or(&kind);
    match value {
        RdnValue::Text(text) => {
            let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
            format!("{kind}={}", escape(&words.join(" ").to_lowercase()))
        }
        bytes @ RdnValue::Bytes(_) => format!("{kind}={}", written(bytes)),
    }
}

/// `cn` of ` cn = value`, and what follows the `=`.
fn read_type(text: &str) -> Result<(String, &str), String> {
    let (kind, rest) = text.split_once('=').ok_or_else(|| format!("`{}` has no `=`", shortened(text)))?;
    let kind = kind.trim_matches(' ');
    let starts_well = kind.starts_with(|first: char| first.is_ascii_alphanumeric());
    let is_type =
        kind.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_'));
    if starts_well && is_type {
        Ok((kind.to_owned(), rest.trim_start_matches(' ')))
    } else {
        Err(format!("`{}` is not the name of an attribute", shortened(kind)))
    }
}

/// A value up to an unescaped `,` or `+`, which stays in the rest.
fn read_value(text: &str) -> Result<(RdnValue, &str), String> {
    if let Some(hex) = text.strip_prefix('#') {
        return read_hex(hex);
    }
    let mut bytes = Vec::new();
    // Trailing spaces count when they are escaped.
    let mut kept = 0;
    let mut characters = text.char_indices();
    let mut rest = "";
    while let Some((place, character)) = characters.next() {
        match character {
            ',' | '+' => {
                rest = text.get(place..).unwrap_or_default();
                break;
            }
            '\\' => {
                read_escape(&mut characters, &mut bytes)?;
                kept = bytes.len();
            }
            '"' | ';' | '<' | '>' | '\0' => {
                return Err(format!("`{character}` must be written `\\{:02X}`", u32::from(character)));
            }
            _ => {
                let mut buffer = [0; 4];
                bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
                if character != ' ' {
                    kept = bytes.len();
                }
            }
        }
    }
    bytes.truncate(kept);
    let value = String::from_utf8(bytes).map_or_else(|error| RdnValue::Bytes(error.into_bytes()), RdnValue::Text);
    Ok((value, rest))
}

/// What follows a backslash: two hexadecimal digits, or a character that needs it.
fn read_escape(characters: &mut std::str::CharIndices<'_>, bytes: &mut Vec<u8>) -> Result<(), String> {
    let Some((_, first)) = characters.next() else { return Err("it ends in a single backslash".to_owned()) };
    if let Some(high) = first.to_digit(16) {
        let low = characters.next().and_then(|(_, second)| second.to_digit(16));
        let byte = low.and_then(|low| u8::try_from(high * 16 + low).ok());
        bytes.push(
            byte.ok_or_else(|| format!("`\\{first}` is half of a byte: two hexadecimal digits follow a backslash"))?,
        );
        return Ok(());
    }
    if SPECIAL.contains(&first) || matches!(first, ' ' | '#') {
        let mut buffer = [0; 4];
        bytes.extend_from_slice(first.encode_utf8(&mut buffer).as_bytes());
        Ok(())
    } else {
        Err(format!("`\\{first}` is not an escape"))
    }
}

/// `#` and the digits of a BER value; a string in it is text.
fn read_hex(text: &str) -> Result<(RdnValue, &str), String> {
    let end = text.find([',', '+']).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let digits: Vec<u32> = digits.trim_end_matches(' ').chars().filter_map(|digit| digit.to_digit(16)).collect();
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .filter_map(|pair| pair.iter().copied().reduce(|high, low| high * 16 + low))
        .filter_map(|byte| u8::try_from(byte).ok())
        .collect();
    if bytes.is_empty() || bytes.len() * 2 != text.get(..end).unwrap_or_default().trim_end_matches(' ').len() {
        return Err(format!("`#{}` is not made of pairs of hexadecimal digits", shortened(text)));
    }
    // OCTET STRING, UTF8String, PrintableString, IA5String with a short length.
    let value = match bytes.split_first_chunk::<2>() {
        Some(([4 | 12 | 19 | 22, length], content)) if usize::from(*length) == content.len() && *length < 128 => {
            std::str::from_utf8(content).ok().map(|text| RdnValue::Text(text.to_owned()))
        }
        _ => None,
    };
    Ok((value.unwrap_or(RdnValue::Bytes(bytes)), rest))
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(dn: &str) -> String {
        Dn::parse(dn).unwrap().key().0
    }

    #[test]
    fn every_way_to_write_a_name_has_one_key() {
        let role = key("cn=aws#prod#Admin#123456789012,ou=groups,dc=example,dc=com");
        for same in [
            r"CN=aws\#prod\#Admin\#123456789012,OU=Groups,DC=Example,DC=COM",
            r"cn=aws\23prod\23admin\23123456789012, ou = groups, dc=example,dc=com",
            r"2.5.4.3=aws#prod#Admin#123456789012,2.5.4.11=groups,dc=example,dc=com",
            "commonName=AWS#prod#Admin#123456789012 ,ou=groups ,dc=example,dc=com ",
        ] {
            assert_eq!(key(same), role, "{same}");
        }
        assert_eq!(key(r"cn=Doe\, Jane,dc=x"), key(r"cn=doe\2C  jane,dc=x"));
        assert_eq!(key("uid=a+ou=b,dc=x"), key("OU=b + UID=a,dc=x"));
        assert_eq!(key("cn=#04024869,dc=x"), key("cn=Hi,dc=x"));
        assert_eq!(key("cn=Jos\\C3\\A9,dc=x"), key("cn=josé,dc=x"));
    }

    #[test]
    fn names_that_differ_have_different_keys() {
        assert_ne!(key(r"cn=a\,ou=b,dc=x"), key("cn=a,ou=b,dc=x"));
        assert_ne!(key(r"cn=a\+b=c,dc=x"), key("cn=a+b=c,dc=x"));
        assert_ne!(key(r"cn=\#0402,dc=x"), key("cn=#0502,dc=x"));
        assert_ne!(key("cn=ab,dc=x"), key("cn=a b,dc=x"));
    }

    #[test]
    fn a_text_that_is_no_name_is_refused_with_the_place() {
        for (text, what) in [
            ("Users", "no `=`"),
            ("cn=a,", "no `=`"),
            ("=a", "not the name of an attribute"),
            ("cn=a\\", "single backslash"),
            ("cn=a\\zz", "not an escape"),
            ("cn=a\\4", "half of a byte"),
            ("cn=a;ou=b", "must be written `\\3B`"),
            ("cn=#0", "pairs of hexadecimal digits"),
            ("cn=#0g", "pairs of hexadecimal digits"),
        ] {
            let error = Dn::parse(text).unwrap_err().to_string();
            assert!(error.contains(what), "{text}: {error}");
        }
        assert!(Dn::parse(&format!("cn={}", "a".repeat(LONGEST))).is_err());
    }

    #[test]
    fn a_name_lies_within_its_base_at_any_depth() {
        let base = Dn::parse("ou=People,dc=example,dc=com").unwrap();
        let person = Dn::parse(r"uid=a,ou=x\,y,OU=people,dc=example,dc=com").unwrap();
        assert!(person.is_within(&base) && base.is_within(&base));
        assert!(!Dn::parse(r"uid=a\,ou=people,dc=example,dc=com").unwrap().is_within(&base));
        assert!(!base.parent().unwrap().is_within(&base));
        assert_eq!(Dn::parse("").unwrap().parent(), None);
        assert_eq!(person.leaf(), Some("a"));
    }

    #[test]
    fn text_that_is_no_name_has_a_key_that_no_name_has() {
        assert_eq!(EntryKey::of_dn("Users"), EntryKey("dn:?users".to_owned()));
        assert_eq!(EntryKey::of_uid(" JDoe"), EntryKey("uid:jdoe".to_owned()));
    }

    #[test]
    fn plain_names_need_no_reading() {
        for plain in ["uid=Ann,OU=People,dc=example,dc=com", "commonName=aws#prod#Admin #1,dc=x", "cn=,dc=x"] {
            assert_eq!(plain_key(plain).map(|key| key.0), Some(key(plain)), "{plain}");
        }
        for other in ["", "cn", "cn=a,", "cn=#0402,dc=x", "cn= a,dc=x", "cn=a ,dc=x", "cn=a  b", "cn=é", "2.5.4.3=a"] {
            assert_eq!(plain_key(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_plain_name_has_the_key_that_reading_it_gives(
            text in "((cn|OU|userId|x) ?=[aZ #é+;\\\\=@._-]{0,6}(,|\\+|))([cC][nN]=[aB #]{0,4},?){0,3}",
        ) {
            if let Some(key) = plain_key(&text) {
                prop_assert_eq!(Dn::parse(&text).map(|dn| dn.key()), Ok(key));
            }
        }

        #[test]
        fn any_value_survives_writing_and_reading(values in proptest::collection::vec("\\PC{1,12}|[ #+,\\\\;\"<>=\u{0}a]{1,6}", 1..4)) {
            let name = values.iter().fold(Dn::parse("dc=x").unwrap(), |name, value| name.child("cn", value));
            let back = Dn::parse(&name.to_string()).unwrap();
            prop_assert_eq!(&back, &name);
            prop_assert_eq!(back.key(), name.key());
        }

        #[test]
        fn reading_never_panics_and_the_key_is_a_fixed_point(text in "\\PC{0,40}|(cn|ou)=[a #+,\\\\;0-9A-F=]{0,20}") {
            if let Ok(name) = Dn::parse(&text) {
                let key = name.key().0;
                let again = Dn::parse(key.trim_start_matches("dn:")).unwrap();
                prop_assert_eq!(again.key().0, key);
            }
        }
    }
}
