//! What a directory tells of people and groups, free of LDAP: identity by the unchanging id, references by key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The id that survives renames and moves: `objectGUID` or `entryUUID`, as 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExternalId(String);

/// A text that is not 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an entry's id has 16 bytes, written as 32 hexadecimal digits")]
pub struct ExternalIdError;

impl ExternalId {
    /// From the 16 bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(bytes)))
    }

    /// Reads 32 hexadecimal digits, with or without the dashes of a UUID.
    ///
    /// # Errors
    /// For anything else.
    pub fn parse(value: &str) -> Result<Self, ExternalIdError> {
        let digits: String = value.chars().filter(|character| *character != '-').collect();
        let is_hex = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex { Ok(Self(digits.to_ascii_lowercase())) } else { Err(ExternalIdError) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ExternalId {
    type Error = ExternalIdError;
    fn try_from(value: String) -> Result<Self, ExternalIdError> {
        Self::parse(&value)
    }
}

impl From<ExternalId> for String {
    fn from(id: ExternalId) -> Self {
        id.0
    }
}

/// How one entry is referred to by another, in a normal form that the adapter makes: equal keys mean the same entry.
/// `dn:cn=a,dc=example,dc=com` (RFC 4514, folded), `uid:jdoe` (`memberUid`), `sid:S-1-5-…-513` (AD primary group).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryKey(pub String);

/// Whether the directory lets a person in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PersonState {
    /// Yes.
    Active,
    /// Switched off (`userAccountControl`, `nsAccountLock`, `pwdAccountLockedTime` for ever).
    Disabled,
    /// Its end date has passed (`accountExpires`, `shadowExpire`).
    Expired,
    /// Locked after wrong passwords.
    Locked,
}

impl PersonState {
    /// As the store and the log write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Disabled => "DISABLED",
            Self::Expired => "EXPIRED",
            Self::Locked => "LOCKED",
        }
    }
}

/// One person. A mapped attribute that the entry has not is absent, never empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryPerson {
    /// Unchanging.
    pub id: ExternalId,
    /// As the directory writes it.
    pub dn: String,
    /// What others call the entry; the DN's key first.
    pub keys: Vec<EntryKey>,
    /// By the settings' mapping.
    pub login: Option<String>,
    /// By the settings' mapping.
    pub email: Option<String>,
    /// By the settings' mapping.
    pub first_name: Option<String>,
    /// By the settings' mapping.
    pub last_name: Option<String>,
    /// Further mapped attributes by profile name; several values are joined by the adapter with `, `.
    pub further: BTreeMap<String, String>,
    /// Whether the directory lets them in.
    pub state: PersonState,
    /// Groups that only the person's side names (AD's primary group). Not `memberOf`.
    pub also_in: Vec<EntryKey>,
    /// Why the profile cannot be taken, where it cannot: what is mapped is told as far as it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<EntryProblem>,
}

/// One group with its direct members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryGroup {
    /// Unchanging.
    pub id: ExternalId,
    /// As the directory writes it.
    pub dn: String,
    /// What others call the entry; the DN's key first.
    pub keys: Vec<EntryKey>,
    /// By the settings' attribute.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// People and groups, all of them.
    pub members: Vec<EntryKey>,
}

/// An entry that cannot be taken, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryProblem {
    /// Which.
    pub dn: String,
    /// `LOGIN_MISSING`, `LOGIN_INVALID`, `LOGIN_TAKEN`, `NOT_UTF8`, `ID_MISSING` …
    pub code: String,
    /// One sentence.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// What an import reads, one after the other, in any order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum DirectoryEntry {
    /// A person, new or as it is now.
    Person(Box<DirectoryPerson>),
    /// A group, new or as it is now.
    Group(Box<DirectoryGroup>),
    /// In an incremental import: it is there no more, or matches base and filter no more.
    Gone {
        /// Which.
        id: ExternalId,
    },
    /// Left out.
    Problem(EntryProblem),
}

/// One person and every group that they are in, through any nesting, as of this moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonNow {
    /// The person.
    pub person: DirectoryPerson,
    /// Keys of the groups that they are in directly.
    pub direct: Vec<EntryKey>,
    /// Each of the groups (`members` is empty: it is not asked for), with the keys of the groups that it is in itself.
    pub groups: Vec<(DirectoryGroup, Vec<EntryKey>)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_reads_uuid_and_digits_alike() {
        let id = ExternalId::parse("0F1E2D3C-4b5a-6978-8796-a5b4c3d2e1f0");
        assert_eq!(id, ExternalId::parse("0f1e2d3c4b5a69788796a5b4c3d2e1f0"));
        assert_eq!(id.map(String::from), Ok("0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned()));
        assert_eq!(ExternalId::from_bytes([0xab; 16]).as_str(), "ab".repeat(16));
        assert!(ExternalId::parse("0f1e2d3c4b5a69788796a5b4c3d2e1").is_err());
        assert!(ExternalId::parse("zf1e2d3c4b5a69788796a5b4c3d2e1f0").is_err());
    }
}
