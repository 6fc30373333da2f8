//! What the server asks of an agent.

use domain::{
    Directory, DirectoryId, Secret,
    directory::{
        Connection, DirectoryKind, DirectoryStatus, ExternalId, GroupSettings, ImportSchedule, Matching,
        PeopleSettings, Reach,
    },
    time::Timestamp,
};
use serde::{Deserialize, Serialize, Serializer};

use crate::{GroupChange, ImportCursor};

/// Names a job within one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobNumber(pub u64);

impl std::fmt::Display for JobNumber {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// One line of the answer that never ends.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ServerLine {
    /// The server is alive.
    Beat,
    /// Something to do.
    Job(Box<Job>),
    /// Nobody waits for this one any more.
    Cancel {
        /// Which.
        job: JobNumber,
    },
    /// The last line.
    Bye {
        /// Why.
        why: Farewell,
    },
}

/// Why the server ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Farewell {
    /// The server stops or starts anew.
    Stopping,
    /// The same agent opened another connection.
    Replaced,
    /// The agent, or its directory, is not wanted any more.
    Revoked,
    /// It was silent, or did not read.
    Silent,
}

/// One call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// Names it.
    pub number: JobNumber,
    /// On what.
    pub directory: DirectoryAddress,
    /// What.
    pub call: Call,
}

/// A call of [`crate::DirectorySession`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Call {
    /// `test`
    Test,
    /// `read`
    Read {
        /// Where to go on.
        since: Option<ImportCursor>,
    },
    /// `authenticate`
    Authenticate {
        /// As the person typed it.
        login: String,
        /// As the person typed it.
        #[serde(serialize_with = "exposed")]
        password: Secret<String>,
    },
    /// `person`
    Person {
        /// Who.
        id: ExternalId,
    },
    /// `groups_in`
    GroupsIn {
        /// Where.
        ou: String,
    },
    /// `change_groups`
    ChangeGroups {
        /// Where.
        ou: String,
        /// What.
        changes: Vec<GroupChange>,
    },
}

impl Call {
    /// As lists and logs name it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Read { since: None } => "full import",
            Self::Read { since: Some(_) } => "incremental import",
            Self::Authenticate { .. } => "sign-in",
            Self::Person { .. } => "person",
            Self::GroupsIn { .. } => "role groups",
            Self::ChangeGroups { .. } => "role group changes",
        }
    }
}

/// Writes a secret: for the one who must know it, inside TLS.
pub(super) fn exposed<S: Serializer>(secret: &Secret<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// What an agent must know of a directory to use it: everything but the bind account, which it knows itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DirectoryAddress {
    /// Unchanging.
    pub id: DirectoryId,
    /// For messages.
    pub name: String,
    /// What it is.
    pub kind: DirectoryKind,
    /// Where; without bind account.
    pub connection: Connection,
    /// Which people.
    pub people: PeopleSettings,
    /// Which groups.
    pub groups: GroupSettings,
}

impl From<&Directory> for DirectoryAddress {
    fn from(directory: &Directory) -> Self {
        Self {
            id: directory.id.clone(),
            name: directory.name.clone(),
            kind: directory.kind,
            connection: Connection { bind_dn: None, ..directory.connection.clone() },
            people: directory.people.clone(),
            groups: directory.groups.clone(),
        }
    }
}

impl DirectoryAddress {
    /// The directory as an adapter takes it, to be read as `bind_dn`. What concerns the server alone is neutral.
    pub fn into_directory(self, bind_dn: Option<String>) -> Directory {
        let epoch = Timestamp::from_millis(0);
        Directory {
            id: self.id,
            name: self.name,
            kind: self.kind,
            status: DirectoryStatus::Active,
            reach: Reach::Direct,
            connection: Connection { bind_dn, ..self.connection },
            people: self.people,
            groups: self.groups,
            delegated_authentication: false,
            just_in_time: false,
            schedule: ImportSchedule { incremental_seconds: None, full_seconds: None },
            safeguard_percent: 100,
            matching: Matching { by: Vec::new(), confirm_automatically: false },
            created: epoch,
            last_updated: epoch,
        }
    }
}
