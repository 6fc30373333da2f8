//! Gains and losses, held against the decision itself.

use domain::UserStatus;
use proptest::prelude::*;

use super::*;
use crate::{
    Entitlement, KnownAws, assigned,
    fixture::{self, account, direct, group, named_group, role, role_arn},
    mapping::{Diagnosis, Mapping, MemberGroups, Sources},
};

fn app(mapping: bool, filter: &str) -> App {
    let mut app = fixture::app();
    app.settings.use_group_mapping = mapping;
    app.settings.group_filter = filter.to_owned();
    app.settings.role_value_pattern =
        "arn:aws:iam::${accountid}:saml-provider/Rolegate,arn:aws:iam::${accountid}:role/${role}".to_owned();
    app
}

fn known() -> KnownAws {
    KnownAws::new([account(1, "one", None)], [role(&role_arn(1, "A")), role(&role_arn(1, "B"))])
}

fn side<'a>(app: &'a App, groups: &[Group], named: &[RoleArn]) -> Side<'a> {
    if !app.settings.use_group_mapping {
        return Side::assigned(app, named.iter().cloned(), &known());
    }
    let mapping = Mapping::compile(&app.settings).unwrap();
    let sources = Sources::default();
    let diagnosis = Diagnosis::new(app, &mapping, &sources);
    Side::mapped(&groups.iter().map(|group| diagnosis.of(group, &known())).collect::<Vec<_>>())
}

const STORED: &str = r"aws_(?{{accountid}}\d+)_(?{{role}}\w+)";

#[test]
fn a_change_tells_who_gains_and_who_loses_what() {
    let groups = [named_group(1, "Admins"), named_group(2, "aws_111111111111_A"), named_group(3, "iam_111111111111_B")];
    let id = |place: usize| groups[place].id.clone();
    let assigned = [(group(1, 0, &[]).0, groups[0].clone())];
    let graph = GroupGraph::new(&groups, &[(id(0), id(1)), (id(0), id(2))], &assigned);
    let (before, after) = (app(true, STORED), app(true, r"iam_(?{{accountid}}\d+)_(?{{role}}\w+)"));
    let sides = (&side(&before, &groups, &[]), &side(&after, &groups, &[]));
    let user = fixture::user();
    let change = compare(&graph, sides, &user, &[id(0)], None);
    assert_eq!(change, Change { gains: vec![role_arn(1, "B")], losses: vec![role_arn(1, "A")] });
    assert_eq!(compare(&graph, sides, &user, &[id(1)], None), Change::default(), "not assigned to the app");
    let suspended = User { status: UserStatus::Suspended, ..user };
    assert_eq!(compare(&graph, sides, &suspended, &[id(0)], None), Change::default());
}

#[test]
fn turning_mapping_on_takes_assigned_roles_away() {
    let groups = [named_group(1, "aws_111111111111_A")];
    let assigned = [(group(1, 0, &[role_arn(1, "B"), role_arn(1, "Nobody")]).0, groups[0].clone())];
    let graph = GroupGraph::new(&groups, &[], &assigned);
    let (before, after) = (app(false, STORED), app(true, STORED));
    let named = [role_arn(1, "B"), role_arn(1, "Nobody")];
    let sides = (&side(&before, &groups, &named), &side(&after, &groups, &[]));
    let change = compare(&graph, sides, &fixture::user(), &[groups[0].id.clone()], None);
    assert_eq!(change, Change { gains: vec![role_arn(1, "A")], losses: vec![role_arn(1, "B")] });
}

fn launchable(entitlements: Vec<Entitlement>) -> BTreeSet<RoleArn> {
    entitlements.into_iter().filter(|one| one.usability.can_launch()).map(|one| one.role).collect()
}

proptest! {
    #[test]
    fn what_is_told_is_the_difference_of_what_a_launch_would_offer(
        names in prop::collection::vec(prop::sample::select(vec!["aws_111111111111_A", "aws_111111111111_B", "x", "aws_1_A"]), 1..5),
        member_of in prop::collection::vec(0_usize..5, 0..3),
        above in prop::collection::vec((0_usize..5, 0_usize..5), 0..6),
        assignments in prop::collection::vec((0_usize..5, prop::sample::select(vec!["A", "B", "Z"])), 0..3),
        own in prop::option::of(prop::sample::select(vec!["A", "B"])),
        mapped_before in any::<bool>(),
        join in any::<bool>(),
    ) {
        let groups: Vec<Group> = (1..).zip(&names).map(|(number, name)| named_group(number, name)).collect();
        let inside = |place: &usize| *place < groups.len();
        let id = |place: usize| groups[place].id.clone();
        let member_of: Vec<GroupId> = member_of.into_iter().filter(inside).map(id).collect();
        let above: Vec<(GroupId, GroupId)> =
            above.into_iter().filter(|(child, parent)| inside(child) && inside(parent)).map(|(child, parent)| (id(child), id(parent))).collect();
        let places: BTreeSet<usize> = assignments.iter().map(|(place, _)| *place).filter(inside).collect();
        let assigned_groups: Vec<(GroupAssignment, Group)> = places.into_iter().map(|place| {
            let role = assignments.iter().find(|(other, _)| *other == place).unwrap().1;
            let number = u32::try_from(place).unwrap() + 1;
            (group(number, number, &[role_arn(1, role)]).0, groups[place].clone())
        }).collect();
        let own = own.map(|role| direct(None, &[role_arn(1, role)]));
        let mut before = app(mapped_before, STORED);
        before.settings.join_all_roles = join;
        let after = app(true, r"(?:aws|iam)_(?{{accountid}}\d+)_(?{{role}}B)");
        let named = ["A", "B", "Z"].map(|role| role_arn(1, role));
        let user = fixture::user();
        let graph = GroupGraph::new(&groups, &above, &assigned_groups);
        let change = compare(&graph, (&side(&before, &groups, &named), &side(&after, &groups, &[])), &user, &member_of, own.as_ref());

        let members = MemberGroups::new(&groups, &member_of, &above);
        let reached: BTreeSet<&GroupId> = members.groups().map(|group| &group.id).collect();
        let mine: Vec<_> = assigned_groups.iter().filter(|(_, group)| reached.contains(&group.id)).cloned().collect();
        let has = |app: &App| {
            let to = AssignedTo { app, user: &user, direct: own.as_ref(), groups: &mine };
            launchable(if app.settings.use_group_mapping {
                Mapping::compile(&app.settings).unwrap().of_person(&members, &Sources::default()).entitlements(to, &known())
            } else {
                assigned(to, &known())
            })
        };
        let (before, after) = (has(&before), has(&after));
        prop_assert_eq!(change.gains, after.difference(&before).cloned().collect::<Vec<_>>());
        prop_assert_eq!(change.losses, before.difference(&after).cloned().collect::<Vec<_>>());
    }
}
