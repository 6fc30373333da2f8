//! A user's profile as a client sends it: four known attributes, and others that are kept as they come.

use std::{collections::BTreeMap, str::FromStr};

use domain::{Email, Login, UserProfile};
use serde_json::{Map, Value};

/// What is wrong with one attribute.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {cause}")]
pub struct FieldError {
    /// `login`
    pub field: String,
    /// One sentence.
    pub cause: String,
}

impl FieldError {
    /// One mistake.
    pub fn new(field: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { field: field.into(), cause: cause.into() }
    }
}

/// The attributes that were sent. `null` is as good as absent for the four known ones, and removes another one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProfileFields {
    /// Unique.
    pub login: Option<Login>,
    /// Where mail goes.
    pub email: Option<Email>,
    /// May be empty in a change.
    pub first_name: Option<String>,
    /// May be empty in a change.
    pub last_name: Option<String>,
    /// The others.
    pub extra: BTreeMap<String, Option<Value>>,
}

impl ProfileFields {
    /// Reads what was sent.
    ///
    /// # Errors
    /// Every mistake: a known attribute that is no text, a login or e-mail address that is none.
    pub fn parse(sent: Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut fields = Self::default();
        let mut errors = Vec::new();
        for (name, value) in sent {
            let outcome = match name.as_str() {
                "login" => read(&name, value).map(|login| fields.login = login),
                "email" => read(&name, value).map(|email| fields.email = email),
                "firstName" => read(&name, value).map(|first| fields.first_name = first),
                "lastName" => read(&name, value).map(|last| fields.last_name = last),
                _ => read_extra(&name, value).map(|value| drop(fields.extra.insert(name, value))),
            };
            errors.extend(outcome.err());
        }
        if errors.is_empty() { Ok(fields) } else { Err(errors) }
    }

    /// A whole profile.
    ///
    /// # Errors
    /// An entry for each of the four known attributes that is absent or blank.
    pub fn complete(self) -> Result<UserProfile, Vec<FieldError>> {
        let blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
        let missing: Vec<FieldError> = [
            ("firstName", blank(&self.first_name)),
            ("lastName", blank(&self.last_name)),
            ("email", self.email.is_none()),
            ("login", self.login.is_none()),
        ]
        .into_iter()
        .filter(|(_, missing)| *missing)
        .map(|(field, _)| FieldError::new(field, "The field cannot be left blank"))
        .collect();
        match (self.login, self.email, self.first_name, self.last_name) {
            (Some(login), Some(email), Some(first_name), Some(last_name)) if missing.is_empty() => {
                let extra = self.extra.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
                Ok(UserProfile { login, email, first_name, last_name, extra })
            }
            _ => Err(missing),
        }
    }
}

fn read<T: FromStr<Err: ToString>>(field: &str, value: Value) -> Result<Option<T>, FieldError> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() => Err(FieldError::new(field, "The field cannot be left blank")),
        Value::String(text) => {
            text.parse().map(Some).map_err(|error: T::Err| FieldError::new(field, error.to_string()))
        }
        other => Err(FieldError::new(field, format!("a text is expected, not {}", kind(&other)))),
    }
}

fn read_extra(name: &str, value: Value) -> Result<Option<Value>, FieldError> {
    let legal = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !legal {
        let shown: String = name.chars().filter(|character| !character.is_control()).take(100).collect();
        return Err(FieldError::new(shown, "an attribute's name has 1 to 100 characters and no control characters"));
    }
    match value {
        Value::Null => Ok(None),
        Value::Object(_) => Err(FieldError::new(name, "a text, number, boolean or list is expected, not an object")),
        other => Ok(Some(other)),
    }
}

/// What JSON calls it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(value: &Value) -> Result<ProfileFields, Vec<FieldError>> {
        ProfileFields::parse(value.as_object().unwrap().clone())
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let errors = parse(&json!({ "login": 5, "email": "none", "firstName": "" , "x": {} })).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["login", "email", "firstName", "x"]);
        assert_eq!(errors[0].to_string(), "login: a text is expected, not a number");
    }

    #[test]
    fn other_attributes_are_kept_as_they_came_and_null_removes() {
        let fields = parse(&json!({ "department": "R&D", "costs": [1, 2], "mobilePhone": null })).unwrap();
        assert_eq!(fields.extra["department"], Some(json!("R&D")));
        assert_eq!(fields.extra["costs"], Some(json!([1, 2])));
        assert_eq!(fields.extra["mobilePhone"], None);
    }

    #[test]
    fn a_whole_profile_needs_login_email_and_both_names() {
        let errors = parse(&json!({ "login": "a@b", "firstName": " " })).unwrap().complete().unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["firstName", "lastName", "email"]);
        assert!(
            parse(&json!({ "login": "a@b", "email": "a@b", "firstName": "A", "lastName": "B" }))
                .unwrap()
                .complete()
                .is_ok()
        );
    }
}
