//! Every near miss by its code, and nothing about groups that nobody meant.

use domain::{
    GroupSource,
    aws::{AwsAccount, AwsRole, OrganizationState, Trust},
    directory::DirectoryKind,
};

use super::*;
use crate::{
    KnownAws,
    fixture::{self, account, arn, directory, directory_group, named_group, role, role_arn, verdict},
};

const PATTERN: &str = "arn:aws:iam::${accountid}:saml-provider/Rolegate,arn:aws:iam::${accountid}:role/${role}";

fn app(filter: &str, pattern: &str) -> App {
    let mut app = fixture::app();
    app.settings.use_group_mapping = true;
    app.settings.group_filter = filter.to_owned();
    app.settings.role_value_pattern = pattern.to_owned();
    app
}

fn known() -> KnownAws {
    let mut distrusting = role(&role_arn(1, "Closed"));
    distrusting.verdict = verdict(Trust::Refused, "audience_mismatch");
    let gone = AwsRole { vanished: Some(fixture::NOW), ..role(&role_arn(1, "Gone")) };
    let suspended = AwsAccount { organization_state: Some(OrganizationState::Suspended), ..account(2, "Two", None) };
    let linked = arn("arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/Linked");
    let roles = [role(&role_arn(1, "Admin")), distrusting, gone, role(&linked), role(&role_arn(2, "Admin"))];
    KnownAws::new([account(1, "One", None), suspended], roles)
}

fn outcome_of(filter: &str, pattern: &str, group: &Group, sources: &Sources) -> GroupOutcome {
    let app = app(filter, pattern);
    let mapping = Mapping::compile(&app.settings).unwrap();
    Diagnosis::new(&app, &mapping, sources).of(group, &known())
}

fn outcome(filter: &str, name: &str) -> GroupOutcome {
    outcome_of(filter, PATTERN, &named_group(1, name), &Sources::default())
}

fn code(filter: &str, name: &str) -> Option<&'static str> {
    outcome(filter, name).miss.map(|miss| miss.code.as_str())
}

#[test]
fn a_group_that_gives_a_role_says_which() {
    let outcome = outcome(r"aws_(?{{accountid}}\d+)_(?{{role}}\w+)", "aws_111111111111_Admin");
    assert_eq!(outcome.granted(), Some(&role_arn(1, "Admin")));
    assert_eq!((outcome.miss, outcome.source.as_deref()), (None, Some("okta")));
    assert_eq!(outcome.captured.taken("role"), Some("Admin"));
}

#[test]
fn every_miss_has_its_code() {
    let stored = r"aws_(?{{accountid}}\d+)_(?{{role}}[a-zA-Z0-9+=,.@\-_]+)";
    let anchored = r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d+)$";
    for (filter, name, expected) in [
        (stored, "aws_111111111111_Admin", None),
        (stored, "Everyone", None),
        (stored, "not_aws_111111111111_Admin", Some("part_only")),
        (stored, "aws_111111111111_Admin extra", Some("part_only")),
        (anchored, "x aws#one#Admin#111111111111", Some("part_only")),
        (stored, "AWS_111111111111_Admin", Some("name_case")),
        (stored, "aws_prod_Admin", Some("part_differs")),
        (stored, "aws_prod", Some("name_differs")),
        (anchored, "aws#one#Tier1.Support#111111111111", Some("part_differs")),
        (anchored, "aws#one#Admin#prod", Some("part_differs")),
        (anchored, "aws#one#Admin", Some("name_differs")),
        (anchored, "aws-one", None),
        (stored, "aws_1_Admin", Some("account_id")),
        (stored, "aws_1111111111111_Admin", Some("account_id")),
        (stored, "aws_111111111111_Ädmin", Some("name_not_ascii")),
        (stored, "日本", None),
        (stored, &"a".repeat(2_000), Some("name_too_long")),
        (r"aws_(?{{accountid}}\d+)_(?{{role}}.+)", "aws_111111111111_a b", Some("role_name")),
        (r"aws_(?{{accountid}}\d+)(?:_(?{{role}}.+))?", "aws_111111111111", Some("part_missing")),
        (stored, "aws_999999999999_Admin", Some("account_unknown")),
        (stored, "aws_222222222222_Admin", Some("account_suspended")),
        (stored, "aws_111111111111_Nobody", Some("role_not_discovered")),
        (stored, "aws_111111111111_Gone", Some("role_not_discovered")),
        (stored, "aws_111111111111_admin", Some("role_case")),
        (stored, "aws_111111111111_Closed", Some("role_not_trusted")),
        (stored, "aws_111111111111_AWSReservedSSO_Admin_1", Some("role_kind")),
        (stored, "aws_111111111111_Linked", Some("role_kind")),
        (
            r"(?!x)aws_(?{{accountid}}\d+)_(?{{role}}(?:a+)+)",
            &format!("aws_1_{}!", "a".repeat(60)),
            Some("budget_exceeded"),
        ),
    ] {
        assert_eq!(code(filter, name), expected, "{name} with {filter}");
    }
    let made = "arn:${p}:iam::${accountid}:saml-provider/${idp},arn:${p}:iam::${accountid}:role/Admin";
    let filter = r"(?{{p}}[\w-]+)/(?{{accountid}}\d+)/(?{{idp}}.*)";
    let miss = |name: &str| {
        outcome_of(filter, made, &named_group(1, name), &Sources::default()).miss.map(|miss| miss.code.as_str())
    };
    assert_eq!(miss("mars/111111111111/x"), Some("partition"));
    assert_eq!(miss("aws/111111111111/a b"), Some("provider_name"));
    let path = "arn:aws:iam::${accountid}:saml-provider/Rolegate,arn:aws:iam::${accountid}:role/team/${role}";
    let miss = outcome_of(stored, path, &named_group(1, "aws_111111111111_Admin"), &Sources::default()).miss.unwrap();
    assert_eq!(miss.code, MissCode::RolePath);
}

#[test]
fn every_miss_says_what_is_so_and_what_to_do() {
    let stored = r"aws_(?{{accountid}}\d+)_(?{{role}}[a-zA-Z0-9+=,.@\-_]+)";
    let part = outcome(stored, "not_aws_111111111111_Admin!").miss.unwrap();
    assert_eq!(part.matched.as_deref(), Some("aws_111111111111_Admin"));
    let anchored = r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d{12})$";
    let dot = outcome(anchored, "aws#one#Tier1.Support#111111111111").miss.unwrap();
    assert!(dot.explanation.contains("`role` would have to take `Tier1.Support`, and takes no `.` there"), "{dot:?}");
    let short = outcome(anchored, "aws#one#Admin#1111").miss.unwrap();
    assert!(short.explanation.contains("`accountid` would have to take `1111`, and takes more"), "{short:?}");
    let ends = outcome(anchored, "aws#one#Admin").miss.unwrap();
    assert!(ends.explanation.contains("the name ends after `aws#one#Admin`"), "{ends:?}");
    let differs = outcome(stored, "aws_prod").miss.unwrap();
    assert!(
        differs.explanation.contains("after `aws_` the group filter wants a digit, but there is `p`"),
        "{differs:?}"
    );
    let case = outcome(stored, "aws_111111111111_admin").miss.unwrap();
    assert!(case.explanation.contains("no role `admin`, only `Admin`"), "{case:?}");
    for miss in [part, dot, short, ends, differs, case] {
        assert!(miss.fix.is_some_and(|fix| !fix.is_empty()));
    }
}

#[test]
fn groups_of_other_sources_are_told_only_when_their_names_match() {
    let corp = directory(1, "corp", DirectoryKind::OpenLdap);
    let sources = Sources::new([&corp]);
    let filter = r"aws_(?{{accountid}}\d+)_(?{{role}}\w+)";
    let of = |group: &Group, sources: &Sources| outcome_of(filter, PATTERN, group, sources).miss.map(|miss| miss.code);
    let group = directory_group(1, "aws_111111111111_Admin", &corp);
    assert_eq!(of(&group, &sources), Some(MissCode::SourceFiltered));
    assert_eq!(of(&directory_group(1, "AWS_111111111111_Admin", &corp), &sources), None);
    assert_eq!(of(&group, &Sources::default()), Some(MissCode::DirectoryInactive));
    assert!(matches!(group.source, GroupSource::Directory { .. }));
}
