//! `/api/v1/apps/{id}/aws/role-groups…`: the groups that stand for roles, compared and written.

use domain::{DirectoryId, RoleArn};
use serde::{Deserialize, Serialize};

/// Where groups are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Target {
    /// In and below an OU of a directory.
    Directory {
        /// Which directory.
        directory: DirectoryId,
        /// The OU's DN.
        ou: String,
    },
    /// Among the local groups.
    Local,
}

/// Body of `diff` and `push`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Push {
    /// Where.
    pub target: Target,
    /// Template of names; `aws#${alias}#${role}#${accountid}` when left out.
    #[serde(default)]
    pub template: Option<String>,
    /// Template of descriptions; an empty one leaves descriptions as they are.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether groups without a role are removed; `false` when left out.
    #[serde(default)]
    pub delete_orphaned: bool,
    /// `push` only: the difference that was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// A group that should be there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its role.
    pub role: RoleArn,
}

/// A group that is named like a role group and answers to no role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Orphan {
    /// Its name.
    pub name: String,
    /// Its DN, or the id of a group that is known here.
    pub place: String,
    /// Where it comes from, as `appFilter` names it.
    pub source: String,
    /// Whether anybody is in it; absent where that was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_members: Option<bool>,
    /// `role_gone`, `role_refused`, `account_unknown`, `renamed`.
    pub code: String,
    /// One sentence.
    pub explanation: String,
}

/// A description that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// The group's name.
    pub name: String,
    /// Its DN, or the local group's id.
    pub place: String,
    /// As it is.
    pub from: String,
    /// As it will be.
    pub to: String,
}

/// A group that cannot be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Obstacle {
    /// The name it would have.
    pub name: String,
    /// Its role.
    pub role: RoleArn,
    /// `name_too_long`, `name_not_allowed`, `name_taken_twice`, `case_differs`.
    pub code: String,
    /// One sentence.
    pub explanation: String,
    /// What to do about it.
    pub fix: String,
}

/// Why groups may give nothing once they are there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// `mapping_off`, `name_not_read`, `name_makes_another_role`, `source_not_admitted`, `ou_not_imported`.
    pub code: String,
    /// One sentence.
    pub explanation: String,
    /// What to do about it.
    pub fix: String,
}

/// Answer of `diff`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Names the difference; `push` wants it back.
    pub digest: String,
    /// Groups to be made.
    pub create: Vec<Wanted>,
    /// Descriptions to be changed.
    pub describe: Vec<Described>,
    /// Groups that are as they should be.
    pub unchanged: usize,
    /// Groups without a role.
    pub orphaned: Vec<Orphan>,
    /// Whether those are removed.
    pub delete_orphaned: bool,
    /// Groups that cannot be made.
    pub obstacles: Vec<Obstacle>,
    /// What is probably not meant.
    pub notes: Vec<Note>,
}

/// Why one change was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refused {
    /// The directory's words.
    pub explanation: String,
    /// What to do about it.
    pub fix: String,
}

/// One change of `push`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// `CREATE`, `DESCRIBE`, `DELETE`.
    pub kind: String,
    /// The group's name.
    pub name: String,
    /// Why it was not done; `null` when it was.
    pub error: Option<Refused>,
}

/// Answer of `push`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// In the order in which they were tried.
    pub changes: Vec<Change>,
    /// Why the rest was not tried; `null` when all were.
    pub stopped: Option<String>,
}

/// Answer of `GET role-groups`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Roles that have a group.
    pub present: usize,
    /// Roles without one.
    pub missing: Vec<Wanted>,
    /// Groups without a role.
    pub orphaned: Vec<Orphan>,
}

/// One group of the CSV put into another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// Whose members get the role.
    pub management_group: String,
    /// The role's group.
    pub role_group: String,
}

/// Answer of `import`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Groups made.
    pub created: Vec<String>,
    /// Groups described anew.
    pub described: Vec<String>,
    /// Groups put into groups.
    pub linked: Vec<Link>,
    /// Rows that change nothing.
    pub unchanged: usize,
}
