//! Every form in which people and scripts write a role.

use domain::aws::{AwsAccount, AwsRole};
use proptest::prelude::*;

use super::*;
use crate::fixture::{account, role, role_arn};

fn accounts() -> Vec<AwsAccount> {
    let never_read = AwsAccount { last_success: None, ..account(4, "never read", Some("never")) };
    vec![account(1, "Prod - EU", Some("prod")), account(2, "Test", None), account(3, "Test", None), never_read]
}

fn roles() -> Vec<AwsRole> {
    let mut roles: Vec<AwsRole> =
        [(1, "Admin"), (2, "Admin"), (1, "team/Deploy"), (2, "Only-Here"), (3, "x--y"), (2, "Gone")]
            .map(|(digit, name)| role(&role_arn(digit, name)))
            .to_vec();
    if let Some(gone) = roles.last_mut() {
        gone.vanished = Some(crate::fixture::NOW);
    }
    roles
}

fn resolve_for(provider: Option<&str>, value: &str) -> Result<RoleArn, RoleValueError> {
    let (accounts, roles) = (accounts(), roles());
    let provider = provider.map(|arn| arn.parse().unwrap());
    let scope = RoleScope { provider: provider.as_ref(), accounts: &accounts, roles: &roles };
    RoleValue::parse(value)?.resolve(&scope)
}

fn resolve(value: &str) -> Result<RoleArn, RoleValueError> {
    resolve_for(None, value)
}

const OURS: Option<&str> = Some("arn:aws:iam::222222222222:saml-provider/Rolegate");

#[test]
fn an_arn_is_taken_as_written_and_a_pair_in_either_order() {
    let (role, provider) = ("arn:aws:iam::555555555555:role/a/B,c", "arn:aws:iam::555555555555:saml-provider/Rolegate");
    let arn: RoleArn = role.parse().unwrap();
    for value in [role.to_owned(), format!(" {role} "), format!("{provider},{role}"), format!("{role}, {provider}")] {
        assert_eq!(resolve_for(OURS, &value), Ok(arn.clone()), "{value}");
    }
}

#[test]
fn a_pair_across_accounts_or_with_another_provider_is_refused() {
    let role = "arn:aws:iam::555555555555:role/B";
    let across = resolve_for(OURS, &format!("{role},arn:aws:iam::666666666666:saml-provider/Rolegate")).unwrap_err();
    assert_eq!(across.code, RoleValueProblem::Malformed);
    assert!(across.message.contains("different accounts"));
    let gov = resolve_for(OURS, &format!("{role},arn:aws-us-gov:iam::555555555555:saml-provider/Rolegate"));
    assert!(gov.is_err());
    let other = resolve_for(OURS, &format!("{role},arn:aws:iam::555555555555:saml-provider/Okta")).unwrap_err();
    assert!(other.message.contains("`Rolegate`"), "{other}");
}

#[test]
fn oktas_stored_form_fills_in_the_path_and_the_case() {
    assert_eq!(resolve("111111111111 -- Deploy"), Ok(role_arn(1, "team/Deploy")));
    assert_eq!(resolve("111111111111 -- deploy"), Ok(role_arn(1, "team/Deploy")));
    assert_eq!(resolve("111111111111--team/Deploy"), Ok(role_arn(1, "team/Deploy")));
    assert_eq!(resolve("333333333333 -- x--y"), Ok(role_arn(3, "x--y")));
    assert_eq!(resolve("555555555555 -- Any"), Ok(role_arn(5, "Any")), "an account that was never read");
    assert_eq!(resolve("444444444444 -- Any"), Ok(role_arn(4, "Any")), "one that could not be read");
    let missing = resolve("111111111111 -- Nope").unwrap_err();
    assert_eq!(missing.code, RoleValueProblem::Unknown);
    assert!(missing.message.contains("`111111111111`") && missing.message.contains("`Nope`"), "{missing}");
    assert_eq!(resolve("111111111111 -- other/Deploy").unwrap_err().code, RoleValueProblem::Unknown);
}

#[test]
fn labels_name_the_account_by_alias_name_or_id() {
    assert_eq!(resolve("[prod] - Admin"), Ok(role_arn(1, "Admin")));
    assert_eq!(resolve("Prod - EU - Admin"), Ok(role_arn(1, "Admin")));
    assert_eq!(resolve("prod - eu - Admin"), Ok(role_arn(1, "Admin")));
    assert_eq!(resolve("222222222222 - Admin"), Ok(role_arn(2, "Admin")));
    assert_eq!(
        resolve("Test - Only-Here"),
        Ok(role_arn(2, "Only-Here")),
        "two accounts of that name, one has the role"
    );
    assert_eq!(resolve("[never] - Any"), Ok(role_arn(4, "Any")));
    let unknown = resolve("[staging] - Admin").unwrap_err();
    assert_eq!(unknown.code, RoleValueProblem::Unknown);
    assert_eq!(unknown.candidates, [role_arn(1, "Admin"), role_arn(2, "Admin")]);
}

#[test]
fn a_bare_name_is_the_only_one_or_the_one_in_the_providers_account() {
    assert_eq!(resolve("Only-Here"), Ok(role_arn(2, "Only-Here")));
    assert_eq!(resolve("team/Deploy"), Ok(role_arn(1, "team/Deploy")));
    assert_eq!(resolve("/team/Deploy"), Ok(role_arn(1, "team/Deploy")));
    let ambiguous = resolve("Admin").unwrap_err();
    assert_eq!((ambiguous.code, ambiguous.candidates.len()), (RoleValueProblem::Ambiguous, 2));
    assert!(ambiguous.hint.contains("111111111111 -- Admin"), "{}", ambiguous.hint);
    assert_eq!(resolve_for(OURS, "Admin"), Ok(role_arn(2, "Admin")));
    assert_eq!(resolve_for(Some("arn:aws:iam::777777777777:saml-provider/R"), "New"), Ok(role_arn(7, "New")));
    assert_eq!(resolve_for(OURS, "New").unwrap_err().code, RoleValueProblem::Unknown);
}

#[test]
fn a_vanished_role_is_not_found_by_name() {
    assert_eq!(resolve("Gone").unwrap_err().code, RoleValueProblem::Unknown);
}

#[test]
fn at_most_five_candidates_are_named() {
    let roles: Vec<AwsRole> = (1..=9).map(|digit| role(&role_arn(digit, "Same"))).collect();
    let scope = RoleScope { provider: None, accounts: &[], roles: &roles };
    let error = RoleValue::parse("Same").unwrap().resolve(&scope).unwrap_err();
    assert_eq!(error.candidates.len(), 5);
    assert!(error.message.contains("9 roles") && error.message.contains("and 4 more"), "{error}");
}

#[test]
fn what_has_no_form_is_malformed_with_the_forms_as_hint() {
    for value in [
        "",
        "   ",
        "two words",
        "a - ",
        "[x] - a b",
        "arn:aws:iam::1:role/x",
        "rôle",
        &"x".repeat(3_000),
        "arn:aws:iam::111111111111:saml-provider/X",
        "arn:aws:iam::111111111111:role/A,arn:aws:iam::111111111111:role/B",
    ] {
        let error = resolve(value).unwrap_err();
        assert_eq!(error.code, RoleValueProblem::Malformed, "{value}");
        assert!(error.hint.contains("role ARN"));
    }
}

proptest! {
    #[test]
    fn every_label_that_the_picker_shows_leads_back_to_its_role(index in 0_usize..5) {
        let (accounts, roles) = (accounts(), roles());
        let role = &roles[index];
        let account = accounts.iter().find(|account| account.id == role.arn.account()).unwrap();
        let label = account.role_label(&role.arn);
        let value = format!("{} -- {}", account.id, role.arn.name());
        prop_assert_eq!(resolve(&value), Ok(role.arn.clone()));
        prop_assert_eq!(resolve(&role.arn.to_string()), Ok(role.arn.clone()));
        prop_assert_eq!(resolve(&label), Ok(role.arn.clone()));
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,60}", account in "[0-9]{12}", name in "[A-Za-z+=,.@-]{1,10}") {
        let _ = resolve(&text);
        let _ = resolve(&format!("{account} -- {text}"));
        let parsed = RoleValue::parse(&format!("{account} -- {name}")).unwrap();
        prop_assert_eq!(parsed.role_name().as_str(), name);
    }
}
