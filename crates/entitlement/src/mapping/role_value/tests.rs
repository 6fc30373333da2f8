//! Patterns that are in use, patterns that are mistakes, and parts that try to leave their field.

use proptest::prelude::*;

use super::*;

const STORED: &str = "arn:aws:iam::${accountid}:saml-provider/OKTA,arn:aws:iam::${accountid}:role/${role}";

fn parts(parts: &[(&str, &str)]) -> Parts {
    parts.iter().map(|(part, text)| ((*part).into(), (*text).to_owned())).collect()
}

fn value(pattern: &str, given: &[(&str, &str)]) -> Result<String, RoleValueMiss> {
    let names: Vec<&str> = given.iter().map(|(part, _)| *part).collect();
    let pattern = RoleValuePattern::parse(pattern, names).unwrap_or_else(|error| panic!("{error}"));
    pattern.role_value(&parts(given)).map(|value| format!("{},{}", value.provider, value.role))
}

#[test]
fn the_patterns_that_are_in_use_work_as_they_are() {
    let both = [("accountid", "123456789012"), ("role", "Admin")];
    for (pattern, expected) in [
        (STORED, "arn:aws:iam::123456789012:saml-provider/OKTA,arn:aws:iam::123456789012:role/Admin"),
        (
            "arn:aws-cn:iam::${accountid}:saml-provider/OKTA,arn:aws-cn:iam::${accountid}:role/${role}",
            "arn:aws-cn:iam::123456789012:saml-provider/OKTA,arn:aws-cn:iam::123456789012:role/Admin",
        ),
        (
            "arn:aws-us-gov:iam::${accountid}:role/OKTA-${role}, arn:aws-us-gov:iam::${accountid}:saml-provider/Corp",
            "arn:aws-us-gov:iam::123456789012:saml-provider/Corp,arn:aws-us-gov:iam::123456789012:role/OKTA-Admin",
        ),
        (
            "arn:aws:iam::000000000001:saml-provider/x,arn:aws:iam::000000000001:role/team/${role}",
            "arn:aws:iam::000000000001:saml-provider/x,arn:aws:iam::000000000001:role/team/Admin",
        ),
        (
            "arn:aws:iam::000000000001:saml-provider/x,arn:aws:iam::000000000001:role/a,b",
            "arn:aws:iam::000000000001:saml-provider/x,arn:aws:iam::000000000001:role/a,b",
        ),
    ] {
        assert_eq!(value(pattern, &both).as_deref(), Ok(expected));
    }
    let all = [("partition", "aws-cn"), ("id", "123456789012"), ("idp", "Corp"), ("path", "a/b"), ("role", "R")];
    let pattern = "arn:${partition}:iam::${id}:saml-provider/${idp},arn:${partition}:iam::${id}:role/${path}/${role}";
    let expected = "arn:aws-cn:iam::123456789012:saml-provider/Corp,arn:aws-cn:iam::123456789012:role/a/b/R";
    assert_eq!(value(pattern, &all).as_deref(), Ok(expected));
}

#[test]
fn the_providers_name_is_known_beforehand_unless_a_part_makes_it() {
    assert_eq!(RoleValuePattern::provider_name_in(STORED).as_deref(), Some("OKTA"));
    let made = "arn:aws:iam::${a}:saml-provider/${idp},arn:aws:iam::${a}:role/${role}";
    assert_eq!(RoleValuePattern::provider_name_in(made), None);
    assert_eq!(RoleValuePattern::provider_name_in("nonsense"), None);
}

#[test]
fn mistakes_are_named_with_what_to_write() {
    for (pattern, code, said) in [
        ("", "role_value_malformed", "characters"),
        ("${role}", "role_value_malformed", "two ARNs"),
        ("arn:aws:iam::${accountid}:role/${role}", "role_value_malformed", "two ARNs"),
        ("arn:aws:s3:::a,arn:aws:s3:::b", "role_value_malformed", "IAM resource"),
        ("arn:aws:iam::1:role/a,arn:aws:iam::1:role/b", "role_value_malformed", "`role/a` and `role/b`"),
        (
            "arn:aws:iam::${accountid}:saml-provider/[SAML Provider Name],arn:aws:iam::${accountid}:role/${role}",
            "role_value_malformed",
            "[SAML Provider Name]",
        ),
        (
            "arn:aws:iam::${accountid}:saml-provider/OKTA,arn:aws:iam::${accountid}:role/${role} x",
            "role_value_malformed",
            "name of a role",
        ),
        ("arn:aws:iam::12:saml-provider/O,arn:aws:iam::12:role/${role}", "role_value_malformed", "account id"),
        (
            "arn:aw:iam::${accountid}:saml-provider/O,arn:aw:iam::${accountid}:role/r",
            "role_value_malformed",
            "partition",
        ),
        (
            "arn:aws:iam::000000000001:saml-provider/O,arn:aws:iam::${accountid}:role/${role}",
            "role_value_two_accounts",
            "different accounts",
        ),
        (
            "arn:aws:iam::${accountid}:saml-provider/O,arn:aws:iam::${accountid}:role/${role",
            "role_value_malformed",
            "not closed",
        ),
        (
            "arn:aws:iam::${accountId}:saml-provider/O,arn:aws:iam::${accountId}:role/${role}",
            "role_value_unknown_part",
            "`${accountid}`, `${role}`",
        ),
        (
            "arn:aws:iam::${accountid}:saml-provider/O,arn:aws:iam::${accountid}:role/${alias}",
            "role_value_unknown_part",
            "`${alias}`",
        ),
    ] {
        let error = RoleValuePattern::parse(pattern, ["accountid", "role"]).unwrap_err();
        assert_eq!(error.code, code, "{pattern}: {error}");
        assert!(error.message.contains(said) && !error.hint.is_empty(), "{pattern}: {error}");
    }
    let case = RoleValuePattern::parse(&STORED.replace("accountid", "accountId"), ["accountid", "role"]).unwrap_err();
    assert!(case.hint.contains("`${accountid}`"), "{case}");
    let none = RoleValuePattern::parse(STORED, []).unwrap_err();
    assert!(none.message.contains("no named parts"), "{none}");
}

#[test]
fn every_field_that_does_not_come_out_is_named() {
    let with = |account: &str, role: &str| value(STORED, &[("accountid", account), ("role", role)]).unwrap_err();
    for account in ["1", "1234567890123", "12345678901x", ""] {
        assert_eq!(with(account, "A"), RoleValueMiss::Account(account.to_owned()));
    }
    for role in ["", "a b", &"a".repeat(65), "x,arn:aws:iam::999999999999:role/y", "a//:b/c", "/"] {
        assert_eq!(with("123456789012", role), RoleValueMiss::Role(role.to_owned()));
    }
    let pattern = RoleValuePattern::parse(STORED, ["accountid", "role"]).unwrap();
    let missing = pattern.role_value(&parts(&[("accountid", "123456789012")]));
    assert_eq!(missing, Err(RoleValueMiss::PartMissing("role".to_owned())));
}

proptest! {
    #[test]
    fn whatever_the_parts_are_the_account_is_the_one_that_was_taken_and_nothing_parts_the_pair(
        account in r"[0-9]{12}|[ -~]{0,14}", role in r"[ -~]{0,40}|[a-z/,:]{0,12}"
    ) {
        let pattern = RoleValuePattern::parse(STORED, ["accountid", "role"]).unwrap();
        if let Ok(value) = pattern.role_value(&parts(&[("accountid", &account), ("role", &role)])) {
            prop_assert_eq!(value.role.account().to_string(), account.clone());
            prop_assert_eq!(value.provider.to_string(), format!("arn:aws:iam::{account}:saml-provider/OKTA"));
            prop_assert_eq!(value.role.to_string(), format!("arn:aws:iam::{account}:role/{role}"));
            prop_assert_eq!(value.role.to_string().matches("arn:").count(), 1);
            prop_assert!(!value.role.path().contains([',', ':']));
        }
    }
}
