//! Identifiers in Okta's shape: a three-character prefix that names the kind, then 17 letters or digits.
//!
//! Clients of Okta pattern-match on the prefixes (`00u` user, `00g` group, `0oa` app), so they are part of the API.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A source of random bytes. The operating system's generator in the binary, a counter in tests.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with unpredictable bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// Characters of an identifier or token: 62, as in Okta's ids.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `length` characters of `0-9A-Za-z`, each with log2(62) = 5.95 bits of entropy (rejection sampling, no modulo bias).
pub fn random_text(entropy: &dyn Entropy, length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut pool = [0_u8; 64];
    while text.len() < length {
        entropy.fill(&mut pool);
        for byte in pool {
            // 248 is the largest multiple of 62 below 256: bytes above it would favour the first letters.
            if byte < 248
                && text.len() < length
                && let Some(character) = ALPHABET.get(usize::from(byte % 62))
            {
                text.push(char::from(*character));
            }
        }
    }
    text
}

/// Why a text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {kind} id: it has 20 letters or digits and begins with `{prefix}`")]
pub struct IdError {
    value: String,
    kind: &'static str,
    prefix: &'static str,
}

fn has_shape(value: &str, prefix: &str) -> bool {
    value.len() == 20 && value.starts_with(prefix) && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The first three characters of every id of this kind.
            pub const PREFIX: &'static str = $prefix;

            /// A new, unused identifier (101 bits of entropy).
            pub fn generate(entropy: &dyn Entropy) -> Self {
                Self(format!("{}{}", $prefix, random_text(entropy, 17)))
            }

            /// Reads an identifier from outside.
            ///
            /// # Errors
            /// When it has not 20 letters or digits, or another prefix.
            pub fn parse(value: &str) -> Result<Self, IdError> {
                if has_shape(value, $prefix) {
                    Ok(Self(value.to_owned()))
                } else {
                    Err(IdError { value: value.chars().take(64).collect(), kind: $kind, prefix: $prefix })
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(value: &str) -> Result<Self, IdError> {
                Self::parse(value)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(value: String) -> Result<Self, IdError> {
                if has_shape(&value, $prefix) { Ok(Self(value)) } else { Self::parse(&value) }
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

id!(
    /// A user.
    UserId, "00u", "a user"
);
id!(
    /// A group.
    GroupId, "00g", "a group"
);
id!(
    /// An app instance.
    AppId, "0oa", "an app"
);
id!(
    /// An API token (the id of its record, not its secret).
    TokenId, "00T", "a token"
);
id!(
    /// The public id of a session: lists and ends it, never authenticates.
    SessionId, "102", "a session"
);
id!(
    /// A signing key; `kid` in the API.
    KeyId, "0sk", "a signing key"
);
id!(
    /// One discovery run.
    RunId, "0dr", "a run"
);
id!(
    /// A directory integration.
    DirectoryId, "0di", "a directory"
);
id!(
    /// One import from a directory.
    ImportRunId, "0ir", "an import run"
);
id!(
    /// An agent beside a directory.
    AgentId, "0ag", "an agent"
);
id!(
    /// A rule that puts people into groups (Okta's prefix).
    GroupRuleId, "0pr", "a group rule"
);

#[cfg(test)]
mod tests {
    use super::*;

    struct Ramp;
    impl Entropy for Ramp {
        fn fill(&self, bytes: &mut [u8]) {
            for (value, byte) in (0_u8..).zip(bytes.iter_mut()) {
                *byte = value.wrapping_mul(7);
            }
        }
    }

    #[test]
    fn a_generated_id_parses_as_its_own_kind_and_no_other() {
        let id = UserId::generate(&Ramp);
        assert_eq!(UserId::parse(id.as_str()), Ok(id.clone()));
        assert!(GroupId::parse(id.as_str()).is_err());
    }

    #[test]
    fn an_id_with_a_slash_or_of_another_length_is_refused() {
        for bad in ["", "00u", "00u1234567890123456/", "00u12345678901234567890", "00uéééééééééééé12345"] {
            assert!(UserId::parse(bad).is_err(), "{bad}");
        }
    }
}
