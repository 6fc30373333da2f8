//! Okta's group filter as an expression that is understood, compiled and bounded.
//!
//! It is read into a tree of our own first, so that what runs never depends on how an engine reads Java's syntax. An
//! expression that can be decided in linear time is given to `regex`; one with look-around, back-references, atomic
//! groups or possessive quantifiers to `fancy-regex`, which may go back so many times for one name and no more.

mod chars;
mod follow;
mod node;
mod parser;
mod probe;
mod write;

use std::ops::Range;

pub(super) use chars::CharSet;
use chars::is_plain;
pub(super) use follow::{Follower, Stop};
use node::Node;
use write::Extent;

use super::Refusal;

/// Characters of an expression.
const MAX_CHARACTERS: usize = 2_048;
/// See [`Node::weight`].
const MAX_WEIGHT: u64 = 10_000;
/// Bytes of one compiled expression.
const COMPILED_BYTES: usize = 4 * 1024 * 1024;
/// Times that an expression may go back for one name: thousands are normal, millions take seconds.
const BACKTRACKS: usize = 100_000;
/// Named parts that are tried with anything in them.
const MAX_RELAXED: usize = 8;
/// Characters of a name that is looked at.
pub(super) const MAX_NAME: usize = 1_024;

/// A compiled expression.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    node: Node,
    names: Vec<(String, usize)>,
    engine: Engine,
}

#[derive(Debug, Clone)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// An expression with one part that takes anything.
#[derive(Debug, Clone)]
pub(super) struct Relaxed {
    place: usize,
    /// The part.
    pub(super) name: String,
    expression: Expression,
    inside: Follower,
}

impl Relaxed {
    /// What the part would have to take of a name, and where it stops in that; `None` when it is not in the way.
    pub(super) fn obstacle(&self, name: &str) -> Option<(String, Stop)> {
        let taken = self.expression.read_whole(name)?.into_iter().nth(self.place)??;
        let stop = self.inside.stop(&taken)?;
        Some((taken, stop))
    }
}

/// What an expression says of one name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// It matches: where, and what each named part took, in the order of [`Expression::names`].
    Match(Range<usize>, Vec<Option<String>>),
    /// It does not.
    NoMatch,
    /// It went back too often to tell.
    BudgetExceeded,
}

impl Expression {
    /// Reads and compiles an expression whose match is the whole name.
    ///
    /// # Errors
    /// What is wrong with it, and what to write instead.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let length = text.chars().count();
        if length > MAX_CHARACTERS {
            let what = format!("it has {length} characters, and at most {MAX_CHARACTERS} are taken");
            return Err(Refusal::new("group_filter_too_long", what, "write it shorter"));
        }
        if let Some(character) = text.chars().find(|character| !matches!(character, ' '..='~')) {
            return Err(Refusal::new(
                "group_filter_not_ascii",
                format!("it has the character `{}`", character.escape_debug()),
                "use printable ASCII: names with other characters are never matched",
            ));
        }
        let parser::Parsed { node, names } = parser::parse(text)?;
        if node.weight() > MAX_WEIGHT {
            let what = "its repeats add up to more than it may have when it is compiled";
            return Err(Refusal::new("group_filter_too_big", what, "repeat fewer times: `{0,64}`, or `*`"));
        }
        let engine = Engine::compile(&node, Extent::Whole)?;
        Ok(Self { node, names, engine })
    }

    /// The same, whatever the case of letters.
    ///
    /// # Errors
    /// When it does not compile.
    pub(super) fn ignoring_case(&self) -> Result<Self, Refusal> {
        let node = self.node.map_sets(&CharSet::folded);
        let engine = Engine::compile(&node, Extent::Whole)?;
        Ok(Self { node, names: self.names.clone(), engine })
    }

    /// The same, matching a part of a name; `^` and `$` are left out.
    ///
    /// # Errors
    /// When it does not compile.
    pub(super) fn of_a_part(&self) -> Result<Self, Refusal> {
        Ok(Self { engine: Engine::compile(&self.node, Extent::Part)?, ..self.clone() })
    }

    /// For each named part the same with a part that takes anything, and what follows the part itself: they show which
    /// part keeps a name out.
    pub(super) fn relaxed(&self) -> Vec<Relaxed> {
        let relaxed = |(place, (name, _)): (usize, &(String, usize))| {
            let node = self.node.with_anything_for(name);
            let engine = Engine::compile(&node, Extent::Whole).ok()?;
            let expression = Self { node, names: self.names.clone(), engine };
            Some(Relaxed { place, name: name.clone(), expression, inside: Follower::new(self.node.part(name)?)? })
        };
        self.names.iter().enumerate().take(MAX_RELAXED).filter_map(relaxed).collect()
    }

    /// Tries names that are made to keep it busy.
    ///
    /// # Errors
    /// `group_filter_too_slow`, with the name that did.
    pub(super) fn must_be_quick(&self) -> Result<(), Refusal> {
        if matches!(self.engine, Engine::Linear(_)) {
            return Ok(());
        }
        match probe::names(&self.node).into_iter().find(|name| self.read(name) == Reading::BudgetExceeded) {
            None => Ok(()),
            Some(name) => Err(Refusal::new(
                "group_filter_too_slow",
                format!("a name as `{}` keeps it busy for too long", clip(&name)),
                "do not repeat what repeats itself, as in `(a+)+` or `.*.*`, in an expression with look-around or back-references",
            )),
        }
    }

    /// Named parts, in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// Characters that every match begins with.
    pub(super) fn prefix(&self) -> String {
        self.node.prefix()
    }

    /// Follows names as far as it can; `None` when it is too big for that.
    pub(super) fn follower(&self) -> Option<Follower> {
        Follower::new(&self.node)
    }

    /// What its parts take of the whole name, if that matches.
    pub(super) fn read_whole(&self, name: &str) -> Option<Vec<Option<String>>> {
        match self.read(name) {
            Reading::Match(range, taken) if range == (0..name.len()) => Some(taken),
            _ => None,
        }
    }

    /// What it says of a name of printable ASCII.
    pub(super) fn read(&self, name: &str) -> Reading {
        let names = self.names();
        match &self.engine {
            Engine::Linear(regex) => regex.captures(name).map_or(Reading::NoMatch, |found| {
                let parts = names.map(|part| found.name(part).map(|text| text.as_str().to_owned())).collect();
                Reading::Match(found.get(0).map_or(0..0, |whole| whole.range()), parts)
            }),
            Engine::Backtracking(regex) => match regex.captures(name) {
                Ok(None) => Reading::NoMatch,
                Ok(Some(found)) => {
                    let parts = names.map(|part| found.name(part).map(|text| text.as_str().to_owned())).collect();
                    Reading::Match(found.get(0).map_or(0..0, |whole| whole.range()), parts)
                }
                Err(_) => Reading::BudgetExceeded,
            },
        }
    }
}

impl Engine {
    fn compile(node: &Node, extent: Extent) -> Result<Self, Refusal> {
        let text = write::write(node, extent);
        let too_big = |error: &dyn std::fmt::Display| {
            let what = format!("it cannot be compiled: {}", clip(&error.to_string()));
            Refusal::new("group_filter_too_big", what, "repeat fewer times, or write it with fewer alternatives")
        };
        if node.goes_back() {
            let regex = fancy_regex::RegexBuilder::new(&text)
                .backtrack_limit(BACKTRACKS)
                .delegate_size_limit(COMPILED_BYTES)
                .delegate_dfa_size_limit(COMPILED_BYTES)
                .max_prog_size(100_000)
                // Each release so far has corrected a rewrite that was wrong; what is saved does not matter here.
                .optimize(false)
                .build();
            return regex.map(|regex| Self::Backtracking(Box::new(regex))).map_err(|error| too_big(&error));
        }
        let regex = regex::RegexBuilder::new(&text).size_limit(COMPILED_BYTES).dfa_size_limit(COMPILED_BYTES).build();
        regex.map(Self::Linear).map_err(|error| too_big(&error))
    }
}

/// Whether a name is short enough and of printable ASCII: no other is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameForm {
    Fit,
    TooLong,
    NotAscii,
}

pub(super) fn form(name: &str) -> NameForm {
    if name.chars().count() > MAX_NAME {
        NameForm::TooLong
    } else if is_plain(name) {
        NameForm::Fit
    } else {
        NameForm::NotAscii
    }
}

pub(super) fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
