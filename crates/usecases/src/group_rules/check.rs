//! What a rule has to be, checked before it is stored.

use entitlement::rule::Expression;

use super::NewRule;
use crate::{
    error::{Error, Mistake, Result, StateError},
    manage_groups::{self, must_be_local},
    services::Services,
};

/// The most rules, as in Okta.
const MOST_RULES: usize = 2_000;
/// The most groups of one rule, and the most exceptions.
const MOST: usize = 100;
/// The longest name, in characters.
const LONGEST_NAME: usize = 50;

/// # Errors
/// `Fields`: every mistake; `NotFound` for a group or person; `State` for a directory's group.
pub(super) async fn rule(services: &Services, new: &NewRule) -> Result<()> {
    let mut mistakes = Vec::new();
    let mut mistake = |field: &str, cause: String| mistakes.push(Mistake { field: field.to_owned(), cause });
    let length = new.name.chars().count();
    if new.name.trim().is_empty() {
        mistake("name", "The field cannot be left blank".to_owned());
    } else if length > LONGEST_NAME || new.name.trim() != new.name || new.name.chars().any(char::is_control) {
        let what = "a rule's name has 1 to 50 characters, no control characters and no blanks at its ends";
        mistake("name", format!("{what}; this one has {length}"));
    }
    if let Err(error) = Expression::parse(&new.expression) {
        mistake("conditions.expression.value", error.to_string());
    }
    if new.groups.is_empty() {
        mistake("actions.assignUserToGroups.groupIds", "The field cannot be left blank".to_owned());
    }
    let counts = [
        ("actions.assignUserToGroups.groupIds", new.groups.len()),
        ("conditions.people.users.exclude", new.excluded.len()),
    ];
    for (field, count) in counts {
        if count > MOST {
            mistake(field, format!("{count} are given; at most {MOST} are possible"));
        }
    }
    if !mistakes.is_empty() {
        return Err(Error::Fields(mistakes));
    }
    for group in &new.groups {
        must_be_local(&manage_groups::existing(services, group).await?)?;
    }
    for user in &new.excluded {
        services.store.user(user).await?.ok_or_else(|| Error::not_found("User", user.as_str()))?;
    }
    Ok(())
}

/// # Errors
/// `State` when there are as many rules as there may be.
pub(super) async fn number(services: &Services) -> Result<()> {
    if services.store.group_rules().await?.len() >= MOST_RULES {
        let why = format!("there are {MOST_RULES} group rules already: remove one that is not needed any more");
        return Err(Error::State(StateError::NotNow(why)));
    }
    Ok(())
}

/// # Errors
/// `State` when a rule has as many exceptions as it may have.
pub(super) fn exceptions(rule: &domain::GroupRule) -> Result<()> {
    if rule.excluded.len() >= MOST {
        return Err(Error::State(StateError::NotNow(format!(
            "the rule `{}` put the person there and has {MOST} exceptions already: change its expression, so that it does not \
             hold for the person",
            rule.name
        ))));
    }
    Ok(())
}
