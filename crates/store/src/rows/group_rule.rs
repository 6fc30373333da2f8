//! Group rules.

use domain::{GroupId, GroupRule};
use ports::StoreResult;

use super::{aws::from_word, from_json, id, time};

/// A rule's row; its groups are rows of their own.
#[derive(sqlx::FromRow)]
pub(crate) struct GroupRuleRow {
    id: String,
    name: String,
    status: String,
    expression: String,
    excluded: String,
    created: i64,
    last_updated: i64,
}

impl GroupRuleRow {
    /// The rule with its groups.
    pub(crate) fn with(self, groups: Vec<GroupId>) -> StoreResult<GroupRule> {
        Ok(GroupRule {
            id: id("group_rules.id", self.id)?,
            name: self.name,
            status: from_word("group_rules.status", self.status)?,
            expression: self.expression,
            excluded: from_json("group_rules.excluded", &self.excluded)?,
            groups,
            created: time(self.created),
            last_updated: time(self.last_updated),
        })
    }

    /// Its id, as stored.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}
