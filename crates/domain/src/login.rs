//! A user's login and e-mail address. A login is compared without case: `Ann@x` and `ann@x` are one person.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Why a text is not a login or e-mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// Empty, too long, or with control characters or outer blanks.
    #[error("a login has 1 to 100 characters, no control characters and no blanks at its ends; this one has {0}")]
    Login(usize),
    /// Not of the shape `name@host`.
    #[error("`{0}` is not an e-mail address")]
    Email(String),
}

/// What a person types to sign in: 1 to 100 characters, as in Okta. Keeps its case, compares without it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Login(String);

impl Login {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that must be unique: lower case by Unicode's rules.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl PartialEq for Login {
    fn eq(&self, other: &Self) -> bool {
        self.folded() == other.folded()
    }
}
impl Eq for Login {}
impl std::hash::Hash for Login {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.folded().hash(state);
    }
}

impl FromStr for Login {
    type Err = LoginError;
    fn from_str(value: &str) -> Result<Self, LoginError> {
        let length = value.chars().count();
        if (1..=100).contains(&length) && value.trim() == value && !value.chars().any(char::is_control) {
            Ok(Self(value.to_owned()))
        } else {
            Err(LoginError::Login(length))
        }
    }
}

impl fmt::Display for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An e-mail address: something, `@`, something; at most 254 characters. Whether it receives mail is not ours to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = LoginError;
    fn from_str(value: &str) -> Result<Self, LoginError> {
        let plausible = value.len() <= 254
            && !value.chars().any(|character| character.is_control() || character.is_whitespace())
            && value.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
        if plausible { Ok(Self(value.to_owned())) } else { Err(LoginError::Email(value.chars().take(100).collect())) }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

macro_rules! through_text {
    ($($name:ident),*) => { $(
        impl TryFrom<String> for $name {
            type Error = LoginError;
            fn try_from(value: String) -> Result<Self, LoginError> {
                value.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
    )* };
}
through_text!(Login, Email);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_that_differ_in_case_alone_are_one() {
        assert_eq!("Ann@Example.com".parse::<Login>(), "ann@example.COM".parse::<Login>());
    }

    #[test]
    fn a_login_of_three_hundred_characters_or_with_a_line_break_is_refused() {
        assert_eq!("😀".repeat(300).parse::<Login>(), Err(LoginError::Login(300)));
        assert!("a\nb".parse::<Login>().is_err());
        assert!(" a".parse::<Login>().is_err());
        assert!("".parse::<Login>().is_err());
    }
}
