//! Cuts an expression into words, texts and brackets.

use std::{iter::Peekable, str::Chars};

use super::FilterError;

/// A piece of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// An attribute, an operator, `and`, `or`, a number, `true`.
    Word(String),
    /// In quotes.
    Text(String),
    /// `(`
    Open,
    /// `)`
    Close,
}

impl Token {
    /// For an error, clipped.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(text) | Self::Text(text) => text.chars().take(60).collect(),
            Self::Open => "(".to_owned(),
            Self::Close => ")".to_owned(),
        }
    }
}

/// All pieces, in order.
pub(super) fn scan(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            blank if blank.is_whitespace() => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '"' => tokens.push(Token::Text(quoted(&mut rest)?)),
            first => tokens.push(Token::Word(word(first, &mut rest))),
        }
    }
    Ok(tokens)
}

fn word(first: char, rest: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::from(first);
    while let Some(character) = rest.next_if(|next| !next.is_whitespace() && !matches!(next, '(' | ')' | '"')) {
        word.push(character);
    }
    word
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> Result<String, FilterError> {
    let mut text = String::new();
    loop {
        match rest.next() {
            Some('"') => return Ok(text),
            Some('\\') => match rest.next() {
                Some(escaped @ ('"' | '\\' | '/')) => text.push(escaped),
                _ => return Err(open(&text)),
            },
            Some(character) => text.push(character),
            None => return Err(open(&text)),
        }
    }
}

fn open(text: &str) -> FilterError {
    FilterError::OpenText(text.chars().take(60).collect())
}
