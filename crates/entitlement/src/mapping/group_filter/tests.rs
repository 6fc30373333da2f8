//! The filter as the settings write it.

use super::*;

#[test]
fn a_match_gives_the_parts_by_name() {
    let filter = GroupFilter::parse(r"aws_(?{{accountid}}\d+)_(?{{role}}[A-Z]+)(?:_(?{{env}}\w+))?").unwrap();
    assert_eq!(filter.parts().collect::<Vec<_>>(), ["accountid", "role", "env"]);
    let NameReading::Match(parts) = filter.read("aws_1_A") else { panic!("no match") };
    assert_eq!(parts.iter().collect::<Vec<_>>(), [("accountid", "1"), ("role", "A")]);
    let NameReading::Match(parts) = filter.read("aws_1_A_x") else { panic!("no match") };
    assert_eq!(parts.iter().collect::<Vec<_>>(), [("accountid", "1"), ("env", "x"), ("role", "A")], "by name");
    assert_eq!(filter.read("gcp_1_A"), NameReading::NoMatch);
}

#[test]
fn names_that_are_too_long_or_not_ascii_are_not_looked_at() {
    let filter = GroupFilter::parse(r".*").unwrap();
    assert!(matches!(filter.read(&"a".repeat(1_024)), NameReading::Match(_)));
    assert_eq!(filter.read(&"a".repeat(1_025)), NameReading::TooLong);
    assert_eq!(filter.read("aws_Rôle"), NameReading::NotAscii);
    assert_eq!(filter.read("aws\n"), NameReading::NotAscii);
}

#[test]
fn what_is_wrong_is_said_of_the_setting() {
    let empty = GroupFilter::parse("").unwrap_err();
    assert_eq!((empty.field, empty.code), (MappingField::GroupFilter, "group_filter_empty"));
    let error = GroupFilter::parse(r"aws_(?{{role}}\w+").unwrap_err();
    assert!(error.to_string().starts_with("`groupFilter`: at character 17: a bracket is not closed"), "{error}");
    let slow = GroupFilter::parse(r"(?!x)(a+)+").unwrap().must_be_quick().unwrap_err();
    assert_eq!(slow.code, "group_filter_too_slow");
}
