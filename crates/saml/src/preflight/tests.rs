//! Every rule, from both sides.

use domain::Timestamp;

use super::*;
use crate::{
    name_id::{NameId, NameIdFormat},
    response::{ResponseIds, SentRole, Tag, Validity},
};

fn sent(role: &str, most: u32) -> SentRole {
    let role: domain::RoleArn = role.parse().unwrap();
    let provider = domain::ProviderArn::new(role.partition(), role.account(), "Rolegate").unwrap();
    SentRole { provider, role, max_session_duration: Some(most) }
}

const ADMIN: &str = "arn:aws:iam::123456789012:role/team/Admin";

fn good() -> AwsResponse {
    let now = Timestamp::from_millis(1_795_324_200_000);
    AwsResponse {
        issuer: "https://id.example.org/0oa1".to_owned(),
        acs_url: "https://signin.aws.amazon.com/saml".to_owned(),
        audience: "urn:amazon:webservices".to_owned(),
        name_id: NameId { format: NameIdFormat::Unspecified, value: "ann".to_owned() },
        role_session_name: "ann".to_owned(),
        roles: vec![sent(ADMIN, 3_600)],
        session_duration: Some(3_600),
        source_identity: None,
        session_tags: Vec::new(),
        validity: Validity::from(now),
        authn_instant: now,
        ids: ResponseIds { response: "id1".to_owned(), assertion: "id2".to_owned(), session_index: "id3".to_owned() },
        in_response_to: None,
    }
}

/// Codes of the findings after `change`.
fn codes(change: impl FnOnce(&mut AwsResponse)) -> Vec<&'static str> {
    let mut response = good();
    change(&mut response);
    check(&response, None, 8_000).iter().map(|finding| finding.code).collect()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned(), transitive: false }
}

#[test]
fn a_response_by_the_rules_has_no_finding() {
    let console = Some("https://eu-west-1.console.aws.amazon.com/ec2");
    assert_eq!(check(&good(), console, 8_000), []);
    assert_eq!(check(&good(), Some(""), 8_000), []);
    assert_eq!(codes(|response| response.session_duration = None), [""; 0]);
}

#[test]
fn without_a_role_nothing_is_sent_and_the_answer_of_aws_is_known() {
    let mut response = good();
    response.roles.clear();
    let findings = check(&response, None, 8_000);
    assert!(forbids(&findings));
    assert_eq!(findings[0].code, "no_roles");
    assert!(findings[0].aws_error.unwrap().starts_with("Your request included an invalid SAML response"));
}

#[test]
fn role_and_provider_of_two_accounts_are_refused() {
    let provider = "arn:aws:iam::999999999999:saml-provider/Rolegate".parse().unwrap();
    assert_eq!(codes(|response| response.roles[0].provider = provider), ["provider_elsewhere"]);
    let provider = "arn:aws-cn:iam::123456789012:saml-provider/Rolegate".parse().unwrap();
    assert_eq!(codes(|response| response.roles[0].provider = provider), ["provider_elsewhere"]);
}

#[test]
fn roles_that_nobody_can_enter_over_saml_are_refused() {
    let sso = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef";
    assert_eq!(codes(|response| response.roles = vec![sent(sso, 3_600)]), ["reserved_role"]);
    let linked = "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    assert_eq!(codes(|response| response.roles = vec![sent(linked, 3_600)]), ["service_linked_role"]);
}

#[test]
fn a_comma_in_a_role_is_worth_a_warning() {
    let comma = "arn:aws:iam::123456789012:role/Admin,all";
    let mut response = good();
    response.roles = vec![sent(comma, 3_600)];
    let findings = check(&response, None, 8_000);
    assert_eq!((findings[0].code, findings[0].severity), ("comma_in_role", Severity::Warning));
    assert!(!forbids(&findings));
}

#[test]
fn partitions_are_not_mixed_in_roles_place_or_audience() {
    let china = "arn:aws-cn:iam::123456789012:role/Admin";
    assert_eq!(codes(|response| response.roles.push(sent(china, 3_600))), ["several_partitions"]);
    let alone = codes(|response| response.roles = vec![sent(china, 3_600)]);
    assert_eq!(alone, ["acs_of_other_partition", "audience_of_other_partition"]);
    let own = codes(|response| {
        response.roles = vec![sent(china, 3_600)];
        response.acs_url = "https://cn-north-1.signin.amazonaws.cn/saml".to_owned();
        response.audience = "urn:amazon:webservices:cn-north-1".to_owned();
    });
    assert_eq!(own, [""; 0]);
}

#[test]
fn names_that_aws_refuses_are_refused_in_its_own_words() {
    for name in ["", "a", "Ann Lee", "ann/lee", "änn", &"x".repeat(65)] {
        assert_eq!(codes(|response| name.clone_into(&mut response.role_session_name)), ["role_session_name"], "{name}");
        assert_eq!(codes(|response| response.source_identity = Some(name.to_owned())), ["source_identity"], "{name}");
    }
    assert_eq!(codes(|response| response.source_identity = Some("AWS:ann".to_owned())), ["source_identity"]);
    assert_eq!(codes(|response| response.source_identity = Some("ann@example.org".to_owned())), [""; 0]);
    assert_eq!(codes(|response| response.name_id.value = " ".to_owned()), ["no_name_id"]);
}

#[test]
fn durations_outside_of_awss_bounds_are_refused() {
    for seconds in [0, 899, 43_201] {
        assert_eq!(codes(|response| response.session_duration = Some(seconds)), ["session_duration"], "{seconds}");
    }
}

#[test]
fn a_duration_above_the_roles_own_is_an_error_for_one_role_and_a_warning_for_many() {
    let mut response = good();
    response.session_duration = Some(7_200);
    let findings = check(&response, None, 8_000);
    assert_eq!((findings[0].code, findings[0].severity), ("duration_above_role_maximum", Severity::Error));
    response.roles.push(sent("arn:aws:iam::123456789012:role/Reader", 43_200));
    let findings = check(&response, None, 8_000);
    assert_eq!((findings[0].code, findings[0].severity), ("duration_above_role_maximum", Severity::Warning));
    assert!(findings[0].what.contains("1 of 2 roles") && findings[0].what.contains(ADMIN), "{}", findings[0].what);
    response.roles[0].max_session_duration = None;
    assert_eq!(check(&response, None, 8_000), []);
}

#[test]
fn tags_have_awss_characters_lengths_and_number() {
    let of = |tags: Vec<Tag>| codes(|response| response.session_tags = tags);
    assert_eq!(of(vec![tag("Kostenstelle é 日本", "a_.:/=+-@ \u{a0}"), tag("empty", "")]), [""; 0]);
    assert_eq!(of(vec![tag("", "a")]), ["tag_key"]);
    assert_eq!(of(vec![tag(&"k".repeat(129), "a")]), ["tag_key"]);
    assert_eq!(of(vec![tag("a&b", "a")]), ["tag_key"]);
    assert_eq!(of(vec![tag("a", &"é".repeat(257))]), ["tag_value"]);
    assert_eq!(of(vec![tag("a", &"é".repeat(256))]), [""; 0]);
    for value in ["a,b", "a\nb", "😀", "e\u{301}"] {
        assert_eq!(of(vec![tag("a", value)]), ["tag_value"], "{value}");
    }
    assert_eq!(of(vec![tag("Team", "a"), tag("team", "b")]), ["tag_twice"]);
    assert_eq!(of(vec![tag("aws:team", "a")]), ["tag_reserved"]);
    assert_eq!(of((0..50).map(|number| tag(&number.to_string(), "a")).collect()), [""; 0]);
    assert_eq!(of((0..51).map(|number| tag(&number.to_string(), "a")).collect()), ["too_many_tags"]);
}

#[test]
fn the_place_it_goes_to_is_https_or_this_machine() {
    for url in ["http://signin.aws.amazon.com/saml", "signin.aws.amazon.com", "", "https://a b/"] {
        assert_eq!(codes(|response| url.clone_into(&mut response.acs_url)), ["acs_url"], "{url}");
    }
    for url in
        ["http://127.0.0.1:4566/saml", "https://proxy.example.org/saml", "https://us-east-2.signin.aws.amazon.com/saml"]
    {
        assert_eq!(codes(|response| url.clone_into(&mut response.acs_url)), [""; 0], "{url}");
    }
    assert_eq!(codes(|response| response.audience.clear()), ["audience"]);
    assert_eq!(codes(|response| response.issuer.clear()), ["issuer"]);
}

#[test]
fn size_is_a_warning_from_eighty_thousand_and_an_error_above_a_hundred_thousand() {
    let code_at = |length| check(&good(), None, length).first().map(|finding| (finding.code, finding.severity));
    assert_eq!(code_at(79_999), None);
    assert_eq!(code_at(80_000), Some(("nearly_too_large", Severity::Warning)));
    assert_eq!(code_at(100_000), Some(("nearly_too_large", Severity::Warning)));
    assert_eq!(code_at(100_001), Some(("too_large", Severity::Error)));
}

#[test]
fn a_relay_state_to_elsewhere_is_refused() {
    let findings = check(&good(), Some("https://evil.example/"), 8_000);
    assert_eq!(findings[0].code, "relay_state");
    assert!(findings[0].what.contains("`evil.example`"));
}

#[test]
fn errors_come_before_warnings_and_values_are_cut() {
    let mut response = good();
    response.role_session_name = format!("\u{1b}[2J{}", "x".repeat(5_000));
    let findings = check(&response, None, 90_000);
    let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["role_session_name", "nearly_too_large"]);
    assert!(findings[0].what.len() < 200 && !findings[0].what.contains('\u{1b}'));
}
