//! Trust policies as they are found in accounts, and what must hold for all of them.

use domain::aws::Trust;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::fixture;

const OURS: &str = "arn:aws:iam::111111111111:saml-provider/Rolegate";
const ACS: &str = "https://signin.aws.amazon.com/saml";

fn question() -> TrustQuestion {
    TrustQuestion::of_app(&fixture::app(), &fixture::role_arn(1, "Admin")).unwrap()
}

fn statement(effect: &str, federated: &Value, action: &Value, condition: &Value) -> Value {
    json!({"Effect": effect, "Principal": {"Federated": federated}, "Action": action, "Condition": condition})
}

fn allow(condition: &Value) -> Value {
    statement("Allow", &json!(OURS), &json!("sts:AssumeRoleWithSAML"), condition)
}

fn policy(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn judge_statements(statements: &[Value]) -> TrustVerdict {
    evaluate(&policy(statements), &question())
}

/// Trust and code of a policy with one allowing statement under `condition`.
fn under(condition: &Value) -> (Trust, String) {
    let verdict = judge_statements(&[allow(condition)]);
    (verdict.trust, verdict.code)
}

#[test]
fn the_policy_that_the_console_writes_lets_us_in() {
    let verdict = judge_statements(&[allow(&json!({"StringEquals": {"SAML:aud": ACS}}))]);
    assert_eq!((verdict.trust, verdict.code.as_str()), (Trust::Allowed, "trusted"));
    assert_eq!(verdict.statement.as_deref(), Some("statement 1"));
    assert_eq!(verdict.fix, None);
    assert_eq!((verdict.tag_session, verdict.set_source_identity), (Trust::Refused, Trust::Refused));
}

#[test]
fn a_lone_statement_object_and_lists_everywhere_are_understood() {
    let lone = json!({"Statement": {
        "Sid": "Sso", "Effect": "Allow", "Principal": {"Federated": ["arn:aws:iam::1:oidc-provider/x", OURS]},
        "Action": ["sts:assumerolewithsaml", "sts:TagSession"], "Condition": {"StringLike": {"saml:AUD": ["https://*.signin.aws.amazon.com/saml", ACS]}},
    }});
    let verdict = evaluate(&lone.to_string(), &question());
    assert_eq!((verdict.trust, verdict.statement.as_deref()), (Trust::Allowed, Some("Sso")));
    assert_eq!((verdict.tag_session, verdict.set_source_identity), (Trust::Allowed, Trust::Refused));
}

#[test]
fn actions_match_with_wildcards_and_without_case() {
    for action in ["sts:*", "*", "STS:AssumeRole*", "sts:AssumeRoleWithSAM?"] {
        let verdict = judge_statements(&[statement("Allow", &json!(OURS), &json!(action), &json!({}))]);
        assert_eq!(verdict.trust, Trust::Allowed, "{action}");
    }
    let not_action = json!({"Effect": "Allow", "Principal": {"Federated": OURS}, "NotAction": "sts:TagSession"});
    let verdict = judge_statements(&[not_action]);
    assert_eq!((verdict.trust, verdict.tag_session), (Trust::Allowed, Trust::Refused));
}

#[test]
fn each_way_of_missing_us_has_its_own_word_and_fix() {
    let other = "arn:aws:iam::111111111111:saml-provider/Okta";
    let saml = json!("sts:AssumeRoleWithSAML");
    let service = json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"});
    let everyone = json!({"Effect": "Allow", "Principal": "*", "Action": "*"});
    let cases = [
        (statement("Allow", &json!(other), &saml, &json!({})), "other_provider", OURS),
        (statement("Allow", &json!(OURS.to_lowercase()), &saml, &json!({})), "other_provider", OURS),
        (
            statement("Allow", &json!(OURS), &json!("sts:TagSession"), &json!({})),
            "action_missing",
            "sts:AssumeRoleWithSAML",
        ),
        (service, "no_federated_principal", OURS),
        (everyone, "no_federated_principal", OURS),
        (allow(&json!({"StringEquals": {"SAML:aud": "https://x/saml"}})), "audience_mismatch", ACS),
        (allow(&json!({"StringEquals": {"SAML:aud": "https://*/saml"}})), "audience_mismatch", "StringLike"),
        (
            allow(&json!({"StringEquals": {"saml:iss": "https://okta"}})),
            "issuer_mismatch",
            "https://id.example.com/0oa",
        ),
        (allow(&json!({"StringEquals": {"saml:doc": "222222222222/Rolegate"}})), "condition_unmet", "saml:doc"),
        (allow(&json!({"StringEquals": {"sts:ExternalId": "x"}})), "condition_unmet", "sts:ExternalId"),
    ];
    for (statement, code, in_fix) in cases {
        let verdict = judge_statements(std::slice::from_ref(&statement));
        assert_eq!((verdict.trust, verdict.code.as_str()), (Trust::Refused, code), "{statement}");
        assert!(verdict.fix.as_ref().is_some_and(|fix| fix.contains(in_fix)), "{verdict:?}");
    }
}

#[test]
fn the_nearest_miss_is_the_one_that_is_told() {
    let foreign = statement("Allow", &json!("arn:aws:iam::1:saml-provider/x"), &json!("*"), &json!({}));
    let ours = allow(&json!({"StringEquals": {"SAML:aud": "https://x/saml", "saml:sub": "y"}}));
    for statements in [[foreign.clone(), ours.clone()], [ours, foreign]] {
        assert_eq!(judge_statements(&statements).code, "audience_mismatch");
    }
}

#[test]
fn conditions_on_what_is_known_are_decided() {
    let met = [
        json!({"StringEquals": {"saml:aud": ["https://x", ACS]}}),
        json!({"StringEqualsIgnoreCase": {"saml:aud": "HTTPS://signin.AWS.amazon.com/SAML"}}),
        json!({"StringEqualsIfExists": {"sts:SourceIdentity": "x"}}),
        json!({"StringNotEquals": {"sts:SourceIdentity": "x"}}),
        json!({"StringNotLike": {"saml:aud": "https://*.cn/saml"}}),
        json!({"ForAnyValue:StringEquals": {"saml:aud": ACS}}),
        json!({"ForAllValues:StringEquals": {"aws:TagKeys": "x"}}),
        json!({"Null": {"sts:SourceIdentity": "true", "saml:sub": "false", "saml:aud": false}}),
        json!({"Bool": {"aws:SecureTransport": "true"}}),
        json!({"StringEquals": {"saml:doc": "111111111111/Rolegate"}, "StringLike": {"saml:iss": "https://*"}}),
        json!({"StringLike": {"sts:RoleSessionName": "*"}}),
    ];
    for condition in met {
        assert_eq!(under(&condition).0, Trust::Allowed, "{condition}");
    }
    let unmet = [
        json!({"StringEquals": {"saml:aud": []}}),
        json!({"StringEquals": {"sts:SourceIdentity": "x"}}),
        json!({"ForAnyValue:StringEquals": {"aws:TagKeys": "x"}}),
        json!({"Null": {"aws:RequestTag/team": "false"}}),
        json!({"Bool": {"aws:SecureTransport": "false"}}),
        json!({"StringNotEquals": {"saml:aud": [ACS, "x"]}}),
    ];
    for condition in unmet {
        assert_eq!(under(&condition).0, Trust::Refused, "{condition}");
    }
}

#[test]
fn conditions_that_aws_alone_can_judge_leave_the_answer_open() {
    for condition in [
        json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}),
        json!({"StringEquals": {"saml:sub": "ann"}}),
        json!({"StringLike": {"sts:RoleSessionName": "*@example.com"}}),
        json!({"StringEquals": {"saml:aud": "${aws:something}"}}),
        json!({"FancyNewOperator": {"saml:aud": "x"}}),
        json!({"ForAnyValue:StringEquals": {"saml:eduPersonAffiliation": "staff"}}),
    ] {
        let verdict = judge_statements(&[allow(&condition)]);
        assert_eq!((verdict.trust, verdict.code.as_str()), (Trust::Conditional, "conditional"), "{condition}");
    }
    let both = json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}, "StringEquals": {"saml:aud": "x"}});
    assert_eq!(under(&both), (Trust::Refused, "audience_mismatch".to_owned()), "no address makes up for it");
}

#[test]
fn a_variable_is_plain_text_in_a_policy_of_the_old_version() {
    let statement = allow(&json!({"StringEquals": {"saml:aud": "${aws:something}"}}));
    let old = json!({"Version": "2008-10-17", "Statement": [statement]});
    assert_eq!(evaluate(&old.to_string(), &question()).code, "audience_mismatch");
}

#[test]
fn a_deny_wins_also_when_it_names_everyone_or_everyone_but_others() {
    let open = allow(&json!({}));
    for principal in [json!("*"), json!({"AWS": "*"}), json!({"Federated": OURS}), json!({"Federated": "*"})] {
        let deny = json!({"Sid": "No", "Effect": "Deny", "Principal": principal, "Action": "sts:*"});
        let verdict = judge_statements(&[open.clone(), deny]);
        assert_eq!((verdict.trust, verdict.code.as_str()), (Trust::Refused, "denied"), "{principal}");
        assert_eq!(verdict.statement.as_deref(), Some("No"));
    }
    let but_us = json!({"Effect": "Allow", "NotPrincipal": {"Federated": OURS}, "Action": "*"});
    assert_eq!(judge_statements(&[but_us]).trust, Trust::Refused);
    let others = json!({"Effect": "Deny", "NotPrincipal": {"Federated": OURS}, "Action": "*"});
    assert_eq!(judge_statements(&[open.clone(), others]).trust, Trust::Allowed);
    let maybe = json!({"Effect": "Deny", "Principal": "*", "Action": "*",
        "Condition": {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}});
    let verdict = judge_statements(&[open, maybe]);
    assert_eq!((verdict.trust, verdict.statement.as_deref()), (Trust::Conditional, Some("statement 2")));
}

#[test]
fn tags_and_source_identity_that_are_sent_are_seen_by_conditions() {
    let mut app = fixture::app();
    let tag = |key: &str, value: &str| SessionTag { key: key.to_owned(), value: value.to_owned(), transitive: true };
    app.settings.session_tags = vec![tag("Team", "blue"), tag("Login", "${user.login}")];
    app.settings.source_identity = Some("${user.login}".to_owned());
    let question = TrustQuestion::of_app(&app, &fixture::role_arn(1, "Admin")).unwrap();
    let trust = |condition: Value| evaluate(&policy(&[allow(&condition)]), &question).trust;
    assert_eq!(trust(json!({"StringEquals": {"aws:RequestTag/team": "blue"}})), Trust::Allowed);
    assert_eq!(trust(json!({"StringEquals": {"aws:RequestTag/team": "red"}})), Trust::Refused);
    assert_eq!(trust(json!({"StringEquals": {"aws:RequestTag/Login": "x"}})), Trust::Conditional);
    assert_eq!(trust(json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["Team", "Login"]}})), Trust::Allowed);
    assert_eq!(trust(json!({"ForAllValues:StringEquals": {"sts:TransitiveTagKeys": "Team"}})), Trust::Refused);
    assert_eq!(trust(json!({"StringLike": {"sts:SourceIdentity": "*"}})), Trust::Allowed);
}

#[test]
fn reserved_and_service_linked_roles_are_refused_whatever_they_trust() {
    let text = policy(&[allow(&json!({}))]);
    let app = fixture::app();
    for (role, code) in [
        ("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef", "reserved_sso"),
        ("aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", "service_linked"),
    ] {
        assert_eq!(judge(&app, &fixture::role_arn(1, role), &text).code, code);
    }
}

#[test]
fn an_app_without_provider_is_told_so() {
    let mut app = fixture::app();
    app.settings.identity_provider_arn = None;
    let verdict = judge(&app, &fixture::role_arn(1, "Admin"), &policy(&[]));
    assert_eq!((verdict.trust, verdict.code.as_str()), (Trust::Refused, "identity_provider_arn_missing"));
}

#[test]
fn what_is_no_trust_policy_is_a_verdict_that_says_why() {
    let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
    let long = policy(&[allow(&json!({"StringEquals": {"saml:aud": "x".repeat(17_000)}}))]);
    for (text, part) in [
        ("", "no trust policy"),
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "no `Statement`"),
        (r#"{"Statement": 3}"#, "neither an object nor a list"),
        (r#"{"Statement": [3]}"#, "statement 1 is not an object"),
        (r#"{"Statement": [{"Effect": "allow"}]}"#, "`Effect`"),
        (r#"{"Statement": {"Effect": "Allow", "Action": "x"}}"#, "`Principal` is missing"),
        (r#"{"Statement": {"Effect": "Allow", "Principal": "*"}}"#, "`Action` is missing"),
        (r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": {}}, "Action": "x"}}"#, "not a text"),
        (r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "x", "Condition": []}}"#, "`Condition`"),
        (&deep, "not JSON"),
        (&long, "bytes"),
    ] {
        let verdict = evaluate(text, &question());
        assert_eq!((verdict.trust, verdict.code.as_str()), (Trust::Refused, "unparsable"), "{text:.80}");
        assert!(verdict.explanation.contains(part) && verdict.fix.is_some(), "{}", verdict.explanation);
    }
}

fn conditions() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({}),
        json!({"StringEquals": {"SAML:aud": ACS}}),
        json!({"StringEquals": {"SAML:aud": ["https://x/saml"]}}),
        json!({"StringLike": {"saml:iss": "https://*"}}),
        json!({"StringNotEquals": {"saml:doc": "111111111111/Rolegate"}}),
        json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        json!({"Null": {"sts:SourceIdentity": "true"}}),
        json!({"ForAllValues:StringLike": {"aws:TagKeys": ["a*"]}}),
    ])
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Deny"]);
    let federated =
        prop::sample::select(vec![json!(OURS), json!([OURS, "x"]), json!("arn:aws:iam::1:saml-provider/x")]);
    let action = prop::sample::select(vec![json!("sts:AssumeRoleWithSAML"), json!(["sts:TagSession"]), json!("sts:*")]);
    let one = (effect, federated, action, conditions())
        .prop_map(|(effect, federated, action, condition)| statement(effect, &federated, &action, &condition));
    prop::collection::vec(one, 0..6)
}

fn any_json() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "Statement",
        "Effect",
        "Allow",
        "Principal",
        "Federated",
        "Action",
        "Condition",
        "*",
        OURS,
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words.clone().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from)
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((words.clone(), inner), 0..5).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_and_no_json_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), value in any_json(), inner in any_json()) {
        evaluate(&String::from_utf8_lossy(&bytes), &question());
        evaluate(&value.to_string(), &question());
        evaluate(&json!({"Statement": inner}).to_string(), &question());
        evaluate(&policy(&[statement("Allow", &value, &inner, &value)]), &question());
        evaluate(&policy(&[allow(&inner)]), &question());
    }

    #[test]
    fn the_order_of_statements_does_not_matter(mut statements in statements(), turn in 0_usize..6) {
        let before = judge_statements(&statements);
        if !statements.is_empty() {
            let middle = turn % statements.len();
            statements.rotate_left(middle);
        }
        let after = judge_statements(&statements);
        prop_assert_eq!((before.trust, before.code), (after.trust, after.code));
        prop_assert_eq!((before.tag_session, before.set_source_identity), (after.tag_session, after.set_source_identity));
    }

    #[test]
    fn an_unconditional_deny_always_wins_and_any_deny_never_opens(mut statements in statements(), condition in conditions()) {
        let before = judge_statements(&statements).trust;
        statements.push(statement("Deny", &json!(OURS), &json!("sts:*"), &condition));
        let after = judge_statements(&statements).trust;
        prop_assert!(before != Trust::Refused || after == Trust::Refused);
        prop_assert!(after != Trust::Allowed || before == Trust::Allowed);
        statements.push(statement("Deny", &json!(OURS), &json!("sts:*"), &json!({})));
        prop_assert_eq!(judge_statements(&statements).trust, Trust::Refused);
    }

    #[test]
    fn a_longer_list_of_allowed_values_never_refuses_what_the_shorter_let_in(
        values in prop::collection::vec(prop::sample::select(vec![ACS, "https://x/saml", "${x}", "*"]), 0..4),
        more in "[a-z]{0,5}",
        operator in prop::sample::select(vec!["StringEquals", "StringLike", "StringEqualsIgnoreCase", "ForAnyValue:StringEquals"]),
    ) {
        let trust = |values: &[&str]| judge_statements(&[allow(&json!({operator: {"SAML:aud": values}}))]).trust;
        let wider: Vec<&str> = values.iter().copied().chain([more.as_str()]).collect();
        let rank = |trust| match trust { Trust::Refused => 0, Trust::Conditional => 1, Trust::Allowed => 2 };
        prop_assert!(rank(trust(&wider)) >= rank(trust(&values)));
    }

    #[test]
    fn wildcards_agree_with_a_plain_definition(pattern in "[ab*?]{0,6}", text in "[ab]{0,6}") {
        fn plain(pattern: &[u8], text: &[u8]) -> bool {
            match (pattern.split_first(), text.split_first()) {
                (None, None) => true,
                (Some((b'*', rest)), _) if plain(rest, text) => true,
                (Some((b'*', _)), Some((_, tail))) => plain(pattern, tail),
                (Some((wanted, rest)), Some((byte, tail))) => (*wanted == b'?' || wanted == byte) && plain(rest, tail),
                _ => false,
            }
        }
        prop_assert_eq!(wildcard::matches(&pattern, &text), plain(pattern.as_bytes(), text.as_bytes()));
    }
}
