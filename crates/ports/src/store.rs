//! The store: what is kept, read and written. One conformance suite (`testkit::store`) runs on every implementation.
//!
//! A [`UnitOfWork`] is one transaction. Dropping it without [`UnitOfWork::commit`] leaves nothing behind.

mod agents;
mod aws_data;
mod directories;
mod entries;
mod group_rules;
mod imports;
mod matches;
mod people;
mod records;
mod staging;

use async_trait::async_trait;

pub use agents::{AgentReader, AgentWriter};
pub use aws_data::{AwsReader, AwsWriter, RoleFilter, RunProgress};
pub use directories::{DirectoryHoldings, DirectoryReader, DirectoryWriter};
pub use entries::{DirectoryTotals, EntryOwner, EntryReader, EntryWriter, GroupEntry, LinkedEntry, PersonEntry};
pub use group_rules::{GroupRuleReader, GroupRuleWriter, RuleMembers};
pub use imports::{ImportReader, ImportWriter};
pub use matches::{MatchDecision, MatchDoubt, MatchReader, MatchWriter, PendingMatch};
pub use people::{
    AssignmentReader, AssignmentWriter, GroupReader, GroupWriter, LockoutWriter, UserFilter, UserReader, UserWriter,
};
pub use records::{
    AppReader, AppWriter, EventFilter, EventReader, EventWriter, KeyReader, KeyWriter, SessionReader, SessionView,
    SessionWriter, SortOrder, TokenReader, TokenWriter,
};

pub use staging::{AppliedChanges, Members, Stage, StagedPerson, StagingLoader, StagingReader, StagingWriter};

/// What a store answers.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a store could not do it, by culprit.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The value is taken: a login, a group name, an id.
    #[error("{entity} with this {field} exists already")]
    Conflict {
        /// `user`, `group`, `app` …
        entity: &'static str,
        /// `login`, `name`, `id` …
        field: &'static str,
    },
    /// What the change refers to is not there (any more).
    #[error("{entity} `{id}` does not exist")]
    Missing {
        /// `user`, `group`, `app` …
        entity: &'static str,
        /// Which.
        id: String,
    },
    /// The database does not answer, is full, locked too long.
    #[error("the database could not be used: {message}")]
    Unavailable {
        /// What the driver says; never with a password in it.
        message: String,
    },
    /// A stored value is not what this version understands.
    #[error("the database holds {what} that this version cannot read: {message}")]
    Corrupt {
        /// Table and column.
        what: &'static str,
        /// Why.
        message: String,
    },
    /// The database was written by a newer version.
    #[error("the database has schema version {found}, this binary knows versions up to {known}")]
    NewerSchema {
        /// In the database.
        found: i64,
        /// In the binary.
        known: i64,
    },
    /// A page was asked for after something that this store never gave as `next`.
    #[error("`{cursor}` is not where a page of this list begins: take `after` from a former page's `next` link")]
    BadCursor {
        /// What was given, at most 64 characters.
        cursor: String,
    },
}

/// One page of a list, and where the next one begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The entries, at most as many as were asked for.
    pub items: Vec<T>,
    /// Opaque; given as `after` it yields the next page. Absent on the last one.
    pub next: Option<String>,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// A former page's `next`.
    pub after: Option<String>,
    /// 1 to 1,000.
    pub limit: u32,
}

/// Everything that can be read, and the way to write.
#[async_trait]
pub trait Store:
    UserReader
    + GroupReader
    + AssignmentReader
    + AppReader
    + KeyReader
    + SessionReader
    + TokenReader
    + AwsReader
    + DirectoryReader
    + EntryReader
    + MatchReader
    + ImportReader
    + StagingReader
    + AgentReader
    + GroupRuleReader
    + EventReader
    + Send
    + Sync
{
    /// Begins a transaction. There is one writer at a time on SQLite; waiting is bounded (5 s, then `Unavailable`).
    async fn begin(&self) -> StoreResult<Box<dyn UnitOfWork>>;

    /// Appends events that stand alone (a launch, a refusal). Calls that come together share one transaction;
    /// each returns once its own events are on disk.
    async fn append_events(&self, events: Vec<domain::Event>) -> StoreResult<()>;

    /// Whether a read and a write would work now (`/readyz`).
    async fn ping(&self) -> StoreResult<()>;

    /// A number that grows with every committed change of users, groups, memberships, directories, apps, assignments, AWS
    /// accounts or roles, on every node. Whoever keeps something derived from those asks for it first.
    /// It stays when nothing derived can change: sign-ins, passwords, lockouts, sessions, tokens, keys, runs, the log, and
    /// an account that was read again and found unchanged (its times move alone).
    async fn entitlement_revision(&self) -> StoreResult<i64>;
}

/// One transaction: writers of every aggregate.
#[async_trait]
pub trait UnitOfWork:
    UserWriter
    + LockoutWriter
    + GroupWriter
    + AssignmentWriter
    + AppWriter
    + KeyWriter
    + SessionWriter
    + TokenWriter
    + AwsWriter
    + DirectoryWriter
    + EntryWriter
    + MatchWriter
    + ImportWriter
    + StagingWriter
    + AgentWriter
    + GroupRuleWriter
    + EventWriter
    + Send
{
    /// Makes everything in it last.
    async fn commit(self: Box<Self>) -> StoreResult<()>;
}
