//! Imports that are being made ready.
//!
//! An import stages what it reads in small transactions beside everything else. What is new is hidden: no other reader sees
//! it, and a user, group or entry that somebody else makes in the meantime pushes it aside. What changes about what is
//! there is kept apart. Applying shows the one and writes the other in one short transaction, so that a sign-in sees the
//! former state or the new one. What is not applied is swept away in small pieces.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    DirectoryId, Group, GroupId, ImportRunId, Timestamp, User, UserId,
    directory::{EntryKey, ExternalId},
};

use super::{GroupEntry, PendingMatch, PersonEntry, StoreResult};
use crate::directory::ImportCursor;

/// What is made ready, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The run.
    pub run: ImportRunId,
    /// The directory.
    pub directory: DirectoryId,
}

/// A user who is known to the directory, or becomes so, as they will be.
#[derive(Debug, Clone, PartialEq)]
pub struct StagedPerson {
    /// With the new profile, where it counts. The status is not looked at: it follows from `entry.state` when it is
    /// applied, as of then.
    pub user: User,
    /// The entry; `suspended` and `refreshed` are not looked at.
    pub entry: PersonEntry,
    /// Whether the profile counts: not that of a user who another directory owns.
    pub profile: bool,
    /// Whether the user's own password is forgotten: the directory's counts from now on.
    pub forget_password: bool,
}

/// Members of groups, as (group, member).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Members {
    /// People.
    pub people: Vec<(GroupId, UserId)>,
    /// Groups: (parent, child).
    pub groups: Vec<(GroupId, GroupId)>,
    /// Members that no entry answers to.
    pub unresolved: Vec<(GroupId, EntryKey)>,
}

impl Members {
    /// How many.
    pub fn len(&self) -> usize {
        self.people.len() + self.groups.len() + self.unresolved.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What applying did to people who were there before, for the log: so many as were asked for, of each.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AppliedChanges {
    /// Users who were put on hold, with the state of their entry (`GONE`, `DISABLED` …).
    pub suspended: Vec<(User, String)>,
    /// Users whose hold ended.
    pub reactivated: Vec<User>,
    /// People who came into a group.
    pub joined: Vec<(User, Group)>,
    /// People who left a group that is still there.
    pub left: Vec<(User, Group)>,
}

/// Reads what is being made ready.
#[async_trait]
pub trait StagingReader: Send + Sync {
    /// Everything that is staged for a directory, by any run.
    async fn stages(&self, directory: &DirectoryId) -> StoreResult<Vec<Stage>>;
    /// Groups of the directory that wait for members of these keys.
    async fn groups_that_wait_for(
        &self,
        directory: &DirectoryId,
        keys: &[EntryKey],
    ) -> StoreResult<Vec<(GroupId, EntryKey)>>;
    /// How many users would have `super_admin` and be active once this is applied.
    async fn super_admins_after(&self, stage: &Stage) -> StoreResult<u32>;
    /// Takes in what is new, until dropped.
    async fn loader(&self, stage: &Stage) -> StoreResult<Arc<dyn StagingLoader>>;
}

/// Takes in what is new about a directory, thousands of rows at a time, at the price of a transaction of its own for each
/// call. `Missing` once the stage is no more.
#[async_trait]
pub trait StagingLoader: Send + Sync {
    /// New users, with their entries. Gives back those whose login somebody has already, seen or hidden.
    async fn people(&self, people: Vec<(User, PersonEntry)>) -> StoreResult<Vec<(User, PersonEntry)>>;
    /// New groups, with their entries.
    async fn groups(&self, groups: Vec<(Group, GroupEntry)>) -> StoreResult<()>;
    /// Members of new groups. Groups and members that were removed meanwhile are left out.
    async fn members(&self, members: Members) -> StoreResult<()>;
}

/// Makes ready. Nothing here moves the entitlement revision but [`StagingWriter::apply_staged`], and that only when
/// something changes.
#[async_trait]
pub trait StagingWriter: Send {
    /// Begins; `whole` when everything is read. `Missing` for an unknown directory.
    async fn begin_stage(&mut self, stage: &Stage, whole: bool) -> StoreResult<()>;
    /// Takes somebody new back, with everything that was staged about them.
    async fn unstage_person(&mut self, stage: &Stage, user: &UserId) -> StoreResult<()>;
    /// Changes of users, or of their entries.
    async fn stage_people(&mut self, stage: &Stage, people: &[StagedPerson]) -> StoreResult<()>;
    /// Changes of groups, or of their entries.
    async fn stage_groups(&mut self, stage: &Stage, groups: &[(Group, GroupEntry)]) -> StoreResult<()>;
    /// Groups that are there no more.
    async fn stage_gone_groups(&mut self, stage: &Stage, groups: &[(ExternalId, GroupId)]) -> StoreResult<()>;
    /// Members that come into groups which are there, and members that leave them.
    async fn stage_members(&mut self, stage: &Stage, added: &Members, removed: &Members) -> StoreResult<()>;
    /// People who will wait for an administrator's word.
    async fn stage_pending(&mut self, stage: &Stage, pending: &[PendingMatch]) -> StoreResult<()>;
    /// Where the next incremental import goes on once this is applied.
    async fn stage_cursor(&mut self, stage: &Stage, cursor: Option<&ImportCursor>) -> StoreResult<()>;
    /// Makes it all so. People whom a sign-in read after `started`, when the run began to read, are left as they are. Answers
    /// what happened to people who were there before, at most `notes` of each kind. What is left of the stage is to be
    /// swept.
    async fn apply_staged(
        &mut self,
        stage: &Stage,
        started: Timestamp,
        now: Timestamp,
        notes: u32,
    ) -> StoreResult<AppliedChanges>;
    /// Removes a piece of what is staged, or left of it; answers whether anything is left. Long enough for few steps, short
    /// enough for others to write in between.
    async fn sweep_stage(&mut self, stage: &Stage) -> StoreResult<bool>;
    /// Puts a person into the groups that wait for a member of one of their keys, if nobody else has it; answers which.
    /// `Missing` for an unknown entry.
    async fn join_waiting_groups(
        &mut self,
        directory: &DirectoryId,
        entry: &ExternalId,
        now: Timestamp,
    ) -> StoreResult<Vec<GroupId>>;
}
