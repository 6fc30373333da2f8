//! Which assignments give which roles, before anybody asks whether AWS would take them.
//!
//! Okta's rules: `samlRoles` replace `role` within one assignment; a direct assignment hides every group's roles unless
//! `joinAllRoles`. Ours beside them: with `combineGroupRoles` (default) all assigned groups count, without it only the
//! one of the highest priority.

use std::collections::HashMap;

use domain::{App, Group, GroupAssignment, GroupId, RoleArn, User, UserAssignment, assignment::RoleAssignment};
use serde::Serialize;

use crate::mapping::{Parts, Place};

/// The assignments of one user to one app.
#[derive(Debug, Clone, Copy)]
pub struct AssignedTo<'a> {
    /// The app.
    pub app: &'a App,
    /// The user.
    pub user: &'a User,
    /// The direct assignment, if there is one.
    pub direct: Option<&'a UserAssignment>,
    /// The assigned groups that the user is a member of, in any order.
    pub groups: &'a [(GroupAssignment, Group)],
}

impl AssignedTo<'_> {
    /// Whether the user is assigned to the app at all.
    pub const fn is_assigned(&self) -> bool {
        self.direct.is_some() || !self.groups.is_empty()
    }
}

/// Which field of an assignment's profile named the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum RoleField {
    /// `role`: the default when no `samlRoles` are chosen.
    #[serde(rename = "role")]
    Role,
    /// `samlRoles`.
    #[serde(rename = "samlRoles")]
    SamlRoles,
}

impl RoleField {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::SamlRoles => "samlRoles",
        }
    }

    /// The field that counts in an assignment.
    pub(crate) fn of(roles: &RoleAssignment) -> Self {
        if roles.saml_roles.is_empty() { Self::Role } else { Self::SamlRoles }
    }
}

/// Why a user has a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Reason {
    /// The user's own assignment.
    Direct {
        /// The field that named it.
        via: RoleField,
    },
    /// An assigned group that the user is a member of.
    Group {
        /// The group.
        group_id: GroupId,
        /// Its name.
        name: String,
        /// Its assignment's priority; 0 is the highest.
        priority: u32,
        /// The field that named it.
        via: RoleField,
    },
    /// A group whose name makes the role (`useGroupMapping`).
    Mapping {
        /// The role group.
        group_id: GroupId,
        /// Its name.
        group_name: String,
        /// From a group that the user is in directly, a management group as a rule, to the role group.
        path: Vec<Place>,
        /// Where the role group comes from, as `appFilter` names it: `okta`, or a directory.
        source: String,
        /// What the parts of the group filter took of the name.
        captured: Parts,
    },
}

/// What hides an assignment that names a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hidden {
    /// The user is assigned directly, and `joinAllRoles` is off.
    DirectAssignment,
    /// Another group has a higher priority, and `combineGroupRoles` is off.
    Priority {
        /// The group that counts.
        winner: String,
    },
    /// `samlRoles` are chosen, so `role` is not looked at.
    SamlRoles,
    /// `useGroupMapping` is on.
    Mapping,
}

impl Reason {
    /// What gives the role, as the beginning of a sentence.
    pub(crate) fn subject(&self) -> String {
        match self {
            Self::Direct { .. } => "the user's own assignment".to_owned(),
            Self::Group { name, .. } => format!("the group `{name}`"),
            Self::Mapping { group_name, .. } => format!("the group `{group_name}`"),
        }
    }
}

/// Every role that an assignment names: those that count, each with all its reasons, and those that do not.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    /// In the order of the assignments: direct first, then groups by priority.
    pub(crate) granted: Vec<(RoleArn, Vec<Reason>)>,
    pub(crate) hidden: Vec<(RoleArn, Reason, Hidden)>,
}

impl Grants {
    pub(crate) fn of(to: AssignedTo<'_>) -> Self {
        let mut collected = Collected::default();
        let settings = &to.app.settings;
        if let Some(direct) = to.direct {
            collected.add(&direct.roles, &|via| Reason::Direct { via }, None);
        }
        let by_direct = (to.direct.is_some() && !settings.join_all_roles).then_some(Hidden::DirectAssignment);
        let groups = by_priority(to.groups);
        let winner = groups.first().map(|(_, group)| group.name.as_str()).unwrap_or_default();
        for (index, (assignment, group)) in groups.iter().enumerate() {
            let by_priority =
                (!settings.combine_group_roles && index > 0).then(|| Hidden::Priority { winner: winner.to_owned() });
            let reason = |via| group_reason(assignment, group, via);
            collected.add(&assignment.roles, &reason, by_direct.as_ref().or(by_priority.as_ref()));
        }
        collected.grants
    }
}

pub(crate) fn group_reason(assignment: &GroupAssignment, group: &Group, via: RoleField) -> Reason {
    Reason::Group { group_id: group.id.clone(), name: group.name.clone(), priority: assignment.priority, via }
}

/// 0 first; of equal ones the older assignment.
fn by_priority(groups: &[(GroupAssignment, Group)]) -> Vec<&(GroupAssignment, Group)> {
    let mut sorted: Vec<_> = groups.iter().collect();
    sorted.sort_by_key(|(assignment, group)| (assignment.priority, assignment.created, group.id.clone()));
    sorted
}

#[derive(Default)]
struct Collected {
    grants: Grants,
    places: HashMap<RoleArn, usize>,
}

impl Collected {
    fn add(&mut self, roles: &RoleAssignment, reason: &dyn Fn(RoleField) -> Reason, hidden: Option<&Hidden>) {
        let via = RoleField::of(roles);
        for role in roles.effective() {
            match hidden {
                None => self.grant(role, reason(via)),
                Some(hidden) => self.grants.hidden.push((role.clone(), reason(via), hidden.clone())),
            }
        }
        if let (RoleField::SamlRoles, Some(role)) = (via, &roles.role) {
            self.grants.hidden.push((role.clone(), reason(RoleField::Role), Hidden::SamlRoles));
        }
    }

    fn grant(&mut self, role: &RoleArn, reason: Reason) {
        match self.places.get(role).and_then(|place| self.grants.granted.get_mut(*place)) {
            Some((_, reasons)) if reasons.contains(&reason) => {}
            Some((_, reasons)) => reasons.push(reason),
            None => {
                self.places.insert(role.clone(), self.grants.granted.len());
                self.grants.granted.push((role.clone(), vec![reason]));
            }
        }
    }
}
