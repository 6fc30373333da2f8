//! What a change of an app's settings would give to people and take from them, before it is saved.
//!
//! Each side is a way of getting roles, by mapping or by assignment. People are asked one by one, as they come from a
//! store: nothing but the groups is held for all of them. What counts is what can be entered.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::{App, Group, GroupAssignment, GroupId, RoleArn, User, UserAssignment};

use super::{GroupOutcome, membership::Nesting};
use crate::{AssignedTo, Catalogue, Usability, check::Subject, grant::Grants, trust::ProviderRule};

/// The groups and who is in whom; with it everything about people is worked out.
#[derive(Debug)]
pub struct GroupGraph<'a> {
    nesting: Nesting<'a>,
    /// The app's assigned groups, by place.
    assigned: HashMap<usize, &'a (GroupAssignment, Group)>,
}

impl<'a> GroupGraph<'a> {
    /// From all groups, who is in whom (child, parent), and the assigned groups of the app.
    pub fn new(groups: &'a [Group], parents: &[(GroupId, GroupId)], assigned: &'a [(GroupAssignment, Group)]) -> Self {
        let nesting = Nesting::new(groups, parents);
        let assigned = assigned.iter().filter_map(|pair| Some((*nesting.places.get(&pair.1.id)?, pair))).collect();
        Self { nesting, assigned }
    }

    /// Every group that somebody in these groups is in, by place.
    fn reached(&self, direct: &[GroupId]) -> Vec<usize> {
        let mut open: Vec<usize> = direct.iter().filter_map(|id| self.nesting.places.get(id).copied()).collect();
        let mut seen: HashSet<usize> = HashSet::new();
        let mut reached = Vec::new();
        while let Some(place) = open.pop() {
            if seen.insert(place) {
                reached.push(place);
                open.extend(self.nesting.above.get(place).into_iter().flatten());
            }
        }
        reached
    }
}

/// One way of getting roles.
#[derive(Debug)]
pub enum Side<'a> {
    /// By the names of groups: for each group, in the order of the graph's, the role that it gives.
    Mapped(Vec<Option<RoleArn>>),
    /// By assignments.
    Assigned {
        /// With the settings of this side.
        app: &'a App,
        /// The roles among all assigned ones that can be entered.
        usable: HashSet<RoleArn>,
    },
}

impl<'a> Side<'a> {
    /// By mapping, from the outcomes of all groups in their order.
    pub fn mapped(outcomes: &[GroupOutcome]) -> Self {
        Self::Mapped(outcomes.iter().map(|outcome| outcome.granted().cloned()).collect())
    }

    /// By assignment; `roles` are all that assignments name.
    pub fn assigned(app: &'a App, roles: impl IntoIterator<Item = RoleArn>, catalogue: &dyn Catalogue) -> Self {
        let sends = ProviderRule::of(app);
        let usable = |role: &RoleArn| {
            let provider = sends.beside(role);
            Usability::of(&Subject::look_up(app, &sends, role, provider.as_ref(), catalogue)).can_launch()
        };
        Self::Assigned { app, usable: roles.into_iter().filter(usable).collect() }
    }

    fn roles(&self, person: &Asked<'_>) -> BTreeSet<RoleArn> {
        match self {
            Self::Mapped(roles) => person.reached.iter().filter_map(|place| roles.get(*place)?.clone()).collect(),
            Self::Assigned { app, usable } => {
                let to = AssignedTo { app, user: person.user, direct: person.direct, groups: &person.groups };
                let granted = Grants::of(to).granted.into_iter().map(|(role, _)| role);
                granted.filter(|role| usable.contains(role)).collect()
            }
        }
    }
}

/// A person with what both sides need to know.
struct Asked<'a> {
    user: &'a User,
    direct: Option<&'a UserAssignment>,
    reached: Vec<usize>,
    groups: Vec<(GroupAssignment, Group)>,
}

/// What changes for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Roles that only the second side gives.
    pub gains: Vec<RoleArn>,
    /// Roles that only the first side gives.
    pub losses: Vec<RoleArn>,
}

/// Compares two sides for one person, who is directly in the groups `member_of` and may be assigned directly. Nothing
/// for somebody who is not active or not assigned.
pub fn compare(
    graph: &GroupGraph<'_>,
    sides: (&Side<'_>, &Side<'_>),
    user: &User,
    member_of: &[GroupId],
    direct: Option<&UserAssignment>,
) -> Change {
    let reached = graph.reached(member_of);
    let groups: Vec<(GroupAssignment, Group)> =
        reached.iter().filter_map(|place| graph.assigned.get(place).map(|pair| (*pair).clone())).collect();
    if !user.is_active() || direct.is_none() && groups.is_empty() {
        return Change::default();
    }
    let person = Asked { user, direct, reached, groups };
    let (before, after) = (sides.0.roles(&person), sides.1.roles(&person));
    Change { gains: after.difference(&before).cloned().collect(), losses: before.difference(&after).cloned().collect() }
}

#[cfg(test)]
mod tests;
