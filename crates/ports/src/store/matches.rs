//! People of a directory of whom it is not sure which user they are.

use async_trait::async_trait;
use domain::{
    DirectoryId, Timestamp, UserId,
    directory::{DirectoryPerson, ExternalId},
};

use super::StoreResult;

/// What makes it unsure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchDoubt {
    /// Several users match.
    SeveralUsers,
    /// One user matches, but first or last name differ.
    NameDiffers,
    /// One user matches, and the settings ask for a confirmation each time, or the user is an administrator.
    NotAutomatic,
    /// The user who matches is somebody else of the same directory, or of another one.
    OfADirectory,
    /// A user has the login already and does not match otherwise.
    LoginTaken,
}

impl MatchDoubt {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::SeveralUsers, Self::NameDiffers, Self::NotAutomatic, Self::OfADirectory, Self::LoginTaken];

    /// As the API and the store write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SeveralUsers => "SEVERAL_USERS",
            Self::NameDiffers => "NAME_DIFFERS",
            Self::NotAutomatic => "NOT_AUTOMATIC",
            Self::OfADirectory => "OF_A_DIRECTORY",
            Self::LoginTaken => "LOGIN_TAKEN",
        }
    }
}

/// A person who waits for an administrator's word.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingMatch {
    /// The person as read last.
    pub person: DirectoryPerson,
    /// Users that it may be.
    pub candidates: Vec<UserId>,
    /// Why it is not sure.
    pub why: MatchDoubt,
    /// When it was read last.
    pub seen: Timestamp,
}

/// What the administrator said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchDecision {
    /// It is this user.
    Is(UserId),
    /// It is somebody new.
    New,
    /// It is not to be imported.
    Ignore,
}

/// Reads what is unsure, and what was said of it.
#[async_trait]
pub trait MatchReader: Send + Sync {
    /// One person who waits.
    async fn pending_match(&self, directory: &DirectoryId, entry: &ExternalId) -> StoreResult<Option<PendingMatch>>;
    /// People who wait, by id; at most `limit` after this one.
    async fn pending_matches(
        &self,
        directory: &DirectoryId,
        after: Option<&ExternalId>,
        limit: u32,
    ) -> StoreResult<Vec<PendingMatch>>;
    /// What was said of those of these people of whom something was said.
    async fn match_decisions(
        &self,
        directory: &DirectoryId,
        entries: &[ExternalId],
    ) -> StoreResult<Vec<(ExternalId, MatchDecision)>>;
    /// Whether anything was said of anybody in this directory.
    async fn has_match_decisions(&self, directory: &DirectoryId) -> StoreResult<bool>;
}

/// Writes it.
#[async_trait]
pub trait MatchWriter: Send {
    /// Adds or replaces somebody who waits. `Missing` for an unknown directory.
    async fn put_pending_match(&mut self, directory: &DirectoryId, pending: &PendingMatch) -> StoreResult<()>;
    /// Somebody waits no more; answers whether they did.
    async fn delete_pending_match(&mut self, directory: &DirectoryId, entry: &ExternalId) -> StoreResult<bool>;
    /// Forgets those who were read last before this time; answers how many.
    async fn delete_pending_matches_before(&mut self, directory: &DirectoryId, time: Timestamp) -> StoreResult<u64>;
    /// Remembers what was said, or (with `None`) forgets it. `Missing` for an unknown directory or user.
    async fn set_match_decision(
        &mut self,
        directory: &DirectoryId,
        entry: &ExternalId,
        decision: Option<&MatchDecision>,
    ) -> StoreResult<()>;
}
