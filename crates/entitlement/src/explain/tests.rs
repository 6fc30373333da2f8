//! The explanation names the step, and never says otherwise than the decision.

use domain::{
    App, UserAssignment, UserStatus,
    aws::{AwsRole, Trust},
};
use proptest::prelude::*;

use super::*;
use crate::{
    KnownAws, assigned,
    fixture::{self, account, direct, group, role, role_arn, verdict},
};

fn known() -> KnownAws {
    KnownAws::new([account(1, "beta", None)], [role(&role_arn(1, "A")), role(&role_arn(1, "B"))])
}

fn codes(explanation: &Explanation, outcome: StepOutcome) -> Vec<&str> {
    explanation.steps.iter().filter(|step| step.outcome == outcome).map(|step| step.code.as_str()).collect()
}

fn explained(app: &App, direct: Option<&UserAssignment>, groups: &[(GroupAssignment, Group)]) -> Explanation {
    let user = fixture::user();
    explain(AssignedTo { app, user: &user, direct, groups }, &role_arn(1, "A"), &[], &known())
}

#[test]
fn a_granted_role_shows_every_step_and_its_reason() {
    let explanation = explained(&fixture::app(), None, &[group(1, 0, &[role_arn(1, "A")])]);
    assert!(explanation.granted);
    assert_eq!(
        codes(&explanation, StepOutcome::Passed),
        [
            "app_active",
            "user_active",
            "assigned_by_group",
            "role_kind",
            "identity_provider",
            "account",
            "role",
            "trust"
        ]
    );
    assert_eq!(explanation.conclusion, "`ann@example.com` can enter `arn:aws:iam::111111111111:role/A`");
    assert!(explanation.steps.iter().all(|step| !step.what.is_empty()));
}

#[test]
fn a_group_role_behind_a_direct_assignment_is_named_with_the_setting_that_hides_it() {
    let direct = direct(None, &[role_arn(1, "B")]);
    let explanation = explained(&fixture::app(), Some(&direct), &[group(1, 0, &[role_arn(1, "A")])]);
    assert!(!explanation.granted);
    assert_eq!(codes(&explanation, StepOutcome::Failed), ["role_not_assigned", "hidden_by_direct_assignment"]);
    let hidden = explanation.steps.iter().find(|step| step.code == "hidden_by_direct_assignment").unwrap();
    assert!(hidden.what.contains("`group 1`") && hidden.fix.as_ref().unwrap().contains("`joinAllRoles`"), "{hidden:?}");
}

#[test]
fn a_group_role_behind_a_higher_group_names_that_group() {
    let mut app = fixture::app();
    app.settings.combine_group_roles = false;
    let groups = [group(1, 0, &[role_arn(1, "B")]), group(2, 5, &[role_arn(1, "A")])];
    let explanation = explained(&app, None, &groups);
    let hidden = explanation.steps.iter().find(|step| step.code == "hidden_by_priority").unwrap();
    assert!(hidden.what.contains("`group 2`") && hidden.what.contains("`group 1`"), "{hidden:?}");
}

#[test]
fn a_role_field_behind_saml_roles_is_named() {
    let direct = direct(Some(role_arn(1, "A")), &[role_arn(1, "B")]);
    let explanation = explained(&fixture::app(), Some(&direct), &[]);
    assert_eq!(codes(&explanation, StepOutcome::Failed), ["role_not_assigned", "hidden_by_saml_roles"]);
}

#[test]
fn somebody_who_is_not_assigned_is_told_which_group_would_help() {
    let (app, user, others) = (fixture::app(), fixture::user(), [group(7, 0, &[role_arn(1, "A")])]);
    let to = AssignedTo { app: &app, user: &user, direct: None, groups: &[] };
    let explanation = explain(to, &role_arn(1, "A"), &others, &known());
    let step = explanation.steps.iter().find(|step| step.code == "not_assigned").unwrap();
    assert!(step.fix.as_ref().unwrap().contains("`group 7`"), "{step:?}");
    assert!(explanation.conclusion.contains("cannot enter"));
}

#[test]
fn a_suspended_user_is_told_the_status() {
    let user = domain::User { status: UserStatus::Suspended, ..fixture::user() };
    let (app, direct) = (fixture::app(), direct(None, &[role_arn(1, "A")]));
    let to = AssignedTo { app: &app, user: &user, direct: Some(&direct), groups: &[] };
    let explanation = explain(to, &role_arn(1, "A"), &[], &known());
    assert_eq!(codes(&explanation, StepOutcome::Failed), ["user_not_active"]);
    assert!(explanation.conclusion.contains("`SUSPENDED`"));
}

/// A world with something wrong here and there.
#[derive(Debug, Clone)]
struct World {
    app: App,
    user: domain::User,
    direct: Option<UserAssignment>,
    groups: Vec<(GroupAssignment, Group)>,
    catalogue: KnownAws,
}

fn some_roles() -> impl Strategy<Value = Vec<RoleArn>> {
    let one = (prop::sample::select(vec![1_u32, 2, 9]), prop::sample::select(vec!["A", "B", "AWSReservedSSO_X"]));
    prop::collection::vec(one.prop_map(|(digit, name)| role_arn(digit, name)), 0..4)
}

fn some_role() -> impl Strategy<Value = AwsRole> {
    let trust = prop::sample::select(vec![Trust::Allowed, Trust::Conditional, Trust::Refused]);
    let (digit, name) = (prop::sample::select(vec![1_u32, 2]), prop::sample::select(vec!["A", "B"]));
    (digit, name, trust.clone(), trust, any::<bool>()).prop_map(|(digit, name, trust, source_identity, vanished)| {
        let mut role = role(&role_arn(digit, name));
        role.verdict = verdict(trust, "some_code");
        role.verdict.set_source_identity = source_identity;
        role.vanished = vanished.then_some(fixture::NOW);
        role
    })
}

prop_compose! {
    fn world()(
        flags in any::<[bool; 6]>(),
        direct_roles in prop::option::of((prop::option::of(Just(role_arn(1, "A"))), some_roles())),
        groups in prop::collection::vec((0_u32..3, some_roles()), 0..4),
        roles in prop::collection::vec(some_role(), 0..4),
        read in any::<bool>(),
    ) -> World {
        let [active, join, combine, provider, identity, inactive_app] = flags;
        let mut app = fixture::app();
        app.settings.join_all_roles = join;
        app.settings.combine_group_roles = combine;
        app.settings.source_identity = identity.then(|| "x".to_owned());
        if !provider && !active {
            app.settings.identity_provider_arn = None;
        }
        if inactive_app && !active {
            app.status = AppStatus::Inactive;
        }
        let mut user = fixture::user();
        if !active && join {
            user.status = UserStatus::Deprovisioned;
        }
        let mut second = account(2, "alpha", None);
        second.last_success = second.last_success.filter(|_| read);
        World {
            app,
            user,
            direct: direct_roles.map(|(role, saml_roles)| direct(role, &saml_roles)),
            groups: (1..).zip(groups).map(|(number, (priority, roles))| group(number, priority, &roles)).collect(),
            catalogue: KnownAws::new([account(1, "beta", None), second], roles),
        }
    }
}

proptest! {
    #[test]
    fn granted_means_present_and_usable(world in world()) {
        let to = AssignedTo { app: &world.app, user: &world.user, direct: world.direct.as_ref(), groups: &world.groups };
        let entitlements = assigned(to, &world.catalogue);
        for arn in [1, 2, 9].into_iter().flat_map(|digit| ["A", "B", "AWSReservedSSO_X"].map(|name| role_arn(digit, name))) {
            let found = entitlements.iter().find(|one| one.role == arn);
            let explanation = explain(to, &arn, &[], &world.catalogue);
            prop_assert_eq!(explanation.granted, found.is_some_and(|one| one.usability.can_launch()), "{:?}", explanation);
            if let Some(found) = found {
                prop_assert_eq!(&explanation.reasons, &found.reasons);
                prop_assert!(!found.reasons.is_empty());
            }
            if !explanation.granted {
                prop_assert!(explanation.steps.iter().any(|step| step.outcome == StepOutcome::Failed));
            }
        }
    }

    #[test]
    fn the_order_in_which_groups_arrive_does_not_matter(world in world(), turn in 0_usize..4) {
        let to = AssignedTo { app: &world.app, user: &world.user, direct: world.direct.as_ref(), groups: &world.groups };
        let mut turned = world.groups.clone();
        if !turned.is_empty() {
            let middle = turn % turned.len();
            turned.rotate_left(middle);
        }
        let before = assigned(to, &world.catalogue);
        prop_assert_eq!(before, assigned(AssignedTo { groups: &turned, ..to }, &world.catalogue));
    }
}
