//! Reads an expression by recursive descent; how deep it goes is bounded.

use std::{iter::Peekable, vec};

use serde_json::Value;

use super::{
    DEEPEST, Expression, ExpressionError, GroupTest, LONGEST, Operand,
    scan::{Token, scan},
};

type Result<T> = std::result::Result<T, ExpressionError>;

/// The whole text.
pub(super) fn expression(text: &str) -> Result<Expression> {
    if text.chars().count() > LONGEST {
        return Err(ExpressionError::TooLong);
    }
    let mut reader = Reader { tokens: scan(text)?.into_iter().peekable(), depth: 0 };
    let expression = reader.expression()?;
    match reader.tokens.next() {
        None => Ok(expression),
        found => Err(unexpected("`and`, `or` or the end", found.as_ref())),
    }
}

struct Reader {
    tokens: Peekable<vec::IntoIter<Token>>,
    depth: u32,
}

impl Reader {
    fn expression(&mut self) -> Result<Expression> {
        let mut parts = vec![self.term()?];
        while self.takes("or", "||") {
            parts.push(self.term()?);
        }
        Ok(joined(parts, Expression::Or))
    }

    fn term(&mut self) -> Result<Expression> {
        let mut parts = vec![self.factor()?];
        while self.takes("and", "&&") {
            parts.push(self.factor()?);
        }
        Ok(joined(parts, Expression::And))
    }

    fn factor(&mut self) -> Result<Expression> {
        if self.takes("not", "!") {
            return Ok(Expression::Not(Box::new(self.deeper(Self::factor)?)));
        }
        if self.takes_mark("(") {
            let inner = self.deeper(Self::expression)?;
            self.expect_mark(")", "`)`")?;
            return Ok(inner);
        }
        match self.tokens.next() {
            Some(Token::Word(name)) if self.takes_mark("(") => self.function(&name),
            Some(token) => {
                let left = operand(token)?;
                self.comparison(left)
            }
            None => Err(unexpected("a condition", None)),
        }
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Result<Expression>) -> Result<Expression> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(ExpressionError::TooDeep);
        }
        let inner = read(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    fn comparison(&mut self, left: Operand) -> Result<Expression> {
        let compare: fn(Operand, Operand) -> Expression = if self.takes_mark("==") {
            Expression::Same
        } else if self.takes_mark("!=") {
            Expression::Different
        } else {
            return Err(unexpected("`==` or `!=`", self.tokens.peek()));
        };
        Ok(compare(left, self.operand()?))
    }

    /// A function behind its name and `(`.
    fn function(&mut self, name: &str) -> Result<Expression> {
        let found = match name {
            "String.startsWith" => self.two_texts(Expression::StartsWith)?,
            "String.stringContains" => self.two_texts(Expression::Contains)?,
            "isMemberOfGroupName" => Expression::MemberOf(GroupTest::Named(self.text()?)),
            "isMemberOfGroupNameStartsWith" => Expression::MemberOf(GroupTest::NameStartsWith(self.text()?)),
            "isMemberOfGroupNameContains" => Expression::MemberOf(GroupTest::NameContains(self.text()?)),
            "isMemberOfGroup" => Expression::MemberOf(GroupTest::Id(self.text()?)),
            "isMemberOfAnyGroup" => Expression::MemberOf(GroupTest::AnyId(self.texts()?)),
            other => return Err(ExpressionError::Function(other.chars().take(60).collect())),
        };
        self.expect_mark(")", "`)`")?;
        Ok(found)
    }

    fn two_texts(&mut self, function: fn(Operand, Operand) -> Expression) -> Result<Expression> {
        let text = self.operand()?;
        self.expect_mark(",", "`,` and a second text")?;
        Ok(function(text, self.operand()?))
    }

    fn text(&mut self) -> Result<String> {
        match self.tokens.next() {
            Some(Token::Text(text)) => Ok(text),
            found => Err(unexpected("a text in quotes", found.as_ref())),
        }
    }

    fn texts(&mut self) -> Result<Vec<String>> {
        let mut texts = vec![self.text()?];
        while self.takes_mark(",") {
            texts.push(self.text()?);
        }
        Ok(texts)
    }

    fn operand(&mut self) -> Result<Operand> {
        match self.tokens.next() {
            Some(token) => operand(token),
            None => Err(unexpected(OPERAND, None)),
        }
    }

    fn takes(&mut self, word: &str, mark: &str) -> bool {
        let is_it = |token: &Token| match token {
            Token::Word(found) => found.eq_ignore_ascii_case(word),
            Token::Mark(found) => *found == mark,
            Token::Text(_) | Token::Number(_) => false,
        };
        self.tokens.next_if(is_it).is_some()
    }

    fn takes_mark(&mut self, mark: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Mark(found) if *found == mark)).is_some()
    }

    fn expect_mark(&mut self, mark: &str, expected: &'static str) -> Result<()> {
        if self.takes_mark(mark) { Ok(()) } else { Err(unexpected(expected, self.tokens.peek())) }
    }
}

const OPERAND: &str = "an attribute (`user.department`), a text in quotes, a number, `true`, `false` or `null`";

fn operand(token: Token) -> Result<Operand> {
    let value = match token {
        Token::Text(text) => Value::String(text),
        Token::Number(number) => Value::Number(number),
        Token::Word(word) => match word.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            other => match other.strip_prefix("user.").filter(|name| is_name(name)) {
                Some(name) => return Ok(Operand::Attribute(name.to_owned())),
                None => return Err(unexpected(OPERAND, Some(&Token::Word(word)))),
            },
        },
        mark @ Token::Mark(_) => return Err(unexpected(OPERAND, Some(&mark))),
    };
    Ok(Operand::Value(value))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('.')
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

fn unexpected(expected: &'static str, found: Option<&Token>) -> ExpressionError {
    let place = found.map_or_else(|| "at the end".to_owned(), |token| format!("instead of `{}`", token.shown()));
    ExpressionError::Unexpected { expected, place }
}
