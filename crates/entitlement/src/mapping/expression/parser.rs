//! Reads Okta's group filter: a Java expression whose named parts are written `(?{{name}}…)`.
//!
//! Java's rules, with its defaults: `\d`, `\w`, `\s` mean ASCII, possessive quantifiers and `&&` in classes work. What
//! would mean something else to our engines, or is a mistake, is refused with what to write instead.

mod class;
mod escape;

use super::{
    Refusal,
    chars::CharSet,
    clip,
    node::{Assertion, Brackets, Greed, Node, Times},
};

/// Brackets inside brackets.
const MAX_DEPTH: u32 = 30;
/// The largest count of `{n,m}`.
const MAX_COUNT: u32 = 1_000;
/// What a look-behind may look at. Java wants an end to it too.
const MAX_BEHIND: u64 = 255;

/// What was read.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) node: Node,
    /// Named parts with their groups' numbers, in their order.
    pub(crate) names: Vec<(String, usize)>,
}

pub(crate) fn parse(text: &str) -> Result<Parsed, Refusal> {
    let mut parser =
        Parser { text: text.as_bytes(), at: 0, fold: false, closed: Vec::new(), names: Vec::new(), depth: 0 };
    let node = parser.alternatives()?;
    if parser.at < parser.text.len() {
        return Err(parser.mistake("`)` closes nothing", r"write `\)` for the character, or remove it"));
    }
    Ok(Parsed { node, names: parser.names })
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    /// `(?i)`.
    fold: bool,
    /// One for each group that was opened: whether it is closed again.
    closed: Vec<bool>,
    names: Vec<(String, usize)>,
    depth: u32,
}

type Parse<T> = Result<T, Refusal>;

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn ahead(&self, expected: &[u8]) -> bool {
        self.text.get(self.at..).is_some_and(|rest| rest.starts_with(expected))
    }

    fn eat(&mut self, expected: &str) -> bool {
        let found = self.ahead(expected.as_bytes());
        if found {
            self.at += expected.len();
        }
        found
    }

    /// Everything before `end`, which is taken too.
    fn until(&mut self, end: &str) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let length = rest.windows(end.len()).position(|window| window == end.as_bytes())?;
        let found = rest.get(..length)?.iter().copied().map(char::from).collect();
        self.at += length + end.len();
        Some(found)
    }

    fn mistake(&self, what: impl AsRef<str>, hint: impl Into<String>) -> Refusal {
        self.refusal("group_filter_syntax", what.as_ref(), hint)
    }

    fn unsupported(&self, what: impl AsRef<str>, hint: impl Into<String>) -> Refusal {
        self.refusal("group_filter_unsupported", what.as_ref(), hint)
    }

    fn refusal(&self, code: &'static str, what: &str, hint: impl Into<String>) -> Refusal {
        Refusal::new(code, format!("at character {}: {what}", self.at.max(1)), hint)
    }

    fn set(&self, set: CharSet) -> CharSet {
        if self.fold { set.folded() } else { set }
    }

    fn literal(&self, byte: u8) -> Node {
        Node::Set(self.set(CharSet::one(byte)))
    }

    fn alternatives(&mut self) -> Parse<Node> {
        let mut all = vec![self.sequence()?];
        while self.eat("|") {
            all.push(self.sequence()?);
        }
        Ok(match all.pop() {
            Some(only) if all.is_empty() => only,
            last => Node::Either(all.into_iter().chain(last).collect()),
        })
    }

    fn sequence(&mut self) -> Parse<Node> {
        let mut parts = Vec::new();
        while self.peek().is_some_and(|byte| byte != b'|' && byte != b')') {
            if self.eat(r"\Q") {
                let quoted = self.until(r"\E").unwrap_or_else(|| self.rest());
                parts.extend(quoted.bytes().map(|byte| self.literal(byte)));
            } else if let Some(part) = self.atom()? {
                parts.push(part);
            } else {
                continue;
            }
            if let Some(times) = self.times()? {
                let last = parts.pop().ok_or_else(|| self.nothing_to_repeat())?;
                if matches!(last, Node::Assert(_) | Node::Group(Brackets::Look { .. }, _)) {
                    return Err(self.nothing_to_repeat());
                }
                parts.push(Node::Repeat(times, Box::new(last)));
            }
        }
        Ok(Node::Concat(parts))
    }

    fn rest(&mut self) -> String {
        let rest = self.text.get(self.at..).unwrap_or_default().iter().copied().map(char::from).collect();
        self.at = self.text.len();
        rest
    }

    /// `None` for flags, which match nothing.
    fn atom(&mut self) -> Parse<Option<Node>> {
        Ok(Some(match self.next() {
            Some(b'(') => return self.brackets(),
            Some(b'[') => {
                let set = self.class()?;
                Node::Set(set)
            }
            Some(b'.') => Node::Set(CharSet::ALL),
            Some(b'^') => Node::Assert(Assertion::Start),
            Some(b'$') => Node::Assert(Assertion::End),
            Some(b'\\') => self.escape()?,
            Some(b'*' | b'+' | b'?') => return Err(self.nothing_to_repeat()),
            Some(b'{') => {
                return Err(self.mistake(
                    "`{` repeats nothing",
                    r"write a named part as `(?{{role}}…)`, or `\{` for the character",
                ));
            }
            Some(byte) => self.literal(byte),
            None => return Ok(None),
        }))
    }

    fn nothing_to_repeat(&self) -> Refusal {
        let found = self.at.checked_sub(1).and_then(|before| self.text.get(before)).copied().map_or('*', char::from);
        let found = if "*+?}".contains(found) { found } else { '*' };
        self.mistake(
            format!("the quantifier `{found}` has nothing to repeat"),
            format!(r"write `\{found}` for the character, or put what it repeats before it"),
        )
    }

    fn times(&mut self) -> Parse<Option<Times>> {
        let (least, most) = match self.peek() {
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'?') => (0, Some(1)),
            Some(b'{') => return self.counted().map(Some),
            _ => return Ok(None),
        };
        self.at += 1;
        self.greed(least, most).map(Some)
    }

    fn counted(&mut self) -> Parse<Times> {
        self.at += 1;
        let inside = self.until("}").unwrap_or_default();
        let (least, most) = match inside.split_once(',') {
            None => (inside.as_str(), Some(inside.as_str())),
            Some((least, "")) => (least, None),
            Some((least, most)) => (least, Some(most)),
        };
        let count = |text: &str| text.parse::<u32>().ok().filter(|count| *count <= MAX_COUNT);
        let bounds = count(least).zip(most.map_or(Some(None), |most| count(most).map(Some)));
        match bounds {
            Some((least, most)) if most.is_none_or(|most| least <= most) => self.greed(least, most),
            _ => Err(self.mistake(
                format!("`{{{}}}` is not a count", clip(&inside)),
                format!(
                    r"write `{{2}}`, `{{2,}}` or `{{2,5}}` with numbers up to {MAX_COUNT}, or `\{{` for the character"
                ),
            )),
        }
    }

    fn greed(&mut self, least: u32, most: Option<u32>) -> Parse<Times> {
        let greed = match self.peek() {
            Some(b'?') => Greed::Lazy,
            Some(b'+') => Greed::Possessive,
            _ => Greed::Greedy,
        };
        self.at += usize::from(greed != Greed::Greedy);
        if matches!(self.peek(), Some(b'*' | b'+' | b'?' | b'{')) {
            self.at += 1;
            return Err(
                self.mistake("two quantifiers follow each other", "put what is repeated into brackets: `(?:…)*`")
            );
        }
        Ok(Times { least, most, greed })
    }

    fn brackets(&mut self) -> Parse<Option<Node>> {
        if self.depth == MAX_DEPTH {
            let what = format!("there are more than {MAX_DEPTH} brackets inside each other");
            return Err(self.refusal("group_filter_too_big", &what, "write it with fewer"));
        }
        let fold = self.fold;
        let brackets = match self.opening()? {
            Opening::Flags => return Ok(None),
            Opening::Brackets(brackets) => brackets,
        };
        self.depth += 1;
        let inner = self.alternatives()?;
        self.depth -= 1;
        self.fold = fold;
        if !self.eat(")") {
            return Err(self.mistake("a bracket is not closed", r"add `)`, or write `\(` for the character"));
        }
        if let Brackets::Capture { number, .. } = &brackets
            && let Some(closed) = self.closed.get_mut(*number - 1)
        {
            *closed = true;
        }
        if matches!(brackets, Brackets::Look { behind: true, .. })
            && inner.longest().is_none_or(|longest| longest > MAX_BEHIND)
        {
            return Err(self.unsupported(
                format!("the look-behind may look at more than {MAX_BEHIND} characters"),
                "repeat a limited number of times in it: `{0,50}` instead of `*`",
            ));
        }
        Ok(Some(Node::Group(brackets, Box::new(inner))))
    }

    fn opening(&mut self) -> Parse<Opening> {
        let looks = [("?=", false, false), ("?!", false, true), ("?<=", true, false), ("?<!", true, true)];
        for (opening, behind, negative) in looks {
            if self.eat(opening) {
                return Ok(Opening::Brackets(Brackets::Look { behind, negative }));
            }
        }
        for (opening, end) in [("?{{", "}}"), ("?P<", ">"), ("?<", ">")] {
            if self.eat(opening) {
                let name = self.until(end).unwrap_or_else(|| self.rest());
                self.part_name(&name)?;
                return Ok(Opening::Brackets(self.capture(Some(name))));
            }
        }
        if self.eat("?:") {
            Ok(Opening::Brackets(Brackets::Plain))
        } else if self.eat("?>") {
            Ok(Opening::Brackets(Brackets::Atomic))
        } else if self.eat("?") {
            self.flags()
        } else {
            Ok(Opening::Brackets(self.capture(None)))
        }
    }

    fn capture(&mut self, name: Option<String>) -> Brackets {
        self.closed.push(false);
        let number = self.closed.len();
        self.names.extend(name.iter().map(|name| (name.clone(), number)));
        Brackets::Capture { number, name }
    }

    fn part_name(&self, name: &str) -> Parse<()> {
        let mut bytes = name.bytes();
        let legal = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && name.len() <= 32;
        if !legal {
            return Err(self.mistake(
                format!("`{}` is not the name of a part", clip(name)),
                "write `(?{{role}}…)`: a letter, then letters, digits or `_`, at most 32",
            ));
        }
        if self.names.iter().any(|(taken, _)| taken == name) {
            let what = format!("two parts are named `{name}`");
            return Err(self.mistake(what, "give each its own name, or put the alternatives into one part"));
        }
        Ok(())
    }

    /// `(?i)` and `(?i:…)`. Of Java's other flags `x` is refused, the rest makes no difference to printable ASCII.
    fn flags(&mut self) -> Parse<Opening> {
        let mut on = true;
        let mut fold = self.fold;
        loop {
            match self.next() {
                Some(b'i') => fold = on,
                Some(b'm' | b's' | b'd' | b'u' | b'U') => {}
                Some(b'-') if on => on = false,
                Some(b')') => {
                    self.fold = fold;
                    return Ok(Opening::Flags);
                }
                Some(b':') => {
                    self.fold = fold;
                    return Ok(Opening::Brackets(Brackets::Plain));
                }
                Some(b'x') => {
                    let what = "the flag `x` makes `#` the beginning of a comment";
                    return Err(self.unsupported(what, "write the expression without it"));
                }
                _ => {
                    let what = "after `(?` comes nothing that is known here";
                    let hint =
                        r"write `(?{{role}}…)` for a named part, `(?:…)` for plain brackets, `\(` for the character";
                    return Err(self.mistake(what, hint));
                }
            }
        }
    }
}

enum Opening {
    /// `(?i)`: for the rest of the brackets around it.
    Flags,
    Brackets(Brackets),
}
