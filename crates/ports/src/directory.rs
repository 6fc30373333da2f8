//! Reading from, signing in at, and writing to a directory: the same calls whether the server does it itself or an agent
//! does it beside the directory. `testkit::directory` holds what every implementation must do.

use async_trait::async_trait;
use domain::{
    Directory, Secret,
    directory::{DirectoryEntry, DirectoryError, ExternalId, PersonNow, TestReport},
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// What a directory answers.
pub type DirectoryResult<T> = Result<T, DirectoryError>;

/// Opens directories.
#[async_trait]
pub trait Directories: Send + Sync {
    /// Prepares the use of one directory; makes no call that fails for lack of rights. `bind_password` is absent for
    /// anonymous reading and where an agent knows it.
    async fn open(
        &self,
        directory: &Directory,
        bind_password: Option<Secret<String>>,
    ) -> DirectoryResult<Box<dyn DirectorySession>>;
}

/// Where an incremental import goes on; opaque to all but the adapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCursor(pub String);

/// The end of a reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingEnd {
    /// Where the next incremental one goes on; absent when the server offers nothing to go on from.
    pub cursor: Option<ImportCursor>,
}

/// How a check of a person's password ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Authentication {
    /// The directory let them in; the person and their groups as of now.
    Accepted(Box<PersonNow>),
    /// It did not.
    Refused {
        /// Why; exact for the log.
        why: AuthenticationRefusal,
        /// The entry, where one was found.
        id: Option<ExternalId>,
    },
}

/// Why a directory did not let a person in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AuthenticationRefusal {
    /// No entry, or several, answer to the login.
    UnknownPerson,
    /// Also: empty, which is never sent (RFC 4513 §5.1.2: it would count as an anonymous bind).
    WrongPassword,
    /// The account is switched off. Some servers say so before they look at the password.
    Disabled,
    /// The account's end date has passed.
    AccountExpired,
    /// The password's life has ended; it was right.
    PasswordExpired,
    /// Right, but a new one has to be chosen first.
    MustChangePassword,
    /// Too many wrong passwords.
    Locked,
    /// Not at this time or from this machine.
    NotNow,
    /// The server's own policy, without a reason that we know (a policy overlay, a bind that is not allowed here).
    Other,
}

impl AuthenticationRefusal {
    /// Whether the directory says this to nobody but those who know the password: only then it may be told to the person.
    pub const fn proves_password(self) -> bool {
        matches!(self, Self::AccountExpired | Self::PasswordExpired | Self::MustChangePassword | Self::NotNow)
    }
}

/// A role group as it stands in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingGroup {
    /// Its place.
    pub dn: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Whether anybody (but a placeholder) is in it.
    pub has_members: bool,
}

/// One change to the role groups of an OU. Members are never touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupChange {
    /// Makes it.
    Create {
        /// Its name.
        name: String,
        /// Its description.
        description: String,
    },
    /// Replaces the description.
    Describe {
        /// Which.
        dn: String,
        /// The new one.
        description: String,
    },
    /// Removes it; only on request.
    Delete {
        /// Which.
        dn: String,
    },
}

/// One directory, ready for use. Every call is bounded by the directory's time limit and tries its servers in order.
#[async_trait]
pub trait DirectorySession: Send + Sync {
    /// Goes through every step and names the first that fails; never an error of its own.
    async fn test(&self) -> TestReport;

    /// Reads people and groups, all of them or what changed since `since`, into `entries` as they come: a full channel
    /// makes the reading wait, a closed one ends it (`ABANDONED`). `FULL_IMPORT_NEEDED` when `since` leads nowhere any more.
    /// An error means that nothing that was sent may be used. Entries of an incremental reading may repeat what is known.
    async fn read(
        &self,
        since: Option<&ImportCursor>,
        entries: mpsc::Sender<DirectoryEntry>,
    ) -> DirectoryResult<ReadingEnd>;

    /// Checks a password by binding as the person whom the login names, and reads the person anew. An error means that
    /// the directory could not be asked: nobody is let in, nobody is counted against.
    async fn authenticate(&self, login: &str, password: &Secret<String>) -> DirectoryResult<Authentication>;

    /// Reads one person by the unchanging id; `None` when it is there no more.
    async fn person(&self, id: &ExternalId) -> DirectoryResult<Option<PersonNow>>;

    /// The groups directly in or below this OU.
    async fn groups_in(&self, ou: &str) -> DirectoryResult<Vec<ExistingGroup>>;

    /// Makes the changes one after the other; answers for each, so that one refusal leaves the rest done. What is below the
    /// OU alone is changed; a group that is there already is made, one that is not there is removed.
    async fn change_groups(&self, ou: &str, changes: &[GroupChange]) -> DirectoryResult<Vec<DirectoryResult<()>>>;
}
