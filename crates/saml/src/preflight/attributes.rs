//! Rules about names and tags: `NameID`, `RoleSessionName`, `SourceIdentity`, `PrincipalTag`.

use std::{collections::HashSet, sync::LazyLock};

use regex::Regex;

use super::{Finding, shown};
use crate::{
    response::{AwsResponse, Tag},
    session_name,
};

const MAX_TAGS: usize = 50;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;
const TAGS_REFUSED: &str = "Unable to validate tags";

/// The STS model's pattern of tag keys and values, in which `\p{…}` are Unicode general categories.
static TAG_CHARACTERS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\A[\p{L}\p{Z}\p{N}_.:/=+\-@]*\z").ok());

pub(super) fn check(response: &AwsResponse) -> Vec<Finding> {
    let mut findings = Vec::new();
    if response.name_id.value.trim().is_empty() {
        findings.push(
            Finding::error(
                "no_name_id",
                "the NameID is empty",
                "set `userNameTemplate` to an attribute that the person has",
            )
            .answered("Not authorized to perform sts:AssumeRoleWithSAML"),
        );
    }
    if !session_name::is_legal(&response.role_session_name) {
        findings.push(
            Finding::error(
                "role_session_name",
                format!("the role session name is {}", shown(&response.role_session_name)),
                "it has 2 to 64 of `a-z A-Z 0-9 _ + = , . @ -`",
            )
            .answered("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"),
        );
    }
    if let Some(identity) = &response.source_identity {
        findings.extend(source_identity(identity));
    }
    findings.extend(tags(&response.session_tags));
    findings
}

fn source_identity(identity: &str) -> Option<Finding> {
    let reserved = identity.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    (reserved || !session_name::is_legal(identity)).then(|| {
        Finding::error(
            "source_identity",
            format!("the source identity is {}", shown(identity)),
            "it has 2 to 64 of `a-z A-Z 0-9 _ + = , . @ -` and does not begin with `aws:`: change `sourceIdentity` or the attribute it reads",
        )
        .answered("Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"")
    })
}

fn tags(tags: &[Tag]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut refuse = |code, what: String, fix: &str| {
        findings.push(Finding::error(code, what, fix).answered(TAGS_REFUSED));
    };
    if tags.len() > MAX_TAGS {
        refuse(
            "too_many_tags",
            format!("{} session tags are to be sent", tags.len()),
            "AWS takes at most 50: remove some",
        );
    }
    let mut seen = HashSet::new();
    for Tag { key, value, .. } in tags {
        if !(1..=MAX_KEY).contains(&key.chars().count()) || !has_tag_characters(key) {
            refuse(
                "tag_key",
                format!("the session tag key {} is not one", shown(key)),
                "a key has 1 to 128 letters, digits, blanks and `_ . : / = + - @`",
            );
        }
        if value.chars().count() > MAX_VALUE || !has_tag_characters(value) {
            refuse(
                "tag_value",
                format!("the value {} of session tag {} is not one", shown(value), shown(key)),
                "a value has at most 256 letters, digits, blanks and `_ . : / = + - @`: change the attribute it reads",
            );
        }
        if is_reserved(key) || is_reserved(value) {
            refuse(
                "tag_reserved",
                format!("the session tag {} or its value {} begins with `aws:`", shown(key), shown(value)),
                "AWS keeps `aws:` for itself: choose another key or value",
            );
        }
        if !seen.insert(key.to_lowercase()) {
            refuse(
                "tag_twice",
                format!("the session tag {} is sent twice", shown(key)),
                "AWS compares keys without regard to case: remove one",
            );
        }
    }
    findings
}

fn is_reserved(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
}

fn has_tag_characters(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b" _.:/=+-@".contains(&byte);
    text.bytes().all(plain) || TAG_CHARACTERS.as_ref().is_some_and(|pattern| pattern.is_match(text))
}
