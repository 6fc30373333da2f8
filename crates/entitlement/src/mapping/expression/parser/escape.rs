//! What a backslash means: Java's escapes, as far as they can matter for printable ASCII.

use super::{Parse, Parser, class::Member, clip};
use crate::mapping::expression::{
    chars::CharSet,
    node::{Assertion, Node},
};

impl Parser<'_> {
    /// After `\`, outside of a class.
    pub(super) fn escape(&mut self) -> Parse<Node> {
        match self.peek() {
            Some(b'b') => Ok(self.place(Assertion::WordBoundary)),
            Some(b'B') => Ok(self.place(Assertion::NoWordBoundary)),
            Some(b'A') => Ok(self.place(Assertion::Start)),
            Some(b'z' | b'Z') => Ok(self.place(Assertion::End)),
            Some(b'1'..=b'9') => self.numbered_reference(),
            Some(b'k') => self.named_reference(),
            _ => Ok(Node::Set(match self.class_escape()? {
                Member::Set(set) => set,
                Member::One(byte) => self.set(CharSet::one(byte)),
            })),
        }
    }

    fn place(&mut self, assertion: Assertion) -> Node {
        self.at += 1;
        Node::Assert(assertion)
    }

    /// After `\`, in a class or outside.
    pub(super) fn class_escape(&mut self) -> Parse<Member> {
        let Some(byte) = self.next() else {
            return Err(self.mistake(r"`\` stands at the end", r"write `\\` for the character"));
        };
        let set = match byte {
            b'd' => digit(),
            b'D' => digit().not(),
            b'w' => word(),
            b'W' => word().not(),
            b's' | b'h' => CharSet::one(b' '),
            b'S' | b'H' => CharSet::one(b' ').not(),
            b'p' => self.property()?,
            b'P' => self.property()?.not(),
            // Control characters are in no name that is looked at.
            b't' | b'n' | b'r' | b'f' | b'a' | b'e' => CharSet::NONE,
            b'x' => return self.by_code().map(Member::One),
            b'u' => return self.hexadecimal(4).map(Member::One),
            byte if byte.is_ascii_alphanumeric() => {
                let what = format!(r"`\{}` is not known here", char::from(byte));
                return Err(self.unsupported(what, "write the character itself, or a class as `[a-z0-9]`"));
            }
            byte => return Ok(Member::One(byte)),
        };
        Ok(Member::Set(self.set(set)))
    }

    /// `\x41` and `\x{41}`.
    fn by_code(&mut self) -> Parse<u8> {
        if !self.eat("{") {
            return self.hexadecimal(2);
        }
        let code = self.until("}").unwrap_or_default();
        self.character(&code)
    }

    fn hexadecimal(&mut self, digits: usize) -> Parse<u8> {
        let code: String = (0..digits).filter_map(|_| self.next()).map(char::from).collect();
        self.character(&code)
    }

    fn character(&self, code: &str) -> Parse<u8> {
        let digits = code.bytes().all(|byte| byte.is_ascii_hexdigit());
        u8::from_str_radix(code, 16).ok().filter(|byte| digits && byte.is_ascii()).ok_or_else(|| {
            let what = format!("`{}` is not the code of an ASCII character", clip(code));
            self.mistake(what, r"write the character itself, or two digits as in `\x23`")
        })
    }

    /// `\p{Alpha}`, `\p{L}`, `\pL`: Java's POSIX classes, and the general ones that have members in ASCII.
    fn property(&mut self) -> Parse<CharSet> {
        let name = if self.eat("{") {
            self.until("}").unwrap_or_default()
        } else {
            self.next().map(char::from).map(String::from).unwrap_or_default()
        };
        let holds: fn(&u8) -> bool = match name.as_str() {
            "Lower" | "Ll" | "IsLowercase" => u8::is_ascii_lowercase,
            "Upper" | "Lu" | "IsUppercase" => u8::is_ascii_uppercase,
            "Alpha" | "L" | "IsL" | "IsAlphabetic" => u8::is_ascii_alphabetic,
            "Digit" | "N" | "Nd" | "IsDigit" => u8::is_ascii_digit,
            "Alnum" => u8::is_ascii_alphanumeric,
            "XDigit" => u8::is_ascii_hexdigit,
            "Punct" => u8::is_ascii_punctuation,
            "Graph" => u8::is_ascii_graphic,
            "ASCII" | "Print" => u8::is_ascii,
            "Blank" | "Space" => u8::is_ascii_whitespace,
            "Cntrl" => u8::is_ascii_control,
            _ => {
                let what = format!(r"`\p{{{}}}` is not known here", clip(&name));
                let hint = "use one of Lower, Upper, Alpha, Digit, Alnum, Punct, Graph, Print, Blank, Space, XDigit, L, Lu, Ll, N, or write the class out: `[a-z]`";
                return Err(self.unsupported(what, hint));
            }
        };
        Ok(CharSet::of(|byte| holds(&byte)))
    }

    /// `\1`; of several digits as many as name a group, as in Java.
    fn numbered_reference(&mut self) -> Parse<Node> {
        let mut number = 0_usize;
        while let Some(byte @ b'0'..=b'9') = self.peek() {
            let longer = number * 10 + usize::from(byte - b'0');
            if number > 0 && longer > self.closed.len() {
                break;
            }
            number = longer;
            self.at += 1;
        }
        self.reference(number, &number.to_string())
    }

    /// `\k<name>`.
    fn named_reference(&mut self) -> Parse<Node> {
        self.at += 1;
        let name = if self.eat("<") { self.until(">").unwrap_or_default() } else { String::new() };
        let number = self.names.iter().find(|(named, _)| *named == name).map_or(0, |(_, number)| *number);
        self.reference(number, &name)
    }

    fn reference(&self, number: usize, written: &str) -> Parse<Node> {
        let closed = number.checked_sub(1).and_then(|index| self.closed.get(index)).copied().unwrap_or(false);
        if closed {
            return Ok(Node::Back { group: number, fold: self.fold });
        }
        Err(self.mistake(
            format!("the back-reference `{}` names no group before it", clip(written)),
            r"count groups by their opening brackets from 1, or name one: `(?{{x}}…)\k<x>`",
        ))
    }
}

fn digit() -> CharSet {
    CharSet::of(|byte| byte.is_ascii_digit())
}

fn word() -> CharSet {
    CharSet::of(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
