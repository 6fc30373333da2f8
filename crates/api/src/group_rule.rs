//! A group rule as Okta's API writes it, and what it would do.

use domain::{GroupRuleStatus, Timestamp};
use serde::{Deserialize, Serialize};

use crate::link::{Link, Links, add};

/// The one type of rule.
pub const GROUP_RULE: &str = "group_rule";
/// The one language of expressions.
pub const EXPRESSION: &str = "urn:okta:expression:1.0";

/// A rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupRule {
    /// [`GROUP_RULE`]
    #[serde(rename = "type")]
    pub kind: String,
    /// `0pr…`
    pub id: String,
    /// `ACTIVE`, `INACTIVE`, `INVALID`
    pub status: GroupRuleStatus,
    /// Unique.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// Last change.
    pub last_updated: Timestamp,
    /// Who is meant.
    pub conditions: Conditions,
    /// What is done with them.
    pub actions: Actions,
    /// Whether every group that it names is there.
    pub all_groups_valid: bool,
    /// Where to go on.
    #[serde(rename = "_links", default)]
    pub links: Links,
}

/// Who is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    /// Who is left alone.
    pub people: People,
    /// Who is not.
    pub expression: Expression,
}

/// Who is left alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct People {
    /// These people.
    pub users: Excluded,
    /// Always empty: Okta knows it, and does not support it either.
    pub groups: Excluded,
}

/// Ids.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Excluded {
    /// Ids.
    pub exclude: Vec<String>,
}

/// A condition on people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Expression {
    /// `user.department == "Sales"`
    pub value: String,
    /// [`EXPRESSION`]
    #[serde(rename = "type")]
    pub kind: String,
}

impl Default for Expression {
    fn default() -> Self {
        Self { value: String::new(), kind: EXPRESSION.to_owned() }
    }
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Actions {
    /// They come into these groups.
    pub assign_user_to_groups: Groups,
}

/// Groups by id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Groups {
    /// `00g…`
    pub group_ids: Vec<String>,
}

/// What a client sends to make, replace or try a rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct GroupRuleRequest {
    /// [`GROUP_RULE`], or nothing.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Has to be there.
    pub name: String,
    /// Who is meant.
    pub conditions: Conditions,
    /// What is done with them.
    pub actions: Actions,
}

impl GroupRule {
    /// Writes a rule; `origin` is scheme, host and port of this server.
    pub fn new(rule: domain::GroupRule, origin: &str) -> Self {
        let own = format!("{origin}/api/v1/groups/rules/{}", rule.id);
        let mut links = Links::new();
        add(&mut links, "self", Link::to(own.as_str()));
        let step = if rule.status == GroupRuleStatus::Active { "deactivate" } else { "activate" };
        add(&mut links, step, Link::post(format!("{own}/lifecycle/{step}")));
        add(&mut links, "preview", Link::post(format!("{own}/preview")));
        let text = |id: &dyn ToString| id.to_string();
        Self {
            kind: GROUP_RULE.to_owned(),
            id: rule.id.to_string(),
            status: rule.status,
            name: rule.name,
            created: rule.created,
            last_updated: rule.last_updated,
            conditions: Conditions {
                people: People {
                    users: Excluded { exclude: rule.excluded.iter().map(|id| text(id)).collect() },
                    groups: Excluded::default(),
                },
                expression: Expression { value: rule.expression, kind: EXPRESSION.to_owned() },
            },
            actions: Actions {
                assign_user_to_groups: Groups { group_ids: rule.groups.iter().map(|id| text(id)).collect() },
            },
            all_groups_valid: rule.status != GroupRuleStatus::Invalid,
            links,
        }
    }
}

/// What a rule would do if it were switched on now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// How many people its expression holds for, exceptions left out.
    pub matched: usize,
    /// Memberships that it would make.
    pub join: Change,
    /// Memberships that it made before and would end.
    pub leave: Change,
    /// Memberships that exist for another reason and are left alone.
    pub already: usize,
}

/// Some memberships, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// How many.
    pub count: usize,
    /// The first 100.
    pub some: Vec<Membership>,
}

/// A person in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// `00u…`
    pub user_id: String,
    /// The login.
    pub login: String,
    /// `00g…`
    pub group_id: String,
}
