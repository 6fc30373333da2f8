//! Group rules, and who is in a group because of one.

use async_trait::async_trait;
use domain::{Group, GroupId, GroupRule, GroupRuleId, Timestamp, UserId};

use super::StoreResult;

/// Groups and the people in them, because of a rule.
pub type RuleMembers = Vec<(GroupId, UserId)>;

/// Reads group rules.
#[async_trait]
pub trait GroupRuleReader: Send + Sync {
    /// One rule.
    async fn group_rule(&self, id: &GroupRuleId) -> StoreResult<Option<GroupRule>>;
    /// All, by name.
    async fn group_rules(&self) -> StoreResult<Vec<GroupRule>>;
    /// Memberships that a rule made, by group and user.
    async fn rule_members(&self, id: &GroupRuleId) -> StoreResult<RuleMembers>;
    /// The people in at least one of these groups, directly or through others, by id; memberships that rules made do not
    /// count.
    async fn members_without_rules(&self, groups: &[GroupId]) -> StoreResult<Vec<UserId>>;
}

/// Writes group rules. A membership made by hand or read from a directory stays what it is; one that a rule made ends with
/// the rule.
#[async_trait]
pub trait GroupRuleWriter: Send {
    /// Adds one. `Conflict{group rule, name}` when the name is taken in any case; `Missing` for an unknown group.
    async fn insert_group_rule(&mut self, rule: &GroupRule) -> StoreResult<()>;
    /// Replaces every field. `Missing`, `Conflict`.
    async fn update_group_rule(&mut self, rule: &GroupRule) -> StoreResult<()>;
    /// Makes the memberships that a rule made memberships by hand; answers how many.
    async fn release_rule_members(&mut self, id: &GroupRuleId) -> StoreResult<u64>;
    /// All groups that a user is in, directly or through others, by name; memberships that rules made do not count.
    async fn groups_without_rules(&mut self, user: &UserId) -> StoreResult<Vec<Group>>;
    /// The memberships of a user that rules made, by rule and group.
    async fn ruled_groups(&mut self, user: &UserId) -> StoreResult<Vec<(GroupRuleId, GroupId)>>;
    /// Removes it with the memberships that it made. `Missing`.
    async fn delete_group_rule(&mut self, id: &GroupRuleId) -> StoreResult<()>;
    /// Replaces the memberships that a rule made by these; answers which came and went. People who are in a group for
    /// another reason are left as they are. `Missing` for an unknown rule, group or user.
    async fn set_rule_members(
        &mut self,
        id: &GroupRuleId,
        members: &[(GroupId, UserId)],
        now: Timestamp,
    ) -> StoreResult<(RuleMembers, RuleMembers)>;
    /// Replaces the memberships of one person that rules made by these; answers the groups that came and went.
    async fn set_ruled_groups(
        &mut self,
        user: &UserId,
        groups: &[(GroupRuleId, GroupId)],
        now: Timestamp,
    ) -> StoreResult<(Vec<GroupId>, Vec<GroupId>)>;
}
