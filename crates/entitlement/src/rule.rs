//! The expressions of group rules: a part of Okta's expression language, enough for "everybody in this department".
//!
//! ```text
//! expression = term *( ( "or" / "||" ) term )
//! term       = factor *( ( "and" / "&&" ) factor )
//! factor     = ( "not" / "!" ) factor / "(" expression ")" / function / operand ( "==" / "!=" ) operand
//! function   = "String.startsWith" "(" operand "," operand ")" / "String.stringContains" "(" operand "," operand ")"
//!            / "isMemberOfGroupName" "(" text ")" / "isMemberOfGroupNameStartsWith" "(" text ")"
//!            / "isMemberOfGroupNameContains" "(" text ")"
//!            / "isMemberOfGroup" "(" text ")" / "isMemberOfAnyGroup" "(" text *( "," text ) ")"
//! operand    = "user." attribute / text / number / "true" / "false" / "null"
//! ```
//! A text stands in double or single quotes; a quote in it is written twice, as in Okta. `and`, `or`, `not` in any case of
//! their letters. An attribute that a person has not is `null`. Comparing is exact: `"sales"` is not `"Sales"`.
//!
//! Work is bounded by the length of an expression: there is no loop, no pattern and no function of the reader's own.

mod judge;
mod read;
mod scan;

use std::fmt;

pub use judge::Subject;

/// The most characters of an expression.
const LONGEST: usize = 4_000;
/// The most brackets and negations inside each other.
const DEEPEST: u32 = 32;

/// A condition on a person.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// All of them.
    And(Vec<Expression>),
    /// At least one of them.
    Or(Vec<Expression>),
    /// Not so.
    Not(Box<Expression>),
    /// Both sides are the same.
    Same(Operand, Operand),
    /// They are not.
    Different(Operand, Operand),
    /// The first text begins with the second.
    StartsWith(Operand, Operand),
    /// The first text holds the second.
    Contains(Operand, Operand),
    /// The person is in a group like this.
    MemberOf(GroupTest),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// `user.department`: an attribute of the profile by its name.
    Attribute(String),
    /// A text, number, truth value or `null`.
    Value(serde_json::Value),
}

/// Which groups are meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupTest {
    /// One with exactly this name.
    Named(String),
    /// One whose name begins so.
    NameStartsWith(String),
    /// One whose name holds this.
    NameContains(String),
    /// One with this id.
    Id(String),
    /// One of these ids.
    AnyId(Vec<String>),
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// Something else was expected here.
    #[error("{expected} is expected {place}")]
    Unexpected {
        /// What would have been right.
        expected: &'static str,
        /// ``instead of `x` ``, `at the end`.
        place: String,
    },
    /// A function of Okta's that is not supported, or none at all.
    #[error(
        "`{0}` is not supported: `String.startsWith`, `String.stringContains`, `isMemberOfGroup`, `isMemberOfAnyGroup`, \
         `isMemberOfGroupName`, `isMemberOfGroupNameStartsWith` and `isMemberOfGroupNameContains` are"
    )]
    Function(String),
    /// A text without its closing quote.
    #[error("the text that begins with `{0}` does not end; a quote in a text is written twice")]
    OpenText(String),
    /// A character that belongs nowhere.
    #[error("`{0}` does not belong into an expression; texts stand in quotes")]
    Character(char),
    /// Far too long.
    #[error("the expression has more than {LONGEST} characters")]
    TooLong,
    /// Nested far too deep.
    #[error("brackets and negations inside each other go deeper than {DEEPEST}")]
    TooDeep,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        read::expression(text)
    }

    /// Every question about groups in it: what is to be known of a person before they can be judged.
    pub fn group_tests(&self) -> Vec<&GroupTest> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::group_tests).collect(),
            Self::Not(inner) => inner.group_tests(),
            Self::MemberOf(test) => vec![test],
            Self::Same(..) | Self::Different(..) | Self::StartsWith(..) | Self::Contains(..) => Vec::new(),
        }
    }

    /// Whether it holds for a person.
    pub fn holds_for(&self, subject: &Subject<'_>) -> bool {
        judge::holds(self, subject)
    }
}

/// In the form in which it is read again as the same expression.
impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(formatter, parts, " and "),
            Self::Or(parts) => joined(formatter, parts, " or "),
            Self::Not(inner) => write!(formatter, "not ({inner})"),
            Self::Same(left, right) => write!(formatter, "{left} == {right}"),
            Self::Different(left, right) => write!(formatter, "{left} != {right}"),
            Self::StartsWith(text, start) => write!(formatter, "String.startsWith({text}, {start})"),
            Self::Contains(text, part) => write!(formatter, "String.stringContains({text}, {part})"),
            Self::MemberOf(test) => test.fmt(formatter),
        }
    }
}

fn joined(formatter: &mut fmt::Formatter<'_>, parts: &[Expression], word: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            formatter.write_str(word)?;
        }
        write!(formatter, "({part})")?;
    }
    Ok(())
}

impl fmt::Display for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(formatter, "user.{name}"),
            Self::Value(serde_json::Value::String(text)) => formatter.write_str(&quoted(text)),
            Self::Value(value) => value.fmt(formatter),
        }
    }
}

impl fmt::Display for GroupTest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (function, texts) = match self {
            Self::Named(name) => ("isMemberOfGroupName", std::slice::from_ref(name)),
            Self::NameStartsWith(start) => ("isMemberOfGroupNameStartsWith", std::slice::from_ref(start)),
            Self::NameContains(part) => ("isMemberOfGroupNameContains", std::slice::from_ref(part)),
            Self::Id(id) => ("isMemberOfGroup", std::slice::from_ref(id)),
            Self::AnyId(ids) => ("isMemberOfAnyGroup", ids.as_slice()),
        };
        let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        write!(formatter, "{function}({})", texts.join(", "))
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests;
