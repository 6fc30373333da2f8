//! The tree as text for an engine: sets are spelled out, so that it means the same to both.

use std::fmt::Write as _;

use super::node::{Assertion, Brackets, Greed, Node, Times};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The whole name has to match.
    Whole,
    /// A part of it may: `^` and `$` are left out.
    Part,
}

pub(crate) fn write(node: &Node, extent: Extent) -> String {
    let mut writer = Writer { out: String::new(), extent, goes_back: node.goes_back() };
    match extent {
        Extent::Whole => {
            writer.out.push_str(r"\A(?:");
            writer.node(node);
            writer.out.push_str(r")\z");
        }
        Extent::Part => writer.node(node),
    }
    writer.out
}

struct Writer {
    out: String,
    extent: Extent,
    goes_back: bool,
}

impl Writer {
    fn node(&mut self, node: &Node) {
        match node {
            Node::Set(set) => set.write(&mut self.out),
            Node::Assert(assertion) => self.assertion(*assertion),
            Node::Concat(parts) => parts.iter().for_each(|part| self.node(part)),
            Node::Either(parts) => self.either(parts),
            Node::Group(brackets, inner) => self.group(brackets, inner),
            Node::Repeat(times, inner) => self.repeat(*times, inner),
            Node::Back { group, fold } => {
                let flag = if *fold { "i" } else { "" };
                // Writing to a `String` does not fail.
                let _ = write!(self.out, r"(?{flag}:\{group})");
            }
        }
    }

    fn assertion(&mut self, assertion: Assertion) {
        self.out.push_str(match (assertion, self.extent) {
            (Assertion::Start | Assertion::End, Extent::Part) => "(?:)",
            (Assertion::Start, Extent::Whole) => r"\A",
            (Assertion::End, Extent::Whole) => r"\z",
            (Assertion::WordBoundary, _) => r"\b",
            (Assertion::NoWordBoundary, _) => r"\B",
        });
    }

    fn either(&mut self, parts: &[Node]) {
        self.out.push_str("(?:");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.out.push('|');
            }
            self.node(part);
        }
        self.out.push(')');
    }

    fn group(&mut self, brackets: &Brackets, inner: &Node) {
        match brackets {
            Brackets::Capture { name: Some(name), .. } => {
                let _ = write!(self.out, "(?P<{name}>");
            }
            // Only back-references look at groups without a name.
            Brackets::Capture { .. } if self.goes_back => self.out.push('('),
            Brackets::Plain | Brackets::Capture { .. } => self.out.push_str("(?:"),
            Brackets::Atomic => self.out.push_str("(?>"),
            Brackets::Look { behind, negative } => {
                self.out.push_str(if *behind { "(?<" } else { "(?" });
                self.out.push(if *negative { '!' } else { '=' });
            }
        }
        self.node(inner);
        self.out.push(')');
    }

    fn repeat(&mut self, times: Times, inner: &Node) {
        self.out.push_str(if times.greed == Greed::Possessive { "(?>(?:" } else { "(?:" });
        self.node(inner);
        let _ = match (times.least, times.most) {
            (0, None) => write!(self.out, ")*"),
            (1, None) => write!(self.out, ")+"),
            (least, None) => write!(self.out, "){{{least},}}"),
            (least, Some(most)) => write!(self.out, "){{{least},{most}}}"),
        };
        match times.greed {
            Greed::Greedy => {}
            Greed::Lazy => self.out.push('?'),
            Greed::Possessive => self.out.push(')'),
        }
    }
}
