//! Directories: an LDAP server or an Active Directory from which people and groups are read and at which people's
//! passwords are checked. What is here is settings and values; how they are read is an adapter's matter.

mod agent;
mod defaults;
pub mod dn;
mod entry;
mod failure;
pub mod filter;
mod import;
mod sam_account_name;
mod server_url;

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{id::DirectoryId, time::Seconds, time::Timestamp};

pub use agent::{Agent, AgentStatus};
pub use defaults::{PAGE_SIZE, TIMEOUT_SECONDS};
pub use dn::{Dn, DnError};
pub use entry::{
    DirectoryEntry, DirectoryGroup, DirectoryPerson, EntryKey, EntryProblem, ExternalId, PersonNow, PersonState,
};
pub use failure::{DirectoryError, DirectoryStep, TestReport, TestStep};
pub use import::{
    GroupCounts, HeldBack, ImportKind, ImportProgress, ImportRun, ImportStatus, ImportTrigger, MembershipCounts,
    PeopleCounts,
};
pub use sam_account_name::sam_account_name;
pub use server_url::{Security, ServerUrl, ServerUrlError};

/// What kind of server it is: decides defaults, identifiers and how changes are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DirectoryKind {
    /// OpenLDAP, 389 Directory Server and others that follow RFC 4530 (`entryUUID`).
    #[serde(rename = "OPENLDAP")]
    OpenLdap,
    /// Active Directory, Samba included.
    #[serde(rename = "ACTIVE_DIRECTORY")]
    ActiveDirectory,
}

impl DirectoryKind {
    /// As the API and the store write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenLdap => "OPENLDAP",
            Self::ActiveDirectory => "ACTIVE_DIRECTORY",
        }
    }
}

impl fmt::Display for DirectoryKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for DirectoryKind {
    type Err = String;
    fn from_str(value: &str) -> Result<Self, String> {
        match value {
            "OPENLDAP" => Ok(Self::OpenLdap),
            "ACTIVE_DIRECTORY" => Ok(Self::ActiveDirectory),
            _ => Err(format!("`{value}` is not a kind of directory: `OPENLDAP` or `ACTIVE_DIRECTORY`")),
        }
    }
}

/// Whether it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DirectoryStatus {
    /// Imports run, people sign in with its passwords, its groups count.
    Active,
    /// Nothing is asked of it: no import, no sign-in with its passwords. What was imported stays.
    Inactive,
}

/// Who talks to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reach {
    /// Rolegate itself.
    Direct,
    /// An agent that runs beside the directory; the bind secret is there, not here.
    Agent,
}

/// How to reach and bind to the server. Plain `ldap://` without `StartTLS` is refused unless the host is loopback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// `ldaps://host[:port]` or `ldap://host[:port]`, tried in this order; at least one.
    pub urls: Vec<String>,
    /// Whether `ldap://` connections are secured by `StartTLS` (RFC 4511 §4.14) before anything is sent.
    pub start_tls: bool,
    /// Certificates that sign the servers' ones, PEM; absent: the system's.
    pub ca_pem: Option<String>,
    /// Who reads; absent with [`Reach::Agent`] (the agent knows it) or for anonymous reading.
    pub bind_dn: Option<String>,
    /// Limit for connecting and for each answer.
    pub timeout_seconds: Seconds,
    /// Entries of one page (RFC 2696).
    pub page_size: u32,
}

/// Which people are read and which of their attributes become the profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeopleSettings {
    /// Where they are, whole subtrees; at least one.
    pub bases: Vec<String>,
    /// RFC 4515.
    pub filter: String,
    /// The profile's attributes.
    pub attributes: PersonAttributes,
}

/// Attribute names of the directory by the profile field that they fill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PersonAttributes {
    /// `mail`, `userPrincipalName` …
    pub login: String,
    /// `mail`.
    pub email: String,
    /// `givenName`.
    pub first_name: String,
    /// `sn`.
    pub last_name: String,
    /// Further profile attributes: profile name → directory attribute.
    #[serde(flatten)]
    pub further: BTreeMap<String, String>,
}

/// Which groups are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupSettings {
    /// Where they are, whole subtrees; at least one.
    pub bases: Vec<String>,
    /// RFC 4515.
    pub filter: String,
    /// The attribute that names them: `cn`.
    pub name: String,
    /// The attribute that describes them: `description`.
    pub description: String,
}

/// How often each kind of import runs by itself; absent: only on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportSchedule {
    /// Seconds between the starts of incremental imports, 60 and more.
    pub incremental_seconds: Option<Seconds>,
    /// Seconds between the starts of full imports, 900 and more.
    pub full_seconds: Option<Seconds>,
}

/// By what an imported person is recognised as a user that exists already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MatchBy {
    /// The same login, without regard to case.
    Login,
    /// The same e-mail, without regard to case.
    Email,
    /// The same value of this profile attribute.
    Attribute(String),
}

/// What happens with a person who matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matching {
    /// Tried in this order; the first that finds exactly one user decides.
    pub by: Vec<MatchBy>,
    /// Whether a match is taken without asking. Otherwise, and always when several users match or when first and last
    /// name differ, the person waits until an administrator confirms.
    pub confirm_automatically: bool,
}

/// A directory integration. Its bind secret is kept apart, sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct Directory {
    /// Unchanging.
    pub id: DirectoryId,
    /// What `appFilter` names: unique without regard to case, 1 to 100 characters, no comma.
    pub name: String,
    /// What it is.
    pub kind: DirectoryKind,
    /// Whether it is used.
    pub status: DirectoryStatus,
    /// Who talks to it.
    pub reach: Reach,
    /// How.
    pub connection: Connection,
    /// Which people.
    pub people: PeopleSettings,
    /// Which groups.
    pub groups: GroupSettings,
    /// Whether people of it sign in with the directory's password.
    pub delegated_authentication: bool,
    /// Whether a person who is not imported yet is made at the first sign-in.
    pub just_in_time: bool,
    /// When imports run.
    pub schedule: ImportSchedule,
    /// An import that would suspend more than so many percent of the people, or drop more than so many percent of the
    /// memberships, stops and asks. 0 to 100; 100 never asks.
    pub safeguard_percent: u8,
    /// How people are recognised.
    pub matching: Matching,
    /// When it was made.
    pub created: Timestamp,
    /// Last change of its settings.
    pub last_updated: Timestamp,
}

impl Directory {
    /// Whether anything may be asked of it.
    pub fn is_active(&self) -> bool {
        self.status == DirectoryStatus::Active
    }
}
