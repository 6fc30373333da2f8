//! Which existing user a person of a directory is, if any. Nobody is taken over in doubt: whoever could give a directory
//! an entry with somebody's login would be that somebody. Administrators are never taken over without a word.

use std::collections::HashMap;

use domain::{Directory, User, UserId, UserProfile, directory::MatchBy};
use ports::{MatchDoubt, PageRequest, UserFilter};
use serde_json::Value;

use crate::{directory_entry::TakenPerson, error::Result, services::Services};

/// What is known of a user who may be the person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) user: &'a User,
    /// Whether somebody else in a directory is this user already.
    pub(crate) somebody: bool,
}

/// Who the person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Match {
    /// Nobody whom we know.
    New,
    /// This user.
    Is(UserId),
    /// An administrator has to say.
    Unsure(MatchDoubt, Vec<UserId>),
}

/// Compares with those who have the login, the e-mail address or the attribute: the first way that finds anybody decides.
pub(crate) fn decide(directory: &Directory, person: &TakenPerson, candidates: &[Candidate<'_>]) -> Match {
    for by in &directory.matching.by {
        let Some(wanted) = wanted(by, person) else { continue };
        let found: Vec<&Candidate<'_>> = candidates
            .iter()
            .filter(|candidate| value(by, &candidate.user.profile).as_ref() == Some(&wanted))
            .collect();
        match found.as_slice() {
            [] => {}
            [one] => return judge(directory, person, one),
            several => {
                let ids = several.iter().map(|candidate| candidate.user.id.clone()).collect();
                return Match::Unsure(MatchDoubt::SeveralUsers, ids);
            }
        }
    }
    match candidates.iter().find(|candidate| candidate.user.profile.login == person.login) {
        Some(taken) => Match::Unsure(MatchDoubt::LoginTaken, vec![taken.user.id.clone()]),
        None => Match::New,
    }
}

fn judge(directory: &Directory, person: &TakenPerson, candidate: &Candidate<'_>) -> Match {
    let id = candidate.user.id.clone();
    let profile = &candidate.user.profile;
    let same = |one: &str, other: &str| one.trim().to_lowercase() == other.trim().to_lowercase();
    let doubt = if candidate.somebody {
        MatchDoubt::OfADirectory
    } else if !same(&profile.first_name, &person.first_name) || !same(&profile.last_name, &person.last_name) {
        MatchDoubt::NameDiffers
    } else if !directory.matching.confirm_automatically || candidate.user.admin_role.is_some() {
        MatchDoubt::NotAutomatic
    } else {
        return Match::Is(id);
    };
    Match::Unsure(doubt, vec![id])
}

/// What a user has to have, in the form in which it is compared.
fn wanted(by: &MatchBy, person: &TakenPerson) -> Option<String> {
    value(by, &person.profile())
}

fn value(by: &MatchBy, profile: &UserProfile) -> Option<String> {
    let text = match by {
        MatchBy::Login => profile.login.as_str(),
        MatchBy::Email => profile.email.as_str(),
        MatchBy::Attribute(name) => return profile.extra.get(name).and_then(attribute),
    };
    Some(text.to_lowercase())
}

/// The form in which an attribute is compared; nothing for what is neither text nor number, or empty.
fn attribute(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_lowercase(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Every user by the attributes that matching looks at: the store has no index of them. Empty when it looks at none.
#[derive(Debug, Default)]
pub(crate) struct ByAttribute(HashMap<(String, String), Vec<UserId>>);

impl ByAttribute {
    /// Reads every user once, if there is an attribute to look at.
    pub(crate) async fn read(services: &Services, directory: &Directory) -> Result<Self> {
        let names: Vec<&String> = directory
            .matching
            .by
            .iter()
            .filter_map(|by| if let MatchBy::Attribute(name) = by { Some(name) } else { None })
            .collect();
        let mut found = Self::default();
        if names.is_empty() {
            return Ok(found);
        }
        let mut page = PageRequest { after: None, limit: 1_000 };
        loop {
            let users = services.store.users(&UserFilter::default(), &page).await?;
            for user in users.items {
                for name in &names {
                    if let Some(value) = user.profile.extra.get(*name).and_then(attribute) {
                        found.0.entry(((*name).clone(), value)).or_default().push(user.id.clone());
                    }
                }
            }
            page.after = users.next;
            if page.after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Users who have one of this person's attributes.
    pub(crate) fn like(&self, person: &TakenPerson) -> Vec<UserId> {
        let key = |(name, value): (&String, &String)| (name.clone(), value.trim().to_lowercase());
        person.further.iter().filter_map(|pair| self.0.get(&key(pair))).flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use domain::directory::Matching;
    use testkit::sample;

    use super::*;
    use crate::directory_entry;

    fn corp(by: Vec<MatchBy>, confirm_automatically: bool) -> Directory {
        Directory { matching: Matching { by, confirm_automatically }, ..sample::directory("corp") }
    }

    fn ann() -> TakenPerson {
        directory_entry::person(&corp(Vec::new(), true), &sample::directory_person("ann@example.com")).unwrap()
    }

    fn free(user: &User) -> Candidate<'_> {
        Candidate { user, somebody: false }
    }

    #[test]
    fn one_user_of_the_same_name_is_the_person_if_nobody_is_to_be_asked() {
        let user = sample::user("ann@example.com");
        let by_login = |automatic| corp(vec![MatchBy::Login], automatic);
        assert_eq!(decide(&by_login(true), &ann(), &[free(&user)]), Match::Is(user.id.clone()));
        let unsure = |doubt| Match::Unsure(doubt, vec![user.id.clone()]);
        assert_eq!(decide(&by_login(false), &ann(), &[free(&user)]), unsure(MatchDoubt::NotAutomatic));
        let taken = Candidate { user: &user, somebody: true };
        assert_eq!(decide(&by_login(true), &ann(), &[taken]), unsure(MatchDoubt::OfADirectory));
        let mut other = user.clone();
        other.profile.last_name = "Other".to_owned();
        assert_eq!(decide(&by_login(true), &ann(), &[free(&other)]), unsure(MatchDoubt::NameDiffers));
        assert_eq!(decide(&by_login(true), &ann(), &[]), Match::New);
        let root = sample::admin("ann@example.com");
        assert_eq!(decide(&by_login(true), &ann(), &[free(&root)]), unsure(MatchDoubt::NotAutomatic));
    }

    #[test]
    fn the_first_way_that_finds_anybody_decides() {
        let mut one = sample::user("one@example.com");
        let mut two = sample::user("two@example.com");
        one.profile.email = "ann@example.com".parse().unwrap();
        two.profile.email = "Ann@Example.com".parse().unwrap();
        let ways = corp(vec![MatchBy::Login, MatchBy::Email], true);
        let found = decide(&ways, &ann(), &[free(&one), free(&two)]);
        assert_eq!(found, Match::Unsure(MatchDoubt::SeveralUsers, vec![one.id.clone(), two.id]));
        one.profile.first_name = "sample".to_owned();
        one.profile.last_name = " ANN ".to_owned();
        assert_eq!(decide(&ways, &ann(), &[free(&one)]), Match::Is(one.id));
    }

    #[test]
    fn somebody_else_with_the_login_is_never_taken_over() {
        let user = sample::user("ann@example.com");
        let by_attribute = corp(vec![MatchBy::Attribute("badge".to_owned())], true);
        let found = decide(&by_attribute, &ann(), &[free(&user)]);
        assert_eq!(found, Match::Unsure(MatchDoubt::LoginTaken, vec![user.id]));
    }

    #[test]
    fn attributes_are_compared_as_text() {
        let mut user = sample::user("other@example.com");
        user.profile.first_name = "Sample".to_owned();
        user.profile.last_name = "ann".to_owned();
        user.profile.extra.insert("badge".to_owned(), Value::from(7));
        let mut person = ann();
        person.further.insert("badge".to_owned(), "7".to_owned());
        let by_attribute = corp(vec![MatchBy::Attribute("badge".to_owned())], true);
        assert_eq!(decide(&by_attribute, &person, &[free(&user)]), Match::Is(user.id.clone()));
        person.further.remove("badge");
        assert_eq!(decide(&by_attribute, &person, &[free(&user)]), Match::New);
    }
}
