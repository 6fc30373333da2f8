//! Groups of people and of groups: made here, or read from a directory.

use crate::{
    directory::DirectoryKind,
    id::{DirectoryId, GroupId},
    time::Timestamp,
};

/// Where a group comes from; only local groups are changed here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GroupSource {
    /// Made in Rolegate; Okta calls it `OKTA_GROUP`.
    Local,
    /// Read from a directory; Okta calls it `APP_GROUP`.
    Directory {
        /// Which. It alone is stored; what follows is as the directory has it.
        id: DirectoryId,
        /// Its name: what `appFilter` names.
        name: String,
        /// What it is.
        kind: DirectoryKind,
    },
}

impl GroupSource {
    /// The directory, unless the group is local.
    pub fn directory(&self) -> Option<&DirectoryId> {
        match self {
            Self::Local => None,
            Self::Directory { id, .. } => Some(id),
        }
    }
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

/// Every group that a person is in, and how: for explanations, and for whoever follows the nesting.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UserGroups {
    /// Groups that the person is in without a group between.
    pub direct: Vec<GroupId>,
    /// Every group that the person is in, directly or through others, by name.
    pub groups: Vec<Group>,
    /// Which of them is a member of which: (child, parent). May hold loops.
    pub parents: Vec<(GroupId, GroupId)>,
}
