//! What can be asked for in lists of users.

use api::filter::{Comparison, Expression, Operator};
use domain::{User, UserStatus};
use serde_json::Value;
use usecases::manage_users::UserFilter;

use super::{Condition, alternatives, compile, invalid, text, time, time_value, unknown};
use crate::error::ApiError;

const KNOWN: &str = "`id`, `status`, `created`, `activated`, `statusChanged`, `lastLogin`, `lastUpdated`, \
    `passwordChanged` and `profile.` with the name of an attribute";

/// The condition, and what the store is asked for. Unlike a plain list it finds deactivated users too.
///
/// # Errors
/// E0000031 naming what is not supported.
pub fn condition(text: &str) -> Result<(UserFilter, Condition<User>), ApiError> {
    let expression = super::parse(text)?;
    let condition = compile(&expression, &leaf)?;
    let mut filter = UserFilter { statuses: UserStatus::ALL.to_vec(), ..UserFilter::default() };
    for part in expression.conjuncts() {
        narrow(&mut filter, part)?;
    }
    Ok((filter, condition))
}

fn leaf(comparison: &Comparison) -> Result<Condition<User>, ApiError> {
    let attribute = comparison.attribute.as_str();
    match attribute.strip_prefix("profile.").unwrap_or(attribute) {
        "login" => text(comparison, |user: &User| vec![user.profile.login.to_string()]),
        "email" => text(comparison, |user: &User| vec![user.profile.email.to_string()]),
        "firstName" => text(comparison, |user: &User| vec![user.profile.first_name.clone()]),
        "lastName" => text(comparison, |user: &User| vec![user.profile.last_name.clone()]),
        name if name.len() < attribute.len() => further(comparison, name),
        "id" => text(comparison, |user: &User| vec![user.id.to_string()]),
        "status" => {
            status(&comparison.value, comparison.operator)?;
            text(comparison, |user: &User| vec![user.status.to_string()])
        }
        "created" => time(comparison, |user: &User| Some(user.created)),
        "activated" => time(comparison, |user: &User| user.activated),
        "statusChanged" => time(comparison, |user: &User| user.status_changed),
        "lastLogin" => time(comparison, |user: &User| user.last_login),
        "lastUpdated" => time(comparison, |user: &User| Some(user.last_updated)),
        "passwordChanged" => time(comparison, |user: &User| user.password_changed),
        _ => Err(unknown(comparison, KNOWN)),
    }
}

/// One of the attributes that are kept as they came; each of a list counts.
fn further(comparison: &Comparison, name: &str) -> Result<Condition<User>, ApiError> {
    fn texts(value: &Value) -> Vec<String> {
        match value {
            Value::String(text) => vec![text.clone()],
            Value::Array(items) => items.iter().flat_map(texts).collect(),
            Value::Null | Value::Object(_) => Vec::new(),
            other => vec![other.to_string()],
        }
    }
    let name = name.to_owned();
    text(comparison, move |user: &User| user.profile.extra.get(&name).map_or_else(Vec::new, texts))
}

fn status(value: &str, operator: Operator) -> Result<Option<UserStatus>, ApiError> {
    if operator != Operator::Eq && operator != Operator::Ne {
        return Ok(None);
    }
    let known = UserStatus::ALL.map(UserStatus::as_str).join("`, `");
    value
        .to_ascii_uppercase()
        .parse()
        .map(Some)
        .map_err(|_| invalid(format!("`{value}` is not a status: they are `{known}`")))
}

/// Gives the store what it can decide; the condition itself stays as it is.
fn narrow(filter: &mut UserFilter, part: &Expression) -> Result<(), ApiError> {
    if let Some(values) = alternatives(part, &["status"]) {
        let found: Result<Vec<_>, _> = values.into_iter().map(|value| status(value, Operator::Eq)).collect();
        filter.statuses = found?.into_iter().flatten().collect();
        return Ok(());
    }
    let Expression::Compare(comparison) = part else { return Ok(()) };
    let attribute = comparison.attribute.as_str();
    let value = || Some(comparison.value.clone());
    match (attribute.strip_prefix("profile.").unwrap_or(attribute), comparison.operator) {
        ("login", Operator::Eq) => filter.login = value(),
        ("email", Operator::Eq) => filter.email = value(),
        ("login" | "email" | "firstName" | "lastName", Operator::Sw) => filter.q = value(),
        ("lastUpdated", Operator::Gt) => filter.last_updated_after = Some(time_value(comparison)?),
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_store_can_decide_is_given_to_it() {
        let (filter, _) = condition(
            "(status eq \"ACTIVE\" or status eq \"LOCKED_OUT\") and profile.email eq \"A@b\" and profile.login sw \"x\"",
        )
        .unwrap();
        assert_eq!(filter.statuses, [UserStatus::Active, UserStatus::LockedOut]);
        assert_eq!((filter.email.as_deref(), filter.q.as_deref()), (Some("A@b"), Some("x")));
        let (filter, _) = condition("profile.login eq \"x\" or profile.email eq \"x\"").unwrap();
        assert_eq!((filter.login, filter.email), (None, None), "an alternative must not narrow");
    }

    #[test]
    fn what_is_not_supported_is_named() {
        for (text, named) in [
            ("manager eq \"x\"", "`manager eq \"x\"`"),
            ("status eq \"GONE\"", "`GONE` is not a status"),
            ("lastUpdated gt \"yesterday\"", "`yesterday` is not a point in time"),
            ("profile.login gt \"a\"", "it is a text"),
            ("created sw \"2026\"", "it is a time"),
        ] {
            let error = condition(text).err().unwrap();
            assert_eq!(error.code, "E0000031");
            assert!(error.causes.concat().contains(named), "{text}: {:?}", error.causes);
        }
    }
}
