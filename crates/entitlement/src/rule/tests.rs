//! What Okta's administrators write is read and judged; what nobody should write is refused, and never panics.

use std::collections::BTreeMap;

use domain::{Group, GroupSource, Timestamp, UserProfile};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn profile(extra: &[(&str, Value)]) -> UserProfile {
    UserProfile {
        login: "ann@example.com".parse().unwrap(),
        email: "ann@mail.example.com".parse().unwrap(),
        first_name: "Ann".to_owned(),
        last_name: "O'Hara".to_owned(),
        extra: extra.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<BTreeMap<_, _>>(),
    }
}

fn group(id: &str, name: &str) -> Group {
    let then = Timestamp::from_millis(0);
    Group {
        id: domain::GroupId::parse(id).unwrap(),
        source: GroupSource::Local,
        name: name.to_owned(),
        description: String::new(),
        created: then,
        last_updated: then,
        last_membership_updated: then,
    }
}

fn holds(text: &str) -> bool {
    let profile = profile(&[
        ("department", json!("R&D")),
        ("level", json!(7)),
        ("contractor", json!(false)),
        ("tags", json!(["a"])),
    ]);
    let groups = [group("00gAAAAAAAAAAAAAAAAA", "West Coast"), group("00gBBBBBBBBBBBBBBBBB", "aws#x#Admin#1")];
    let is_in = |test: &GroupTest| groups.iter().any(|group| test.is_met_by(group));
    Expression::parse(text).unwrap().holds_for(&Subject { profile: &profile, is_in: &is_in })
}

#[test]
fn what_holds_holds() {
    for text in [
        r#"user.department == "R&D""#,
        r#"user.department=="R&D" and user.firstName == 'Ann'"#,
        "user.lastName == 'O''Hara'",
        r#"user.department != "Sales""#,
        r#"user.login == "ann@example.com" && user.email != user.login"#,
        "user.absent == null AND user.department != null",
        "user.level == 7 and user.contractor == false",
        r#"String.startsWith(user.department, "R") or false == true"#,
        r#"String.stringContains(user.email, "@mail.")"#,
        r#"isMemberOfGroupName("West Coast") and !isMemberOfGroupName("west coast")"#,
        r#"isMemberOfGroupNameStartsWith("aws#") and isMemberOfGroupNameContains("Admin#1")"#,
        r#"isMemberOfAnyGroup("00gXXXXXXXXXXXXXXXXX", "00gBBBBBBBBBBBBBBBBB")"#,
        r#"isMemberOfGroup("00gAAAAAAAAAAAAAAAAA")"#,
        r#"Not (user.department == "Sales" || user.level == 8)"#,
        r#"user.department == "x" or user.level == 7 and user.firstName == "Ann""#,
    ] {
        assert!(holds(text), "{text}");
    }
}

#[test]
fn what_does_not_hold_does_not() {
    for text in [
        r#"user.department == "r&d""#,
        r#"user.level == "7""#,
        r#"user.absent == """#,
        r#"String.startsWith(user.absent, "")"#,
        r#"String.startsWith(user.level, "7")"#,
        r#"String.stringContains(user.tags, "a")"#,
        r#"isMemberOfGroup("West Coast")"#,
        r#"(user.department == "x" or user.level == 7) and user.firstName == "Bob""#,
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn a_mistake_is_named_where_it_is() {
    let message = |text: &str| Expression::parse(text).unwrap_err().to_string();
    assert_eq!(message(""), "a condition is expected at the end");
    assert_eq!(message("user.department"), "`==` or `!=` is expected at the end");
    assert_eq!(message(r#"user.a == "x" user.b"#), "`and`, `or` or the end is expected instead of `user.b`");
    assert_eq!(message(r#"(user.a == "x""#), "`)` is expected at the end");
    assert_eq!(message("isMemberOfGroupName(user.a)"), "a text in quotes is expected instead of `user.a`");
    assert!(message("department == 5").ends_with("is expected instead of `department`"));
    assert!(message("user.manager.login == null").ends_with("is expected instead of `user.manager.login`"));
    assert!(message(r#"String.toUpperCase(user.a) == "X""#).starts_with("`String.toUpperCase` is not supported"));
    assert!(message(r#"user.a == "x"#).starts_with("the text that begins with `x` does not end"));
    assert!(message("user.a = 'x'").starts_with("`=` does not belong"));
    assert!(message("user.a == 1.2.3").starts_with("`1` does not belong"));
    assert_eq!(Expression::parse(&"(".repeat(1000)), Err(ExpressionError::TooDeep));
    assert_eq!(Expression::parse(&"!".repeat(1000)), Err(ExpressionError::TooDeep));
    assert_eq!(Expression::parse(&"a".repeat(4001)), Err(ExpressionError::TooLong));
}

#[test]
fn what_has_to_be_known_is_known() {
    let asked = |text: &str| Expression::parse(text).unwrap().group_tests().into_iter().cloned().collect::<Vec<_>>();
    let text = r#"isMemberOfGroup("a") or not (user.b != "y" and isMemberOfGroupName("z"))"#;
    assert_eq!(asked(text), [GroupTest::Id("a".to_owned()), GroupTest::Named("z".to_owned())]);
    assert_eq!(asked(r#"user.a == "x" or not (user.b != "isMemberOfGroupName")"#), []);
}

fn operand() -> impl Strategy<Value = Operand> {
    prop_oneof![
        "[a-zA-Z_é][a-zA-Z0-9_]{0,12}".prop_map(Operand::Attribute),
        ".{0,20}".prop_map(|text| Operand::Value(Value::String(text))),
        any::<i64>().prop_map(|number| Operand::Value(json!(number))),
        any::<bool>().prop_map(|value| Operand::Value(Value::Bool(value))),
        Just(Operand::Value(Value::Null)),
    ]
}

fn condition() -> impl Strategy<Value = Expression> {
    prop_oneof![
        (operand(), operand()).prop_map(|(left, right)| Expression::Same(left, right)),
        (operand(), operand()).prop_map(|(left, right)| Expression::Different(left, right)),
        (operand(), operand()).prop_map(|(left, right)| Expression::StartsWith(left, right)),
        (operand(), operand()).prop_map(|(left, right)| Expression::Contains(left, right)),
        ".{0,20}".prop_map(|name| Expression::MemberOf(GroupTest::Named(name))),
        prop::collection::vec(".{0,9}", 1..4).prop_map(|ids| Expression::MemberOf(GroupTest::AnyId(ids))),
    ]
}

fn any_expression() -> impl Strategy<Value = Expression> {
    condition().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn an_expression_reads_back_as_it_was_written(written in any_expression()) {
        prop_assume!(written.to_string().chars().count() <= LONGEST);
        prop_assert_eq!(Expression::parse(&written.to_string()), Ok(written));
    }

    #[test]
    fn a_negation_holds_where_the_expression_does_not(inner in any_expression()) {
        let profile = profile(&[]);
        let subject = Subject { profile: &profile, is_in: &|_| false };
        let negated = Expression::Not(Box::new(inner.clone()));
        prop_assert_ne!(negated.holds_for(&subject), inner.holds_for(&subject));
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        drop(Expression::parse(&text));
    }

    #[test]
    fn no_heap_of_pieces_makes_it_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "(", ")", "and", "or", "not", "!", "==", "!=", "user.a", "\"b\"", "\"", "'", "isMemberOfGroupName(", ",", "-", "1e", "null", "é",
    ]), 0..60)) {
        drop(Expression::parse(&pieces.join(" ")));
    }
}
