//! An entry as the server sent it: names and values as bytes, looked up without regard to case.

use ldap3::asn1::{PL, StructureTag};

use crate::ber::Malformed;

/// An entry. Values are bytes: a directory holds what it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawEntry {
    dn: Vec<u8>,
    /// With options (`member;range=0-1499`), as the server writes them.
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

/// A value that is wanted as text and is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotUtf8(pub(crate) String);

impl RawEntry {
    /// Reads `SearchResultEntry` (RFC 4511 §4.5.2).
    pub(crate) fn read(tag: StructureTag) -> Result<Self, Malformed> {
        const WRONG: Malformed = Malformed("an entry of an unknown shape");
        let mut parts = constructed(tag).ok_or(WRONG)?.into_iter();
        let dn = parts.next().and_then(primitive).ok_or(WRONG)?;
        let attributes = parts.next().and_then(constructed).ok_or(WRONG)?;
        let attribute = |tag| {
            let mut parts = constructed(tag)?.into_iter();
            let name = String::from_utf8(parts.next().and_then(primitive)?).ok()?;
            let values: Option<Vec<Vec<u8>>> = constructed(parts.next()?)?.into_iter().map(primitive).collect();
            Some((name, values?))
        };
        let attributes: Option<Vec<_>> = attributes.into_iter().map(attribute).collect();
        Ok(Self { dn, attributes: attributes.ok_or(WRONG)? })
    }

    /// Its name.
    pub(crate) fn dn(&self) -> Result<&str, NotUtf8> {
        std::str::from_utf8(&self.dn).map_err(|_| NotUtf8("its name".to_owned()))
    }

    /// Its name for the eye, whatever bytes it has.
    pub(crate) fn shown_dn(&self) -> String {
        String::from_utf8_lossy(&self.dn).into_owned()
    }

    /// The values of an attribute as bytes; none when the entry has not got it.
    pub(crate) fn values(&self, attribute: &str) -> &[Vec<u8>] {
        let found = self.attributes.iter().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        found.map_or(&[], |(_, values)| values)
    }

    /// The values of an attribute out of the entry; it has them no more.
    pub(crate) fn take(&mut self, attribute: &str) -> Vec<Vec<u8>> {
        let found = self.attributes.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(attribute));
        found.map(|(_, values)| std::mem::take(values)).unwrap_or_default()
    }

    /// The first value as text. Empty ones count as absent.
    pub(crate) fn text(&self, attribute: &str) -> Result<Option<&str>, NotUtf8> {
        match self.values(attribute).first() {
            Some(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
                Err(_) => Err(NotUtf8(format!("`{attribute}`"))),
            },
            None => Ok(None),
        }
    }

    /// The first value as a number; nothing for anything else.
    pub(crate) fn number(&self, attribute: &str) -> Option<i64> {
        self.text(attribute).ok().flatten()?.parse().ok()
    }

    /// The values as texts, those that are none left out.
    pub(crate) fn texts(&self, attribute: &str) -> impl Iterator<Item = &str> {
        self.values(attribute).iter().filter_map(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The part of an attribute that Active Directory sent (`member;range=0-1499`): its values, and where the rest begins;
    /// nothing when there is no rest.
    pub(crate) fn take_range(&mut self, attribute: &str) -> Option<(Vec<Vec<u8>>, Option<u32>)> {
        let prefix = format!("{};range=", attribute.to_ascii_lowercase());
        let (name, values) =
            self.attributes.iter_mut().find(|(name, _)| name.to_ascii_lowercase().starts_with(&prefix))?;
        let (_, last) = name.get(prefix.len()..)?.split_once('-')?;
        let next = match last {
            "*" => None,
            last => Some(last.parse::<u32>().ok()?.checked_add(1)?),
        };
        Some((std::mem::take(values), next))
    }
}

fn constructed(tag: StructureTag) -> Option<Vec<StructureTag>> {
    if let PL::C(inner) = tag.payload { Some(inner) } else { None }
}

fn primitive(tag: StructureTag) -> Option<Vec<u8>> {
    if let PL::P(bytes) = tag.payload { Some(bytes) } else { None }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::RawEntry;

    /// An entry with these values.
    pub(crate) fn entry(dn: &str, attributes: &[(&str, &[&[u8]])]) -> RawEntry {
        let attribute = |(name, values): &(&str, &[&[u8]])| {
            ((*name).to_owned(), values.iter().map(|value| value.to_vec()).collect())
        };
        RawEntry { dn: dn.as_bytes().to_vec(), attributes: attributes.iter().map(attribute).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::{sample::entry, *};

    #[test]
    fn attributes_are_found_whatever_their_case() {
        let entry =
            entry("cn=a", &[("givenName", &[b" Ann ", b"A."]), ("mail", &[b""]), ("sn", &[b"\xff"]), ("n", &[b"-7"])]);
        assert_eq!(entry.text("GIVENNAME"), Ok(Some("Ann")));
        assert_eq!(entry.text("mail"), Ok(None));
        assert_eq!(entry.text("cn"), Ok(None));
        assert_eq!(entry.text("sn"), Err(NotUtf8("`sn`".to_owned())));
        assert_eq!(entry.number("n"), Some(-7));
        assert_eq!(entry.texts("givenName").count(), 2);
    }

    #[test]
    fn a_range_says_where_the_rest_begins() {
        let mut first = entry("cn=a", &[("member", &[]), ("member;range=0-1499", &[b"x"])]);
        assert_eq!(first.take_range("member"), Some((vec![b"x".to_vec()], Some(1500))));
        let mut last = entry("cn=a", &[("Member;Range=1500-*", &[b"y"])]);
        assert_eq!(last.take_range("member"), Some((vec![b"y".to_vec()], None)));
        assert_eq!(entry("cn=a", &[("member", &[b"z"])]).take_range("member"), None);
        assert_eq!(entry("cn=a", &[("member;range=0-x", &[b"z"])]).take_range("member"), None);
    }

    #[test]
    fn an_entry_of_another_shape_is_refused() {
        let tag = |payload| StructureTag { class: ldap3::asn1::TagClass::Application, id: 4, payload };
        assert!(RawEntry::read(tag(PL::P(vec![]))).is_err());
        assert!(RawEntry::read(tag(PL::C(vec![]))).is_err());
        assert!(RawEntry::read(tag(PL::C(vec![tag(PL::P(vec![])), tag(PL::C(vec![tag(PL::P(vec![]))]))]))).is_err());
    }
}
