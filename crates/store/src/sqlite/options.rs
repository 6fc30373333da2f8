//! Where the database is, from a path or a `sqlite:` URL.

use std::{num::NonZeroU32, path::PathBuf};

use ports::StoreError;

/// Where the database is and how it is used.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    pub(super) place: Place,
    pub(super) readers: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    File(PathBuf),
    Temporary,
}

/// A text that is no place for an SQLite database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no SQLite database\nhint: write `sqlite:data/rolegate.db`, `sqlite:///var/lib/rolegate/rolegate.db` \
     or, for a test, `sqlite::memory:`"
)]
pub struct OpenError(String);

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        Self::Unavailable { message: error.to_string() }
    }
}

impl SqliteOptions {
    /// A database file. It is created (mode 0600) when missing, and so is its directory (mode 0700).
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { place: Place::File(path.into()), readers: 4 }
    }

    /// A database of its own for one test: a file in the system's temporary directory, removed when the store is
    /// dropped. Not SQLite's `:memory:`, which one connection alone sees: reading beside an open unit of work must
    /// behave as in production.
    pub fn memory() -> Self {
        Self { place: Place::Temporary, readers: 2 }
    }

    /// How many connections read beside the writer; 4 unless said.
    #[must_use]
    pub fn readers(mut self, readers: NonZeroU32) -> Self {
        self.readers = readers.get();
        self
    }

    /// Reads `sqlite:relative/path`, `sqlite:/absolute/path`, `sqlite:///absolute/path`, `sqlite::memory:`
    /// (see [`SqliteOptions::memory`]).
    ///
    /// # Errors
    /// For another scheme, an empty path, or a query (`?mode=…`): options of the driver are not the operator's.
    pub fn from_url(url: &str) -> Result<Self, OpenError> {
        let refuse = || OpenError(url.chars().take(200).collect());
        let rest = url.strip_prefix("sqlite:").ok_or_else(refuse)?;
        if rest == ":memory:" {
            return Ok(Self::memory());
        }
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() || path.ends_with('/') || path.contains(['?', '\0']) {
            return Err(refuse());
        }
        Ok(Self::file(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_with_one_and_three_slashes_name_the_same_file() {
        let place = |url| SqliteOptions::from_url(url).unwrap().place;
        assert_eq!(place("sqlite:data/r.db"), Place::File("data/r.db".into()));
        assert_eq!(place("sqlite:/var/r.db"), Place::File("/var/r.db".into()));
        assert_eq!(place("sqlite:///var/r.db"), Place::File("/var/r.db".into()));
        assert_eq!(place("sqlite::memory:"), Place::Temporary);
    }

    #[test]
    fn what_names_no_database_is_refused_with_an_example() {
        for url in ["", "sqlite:", "sqlite://", "sqlite:data/", "postgres://h/d", "sqlite:a.db?mode=ro", "data.db"] {
            let error = SqliteOptions::from_url(url).unwrap_err();
            assert!(error.to_string().contains("sqlite:data/rolegate.db"), "{url}");
        }
    }
}
