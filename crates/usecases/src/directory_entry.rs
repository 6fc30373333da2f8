//! Whether an entry of a directory can be taken, and what of it: a directory holds what it likes, a profile does not.
//!
//! Who has no usable login cannot sign in and is left out, with the reason. What only makes a profile less pretty (a long
//! name, a missing address) is mended, not refused.

use std::collections::BTreeMap;

use domain::{
    Directory, Email, Login, UserProfile,
    directory::{DirectoryGroup, DirectoryPerson, EntryProblem},
};
use serde_json::Value;

/// The most characters of a first or last name, as in Okta.
const NAME: usize = 50;
/// The most characters of a further attribute.
const ATTRIBUTE: usize = 1_000;
/// The most characters of a group's name.
const GROUP_NAME: usize = 255;
/// The most characters of a group's description.
const DESCRIPTION: usize = 1_024;

/// What of a person's entry becomes their profile.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TakenPerson {
    pub(crate) login: Login,
    pub(crate) email: Email,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) further: BTreeMap<String, String>,
}

/// What of a group's entry becomes the group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TakenGroup {
    pub(crate) name: String,
    pub(crate) description: String,
}

impl TakenPerson {
    /// The profile of somebody new.
    pub(crate) fn profile(&self) -> UserProfile {
        self.over(&BTreeMap::new(), &BTreeMap::new())
    }

    /// The profile of somebody who has `extra` already, of which the directory gave `former`: the rest stays.
    pub(crate) fn over(&self, extra: &BTreeMap<String, Value>, former: &BTreeMap<String, String>) -> UserProfile {
        let mut extra = extra.clone();
        extra.retain(|name, _| !former.contains_key(name));
        extra.extend(self.further.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))));
        UserProfile {
            login: self.login.clone(),
            email: self.email.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            extra,
        }
    }
}

/// What of a person can be taken.
///
/// # Errors
/// The problem, for who has no login or none that can be one, and for whose entry cannot be read.
pub(crate) fn person(directory: &Directory, entry: &DirectoryPerson) -> Result<TakenPerson, EntryProblem> {
    if let Some(problem) = &entry.problem {
        return Err(problem.clone());
    }
    let attributes = &directory.people.attributes;
    let Some(login) = &entry.login else {
        return Err(problem(
            &entry.dn,
            "LOGIN_MISSING",
            format!("The entry has no `{}`, which is its login.", attributes.login),
            "Give it one, map another attribute to the login, or leave such entries out by the filter of people.",
        ));
    };
    let login: Login = login.parse().map_err(|error| {
        problem(
            &entry.dn,
            "LOGIN_INVALID",
            format!("Its `{}` cannot be a login: {error}.", attributes.login),
            "Change it in the directory, or map another attribute to the login.",
        )
    })?;
    let email = entry.email.as_deref().and_then(|email| email.parse().ok()).or_else(|| login.as_str().parse().ok());
    let Some(email) = email else {
        return Err(problem(
            &entry.dn,
            "EMAIL_MISSING",
            format!("Its `{}` is no e-mail address, and neither is its login `{login}`.", attributes.email),
            "Give it one, or map another attribute to the e-mail address.",
        ));
    };
    let further = entry.further.iter().map(|(name, value)| (name.clone(), plain(value, ATTRIBUTE))).collect();
    let name = |name: &Option<String>| plain(name.as_deref().unwrap_or_default(), NAME);
    Ok(TakenPerson { login, email, first_name: name(&entry.first_name), last_name: name(&entry.last_name), further })
}

/// What of a group can be taken.
///
/// # Errors
/// The problem, for a name that cannot be one.
pub(crate) fn group(entry: &DirectoryGroup) -> Result<TakenGroup, EntryProblem> {
    let length = entry.name.chars().count();
    if !(1..=GROUP_NAME).contains(&length) || entry.name.chars().any(char::is_control) {
        return Err(problem(
            &entry.dn,
            "GROUP_NAME_INVALID",
            format!(
                "A group's name has 1 to {GROUP_NAME} characters and no control characters; this one has {length}."
            ),
            "Rename it, or map another attribute to the name.",
        ));
    }
    Ok(TakenGroup { name: entry.name.clone(), description: plain(&entry.description, DESCRIPTION) })
}

/// A problem in words.
pub(crate) fn problem(dn: &str, code: &str, what: String, fix: &str) -> EntryProblem {
    EntryProblem { dn: dn.to_owned(), code: code.to_owned(), what, fix: fix.to_owned() }
}

/// On one line, and no longer than that.
fn plain(text: &str, most: usize) -> String {
    let line: String =
        text.chars().map(|character| if character.is_control() { ' ' } else { character }).take(most).collect();
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corp() -> Directory {
        testkit::sample::directory("corp")
    }

    fn ann() -> DirectoryPerson {
        testkit::sample::directory_person("ann@example.com")
    }

    fn code(entry: &DirectoryPerson) -> String {
        person(&corp(), entry).unwrap_err().code
    }

    #[test]
    fn without_a_usable_login_nobody_is_taken() {
        assert_eq!(code(&DirectoryPerson { login: None, ..ann() }), "LOGIN_MISSING");
        assert_eq!(code(&DirectoryPerson { login: Some("x".repeat(101)), ..ann() }), "LOGIN_INVALID");
        let nameless = DirectoryPerson { login: Some("ann".to_owned()), email: Some("none".to_owned()), ..ann() };
        assert_eq!(code(&nameless), "EMAIL_MISSING");
        let problem = person(&corp(), &DirectoryPerson { login: None, ..ann() }).unwrap_err();
        assert!(problem.what.contains("`mail`") && problem.dn == ann().dn);
    }

    #[test]
    fn what_only_makes_a_profile_less_pretty_is_mended() {
        let entry = DirectoryPerson {
            email: None,
            first_name: Some(format!(" Ann\n{}", "x".repeat(100))),
            last_name: None,
            ..ann()
        };
        let taken = person(&corp(), &entry).unwrap();
        assert_eq!(taken.email.as_str(), "ann@example.com");
        assert_eq!(taken.first_name.chars().count(), 49);
        assert!(taken.first_name.starts_with("Ann xx"));
        assert_eq!(taken.last_name, "");
    }

    #[test]
    fn attributes_that_are_not_the_directorys_stay() {
        let taken = person(&corp(), &ann()).unwrap();
        let extra = BTreeMap::from([
            ("department".to_owned(), Value::from("Sales")),
            ("title".to_owned(), Value::from("Dr")),
            ("badge".to_owned(), Value::from(7)),
        ]);
        let former = BTreeMap::from([("title".to_owned(), "Dr".to_owned())]);
        let profile = taken.over(&extra, &former);
        let expected =
            BTreeMap::from([("department".to_owned(), Value::from("Research")), ("badge".to_owned(), Value::from(7))]);
        assert_eq!(profile.extra, expected);
    }

    #[test]
    fn a_group_without_a_name_is_not_taken() {
        let entry = |name: &str| DirectoryGroup {
            id: testkit::sample::external_id("g"),
            dn: "cn=g".to_owned(),
            keys: Vec::new(),
            name: name.to_owned(),
            description: "a\tb".to_owned(),
            members: Vec::new(),
        };
        for name in ["", "a\u{7}", &"x".repeat(256)] {
            assert_eq!(group(&entry(name)).unwrap_err().code, "GROUP_NAME_INVALID");
        }
        assert_eq!(group(&entry("aws#a#b#1")).unwrap().description, "a b");
    }
}
