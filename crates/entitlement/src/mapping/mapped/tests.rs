//! From groups to roles: names, sources, lookups, reasons.

use domain::{
    Directory, Group, GroupAssignment, GroupId,
    aws::{AwsRole, Trust},
    directory::{DirectoryKind, DirectoryStatus},
};

use super::*;
use crate::{
    KnownAws, Usability,
    fixture::{self, account, arn, direct, directory, directory_group, group, named_group, role, role_arn, verdict},
    trust,
};

const DOCUMENTED: &str = r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d+)$";

fn app() -> App {
    let mut app = fixture::app();
    app.settings.use_group_mapping = true;
    app.settings.group_filter = DOCUMENTED.to_owned();
    app.settings.role_value_pattern =
        "arn:aws:iam::${accountid}:saml-provider/Rolegate,arn:aws:iam::${accountid}:role/${role}".to_owned();
    app
}

fn known() -> KnownAws {
    let roles = [arn("arn:aws:iam::111111111111:role/team/Admin"), role_arn(1, "Read"), role_arn(2, "Admin")];
    KnownAws::new([account(1, "Beta", None), account(2, "alpha", None)], roles.iter().map(role))
}

fn role_group(number: u32, digit: u32, name: &str) -> Group {
    named_group(number, &format!("aws#acc#{name}#{}", digit.to_string().repeat(12)))
}

fn has(app: &App, groups: &[Group], catalogue: &KnownAws) -> Vec<Entitlement> {
    let ids: Vec<GroupId> = groups.iter().map(|group| group.id.clone()).collect();
    of(app, &MemberGroups::new(groups, &ids, &[]), &Sources::default(), catalogue)
}

fn of(app: &App, groups: &MemberGroups<'_>, sources: &Sources, catalogue: &KnownAws) -> Vec<Entitlement> {
    let (user, direct) = (fixture::user(), direct(None, &[]));
    let to = AssignedTo { app, user: &user, direct: Some(&direct), groups: &[] };
    Mapping::compile(&app.settings).unwrap().of_person(groups, sources).entitlements(to, catalogue)
}

fn arns(entitlements: &[Entitlement]) -> Vec<String> {
    entitlements.iter().map(|one| one.role.to_string()).collect()
}

#[test]
fn names_become_roles_whose_path_is_filled_in() {
    let groups = [role_group(1, 1, "Admin"), role_group(2, 2, "Admin"), named_group(3, "Everyone")];
    let has = has(&app(), &groups, &known());
    assert_eq!(
        arns(&has),
        ["arn:aws:iam::222222222222:role/Admin", "arn:aws:iam::111111111111:role/team/Admin"],
        "by account name"
    );
    assert!(has.iter().all(|one| one.usability == Usability::Usable));
    assert_eq!(has[1].provider.as_ref().unwrap().to_string(), "arn:aws:iam::111111111111:saml-provider/Rolegate");
}

#[test]
fn the_reason_is_the_whole_way() {
    let corp = directory(1, "Corp", DirectoryKind::ActiveDirectory);
    let groups = [
        directory_group(1, "Cloud Admins", &corp),
        directory_group(2, "aws#acc#Admin#111111111111", &corp),
        directory_group(3, "All staff", &corp),
    ];
    let ids: Vec<GroupId> = groups.iter().map(|group| group.id.clone()).collect();
    let above = [(ids[0].clone(), ids[1].clone()), (ids[0].clone(), ids[2].clone())];
    let members = MemberGroups::new(&groups, &ids[..1], &above);
    let mut app = app();
    app.settings.app_filter = "corp".to_owned();
    let has = of(&app, &members, &Sources::new([&corp]), &known());
    let json = serde_json::to_value(&has[0].reasons).unwrap();
    assert_eq!(
        json,
        serde_json::json!([{
            "type": "MAPPING",
            "groupId": ids[1].as_str(),
            "groupName": "aws#acc#Admin#111111111111",
            "path": [
                {"id": ids[0].as_str(), "name": "Cloud Admins"},
                {"id": ids[1].as_str(), "name": "aws#acc#Admin#111111111111"},
            ],
            "source": "Corp",
            "captured": {"accountid": "111111111111", "role": "Admin"},
        }])
    );
}

#[test]
fn sources_that_are_not_named_switched_off_or_gone_grant_nothing() {
    let corp = directory(1, "corp", DirectoryKind::OpenLdap);
    let groups = [directory_group(1, "aws#acc#Admin#111111111111", &corp)];
    let members = MemberGroups::new(&groups, &[groups[0].id.clone()], &[]);
    let count = |filter: &str, directories: &[&Directory]| {
        let mut app = app();
        app.settings.app_filter = filter.to_owned();
        of(&app, &members, &Sources::new(directories.iter().copied()), &known()).len()
    };
    assert_eq!(count("okta", &[&corp]), 0);
    assert_eq!(count("okta,corp", &[&corp]), 1);
    assert_eq!(count("ldap", &[&corp]), 1);
    assert_eq!(count("corp", &[]), 0, "a directory that is gone");
    assert_eq!(count("corp", &[&Directory { status: DirectoryStatus::Inactive, ..corp.clone() }]), 0);
}

#[test]
fn duplicates_collapse_with_all_their_reasons() {
    let groups = [role_group(1, 1, "Admin"), named_group(2, "aws#other#Admin#111111111111")];
    let has = has(&app(), &groups, &known());
    assert_eq!(has.len(), 1);
    assert_eq!(has[0].reasons.len(), 2);
}

#[test]
fn a_role_that_is_not_there_or_does_not_trust_us_is_shown_and_not_sent() {
    let mut distrusting = role(&role_arn(1, "Read"));
    distrusting.verdict = verdict(Trust::Refused, "other_provider");
    let catalogue = KnownAws::new([account(1, "Beta", None)], [distrusting]);
    let groups =
        [role_group(1, 1, "Read"), role_group(2, 1, "Nobody"), role_group(3, 1, "read"), role_group(4, 9, "Any")];
    let codes: Vec<String> = has(&app(), &groups, &catalogue)
        .into_iter()
        .map(|one| match one.usability {
            Usability::Usable => "usable".to_owned(),
            Usability::Warned { warnings } => format!("warned {}", warnings[0].code),
            Usability::Refused { refusal } => format!("refused {}", refusal.code),
        })
        .collect();
    assert_eq!(
        codes,
        [
            "warned account_not_discovered",
            "refused role_not_discovered",
            "refused other_provider",
            "refused role_not_discovered"
        ],
        "9:Any, 1:Nobody, 1:Read, 1:read"
    );
}

#[test]
fn roles_of_identity_center_and_of_services_never_appear() {
    let linked = arn("arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/Linked");
    let catalogue = KnownAws::new([account(1, "Beta", None)], [role(&linked)]);
    let groups = [role_group(1, 1, "AWSReservedSSO_Admin_0"), role_group(2, 1, "Linked")];
    assert!(has(&app(), &groups, &catalogue).is_empty());
}

#[test]
fn only_the_assigned_have_roles() {
    let (app, user, groups) = (app(), fixture::user(), [role_group(1, 1, "Admin")]);
    let members = MemberGroups::new(&groups, &[groups[0].id.clone()], &[]);
    let mapping = Mapping::compile(&app.settings).unwrap();
    let count = |groups: &[(GroupAssignment, Group)]| {
        let to = AssignedTo { app: &app, user: &user, direct: None, groups };
        mapping.of_person(&members, &Sources::default()).entitlements(to, &known()).len()
    };
    assert_eq!(count(&[]), 0);
    assert_eq!(count(&[group(7, 0, &[role_arn(2, "Admin")])]), 1, "the assignment's own roles do not count");
}

#[test]
fn the_verdict_is_about_the_provider_that_is_sent() {
    let policy = |provider: &str| {
        format!(
            r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::111111111111:saml-provider/{provider}"}},"Action":"sts:AssumeRoleWithSAML"}}]}}"#
        )
    };
    let mut app = app();
    app.settings.group_filter = r"(?{{idp}}\w+)#(?{{role}}\w+)".to_owned();
    app.settings.role_value_pattern =
        "arn:aws:iam::111111111111:saml-provider/${idp},arn:aws:iam::111111111111:role/${role}".to_owned();
    let mut judged = AwsRole { trust_policy: policy("Second"), ..role(&role_arn(1, "Read")) };
    judged.verdict = trust::judge(&app, &judged.arn, &judged.trust_policy);
    assert_eq!(judged.verdict.code, "provider_varies");
    let catalogue = KnownAws::new([account(1, "Beta", None)], [judged]);
    let both = [named_group(1, "First#Read"), named_group(2, "Second#Read")];
    let first = has(&app, &both[..1], &catalogue);
    assert!(!first[0].usability.can_launch());
    let has = has(&app, &both, &catalogue);
    assert_eq!(has.len(), 1, "one role, one provider");
    assert_eq!(has[0].provider.as_ref().unwrap().name(), "Second");
    assert!(has[0].usability.can_launch());
}

#[test]
fn a_name_that_exhausts_the_filter_grants_nothing_and_is_told() {
    let mut app = app();
    app.settings.group_filter = r"(?!x)(?{{role}}(?:a+)+)".to_owned();
    app.settings.role_value_pattern =
        "arn:aws:iam::111111111111:saml-provider/R,arn:aws:iam::111111111111:role/${role}".to_owned();
    let groups = [named_group(1, &("a".repeat(60) + "!")), named_group(2, "aa")];
    let ids: Vec<GroupId> = groups.iter().map(|group| group.id.clone()).collect();
    let members = MemberGroups::new(&groups, &ids, &[]);
    let mapped = Mapping::compile(&app.settings).unwrap().of_person(&members, &Sources::default());
    assert_eq!(mapped.exhausted, [groups[0].name.clone()]);
    assert_eq!(mapped.to_look_up(), [("111111111111".parse().unwrap(), "aa".parse().unwrap())]);
    assert_eq!(Mapping::check(&app.settings).unwrap_err()[0].code, "group_filter_too_slow");
}
