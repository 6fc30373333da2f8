//! Who is assigned to an app, and which roles the assignment carries. Roles are held as ARNs: a renamed alias changes nothing.

use crate::{
    arn::RoleArn,
    id::{AppId, GroupId, UserId},
    time::Timestamp,
};

/// The roles of one assignment, with Okta's rule: if any `samlRoles` are chosen, `role` is not looked at.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RoleAssignment {
    /// `role`: the default when no `samlRoles` are chosen.
    pub role: Option<RoleArn>,
    /// `samlRoles`, without duplicates, in the order given.
    pub saml_roles: Vec<RoleArn>,
}

impl RoleAssignment {
    /// The roles that count.
    pub fn effective(&self) -> &[RoleArn] {
        if self.saml_roles.is_empty() { self.role.as_slice() } else { &self.saml_roles }
    }
}

/// A user assigned directly (`scope: USER`).
#[derive(Debug, Clone, PartialEq)]
pub struct UserAssignment {
    /// The app.
    pub app: AppId,
    /// The user.
    pub user: UserId,
    /// The name at the app (`credentials.userName`), when it differs from the template's result.
    pub user_name: Option<String>,
    /// The roles.
    pub roles: RoleAssignment,
    /// When it was made.
    pub created: Timestamp,
    /// Last change.
    pub last_updated: Timestamp,
}

/// A group assigned to an app.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupAssignment {
    /// The app.
    pub app: AppId,
    /// The group.
    pub group: GroupId,
    /// 0 is the highest. Unique within an app is not required; ties go to the older assignment.
    pub priority: u32,
    /// The roles.
    pub roles: RoleAssignment,
    /// When it was made.
    pub created: Timestamp,
    /// Last change.
    pub last_updated: Timestamp,
}
