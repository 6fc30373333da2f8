//! `appFilter`: from which sources groups may grant. Okta gives the reason: who may make groups in some other system
//! must not be able to make AWS roles with them.

use domain::directory::{DirectoryKind, DirectoryStatus};
use serde::Serialize;

use super::{MappingError, MappingField, Refusal};

/// Okta's word for its own groups.
const LOCAL: &str = "okta";

/// Where a group comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source<'a> {
    /// Made in Rolegate.
    Local,
    /// Read from a directory.
    Directory {
        /// Its name.
        name: &'a str,
        /// What it is.
        kind: DirectoryKind,
        /// Whether it is used.
        status: DirectoryStatus,
    },
}

impl Source<'_> {
    /// As `appFilter` names it: `okta`, or the directory's name.
    pub const fn word(&self) -> &str {
        match self {
            Self::Local => LOCAL,
            Self::Directory { name, .. } => name,
        }
    }
}

/// Okta's word for every directory of a kind.
const fn kind_word(kind: DirectoryKind) -> &'static str {
    match kind {
        DirectoryKind::ActiveDirectory => "active_directory",
        DirectoryKind::OpenLdap => "ldap",
    }
}

/// Whether a word of `appFilter` is taken: no directory can be meant by it.
pub fn is_reserved(word: &str) -> bool {
    let words = [LOCAL, kind_word(DirectoryKind::ActiveDirectory), kind_word(DirectoryKind::OpenLdap)];
    words.iter().any(|reserved| reserved.eq_ignore_ascii_case(word.trim()))
}

/// Whether groups of a source may grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Admission {
    /// They may.
    Admitted,
    /// The filter does not name it.
    NotNamed,
    /// It is a directory that is switched off.
    Inactive,
}

/// The sources that `appFilter` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppFilter {
    /// Trimmed, in lower case.
    words: Vec<String>,
}

impl AppFilter {
    /// Reads a list with commas; case and blanks around a name do not matter.
    ///
    /// # Errors
    /// When it names nothing.
    pub fn parse(text: &str) -> Result<Self, MappingError> {
        let words: Vec<String> =
            text.split(',').map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            let refusal = Refusal::new(
                "app_filter_empty",
                "it names no source, so that no group could grant anything",
                "write `okta` for local groups, the name of a directory, or several with commas: `okta, corp`",
            );
            return Err(refusal.of(MappingField::AppFilter));
        }
        Ok(Self { words })
    }

    /// Whether groups of `source` may grant. Okta's words mean what they mean there, whatever a directory is called.
    pub fn admits(&self, source: Source<'_>) -> Admission {
        let named = |word: &str| self.words.iter().any(|named| named == word);
        match source {
            Source::Local if named(LOCAL) => Admission::Admitted,
            Source::Directory { name, kind, status } => {
                let name = name.trim().to_lowercase();
                if !(named(kind_word(kind)) || !is_reserved(&name) && named(&name)) {
                    Admission::NotNamed
                } else if status == DirectoryStatus::Active {
                    Admission::Admitted
                } else {
                    Admission::Inactive
                }
            }
            Source::Local => Admission::NotNamed,
        }
    }

    /// The words that are neither Okta's nor the name of one of these directories.
    pub fn unknown<'a>(&'a self, directories: &'a [String]) -> impl Iterator<Item = &'a str> {
        let known = |word: &str| is_reserved(word) || directories.iter().any(|name| name.trim().to_lowercase() == word);
        self.words.iter().map(String::as_str).filter(move |word| !known(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corp(kind: DirectoryKind) -> Source<'static> {
        Source::Directory { name: "Corp", kind, status: DirectoryStatus::Active }
    }

    fn admits(filter: &str, source: Source<'_>) -> bool {
        AppFilter::parse(filter).unwrap().admits(source) == Admission::Admitted
    }

    #[test]
    fn sources_are_named_whatever_their_case_and_blanks() {
        assert!(admits("okta", Source::Local));
        assert!(admits(" egnyte ,OKTA,", Source::Local));
        assert!(!admits("corp", Source::Local));
        assert!(admits("okta, corp", corp(DirectoryKind::OpenLdap)));
        assert!(!admits("okta", corp(DirectoryKind::OpenLdap)));
        assert!(!admits("cor", corp(DirectoryKind::OpenLdap)));
    }

    #[test]
    fn oktas_words_name_every_directory_of_a_kind_and_nothing_else() {
        assert!(admits("active_directory", corp(DirectoryKind::ActiveDirectory)));
        assert!(!admits("active_directory", corp(DirectoryKind::OpenLdap)));
        assert!(admits("LDAP", corp(DirectoryKind::OpenLdap)));
        for name in ["okta", "Okta ", "active_directory"] {
            let posing = Source::Directory { name, kind: DirectoryKind::OpenLdap, status: DirectoryStatus::Active };
            assert!(!admits("okta, active_directory", posing), "a directory named `{name}` is no local source");
        }
    }

    #[test]
    fn a_directory_that_is_switched_off_grants_nothing() {
        let off = Source::Directory { name: "corp", kind: DirectoryKind::OpenLdap, status: DirectoryStatus::Inactive };
        assert_eq!(AppFilter::parse("corp").unwrap().admits(off), Admission::Inactive);
        assert_eq!(AppFilter::parse("okta").unwrap().admits(off), Admission::NotNamed);
    }

    #[test]
    fn nothing_is_no_filter_and_unknown_words_are_told() {
        assert_eq!(AppFilter::parse(" , ").unwrap_err().code, "app_filter_empty");
        let filter = AppFilter::parse("okta, corp, bamboohr").unwrap();
        assert_eq!(filter.unknown(&["Corp".to_owned()]).collect::<Vec<_>>(), ["bamboohr"]);
    }
}
