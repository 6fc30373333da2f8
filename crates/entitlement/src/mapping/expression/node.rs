//! A parsed expression as a tree, and what can be read off it without an engine: how big it is, how far it reaches.

use super::chars::CharSet;

/// A part of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// One character of these.
    Set(CharSet),
    /// A place, not a character.
    Assert(Assertion),
    /// One behind the other; empty: nothing.
    Concat(Vec<Node>),
    /// One of them, the first that fits.
    Either(Vec<Node>),
    /// In brackets.
    Group(Brackets, Box<Node>),
    /// `*`, `+`, `?`, `{n,m}`.
    Repeat(Times, Box<Node>),
    /// What the group of this number matched before; `fold`: whatever its case.
    Back { group: usize, fold: bool },
}

/// A place in the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assertion {
    Start,
    End,
    WordBoundary,
    NoWordBoundary,
}

/// What brackets are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Brackets {
    /// `(?:…)`.
    Plain,
    /// `(…)`, counted from 1, or a named part.
    Capture { number: usize, name: Option<String> },
    /// `(?>…)`: what it matched once is not tried otherwise.
    Atomic,
    /// `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`.
    Look { behind: bool, negative: bool },
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) least: u32,
    /// Absent: without end.
    pub(crate) most: Option<u32>,
    pub(crate) greed: Greed,
}

/// How many are tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greed {
    /// As many as can be.
    Greedy,
    /// As few as can be: `*?`.
    Lazy,
    /// As many as can be, and never fewer: `*+`.
    Possessive,
}

impl Node {
    /// Characters and places that an engine has to know: counted repeats multiply.
    pub(crate) fn weight(&self) -> u64 {
        match self {
            Self::Set(_) | Self::Assert(_) | Self::Back { .. } => 1,
            Self::Concat(parts) | Self::Either(parts) => {
                parts.iter().fold(1, |sum, part| part.weight().saturating_add(sum))
            }
            Self::Group(_, inner) => inner.weight().saturating_add(1),
            Self::Repeat(times, inner) => {
                inner.weight().saturating_mul(u64::from(times.most.unwrap_or(times.least + 1)).max(1))
            }
        }
    }

    /// The longest name that it can match; `None`: without end.
    pub(crate) fn longest(&self) -> Option<u64> {
        match self {
            Self::Set(_) => Some(1),
            Self::Assert(_) | Self::Group(Brackets::Look { .. }, _) => Some(0),
            Self::Back { .. } => None,
            Self::Concat(parts) => {
                parts.iter().try_fold(0_u64, |sum, part| part.longest().map(|length| sum.saturating_add(length)))
            }
            Self::Either(parts) => {
                parts.iter().try_fold(0_u64, |best, part| part.longest().map(|length| best.max(length)))
            }
            Self::Group(_, inner) => inner.longest(),
            Self::Repeat(times, inner) => Some(inner.longest()?.saturating_mul(u64::from(times.most?))),
        }
    }

    /// Whether it needs an engine that tries and goes back.
    pub(crate) fn goes_back(&self) -> bool {
        match self {
            Self::Set(_) | Self::Assert(_) => false,
            Self::Back { .. } | Self::Group(Brackets::Atomic | Brackets::Look { .. }, _) => true,
            Self::Concat(parts) | Self::Either(parts) => parts.iter().any(Self::goes_back),
            Self::Group(_, inner) => inner.goes_back(),
            Self::Repeat(times, inner) => times.greed == Greed::Possessive || inner.goes_back(),
        }
    }

    /// Every set of characters in it replaced.
    pub(crate) fn map_sets(&self, map: &impl Fn(CharSet) -> CharSet) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|part| part.map_sets(map)).collect();
        match self {
            Self::Set(set) => Self::Set(map(*set)),
            Self::Assert(_) | Self::Back { .. } => self.clone(),
            Self::Concat(parts) => Self::Concat(all(parts)),
            Self::Either(parts) => Self::Either(all(parts)),
            Self::Group(brackets, inner) => Self::Group(brackets.clone(), Box::new(inner.map_sets(map))),
            Self::Repeat(times, inner) => Self::Repeat(*times, Box::new(inner.map_sets(map))),
        }
    }

    /// What a named part is made of.
    pub(crate) fn part(&self, wanted: &str) -> Option<&Self> {
        match self {
            Self::Set(_) | Self::Assert(_) | Self::Back { .. } => None,
            Self::Concat(parts) | Self::Either(parts) => parts.iter().find_map(|part| part.part(wanted)),
            Self::Group(Brackets::Capture { name: Some(name), .. }, inner) if name == wanted => Some(inner),
            Self::Group(_, inner) | Self::Repeat(_, inner) => inner.part(wanted),
        }
    }

    /// The same with a named part that takes anything.
    pub(crate) fn with_anything_for(&self, wanted: &str) -> Self {
        let all = |parts: &[Self]| parts.iter().map(|part| part.with_anything_for(wanted)).collect();
        match self {
            Self::Set(_) | Self::Assert(_) | Self::Back { .. } => self.clone(),
            Self::Concat(parts) => Self::Concat(all(parts)),
            Self::Either(parts) => Self::Either(all(parts)),
            Self::Group(brackets @ Brackets::Capture { name: Some(name), .. }, _) if name == wanted => {
                let times = Times { least: 1, most: None, greed: Greed::Greedy };
                let anything = Self::Repeat(times, Box::new(Self::Set(CharSet::ALL)));
                Self::Group(brackets.clone(), Box::new(anything))
            }
            Self::Group(brackets, inner) => Self::Group(brackets.clone(), Box::new(inner.with_anything_for(wanted))),
            Self::Repeat(times, inner) => Self::Repeat(*times, Box::new(inner.with_anything_for(wanted))),
        }
    }

    /// Characters that every match begins with.
    pub(crate) fn prefix(&self) -> String {
        let mut prefix = String::new();
        self.add_prefix(&mut prefix);
        prefix
    }

    /// Answers whether what follows belongs to the prefix too.
    fn add_prefix(&self, prefix: &mut String) -> bool {
        match self {
            Self::Set(set) => match set.single() {
                Some(byte) => {
                    prefix.push(char::from(byte));
                    true
                }
                None => false,
            },
            Self::Assert(_) | Self::Group(Brackets::Look { .. }, _) => true,
            Self::Concat(parts) => parts.iter().all(|part| part.add_prefix(prefix)),
            Self::Group(_, inner) => inner.add_prefix(prefix),
            Self::Either(_) | Self::Repeat(..) | Self::Back { .. } => false,
        }
    }
}
