//! Groups of people: made here, or (later) read from a directory.

use crate::{id::GroupId, time::Timestamp};

/// Where a group comes from; only local groups are changed here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GroupSource {
    /// Made in Rolegate; Okta calls it `OKTA_GROUP`.
    Local,
    /// Read from the directory integration of this name; Okta calls it `APP_GROUP`.
    Directory(String),
}

/// A group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Unchanging.
    pub id: GroupId,
    /// Where it comes from.
    pub source: GroupSource,
    /// Unique among local groups, 1 to 255 characters.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// When it was made.
    pub created: Timestamp,
    /// Last change of name or description.
    pub last_updated: Timestamp,
    /// Last change of members.
    pub last_membership_updated: Timestamp,
}
