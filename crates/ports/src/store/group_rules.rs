//! Group rules, and who is in a group because of one.

use async_trait::async_trait;
use domain::{GroupId, GroupRule, GroupRuleId, Timestamp, UserId};

use super::StoreResult;

/// Reads group rules.
#[async_trait]
pub trait GroupRuleReader: Send + Sync {
    /// One rule.
    async fn group_rule(&self, id: &GroupRuleId) -> StoreResult<Option<GroupRule>>;
    /// All, by name.
    async fn group_rules(&self) -> StoreResult<Vec<GroupRule>>;
    /// Memberships that a rule made, by group and user.
    async fn rule_members(&self, id: &GroupRuleId) -> StoreResult<Vec<(GroupId, UserId)>>;
}

/// Writes group rules. A membership made by hand or read from a directory stays what it is; one that a rule made ends with
/// the rule.
#[async_trait]
pub trait GroupRuleWriter: Send {
    /// Adds one. `Conflict{group rule, name}` when the name is taken in any case; `Missing` for an unknown group.
    async fn insert_group_rule(&mut self, rule: &GroupRule) -> StoreResult<()>;
    /// Replaces every field. `Missing`, `Conflict`.
    async fn update_group_rule(&mut self, rule: &GroupRule) -> StoreResult<()>;
    /// Removes it with the memberships that it made. `Missing`.
    async fn delete_group_rule(&mut self, id: &GroupRuleId) -> StoreResult<()>;
    /// Replaces the memberships that a rule made by these; answers how many came and went. People who are in a group for
    /// another reason are left as they are. `Missing` for an unknown rule, group or user.
    async fn set_rule_members(
        &mut self,
        id: &GroupRuleId,
        members: &[(GroupId, UserId)],
        now: Timestamp,
    ) -> StoreResult<(u64, u64)>;
    /// Replaces the memberships of one person that rules made by these; answers the groups that came and went.
    async fn set_ruled_groups(
        &mut self,
        user: &UserId,
        groups: &[(GroupRuleId, GroupId)],
        now: Timestamp,
    ) -> StoreResult<(Vec<GroupId>, Vec<GroupId>)>;
}
