//! What the lint finds, and that it is silent about a mapping that is as it should be.

use domain::{Group, aws::AwsRole, aws::Trust, directory::DirectoryKind};

use super::*;
use crate::{
    KnownAws,
    fixture::{self, account, directory, named_group, role, role_arn, verdict},
    mapping::Diagnosis,
};

fn codes(app: &App, names: &[&str], roles: Vec<AwsRole>) -> Vec<&'static str> {
    let corp = directory(1, "Corp", DirectoryKind::OpenLdap);
    let sources = Sources::new([&corp]);
    let mapping = Mapping::compile(&app.settings).unwrap();
    let catalogue = KnownAws::new([account(1, "one", None)], roles);
    let groups: Vec<Group> = (1..).zip(names).map(|(number, name)| named_group(number, name)).collect();
    let diagnosis = Diagnosis::new(app, &mapping, &sources);
    let outcomes: Vec<GroupOutcome> = groups.iter().map(|group| diagnosis.of(group, &catalogue)).collect();
    lint(app, &mapping, &sources, &outcomes).into_iter().map(|lint| lint.code).collect()
}

fn app() -> App {
    let mut app = fixture::app();
    app.settings.use_group_mapping = true;
    app.settings.group_filter = r"aws_(?:\w+_)?(?{{accountid}}\d{12})_(?{{role}}\w+)".to_owned();
    app.settings.role_value_pattern =
        "arn:aws:iam::${accountid}:saml-provider/Rolegate,arn:aws:iam::${accountid}:role/${role}".to_owned();
    app
}

#[test]
fn a_mapping_that_is_as_it_should_be_is_left_alone() {
    let mut app = app();
    app.settings.app_filter = "okta, corp, ldap".to_owned();
    assert!(codes(&app, &["aws_111111111111_A", "Everyone"], vec![role(&role_arn(1, "A"))]).is_empty());
}

#[test]
fn every_finding_has_its_code() {
    let mut app = app();
    assert_eq!(codes(&app, &["Everyone"], vec![]), ["no_group_matches"]);
    let twice = ["aws_111111111111_A", "aws_x_111111111111_A"];
    assert_eq!(codes(&app, &twice, vec![role(&role_arn(1, "A"))]), ["two_groups_for_one_role"]);
    app.settings.app_filter = "okta, bamboohr".to_owned();
    assert_eq!(codes(&app, &twice[..1], vec![role(&role_arn(1, "A"))]), ["app_filter_unknown"]);
}

#[test]
fn a_provider_that_no_account_has_is_found() {
    let app = app();
    let stranger = AwsRole { verdict: verdict(Trust::Refused, "other_provider"), ..role(&role_arn(1, "A")) };
    assert_eq!(codes(&app, &["aws_111111111111_A"], vec![stranger.clone()]), ["provider_unknown"]);
    let both = ["aws_111111111111_A", "aws_111111111111_B"];
    assert!(codes(&app, &both, vec![stranger, role(&role_arn(1, "B"))]).is_empty(), "one role trusts it");
    let mut other = app;
    other.settings.role_value_pattern = other.settings.role_value_pattern.replace("Rolegate", "OKTA");
    assert_eq!(codes(&other, &["aws_999999999999_A"], vec![]), ["provider_unknown"], "the app says another name");
}
