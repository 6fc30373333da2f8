//! Who gets what: assignments, priorities, and everything that can be wrong with a role.

use domain::{
    App, AppStatus, Group, GroupAssignment, UserAssignment, UserStatus,
    app::SessionTag,
    aws::{AwsAccount, AwsRole, DiscoveryError, DiscoveryStep, OrganizationState, Trust},
};

use super::*;
use crate::{
    KnownAws, Reason, RoleField, Usability,
    fixture::{self, account, arn, direct, group, role, role_arn, verdict},
};

/// Accounts 1 `Beta` and 2 `alpha` with the roles A, B, C; account 9 is unknown.
fn known() -> KnownAws {
    let roles = [1, 2].into_iter().flat_map(|digit| ["A", "B", "C"].map(|name| role(&role_arn(digit, name))));
    KnownAws::new([account(1, "Beta", None), account(2, "alpha", Some("al"))], roles)
}

fn known_with(changed: AwsRole) -> KnownAws {
    KnownAws::new([account(1, "Beta", None)], [changed])
}

fn of(app: &App, direct: Option<&UserAssignment>, groups: &[(GroupAssignment, Group)]) -> Vec<Entitlement> {
    assigned(AssignedTo { app, user: &fixture::user(), direct, groups }, &known())
}

fn roles(entitlements: &[Entitlement]) -> Vec<String> {
    entitlements.iter().map(|one| format!("{}:{}", one.account.name, one.role.name())).collect()
}

/// What becomes of role A of account 1, assigned directly.
fn usability(app: &App, catalogue: &KnownAws) -> Usability {
    let direct = direct(None, &[role_arn(1, "A")]);
    let to = AssignedTo { app, user: &fixture::user(), direct: Some(&direct), groups: &[] };
    assigned(to, catalogue).remove(0).usability
}

fn code(usability: &Usability) -> String {
    match usability {
        Usability::Usable => "usable".to_owned(),
        Usability::Warned { warnings } => {
            warnings.iter().map(|warning| format!("warned {}", warning.code)).collect::<Vec<_>>().join(", ")
        }
        Usability::Refused { refusal } => {
            assert!(refusal.fix.is_some() || refusal.explanation.starts_with("the policy says"), "{refusal:?}");
            format!("refused {}", refusal.code)
        }
    }
}

#[test]
fn roles_come_by_account_name_without_case_then_by_role_name() {
    let direct = direct(None, &[role_arn(1, "B"), role_arn(2, "C"), role_arn(1, "A"), role_arn(9, "A")]);
    let entitlements = of(&fixture::app(), Some(&direct), &[]);
    assert_eq!(roles(&entitlements), ["999999999999:A", "alpha:C", "Beta:A", "Beta:B"]);
    assert_eq!(entitlements[1].account.role_label(&entitlements[1].role), "[al] - C");
    assert_eq!(entitlements[2].account.role_label(&entitlements[2].role), "Beta - A");
    let provider = entitlements[1].provider.as_ref().unwrap().to_string();
    assert_eq!(provider, "arn:aws:iam::222222222222:saml-provider/Rolegate", "in the role's own account");
}

#[test]
fn saml_roles_replace_role() {
    let both = direct(Some(role_arn(1, "A")), &[role_arn(1, "B")]);
    assert_eq!(roles(&of(&fixture::app(), Some(&both), &[])), ["Beta:B"]);
    let default = direct(Some(role_arn(1, "A")), &[]);
    let entitlements = of(&fixture::app(), Some(&default), &[]);
    assert_eq!(entitlements[0].reasons, [Reason::Direct { via: RoleField::Role }]);
}

#[test]
fn a_direct_assignment_hides_group_roles_unless_all_are_joined() {
    let (mut app, direct) = (fixture::app(), direct(None, &[role_arn(1, "A")]));
    let groups = [group(1, 0, &[role_arn(1, "A"), role_arn(1, "B")])];
    assert_eq!(roles(&of(&app, Some(&direct), &groups)), ["Beta:A"]);
    assert_eq!(roles(&of(&app, None, &groups)), ["Beta:A", "Beta:B"]);
    app.settings.join_all_roles = true;
    let joined = of(&app, Some(&direct), &groups);
    assert_eq!(roles(&joined), ["Beta:A", "Beta:B"]);
    assert_eq!(joined[0].reasons.len(), 2, "one role, both reasons: {:?}", joined[0].reasons);
    assert_eq!(joined[0].reasons[0], Reason::Direct { via: RoleField::SamlRoles });
}

#[test]
fn an_empty_direct_assignment_hides_group_roles_too() {
    let empty = direct(None, &[]);
    assert!(of(&fixture::app(), Some(&empty), &[group(1, 0, &[role_arn(1, "A")])]).is_empty());
}

#[test]
fn groups_are_combined_or_the_highest_priority_counts_and_ties_go_to_the_older() {
    let mut app = fixture::app();
    let groups = [group(3, 1, &[role_arn(1, "C")]), group(2, 0, &[role_arn(1, "B")]), group(1, 0, &[role_arn(1, "A")])];
    assert_eq!(roles(&of(&app, None, &groups)), ["Beta:A", "Beta:B", "Beta:C"]);
    app.settings.combine_group_roles = false;
    assert_eq!(roles(&of(&app, None, &groups)), ["Beta:A"]);
    app.settings.join_all_roles = true;
    let direct = direct(None, &[role_arn(2, "C")]);
    assert_eq!(roles(&of(&app, Some(&direct), &groups)), ["alpha:C", "Beta:A"]);
}

#[test]
fn an_inactive_app_or_user_has_nothing() {
    let direct = direct(None, &[role_arn(1, "A")]);
    let inactive = App { status: AppStatus::Inactive, ..fixture::app() };
    assert!(of(&inactive, Some(&direct), &[]).is_empty());
    for status in UserStatus::ALL {
        let user = domain::User { status, ..fixture::user() };
        let to = AssignedTo { app: &fixture::app(), user: &user, direct: Some(&direct), groups: &[] };
        assert_eq!(assigned(to, &known()).is_empty(), status != UserStatus::Active, "{status}");
    }
}

#[test]
fn the_roles_to_load_are_those_that_are_looked_up() {
    let (app, user, direct) = (fixture::app(), fixture::user(), direct(None, &[role_arn(1, "A"), role_arn(9, "X")]));
    let to = AssignedTo { app: &app, user: &user, direct: Some(&direct), groups: &[] };
    assert_eq!(roles_named(to), [role_arn(1, "A"), role_arn(9, "X")]);
}

#[test]
fn reserved_and_service_linked_roles_are_never_usable_even_where_nothing_is_known() {
    for (name, expected) in [
        ("AWSReservedSSO_Admin_0123", "refused reserved_sso"),
        ("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_X_1", "refused reserved_sso"),
        ("aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "refused service_linked"),
    ] {
        let direct = direct(None, &[role_arn(9, name)]);
        assert_eq!(code(&of(&fixture::app(), Some(&direct), &[])[0].usability), expected);
    }
}

#[test]
fn a_role_of_a_discovered_account_has_to_be_there() {
    let app = fixture::app();
    let without = KnownAws::new([account(1, "Beta", None)], []);
    assert_eq!(code(&usability(&app, &without)), "refused role_not_discovered");
    let gone = AwsRole { vanished: Some(fixture::NOW), ..role(&role_arn(1, "A")) };
    assert_eq!(code(&usability(&app, &known_with(gone))), "refused role_vanished");
    let error = DiscoveryError {
        step: DiscoveryStep::ListRoles,
        code: "AccessDenied".to_owned(),
        message: String::new(),
        hint: String::new(),
    };
    let stale = KnownAws::new([AwsAccount { error: Some(error), ..account(1, "Beta", None) }], []);
    let Usability::Refused { refusal } = usability(&app, &stale) else { panic!("usable") };
    assert!(refusal.explanation.contains("AccessDenied"));
}

#[test]
fn a_role_in_a_stale_account_stays_usable() {
    let error = DiscoveryError {
        step: DiscoveryStep::AssumeRole,
        code: "Timeout".to_owned(),
        message: String::new(),
        hint: String::new(),
    };
    let stale = AwsAccount { error: Some(error), ..account(1, "Beta", None) };
    let catalogue = KnownAws::new([stale], [role(&role_arn(1, "A"))]);
    assert_eq!(code(&usability(&fixture::app(), &catalogue)), "usable");
}

#[test]
fn an_account_that_was_never_read_is_trusted_as_written_and_marked() {
    let app = fixture::app();
    assert_eq!(code(&usability(&app, &KnownAws::default())), "warned account_not_discovered");
    let never = AwsAccount { last_success: None, ..account(1, "Beta", None) };
    assert_eq!(code(&usability(&app, &KnownAws::new([never], []))), "warned account_not_discovered");
}

#[test]
fn a_suspended_account_lets_nobody_in() {
    let suspended = AwsAccount { organization_state: Some(OrganizationState::Suspended), ..account(1, "Beta", None) };
    let catalogue = KnownAws::new([suspended], [role(&role_arn(1, "A"))]);
    assert_eq!(code(&usability(&fixture::app(), &catalogue)), "refused account_suspended");
}

#[test]
fn the_trust_verdict_decides_with_its_own_words() {
    let app = fixture::app();
    for (trust, expected) in
        [(Trust::Allowed, "usable"), (Trust::Conditional, "warned some_code"), (Trust::Refused, "refused some_code")]
    {
        let judged = AwsRole { verdict: verdict(trust, "some_code"), ..role(&role_arn(1, "A")) };
        assert_eq!(code(&usability(&app, &known_with(judged))), expected);
    }
}

#[test]
fn tags_and_source_identity_need_their_own_permission_when_they_are_sent() {
    let mut app = fixture::app();
    let mut judged = role(&role_arn(1, "A"));
    app.settings.source_identity = Some("${user.login}".to_owned());
    assert_eq!(code(&usability(&app, &known_with(judged.clone()))), "refused set_source_identity_missing");
    judged.verdict.set_source_identity = Trust::Conditional;
    assert_eq!(code(&usability(&app, &known_with(judged.clone()))), "warned set_source_identity_conditional");
    app.settings.session_tags =
        vec![SessionTag { key: "team".to_owned(), value: "blue".to_owned(), transitive: false }];
    assert_eq!(code(&usability(&app, &known_with(judged.clone()))), "refused tag_session_missing");
    judged.verdict.tag_session = Trust::Allowed;
    judged.verdict.set_source_identity = Trust::Allowed;
    assert_eq!(code(&usability(&app, &known_with(judged))), "usable");
}

#[test]
fn without_a_provider_nothing_can_be_entered() {
    let mut app = fixture::app();
    app.settings.identity_provider_arn = None;
    assert_eq!(code(&usability(&app, &known())), "refused identity_provider_arn_missing");
}

#[test]
fn the_json_of_an_entitlement_is_what_the_api_shows() {
    let groups = [group(1, 0, &[arn("arn:aws:iam::222222222222:role/C")])];
    let json = serde_json::to_value(&of(&fixture::app(), None, &groups)[0]).unwrap();
    assert_eq!(json["role"], "arn:aws:iam::222222222222:role/C");
    assert_eq!(json["maxSessionDuration"], 3600);
    assert_eq!(json["account"]["alias"], "al");
    assert_eq!(json["reasons"][0]["type"], "GROUP");
    assert_eq!(json["reasons"][0]["groupId"], "00g00000000000000001");
    assert_eq!(json["usability"]["status"], "USABLE");
}
