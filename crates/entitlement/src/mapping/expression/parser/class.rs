//! `[…]`: ranges, escapes, nested classes, `^` and `&&`, worked out to a set of characters at once.

use super::{Parse, Parser};
use crate::mapping::expression::{Refusal, chars::CharSet};

/// Classes inside classes.
const MAX_NESTED: u32 = 20;

/// What a member of a class stands for.
pub(super) enum Member {
    /// Itself; it may begin a range.
    One(u8),
    /// Several.
    Set(CharSet),
}

impl Parser<'_> {
    /// After `[`; takes `]` too. Case is left out of account before `^` turns the set round, as in Java.
    pub(super) fn class(&mut self) -> Parse<CharSet> {
        self.nested_class(0)
    }

    fn nested_class(&mut self, depth: u32) -> Parse<CharSet> {
        if depth == MAX_NESTED {
            let what = "there are too many classes inside each other";
            return Err(self.refusal("group_filter_too_big", what, "write it with fewer"));
        }
        let negative = self.eat("^");
        let mut set = self.operand(depth)?;
        while self.eat("&&") {
            set = set.and(self.operand(depth)?);
        }
        // An operand ends at `&&`, at `]` or with an error.
        self.at += 1;
        Ok(if negative { set.not() } else { set })
    }

    fn operand(&mut self, depth: u32) -> Parse<CharSet> {
        let mut members = None::<CharSet>;
        loop {
            let intersects = self.ahead(b"&&");
            match members {
                Some(set) if intersects || self.peek() == Some(b']') => return Ok(set),
                None if intersects => {
                    return Err(self.mistake("`&&` stands between two classes", r"write `\&` for the character"));
                }
                _ => {}
            }
            let more = match self.next() {
                None => return Err(self.not_closed()),
                Some(b'[') => self.nested_class(depth + 1)?,
                Some(b'\\') => match self.class_escape()? {
                    Member::Set(set) => set,
                    Member::One(byte) => self.range(byte)?,
                },
                Some(byte) => self.range(byte)?,
            };
            members = Some(members.map_or(more, |set| set.or(more)));
        }
    }

    /// `first`, or a range that begins with it. A `-` before `]` or `[` is itself.
    fn range(&mut self, first: u8) -> Parse<CharSet> {
        let next = self.text.get(self.at + 1).copied();
        if self.peek() != Some(b'-') || matches!(next, None | Some(b']' | b'[')) {
            return Ok(self.set(CharSet::one(first)));
        }
        self.at += 1;
        let last = match self.next() {
            Some(b'\\') => self.class_escape()?,
            Some(byte) => Member::One(byte),
            None => return Err(self.not_closed()),
        };
        match last {
            Member::One(last) if first <= last => Ok(self.set(CharSet::range(first, last))),
            _ => Err(self.mistake(
                format!("the range that begins with `{}-` has no end behind it", char::from(first)),
                r"write the lower character first, or `\-` for the character `-`",
            )),
        }
    }

    fn not_closed(&self) -> Refusal {
        self.mistake("a class is not closed", r"add `]`, or write `\[` for the character")
    }
}
