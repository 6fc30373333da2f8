//! Three-valued logic (Kleene): what AWS alone can know stays open until it decides nothing any more.

/// No, maybe, yes; ordered, so that "and" is the smaller and "or" the larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Ternary {
    No,
    Maybe,
    Yes,
}

impl Ternary {
    pub(super) fn all(values: impl IntoIterator<Item = Self>) -> Self {
        values.into_iter().min().unwrap_or(Self::Yes)
    }

    pub(super) fn any(values: impl IntoIterator<Item = Self>) -> Self {
        values.into_iter().max().unwrap_or(Self::No)
    }
}

impl From<bool> for Ternary {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl std::ops::Not for Ternary {
    type Output = Self;
    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}
