//! Cuts an expression into words, texts, numbers and marks.

use std::{iter::Peekable, str::Chars};

use super::ExpressionError;

/// A piece of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name with its dots (`user.department`), a function, `and`, `true`.
    Word(String),
    /// In quotes.
    Text(String),
    /// As it was written.
    Number(serde_json::Number),
    /// `(` `)` `,` `==` `!=` `!` `&&` `||`
    Mark(&'static str),
}

impl Token {
    /// For an error, clipped.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(text) | Self::Text(text) => text.chars().take(60).collect(),
            Self::Number(number) => number.to_string(),
            Self::Mark(mark) => (*mark).to_owned(),
        }
    }
}

/// All pieces, in order.
pub(super) fn scan(text: &str) -> Result<Vec<Token>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let token = match character {
            blank if blank.is_whitespace() => continue,
            quote @ ('"' | '\'') => Token::Text(quoted(quote, &mut rest)?),
            digit if digit == '-' || digit.is_ascii_digit() => number(digit, &mut rest)?,
            letter if is_letter(letter) => Token::Word(run(letter, &mut rest, |next| is_letter(next) || next == '.')),
            other => Token::Mark(mark(other, &mut rest)?),
        };
        tokens.push(token);
    }
    Ok(tokens)
}

fn is_letter(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn run(first: char, rest: &mut Peekable<Chars<'_>>, belongs: impl Fn(char) -> bool) -> String {
    let mut word = String::from(first);
    while let Some(character) = rest.next_if(|next| belongs(*next)) {
        word.push(character);
    }
    word
}

fn number(first: char, rest: &mut Peekable<Chars<'_>>) -> Result<Token, ExpressionError> {
    let text = run(first, rest, |next| is_letter(next) || next == '.');
    serde_json::from_str(&text).map(Token::Number).map_err(|_| ExpressionError::Character(first))
}

fn mark(first: char, rest: &mut Peekable<Chars<'_>>) -> Result<&'static str, ExpressionError> {
    let mut twice = |second: char| rest.next_if_eq(&second).is_some();
    match first {
        '(' => Ok("("),
        ')' => Ok(")"),
        ',' => Ok(","),
        '=' if twice('=') => Ok("=="),
        '!' if twice('=') => Ok("!="),
        '!' => Ok("!"),
        '&' if twice('&') => Ok("&&"),
        '|' if twice('|') => Ok("||"),
        other => Err(ExpressionError::Character(other)),
    }
}

fn quoted(quote: char, rest: &mut Peekable<Chars<'_>>) -> Result<String, ExpressionError> {
    let mut text = String::new();
    loop {
        match rest.next() {
            Some(character) if character != quote => text.push(character),
            Some(_) if rest.next_if_eq(&quote).is_some() => text.push(quote),
            Some(_) => return Ok(text),
            None => return Err(ExpressionError::OpenText(text.chars().take(60).collect())),
        }
    }
}
