//! Arguments: words, and `--name value`.

use std::{collections::HashMap, io, str::FromStr};

/// What was asked for.
#[derive(Debug, Default)]
pub struct Options {
    words: Vec<String>,
    named: HashMap<String, String>,
}

impl Options {
    /// Reads them.
    ///
    /// # Errors
    /// When a name has no value.
    pub fn read(mut arguments: impl Iterator<Item = String>) -> io::Result<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.strip_prefix("--") {
                None => options.words.push(argument),
                Some(name) => {
                    let value = arguments.next().ok_or_else(|| io::Error::other(format!("`--{name}` has no value")))?;
                    options.named.insert(name.to_owned(), value);
                }
            }
        }
        Ok(options)
    }

    /// The word in this place.
    ///
    /// # Errors
    /// When it is missing; the message names it.
    pub fn word(&self, place: usize, name: &str) -> io::Result<&str> {
        self.words.get(place).map(String::as_str).ok_or_else(|| io::Error::other(format!("{name} is missing")))
    }

    /// A text, if it was given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(String::as_str)
    }

    /// A number, or what it is otherwise.
    ///
    /// # Errors
    /// When it is no number.
    pub fn number<T: FromStr>(&self, name: &str, otherwise: T) -> io::Result<T> {
        self.named.get(name).map_or(Ok(otherwise), |text| {
            text.parse().map_err(|_| io::Error::other(format!("`--{name} {text}` is not a number")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_named_values_are_told_apart() {
        let words = ["a", "--rate", "5", "b"].map(str::to_owned);
        let options = Options::read(words.into_iter()).unwrap();
        assert_eq!((options.word(0, "A").unwrap(), options.word(1, "B").unwrap()), ("a", "b"));
        assert_eq!((options.number("rate", 1).unwrap(), options.number("seconds", 7).unwrap()), (5, 7));
        assert!(options.word(2, "C").is_err() && options.number::<u8>("rate", 0).is_ok());
        assert!(Options::read(["--rate".to_owned()].into_iter()).is_err());
    }
}
