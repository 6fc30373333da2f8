//! Ways through nested groups, held against a plain closure.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::fixture::group;

fn groups(count: u32) -> Vec<Group> {
    (0..count).map(|number| group(number, 0, &[]).1).collect()
}

fn id(number: u32) -> GroupId {
    group(number, 0, &[]).1.id
}

fn pairs(pairs: &[(u32, u32)]) -> Vec<(GroupId, GroupId)> {
    pairs.iter().map(|(child, parent)| (id(*child), id(*parent))).collect()
}

fn names(paths: &[Vec<Place>]) -> Vec<String> {
    paths
        .iter()
        .map(|path| path.iter().map(|place| place.name.trim_start_matches("group ")).collect::<Vec<_>>().join(">"))
        .collect()
}

#[test]
fn the_way_leads_from_the_persons_own_group_to_the_role_group() {
    let groups = groups(5);
    let members = MemberGroups::new(&groups, &[id(0), id(1)], &pairs(&[(0, 2), (2, 3), (1, 3), (3, 4)]));
    assert_eq!(names(&members.paths_to(&id(3))), ["1>3", "0>2>3"], "one for each group that the person is in");
    assert_eq!(names(&members.paths_to(&id(0))), ["0"]);
    assert_eq!(names(&members.paths_to(&id(4))), ["1>3>4", "0>2>3>4"]);
}

#[test]
fn loops_end_and_groups_without_a_way_are_not_there() {
    let groups = groups(4);
    let members = MemberGroups::new(&groups, &[id(0)], &pairs(&[(0, 1), (1, 2), (2, 0), (2, 2), (9, 3), (3, 9)]));
    assert_eq!(members.groups().count(), 3);
    assert_eq!(names(&members.paths_to(&id(2))), ["0>1>2"]);
    assert!(members.paths_to(&id(3)).is_empty() && members.paths_to(&id(9)).is_empty());
}

#[test]
fn a_direct_membership_is_told_however_many_other_ways_there_are() {
    let groups = groups(9);
    let direct: Vec<GroupId> = (0..9).map(id).collect();
    let above: Vec<(u32, u32)> = (0..8).map(|child| (child, 8)).collect();
    let members = MemberGroups::new(&groups, &direct, &pairs(&above));
    let paths = names(&members.paths_to(&id(8)));
    assert_eq!((paths.len(), paths[0].as_str()), (MAX_PATHS, "8"));
}

fn closure(direct: &BTreeSet<u32>, above: &[(u32, u32)]) -> BTreeSet<u32> {
    let mut reached = direct.clone();
    loop {
        let more: BTreeSet<u32> =
            above.iter().filter(|(child, _)| reached.contains(child)).map(|(_, parent)| *parent).collect();
        if more.is_subset(&reached) {
            return reached;
        }
        reached.extend(more);
    }
}

proptest! {
    #[test]
    fn what_is_reached_is_the_closure_and_every_way_is_a_way(
        direct in prop::collection::btree_set(0_u32..10, 0..4),
        above in prop::collection::vec((0_u32..10, 0_u32..10), 0..25),
    ) {
        let groups = groups(10);
        let starts: Vec<GroupId> = direct.iter().map(|start| id(*start)).collect();
        let members = MemberGroups::new(&groups, &starts, &pairs(&above));
        let reached: BTreeSet<GroupId> = members.groups().map(|group| group.id.clone()).collect();
        let expected: BTreeSet<GroupId> = closure(&direct, &above).into_iter().map(id).collect();
        prop_assert_eq!(&reached, &expected);
        for target in 0..10 {
            let paths = members.paths_to(&id(target));
            prop_assert_eq!(!paths.is_empty(), reached.contains(&id(target)));
            let first: BTreeSet<&GroupId> = paths.iter().map(|path| &path[0].id).collect();
            prop_assert_eq!(first.len(), paths.len(), "each begins elsewhere");
            let whole = direct.iter().filter(|start| closure(&BTreeSet::from([**start]), &above).contains(&target)).count();
            prop_assert_eq!(paths.len(), whole.min(MAX_PATHS));
            for path in &paths {
                prop_assert!(direct.iter().any(|start| id(*start) == path[0].id));
                prop_assert_eq!(&path[path.len() - 1].id, &id(target));
                for step in path.windows(2) {
                    prop_assert!(pairs(&above).contains(&(step[0].id.clone(), step[1].id.clone())));
                }
            }
        }
    }
}
