//! Imports: one reading of a directory and what it changed here.

use serde::{Deserialize, Serialize};

use super::{DirectoryError, EntryProblem};
use crate::{
    id::{DirectoryId, ImportRunId},
    time::Timestamp,
};

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportKind {
    /// Everything; what is not found is gone.
    Full,
    /// What changed since the last import.
    Incremental,
}

/// What set it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ImportTrigger {
    /// The schedule.
    Schedule,
    /// Somebody.
    Request,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ImportStatus {
    /// Waits for its turn.
    Pending,
    /// Reads or applies.
    Running,
    /// Applied (or, as a dry run, read to the end).
    Succeeded,
    /// Read to the end; would take too much away, and waits for an administrator.
    Held,
    /// Ended without effect.
    Failed,
}

/// What was read so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportProgress {
    /// People read.
    pub people_read: u64,
    /// Groups read.
    pub groups_read: u64,
    /// Direct memberships read.
    pub memberships_read: u64,
    /// How many people are expected: as many as the last full import read.
    pub people_expected: Option<u64>,
    /// How many groups are expected.
    pub groups_expected: Option<u64>,
    /// Entries of the latest seconds, per second.
    pub entries_per_second: u64,
}

/// What happens or happened to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeopleCounts {
    /// New users.
    pub created: u64,
    /// Changed profiles, and users that came back.
    pub updated: u64,
    /// Users that may sign in no more: gone, disabled, expired, locked.
    pub suspended: u64,
    /// As before.
    pub unchanged: u64,
    /// Matched to a user that existed already.
    pub matched: u64,
    /// Waiting for an administrator's confirmation.
    pub to_confirm: u64,
    /// Left out because of a problem.
    pub skipped: u64,
}

/// What happens or happened to groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupCounts {
    /// New groups.
    pub created: u64,
    /// Changed name or description.
    pub updated: u64,
    /// Gone.
    pub removed: u64,
    /// As before.
    pub unchanged: u64,
    /// Left out because of a problem.
    pub skipped: u64,
}

/// What happens or happened to direct memberships of people and of groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MembershipCounts {
    /// New.
    pub added: u64,
    /// Dropped.
    pub removed: u64,
    /// Members that no entry read from this directory answers to (other bases, other directories).
    pub unresolved: u64,
}

/// Why a run is [`ImportStatus::Held`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldBack {
    /// The directory's `safeguardPercent` at that time.
    pub limit_percent: u8,
    /// People who would lose their sign-in, of all that are linked.
    pub people: (u64, u64),
    /// Memberships that would be dropped, of all.
    pub memberships: (u64, u64),
    /// Some of the people and groups that would go, for the eye: logins and names, at most 20.
    pub examples: Vec<String>,
}

/// One import.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportRun {
    /// Unchanging.
    pub id: ImportRunId,
    /// Of which directory.
    pub directory: DirectoryId,
    /// How much is read. An incremental run that cannot go on from where the last one ended becomes a full one.
    pub kind: ImportKind,
    /// What set it off.
    pub trigger: ImportTrigger,
    /// Whether it only shows what it would do.
    pub dry_run: bool,
    /// Where it stands.
    pub status: ImportStatus,
    /// Its beginning.
    pub started: Timestamp,
    /// Its end, or since when it is held.
    pub finished: Option<Timestamp>,
    /// What was read.
    pub progress: ImportProgress,
    /// What happened to people.
    pub people: PeopleCounts,
    /// What happened to groups.
    pub groups: GroupCounts,
    /// What happened to memberships.
    pub memberships: MembershipCounts,
    /// Entries that were left out, the first 100.
    pub problems: Vec<EntryProblem>,
    /// Why it is held.
    pub held: Option<HeldBack>,
    /// Why it failed.
    pub error: Option<DirectoryError>,
}
