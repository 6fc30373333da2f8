//! Rules that put people into local groups: whoever an expression holds for.

use serde::{Deserialize, Serialize};

use crate::{
    id::{GroupId, GroupRuleId, UserId},
    time::Timestamp,
};

/// Whether a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum GroupRuleStatus {
    /// It puts people into its groups.
    Active,
    /// It puts nobody in or out; whom it put in stays until it counts again or is removed.
    Inactive,
    /// As inactive: a group that it names is there no more.
    Invalid,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupRule {
    /// Unchanging.
    pub id: GroupRuleId,
    /// Unique without regard to case, 1 to 50 characters.
    pub name: String,
    /// Whether it counts.
    pub status: GroupRuleStatus,
    /// Who is meant: `user.department == "Sales"`.
    pub expression: String,
    /// People whom it leaves alone.
    pub excluded: Vec<UserId>,
    /// The local groups that they come into, by id.
    pub groups: Vec<GroupId>,
    /// When it was made.
    pub created: Timestamp,
    /// Last change.
    pub last_updated: Timestamp,
}
