//! The traits that use cases need: stores, AWS, keys. Adapters implement them; nothing here knows how.
//!
//! Reading: one trait per aggregate, `Ok(None)` for "not there". Writing: through a [`UnitOfWork`], so that a change and
//! its entry in the system log stand or fall together. Times and ids come in as parameters.

pub mod agent;
pub mod aws;
pub mod directory;
pub mod keys;
pub mod store;

pub use aws::{
    AccountReading, AwsAccounts, AwsFailure, CallerIdentity, ListedAccount, ListedRole, SourceSecrets, SourceSession,
};
pub use directory::{
    Authentication, AuthenticationRefusal, Directories, DirectoryResult, DirectorySession, ExistingGroup, GroupChange,
    ImportCursor, ReadingEnd,
};
pub use keys::{KeyError, Keys, NewSigningKey, PasswordError, PasswordVerdict, Passwords, SealedPurpose, Signer};
pub use store::{
    AgentReader, AgentWriter, AppReader, AppWriter, AppliedChanges, AssignmentReader, AssignmentWriter, AwsReader,
    AwsWriter, DirectoryHoldings, DirectoryReader, DirectoryTotals, DirectoryWriter, EntryOwner, EntryReader,
    EntryWriter, EventFilter, EventReader, EventWriter, GroupEntry, GroupReader, GroupRuleReader, GroupRuleWriter,
    GroupWriter, ImportReader, ImportWriter, KeyReader, KeyWriter, LinkedEntry, LockoutWriter, MatchDecision,
    MatchDoubt, MatchReader, MatchWriter, Members, Page, PageRequest, PendingMatch, PersonEntry, RoleFilter,
    RuleMembers, RunProgress, SessionReader, SessionView, SessionWriter, SortOrder, Stage, StagedPerson, StagingLoader,
    StagingReader, StagingWriter, Store, StoreError, StoreResult, TokenReader, TokenWriter, UnitOfWork, UserFilter,
    UserReader, UserWriter,
};
