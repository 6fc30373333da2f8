//! Which users and groups the entries of a directory are, how entries are referred to, and members that nobody answers to.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::{
    DirectoryId, Group, GroupId, Timestamp, User, UserId,
    directory::{EntryKey, ExternalId, PersonState},
};

use super::{Members, StoreResult};

/// A person's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonEntry {
    /// Unchanging.
    pub external: ExternalId,
    /// Who it is.
    pub user: UserId,
    /// Where it was when it was read last.
    pub dn: String,
    /// What the directory said last; `None`: it is there no more.
    pub state: Option<PersonState>,
    /// Whether the user is on hold because of that: whoever was put on hold by an administrator stays so.
    pub suspended: bool,
    /// The further attributes as they were taken over last: what else the user has is not the directory's.
    pub attributes: BTreeMap<String, String>,
    /// How others refer to it.
    pub keys: Vec<EntryKey>,
    /// Groups that only the person's side names.
    pub also_in: Vec<EntryKey>,
    /// When a sign-in read the person last: an import that began before knows less.
    pub refreshed: Option<Timestamp>,
}

/// A group's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEntry {
    /// Unchanging.
    pub external: ExternalId,
    /// Which group it is.
    pub group: GroupId,
    /// Where it was when it was read last.
    pub dn: String,
    /// How others refer to it.
    pub keys: Vec<EntryKey>,
}

/// Whom a key leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryOwner {
    /// A person.
    Person(ExternalId, UserId),
    /// A group.
    Group(ExternalId, GroupId),
}

/// An entry that a full import did not meet may be gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedEntry {
    /// The entry.
    pub external: ExternalId,
    /// The user or group.
    pub owner: EntryOwner,
    /// Login or group name.
    pub name: String,
    /// Where it was when it was read last.
    pub dn: String,
    /// Whether the directory said already that it is there no more.
    pub gone: bool,
}

/// What a safeguard compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DirectoryTotals {
    /// People whom the directory lets in.
    pub people: u64,
    /// Direct memberships of people and groups in its groups.
    pub memberships: u64,
}

/// Reads entries. Lists of ids and keys may have any length; answers come in no order.
#[async_trait]
pub trait EntryReader: Send + Sync {
    /// Those of these people who are known, with their users.
    async fn known_people(&self, directory: &DirectoryId, ids: &[ExternalId]) -> StoreResult<Vec<(PersonEntry, User)>>;
    /// Those of these groups that are known.
    async fn known_groups(&self, directory: &DirectoryId, ids: &[ExternalId]) -> StoreResult<Vec<(GroupEntry, Group)>>;
    /// The entries that these users are, in every directory.
    async fn entries_of_users(&self, users: &[UserId]) -> StoreResult<Vec<(DirectoryId, PersonEntry)>>;
    /// Whom these keys lead to; a key that several share comes several times.
    async fn owners_of_keys(
        &self,
        directory: &DirectoryId,
        keys: &[EntryKey],
    ) -> StoreResult<Vec<(EntryKey, EntryOwner)>>;
    /// People who say of themselves that they are in groups of these keys: (group's key, person).
    async fn people_also_in(&self, directory: &DirectoryId, keys: &[EntryKey]) -> StoreResult<Vec<(EntryKey, UserId)>>;
    /// Known entries in the order of their ids, at most `limit` after this one.
    async fn linked_entries(
        &self,
        directory: &DirectoryId,
        after: Option<&ExternalId>,
        limit: u32,
    ) -> StoreResult<Vec<LinkedEntry>>;
    /// Who is directly in these groups, and who should be but nobody knows.
    async fn direct_members_of(&self, groups: &[GroupId]) -> StoreResult<Members>;
    /// Groups of the directory that these groups are directly in: (child, parent).
    async fn parents_in(&self, directory: &DirectoryId, groups: &[GroupId]) -> StoreResult<Vec<(GroupId, GroupId)>>;
    /// How many people and memberships a directory has brought.
    async fn directory_totals(&self, directory: &DirectoryId) -> StoreResult<DirectoryTotals>;
    /// Users with one of these logins or e-mail addresses, without regard to case.
    async fn users_called(&self, logins: &[String], emails: &[String]) -> StoreResult<Vec<User>>;
}

/// Writes entries.
#[async_trait]
pub trait EntryWriter: Send {
    /// Adds or replaces a person's entry; another entry that was this user in the same directory is forgotten. `Missing`
    /// for an unknown directory or user.
    async fn put_person_entry(&mut self, directory: &DirectoryId, entry: &PersonEntry) -> StoreResult<()>;
    /// Adds or replaces a group's entry. `Missing` for an unknown directory or group.
    async fn put_group_entry(&mut self, directory: &DirectoryId, entry: &GroupEntry) -> StoreResult<()>;
}
