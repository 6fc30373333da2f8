//! A key of a body that means something else when it is absent than when it is `null`.

use serde::{Deserialize, Deserializer};

/// What was sent under a key. To be used with `#[serde(default)]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Field<T> {
    /// The key is not there.
    #[default]
    Absent,
    /// The key is there, and `null`.
    Null,
    /// A value.
    Value(T),
}

impl<T> Field<T> {
    /// The value; `otherwise` when the key is absent, `None` for `null`.
    pub fn or_default(self, otherwise: Option<T>) -> Option<T> {
        match self {
            Self::Absent => otherwise,
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}
