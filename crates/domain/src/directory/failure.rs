//! Why a directory could not be used: the step, a stable code, the server's words, and what to do about it.

use serde::{Deserialize, Serialize};

/// Where it failed, in the order in which a connection gets there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DirectoryStep {
    /// No agent is connected, or it went away.
    Agent,
    /// Name resolution and TCP.
    Connect,
    /// TLS: the certificate, its name, its signer.
    Certificate,
    /// The account that reads.
    Bind,
    /// The base of people or groups.
    Base,
    /// The filter.
    Filter,
    /// Reading entries.
    Read,
    /// Writing groups.
    Write,
}

impl DirectoryStep {
    /// As the API and the store write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "AGENT",
            Self::Connect => "CONNECT",
            Self::Certificate => "CERTIFICATE",
            Self::Bind => "BIND",
            Self::Base => "BASE",
            Self::Filter => "FILTER",
            Self::Read => "READ",
            Self::Write => "WRITE",
        }
    }
}

/// A failure in the form that is stored and shown. Never with a password in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{}: {code}: {message}", .step.as_str())]
pub struct DirectoryError {
    /// Where.
    pub step: DirectoryStep,
    /// LDAP's result name (`invalidCredentials`, `noSuchObject`), or ours (`TIMEOUT`, `CONNECTION_REFUSED`,
    /// `NAME_MISMATCH`, `UNKNOWN_ISSUER`, `NO_AGENT`, `FULL_IMPORT_NEEDED` …).
    pub code: String,
    /// What the server or the system said, at most 1,000 characters.
    pub message: String,
    /// What the administrator can do about it.
    pub hint: String,
}

/// The longest message that is kept, in characters.
const LONGEST_MESSAGE: usize = 1_000;
/// The code of a cursor that leads nowhere any more.
const FULL_IMPORT_NEEDED: &str = "FULL_IMPORT_NEEDED";

impl DirectoryError {
    /// From its parts; the message becomes one line and is cut.
    pub fn new(step: DirectoryStep, code: &str, message: &str, hint: impl Into<String>) -> Self {
        let words = message.split(|character: char| character.is_control() || character == ' ');
        let line: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let message = line.join(" ").chars().take(LONGEST_MESSAGE).collect();
        Self { step, code: code.to_owned(), message, hint: hint.into() }
    }

    /// What changed since the last import cannot be told.
    pub fn full_import_needed(why: &str) -> Self {
        Self::new(DirectoryStep::Read, FULL_IMPORT_NEEDED, why, "The next import has to be a full one.")
    }

    /// Whether it is [`Self::full_import_needed`].
    pub fn needs_full_import(&self) -> bool {
        self.code == FULL_IMPORT_NEEDED
    }
}

/// One step of "test connection".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestStep {
    /// `connect`, `certificate`, `bind`, `people base`, `people filter`, `people`, `groups base` …
    pub name: String,
    /// Whether it worked.
    pub ok: bool,
    /// What was found: the server's name and certificate, counts, or the error.
    pub detail: String,
    /// What to do about it; absent when it worked.
    pub hint: Option<String>,
}

/// What "test connection" found: the steps up to the first that failed, and some real entries as they would be read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TestReport {
    /// In order.
    pub steps: Vec<TestStep>,
    /// The first few people and groups; at most 10.
    pub sample: Vec<super::DirectoryEntry>,
}

impl TestReport {
    /// Whether every step worked.
    pub fn ok(&self) -> bool {
        self.steps.iter().all(|step| step.ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_of_at_most_a_thousand_characters() {
        let error = DirectoryError::new(DirectoryStep::Bind, "other", &"é\r\n\0".repeat(2_000), "");
        assert_eq!(error.message.chars().count(), 1_000);
        assert!(!error.message.contains(char::is_control));
        assert!(DirectoryError::full_import_needed("another server").needs_full_import());
    }
}
