//! Sets of printable ASCII characters. Group names that hold anything else are never matched, so every class, escape
//! and flag of Java's expressions becomes such a set, and what engines think of Unicode or of line ends cannot matter.

use std::fmt::Write as _;

/// The first printable character.
const FIRST: u8 = b' ';
/// The last one.
const LAST: u8 = b'~';
const UPPER: u128 = bits(b'A', b'Z');
const LOWER: u128 = bits(b'a', b'z');

const fn bits(first: u8, last: u8) -> u128 {
    let mut all = 0;
    let mut byte = first;
    while byte <= last {
        all |= 1 << byte;
        byte += 1;
    }
    all
}

/// Whether a name is made of such characters alone.
pub(crate) fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| (FIRST..=LAST).contains(&byte))
}

/// A set of printable ASCII characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CharSet(u128);

impl CharSet {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(bits(FIRST, LAST));

    /// A character that is not printable ASCII is in no name: the set is empty then.
    pub(crate) fn one(byte: u8) -> Self {
        Self::range(byte, byte)
    }

    pub(crate) fn range(first: u8, last: u8) -> Self {
        Self::of(|byte| (first..=last).contains(&byte))
    }

    pub(crate) fn of(holds: impl Fn(u8) -> bool) -> Self {
        (FIRST..=LAST).filter(|byte| holds(*byte)).fold(Self::NONE, |set, byte| Self(set.0 | 1 << byte))
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn not(self) -> Self {
        Self(Self::ALL.0 & !self.0)
    }

    pub(crate) const fn holds(self, byte: u8) -> bool {
        byte < 128 && self.0 & 1 << byte != 0
    }

    /// With the other case of every letter.
    pub(crate) const fn folded(self) -> Self {
        Self(self.0 | (self.0 & UPPER) << 32 | (self.0 & LOWER) >> 32)
    }

    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> {
        (FIRST..=LAST).filter(move |byte| self.holds(*byte))
    }

    pub(in crate::mapping) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The only character, if there is one only.
    pub(crate) fn single(self) -> Option<u8> {
        let mut bytes = self.bytes();
        bytes.next().filter(|_| bytes.next().is_none())
    }

    /// Runs of neighbours.
    pub(crate) fn runs(self) -> Vec<(u8, u8)> {
        let mut runs: Vec<(u8, u8)> = Vec::new();
        for byte in self.bytes() {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == byte => *last = byte,
                _ => runs.push((byte, byte)),
            }
        }
        runs
    }

    /// As a part of an expression for either engine.
    pub(crate) fn write(self, out: &mut String) {
        if let Some(byte) = self.single() {
            if br"\.+*?()|[]{}^$".contains(&byte) {
                out.push('\\');
            }
            out.push(char::from(byte));
        } else if self == Self::NONE {
            out.push_str("[a&&b]");
        } else {
            out.push('[');
            for (first, last) in self.runs() {
                // Writing to a `String` does not fail.
                let _ = write!(out, r"\x{first:02x}-\x{last:02x}");
            }
            out.push(']');
        }
    }
}

/// For people: a word where there is one, else the characters.
impl std::fmt::Display for CharSet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = [
            (Self::range(b'0', b'9'), "a digit"),
            (Self::of(|byte| byte.is_ascii_alphabetic()), "a letter"),
            (Self::of(|byte| byte.is_ascii_alphanumeric()), "a letter or digit"),
            (Self::of(|byte| byte != b' '), "anything but a blank"),
            (Self::ALL, "anything"),
        ];
        if let Some((_, word)) = named.iter().find(|(set, _)| set == self) {
            return formatter.write_str(word);
        }
        if let Some(byte) = self.single() {
            return write!(formatter, "`{}`", char::from(byte));
        }
        formatter.write_str("one of `")?;
        for (first, last) in self.runs() {
            formatter.write_char(char::from(first))?;
            if last > first + 1 {
                formatter.write_char('-')?;
            }
            if last > first {
                formatter.write_char(char::from(last))?;
            }
        }
        formatter.write_char('`')
    }
}
