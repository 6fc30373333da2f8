//! What clients write is read; what nobody should write is refused, and never panics.

use proptest::prelude::*;

use super::*;

fn comparison(attribute: &str, operator: Operator, value: &str) -> Expression {
    Expression::Compare(Comparison { attribute: attribute.to_owned(), operator, value: value.to_owned() })
}

#[test]
fn what_clients_send_is_read() {
    assert_eq!(
        Expression::parse("profile.login eq \"a\\\"b@example.com\""),
        Ok(comparison("profile.login", Operator::Eq, "a\"b@example.com"))
    );
    assert_eq!(
        Expression::parse("type EQ \"OKTA_GROUP\" AND (profile.name sw \"x\" or id pr)"),
        Ok(Expression::And(vec![
            comparison("type", Operator::Eq, "OKTA_GROUP"),
            Expression::Or(vec![comparison("profile.name", Operator::Sw, "x"), comparison("id", Operator::Pr, "")]),
        ]))
    );
}

#[test]
fn and_binds_tighter_than_or() {
    let Ok(Expression::Or(parts)) = Expression::parse("a eq \"1\" or b eq \"2\" and c eq \"3\"") else {
        panic!("an `or` is expected");
    };
    assert_eq!(parts[0], comparison("a", Operator::Eq, "1"));
    assert_eq!(parts[1].conjuncts().len(), 2);
}

#[test]
fn a_mistake_is_named_where_it_is() {
    let message = |text: &str| Expression::parse(text).unwrap_err().to_string();
    assert_eq!(message("a eq"), "a value in quotes is expected at the end");
    assert!(message("a like \"b\"").ends_with("is expected instead of `like`"));
    assert!(message("a eq \"b").starts_with("the text that begins with `b` does not end"));
    assert_eq!(message("(a eq \"b\""), "`)` is expected at the end");
    assert_eq!(message("a eq \"b\" c"), "`and`, `or` or the end is expected instead of `c`");
    assert_eq!(message(""), "the name of an attribute is expected at the end");
    assert_eq!(Expression::parse(&"(".repeat(1000)), Err(FilterError::TooDeep));
    assert_eq!(Expression::parse(&"a".repeat(4001)), Err(FilterError::TooLong));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        drop(Expression::parse(&text));
    }

    #[test]
    fn no_heap_of_pieces_makes_it_panic(pieces in prop::collection::vec(
        prop::sample::select(vec!["(", ")", "and", "or", "eq", "pr", "a", "\"b\"", "\"", "\\", "not", "[", "é"]), 0..60
    )) {
        drop(Expression::parse(&pieces.join(" ")));
    }

    #[test]
    fn a_condition_reads_back_as_it_was_written(attribute in "[a-z][a-zA-Z.]{0,20}", value in ".{0,60}") {
        let written = Comparison { attribute, operator: Operator::Eq, value };
        prop_assert_eq!(Expression::parse(&written.to_string()), Ok(Expression::Compare(written)));
    }
}
