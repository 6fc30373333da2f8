//! Templates over a person's profile: `userNameTemplate`, `sourceIdentity`, session tags.
//!
//! Okta's forms as far as names need them: `${source.login}`, `${user.email}`, `${user.department}`,
//! `${fn:substringBefore(source.login, "@")}`, `${fn:substringAfter(…)}`, `${fn:toLowerCase(…)}`, `${fn:toUpperCase(…)}`.
//! Text around them stays.

use domain::User;
use serde_json::Value;

/// Why a template gives no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A `${` without its `}`.
    #[error("`{0}` has a `${{` without its `}}`")]
    Open(String),
    /// Something in `${…}` that is not understood.
    #[error(
        "`${{{0}}}` is not understood; write `${{user.login}}`, `${{user.email}}`, `${{user.<attribute>}}`, or `${{fn:substringBefore(user.login, \"@\")}}`"
    )]
    Expression(String),
}

/// The template's value for this person. An attribute that the person does not have gives nothing.
///
/// # Errors
/// When the template is not understood.
pub fn render(template: &str, user: &User) -> Result<String, TemplateError> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let (expression, behind) = after.split_once('}').ok_or_else(|| TemplateError::Open(clip(template)))?;
        out.push_str(before);
        out.push_str(&value(expression.trim(), user)?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// Whether a template is understood: what is asked before an app with it is stored.
///
/// # Errors
/// When it is not.
pub fn check(template: &str) -> Result<(), TemplateError> {
    let mut rest = template;
    while let Some((_, after)) = rest.split_once("${") {
        let (expression, behind) = after.split_once('}').ok_or_else(|| TemplateError::Open(clip(template)))?;
        Expression::parse(expression.trim())?;
        rest = behind;
    }
    Ok(())
}

fn clip(text: &str) -> String {
    text.chars().take(100).collect()
}

enum Function {
    SubstringBefore,
    SubstringAfter,
    ToLowerCase,
    ToUpperCase,
}

struct Expression<'a> {
    function: Option<(Function, &'a str)>,
    attribute: &'a str,
}

impl<'a> Expression<'a> {
    fn parse(text: &'a str) -> Result<Self, TemplateError> {
        let unknown = || TemplateError::Expression(clip(text));
        let call = text.strip_prefix("fn:").or_else(|| text.strip_prefix("String."));
        let Some(call) = call else {
            return Ok(Self { function: None, attribute: attribute(text).ok_or_else(unknown)? });
        };
        let (name, arguments) = call.split_once('(').ok_or_else(unknown)?;
        let arguments = arguments.trim_end().strip_suffix(')').ok_or_else(unknown)?;
        let (first, second) = match arguments.split_once(',') {
            Some((first, second)) => (first, Some(quoted(second).ok_or_else(unknown)?)),
            None => (arguments, None),
        };
        let function = match (name.trim(), second) {
            ("substringBefore", Some(_)) => Function::SubstringBefore,
            ("substringAfter", Some(_)) => Function::SubstringAfter,
            ("toLowerCase", None) => Function::ToLowerCase,
            ("toUpperCase", None) => Function::ToUpperCase,
            _ => return Err(unknown()),
        };
        let attribute = attribute(first.trim()).ok_or_else(unknown)?;
        Ok(Self { function: Some((function, second.unwrap_or_default())), attribute })
    }
}

fn attribute(text: &str) -> Option<&str> {
    let name = text.strip_prefix("source.").or_else(|| text.strip_prefix("user."))?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(legal)).then_some(name)
}

fn quoted(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.or_else(|| text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')))
}

fn value(expression: &str, user: &User) -> Result<String, TemplateError> {
    let Expression { function, attribute } = Expression::parse(expression)?;
    let profile = &user.profile;
    let text = match attribute {
        "login" | "userName" => profile.login.as_str().to_owned(),
        "email" => profile.email.as_str().to_owned(),
        "firstName" => profile.first_name.clone(),
        "lastName" => profile.last_name.clone(),
        other => match profile.extra.get(other) {
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            _ => String::new(),
        },
    };
    Ok(match function {
        None => text,
        Some((Function::SubstringBefore, mark)) => text.split(mark).next().unwrap_or_default().to_owned(),
        Some((Function::SubstringAfter, mark)) => {
            text.split_once(mark).map(|(_, after)| after.to_owned()).unwrap_or_default()
        }
        Some((Function::ToLowerCase, _)) => text.to_lowercase(),
        Some((Function::ToUpperCase, _)) => text.to_uppercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ann(template: &str) -> Result<String, TemplateError> {
        let mut user = testkit::sample::user("Ann.Smith@example.com");
        user.profile.extra.insert("level".to_owned(), serde_json::json!(7));
        user.profile.extra.insert("teams".to_owned(), serde_json::json!(["a", "b"]));
        render(template, &user)
    }

    #[test]
    fn attributes_and_functions_give_their_values() {
        for (template, value) in [
            ("${source.login}", "Ann.Smith@example.com"),
            ("${user.email}", "Ann.Smith@example.com"),
            ("aws-${ user.firstName }-${user.department}", "aws-Sample-Research"),
            ("${fn:substringBefore(source.login, \"@\")}", "Ann.Smith"),
            ("${fn:substringAfter(user.login, '@')}", "example.com"),
            ("${String.toLowerCase(user.login)}", "ann.smith@example.com"),
            ("${fn:toUpperCase(user.department)}", "RESEARCH"),
            ("${user.level}", "7"),
            ("${user.teams}${user.nothing}", ""),
            ("plain $ {text}", "plain $ {text}"),
            ("", ""),
        ] {
            assert_eq!(ann(template).as_deref(), Ok(value), "{template}");
            assert_eq!(check(template), Ok(()), "{template}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_and_named() {
        for template in [
            "${",
            "${user.login",
            "${}",
            "${login}",
            "${user.}",
            "${user.a b}",
            "${manager.email}",
            "${fn:substringBefore(user.login)}",
            "${fn:substringBefore(user.login, @)}",
            "${fn:toLowerCase(user.login, \"@\")}",
            "${fn:exec(user.login)}",
            "${user.login.toString()}",
        ] {
            assert!(ann(template).is_err(), "{template}");
            assert!(check(template).is_err(), "{template}");
        }
    }

    #[test]
    fn a_value_that_looks_like_a_template_is_not_read_again() {
        let mut user = testkit::sample::user("ann@example.com");
        user.profile.first_name = "${user.login}".to_owned();
        assert_eq!(render("${user.firstName}", &user).as_deref(), Ok("${user.login}"));
    }
}
