//! The explanation of a mapped role names the way to it, or the step that is missing.

use domain::{App, GroupId, UserStatus};
use proptest::prelude::*;

use super::*;
use crate::{
    KnownAws,
    fixture::{self, account, direct, group, named_group, role, role_arn},
};

fn app() -> App {
    let mut app = fixture::app();
    app.settings.use_group_mapping = true;
    app.settings.group_filter = r"aws_(?{{accountid}}\d+)_(?{{role}}\w+)".to_owned();
    app.settings.role_value_pattern =
        "arn:aws:iam::${accountid}:saml-provider/Rolegate,arn:aws:iam::${accountid}:role/${role}".to_owned();
    app
}

fn known() -> KnownAws {
    KnownAws::new([account(1, "one", None)], [role(&role_arn(1, "A")), role(&role_arn(1, "B"))])
}

struct Person {
    groups: Vec<Group>,
    /// Those of `groups` in which the person is directly, by place.
    direct: Vec<usize>,
    above: Vec<(usize, usize)>,
}

impl Person {
    fn explained(&self, to: AssignedTo<'_>, others: &[Group]) -> Explanation {
        let id = |place: usize| self.groups[place].id.clone();
        let direct: Vec<GroupId> = self.direct.iter().map(|place| id(*place)).collect();
        let above: Vec<(GroupId, GroupId)> =
            self.above.iter().map(|(child, parent)| (id(*child), id(*parent))).collect();
        let groups = MemberGroups::new(&self.groups, &direct, &above);
        let mapping = Mapping::compile(&to.app.settings);
        let by = MappedBy {
            mapping: mapping.as_ref().map_err(Vec::as_slice),
            groups: &groups,
            sources: &Sources::default(),
            others,
        };
        explain_mapping(to, &role_arn(1, "A"), by, &known())
    }
}

fn explained(app: &App, person: &Person) -> Explanation {
    let (user, direct) = (fixture::user(), direct(None, &[]));
    person.explained(AssignedTo { app, user: &user, direct: Some(&direct), groups: &[] }, &[])
}

fn in_groups(names: &[&str]) -> Person {
    let groups = (1..).zip(names).map(|(number, name)| named_group(number, name)).collect();
    Person { groups, direct: (0..names.len()).collect(), above: Vec::new() }
}

fn failed(explanation: &Explanation) -> Vec<&str> {
    let failed = explanation.steps.iter().filter(|step| step.outcome == StepOutcome::Failed);
    failed.map(|step| step.code.as_str()).collect()
}

#[test]
fn a_granted_role_shows_the_way_to_it() {
    let person = Person { direct: vec![0], above: vec![(0, 1)], ..in_groups(&["Cloud Admins", "aws_111111111111_A"]) };
    let explanation = explained(&app(), &person);
    assert!(explanation.granted, "{explanation:?}");
    let codes: Vec<&str> = explanation.steps.iter().map(|step| step.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "app_active",
            "user_active",
            "assigned_to_app",
            "mapped_by_group",
            "role_kind",
            "identity_provider",
            "account",
            "role",
            "trust"
        ]
    );
    assert_eq!(
        explanation.steps[3].what,
        "the user is in `Cloud Admins`, which is in `aws_111111111111_A`; the group filter matches `aws_111111111111_A` (from `okta`), takes accountid `111111111111`, role `A`, and the role value pattern makes `arn:aws:iam::111111111111:saml-provider/Rolegate,arn:aws:iam::111111111111:role/A` of it"
    );
}

#[test]
fn somebody_without_the_group_is_told_which_would_help() {
    let (app, user, direct) = (app(), fixture::user(), direct(None, &[role_arn(1, "A")]));
    let to = AssignedTo { app: &app, user: &user, direct: Some(&direct), groups: &[group(8, 0, &[role_arn(1, "A")])] };
    let others = [named_group(9, "aws_111111111111_A")];
    let explanation = in_groups(&["Everyone"]).explained(to, &others);
    assert_eq!(failed(&explanation), ["role_not_mapped", "hidden_by_group_mapping", "hidden_by_group_mapping"]);
    let step = explanation.steps.iter().find(|step| step.code == "role_not_mapped").unwrap();
    assert!(step.fix.as_ref().unwrap().contains("into `aws_111111111111_A`"), "{step:?}");
    assert!(explanation.conclusion.contains("assignments give no roles"), "{}", explanation.conclusion);
}

#[test]
fn an_assignment_that_names_the_role_too_is_a_remark() {
    let (app, user, direct) = (app(), fixture::user(), direct(Some(role_arn(1, "A")), &[]));
    let to = AssignedTo { app: &app, user: &user, direct: Some(&direct), groups: &[] };
    let explanation = in_groups(&["aws_111111111111_A"]).explained(to, &[]);
    assert!(explanation.granted);
    assert!(explanation.steps.iter().any(|step| step.code == "hidden_by_group_mapping"));
}

#[test]
fn somebody_who_is_not_assigned_has_nothing() {
    let (app, user) = (app(), fixture::user());
    let to = AssignedTo { app: &app, user: &user, direct: None, groups: &[] };
    let explanation = in_groups(&["aws_111111111111_A"]).explained(to, &[]);
    assert_eq!(failed(&explanation), ["not_assigned"]);
    assert!(!explanation.reasons.is_empty(), "the group is told nevertheless");
}

#[test]
fn a_group_that_was_meant_is_named_with_what_is_wrong() {
    for (name, code) in [
        ("AWS_111111111111_A", "near_miss_name_case"),
        ("x_aws_111111111111_A", "near_miss_part_only"),
        ("aws_111111111111_a", "near_miss_role_case"),
    ] {
        let explanation = explained(&app(), &in_groups(&[name, "Everyone"]));
        assert_eq!(failed(&explanation), ["role_not_mapped", code]);
        assert!(explanation.conclusion.contains(name), "{}", explanation.conclusion);
    }
}

#[test]
fn a_mapping_that_cannot_be_used_is_named() {
    let mut app = app();
    app.settings.group_filter = "(".to_owned();
    let explanation = explained(&app, &in_groups(&["aws_111111111111_A"]));
    assert_eq!(failed(&explanation), ["mapping_unusable"]);
    assert!(explanation.conclusion.contains("`groupFilter`"), "{}", explanation.conclusion);
}

proptest! {
    #[test]
    fn granted_means_present_and_usable(
        names in prop::collection::vec(prop::sample::select(vec![
            "aws_111111111111_A", "aws_111111111111_B", "aws_1_A", "AWS_111111111111_A", "x", "aws_222222222222_A",
        ]), 0..5),
        direct_members in prop::collection::vec(0_usize..5, 0..3),
        above in prop::collection::vec((0_usize..5, 0_usize..5), 0..6),
        assigned in any::<bool>(),
        active in any::<bool>(),
    ) {
        let inside = |place: &usize| *place < names.len();
        let person = Person {
            direct: direct_members.into_iter().filter(inside).collect(),
            above: above.into_iter().filter(|(child, parent)| inside(child) && inside(parent)).collect(),
            ..in_groups(&names)
        };
        let app = app();
        let mut user = fixture::user();
        if !active {
            user.status = UserStatus::Suspended;
        }
        let direct = direct(None, &[]);
        let to = AssignedTo { app: &app, user: &user, direct: assigned.then_some(&direct), groups: &[] };
        let id = |place: &usize| person.groups[*place].id.clone();
        let direct: Vec<GroupId> = person.direct.iter().map(id).collect();
        let above: Vec<(GroupId, GroupId)> = person.above.iter().map(|(child, parent)| (id(child), id(parent))).collect();
        let groups = MemberGroups::new(&person.groups, &direct, &above);
        let mapped = Mapping::compile(&app.settings).unwrap().of_person(&groups, &Sources::default());
        let has = mapped.entitlements(to, &known());
        let found = has.iter().find(|one| one.role == role_arn(1, "A"));
        let explanation = person.explained(to, &[]);
        prop_assert_eq!(explanation.granted, found.is_some_and(|one| one.usability.can_launch()), "{:?}", explanation);
        if let Some(found) = found {
            prop_assert_eq!(&explanation.reasons, &found.reasons);
        }
    }
}
