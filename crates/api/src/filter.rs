//! The language of `filter=` and `search=`: SCIM's (RFC 7644 §3.4.2.2), without `not` and brackets of attributes.
//!
//! ```text
//! expression = term *( "or" term )
//! term       = factor *( "and" factor )
//! factor     = "(" expression ")" / attribute operator value / attribute "pr"
//! ```
//! Reading knows nothing of what can be asked for: that is decided where an expression is used.

mod scan;

use std::{fmt, iter::Peekable, vec};

use scan::Token;

/// The most characters of an expression.
const LONGEST: usize = 4_000;
/// The most brackets inside each other.
const DEEPEST: u32 = 16;

/// What is compared how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Equal; texts without regard to case.
    Eq,
    /// Not equal.
    Ne,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Contains.
    Co,
    /// Greater, later.
    Gt,
    /// Not before.
    Ge,
    /// Earlier.
    Lt,
    /// Not after.
    Le,
    /// Present: without a value.
    Pr,
}

impl Operator {
    const ALL: [Self; 10] =
        [Self::Eq, Self::Ne, Self::Sw, Self::Ew, Self::Co, Self::Gt, Self::Ge, Self::Lt, Self::Le, Self::Pr];

    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Co => "co",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
            Self::Pr => "pr",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.as_str().eq_ignore_ascii_case(word))
    }
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// `profile.login`
    pub attribute: String,
    /// `eq`
    pub operator: Operator,
    /// Without its quotes; empty for `pr`.
    pub value: String,
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.attribute, self.operator.as_str())?;
        if self.operator != Operator::Pr {
            let quoted = self.value.replace('\\', "\\\\").replace('"', "\\\"");
            write!(formatter, " \"{quoted}\"")?;
        }
        Ok(())
    }
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// One condition.
    Compare(Comparison),
    /// All of them.
    And(Vec<Expression>),
    /// At least one of them.
    Or(Vec<Expression>),
}

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Something else was expected here.
    #[error("{expected} is expected {place}")]
    Unexpected {
        /// What would have been right.
        expected: &'static str,
        /// ``instead of `x` ``, `at the end`.
        place: String,
    },
    /// A text without its closing quote, or an unknown escape in it.
    #[error("the text that begins with `{0}` does not end, or has an escape that is none")]
    OpenText(String),
    /// Far too long.
    #[error("the expression has more than {LONGEST} characters")]
    TooLong,
    /// Nested far too deep.
    #[error("brackets inside each other go deeper than {DEEPEST}")]
    TooDeep,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.chars().count() > LONGEST {
            return Err(FilterError::TooLong);
        }
        let mut reader = Reader { tokens: scan::scan(text)?.into_iter().peekable(), depth: 0 };
        let expression = reader.expression()?;
        match reader.tokens.next() {
            None => Ok(expression),
            found => Err(unexpected("`and`, `or` or the end", found)),
        }
    }

    /// The conditions that must all be met: of an `and` each part, else the whole.
    pub fn conjuncts(&self) -> &[Self] {
        match self {
            Self::And(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }
}

struct Reader {
    tokens: Peekable<vec::IntoIter<Token>>,
    depth: u32,
}

impl Reader {
    fn expression(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.term()?];
        while self.takes_word("or") {
            parts.push(self.term()?);
        }
        Ok(joined(parts, Expression::Or))
    }

    fn term(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.factor()?];
        while self.takes_word("and") {
            parts.push(self.factor()?);
        }
        Ok(joined(parts, Expression::And))
    }

    fn factor(&mut self) -> Result<Expression, FilterError> {
        match self.tokens.next() {
            Some(Token::Open) => self.bracket(),
            Some(Token::Word(attribute)) => self.comparison(attribute).map(Expression::Compare),
            found => Err(unexpected("the name of an attribute", found)),
        }
    }

    fn bracket(&mut self) -> Result<Expression, FilterError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(FilterError::TooDeep);
        }
        let inner = self.expression()?;
        self.depth -= 1;
        match self.tokens.next() {
            Some(Token::Close) => Ok(inner),
            found => Err(unexpected("`)`", found)),
        }
    }

    fn comparison(&mut self, attribute: String) -> Result<Comparison, FilterError> {
        let expected = "an operator (`eq`, `sw`, `co`, `gt`, `ge`, `lt`, `le` …)";
        let operator = match self.tokens.next() {
            Some(Token::Word(word)) => {
                Operator::parse(&word).ok_or_else(|| unexpected(expected, Some(Token::Word(word))))?
            }
            found => return Err(unexpected(expected, found)),
        };
        let value = match operator {
            Operator::Pr => String::new(),
            _ => match self.tokens.next() {
                Some(Token::Text(text) | Token::Word(text)) => text,
                found => return Err(unexpected("a value in quotes", found)),
            },
        };
        Ok(Comparison { attribute, operator, value })
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Word(found) if found.eq_ignore_ascii_case(word))).is_some()
    }
}

fn joined(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            join(parts)
        }
        None => join(parts),
    }
}

fn unexpected(expected: &'static str, found: Option<Token>) -> FilterError {
    let place = match found {
        None => "at the end".to_owned(),
        Some(token) => format!("instead of `{}`", token.shown()),
    };
    FilterError::Unexpected { expected, place }
}

#[cfg(test)]
mod tests;
