//! The groups that one person is in, directly or through other groups, and the ways that lead there.
//!
//! A group can be reached on many ways; one for each group that the person is in directly is kept, the shortest, and of
//! those at most [`MAX_PATHS`]. Loops end by themselves.

use std::collections::{HashMap, VecDeque};

use domain::{Group, GroupId};
use serde::Serialize;

/// Ways that are told for one group.
pub const MAX_PATHS: usize = 5;

/// A group on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The group.
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

/// Which group is a member of which, by place in a list of groups.
#[derive(Debug)]
pub(super) struct Nesting<'a> {
    pub(super) places: HashMap<&'a GroupId, usize>,
    /// For each group the groups that it is a member of.
    pub(super) above: Vec<Vec<usize>>,
}

impl<'a> Nesting<'a> {
    /// From pairs of child and parent; what refers to other groups is left out of account.
    pub(super) fn new(groups: &'a [Group], parents: &[(GroupId, GroupId)]) -> Self {
        let places: HashMap<&'a GroupId, usize> =
            groups.iter().enumerate().map(|(place, group)| (&group.id, place)).collect();
        let mut above: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
        for (child, parent) in parents {
            if let (Some(child), Some(parent)) = (places.get(child), places.get(parent))
                && let Some(above) = above.get_mut(*child)
            {
                above.push(*parent);
            }
        }
        Self { places, above }
    }
}

/// A person's groups.
#[derive(Debug)]
pub struct MemberGroups<'a> {
    groups: &'a [Group],
    places: HashMap<&'a GroupId, usize>,
    /// For each group the ways that lead to it, shortest first.
    ways: Vec<Vec<Way>>,
}

/// The last step of a way: it begins in the group `start` and comes from `from`, `None` where it begins.
#[derive(Debug, Clone, Copy)]
struct Way {
    start: usize,
    from: Option<usize>,
}

impl<'a> MemberGroups<'a> {
    /// From every group that the person is in, those in which they are directly, and who is in whom (child, parent).
    /// What refers to other groups is left out of account.
    pub fn new(groups: &'a [Group], direct: &[GroupId], parents: &[(GroupId, GroupId)]) -> Self {
        let Nesting { places, mut above } = Nesting::new(groups, parents);
        // By name: which ways are told does not depend on the order in which a store answers.
        let by_name = |place: &usize| groups.get(*place).map(|group| (&group.name, &group.id));
        for parents in &mut above {
            parents.sort_by_key(by_name);
        }
        let mut starts: Vec<usize> = direct.iter().filter_map(|id| places.get(id).copied()).collect();
        starts.sort_by_key(by_name);
        starts.dedup();
        let mut ways = vec![Vec::new(); groups.len()];
        // Where the person is directly is told first, however many other ways lead there.
        for start in &starts {
            ways.get_mut(*start)
                .into_iter()
                .for_each(|ways: &mut Vec<Way>| ways.push(Way { start: *start, from: None }));
        }
        for start in starts {
            walk(start, &above, &mut ways);
        }
        Self { groups, places, ways }
    }

    /// Every group to which a way leads.
    pub fn groups(&self) -> impl Iterator<Item = &'a Group> + '_ {
        self.groups.iter().zip(&self.ways).filter(|(_, ways)| !ways.is_empty()).map(|(group, _)| group)
    }

    /// The ways to a group, shortest first, each from a group that the person is in directly to the group itself.
    pub fn paths_to(&self, group: &GroupId) -> Vec<Vec<Place>> {
        let Some(place) = self.places.get(group) else { return Vec::new() };
        let ways = self.ways.get(*place).into_iter().flatten();
        let mut paths: Vec<Vec<Place>> = ways.map(|way| self.path(*place, *way)).collect();
        paths.sort_by_key(Vec::len);
        paths
    }

    fn path(&self, place: usize, way: Way) -> Vec<Place> {
        // A management group and the role group, as a rule.
        let mut path = Vec::with_capacity(2);
        let (mut place, mut from) = (place, way.from);
        loop {
            path.extend(self.groups.get(place).map(|group| Place { id: group.id.clone(), name: group.name.clone() }));
            let Some(before) = from else { break };
            let same_start = |other: &&Way| other.start == way.start;
            from = self.ways.get(before).and_then(|ways| ways.iter().find(same_start)).and_then(|way| way.from);
            place = before;
        }
        path.reverse();
        path
    }
}

/// Breadth first, so that the first way found is a shortest one. A group to which enough ways lead is not gone through
/// again: everything above it has as many.
fn walk(start: usize, above: &[Vec<usize>], ways: &mut [Vec<Way>]) {
    let parents = |place: usize| above.get(place).into_iter().flatten().map(move |parent| (*parent, place));
    let mut open: VecDeque<(usize, usize)> = parents(start).collect();
    while let Some((place, from)) = open.pop_front() {
        let Some(known) = ways.get_mut(place) else { continue };
        if known.len() < MAX_PATHS && known.iter().all(|way| way.start != start) {
            known.push(Way { start, from: Some(from) });
            open.extend(parents(place));
        }
    }
}

#[cfg(test)]
mod tests;
