//! BER as LDAP uses it (RFC 4511 §5.1), read from slices without copying and without recursion: definite lengths, tag
//! numbers below 31. Whatever else comes is refused.

/// The deepest nesting of a message; an entry has six.
const DEEPEST: usize = 16;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
const CONSTRUCTED: u8 = 0x20;

/// Not BER, or not the shape that was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// One value: its identifier octet and content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value<'bytes> {
    pub(crate) tag: u8,
    pub(crate) content: &'bytes [u8],
}

impl<'bytes> Value<'bytes> {
    /// The values inside.
    pub(crate) fn inner(self) -> Result<Reader<'bytes>, Malformed> {
        if self.tag & CONSTRUCTED == 0 { Err(Malformed("a structure is expected")) } else { Ok(Reader(self.content)) }
    }

    /// A small number that is not negative.
    pub(crate) fn number(self) -> Result<u32, Malformed> {
        match self.content {
            [] => Err(Malformed("a number without digits")),
            [first, ..] if *first >= 0x80 => Err(Malformed("a number below zero")),
            bytes if bytes.len() <= 4 => Ok(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))),
            _ => Err(Malformed("a number of more than 32 bits")),
        }
    }

    pub(crate) fn text(self) -> Result<&'bytes str, Malformed> {
        std::str::from_utf8(self.content).map_err(|_| Malformed("a text that is not UTF-8"))
    }

    pub(crate) fn is_true(self) -> bool {
        self.content.first().is_some_and(|byte| *byte != 0)
    }
}

/// Values one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'bytes>(pub(crate) &'bytes [u8]);

impl<'bytes> Reader<'bytes> {
    /// The next value; nothing at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Value<'bytes>>, Malformed> {
        let Some(tag) = self.0.first().copied() else { return Ok(None) };
        let Some((header, length)) = header(self.0)? else { return Err(Malformed("a value breaks off")) };
        let (content, rest) = self
            .0
            .get(header..)
            .and_then(|after| after.split_at_checked(length))
            .ok_or(Malformed("a value is longer than what holds it"))?;
        self.0 = rest;
        Ok(Some(Value { tag, content }))
    }

    /// The next value, which must be of this kind.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Value<'bytes>, Malformed> {
        self.next()?.filter(|value| value.tag == tag).ok_or(Malformed("another kind of value is expected"))
    }

    /// The next value if it is of this kind.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Value<'bytes>>, Malformed> {
        if self.0.first() == Some(&tag) { self.next() } else { Ok(None) }
    }
}

/// The length of a value's header and content by its first bytes; nothing when more bytes are needed to tell.
pub(crate) fn header(bytes: &[u8]) -> Result<Option<(usize, usize)>, Malformed> {
    let Some(tag) = bytes.first() else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed("a tag number above 30"));
    }
    match bytes.get(1) {
        None => Ok(None),
        Some(short) if *short < 0x80 => Ok(Some((2, usize::from(*short)))),
        Some(long) => {
            let count = usize::from(long & 0x7f);
            if !(1..=4).contains(&count) {
                return Err(Malformed("a length that is indefinite or of more than four bytes"));
            }
            let Some(digits) = bytes.get(2..2 + count) else { return Ok(None) };
            let length = digits.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
            Ok(Some((2 + count, length)))
        }
    }
}

/// Checks that a value is whole down to its last byte.
pub(crate) fn check_nesting(bytes: &[u8]) -> Result<(), Malformed> {
    let mut open = vec![Reader(bytes)];
    while let Some(reader) = open.last_mut() {
        match reader.next()? {
            None => {
                open.pop();
            }
            Some(value) if value.tag & CONSTRUCTED != 0 => {
                if open.len() >= DEEPEST {
                    return Err(Malformed("values are nested deeper than any of LDAP"));
                }
                open.push(Reader(value.content));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_read_one_after_the_other() {
        let mut reader = Reader(&[0x02, 0x01, 0x05, 0x04, 0x82, 0x00, 0x02, b'h', b'i']);
        assert_eq!(reader.expect(INTEGER).unwrap().number(), Ok(5));
        assert_eq!(reader.optional(BOOLEAN), Ok(None));
        assert_eq!(reader.expect(OCTET_STRING).unwrap().text(), Ok("hi"));
        assert_eq!(reader.next(), Ok(None));
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        for bytes in [
            &[0x30, 0x03, 0x02, 0x02, 0x01][..],
            &[0x30, 0x80, 0x00, 0x00],
            &[0x30, 0x85, 0, 0, 0, 0, 1],
            &[0x1f, 0x01, 0x00],
            &[0x30, 0x02, 0x02],
            &[0x04],
        ] {
            assert!(check_nesting(bytes).is_err(), "{bytes:x?}");
        }
        let deep: Vec<u8> = (0..20_u8).rev().flat_map(|depth| [0x30, depth * 2]).collect();
        assert_eq!(check_nesting(&deep), Err(Malformed("values are nested deeper than any of LDAP")));
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = check_nesting(&bytes);
        }
    }
}
