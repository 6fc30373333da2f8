//! What the named parts of a group filter took of one name.

use std::sync::Arc;

use serde::{Serialize, Serializer};

/// Texts by the names of parts; a part that took nothing is absent. A list and no map: every reason for every role keeps
/// one, of two texts as a rule, for which a map takes half a kilobyte.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parts(Box<[(Arc<str>, String)]>);

impl Parts {
    /// What a part took.
    pub fn taken(&self, part: &str) -> Option<&str> {
        self.iter().find_map(|(name, text)| (name == part).then_some(text))
    }

    /// Parts and texts, by the parts' names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (&**name, text.as_str()))
    }
}

impl FromIterator<(Arc<str>, String)> for Parts {
    fn from_iter<I: IntoIterator<Item = (Arc<str>, String)>>(parts: I) -> Self {
        let parts = parts.into_iter();
        let mut sorted = Vec::with_capacity(parts.size_hint().1.unwrap_or_default());
        sorted.extend(parts);
        sorted.sort_unstable();
        Self(sorted.into_boxed_slice())
    }
}

impl Serialize for Parts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}
