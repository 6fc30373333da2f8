//! What Okta's and Java's expressions mean here, and what is refused.

mod reference;

use super::*;

fn parse(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"))
}

fn refused(text: &str) -> Refusal {
    match Expression::parse(text) {
        Ok(_) => panic!("{text} is accepted"),
        Err(refusal) => refusal,
    }
}

/// The parts of a full match as `part=text`.
fn taken(text: &str, name: &str) -> Option<Vec<String>> {
    let expression = parse(text);
    let parts: Vec<String> = expression.names().map(str::to_owned).collect();
    let taken = expression.read_whole(name)?;
    Some(parts.iter().zip(taken).filter_map(|(part, text)| Some(format!("{part}={}", text?))).collect())
}

fn matches(text: &str, name: &str) -> bool {
    taken(text, name).is_some()
}

#[test]
fn the_expressions_that_are_in_use_work_as_they_are() {
    for (text, name, expected) in [
        (
            r"aws_(?{{accountid}}\d+)_(?{{role}}[a-zA-Z0-9+=,.@\-_]+)",
            "aws_123456789012_Tier1.Support",
            vec!["accountid=123456789012", "role=Tier1.Support"],
        ),
        (
            r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d+)$",
            "aws#northamerica-production#Tier1_Support#828416469395",
            vec!["role=Tier1_Support", "accountid=828416469395"],
        ),
        (
            r"^app\-aws\-(?{{accountid}}\d+)\-(?{{role}}[\w\-]+)$",
            "app-aws-123456789012-Read-Only",
            vec!["accountid=123456789012", "role=Read-Only"],
        ),
        (r"^aws\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d+)$", "aws#A-1#1", vec!["role=A-1", "accountid=1"]),
        (r"(?{{role}}[a-zA-Z0-9+=,.@\-_]+)", "Admin", vec!["role=Admin"]),
        (
            r"aws_(?<accountid>\d+)_(?P<role>\w+)_(?{{env}}dev|prod)",
            "aws_1_A_dev",
            vec!["accountid=1", "role=A", "env=dev"],
        ),
    ] {
        assert_eq!(taken(text, name).unwrap_or_default(), expected, "{text}");
    }
}

#[test]
fn the_whole_name_has_to_match() {
    let stored = r"aws_(?{{accountid}}\d+)_(?{{role}}[a-zA-Z0-9+=,.@\-_]+)";
    for name in ["not_aws_123456789012_Admin", "aws_123456789012_Admin extra", "aws_1_path/Role", ""] {
        assert!(!matches(stored, name), "{name}");
    }
    assert!(matches("a|ab", "ab"), "an alternative that ends too early is not the last word");
    assert!(!matches(r"(?m)^a$", "a\nb"));
    assert!(!matches("a$", "a\n"), "`$` is the end, not the end of a line");
}

#[test]
fn classes_are_ascii() {
    for (text, yes, no) in [
        (r"\d", "7", "\u{0667}"),
        (r"\w", "_", "ô"),
        (r"\W", "#", "a"),
        (r"\s", " ", "\u{a0}"),
        (r"\D", "x", "1"),
        (r"[\w&&[^_]]", "z", "_"),
        (r"[a-z&&[^aeiou]&&[^x-z]]", "b", "y"),
        (r"[^a[bc]]", "d", "c"),
        (r"[]a]", "]", "b"),
        (r"[a\-z]", "-", "m"),
        (r"[\w-]", "-", "."),
        (r"[a-]", "-", "b"),
        (r"[a&b]", "&", "c"),
        (r"[\#-\%]", "$", "&"),
        (r"\p{Alpha}", "Q", "1"),
        (r"\P{Alpha}", "1", "Q"),
        (r"[\p{Lower}\d]", "9", "A"),
        (r"\pL", "a", "1"),
        (r"\p{Punct}", "#", "a"),
        (r"\x41", "A", "B"),
        (r"\x{23}", "#", "2"),
        (r"\u0042", "B", "A"),
        (r"\#", "#", r"\"),
        (r"\\", r"\", "/"),
        (r"\Qa.b*\E", "a.b*", "axb"),
        (r"\Qa.b", "a.b", "axb"),
        (r"x\z", "x", "xx"),
        (r"\Ax\Z", "x", "xx"),
        (r"(?i)aws", "AwS", "awx"),
        (r"(?i)[^a]", "b", "A"),
        (r"a(?i:b)c", "aBc", "aBC"),
        (r"(a(?i)b)c", "aBc", "aBC"),
        (r"(?ms)a.b", "a#b", "ab"),
        (r"\bx\b", "x", "y"),
        (r"a}]", "a}]", "a"),
        (r"a{2}", "aa", "a"),
        (r"a{1,}?b", "aab", "b"),
    ] {
        assert!(matches(text, yes), "{text} on {yes}");
        assert!(!matches(text, no), "{text} on {no}");
    }
}

#[test]
fn what_needs_going_back_works_too() {
    for (text, yes, no) in [
        (r"(?!test)aws_\w+", "aws_x", "test_x"),
        (r"aws_(?!test)\w+", "aws_prod", "aws_test1"),
        (r"(?=\w*prod)aws_\w+", "aws_prod_1", "aws_dev_1"),
        (r"aws_\w+(?<!_test)", "aws_a", "aws_a_test"),
        (r"aws_\w+(?<=_dev|_production)", "aws_a_production", "aws_a_test"),
        (r"(\w+)#\1", "ab#ab", "ab#ac"),
        (r"(?{{x}}\w+)#\k<x>", "ab#ab", "ab#ac"),
        (r"(?i)(a+)#\1", "aa#AA", "aa#A"),
        (r"(?>a+)b", "aab", "aa"),
        (r"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\11", "abcdefghija1", "abcdefghij"),
    ] {
        assert!(matches(text, yes), "{text} on {yes}");
        assert!(!matches(text, no), "{text} on {no}");
    }
    assert!(!matches(r"a++a", "aaa"), "possessive: nothing is given back");
    assert!(!matches(r"(?>a|ab)c", "abc"));
    let mixed = r"^(?!aws#test)aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d{12})$";
    assert_eq!(taken(mixed, "aws#prod#Admin#123456789012").unwrap(), ["role=Admin", "accountid=123456789012"]);
    assert!(taken(mixed, "aws#test#Admin#123456789012").is_none());
}

#[test]
fn a_part_that_took_nothing_is_absent() {
    assert_eq!(taken(r"aws(?:_(?{{env}}\w+))?", "aws"), Some(vec![]));
    assert_eq!(taken(r"aws_(?{{env}}\w*)", "aws_"), Some(vec!["env=".to_owned()]));
}

#[test]
fn mistakes_are_named_with_their_place_and_what_to_write() {
    for (text, code, said) in [
        ("(a", "group_filter_syntax", "not closed"),
        ("a)", "group_filter_syntax", "at character 1"),
        ("[a", "group_filter_syntax", "class is not closed"),
        ("*a", "group_filter_syntax", "`*` has nothing"),
        ("a**", "group_filter_syntax", "two quantifiers"),
        ("^*", "group_filter_syntax", "nothing to repeat"),
        ("(?=a)+", "group_filter_syntax", "nothing to repeat"),
        ("a{2,1}", "group_filter_syntax", "not a count"),
        ("a{x}", "group_filter_syntax", "not a count"),
        ("a{5000}", "group_filter_syntax", "not a count"),
        ("{{role}}", "group_filter_syntax", "repeats nothing"),
        ("(?{{role}", "group_filter_syntax", "not the name of a part"),
        ("(?{{1a}}x)", "group_filter_syntax", "not the name of a part"),
        ("(?{{a}}x)(?<a>y)", "group_filter_syntax", "two parts are named `a`"),
        ("(?#x)", "group_filter_syntax", "nothing that is known"),
        (r"a\", "group_filter_syntax", "stands at the end"),
        (r"\1(a)", "group_filter_syntax", "names no group"),
        (r"(a\1)", "group_filter_syntax", "names no group"),
        (r"\k<nobody>", "group_filter_syntax", "`nobody`"),
        ("[z-a]", "group_filter_syntax", "no end behind it"),
        (r"[a-\d]", "group_filter_syntax", "no end behind it"),
        ("[&&a]", "group_filter_syntax", "between two classes"),
        (r"\x{110000}", "group_filter_syntax", "ASCII"),
        (r"\u00e4", "group_filter_syntax", "ASCII"),
        ("(?x)a # b", "group_filter_unsupported", "comment"),
        (r"\R", "group_filter_unsupported", r"`\R`"),
        (r"\p{Greek}", "group_filter_unsupported", "Greek"),
        (r"(?<=a*)b", "group_filter_unsupported", "look-behind"),
        ("ä", "group_filter_not_ascii", "`ä`"),
        (r"(\w{1000}){1000}", "group_filter_too_big", "add up"),
        (&"(".repeat(2_000), "group_filter_too_big", "brackets"),
        (&"[".repeat(2_000), "group_filter_too_big", "classes"),
        (&"a".repeat(2_049), "group_filter_too_long", "2049"),
    ] {
        let refusal = refused(text);
        assert_eq!(refusal.code, code, "{text}: {refusal:?}");
        assert!(refusal.message.contains(said) && !refusal.hint.is_empty(), "{text}: {refusal:?}");
    }
}

#[test]
fn an_expression_that_would_run_for_hours_is_refused_before_it_is_kept() {
    for text in [
        r"(?!x)(a+)+",
        r"(?!x)(\w+)*#",
        r"(?!x)(?:\w|\w\w)+#",
        r"(?!x)aws#(\S*)*#(?{{role}}\w+)",
        r"(?!x)\w*\w*\w*\w*\w*#",
        r"(x?)(?:a|b|ab)*(?:a|b|ab)*(?:a|b|ab)*\1c",
    ] {
        let expression = parse(text);
        assert_eq!(expression.must_be_quick().map_err(|refusal| refusal.code), Err("group_filter_too_slow"), "{text}");
    }
    for text in [
        r"(a+)+",
        r"(?:\w|\w\w)+#",
        r"(?!test)aws_(?{{accountid}}\d+)_(?{{role}}[\w+=,.@\-]+)",
        r"^(?!aws#test)aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d{12})$",
        r"(?{{alias}}\w+)#\k<alias>-(?{{role}}\w+)",
        r"(?>a+)b",
        r"(?=(a|aa)+$)a+b",
    ] {
        assert_eq!(parse(text).must_be_quick(), Ok(()), "{text}");
    }
}

#[test]
fn a_name_that_exhausts_the_budget_is_no_match() {
    let expression = parse(r"(?!x)(a+)+");
    let name = "a".repeat(60) + "!";
    assert_eq!(expression.read(&name), Reading::BudgetExceeded);
    assert_eq!(expression.read("aaa"), Reading::Match(0..3, vec![]));
}

#[test]
fn probes_are_few_and_short_whatever_they_are_made_of() {
    for text in
        [r"(a)(\1\1)(\2\2)(\3\3)(\4\4)(\5\5)(\6\6)(\7\7)(\8\8)(\9\9)", r"(?:(?:(?:(?:)*)*)*)*", r"(?!x)((((a*)*)*)*)*"]
    {
        let names = probe::names(&parse(text).node);
        assert!(names.len() < 200 && names.iter().all(|name| name.len() <= 256), "{text}");
    }
}

#[test]
fn it_is_told_how_far_a_name_goes_along() {
    let follower = parse(r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d{12})$").follower().unwrap();
    let stop = |name: &str| follower.stop(name).map(|stop| (stop.at, stop.takes.to_string(), stop.may_end));
    assert_eq!(stop("aws#prod#Admin#123456789012"), None);
    assert_eq!(stop("aws#prod#Admin#12345678901").unwrap().0, 26);
    assert_eq!(stop("aws_x"), Some((3, "`#`".to_owned(), false)));
    let ends = parse("ab?").follower().unwrap();
    assert_eq!(ends.stop("ac"), Some(Stop { at: 1, takes: CharSet::one(b'b'), may_end: true }));
    assert_eq!(ends.stop("abb"), Some(Stop { at: 2, takes: CharSet::NONE, may_end: true }));
    let counted = parse("(?:a|bc){2,3}").follower().unwrap();
    assert_eq!(counted.stop("abca"), None);
    assert_eq!(counted.stop("abcaa").unwrap().at, 4);
    assert_eq!(counted.stop("b").unwrap().takes, CharSet::one(b'c'));
}

#[test]
fn the_beginning_of_every_match_is_known() {
    assert_eq!(parse(r"^aws\#(?!x)(?:prod)-\d+").prefix(), "aws#prod-");
    assert_eq!(parse(r"aws_?x").prefix(), "aws");
    assert_eq!(parse(r"a|b").prefix(), "");
}
